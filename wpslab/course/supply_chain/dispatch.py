"""Dispatch: which truck takes which job."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from .roads import Road, RoadMap
from .truck import Job, Truck


def dispatch(
    jobs: list[Job], trucks: Iterable[Truck], stock: Mapping[str, int], roads: RoadMap, storms: Collection[Road]
) -> None:
    """Give each job, the oldest first, to a truck. Jobs that are given leave the list."""
    fleet = list(trucks)
    for job in list(jobs):
        if give(job, fleet, stock, roads, storms):
            jobs.remove(job)


def give(
    job: Job, trucks: Iterable[Truck], stock: Mapping[str, int], roads: RoadMap, storms: Collection[Road]
) -> Truck | None:
    """Give a job to the truck that was wished for, else to the nearest, of those that have none; return it.

    A job waits while its origin lacks the units, counting out what other trucks come to fetch there.
    """
    fleet = list(trucks)
    fetched = sum(
        truck.job.units for truck in fleet if truck.job and not truck.is_loaded and truck.job.origin == job.origin
    )
    free = [truck for truck in fleet if truck.job is None]
    free = [truck for truck in free if truck.name == job.wished_truck] or free
    if not free or stock[job.origin] - fetched < job.units:
        return None
    truck = min(free, key=lambda each: (_minutes(each, job, roads, storms), each.name))
    truck.job, truck.is_loaded, truck.is_rerouted = job, False, False
    truck.route = roads.route(truck.here, job.origin)
    return truck


def _minutes(truck: Truck, job: Job, roads: RoadMap, storms: Collection[Road]) -> int:
    return Truck(truck.name, truck.here, roads.route(truck.here, job.origin), job=job).minutes_left(roads, storms)
