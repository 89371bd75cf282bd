"""Connection string: `Endpoint=…;AccessKey=…;Version=1.0;`, read with errors that never show the key."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

VARIABLES = ("WEBPUBSUB_CONNECTION_STRING", "WebPubSubConnectionString")
"""Environment variables that may hold a connection string; the first one set counts."""


@dataclass(frozen=True, slots=True)
class ConnectionString:
    """A connection string's parts. `endpoint` has no trailing slash; `text` is the string as it was given."""

    endpoint: str
    access_key: str = field(repr=False)
    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> ConnectionString:
        """Read a connection string.

        Names compare without case, `Version` has no meaning, and `Port`, where there is one, is added to the endpoint.

        Raises:
            ValueError: a part is missing or malformed. The sentence does not hold the key.
        """
        parts: dict[str, str] = {}
        for segment in filter(None, (part.strip() for part in text.strip().split(";"))):
            name, separator, value = segment.partition("=")
            if not separator:
                raise ValueError("a part without '='; the form is Endpoint=https://…;AccessKey=…;Version=1.0;")
            parts[name.strip().lower()] = value.strip()
        for name in ("Endpoint", "AccessKey"):
            if not parts.get(name.lower()):
                raise ValueError(f"{name}= is missing; the form is Endpoint=https://…;AccessKey=…;Version=1.0;")
        return cls(_endpoint(parts["endpoint"], parts.get("port")), parts["accesskey"], text.strip())


def _endpoint(endpoint: str, port: str | None) -> str:
    endpoint = endpoint.rstrip("/")
    try:
        url = urlsplit(f"{endpoint}:{port}" if port else endpoint)
        is_legal = url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        is_legal = False
    if not is_legal:
        raise ValueError("Endpoint= is no URL; it looks like https://my-resource.webpubsub.azure.com")
    return url.geturl()
