"""Tower scene: what stands on the control tower's board, in words and in places on a map of 1 by 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..course.supply_chain import OrderView, SiteView, TruckView, WorldView
from ..course.supply_chain.values import clock

TOWER = "tower"
TOWER_PLACE = (
    0.505,
    0.5,
)  # beside the straight lines between WH1 and C2, WH2 and C1, so that no message seems to pass it

# Paths in a square of 16.
ICONS = {
    "factory": "M1 15V7l4 3V7l4 3V2h5v13z",
    "warehouse": "M1 15V6l7-4 7 4v9h-3V8H4v7z",
    "customer": "M2 15V8H1l7-6 7 6h-1v7H9v-4H7v4z",
    "tower": "M6 15l1-9H5V2h6v4H9l1 9z",
    "truck": "M0 4h9v7H0zM10 6h3l3 3v2h-6zM3 10.5a1.8 1.8 0 1 0 .01 0zM12 10.5a1.8 1.8 0 1 0 .01 0z",
}
_GOT = {"factory": "ready", "warehouse": "in stock", "customer": "received"}


@dataclass(frozen=True, slots=True)
class SiteMark:
    """A site on the map. `line` is below its name."""

    name: str
    kind: str
    x: float
    y: float
    line: str
    is_low: bool


@dataclass(frozen=True, slots=True)
class TruckMark:
    """A truck on the map: at `here`, or a part of the road to `ahead` behind it. `tags` are what is wrong or new."""

    name: str
    here: str
    ahead: str | None
    part: float
    line: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in the table."""

    name: str
    customer: str
    warehouse: str
    units: int
    due: str
    state: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything on the board but the messages."""

    clock: str
    sites: tuple[SiteMark, ...]
    roads: tuple[tuple[str, str, bool], ...]
    trucks: tuple[TruckMark, ...]
    orders: tuple[OrderRow, ...]
    risks: tuple[tuple[str, str], ...]

    def sentences(self) -> list[str]:
        """Return the map in words, for those who do not see it."""
        storms = [f"Storm on the road {one}–{other}" for one, other, is_storm in self.roads if is_storm]
        sites = [f"{site.name}: {site.line}" for site in self.sites]
        trucks = [", ".join([f"{truck.name}: {where(truck)}", truck.line, *truck.tags]) for truck in self.trucks]
        return [*sites, *trucks, *storms]

    def for_front_end(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "clock": self.clock,
            "sites": [[site.name, site.kind, site.x, site.y, site.line, site.is_low] for site in self.sites],
            "roads": [list(road) for road in self.roads],
            "trucks": [
                [truck.name, truck.here, truck.ahead, truck.part, truck.line, list(truck.tags)] for truck in self.trucks
            ],
            "orders": [
                [row.name, row.customer, row.warehouse, row.units, row.due, row.state, row.is_late]
                for row in self.orders
            ],
            "risks": [list(risk) for risk in self.risks],
            "words": ". ".join(self.sentences()),
        }


def scene_of(view: WorldView, risks: Mapping[str, str]) -> Scene:
    """Return what the board shows of a world."""
    storms = {frozenset(road) for road in view.storms}
    return Scene(
        clock=view.clock,
        sites=tuple(_site(site) for site in view.sites),
        roads=tuple((one, other, frozenset((one, other)) in storms) for one, other in view.roads),
        trucks=tuple(_truck(truck) for truck in view.trucks),
        orders=tuple(_order(order) for order in view.orders),
        risks=tuple(risks.items()),
    )


def where(truck: TruckMark) -> str:
    """Say where a truck is."""
    return f"on the road {truck.here} → {truck.ahead}" if truck.ahead else f"at {truck.here}"


def _site(site: SiteView) -> SiteMark:
    line = f"▼ only {site.units} left" if site.is_low else f"{site.units} {_GOT[site.kind]}"
    return SiteMark(site.name, site.kind, site.x, site.y, line, site.is_low)


def _truck(truck: TruckView) -> TruckMark:
    line = "free"
    if truck.goal is not None:
        line = f"{truck.units} → {truck.goal}" if truck.units else f"empty → {truck.goal}"
    tags = [*([f"▲ {truck.late} min late"] if truck.late else []), *(["↻ re-routed"] if truck.is_rerouted else [])]
    return TruckMark(truck.name, truck.here, truck.ahead, truck.part, line, tuple(tags))


def _order(order: OrderView) -> OrderRow:
    state = str(order.state)
    if order.delivered is not None:
        state = f"delivered {clock(order.delivered)}"
    elif order.truck:
        state = f"on {order.truck}" if order.state == "on the way" else f"{order.truck} comes"
    if order.late:
        state += f", ▲ {order.late} min late"
    elif order.delivered is not None:
        state += ", in time"
    return OrderRow(order.name, order.customer, order.warehouse, order.units, clock(order.due), state, order.late > 0)
