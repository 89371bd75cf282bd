"""Control: what only an emulator answers, for a lab in another process.

GET, PUT  /emulator/hubs/{hub}    the hub's settings
GET       /emulator/failures      the connections and events that failed, oldest first
GET       /emulator/management    where the management side answers, and which resource this is

Signed as REST calls are.
"""

from __future__ import annotations

import dataclasses
from urllib.parse import unquote

import msgspec

from ..core.errors import BadRequest, Conflict, Unauthorized
from ..core.management import Management
from ..core.service import Service
from .handshake import bearer
from .hub_settings import read_settings, write_settings
from .rest.http import RestRequest, RestResponse, error_response
from .urls import decode_segment

PREFIX = "/emulator/"
FAILURES = "/emulator/failures"

_MANAGEMENT = "/emulator/management"
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
        if path == FAILURES:
            if request.method != "GET":
                return _not_allowed("GET")
            return RestResponse(200, _JSON, msgspec.json.encode(list(service.trace.failures)))
        if path == _MANAGEMENT and management is not None:
            if request.method != "GET":
                return _not_allowed("GET")
            return RestResponse(200, _JSON, msgspec.json.encode(management))
        if path.startswith(_HUBS):
            return _hub(service, request, decode_segment(path[len(_HUBS) :]))
    except Unauthorized:
        return RestResponse(401, {"WWW-Authenticate": "Bearer"})
    except BadRequest as error:
        return error_response(400, "BadRequest", str(error), error.target)
    except Conflict as error:
        return error_response(409, "Conflict", str(error))
    return error_response(404, "NotFound", f"There is nothing at `{path[:200]}`.")


def _hub(service: Service, request: RestRequest, name: str) -> RestResponse:
    if request.method == "PUT":
        service.configure(name, read_settings(request.body))
    elif request.method != "GET":
        return _not_allowed("GET, PUT")
    return RestResponse(200, _JSON, write_settings(service.look_up(name).settings))


def _not_allowed(allowed: str) -> RestResponse:
    response = error_response(405, "MethodNotAllowed", f"Here only {allowed} is answered.")
    return dataclasses.replace(response, headers={**response.headers, "Allow": allowed})
