"""Handshake: a client's HTTP request for a WebSocket, read into a ConnectRequest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..core.events import ConnectRequest
from .cloudevents import client_headers
from .urls import decode_segment, split_target

_PATH = "/client/hubs/"


def is_client_path(path: str) -> bool:
    """Tell whether a raw path is one that clients connect to: `/client/hubs/{hub}`, `/client?hub={hub}`."""
    return path.rstrip("/") in ("/client", "/client/hubs") or (path.startswith(_PATH) and "/" not in path[len(_PATH) :])


def read(target: str, headers: Mapping[str, str], raw_headers: Iterable[tuple[str, str]] = ()) -> ConnectRequest:
    """Read the request.

    Args:
        target: the raw request target, path and query.
        headers: header values by name; the mapping ignores case.
        raw_headers: every header line as the client spelled it.

    Raises:
        BadRequest: the path cannot be decoded.
    """
    path, query = split_target(target)
    tokens = [value for name, values in query.items() if name.lower() == "access_token" for value in values]
    if path.startswith(_PATH):
        hub: str | None = decode_segment(path[len(_PATH) :])
    else:
        hub = query["hub"][-1] if query.get("hub") else None
    return ConnectRequest(
        hub=hub,
        host=headers.get("Host", ""),
        access_token=tokens[-1] if tokens and tokens[-1] else bearer(headers.get("Authorization")),
        subprotocols=[name.strip() for name in headers.get("Sec-WebSocket-Protocol", "").split(",") if name.strip()],
        query={name: values for name, values in query.items() if name.lower() != "access_token"},
        headers=client_headers(raw_headers),
    )


def bearer(authorization: str | None) -> str | None:
    """Return the token of an `Authorization: Bearer …` header, or None if there is none."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
