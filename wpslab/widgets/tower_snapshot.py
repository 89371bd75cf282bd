"""Tower snapshot: what the control tower's board shows, as a picture and as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, degrees, dist

from .drawing import Drawing, text_at
from .snapshot import wrap
from .tower_log import WORDS, Message
from .tower_map import SITE_HEIGHT, SITE_WIDTH, TOWER_WIDTH, TRUCK_WIDTH, MapLayout, Point, truck_height
from .tower_scene import ICONS, TOWER, OrderRow, Scene, TruckMark

WIDTH, MAP_HEIGHT, HEAD = 760, 360, 44
MARGIN, LINE = 16, 18
LINE_COLUMNS = 96
ASIDE = 5  # so that a question and its answer do not lie on each other

# Besides that of every drawing. Contrast of what is written is at least 4.5 to 1.
_STYLE = (
    ".quiet{font-size:12px}.alert{fill:#a40e26;font-weight:600;font-size:11px}"
    ".road{stroke:#afb8c1;stroke-width:5;stroke-linecap:round}"
    ".storm{stroke:#a40e26;stroke-width:3;stroke-dasharray:2 7;stroke-linecap:round}"
    ".site{fill:#f6f8fa;stroke:#57606a}.truck{fill:#ffffff;stroke:#0550ae}.tower{fill:#ddf4ff;stroke:#0550ae}"
    ".direct{stroke:#116329;stroke-width:2.5}.up{stroke:#0550ae;stroke-width:1.5;stroke-dasharray:2 4}"
    ".down{stroke:#6639ba;stroke-width:1.5;stroke-dasharray:9 4}"
    ".risk{stroke:#a40e26;stroke-width:2.5;stroke-dasharray:6 3}.icon{fill:#57606a}"
)


def picture_of(name: str, scene: Scene, lines: Sequence[Message], last: int) -> Drawing:
    """Return a snapshot of a scene, with its last messages."""
    shown = list(lines[max(0, len(lines) - last) :])
    earlier = _earlier(len(lines) - len(shown))
    text = "\n".join(
        [
            f"{name} at {scene.clock}",
            *scene.sentences(),
            *(f"Risk: {who}: {words}" for who, words in scene.risks),
            *(_order_text(row) for row in scene.orders),
            *earlier,
            *map(str, shown),
        ]
    )
    body, height = _draw(scene, shown, earlier)
    return Drawing(f"Control tower, {scene.clock}", text, WIDTH, height, tuple(body), _STYLE)


def _earlier(count: int) -> list[str]:
    return [f"… {count} earlier message{'s' if count > 1 else ''}"] if count else []


def _order_text(row: OrderRow) -> str:
    return f"Order {row.name}: {row.units} units, {row.warehouse} → {row.customer}, due {row.due}: {row.state}"


def _draw(scene: Scene, lines: Sequence[Message], earlier: Sequence[str]) -> tuple[list[str], int]:
    """Return the elements, and how high the picture is."""
    newest = [line for line in lines if line.clock == scene.clock]
    body = [text_at(MARGIN, 27, f"Control tower, {scene.clock}", "title"), *_draw_map(scene, newest)]
    y = HEAD + MAP_HEIGHT + 4
    rows = [
        *(("alert", f"! {who}: {words}") for who, words in scene.risks),
        *(("strong", _order_text(row)) for row in scene.orders),
        *(("quiet", each) for each in earlier),
        *(("quiet", f"{line}  ({WORDS[line.kind]})") for line in lines),
    ]
    before = ""
    for kind, words in rows:
        y += 6 if kind != before else 0
        before = kind
        for piece in wrap(words, LINE_COLUMNS):
            y += LINE
            body.append(text_at(MARGIN, y, piece, kind))
    return body, y + MARGIN


def _draw_map(scene: Scene, messages: Sequence[Message]) -> list[str]:
    layout = MapLayout(scene, WIDTH, MAP_HEIGHT)
    at = layout.places
    risky = {who for who, _ in scene.risks}
    parts = [f'<g transform="translate(0 {HEAD})">']
    for one, other, is_storm in scene.roads:
        ends = "M{:g} {:g}L{:g} {:g}".format(*at[one], *at[other])
        parts += [f'<path d="{ends}" class="{kind}"/>' for kind in ("road", *(["storm"] if is_storm else []))]
        if is_storm:
            x, y = (at[one][0] + at[other][0]) / 2, (at[one][1] + at[other][1]) / 2
            parts.append(text_at(x, y - 8, "storm", "alert middle"))
    for each in messages:
        if each.sender in at and each.receiver in at:
            parts.append(_message(at[each.sender], at[each.receiver], each.kind))
    parts += _box(at[TOWER], TOWER_WIDTH, SITE_HEIGHT, "tower", "tower", "Tower", ["sees events"], False)
    for site in scene.sites:
        kinds = ["alert" if site.is_low else "small"]
        box = (SITE_WIDTH, SITE_HEIGHT, "site", site.kind, site.name, [site.line], site.name in risky)
        parts += _box(at[site.name], *box, kinds)
    for truck in scene.trucks:
        parts += _truck_box(at[truck.name], truck, truck.name in risky)
    return [*parts, "</g>"]


def _message(start: Point, end: Point, kind: str) -> str:
    """Draw a message that was just sent, with an arrow half way, a little to the right of its way."""
    length = dist(start, end) or 1.0
    aside = ((start[1] - end[1]) / length * ASIDE, (end[0] - start[0]) / length * ASIDE)
    (x1, y1), (x2, y2) = ((x + aside[0], y + aside[1]) for x, y in (start, end))
    x, y, turn = (x1 + x2) / 2, (y1 + y2) / 2, degrees(atan2(y2 - y1, x2 - x1))
    arrow = "M-6 -5L4 0L-6 5"
    return (
        f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" class="{kind}"/>'
        f'<path d="{arrow}" class="{kind}" fill="none" style="stroke-dasharray:none" '
        f'transform="translate({x:.1f} {y:.1f}) rotate({turn:.0f})"/>'
    )


def _truck_box(at: Point, truck: TruckMark, is_risky: bool) -> list[str]:
    lines, kinds = [truck.line, *truck.tags], ["small", *("alert" for _ in truck.tags)]
    return _box(at, TRUCK_WIDTH, truck_height(truck), "truck", "truck", truck.name, lines, is_risky, kinds)


def _box(
    at: Point,
    width: float,
    height: float,
    kind: str,
    icon: str,
    name: str,
    lines: Sequence[str],
    is_risky: bool,
    line_kinds: Sequence[str] = ("small",),
) -> list[str]:
    x, y = at[0] - width / 2, at[1] - height / 2
    top = y + (height - 13 * len(lines)) / 2 + 1
    box = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width}" height="{height}" rx="5" class="{kind}'
    return [
        f'{box}{" risk" if is_risky else ""}"/>',
        f'<path d="{ICONS[icon]}" class="icon" transform="translate({x + 7:.1f} {y + 5:.1f}) scale(0.85)"/>',
        text_at(x + 26, top + 4, name, "strong"),
        *(text_at(x + 8, top + 4 + 14 + 13 * row, line, line_kinds[row]) for row, line in enumerate(lines)),
    ]
