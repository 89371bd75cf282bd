"""Router: finds the operation of a request, and checks the request in the order Azure Resource Manager does."""

from __future__ import annotations

import dataclasses
import hmac
import re
import uuid
from collections.abc import Mapping, Sequence

from ...core.errors import BadRequest, Conflict, ManagementError
from ...core.subscription import Subscription
from ..handshake import bearer
from ..rest.http import RestRequest, RestResponse
from ..urls import decode_segment, split_target
from .calls import Call, Row
from .errors import STATUS, error_response
from .shapes import API_VERSIONS, NAMESPACE
from .table import TABLE

_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?", re.ASCII | re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")


def handle(subscription: Subscription, request: RestRequest, root: str, token: str | None = None) -> RestResponse:
    """Answer a request. Whatever a caller sends, the answer is one Azure Resource Manager could give.

    Args:
        root: under which address the caller reached this, without a trailing slash.
        token: the bearer token the caller must send; None takes any, but not none.
    """
    response = _handle(subscription, request, root, token)
    headers = {
        "x-ms-request-id": str(uuid.uuid4()),
        "x-ms-correlation-request-id": request.header("x-ms-correlation-request-id") or str(uuid.uuid4()),
    }
    if client_id := request.header("x-ms-client-request-id"):
        headers["x-ms-client-request-id"] = client_id
    return dataclasses.replace(response, headers={**headers, **response.headers})


def _handle(subscription: Subscription, request: RestRequest, root: str, token: str | None) -> RestResponse:
    path, query = split_target(request.target)
    path = _SLASHES.sub("/", path).rstrip("/")
    if refusal := _unauthenticated(request, token) or _without_version(query):
        return refusal
    rows = [(row, match) for row, pattern in _ROWS if (match := pattern.fullmatch(path))]
    if not rows:
        return error_response(404, "InvalidResourceType", f"There is no resource type or operation at '{path[:200]}'.")
    for row, match in rows:
        if row.method == request.method:
            return _answer(subscription, request, row, match.groupdict(), query, root)
    allowed = ", ".join(sorted({row.method for row, _ in rows}))
    response = error_response(405, "MethodNotAllowed", f"Here only {allowed} is answered.")
    return dataclasses.replace(response, headers={**response.headers, "Allow": allowed})


def _unauthenticated(request: RestRequest, token: str | None) -> RestResponse | None:
    given = bearer(request.header("authorization"))
    if given is None:
        message = "Authentication failed. The 'Authorization' header is missing."
        refusal = error_response(401, "AuthenticationFailed", message)
    elif token is not None and not hmac.compare_digest(given.encode(), token.encode()):
        refusal = error_response(401, "InvalidAuthenticationToken", "The access token is invalid.")
    else:
        return None
    return dataclasses.replace(refusal, headers={**refusal.headers, "WWW-Authenticate": "Bearer"})


def _without_version(query: Mapping[str, Sequence[str]]) -> RestResponse | None:
    versions = query.get("api-version")
    if not versions or not versions[-1]:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        return error_response(400, "MissingApiVersionParameter", message)
    if not _API_VERSION.fullmatch(versions[-1]):
        message = (
            f"The api-version '{versions[-1][:64]}' is invalid. The supported versions of {NAMESPACE} are "
            f"'{','.join(API_VERSIONS)}'."
        )
        return error_response(400, "InvalidApiVersionParameter", message)
    return None


def _answer(
    subscription: Subscription,
    request: RestRequest,
    row: Row,
    segments: Mapping[str, str],
    query: Mapping[str, Sequence[str]],
    root: str,
) -> RestResponse:
    try:
        path = {name: decode_segment(value) for name, value in segments.items()}
        if wrong := _wrong_subscription(subscription, path.get("subscription")):
            return wrong
        return row.run(Call(subscription, path, query, request.body, root))
    except BadRequest as error:
        code = "BadRequest" if error.target != "Request" else "InvalidRequestContent"
        return error_response(400, code, str(error), None if error.target == "Request" else error.target)
    except Conflict as error:
        return error_response(409, "Conflict", str(error))
    except ManagementError as error:
        return error_response(STATUS[error.code], error.code, str(error))


def _wrong_subscription(subscription: Subscription, id: str | None) -> RestResponse | None:
    if id is None or id.lower() == subscription.id:
        return None
    if not _GUID.fullmatch(id):
        message = f"The provided subscription identifier '{id[:64]}' is malformed or invalid."
        return error_response(400, "InvalidSubscriptionId", message)
    return error_response(404, "SubscriptionNotFound", f"The subscription '{id}' could not be found.")


def _compile(template: str) -> re.Pattern[str]:
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    return re.compile(pattern, re.IGNORECASE)


_ROWS = [(row, _compile(row.template)) for row in TABLE]
