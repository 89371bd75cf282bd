"""World: the supply chain as it goes from step to step, and what partners can do in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from .dispatch import dispatch, give
from .orders import Order, plan_orders
from .roads import COURSE_MAP, Road, RoadMap
from .truck import Job, Truck
from .values import OrderView, Report, SiteView, WorldView, clock
from .views import look_at_order, look_at_site, look_at_truck
from .weather import Weather

STEP = 10
DAY = 10 * 60
LOW = 15
BATCH = 30  # what the factory sends at once
REFILL = 45  # a warehouse with less is filled up
FACTORY_EVERY, FACTORY_MAKES, FACTORY_HOLDS = 30, 10, 90


class SupplyChain:
    """A factory, two warehouses, two trucks and two customers, from 08:00 to 18:00.

    The same seed and the same decisions make the same day.

    Args:
        seed: which day it is.

    Attributes:
        minute: since the day began.
    """

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self.minute = 0
        self.map: RoadMap = COURSE_MAP
        self.stock = {"F1": 0, "WH1": 20, "WH2": 80}
        self.received = dict.fromkeys(self.map.of_kind("customer"), 0)
        self.produced = 0
        self.trucks = {"Trans1": Truck("Trans1", "F1"), "Trans2": Truck("Trans2", "WH2")}
        self.orders: dict[str, Order] = {}
        self.jobs: list[Job] = []
        home = {"C1": "WH1", "C2": "WH2"}
        self._planned = plan_orders(seed, self.map.of_kind("customer"), home, DAY)
        self._weather = Weather(seed, list(self.map.roads), DAY)
        self._told_stock: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"SupplyChain(seed={self.seed}) at {self.clock}"

    @property
    def clock(self) -> str:
        """The time of day."""
        return clock(self.minute)

    @property
    def is_over(self) -> bool:
        """Whether the day is over; steps then do nothing."""
        return self.minute >= DAY

    @property
    def partners(self) -> tuple[str, ...]:
        """Everybody who reports: sites and trucks."""
        return (*self.map.sites, *self.trucks)

    @property
    def storms(self) -> frozenset[Road]:
        """The roads under a storm now."""
        return self._weather.roads(self.minute)

    def view(self) -> WorldView:
        """Return how everything stands."""
        return WorldView(
            self.minute,
            self.is_over,
            tuple(self._site_views()),
            tuple(self.map.roads),
            tuple(sorted(self.storms)),
            tuple(look_at_truck(self, truck) for truck in self.trucks.values()),
            tuple(self._order_views()),
        )

    # What time brings

    def step(self) -> list[Report]:
        """Let ten minutes go by, and return what partners noticed, in a fixed order."""
        if self.is_over:
            return []
        before = self.storms
        self.minute += STEP
        reports = [*self._weather_reports(before), *self._place_orders()]
        self._produce()
        self._refill()
        dispatch(self.jobs, self.trucks.values(), self.stock, self.map, self.storms)
        moving = [truck for truck in self.trucks.values() if truck.job]
        for _ in range(STEP):
            for truck in moving:
                truck.drive(self.map, self.storms)
                reports += self._stop(truck)
        reports += [self._position(truck) for truck in moving]
        return [*reports, *self._stock_reports()]

    def _weather_reports(self, before: frozenset[Road]) -> Iterator[Report]:
        for road in sorted(self.storms ^ before):
            is_storm = road in self.storms
            words = f"{'storm' if is_storm else 'no more storm'} on the road {road[0]}–{road[1]}"
            yield Report(road[-1], "weather", {"road": list(road), "storm": is_storm}, words)

    def _place_orders(self) -> Iterator[Report]:
        while self._planned and self._planned[0].placed <= self.minute:
            order = self._planned.pop(0)
            self.orders[order.name] = order
            self.jobs.append(Job(order.warehouse, order.customer, order.units, order.name, order.due))
            data = {"order": order.name, "units": order.units, "warehouse": order.warehouse, "due": clock(order.due)}
            yield Report(
                order.customer, "order", data, f"order {order.name}: {order.units} units by {clock(order.due)}"
            )

    def _produce(self) -> None:
        if self.minute % FACTORY_EVERY == 0 and self.stock["F1"] + FACTORY_MAKES <= FACTORY_HOLDS:
            self.stock["F1"] += FACTORY_MAKES
            self.produced += FACTORY_MAKES

    def _refill(self) -> None:
        under_way = {job.goal for job in self._all_jobs() if job.order is None}
        for warehouse in self.map.of_kind("warehouse"):
            if self.stock[warehouse] < REFILL and warehouse not in under_way:
                self.jobs.append(Job("F1", warehouse, BATCH))

    def _stop(self, truck: Truck) -> Iterator[Report]:
        """Load or unload a truck that has come to the end of its route."""
        job = truck.job
        if job is None or truck.route:
            return
        if not truck.is_loaded:
            self.stock[job.origin] -= job.units
            truck.is_loaded, truck.is_rerouted = True, False
            truck.route = self.map.route(truck.here, job.goal)
            return
        truck.job, truck.is_loaded, truck.is_rerouted, truck.told_late = None, False, False, 0
        if job.order is None:
            self.stock[job.goal] += job.units
            return
        self.received[job.goal] += job.units
        order = self.orders[job.order]
        order.delivered = self.minute
        late = order.final_lateness
        words = f"order {order.name} is here, {f'{late} minutes late' if late else 'in time'}"
        yield Report(order.customer, "delivered", {"order": order.name, "late": late}, words)

    def _position(self, truck: Truck) -> Report:
        """Report where a truck goes, or that its job is done: then it is late with nothing any more."""
        now = look_at_truck(self, truck)
        roads = [list(road) for road in truck.roads_ahead()]
        arrival = clock(now.eta) if now.eta is not None else None
        data = {"roads": roads, "order": now.order, "late": now.late, "arrival": arrival}
        words = ""
        if now.late != truck.told_late:
            truck.told_late = now.late
            words = f"{now.late} minutes late with order {now.order}: {arrival}" if now.late else "in time again"
        elif self.faster_way(truck.name) is not None:  # what the tower says to that is not to come out of nothing
            words = f"on the way to {now.goal}, {'empty' if now.order is None else f'with order {now.order}'}"
        return Report(truck.name, "position", data, words)

    def _stock_reports(self) -> Iterator[Report]:
        for site, units in self.stock.items():
            if self._told_stock.get(site) != units:
                self._told_stock[site] = units
                low = self.map.sites[site].kind == "warehouse" and units < LOW
                yield Report(site, "stock", {"units": units}, f"{'only ' if low else ''}{units} units in stock")
        for job in self.jobs:
            order = self.orders.get(job.order or "")
            if order and not order.is_reported_short and self.stock[job.origin] < job.units:
                order.is_reported_short = True
                data = {"order": order.name, "customer": order.customer, "needed": job.units}
                words = f"not enough for order {order.name} of {order.customer}"
                yield Report(job.origin, "shortage", data, words)

    # What partners can do

    def faster_way(self, truck: str, storms: Collection[Road] | None = None) -> str | None:
        """Return a site by way of which a truck would be at its goal earlier; None while it is on the quickest way.

        Args:
            truck: its name.
            storms: the roads that are slow; by default those under a storm now.

        Raises:
            ValueError: no such truck.
        """
        _check(truck, self.trucks, "truck")
        return self.trucks[truck].faster_way(self.map, self.storms if storms is None else storms)

    def reroute(self, truck: str, via: str) -> None:
        """Let a truck go to its goal by way of a site. One that has nothing to do stays where it is.

        Raises:
            ValueError: no such truck or site.
        """
        _check(truck, self.trucks, "truck")
        _check(via, self.map.sites, "site")
        self.trucks[truck].go_by(via, self.map, self.storms)

    def supply(self, order: str, warehouse: str, truck: str | None = None) -> str | None:
        """Let another warehouse supply an order that waits; return the truck that comes for it.

        Args:
            order: its name.
            warehouse: which has the units.
            truck: the one that is asked first. Where it has something to do, the nearest one comes.

        Returns:
            None while all trucks have something to do, and where the order does not wait any more.

        Raises:
            ValueError: no such order, warehouse or truck.
        """
        _check(order, self.orders, "order")
        _check(warehouse, self.map.of_kind("warehouse"), "warehouse")
        if truck is not None:
            _check(truck, self.trucks, "truck")
        job = next((each for each in self.jobs if each.order == order), None)
        if job is None:
            return None
        job.origin, job.wished_truck = warehouse, truck
        self.orders[order].warehouse = warehouse
        comes = give(job, self.trucks.values(), self.stock, self.map, self.storms)
        if comes is None:
            return None
        self.jobs.remove(job)
        return comes.name

    # How it stands

    def _all_jobs(self) -> list[Job]:
        return [*self.jobs, *(truck.job for truck in self.trucks.values() if truck.job)]

    def _site_views(self) -> Iterator[SiteView]:
        for site in self.map.sites.values():
            units = self.received[site.name] if site.kind == "customer" else self.stock[site.name]
            yield look_at_site(site, units, LOW)

    def _order_views(self) -> Iterator[OrderView]:
        for order in self.orders.values():
            yield look_at_order(self, order)


def _check(name: str, known: Collection[str], what: str) -> None:
    if name not in known:
        raise ValueError(f"There is no {what} {name!r}; there are {', '.join(known) or 'none yet'}.")
