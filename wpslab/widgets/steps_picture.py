"""Steps picture: a sequence diagram that stays in a saved notebook, and its lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from .drawing import Drawing, fit, text_at
from .steps import LANE_NAMES, Step, lanes_of

WIDTH = 720
MARGIN = 68
HEAD = 66
ROW = 30
MAX_USERS = 6
NAMED = 3
NOT_WAITED_FOR = ("event connected", "event disconnected")
OTHERS = "\0others"

_STYLE = (
    ".lane{stroke:#d0d7de}.arrow{stroke:#1f2328;stroke-width:1.3;fill:none}.head{fill:#1f2328}"
    ".connection{stroke:#57606a}.rest{stroke:#7d4e00}.upstream{stroke:#6639ba}.message{stroke:#0550ae}"
    ".ack{stroke:#57606a;stroke-dasharray:2 3}.answer{stroke-dasharray:5 3}"
    ".failed{stroke:#a40e26}text.failed{fill:#a40e26;stroke:none;font-weight:600}"
    ".halo{paint-order:stroke;stroke:#fff;stroke-width:4px}.dot{stroke:none;fill:#57606a}.box{fill:#f6f8fa;stroke:#57606a}"
)


def in_order(steps: Sequence[Step]) -> list[Step]:
    """Put answers the service does not wait for after their questions: when they come differs from run to run."""
    told = {step.number for step in steps if step.label.partition(" (")[0] in NOT_WAITED_FOR}
    return sorted(steps, key=lambda step: (step.answers if step.answers in told else step.number, step.number))


def picture_of(name: str, steps: Sequence[Step], left_out: int, notes: Iterable[str] = ()) -> Drawing:
    """Return a sequence diagram of steps, the times of which are left out."""
    notes = list(filter(None, [f"… {left_out} earlier entries" if left_out else "", *notes]))
    lines = [str(step) for step in steps] or ["nothing happened yet"]
    title = f"What happened in {name}"
    steps = _with_few_lanes(steps)
    places = _places(lanes_of(steps))
    body = [text_at(14, 23, title, "title"), *_lanes(places, HEAD + ROW * len(steps))]
    for row, step in enumerate(steps):
        body += _arrow(step, places, HEAD + ROW * (row + 1) - 4)
    height = HEAD + ROW * len(steps) + 12
    for note in notes:
        height += 16
        body.append(text_at(14, height - 4, fit(note, WIDTH * 1.05), "quiet"))
    return Drawing(title, "\n".join([*notes, *lines]), WIDTH, height + 4, tuple(body), _STYLE)


def _with_few_lanes(steps: Sequence[Step]) -> list[Step]:
    """Let users share a lane where there are too many of them."""
    users = [lane for lane in lanes_of(steps) if lane not in LANE_NAMES]
    if len(users) <= MAX_USERS:
        return list(steps)
    times: Counter[str] = Counter()
    for step in steps:  # who acts, or is one of few that hear of it, counts for more than one of a crowd
        for lane in (step.source, *step.targets):
            times[lane] += 60 // max(1, min(60, len(step.targets)))
    busiest = sorted(users, key=lambda lane: (-times[lane], lane))
    shared = dict.fromkeys(busiest[MAX_USERS - 1 :], OTHERS)
    return [
        msgspec.structs.replace(
            step,
            source=shared.get(step.source, step.source),
            targets=tuple(dict.fromkeys(shared.get(lane, lane) for lane in step.targets)),
        )
        for step in steps
    ]


def _places(lanes: Sequence[str]) -> dict[str, float]:
    users = sorted((lane for lane in lanes if lane not in LANE_NAMES), key=lambda lane: (lane == OTHERS, lane))
    ordered = [*users, *(lane for lane in lanes if lane in LANE_NAMES)]
    step = (WIDTH - 2 * MARGIN) / max(1, len(ordered) - 1)
    return {lane: round(MARGIN + step * at) for at, lane in enumerate(ordered)}


def _lanes(places: dict[str, float], bottom: float) -> list[str]:
    room = min(118.0, (WIDTH - 2 * MARGIN) / max(1, len(places) - 1) - 6)
    elements = []
    for lane, x in places.items():
        name = LANE_NAMES.get(lane, "others" if lane == OTHERS else lane)
        elements += [
            f'<path class="lane" d="M{x:g} 58V{bottom + 6:g}"/>',
            f'<rect class="box" x="{x - room / 2:g}" y="36" width="{room:g}" height="22" rx="4"/>',
            text_at(x, 51, fit(name, room * 1.05), "strong small middle"),
        ]
    return elements


def _arrow(step: Step, places: dict[str, float], y: float) -> list[str]:
    begin = places[step.source]
    kind = " ".join(["answer" if step.answers else "", "failed" if step.failed else step.kind]).strip()
    words = "small halo failed" if step.failed else "small halo"
    if not step.targets:
        label = " ".join(filter(None, [", ".join(step.clients), step.label]))
        return [f'<circle class="dot" cx="{begin:g}" cy="{y - 4:g}" r="3.5"/>', _note(begin, y, label, words)]
    ends = [places[lane] for lane in step.targets]
    about = _about(step, places)
    elements = [
        part
        for end in ends
        for part in (
            f'<path class="arrow {kind}" d="M{begin:g} {y:g}H{end:g}"/>',
            _head(end, y, 1 if end > begin else -1, step.failed),
        )
    ]
    left, right = min(begin, *ends), max(begin, *ends)
    return [*elements, _label(left, right, y, step.label + about, words)]


def _about(step: Step, places: Mapping[str, float]) -> str:
    """Say whom a step is about, where its arrow does not: behind the service, among others, one of two connections."""
    is_behind = {step.source, *step.targets} <= LANE_NAMES.keys()
    told = [name for name in step.clients if is_behind or "/" in name or name not in places]
    if not told:
        return ""
    more = f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
    return f" · {', '.join(told[:NAMED])}{more}"


def _head(x: float, y: float, direction: int, failed: bool) -> str:
    color = ' fill="#a40e26"' if failed else ""
    return f'<path class="{"" if failed else "head"}"{color} d="M{x:g} {y:g}l{-7 * direction} -3.5v7z"/>'


def _label(left: float, right: float, y: float, text: str, words: str) -> str:
    """Write above an arrow, in its middle, but never over the picture's edge."""
    half = min(len(text) * 3.0, WIDTH / 2 - 14)
    middle = min(max((left + right) / 2, half + 14), WIDTH - half - 14)
    return text_at(round(middle), y - 5, fit(text, WIDTH - 20), f"{words} middle")


def _note(x: float, y: float, text: str, words: str) -> str:
    if x + 10 + len(text) * 6 > WIDTH - 8:
        return text_at(x - 10, y, fit(text, x - 20), f"{words} end")
    return text_at(x + 10, y, text, words)
