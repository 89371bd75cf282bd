"""Diagrams: turn the text sources in notebooks/images/*.toml into the SVG pictures beside them.

A source is a title, a description (both are read aloud by screen readers), a size, and then boxes, arrows and
texts in the order they are drawn. Every picture brings its own light card, because neither GitHub nor JupyterLab
tells an image which theme the page has. A text that does not fit its box, or that touches another text, a box or a
foreign arrow, is an error: the tool writes no picture that cannot be read.

    python scripts/diagrams.py           write the pictures
    python scripts/diagrams.py --check   write nothing, fail if a picture is not what its source makes
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

IMAGES = Path(__file__).resolve().parent.parent / "notebooks" / "images"

# kind: (fill, line, text). All texts reach a contrast of 7:1 on their fill.
PALETTE = {
    "client": ("#e3effc", "#2f6fb3", "#12365e"),
    "service": ("#efe8fb", "#7652b8", "#3b2270"),
    "hub": ("#f8f5fd", "#9a7fd1", "#3b2270"),
    "group": ("#fff4da", "#b07a12", "#573b00"),
    "server": ("#dff3ea", "#2b8a63", "#0d4430"),
    "user": ("#f4f8fd", "#8fb3d9", "#12365e"),
    "ok": ("#e2f4e4", "#2d7d3a", "#12481c"),
    "bad": ("#fde6e4", "#b3372f", "#6b1410"),
    "plain": ("#ffffff", "#5b6470", "#22272e"),
}
FONT = "'Segoe UI', Ubuntu, 'Helvetica Neue', Arial, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Consolas, 'DejaVu Sans Mono', monospace"
SIZE, SMALL, LEADING, PAD = 14, 12, 1.35, 10


class LayoutError(Exception):
    """A picture would not be readable."""


@dataclass(frozen=True)
class Rect:
    """An area of the picture, and what stands there."""

    x: float
    y: float
    width: float
    height: float
    name: str = ""

    def touches(self, other: Rect) -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def holds(self, other: Rect) -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )


def text_width(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """Estimate a width that holds in the widest of the usual sans-serif fonts."""
    if mono:
        return 0.61 * size * len(text)
    ems = sum(
        0.36 if c in "iljtfrI.,:;'|!()[]{} /-" else 0.92 if c in "mwMW@→←…" else 0.72 if c.isupper() else 0.62
        for c in text
    )
    return ems * size * (1.1 if bold else 1.0)


class Picture:
    """One picture: what has been drawn so far, and the areas that must not overlap."""

    def __init__(self, source: dict[str, Any]) -> None:
        self.title, self.desc = source["title"], " ".join(source["desc"].split())
        self.width, self.height = source["size"]
        self.parts: list[str] = []
        self.boxes: dict[str, Rect] = {}
        self.solid: list[Rect] = []
        self.texts: list[Rect] = []
        self.lines: list[tuple[str, list[tuple[float, float]], Rect | None]] = []
        self.heads: set[str] = set()
        for box in source.get("box", []):
            self.add_box(box)
        for arrow in source.get("arrow", []):
            self.add_arrow(arrow)
        for text in source.get("text", []):
            x, y = text["at"]
            self.add_text(_lines(text["text"]), x, y, text)
        self.check()

    def add_box(self, box: dict[str, Any]) -> None:
        """Draw a box; a container has its text at the top and other boxes inside."""
        (x, y), (width, height) = box["at"], box["size"]
        fill, line, _ = PALETTE[box.get("kind", "plain")]
        area = Rect(x, y, width, height, box["id"])
        self.boxes[box["id"]] = area
        container = box.get("container", False)
        if not container:
            self.solid.append(area)
        self.parts.append(rect(area, fill, line, dashed=box.get("dashed", False)))
        lines = _lines(box.get("text", []))
        if not lines:
            return
        block = len(lines) * SIZE * LEADING
        top = y + PAD * 0.7 if container else y + (height - block) / 2
        if box.get("left"):
            drawn = self.add_text(lines, x + PAD, top + SIZE, {**box, "anchor": "start"})
        else:
            drawn = self.add_text(lines, x + width / 2, top + SIZE, {**box, "anchor": "middle"})
        if not area.holds(drawn):
            raise LayoutError(f"the text {lines} does not fit the box {box['id']}")

    def add_text(self, lines: list[str], x: float, y: float, style: dict[str, Any]) -> Rect:
        """Draw lines of text, the first base line at y; with `title` the first line is bold, the others small."""
        colour = PALETTE[style.get("kind", "plain")][2]
        anchor, mono = style.get("anchor", "start"), style.get("mono", False)
        widest = 0.0
        for number, line in enumerate(lines):
            bold = style.get("bold", False) or (style.get("title", False) and number == 0)
            small = style.get("small", False) or (style.get("title", False) and number > 0)
            size = SMALL if small or mono else SIZE
            widest = max(widest, text_width(line, size, bold=bold, mono=mono))
            look = {"font_weight": "600" if bold else None, "font_family": MONO if mono else None}
            place: dict[str, Any] = {"x": x, "y": y + number * SIZE * LEADING, "text_anchor": anchor, "font_size": size}
            self.parts.append(element("text", line, **place, fill=colour, **look, xml__space="preserve"))
        left = {"start": x, "middle": x - widest / 2, "end": x - widest}[anchor]
        area = Rect(left, y - SIZE * 0.85, widest, SIZE * LEADING * (len(lines) - 1) + SIZE * 1.1, " / ".join(lines))
        self.texts.append(area)
        return area

    def point(self, where: str | list[float]) -> tuple[float, float]:
        """Resolve `[x, y]`, `box.side` or `box.side@0.25` (a part of the way along that side)."""
        if not isinstance(where, str):
            return where[0], where[1]
        name, _, rest = where.partition(".")
        side, _, part = rest.partition("@")
        box, along = self.boxes[name], float(part or 0.5)
        if side in ("left", "right"):
            return box.x + (box.width if side == "right" else 0), box.y + along * box.height
        return box.x + along * box.width, box.y + (box.height if side == "bottom" else 0)

    def add_arrow(self, arrow: dict[str, Any]) -> None:
        """Draw an arrow through its points, and its label: above a level line, on a light patch otherwise."""
        points = [self.point(p) for p in [arrow["from"], *arrow.get("via", []), arrow["to"]]]
        kind = arrow.get("kind", "plain")
        start = end = None
        if arrow.get("head", True):
            self.heads.add(kind)
            end = f"url(#head-{kind})"
            start = end if arrow.get("both") else None
        path = " ".join(f"{'L' if i else 'M'}{x:g} {y:g}" for i, (x, y) in enumerate(points))
        look: dict[str, Any] = {
            "fill": "none",
            "stroke": PALETTE[kind][1],
            "stroke_width": 1.8,
            "stroke_dasharray": _dash(arrow),
        }
        self.parts.append(element("path", d=path, **look, marker_start=start, marker_end=end))
        own = self.add_label(arrow, points) if "label" in arrow else None
        self.lines.append((f"{arrow['from']} -> {arrow['to']}", points, own))

    def add_label(self, arrow: dict[str, Any], points: list[tuple[float, float]]) -> Rect | None:
        """Write the label at the longest part of an arrow; return its area if it may stand on the line."""
        lines, small = _lines(arrow["label"]), {"small": True, **arrow, "anchor": "middle"}
        (x1, y1), (x2, y2) = max(pairwise(points), key=_length)
        along, height = arrow.get("label_at", 0.5), len(lines) * SIZE * LEADING
        x, y = x1 + along * (x2 - x1), y1 + along * (y2 - y1)
        if abs(y1 - y2) < 1:
            self.add_text(lines, x, y + SIZE + 4 if arrow.get("below") else y - 7 - height + SIZE * LEADING, small)
            return None
        width = max(text_width(line, SMALL, mono=arrow.get("mono", False)) for line in lines) + 6
        self.parts.append(rect(Rect(x - width / 2, y - height / 2, width, height), "#ffffff"))
        return self.add_text(lines, x, y - height / 2 + SIZE, small)

    def check(self) -> None:
        """Refuse a picture whose texts cannot all be read."""
        card = Rect(6, 6, self.width - 12, self.height - 12, "card")
        for text in self.texts:
            if not card.holds(text):
                raise LayoutError(f"the text {text.name!r} leaves the card")
            for box in self.solid:
                if box.touches(text) and not box.holds(text):
                    raise LayoutError(f"the text {text.name!r} touches the box {box.name}")
            for name, points, own in self.lines:
                if text is not own and _crosses(points, text):
                    raise LayoutError(f"the arrow {name} runs through the text {text.name!r}")
        for one, other in combinations(self.texts, 2):
            if one.touches(other):
                raise LayoutError(f"the texts {one.name!r} and {other.name!r} overlap")

    def svg(self) -> str:
        """Return the picture as the text of an SVG file."""
        heads = [
            f'<marker id="head-{kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
            f'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="{PALETTE[kind][1]}"/></marker>'
            for kind in sorted(self.heads)
        ]
        head = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" role="img" aria-labelledby="title desc" font-family="{FONT}">',
            f'<title id="title">{escape(self.title)}</title>',
            f'<desc id="desc">{escape(self.desc)}</desc>',
            f"<defs>{''.join(heads)}</defs>",
        ]
        card = rect(Rect(1, 1, self.width - 2, self.height - 2), "#ffffff", "#c3cad3")
        return "\n".join([*head, card, *self.parts, "</svg>", ""])


def element(name: str, content: str = "", /, **attributes: str | float | None) -> str:
    """Write one SVG element; `_` in an attribute's name stands for a dash, `__` for a colon."""
    written = []
    for key, value in attributes.items():
        if value is not None:
            text = value if isinstance(value, str) else f"{value:g}"
            written.append(f"{key.replace('__', ':').replace('_', '-')}={quoteattr(text)}")
    head = f"<{name} {' '.join(written)}"
    return f"{head}>{escape(content)}</{name}>" if content else f"{head}/>"


def rect(area: Rect, fill: str, line: str | None = None, *, dashed: bool = False) -> str:
    """Write a rectangle with round corners."""
    place = {"x": area.x, "y": area.y, "width": area.width, "height": area.height, "rx": 8}
    look = {"stroke": line, "stroke_width": "1.5" if line else None, "stroke_dasharray": _dash({"dashed": dashed})}
    return element("rect", **place, fill=fill, **look)


def _dash(style: dict[str, Any]) -> str | None:
    return "5 4" if style.get("dashed") else None


def _lines(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _length(ends: tuple[tuple[float, float], tuple[float, float]]) -> float:
    (x1, y1), (x2, y2) = ends
    return abs(x2 - x1) + abs(y2 - y1)


def _crosses(points: list[tuple[float, float]], area: Rect) -> bool:
    """Say whether a line runs through an area, by walking along it."""
    for (x1, y1), (x2, y2) in pairwise(points):
        steps = max(2, int(abs(x2 - x1) + abs(y2 - y1)) // 2)
        for step in range(steps + 1):
            x, y = x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps
            if area.x < x < area.x + area.width and area.y < y < area.y + area.height:
                return True
    return False


def draw(source: Path) -> str:
    """Return the SVG text that a source makes."""
    return Picture(tomllib.loads(source.read_text(encoding="utf-8"))).svg()


def main(arguments: list[str] | None = None) -> int:
    """Write all pictures, or check that they are what their sources make."""
    parser = argparse.ArgumentParser(description="Make the pictures of the notebooks from their text sources.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a picture is out of date")
    check = parser.parse_args(arguments).check
    stale = []
    for source in sorted(IMAGES.glob("*.toml")):
        picture = source.with_suffix(".svg")
        try:
            svg = draw(source)
        except LayoutError as error:
            print(f"{source.name}: {error}", file=sys.stderr)
            return 1
        if picture.exists() and picture.read_text(encoding="utf-8") == svg:
            continue
        stale.append(picture.name)
        if not check:
            picture.write_text(svg, encoding="utf-8", newline="\n")
            print(f"wrote {picture.relative_to(IMAGES.parent.parent)}")
    if check and stale:
        print(f"out of date: {', '.join(stale)}; run `make diagrams`", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
