"""Router: finds the operation of a request, and checks the request in the order the service checks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..emulator.protocols.rest import RestRequest, RestResponse
from ..emulator.protocols.urls import split_target
from . import version3, version2026
from .answers import Answer, error_answer
from .errors import TranslatorError
from .exchange import Exchange
from .listing import list_languages
from .parameters import TRACE_ID, Call, Query
from .service import TranslatorService

V3 = "3.0"
CURRENT = "2026-06-06"
_VERSIONS: Mapping[str, str] = {V3: V3, "2025-10-01-preview": CURRENT, CURRENT: CURRENT}
"""What `api-version` may say, and which generation of the API that is."""

# The SDK puts the prefix of a custom domain before the path wherever the endpoint holds `cognitiveservices`.
_PREFIX = re.compile(r"(?:/cognitiveservices)?(?:/translator/text(?:/v[\w.-]{1,40})?)?(?=/)", re.IGNORECASE)
_TOKEN_PATH = "/sts/v1.0/issuetoken"

Run = Callable[[TranslatorService, Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """What stands at a path: its method, and by generation of the API what answers; None for what is not had here."""

    method: str
    runs: Mapping[str, Run | None]
    needs_key: bool = True


OPERATIONS: Mapping[str, Operation] = {
    "/translate": Operation("POST", {V3: version3.translate, CURRENT: version2026.translate}),
    "/transliterate": Operation("POST", {V3: version3.transliterate, CURRENT: version2026.transliterate}),
    "/languages": Operation(
        "GET",
        {
            V3: lambda service, call: list_languages(service, call, V3),
            CURRENT: lambda service, call: list_languages(service, call, CURRENT),
        },
        needs_key=False,
    ),
    "/detect": Operation("POST", {V3: version3.detect}),
    "/breaksentence": Operation("POST", {V3: None}),
    "/dictionary/lookup": Operation("POST", {V3: None}),
    "/dictionary/examples": Operation("POST", {V3: None}),
}


def handle(service: TranslatorService, request: RestRequest) -> RestResponse:
    """Answer a request. Whatever a caller sends, the answer is one of the contract's."""
    try:
        answer = _answer(service, request)
    except TranslatorError as error:
        answer = error_answer(error)
    response = answer.response(service.new_id())
    service.exchanges.append(Exchange.of(request, response))
    return response


def _answer(service: TranslatorService, request: RestRequest) -> Answer:
    raw_path, raw_query = split_target(request.target)
    query: dict[str, list[str]] = {}
    for name, values in raw_query.items():
        query.setdefault(name.lower(), []).extend(values)
    call = Call(request, query)
    path = re.sub(r"/{2,}", "/", raw_path).lower()
    if path == _TOKEN_PATH:
        return _issue_token(service, call)
    operation = OPERATIONS.get(_PREFIX.sub("", path, count=1).rstrip("/"))
    if operation is None:
        raise TranslatorError(404000, f"There is no operation at {raw_path[:200]}.")
    if request.method != operation.method:
        raise TranslatorError(405000, f"Here only {operation.method} is answered.")
    generation = _read_version(query)
    if operation.needs_key:
        _authorize(service, call)
    _check_trace_id(call)
    service.raise_failure()
    if generation not in operation.runs:
        raise TranslatorError(404000, "The operation is not available in this version of the API.")
    run = operation.runs[generation]
    if run is None:
        raise TranslatorError(501000)
    return run(service, call)


def _read_version(query: Query) -> str:
    versions = query.get("api-version", ())
    if len(versions) != 1 or versions[0].lower() not in _VERSIONS:
        raise TranslatorError(400021)
    return _VERSIONS[versions[0].lower()]


def _authorize(service: TranslatorService, call: Call) -> None:
    scheme, _, token = (call.request.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and service.is_token(token.strip()):
        return
    _authorize_by_key(service, call)


def _authorize_by_key(service: TranslatorService, call: Call) -> None:
    key = call.request.header("ocp-apim-subscription-key") or call.value("subscription-key")
    region = call.request.header("ocp-apim-subscription-region") or call.value("subscription-region")
    if key is None or not service.is_key(key):
        raise TranslatorError(401000)
    if service.region is not None and (region or "").lower() != service.region.lower():
        raise TranslatorError(401000)


def _check_trace_id(call: Call) -> None:
    trace_id = call.request.header("x-clienttraceid") or call.value("clienttraceid")
    if trace_id is not None and not TRACE_ID.fullmatch(trace_id):
        raise TranslatorError(400043)


def _issue_token(service: TranslatorService, call: Call) -> Answer:
    if call.request.method != "POST":
        raise TranslatorError(405000)
    key = call.request.header("ocp-apim-subscription-key") or call.value("subscription-key")
    if key is None or not service.is_key(key):
        raise TranslatorError(401000)
    return Answer(service.issue_token().encode(), content={"Content-Type": "text/plain; charset=utf-8"})
