"""SKU: what a resource is bought as, and the limits that come with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from .errors import BadRequest

ScaleType = Literal["Manual", "Automatic"]

_UNITS: Final = (*range(1, 11), *range(20, 101, 10))


@dataclass(frozen=True, slots=True)
class SkuKind:
    """One kind of SKU there is (`ResourceSku` of the management API; numbers from Azure's pricing and limits pages).

    Attributes:
        name, tier, size: as Azure spells them, for instance `Free_F1`, `Free`, `F1`.
        units: the numbers of units one can have, the default first.
        connections: how many clients may be connected at a time, for each unit.
        messages: how many messages are included a day, for each unit.
        is_hard_limit: whether the service stops at that number; otherwise more are billed.
        scale_type: how units are changed.
    """

    name: str
    tier: str
    size: str
    units: tuple[int, ...]
    connections: int
    messages: int
    is_hard_limit: bool = False
    scale_type: ScaleType = "Manual"


KINDS: Final = (
    SkuKind("Free_F1", "Free", "F1", (1,), connections=20, messages=20_000, is_hard_limit=True),
    SkuKind("Standard_S1", "Standard", "S1", _UNITS, connections=1000, messages=1_000_000),
    SkuKind("Premium_P1", "Premium", "P1", _UNITS, connections=1000, messages=1_000_000, scale_type="Automatic"),
    SkuKind(
        "Premium_P2",
        "Premium",
        "P2",
        tuple(range(100, 1001, 100)),
        connections=1000,
        messages=1_000_000,
        scale_type="Automatic",
    ),
)


@dataclass(frozen=True, slots=True)
class Sku:
    """A kind of SKU and a number of units. Made by `sku_of`."""

    kind: SkuKind
    capacity: int

    @property
    def max_connections(self) -> int:
        """How many clients may be connected to the resource at a time."""
        return self.kind.connections * self.capacity

    @property
    def max_messages_per_day(self) -> int | None:
        """How many messages the service sends a day before it stops; None where more are billed."""
        return self.kind.messages * self.capacity if self.kind.is_hard_limit else None


def sku_of(name: str, capacity: int | None = None) -> Sku:
    """Return a SKU by its name, with a number of units or the kind's default.

    Raises:
        BadRequest: there is no such SKU, or it cannot have that many units.
    """
    kind = next((each for each in KINDS if each.name.lower() == name.lower()), None)
    if kind is None:
        names = ", ".join(each.name for each in KINDS)
        raise BadRequest(f"The SKU `{name[:64]}` is not one of {names}.", target="sku.name")
    if capacity is None:
        capacity = kind.units[0]
    if capacity not in kind.units:
        allowed = ", ".join(str(unit) for unit in kind.units)
        raise BadRequest(f"{kind.name} has {allowed} units, not {capacity}.", target="sku.capacity")
    return Sku(kind, capacity)
