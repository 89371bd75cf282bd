"""Drawing: a picture that stays in a saved notebook, as SVG and as text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from .snapshot import columns

# Fixed colours on a card of its own: right on a light and on a dark page. Contrast is at least 4.5 to 1.
_STYLE = (
    "text{fill:#1f2328;font:12px system-ui,-apple-system,'Segoe UI',sans-serif;white-space:pre}"
    ".title{font-weight:600;font-size:14px}.strong{font-weight:600}.quiet{fill:#57606a;font-size:11px}"
    ".small{font-size:11px}.middle{text-anchor:middle}.end{text-anchor:end}"
)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LETTER = 6.5  # pixels of a letter at 12 px, on average


@dataclass(frozen=True)
class Drawing:
    """A picture with its text form, which is its `repr`.

    Attributes:
        title: what a screen reader announces.
        text: the same for who sees no picture.
        width, height: in pixels.
        body: SVG elements.
        style: CSS for them.
    """

    title: str
    text: str
    width: int
    height: int
    body: tuple[str, ...]
    style: str = ""

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/plain": self.text, "image/svg+xml": self.svg()}

    def svg(self) -> str:
        """Return the picture."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
                f'width="{self.width}" height="{self.height}" role="img" aria-labelledby="t d" '
                'style="max-width:100%;height:auto">',
                f'<title id="t">{clean(self.title)}</title>',
                f'<desc id="d">{clean(self.text)}</desc>',
                f"<style>{_STYLE}{self.style}</style>",
                f'<rect x="0.5" y="0.5" width="{self.width - 1}" height="{self.height - 1}" rx="6" fill="#ffffff" '
                'stroke="#8c959f"/>',
                *self.body,
                "</svg>",
            ]
        )


def text_at(x: float, y: float, text: str, kind: str = "") -> str:
    """Return a text element."""
    return f'<text x="{x:g}" y="{y:g}" class={quoteattr(kind)}>{clean(text)}</text>'


def clean(text: str) -> str:
    """Return a text as it may stand in XML."""
    return escape(_NOT_XML.sub("\ufffd", text))


def fit(text: str, width: float) -> str:
    """Cut a text that is wider than so many pixels."""
    room = int(width / _LETTER)
    if columns(text) <= room:
        return text
    while text and columns(text) > room - 1:
        text = text[:-1]
    return text + "…"
