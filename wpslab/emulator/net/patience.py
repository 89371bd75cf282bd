"""Patience: short pauses for one official client that loses an answer which comes too soon.

The synchronous `azure-messaging-webpubsubclient` sends, and only then begins to wait on a condition variable. An answer
in between is missed, and the call sleeps out its whole time limit, 30 seconds by default. Over a network no answer is
that quick; on loopback, one in a hundred is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HANDSHAKE_PAUSE: Final = 0.005
"""Seconds before such a client's handshake is answered."""

FLUSH_PAUSE: Final = 0.002
"""Seconds for which frames to such a client are held back."""

_AGENT = "azsdk-python-webpubsub-client/"


def needs_patience(headers: Mapping[str, str]) -> bool:
    """Tell by its `User-Agent` whether a client is that SDK. Its asynchronous twin names itself alike."""
    return _AGENT in headers.get("User-Agent", "")
