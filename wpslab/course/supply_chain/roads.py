"""Roads: which sites there are, which roads lead between them, and the quickest way."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from dataclasses import dataclass

from .values import SiteKind

PACE = 5
"""How many parts of a road a truck covers in a minute; a road of 40 minutes has 200 of them. In a storm it is one."""

Road = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Site:
    """A place, with its position on a map of 1 by 1."""

    name: str
    kind: SiteKind
    x: float
    y: float


class RoadMap:
    """Sites and the roads between them.

    Args:
        sites: the places.
        roads: minutes of driving by the two ends, each road once.
    """

    def __init__(self, sites: Collection[Site], roads: dict[Road, int]) -> None:
        self.sites = {site.name: site for site in sites}
        self.roads = dict(roads)
        self._minutes = {road_between(*ends): minutes for ends, minutes in roads.items()}

    def __repr__(self) -> str:
        return f"<RoadMap of {len(self.sites)} sites, {len(self.roads)} roads>"

    def of_kind(self, kind: SiteKind) -> tuple[str, ...]:
        """Return the names of the sites of a kind."""
        return tuple(site.name for site in self.sites.values() if site.kind == kind)

    def length(self, one: str, other: str) -> int:
        """Return the parts of the road between two neighbours."""
        return self._minutes[road_between(one, other)] * PACE

    def route(self, start: str, goal: str, storms: Collection[Road] = ()) -> list[str]:
        """Return the sites to pass from one to another, by the least time; without the first, with the last."""
        best = {start: 0}
        queue: list[tuple[int, str, list[str]]] = [(0, start, [])]
        while queue:
            minutes, here, path = heapq.heappop(queue)
            if here == goal:
                return path
            for road, along in self._minutes.items():
                if here in road:
                    there = road[0] if road[1] == here else road[1]
                    total = minutes + along * (PACE if road in storms else 1)
                    if total < best.get(there, total + 1):
                        best[there] = total
                        heapq.heappush(queue, (total, there, [*path, there]))
        raise ValueError(f"No road leads from {start} to {goal}.")


def road_between(one: str, other: str) -> Road:
    """Return the name of a road: its ends in order."""
    return (one, other) if one < other else (other, one)


# A ring with one rung, so that there is a way round each road.
COURSE_MAP = RoadMap(
    [
        Site("F1", "factory", 0.09, 0.5),
        Site("WH1", "warehouse", 0.36, 0.15),
        Site("WH2", "warehouse", 0.36, 0.85),
        Site("C1", "customer", 0.91, 0.15),
        Site("C2", "customer", 0.91, 0.85),
    ],
    {
        ("F1", "WH1"): 40,
        ("F1", "WH2"): 40,
        ("WH1", "WH2"): 30,
        ("WH1", "C1"): 50,
        ("WH2", "C2"): 50,
        ("C1", "C2"): 30,
    },
)
