"""Figures: what was measured, its spread over the rounds, and the ratio round by round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)

Measurement = Callable[[], Sequence[float]]
"""Measure once; return one number for each of the things measured at the same time."""


@dataclass(frozen=True)
class Spread:
    """Median, smallest and largest of a figure."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Take the figures of all rounds."""
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.low)}–{_short(self.high)})"


@dataclass(frozen=True)
class Row:
    """One line of the table; without a peer there is no ratio."""

    what: str
    unit: str
    ours: Spread
    peer: str = ""
    theirs: Spread | None = None
    ratio: Spread | None = None

    @classmethod
    def versus(cls, what: str, unit: str, ours: Sequence[float], peer: str, theirs: Sequence[float]) -> Row:
        """Compare two contestants that were measured in the same rounds."""
        ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
        return cls(what, unit, Spread.of(ours), peer, Spread.of(theirs), Spread.of(ratios))


def interleave(contestants: Mapping[Name, Measurement], rounds: int) -> dict[Name, list[Sequence[float]]]:
    """Measure all contestants in turn, `rounds` times, after one round that is not counted.

    Every other round goes backwards, so that none of them always runs in the shadow of the same neighbour.
    """
    results: dict[Name, list[Sequence[float]]] = {name: [] for name in contestants}
    for measure in contestants.values():
        measure()
    for number in range(rounds):
        names = list(contestants)[:: -1 if number % 2 else 1]
        for name in names:
            results[name].append(contestants[name]())
    return results


def column(results: Sequence[Sequence[float]], index: int = 0) -> list[float]:
    """Pick one of the numbers of every round."""
    return [values[index] for values in results]


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
