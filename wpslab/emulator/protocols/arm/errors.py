"""Errors: how Azure Resource Manager spells what is wrong with a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ...core.errors import ManagementErrorCode
from ..rest.http import RestResponse

JSON: Final = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-cache"}

STATUS: Final[Mapping[ManagementErrorCode, int]] = {
    "BadRequest": 400,
    "InternalServerError": 500,
    "InvalidResourceGroupLocation": 409,
    "InvalidResourceLocation": 409,
    "LocationNotAvailableForResourceGroup": 400,
    "LocationNotAvailableForResourceType": 400,
    "LocationRequired": 400,
    "NameAlreadyExists": 409,
    "OperationNotFound": 404,
    "ResourceGroupNotFound": 404,
    "ResourceNotFound": 404,
    "SubscriptionNotFound": 404,
}


def error_response(status: int, code: str, message: str, target: str | None = None) -> RestResponse:
    """Spell an error: an object with the member `error`, with all its members."""
    body: dict[str, Any] = {"code": code, "message": message, "target": target, "details": [], "additionalInfo": []}
    return RestResponse(status, {**JSON, "x-ms-failure-cause": "gateway"}, msgspec.json.encode({"error": body}))
