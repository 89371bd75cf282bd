"""Event handler: a webhook registered on a hub, which events it takes, and the listeners that only hear them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from .names import is_event

SystemEventName = Literal["connect", "connected", "disconnected"]
AuthType = Literal["None", "ManagedIdentity"]

_SYSTEM_EVENTS = ("connect", "connected", "disconnected")
_PARAMETER = re.compile(r"\{([^{}]*)\}")
_NAMESPACE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*")


class EventFilter:
    """The events a handler or a listener takes: the two halves do not touch each other.

    A user event called `connected` is none of the system events, and the other way round.

    Raises:
        ValueError: a system event there is not, or a pattern of another form than the three.
    """

    __slots__ = ("_system", "_user")

    def __init__(self, user_event_pattern: str | None, system_events: Iterable[str]) -> None:
        self._user = _read_pattern(user_event_pattern)
        self._system = frozenset(_read_system_event(name) for name in system_events)

    def takes_system(self, name: str) -> bool:
        """Tell whether a system event is taken."""
        return name in self._system

    def takes_user(self, name: str) -> bool:
        """Tell whether a user event is taken; names compare without case."""
        return self._user is None or name.lower() in self._user


@dataclass(frozen=True, slots=True)
class EventHandler:
    """One webhook of a hub, with the names of Azure's own settings.

    Args:
        url_template: an absolute http or https URL; `{hub}` and `{event}` in its path or query are replaced.
        user_event_pattern: `*`, one name, or names with commas between; None takes no user events.
        system_events: which of `connect`, `connected`, `disconnected`.
        auth_type: `ManagedIdentity` sends a bearer token to the webhook.
        auth_resource: the audience of that token, such as `api://my-app`.

    Raises:
        ValueError: a value Azure would refuse, or one that only Azure can resolve.
    """

    url_template: str
    user_event_pattern: str | None = None
    system_events: tuple[SystemEventName, ...] = ()
    auth_type: AuthType = "None"
    auth_resource: str | None = None
    filter: EventFilter = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.system_events, str):
            raise ValueError(f"system_events is a list of names, such as [{self.system_events!r}].")
        object.__setattr__(self, "system_events", tuple(self.system_events))
        object.__setattr__(self, "filter", EventFilter(self.user_event_pattern, self.system_events))
        _check_template(self.url_template)
        if self.auth_type not in ("None", "ManagedIdentity"):
            raise ValueError(f"auth_type is 'None' or 'ManagedIdentity', not {self.auth_type!r}.")
        if self.auth_type == "ManagedIdentity" and not self.auth_resource:
            raise ValueError("auth_resource is missing: the audience of the token, such as api://my-app.")

    def __repr__(self) -> str:
        url = mask_query(self.url_template)
        events = f"user_event_pattern={self.user_event_pattern!r}, system_events={self.system_events!r}"
        return f"EventHandler({url!r}, {events})"


@dataclass(frozen=True, slots=True)
class EventListener:
    """An event hub that hears a hub's events and cannot answer them. It never hears `connect`.

    Args:
        fully_qualified_namespace: such as `my-namespace.servicebus.windows.net`.
        event_hub_name: the event hub in it.
        user_event_pattern: as an event handler's.
        system_events: `connected`, `disconnected` or both.

    Raises:
        ValueError: a value Azure would refuse.
    """

    fully_qualified_namespace: str
    event_hub_name: str
    user_event_pattern: str | None = None
    system_events: tuple[SystemEventName, ...] = ()
    filter: EventFilter = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "system_events", tuple(self.system_events))
        object.__setattr__(self, "filter", EventFilter(self.user_event_pattern, self.system_events))
        if self.filter.takes_system("connect"):
            raise ValueError("A listener cannot take `connect`: that event needs an answer, and a listener gives none.")
        if not _NAMESPACE.fullmatch(self.fully_qualified_namespace) or not self.event_hub_name.strip():
            raise ValueError("A listener's endpoint is a namespace such as ns.servicebus.windows.net and an event hub.")


def mask_query(url: str) -> str:
    """Return a URL whose query values, which may be keys such as `code`, are masked, and its user info left out."""
    place, mark, query = url.partition("?")
    scheme, separator, rest = place.partition("://")
    host, slash, path = rest.partition("/")
    place = f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
    parts = (part.partition("=") for part in query.partition("#")[0].split("&") if part)
    return place.partition("#")[0] + mark + "&".join(f"{name}=***" if equals else "***" for name, equals, _ in parts)


def _read_pattern(pattern: str | None) -> frozenset[str] | None:
    """Return the names a pattern takes, in lower case; None stands for every name."""
    if pattern is None:
        return frozenset()
    if not isinstance(pattern, str):
        raise ValueError(f"user_event_pattern is a text such as '*' or 'message,order', not {pattern!r}.")
    names = [name.strip() for name in pattern.split(",") if name.strip()]
    for name in names:
        if name != "*" and not is_event(name):
            raise ValueError(
                f"user_event_pattern {pattern!r}: {name!r} is no event name. "
                "It is '*', one name, or names with commas between; there are no wildcards inside a name."
            )
    return None if "*" in names else frozenset(name.lower() for name in names)


def _read_system_event(name: str) -> str:
    if not isinstance(name, str) or name.lower() not in _SYSTEM_EVENTS:
        raise ValueError(f"There is no system event {name!r}; there are connect, connected and disconnected.")
    return name.lower()


def _check_template(template: str) -> None:
    shown = mask_query(template)
    if "@microsoft.keyvault" in template.lower():
        raise ValueError(f"url_template {shown!r}: only Azure resolves references to Key Vault; write the value.")
    if template.lower().startswith("tunnel:"):
        raise ValueError(
            f"url_template {shown!r}: tunnel:// is for awps-tunnel and Azure; "
            "the emulator reaches http://127.0.0.1 by itself."
        )
    try:
        url = urlsplit(template)
        is_legal = url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        is_legal = False
    if not is_legal or not template.isprintable() or " " in template:
        raise ValueError(
            f"url_template {shown!r} is no absolute URL; it looks like http://localhost:8080/eventhandler."
        )
    if "@" in url.netloc:
        raise ValueError(f"url_template {shown!r}: no user and password before the host; put a secret into the query.")
    if "{" in url.netloc:
        raise ValueError(f"url_template {shown!r}: parameters stand in the path or the query, not in the host.")
    for name in _PARAMETER.findall(template):
        if name.lower() == "type":
            raise ValueError(f"url_template {shown!r}: there is no {{type}}; the parameters are {{hub}} and {{event}}.")
