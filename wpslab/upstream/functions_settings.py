"""Functions settings: application settings, and the Web PubSub services they name."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from wpslab.connection_string import ConnectionString

DEFAULT_CONNECTION = "WebPubSubConnectionString"
DEFAULT_HUB = "WebPubSubHub"
FILE = "local.settings.json"

_SETTING = re.compile(r"%([^%]+)%")


@dataclass(frozen=True, slots=True)
class Service:
    """A Web PubSub service. Without a key it is one that an identity is used for."""

    host: str
    access_key: str | None = field(repr=False, default=None)
    connection_string: str | None = field(repr=False, default=None)


class Settings:
    """Hold application settings; names compare without case, as the host's do.

    Its errors name the setting and who needs it, never a value.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name.lower(): str(value) for name, value in values.items()}

    @classmethod
    def of_folder(cls, folder: Path) -> Settings:
        """Read `local.settings.json`; without that file there are no settings."""
        path = folder / FILE
        if not path.exists():
            return cls({})
        try:
            return cls(json.loads(path.read_text("utf-8")).get("Values") or {})
        except (ValueError, AttributeError) as error:
            raise ValueError(f"{FILE} is no JSON object with 'Values': {error}.") from None

    def get(self, name: str, needed_by: str) -> str:
        """Return a setting. Raises ValueError if it is missing or empty."""
        value = self._values.get(name.lower())
        if not value:
            raise ValueError(f"The setting {name!r} is missing; {needed_by} needs it.")
        return value

    def fill(self, text: str, needed_by: str) -> str:
        """Replace each `%Name%` by the setting of that name. Raises ValueError if one is missing."""
        return _SETTING.sub(lambda match: self.get(match[1], needed_by), text)

    def service(self, name: str | None, needed_by: str) -> Service:
        """Return the service a connection setting names, by default `WebPubSubConnectionString`.

        Raises:
            ValueError: the setting is missing or malformed.
        """
        name = name or DEFAULT_CONNECTION
        if uri := self._values.get(f"{name}__serviceUri".lower()):
            return Service((urlsplit(uri).hostname or "").lower())
        try:
            parsed = ConnectionString.parse(self.get(name, needed_by))
        except ValueError as error:
            if str(error).startswith("The setting"):
                raise
            raise ValueError(f"The setting {name!r} is no connection string: {error}") from None
        return Service((urlsplit(parsed.endpoint).hostname or "").lower(), parsed.access_key, parsed.text)

    def services(self, names: Iterable[str], needed_by: str) -> tuple[Service, ...]:
        """Return the services whose events are accepted; none means that those of any service are.

        Without names it is that of `WebPubSubConnectionString`, if there is such a setting.
        """
        names = list(names)
        has_default = any(
            key in self._values for key in (DEFAULT_CONNECTION.lower(), f"{DEFAULT_CONNECTION}__serviceuri".lower())
        )
        if not names and not has_default:
            return ()
        return tuple(self.service(name, needed_by) for name in names or [DEFAULT_CONNECTION])


def knows_origin(services: Iterable[Service], origins: str) -> bool:
    """Tell whether one of the origins, a comma between them, is one of the services; with no services all are."""
    services = list(services)
    return not services or bool(_hosts(origins) & {service.host for service in services})


def have_signed(services: Iterable[Service], origins: str, connection_id: str, signatures: str) -> bool:
    """Tell whether a service signed the connection. There is nothing to tell without a service or without a key."""
    services = list(services)
    if not services:
        return True
    known = [service for service in services if service.host in _hosts(origins)]
    if any(service.access_key is None for service in known):
        return True
    sent = [signature.strip().lower().encode() for signature in signatures.split(",")]
    good = [b"sha256=" + _sign(service.access_key or "", connection_id) for service in known]
    return any(hmac.compare_digest(one, other) for one in sent for other in good)


def _hosts(origins: str) -> set[str]:
    return {origin.strip().lower() for origin in origins.split(",")}


def _sign(key: str, text: str) -> bytes:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().encode()
