"""Weather: when a storm stands over which road."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from .roads import Road, road_between


@dataclass(frozen=True, slots=True)
class Storm:
    """A storm over one road, from one minute to another."""

    road: Road
    begins: int
    ends: int


class Weather:
    """The storms of a day, all settled when the day begins.

    Args:
        seed: the same seed makes the same day.
        roads: over which of them storms may come.
        day: minutes of the day.
    """

    def __init__(self, seed: int, roads: Sequence[Road], day: int) -> None:
        chance = random.Random(f"weather {seed}")
        self.storms: list[Storm] = []
        begins = chance.randrange(40, 100, 10)
        while begins < day:
            ends = begins + chance.randrange(120, 250, 10)
            self.storms.append(Storm(road_between(*chance.choice(roads)), begins, ends))
            begins = ends + chance.randrange(40, 100, 10)

    def roads(self, minute: int) -> frozenset[Road]:
        """Return the roads under a storm."""
        return frozenset(storm.road for storm in self.storms if storm.begins <= minute < storm.ends)
