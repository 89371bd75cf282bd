"""Snapshot: a picture of a widget that stays in a saved notebook, as SVG and as text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Literal
from xml.sax.saxutils import escape

WIDTH = 720
MARGIN = 16
LINE = 18
MONO_WIDTH = 7.45  # of one character at 12 px in the widest of the usual fonts
COLUMN = 96  # where the text of an entry begins, after its label

# Fixed colours on a card of its own: right on a light and on a dark page. Contrast is at least 4.5 to 1.
_STYLE = (
    "text{fill:#1f2328;font:13px system-ui,-apple-system,'Segoe UI',sans-serif;white-space:pre}"
    ".title{font-weight:600;font-size:14px}.badge{font-weight:600;font-size:12px}.quiet{fill:#57606a;font-size:12px}"
    ".mono{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    ".label{font-weight:600;font-size:12px}.out{fill:#0550ae}.in{fill:#116329}.no{fill:#57606a}.alert{fill:#a40e26}"
)
_ID = re.compile(r"[0-9a-f]{32}")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

Tone = Literal["out", "in", "no", "alert"]


@dataclass(frozen=True)
class Entry:
    """One row of the picture: a short label, and monospaced text beside it."""

    label: str
    text: str
    tone: Tone


@dataclass(frozen=True)
class Snapshot:
    """What a widget showed at one moment.

    Its `repr` is the text form; a notebook shows the SVG.
    """

    title: str
    state: str
    details: tuple[str, ...]
    entries: tuple[Entry, ...]
    note: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/plain": self.text, "image/svg+xml": self.svg()}

    def svg(self) -> str:
        """Return the picture. Where lines break depends on the length of a text, never on the letters of an id."""
        body: list[str] = []
        y = MARGIN + 14
        body.append(_text(MARGIN, y, self.title, "title"))
        body.append(_text(WIDTH - MARGIN, y, self.state, "badge", ' text-anchor="end"'))
        for detail in self.details:
            y += LINE
            body.append(_text(MARGIN, y, detail, "quiet"))
        y += 10
        body.append(f'<path d="M{MARGIN} {y}H{WIDTH - MARGIN}" stroke="#d0d7de"/>')
        for entry in self.entries:
            y += LINE + 4
            body.append(_text(MARGIN, y, entry.label, f"label {entry.tone}"))
            lines = wrap(entry.text, int((WIDTH - COLUMN - 2 * MARGIN) / MONO_WIDTH))
            body += [_text(MARGIN + COLUMN, y + LINE * row, line, "mono") for row, line in enumerate(lines)]
            y += LINE * (len(lines) - 1)
        for line in wrap(self.note, int((WIDTH - 2 * MARGIN) / 6.6)) if self.note else []:
            y += LINE + 6
            body.append(_text(MARGIN, y, line, "alert"))
        return self._frame(body, y + MARGIN)

    def _frame(self, body: list[str], height: int) -> str:
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
                f'height="{height}" role="img" aria-labelledby="t d" style="max-width:100%;height:auto">',
                f'<title id="t">{_clean(self.title)}</title>',
                f'<desc id="d">{_clean(self.text)}</desc>',
                f"<style>{_STYLE}</style>",
                f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6" fill="#ffffff" '
                'stroke="#8c959f"/>',
                *body,
                "</svg>",
            ]
        )


def _text(x: int, y: int, text: str, kind: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}"{more}>{_clean(text)}</text>'


def _clean(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` columns, after a space or comma where possible, never inside an id."""
    lines = [""]
    for piece in _pieces(text, width):
        if lines[-1] and columns(lines[-1]) + columns(piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _pieces(text: str, width: int) -> list[str]:
    """Cut a text after its spaces and commas, and what is still too long anywhere but inside an id."""
    pieces: list[str] = []
    for word in re.findall(r"[^\s,]*[\s,]+|[^\s,]+", text):
        if columns(word.rstrip()) <= width:
            pieces.append(word)
            continue
        at = 0
        for found in _ID.finditer(word):
            pieces += [*word[at : found.start()], found.group()]
            at = found.end()
        pieces += word[at:]
    return pieces


def columns(text: str) -> int:
    """Return how many columns a monospaced font needs for a text."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
