"""Terminal snapshot: what a client's terminal shows, as a picture and as lines of text."""

from __future__ import annotations

from ..az.terminal import ClientTerminal, Line
from ..az.terminal_input import COMMANDS
from ..client.frames import cut, one_line
from .snapshot import Entry, Snapshot, Tone

_PICTURED_CHARACTERS = 1_000
_LABELS: dict[str, tuple[str, Tone]] = {
    "frame": ("← received", "in"),
    "typed": ("> typed", "out"),
    "usage": ("usage", "no"),
    "error": ("! error", "alert"),
    "note": ("· note", "no"),
}
_USAGE = " · ".join(command for command, _ in COMMANDS)


def picture_of(terminal: ClientTerminal, lines: tuple[Line, ...], last: int) -> Snapshot:
    """Return a snapshot of a terminal with the last of these lines."""
    shown = lines[max(0, len(lines) - last) :]
    left_out = [f"… {len(lines) - len(shown)} earlier lines"] if len(shown) < len(lines) else []
    return Snapshot(
        title="az webpubsub client start",
        state=f"{'●' if terminal.state == 'connected' else '○'} {terminal.state}",
        details=(
            f"hub {terminal.hub} · user {terminal.user_id or '(none)'}",
            f"connection {terminal.connection_id}",
            *left_out,
        ),
        entries=tuple(map(_entry, shown)),
        note="",
        text="\n".join([f"{terminal!r}: {terminal.state}", *left_out, *(str(line) for line in shown)]),
    )


def _entry(line: Line) -> Entry:
    label, tone = _LABELS[line.kind]
    text = _USAGE if line.kind == "usage" else one_line(cut(line.text, _PICTURED_CHARACTERS))
    return Entry(label, text, tone)
