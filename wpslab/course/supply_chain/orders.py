"""Orders: what customers want, from the moment they say so to the delivery."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

PROMISE = 180
"""Minutes from an order to the time it is due."""


@dataclass(slots=True)
class Order:
    """What one customer wants."""

    name: str
    customer: str
    warehouse: str
    units: int
    placed: int
    due: int
    delivered: int | None = None
    is_reported_short: bool = False

    @property
    def final_lateness(self) -> int:
        """Minutes it came too late, 0 while nobody knows."""
        return max(0, self.delivered - self.due) if self.delivered is not None else 0


def plan_orders(seed: int, customers: Sequence[str], home: dict[str, str], day: int) -> list[Order]:
    """Return the orders of a day, in the order they will be placed. The same seed makes the same day."""
    chance = random.Random(f"orders {seed}")
    orders: list[Order] = []
    minute = 10
    while minute + PROMISE <= day:
        customer, units = chance.choice(customers), chance.randrange(10, 35, 5)
        name = f"A{len(orders) + 1}"
        orders.append(Order(name, customer, home[customer], units, minute, minute + PROMISE))
        minute += chance.choice([60, 80, 100])
    return orders
