"""Access keys: the two keys of a resource, either of which signs a valid token."""

from __future__ import annotations

import base64
import secrets
from typing import Literal

from .limits import MIN_ACCESS_KEY_BYTES

KeyType = Literal["Primary", "Secondary", "Salt"]


def new_access_key() -> str:
    """Return a fresh random access key of the length Azure's have."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


class AccessKeys:
    """A primary and a secondary key, so that one can be replaced while the other is used.

    Args:
        primary: at least 32 bytes; fresh and random by default. The secondary always is.

    Raises:
        ValueError: the key is too short, or no connection string could hold it.
    """

    def __init__(self, primary: str | None = None) -> None:
        if primary is not None and len(primary.encode()) < MIN_ACCESS_KEY_BYTES:
            raise ValueError(f"An access key has at least {MIN_ACCESS_KEY_BYTES} bytes, as HS256 asks for.")
        if primary is not None and (not primary.isprintable() or set(primary) & {";", " "}):
            raise ValueError("An access key has no blank, no semicolon and no control character.")
        self.primary = primary or new_access_key()
        self.secondary = new_access_key()

    def __repr__(self) -> str:
        return "<AccessKeys ***>"

    @property
    def both(self) -> tuple[str, str]:
        """Both keys."""
        return (self.primary, self.secondary)

    def regenerate(self, key_type: KeyType) -> None:
        """Replace a key by a fresh one, or with `Salt` both. What the old one signed is worth nothing from now on."""
        if key_type in ("Primary", "Salt"):
            self.primary = new_access_key()
        if key_type in ("Secondary", "Salt"):
            self.secondary = new_access_key()
