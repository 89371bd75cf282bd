"""Truck: where it is, where it goes, and what for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise

from .roads import PACE, Road, RoadMap, road_between


@dataclass(slots=True)
class Job:
    """Something to bring from one site to another, for an order or to fill a warehouse up."""

    origin: str
    goal: str
    units: int
    order: str | None = None
    due: int | None = None
    wished_truck: str | None = None


@dataclass(slots=True)
class Truck:
    """One truck. It stands at `here`, or has left it for the first site of its route."""

    name: str
    here: str
    route: list[str] = field(default_factory=list)
    covered: int = 0
    job: Job | None = None
    is_loaded: bool = False
    is_rerouted: bool = False
    told_late: int = 0

    @property
    def units(self) -> int:
        """What it carries."""
        return self.job.units if self.job and self.is_loaded else 0

    @property
    def goal(self) -> str | None:
        """Where it goes: to fetch, then to bring."""
        if self.job is None:
            return None
        return self.job.goal if self.is_loaded else self.job.origin

    def drive(self, roads: RoadMap, storms: Collection[Road]) -> None:
        """Drive for one minute."""
        if not self.route:
            return
        self.covered += 1 if road_between(self.here, self.route[0]) in storms else PACE
        if self.covered >= roads.length(self.here, self.route[0]):
            self.here = self.route.pop(0)
            self.covered = 0

    def part(self, roads: RoadMap) -> float:
        """Return how much of the road to the next site is behind it."""
        return self.covered / roads.length(self.here, self.route[0]) if self.route else 0.0

    def roads_ahead(self) -> list[Road]:
        """Return the roads it is on and will take to where it goes next."""
        return [road_between(*ends) for ends in pairwise([self.here, *self.route])]

    def minutes_left(self, roads: RoadMap, storms: Collection[Road]) -> int:
        """Return how long its job takes from now on, if the weather stays."""
        if self.job is None:
            return 0
        rest = [] if self.is_loaded else roads.route(self.job.origin, self.job.goal, storms)
        stops = [self.here, *self.route, *rest]
        parts, left = 0, self.covered
        for one, other in pairwise(stops):
            slow = PACE if road_between(one, other) in storms else 1
            parts += (roads.length(one, other) - left) * slow
            left = 0
        return -(-parts // PACE)

    def go_by(self, via: str, roads: RoadMap, storms: Collection[Road]) -> None:
        """Go on to the goal by way of a site; early in a storm it turns back."""
        goal = self.goal
        if goal is None:
            return
        start = self.here
        if self.covered:
            ahead, length = self.route[0], roads.length(self.here, self.route[0])
            if road_between(self.here, ahead) in storms and 2 * self.covered < length:
                self.here, self.covered = ahead, length - self.covered
            else:
                start = ahead
        turn = [] if self.covered == 0 else [start]
        self.route = [*turn, *roads.route(start, via, storms), *roads.route(via, goal, storms)]
        self.is_rerouted = True
