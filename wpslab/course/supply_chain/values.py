"""Values: what the world tells: reports of its partners, and how everything stands at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

SiteKind = Literal["factory", "warehouse", "customer"]
OrderState = Literal["waiting for stock", "waiting for a truck", "truck comes", "on the way", "delivered"]

DAY_BEGINS = 8 * 60


def clock(minute: int) -> str:
    """Return the time of day of a minute since the day began."""
    return f"{(DAY_BEGINS + minute) // 60:02}:{(DAY_BEGINS + minute) % 60:02}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a partner notices and can tell.

    Attributes:
        who: the partner: a site or a truck.
        name: `order`, `stock`, `shortage`, `weather`, `position` or `delivered`.
        data: what there is to say, as JSON can hold it.
        text: the same in words; empty for what is not worth a line, such as the position of a truck in time.
    """

    who: str
    name: str
    data: dict[str, Any]
    text: str = ""

    def __str__(self) -> str:
        return f"{self.who} {self.name}: {self.text or self.data}"


@dataclass(frozen=True, slots=True)
class SiteView:
    """How a site stands. A customer's units are those it got."""

    name: str
    kind: SiteKind
    x: float
    y: float
    units: int
    is_low: bool


@dataclass(frozen=True, slots=True)
class TruckView:
    """How a truck stands.

    Attributes:
        here: the site it stands at, or has left.
        ahead: the next site of its route, None if it stands.
        part: of the road to it, from 0 to 1.
        goal: where it goes in the end.
        late: minutes, as it looks now, for the order it carries or fetches.
    """

    name: str
    here: str
    ahead: str | None
    part: float
    goal: str | None
    units: int
    order: str | None
    eta: int | None
    late: int
    is_rerouted: bool


@dataclass(frozen=True, slots=True)
class OrderView:
    """How an order stands. `late` is as it looks now, and final once it is delivered."""

    name: str
    customer: str
    warehouse: str
    units: int
    due: int
    state: OrderState
    truck: str | None
    late: int
    delivered: int | None


@dataclass(frozen=True, slots=True)
class WorldView:
    """How everything stands at one moment."""

    minute: int
    is_over: bool
    sites: tuple[SiteView, ...]
    roads: tuple[tuple[str, str], ...]
    storms: tuple[tuple[str, str], ...]
    trucks: tuple[TruckView, ...]
    orders: tuple[OrderView, ...]

    @property
    def clock(self) -> str:
        """The time of day."""
        return clock(self.minute)
