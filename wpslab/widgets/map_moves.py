"""Map moves: which ways messages took on a map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from ..emulator import TraceEntry
from .map_layout import Scene

MAX_PHASES = 6
MANY = 24  # from so many entries at once on, they are not told apart in time


class Step(IntEnum):
    """From where to where: to the service, inside it, away from it, or back to it."""

    IN = 0
    INSIDE = 1
    OUT = 2
    BACK = 3


Way = tuple[tuple[str, bool], ...]
"""Links one after the other, and whether each is gone along backwards."""


def moves_of(entries: Sequence[TraceEntry], scene: Scene) -> list[list[object]]:
    """Return for each way how often it was taken, what travelled, and in which phase: `[links, count, kind, phase]`."""
    links = {link.key for link in scene.links}
    counted: dict[tuple[Way, str, int], int] = {}
    phase, before = 0, Step.IN
    for entry in entries:
        for way, kind, step in _ways(entry, scene, links):
            if step != before or kind == "event":
                phase = min(phase + 1, MAX_PHASES)
            before = step
            key = (way, kind, int(step) if len(entries) > MANY else phase)
            counted[key] = counted.get(key, 0) + 1
    return [[list(way), times, kind, at] for (way, kind, at), times in counted.items()]


def _ways(entry: TraceEntry, scene: Scene, links: set[str]) -> Iterable[tuple[Way, str, Step]]:
    hub = entry.hub or ""
    match entry.what:
        case "received" | "connected":
            if line := scene.line_of.get((hub, entry.connection_id or "")):
                yield ((f"{hub}/{line}", False),), "in", Step.IN
        case "rest":
            if f"{hub}/app" in links:
                yield ((f"{hub}/app", False),), "failed" if (entry.status or 0) >= 400 else "rest", Step.IN
        case "event" if f"{hub}/up" in links:
            yield ((f"{hub}/up", True),), "event", Step.OUT
        case "answered" if f"{hub}/up" in links:
            is_good = 200 <= (entry.status or 0) < 300
            yield ((f"{hub}/up", False),), "answer" if is_good else "failed", Step.BACK
        case "delivered":
            yield from _deliveries(entry, scene, links, hub)


def _deliveries(entry: TraceEntry, scene: Scene, links: set[str], hub: str) -> Iterable[tuple[Way, str, Step]]:
    sender = scene.line_of.get((hub, entry.connection_id or ""))
    if entry.group and sender and (into := _member(hub, sender, entry.group, links)):
        yield ((into, False),), "in", Step.INSIDE
    lines = dict.fromkeys(scene.line_of.get((hub, receiver), "") for receiver in entry.receivers)
    kind = "out" if entry.detail == "message" else "failed" if entry.detail.startswith("ack:") else "ack"
    ways: list[Way] = []
    for line in filter(None, lines):
        member = entry.group and _member(hub, line, entry.group, links)
        ways.append((*([(member, True)] if member else []), (f"{hub}/{line}", True)))
    yield from ((way, kind, Step.OUT) for way in ways)


def _member(hub: str, line: str, group: str, links: set[str]) -> str:
    for name in (group, "\0more"):
        if (key := f"{hub}/{line}>{name}") in links:
            return key
    return ""
