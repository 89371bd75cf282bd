"""Frame: one WebSocket message as it travels, and the bytes a server puts before it."""

from __future__ import annotations

import msgspec

TEXT = 0x1
BINARY = 0x2
CLOSE = 0x8
PING = 0x9
PONG = 0xA


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One whole message or control frame: its opcode and its data."""

    opcode: int
    data: bytes

    @property
    def is_text(self) -> bool:
        """Whether the data is UTF-8."""
        return self.opcode == TEXT

    def wire(self) -> bytes:
        """Return the unfragmented, unmasked frame of a server (RFC 6455, section 5.2)."""
        size = len(self.data)
        if size < 126:
            head = bytes((0x80 | self.opcode, size))
        elif size < 65536:
            head = bytes((0x80 | self.opcode, 126)) + size.to_bytes(2, "big")
        else:
            head = bytes((0x80 | self.opcode, 127)) + size.to_bytes(8, "big")
        return head + self.data
