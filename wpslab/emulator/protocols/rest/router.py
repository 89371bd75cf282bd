"""Router: finds the operation of a REST call and checks the call in the order the service checks it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from ...core.errors import BadRequest, Conflict, NotAvailable, QuotaExceeded, Unauthorized
from ...core.failures import Failure, FailureKind
from ...core.messages import Payload
from ...core.record import Record, keep_body
from ...core.service import Service
from ..handshake import bearer
from ..urls import split_target
from .http import API_VERSIONS, RestRequest, RestResponse, error_response
from .operations import OPERATIONS, Call, Operation
from .parameters import (
    UnsupportedMediaType,
    read_api_version,
    read_filter,
    read_path,
    read_payload,
    read_target_name,
    read_time_to_live,
)

_HEALTH = "/api/health"
_EVERY_RESPONSE = {"api-supported-versions": ", ".join(API_VERSIONS)}
_NO_PAYLOAD = Payload("binary", b"")


def is_api_path(path: str) -> bool:
    """Tell whether a raw path belongs to the REST API."""
    return path == "/api" or path.startswith("/api/")


def handle(service: Service, request: RestRequest) -> RestResponse:
    """Answer a REST call. Whatever a caller sends, the answer is one of the contract's."""
    path, query = split_target(request.target)
    record = Record("rest", method=request.method, url=path)
    if service.trace.enabled:
        record.frames = keep_body(request.body)
    service.trace.append(record)
    response = _handle(service, request, path, query, record)
    record.status = response.status
    service.trace.log(record)
    return dataclasses.replace(response, headers={**_EVERY_RESPONSE, **response.headers})


def _handle(
    service: Service, request: RestRequest, path: str, query: Mapping[str, Sequence[str]], record: Record
) -> RestResponse:
    if path == _HEALTH:
        return _health(request.method, query)
    rows = [(operation, match) for operation, pattern in _TABLE if (match := pattern.fullmatch(path))]
    if not rows:
        return error_response(404, "NotFound", f"There is no operation at `{path[:200]}`.")
    for operation, match in rows:
        if operation.method == request.method:
            return _answer(service, request, operation, match.groupdict(), query, record)
    allowed = ", ".join(sorted({operation.method for operation, _ in rows}))
    response = error_response(405, "MethodNotAllowed", f"Here only {allowed} is answered.")
    return dataclasses.replace(response, headers={**response.headers, "Allow": allowed})


def _answer(
    service: Service,
    request: RestRequest,
    operation: Operation,
    segments: Mapping[str, str],
    query: Mapping[str, Sequence[str]],
    record: Record,
) -> RestResponse:
    try:
        values = read_path(segments)
        record.hub = values.hub or None
        record.connection_id, record.user_id = values.connection_id or None, values.user_id or None
        record.group = values.group or None
        if operation.sends:
            read_time_to_live(query)
        if "permission" in segments:
            read_target_name(query)
        read_api_version(query)
        _authorize(service, request)
        payload = _NO_PAYLOAD
        if operation.sends:
            read_filter(query)
            payload = read_payload(request)
        return operation.run(Call(service.look_up(values.hub), values, query, payload))
    except BadRequest as error:
        return error_response(400, "Error.BadRequest", str(error), error.target)
    except Unauthorized as error:
        service.trace.add(Record("refused", record.hub, status=401, detail=str(error)))
        return RestResponse(401, {"WWW-Authenticate": "Bearer"})
    except UnsupportedMediaType as error:
        return error_response(415, "UnsupportedMediaType", str(error))
    except Conflict as error:
        return error_response(409, "Error.Connection.Conflict", str(error), "Connection")
    except QuotaExceeded as error:
        hub = segments["hub"].lower()
        service.trace.add_failure(Failure(kind=FailureKind.QUOTA, hub=hub, event="message", detail=str(error)))
        return error_response(429, "TooManyRequests", str(error))
    except NotAvailable as error:
        return error_response(501, "NotImplemented", str(error))


def _health(method: str, query: Mapping[str, Sequence[str]]) -> RestResponse:
    if method != "HEAD":
        return RestResponse(405, {"Allow": "HEAD"})
    try:
        read_api_version(query)
    except BadRequest as error:
        return error_response(400, "Error.BadRequest", str(error), error.target)
    return RestResponse(200)


def _authorize(service: Service, request: RestRequest) -> None:
    path = request.target.partition("?")[0]
    # The service compares the decoded path; the raw one is accepted as well, since SDKs sign the URL as they send it.
    token = bearer(request.header("authorization"))
    service.authorize_rest(token, request.header("host") or "", (path, unquote(path)))


def _compile(template: str) -> re.Pattern[str]:
    # A colon may come escaped; a segment is any run without a slash, since an encoded slash stays encoded here.
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template.replace("/:", "/(?::|%3[aA])"))
    return re.compile(f"{pattern}/?", re.ASCII)


_TABLE = [(operation, _compile(operation.template)) for operation in OPERATIONS]
