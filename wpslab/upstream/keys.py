"""Keys: the proof that an event comes from the service."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """The access keys of a resource, as its connection strings hold them."""

    keys: tuple[str, ...] = field(repr=False)

    @classmethod
    def collect(cls, connection_string: str | None, access_keys: Iterable[str]) -> AccessKeys:
        """Take keys from a connection string and a list; there may be none."""
        if isinstance(access_keys, str):
            raise ValueError("access_keys is a list of keys; write access_keys=[key].")
        parts = (part.partition("=") for part in (connection_string or "").split(";"))
        named = [value.strip() for name, _, value in parts if name.strip().lower() == "accesskey"]
        return cls(tuple(key for key in (*named, *access_keys) if key))

    def have_signed(self, connection_id: str, signatures: str) -> bool:
        """Tell whether one of the signatures, `sha256=…,sha256=…`, is that of one of the keys.

        The service signs the id of the connection and nothing else, once with each of its keys.
        """
        sent = [text.strip().lower().encode(errors="replace") for text in signatures.split(",")]
        good = [b"sha256=" + _sign(key, connection_id) for key in self.keys]
        return any(hmac.compare_digest(one, other) for one in sent for other in good)


def _sign(key: str, text: str) -> bytes:
    return hmac.new(key.encode(), text.encode(errors="replace"), hashlib.sha256).hexdigest().encode()
