"""Panel snapshot: what a client panel shows, as a picture and as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..client.frames import SENT, WORDS, Frame, cut, one_line
from .snapshot import Entry, Snapshot

if TYPE_CHECKING:
    from .client_panel import ClientPanel

_PICTURED_CHARACTERS = 1_000


def picture_of(panel: ClientPanel, last: int) -> Snapshot:
    """Return a snapshot of a panel with its last frames."""
    frames = panel.shown_frames
    shown = frames[max(0, len(frames) - last) :]
    left_out = [f"… {len(frames) - len(shown)} earlier frames"] if len(shown) < len(frames) else []
    groups = f"groups: {', '.join(panel.groups) or 'none'}"
    failure = [f"! {panel.error}"] if panel.error else []
    return Snapshot(
        title=f"Client of hub {panel.hub}",
        state=f"{'●' if panel.state == 'connected' else '○'} {panel.state}",
        details=(
            f"user {panel.user_id or '(none)'} · {panel.subprotocol or 'simple WebSocket'}",
            *([f"connection {panel.connection_id}"] if panel.connection_id else []),
            groups,
            *left_out,
        ),
        entries=tuple(_entry(frame) for frame in shown) or (Entry("frames", "none yet", "no"),),
        note=failure[0] if failure else "",
        text="\n".join(
            [f"{panel!r}: {panel.state}, {groups}", *left_out, *(map(str, shown) if shown else ["no frames"]), *failure]
        ),
    )


def _entry(frame: Frame) -> Entry:
    label = f"{frame.direction} {WORDS[frame.direction]}"
    return Entry(label, one_line(cut(frame.text, _PICTURED_CHARACTERS)), "out" if frame.direction == SENT else "in")
