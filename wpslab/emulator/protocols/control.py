"""Control: what only an emulator answers, for a lab in another process.

GET, PUT  /emulator/hubs/{hub}    the hub's settings
GET       /emulator/failures      the connections and events that failed, oldest first
GET       /emulator/management    where the management side answers, and which resource this is
GET       /emulator/snapshot      what hubs and connections there are now
GET       /emulator/trace         what happened after the entry `since` (default 0), at most `limit` (default 1,000)

Signed as REST calls are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import msgspec

from ..core.errors import BadRequest, Conflict, Unauthorized
from ..core.management import Management
from ..core.service import Service
from ..core.snapshot import take_snapshot
from ..core.trace_entry import TracePage
from .handshake import bearer
from .hub_settings import read_settings, write_settings
from .rest.http import RestRequest, RestResponse, error_response
from .urls import decode_segment, split_target

PREFIX = "/emulator/"
FAILURES = "/emulator/failures"

MAX_PAGE = 1000
"""How many trace entries one answer has at most."""

_MANAGEMENT = "/emulator/management"
_SNAPSHOT = "/emulator/snapshot"
_TRACE = "/emulator/trace"
_READ = (FAILURES, _MANAGEMENT, _SNAPSHOT, _TRACE)
_HUBS = "/emulator/hubs/"
_JSON = {"Content-Type": "application/json"}


def is_control_path(path: str) -> bool:
    """Tell whether a raw path is one of these."""
    return path.startswith(PREFIX)


def handle(service: Service, request: RestRequest, management: Management | None = None) -> RestResponse:
    """Answer a call; a caller's mistake is answered in words."""
    path = request.target.partition("?")[0]
    try:
        token = bearer(request.header("authorization"))
        service.authorize_rest(token, request.header("host") or "", (path, unquote(path)))
        if path in _READ and not (path == _MANAGEMENT and management is None):
            if request.method != "GET":
                return _not_allowed("GET")
            return RestResponse(200, _JSON, msgspec.json.encode(_read(service, path, request.target, management)))
        if path.startswith(_HUBS):
            return _hub(service, request, decode_segment(path[len(_HUBS) :]))
    except Unauthorized:
        return RestResponse(401, {"WWW-Authenticate": "Bearer"})
    except BadRequest as error:
        return error_response(400, "BadRequest", str(error), error.target)
    except Conflict as error:
        return error_response(409, "Conflict", str(error))
    return error_response(404, "NotFound", f"There is nothing at `{path[:200]}`.")


def _read(service: Service, path: str, target: str, management: Management | None) -> object:
    if path == FAILURES:
        return list(service.trace.failures)
    if path == _SNAPSHOT:
        return take_snapshot(service)
    if path == _TRACE:
        _, query = split_target(target)
        since, limit = _number(query, "since", 0), _number(query, "limit", MAX_PAGE)
        trace = service.trace
        return TracePage(trace.enabled, trace.since(since, min(limit, MAX_PAGE)), trace.began)
    return management


def _number(query: Mapping[str, Sequence[str]], name: str, default: int) -> int:
    text = query.get(name, [""])[-1]
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadRequest(f"{name} is a number from 0 on.", target=name)
    return int(text)


def _hub(service: Service, request: RestRequest, name: str) -> RestResponse:
    if request.method == "PUT":
        service.configure(name, read_settings(request.body))
    elif request.method != "GET":
        return _not_allowed("GET, PUT")
    return RestResponse(200, _JSON, write_settings(service.look_up(name).settings))


def _not_allowed(allowed: str) -> RestResponse:
    response = error_response(405, "MethodNotAllowed", f"Here only {allowed} is answered.")
    return dataclasses.replace(response, headers={**response.headers, "Allow": allowed})
