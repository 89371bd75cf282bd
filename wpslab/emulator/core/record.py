"""Record: a trace entry as it is kept, raw and short, and how it is written for a reader."""

from __future__ import annotations

import msgspec

from .failures import Failure
from .limits import MAX_TRACED_CHARACTERS
from .messages import AckMessage
from .trace_entry import TraceEntry, What
from .transport import Travelled

_KEPT_BYTES = 4 * MAX_TRACED_CHARACTERS + 4  # UTF-8 has at most four bytes a character; the last one may be cut


class KeptFrame(msgspec.Struct, frozen=True, gc=False):
    """The beginning of a frame or a body, and how long it was."""

    data: bytes
    is_text: bool
    size: int


class Record(msgspec.Struct, gc=False):
    """A trace entry as it is kept, before anybody reads it; `number`, `time` and `weight` are the trace's to set.

    `weight` is about how many bytes it holds beyond itself.
    """

    what: What
    hub: str | None = None
    connection_id: str | None = None
    user_id: str | None = None
    group: str | None = None
    receivers: tuple[str, ...] = ()
    frames: tuple[Travelled, ...] = ()
    status: int | None = None
    detail: str | AckMessage = ""
    event: str | None = None
    method: str | None = None
    url: str | None = None
    milliseconds: float | None = None
    answers: int | None = None
    failure: Failure | None = None
    number: int = 0
    time: float = 0.0
    weight: int = 0

    def entry(self) -> TraceEntry:
        """Write it for a reader."""
        texts = [_text(frame) for frame in self.frames]
        return TraceEntry(
            number=self.number,
            time=self.time,
            what=self.what,
            hub=self.hub,
            connection_id=self.connection_id,
            user_id=self.user_id,
            group=self.group,
            receivers=self.receivers,
            frame=texts[0] if texts else None,
            other_frames=tuple(texts[1:]),
            status=self.status,
            detail=self.detail if isinstance(self.detail, str) else _of_ack(self.detail),
            event=self.event,
            method=self.method,
            url=self.url,
            milliseconds=self.milliseconds,
            answers=self.answers,
            failure=self.failure,
        )


def keep(frame: Travelled) -> Travelled:
    """Return what is kept of a frame: most are short, and kept as they are."""
    return frame if len(frame.data) <= _KEPT_BYTES else keep_data(frame.data, frame.is_text)


def keep_data(data: bytes, is_text: bool) -> KeptFrame:
    """Return what is kept of a frame's or a body's data."""
    return KeptFrame(data if len(data) <= _KEPT_BYTES else bytes(data[:_KEPT_BYTES]), is_text, len(data))


def keep_body(body: bytes) -> tuple[KeptFrame, ...]:
    """Return what is kept of an HTTP body, which may be empty."""
    return (keep_data(body, b"\0" not in body[:_KEPT_BYTES] and _is_utf8(body[:_KEPT_BYTES])),) if body else ()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.end >= len(data) - 3 and len(data) == _KEPT_BYTES  # a character that the cut went through
    return True


def _text(frame: Travelled) -> str:
    """Return what a person reads of a frame."""
    size = frame.size if isinstance(frame, KeptFrame) else len(frame.data)
    if not frame.is_text:
        return f"{size:,} bytes: {frame.data[:16].hex(' ')}{' …' if size > 16 else ''}"
    text = frame.data.decode("utf-8", "replace")
    is_cut = len(text) > MAX_TRACED_CHARACTERS or size > len(frame.data)
    return text[:MAX_TRACED_CHARACTERS] + "…" if is_cut else text


def _of_ack(message: AckMessage) -> str:
    return "ack" if message.error is None else f"ack: {message.error[0]}"
