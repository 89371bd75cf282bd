"""Calls: a checked request, and what the answers to all of them have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from ...core.errors import ManagementError
from ...core.operations import Outcome
from ...core.resource import Resource
from ...core.subscription import Subscription
from ..rest.http import RestResponse
from . import shapes
from .errors import JSON

NO_CONTENT = RestResponse(204)


@dataclass(frozen=True, slots=True)
class Call:
    """A checked request.

    Attributes:
        path: the values in its path, decoded.
        root: under which address the caller reached this.
    """

    subscription: Subscription
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    body: bytes
    root: str

    @property
    def resource(self) -> Resource:
        """The resource the path names. Raises ManagementError."""
        return self.subscription.resource(self.path["group"], self.path["name"])

    @property
    def api_version(self) -> str:
        """What the caller sent."""
        return self.query["api-version"][-1]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the contract. The function's name is the operation's in snake case."""

    method: str
    template: str
    run: Callable[[Call], RestResponse]


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> RestResponse:
    """Return a JSON answer."""
    return RestResponse(status, {**JSON, **(headers or {})}, msgspec.json.encode(body))


def list_answer(values: list[dict[str, Any]]) -> RestResponse:
    """Return a list, which is never cut into pages."""
    return answer({"value": values, "nextLink": None})


def under_way(call: Call, resource: Resource, outcome: Outcome) -> dict[str, str]:
    """Return the headers that say where to ask how an operation is."""
    operation = call.subscription.operations.add(outcome, resource)
    place = f"{call.root}{quote(shapes.resource_id(call.subscription, resource), safe='/()')}"
    query = f"{operation.id}?api-version={call.api_version}"
    return {
        "Azure-AsyncOperation": f"{place}/operationStatuses/{query}",
        "Location": f"{place}/operationResults/{query}",
    }


def existence(find: Callable[[], object]) -> RestResponse:
    """Answer whether something is there: 204 or 404, without a body."""
    try:
        find()
    except ManagementError:
        return RestResponse(404)
    return NO_CONTENT
