"""Functions host: runs a folder of Azure Functions on this machine, as an ASGI application."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import azure.functions as func

from .functions_answers import answer_event
from .functions_asgi import Answer, Receive, Request, Scope, Send, read_request, send_answer, serve_lifespan
from .functions_bindings import BoundFunction
from .functions_events import ORIGIN, SYSTEM_EVENTS, Address, Refusal, answer_preflight, read_address, read_event
from .functions_loader import load_functions, route_prefix
from .functions_settings import Settings

logger = logging.getLogger("wpslab.upstream.functions")

WEBHOOK_PATH = "/runtime/webhooks/webpubsub"
PROTOCOLS = ("all", "webpubsub", "mqtt")


class FunctionsHost:
    """The host of Azure Functions for a folder with a `function_app.py`; serve it as an ASGI application.

    HTTP functions answer at `/api/<route>`, functions with a Web PubSub trigger at `/runtime/webhooks/webpubsub`.
    No keys are asked for, as with `func start`.

    Args:
        folder: the Functions project.
        settings: application settings; by default those of `local.settings.json` in the folder, if there is one.

    Raises:
        FileNotFoundError: the folder has no `function_app.py`.
        ValueError: a function that cannot be run, two for the same event, or a setting that is missing; it says which.
    """

    def __init__(self, folder: str | Path, settings: Mapping[str, str] | None = None) -> None:
        self._folder = Path(folder)
        values = Settings.of_folder(self._folder) if settings is None else Settings(settings)
        self._functions = [BoundFunction(each, values) for each in load_functions(self._folder, values)]
        self._routes = _routes(self._functions, route_prefix(self._folder))
        self._triggers = _triggers(self._functions)
        known = [each.services for each in self._triggers.values()]
        # One function that takes events of any service makes the webhook one for any service.
        self._services = tuple({each: None for services in known for each in services}) if all(known) else ()

    def __str__(self) -> str:
        lines = (f"    {each.function.name}: {self._describe(each)}" for each in self._functions)
        return "\n".join(("Functions:", "", *lines))

    def __repr__(self) -> str:
        return f"<FunctionsHost {self._folder.name!r}, {len(self._functions)} functions>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                request = await read_request(scope, receive)
                if request is not None:
                    await send_answer(await self._answer(request), send)
            case "lifespan":
                await serve_lifespan(receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close"})
            case other:
                raise ValueError(f"A Functions host serves HTTP, not {other!r}.")

    async def _answer(self, request: Request) -> Answer:
        if self._triggers and request.path.rstrip("/").lower() == WEBHOOK_PATH:
            try:
                return await self._answer_webhook(request)
            except Refusal as refusal:
                logger.warning("An event is refused with %d: %s", refusal.status, refusal)
                return refusal.answer()
        for route in self._routes:
            parameters = route.match(request)
            if parameters is not None:
                return await _answer_request(route.function, request, parameters)
        return Answer(404)

    async def _answer_webhook(self, request: Request) -> Answer:
        if request.method in ("OPTIONS", "GET"):
            if request.header(ORIGIN) is None:
                raise Refusal(400, f"A validation has the header {ORIGIN}.")
            return answer_preflight(request, self._services)
        address = read_address(request, self._services)
        function = self._find(address)
        if function is None:
            raise Refusal(404, f"No function takes {address.type} event {address.name!r} of hub {address.hub!r}.")
        read_address(request, function.services)  # its own connections may be fewer
        return await _answer_event(function, request, address)

    def _find(self, address: Address) -> BoundFunction | None:
        for protocol in (address.protocol, "all"):
            found = self._triggers.get(_key(address.hub, address.type, address.name, protocol))
            if found is not None:
                return found
        return None

    def _describe(self, bound: BoundFunction) -> str:
        for route in self._routes:
            if route.function is bound:
                return f"[{','.join(route.methods) or 'ALL'}] {route.path}"
        trigger = bound.trigger
        kind, name = (trigger.text("eventType") or "").lower(), trigger.text("eventName")
        return f"webPubSubTrigger {WEBHOOK_PATH} ({kind} event {name} of hub {bound.hub})"


class Route:
    """Where an HTTP function answers."""

    def __init__(self, function: BoundFunction, prefix: str) -> None:
        self.function = function
        template = (function.trigger.text("route") or function.function.name).strip("/")
        self.path = "/" + "/".join(filter(None, (prefix, template)))
        self.methods = tuple(function.trigger.properties.get("methods") or ())
        parts = re.split(r"\{(\w+)\}", self.path)
        if any("{" in part or "}" in part for part in parts[::2]):
            raise ValueError(f"This host knows routes like item/{{id}} only; {function.function.label} has {template}.")
        pattern = "".join(f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
        self._pattern = re.compile(pattern, re.IGNORECASE)

    def match(self, request: Request) -> dict[str, str] | None:
        """Return the parameters in the path of a request, or None if the request goes elsewhere."""
        found = self._pattern.fullmatch(request.path.rstrip("/"))
        if found is None or (self.methods and request.method not in self.methods):
            return None
        return found.groupdict()


async def _answer_event(bound: BoundFunction, request: Request, address: Address) -> Answer:
    event = read_event(request, address)
    try:
        returned = await bound.run_event(event)
    except Exception as error:
        logger.error("The function %s failed: %s", bound.function.name, error, exc_info=error)
        return Answer.of_text(500, str(error)) if event.blocks else Answer(200)
    return answer_event(event, returned) if event.blocks else Answer(200)


async def _answer_request(bound: BoundFunction, request: Request, parameters: Mapping[str, str]) -> Answer:
    try:
        return _read_response(await bound.run_request(request, parameters))
    except Exception as error:
        logger.error("The function %s failed: %s", bound.function.name, error, exc_info=error)
        return Answer(500)


def _read_response(returned: Any) -> Answer:
    if returned is None:
        return Answer(204)
    if isinstance(returned, str):
        return Answer.of_text(200, returned)
    if not isinstance(returned, func.HttpResponse):
        raise TypeError(f"An HTTP function returns an HttpResponse or a str, not {type(returned).__name__}.")
    headers = {name.lower(): value for name, value in returned.headers.items()}
    body = returned.get_body() or b""
    if body:
        headers.setdefault("content-type", f"{returned.mimetype}; charset={returned.charset}")
    return Answer(returned.status_code, body, headers)


def _routes(functions: list[BoundFunction], prefix: str) -> list[Route]:
    routes = [Route(each, prefix) for each in functions if each.trigger.kind == "httpTrigger"]
    return sorted(routes, key=lambda route: route.path.count("{"))  # a route without parameters goes first


def _triggers(functions: list[BoundFunction]) -> dict[str, BoundFunction]:
    found: dict[str, BoundFunction] = {}
    for bound in functions:
        if bound.trigger.kind != "webPubSubTrigger":
            continue
        key = _read_key(bound)
        if key in found:
            names = f"{found[key].function.name!r} and {bound.function.name!r}"
            raise ValueError(f"The functions {names} are for the same event, {key}.")
        found[key] = bound
    return found


def _read_key(bound: BoundFunction) -> str:
    trigger, label = bound.trigger, bound.function.label
    kind, name = (trigger.text("eventType") or "").lower(), trigger.text("eventName") or ""
    if kind not in ("system", "user"):
        raise ValueError(f"The eventType of {label} is system or user, not {kind!r}.")
    if not name or (kind == "system" and name.lower() not in SYSTEM_EVENTS):
        raise ValueError(f"The eventName of {label} is no {kind} event: {name!r}.")
    protocol = (trigger.text("clientProtocols") or "all").lower()
    if protocol not in PROTOCOLS:
        raise ValueError(f"The clientProtocols of {label} are all, webPubSub or mqtt, not {protocol!r}.")
    return _key(bound.hub, kind, name, protocol)


def _key(hub: str, kind: str, name: str, protocol: str) -> str:
    return f"{hub}.{kind}.{name}.{protocol}".lower()
