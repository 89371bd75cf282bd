"""Subprotocols: which ones there are, and which one a connection speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from .errors import NotAvailable


class Protocol(Enum):
    """How the frames of a connection are to be read and written."""

    SIMPLE = "simple"
    JSON = "json.webpubsub.azure.v1"

    @property
    def is_pubsub(self) -> bool:
        """Tell whether clients may join groups and get system messages."""
        return self is not Protocol.SIMPLE


_NOT_YET = frozenset(
    {
        "json.reliable.webpubsub.azure.v1",
        "protobuf.webpubsub.azure.v1",
        "protobuf.reliable.webpubsub.azure.v1",
    }
)


@dataclass(frozen=True, slots=True)
class Subprotocol:
    """The outcome of the negotiation: `name` goes into the answer (None: no subprotocol is named)."""

    protocol: Protocol
    name: str | None


def choose(offered: Sequence[str]) -> Subprotocol:
    """Choose the first offered name the service knows; without one, the client is a simple one.

    Names compare without case and the answer repeats the client's spelling. Only-custom names are accepted without
    choosing any, as the service does when no `connect` handler chooses one.

    Raises:
        NotAvailable: all the known names offered are of subprotocols this emulator does not speak.
    """
    for name in offered:
        if name.lower() == Protocol.JSON.value:
            return Subprotocol(Protocol.JSON, name)
    for name in offered:
        _check_spoken(name)
    return Subprotocol(Protocol.SIMPLE, None)


def named(name: str) -> Subprotocol:
    """Return the subprotocol a `connect` handler chose: one the service knows, or a custom one of a simple client.

    Raises:
        NotAvailable: this emulator does not speak it.
    """
    _check_spoken(name)
    return Subprotocol(Protocol.JSON if name.lower() == Protocol.JSON.value else Protocol.SIMPLE, name)


def _check_spoken(name: str) -> None:
    if name.lower() in _NOT_YET:
        raise NotAvailable(f"The emulator does not speak `{name}` yet; connect with `{Protocol.JSON.value}`.")
