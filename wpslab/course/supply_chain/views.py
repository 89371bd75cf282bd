"""Views: how one site, truck or order stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .orders import Order
from .roads import Site
from .truck import Job, Truck
from .values import OrderState, OrderView, SiteView, TruckView

if TYPE_CHECKING:
    from .world import SupplyChain


def look_at_site(site: Site, units: int, low: int) -> SiteView:
    """Return how a site stands."""
    return SiteView(site.name, site.kind, site.x, site.y, units, site.kind == "warehouse" and units < low)


def look_at_truck(world: SupplyChain, truck: Truck) -> TruckView:
    """Return how a truck stands, and when it will be where it goes if the weather stays."""
    job = truck.job
    eta = world.minute + truck.minutes_left(world.map, world.storms) if job else None
    late = max(0, eta - job.due) if job and eta is not None and job.due is not None else 0
    return TruckView(
        name=truck.name,
        here=truck.here,
        ahead=truck.route[0] if truck.route else None,
        part=truck.part(world.map),
        goal=truck.goal,
        units=truck.units,
        order=job.order if job else None,
        eta=eta,
        late=late,
        is_rerouted=truck.is_rerouted,
    )


def look_at_order(world: SupplyChain, order: Order) -> OrderView:
    """Return how an order stands."""
    truck = next((each for each in world.trucks.values() if each.job and each.job.order == order.name), None)
    late = order.final_lateness
    if order.delivered is None:
        late = look_at_truck(world, truck).late if truck else max(0, world.minute - order.due)
    return OrderView(
        name=order.name,
        customer=order.customer,
        warehouse=order.warehouse,
        units=order.units,
        due=order.due,
        state=_state(world, order, truck),
        truck=truck.name if truck else None,
        late=late,
        delivered=order.delivered,
    )


def _state(world: SupplyChain, order: Order, truck: Truck | None) -> OrderState:
    if order.delivered is not None:
        return "delivered"
    if truck is not None:
        return "on the way" if truck.is_loaded else "truck comes"
    job: Job | None = next((each for each in world.jobs if each.order == order.name), None)
    short = job is not None and world.stock[job.origin] < job.units
    return "waiting for stock" if short else "waiting for a truck"
