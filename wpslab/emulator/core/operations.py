"""Operations: long-running operations, which on this machine are over before anybody asks how they are."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from .clock import Clock
from .errors import ManagementError
from .resource import Resource

MAX_REMEMBERED = 1000

Outcome = Literal["resource", "keys", "nothing", "gone"]


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that was asked for and is done.

    Attributes:
        id: a GUID.
        time: when, in seconds since the epoch.
        outcome: what its final answer shows: the resource, its keys, nothing, or that something is gone.
        resource: which resource it was about; None for a group.
    """

    id: str
    time: float
    outcome: Outcome
    resource: Resource | None = None


class Operations:
    """The last 1,000 operations, by id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._operations: OrderedDict[str, Operation] = OrderedDict()

    def add(self, outcome: Outcome, resource: Resource | None = None) -> Operation:
        """Remember an operation that is done."""
        operation = Operation(str(uuid.uuid4()), self._clock.time(), outcome, resource)
        self._operations[operation.id] = operation
        if len(self._operations) > MAX_REMEMBERED:
            self._operations.popitem(last=False)
        return operation

    def find(self, id: str) -> Operation:
        """Return an operation. Raises ManagementError `OperationNotFound`."""
        operation = self._operations.get(id.lower())
        if operation is None:
            raise ManagementError("OperationNotFound", f"There is no operation '{id[:64]}', or it is long over.")
        return operation
