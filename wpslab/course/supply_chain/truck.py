"""Truck: where it is, where it goes, and what for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest

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
        """Go to the goal by way of a site. Between two sites it turns back where that is quicker."""
        goal = self.goal
        if goal is None:
            return
        start, turn = (self.route[0], [self.route[0]]) if self.covered else (self.here, [])
        rest = roads.route(via, goal, storms)
        ways = [replace(self, route=[*turn, *roads.route(start, via, storms), *rest])]
        if self.covered:
            back = [self.here, *roads.route(self.here, via, storms), *rest]
            left = roads.length(self.here, start) - self.covered
            ways.append(replace(self, here=start, covered=left, route=back))
        best = min(ways, key=lambda way: way.minutes_left(roads, storms))
        self.is_rerouted = self.is_rerouted or best.route != self.route
        self.here, self.covered, self.route = best.here, best.covered, best.route

    def faster_way(self, roads: RoadMap, storms: Collection[Road]) -> str | None:
        """Return a site by way of which it would be at its goal earlier; None while it is on the quickest way."""
        if self.goal is None:
            return None
        best = replace(self)
        best.go_by(self.goal, roads, storms)
        if best.minutes_left(roads, storms) >= self.minutes_left(roads, storms):
            return None
        new = [site for site in best.route if site not in (self.here, *self.route)]
        # Where all sites of a shorter way are on the present one, the first that is not next there will do.
        return (
            new[0]
            if new
            else next(one or self.goal for one, other in zip_longest(best.route, self.route) if one != other)
        )
