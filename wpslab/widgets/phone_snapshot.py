"""Phone snapshot: what one or several phones show, as a picture of bubbles and as lines of text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..client.frames import cut
from ..translator.languages import LANGUAGES
from .chat_message import Bubble, Status
from .drawing import Drawing, clean
from .phone_languages import direction_of
from .snapshot import columns, wrap

if TYPE_CHECKING:
    from .phone import Phone

GAP, PAD, HEAD = 16, 12, 62
LINE, SMALL_LINE = 18, 15
WIDTH = 320  # of one phone; three of them share the width of a page
NARROW = 234
COLUMN, SMALL_COLUMN = 7.2, 6.3  # of one letter, in the widest of the usual fonts
_PICTURED_CHARACTERS = 400

_STYLE = (
    "text{font-size:13px}.name{font-weight:600;font-size:14px}.own{fill:#ffffff}"
    ".own-quiet{fill:#dbe7f9;font-size:11px}.alert{fill:#a40e26;font-size:12px}"
)
_STATUS: dict[Status, str] = {
    "received": "",
    "untranslated": "! not translated",
    "sending": "sending …",
    "sent": "",
    "unconfirmed": "? not confirmed, it may have arrived",
    "failed": "! not sent",
}


@dataclass(frozen=True)
class PictureLine:
    """A line of text in a picture, and how it looks."""

    text: str
    kind: str
    direction: str
    height: int

    @property
    def width(self) -> float:
        """How much room the line needs."""
        return columns(self.text) * (SMALL_COLUMN if "quiet" in self.kind else COLUMN)


@dataclass(frozen=True)
class PicturedBubble:
    """A bubble: whose it is, and its lines."""

    is_own: bool
    lines: tuple[PictureLine, ...]

    @property
    def width(self) -> float:
        """The width of the bubble."""
        return round(max(line.width for line in self.lines) + 2 * PAD)

    @property
    def height(self) -> int:
        """The height of the bubble."""
        return sum(line.height for line in self.lines) + 12


@dataclass(frozen=True)
class PicturedPhone:
    """A phone: who holds it, its state, what it shows, and the same in lines of text."""

    user: str
    language: str
    state: str
    bubbles: tuple[Bubble, ...]
    left_out: int
    error: str
    text: str


def picture_of(phones: Iterable[Phone], last: int) -> Drawing:
    """Return a picture of phones with their last messages, two or three phones in a row, all of one height."""
    pictured = [_pictured(phone, last) for phone in phones]
    in_row = 2 if len(pictured) == 4 else min(max(len(pictured), 1), 3)
    width = NARROW if in_row == 3 else WIDTH
    drawn = [_draw_phone(phone, width) for phone in pictured]
    height = max((height for _, height in drawn), default=0)
    parts: list[str] = []
    for index, (body, _) in enumerate(drawn):
        x, y = GAP + index % in_row * (width + GAP), GAP + index // in_row * (height + GAP)
        frame = f'<rect width="{width}" height="{height}" rx="18" fill="#ffffff" stroke="#8c959f"/>'
        parts += [f'<g transform="translate({x} {y})">', frame, *body, "</g>"]
    rows = -(-len(drawn) // in_row)
    return Drawing(
        title=", ".join(f"Phone of {phone.user}" for phone in pictured),
        text="\n\n".join(phone.text for phone in pictured),
        width=GAP + in_row * (width + GAP),
        height=GAP + rows * (height + GAP),
        body=tuple(parts),
        style=_STYLE,
    )


def _pictured(phone: Phone, last: int) -> PicturedPhone:
    bubbles = phone.shown
    shown = bubbles[max(0, len(bubbles) - last) :]
    left_out = len(bubbles) - len(shown)
    lines = [
        f"{phone!r}: {phone.state}",
        *([_earlier(left_out)] if left_out else []),
        *(_text_line(bubble, phone.user_id) for bubble in shown),
        *([] if bubbles else ["no messages"]),
        *([f"! {phone.error}"] if phone.error else []),
    ]
    name = LANGUAGES[phone.language].native_name
    return PicturedPhone(phone.user_id, name, phone.state, shown, left_out, phone.error, "\n".join(lines))


def _status_of(bubble: Bubble) -> str:
    return _STATUS[bubble.status] + (f": {bubble.reason}" if bubble.reason else "")


def _earlier(count: int) -> str:
    return f"… {count} earlier message{'s' if count > 1 else ''}"


def _text_line(bubble: Bubble, own: str) -> str:
    status = f" ({_status_of(bubble)})" if _status_of(bubble) else ""
    return f"{'→' if bubble.message.sender == own else '←'} {bubble.message}{status}"


def _draw_phone(phone: PicturedPhone, width: int) -> tuple[list[str], int]:
    """Return the parts of a phone, and how high it is."""
    body = [
        _text(PAD + 4, 26, phone.user, "name"),
        _text(width - PAD - 4, 26, f"{'●' if phone.state == 'connected' else '○'} {phone.state}", "quiet", "end"),
        _text(PAD + 4, 45, phone.language, "quiet"),
        f'<path d="M0 {HEAD - 6}H{width}" stroke="#d0d7de"/>',
    ]
    y = HEAD + 6
    hint = _earlier(phone.left_out) if phone.left_out else "" if phone.bubbles else "No messages yet."
    if hint:
        y += 8
        body.append(_text(PAD + 4, y, hint, "quiet"))
        y += 12
    for bubble in phone.bubbles:
        pictured = _pictured_bubble(bubble, phone.user, width - 84)
        x = width - PAD - pictured.width if pictured.is_own else PAD
        body += _draw_bubble(pictured, x, y)
        y += pictured.height + 8
    for line in wrap(f"! {phone.error}", int((width - 2 * PAD) / SMALL_COLUMN)) if phone.error else []:
        y += SMALL_LINE
        body.append(_text(PAD + 4, y, line, "alert"))
    return body, max(y + PAD, 150)


def _pictured_bubble(bubble: Bubble, user: str, most: int) -> PicturedBubble:
    message = bubble.message
    is_own = message.sender == user
    main, quiet = ("own", "own-quiet") if is_own else ("", "quiet")
    lines = [] if is_own else [PictureLine(message.sender, quiet, "ltr", SMALL_LINE)]
    lines += _wrapped(message.text, message.language, main, most)
    if message.original is not None:
        lines += _wrapped(message.original, message.original_language, quiet, most)
    lines += [
        PictureLine(line, quiet, "ltr", SMALL_LINE)
        for line in wrap(_status_of(bubble), int(most / SMALL_COLUMN))
        if line
    ]
    return PicturedBubble(is_own, tuple(lines))


def _wrapped(text: str, code: str | None, kind: str, most: int) -> list[PictureLine]:
    direction = direction_of(text, code)
    column, height = (SMALL_COLUMN, SMALL_LINE) if "quiet" in kind else (COLUMN, LINE)
    lines = wrap(cut(" ".join(text.split()), _PICTURED_CHARACTERS), int(most / column))
    return [PictureLine(line, kind, direction, height) for line in lines]


def _draw_bubble(bubble: PicturedBubble, x: float, y: float) -> list[str]:
    fill = "#0d47a1" if bubble.is_own else "#eaeef2"
    parts = [f'<rect x="{x:g}" y="{y:g}" width="{bubble.width:g}" height="{bubble.height}" rx="12" fill="{fill}"/>']
    base = y + 5
    for line in bubble.lines:
        base += line.height
        # With direction rtl a line starts on the right.
        start = x + bubble.width - PAD if line.direction == "rtl" else x + PAD
        parts.append(_text(start, base - 3, line.text, line.kind, "start", line.direction))
    return parts


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start", direction: str = "ltr") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}" direction="{direction}">{clean(text)}</text>'
    )
