"""Functions bindings: what a function is given before it runs, and what becomes of its outputs afterwards."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import azure.functions as func
from azure.messaging.webpubsubservice import WebPubSubServiceClient

from .functions_actions import perform_actions, read_actions
from .functions_asgi import Answer, Request
from .functions_events import Event, Refusal, answer_preflight, is_preflight, read_address, read_event
from .functions_loader import Binding, Function
from .functions_settings import DEFAULT_HUB, Service, Settings

TRIGGER_VALUES = ("claims", "query", "subprotocols", "clientCertificates", "connectionContext")
_FROM_REQUEST = re.compile(r"\{(query|headers)\.([^{}]+)\}", re.IGNORECASE)


class Output(func.Out[Any]):
    """Holds what a function sets; a later `set` replaces an earlier one."""

    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        """Set the value."""
        self._value = val

    def get(self) -> Any:
        """Return the value, None if there is none."""
        return self._value


@dataclass(frozen=True, slots=True)
class _Target:
    """A binding that needs a hub of a service, and the two."""

    binding: Binding
    hub: str
    connection_string: str


class BoundFunction:
    """Runs a function with its bindings.

    Raises:
        ValueError: a setting that a binding needs is missing or malformed.
    """

    def __init__(self, function: Function, settings: Settings) -> None:
        self.function = function
        self.trigger = function.trigger
        self.hub = _hub(self.trigger, settings, function) if self.trigger.kind == "webPubSubTrigger" else ""
        self.services: tuple[Service, ...] = ()
        self._targets = tuple(
            _target(binding, settings, function)
            for binding in (*function.inputs, *function.outputs)
            if binding.kind != "webPubSubContext"
        )
        for binding in (self.trigger, *function.inputs):
            if binding.kind in ("webPubSubTrigger", "webPubSubContext"):
                names = binding.connections()
                if not names and binding.kind == "webPubSubContext" and (name := binding.text("connection")):
                    names = [name]
                self.services = settings.services(names, function.label)

    async def run_event(self, event: Event) -> Any:
        """Run it for an event, and return what it returns. Raises what it raises, and if an output fails."""
        return await self._run(_trigger_value(self.trigger, event), None)

    async def run_request(self, request: Request, route_parameters: Mapping[str, str]) -> Any:
        """Run it for an HTTP request, and return what it returns. Raises what it raises, and if an output fails."""
        headers = {name: ",".join(lines) for name, lines in request.headers.items()}
        value = func.HttpRequest(
            request.method,
            request.url,
            headers=headers,
            params=request.query,
            route_params=route_parameters,
            body=request.body,
        )
        return await self._run(value, request)

    async def _run(self, trigger_value: Any, request: Request | None) -> Any:
        arguments = {self.trigger.name: trigger_value}
        for binding in self.function.inputs:
            if binding.kind == "webPubSubContext" and request is not None:
                arguments[binding.name] = _as_asked(binding, json.dumps(context_value(request, self.services)))
        outputs: dict[str, tuple[Output, _Target]] = {}
        for target in self._targets:
            if target.binding.kind == "webPubSubConnection":
                value = await asyncio.to_thread(_connection_value, target, request)
                arguments[target.binding.name] = _as_asked(target.binding, value)
            else:
                output = arguments[target.binding.name] = Output()
                outputs[target.binding.name] = (output, target)
        returned = await self._call(arguments)
        for output, target in outputs.values():
            if output.get() is not None:
                hub = _fill(target.hub, request)
                actions = read_actions(output.get())
                await asyncio.to_thread(perform_actions, target.connection_string, hub, actions)
        return returned

    async def _call(self, arguments: Mapping[str, Any]) -> Any:
        if inspect.iscoroutinefunction(self.function.call):
            return await self.function.call(**arguments)
        return await asyncio.to_thread(_call_in_thread, self.function.call, arguments)


def _call_in_thread(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    try:
        return function(**arguments)
    except StopIteration as error:  # no future can hold one
        raise RuntimeError("The function raised StopIteration.") from error


def context_value(request: Request, services: Sequence[Service]) -> dict[str, Any]:
    """Return what `webPubSubContext` says of an HTTP request."""
    if is_preflight(request):
        answer = answer_preflight(request, services)
        return _context({"isValid": answer.status == 200}, answer, is_preflight=True)
    try:
        event = read_event(request, read_address(request, services))
    except Refusal as refusal:
        return _context(None, refusal.answer(), error=str(refusal))
    return _context(event.values, Answer(200))


def _context(
    request: Mapping[str, Any] | None, answer: Answer, *, error: str | None = None, is_preflight: bool = False
) -> dict[str, Any]:
    headers = {name: value for name, value in answer.headers.items() if name != "content-type"}
    response = {"status": answer.status, "headers": headers, "body": answer.body.decode() or None}
    return {
        "request": request,
        "response": response,
        "errorMessage": error,
        "hasError": error is not None,
        "isPreflight": is_preflight,
    }


def _trigger_value(trigger: Binding, event: Event) -> Any:
    """Return the value that the trigger's name picks; any other name gets None, as in Azure."""
    match trigger.name:
        case "request":
            return _as_asked(trigger, json.dumps(event.values))
        case "data" if trigger.wants_bytes:
            return event.body if "data" in event.values else None
        case "data" | "dataType" | "reason":
            return _as_asked(trigger, event.values.get(trigger.name))
        case name if name in TRIGGER_VALUES and name in event.values:
            return _as_asked(trigger, json.dumps(event.values[name]))
    return None


def _as_asked(binding: Binding, value: str | None) -> str | bytes | None:
    return value.encode() if binding.wants_bytes and value is not None else value


def _connection_value(target: _Target, request: Request | None) -> str:
    user_id = _fill(target.binding.text("userId") or "", request)
    with WebPubSubServiceClient.from_connection_string(
        target.connection_string, hub=_fill(target.hub, request)
    ) as client:
        token = client.get_client_access_token(
            user_id=user_id or None, client_protocol=target.binding.text("clientProtocol") or "default"
        )
    return json.dumps({"baseUrl": token["baseUrl"], "url": token["url"], "accessToken": token["token"]})


def _fill(text: str, request: Request | None) -> str:
    """Replace `{query.x}` and `{headers.x}` by what the HTTP request says. Raises ValueError if it does not."""

    def value(match: re.Match[str]) -> str:
        kind, name = match[1].lower(), match[2]
        found = None
        if request is not None:
            found = request.query.get(name) if kind == "query" else request.header(name)
        if found is None:
            raise ValueError(f"The request has nothing for {match[0]}, which a binding needs.")
        return found

    return _FROM_REQUEST.sub(value, text)


def _hub(binding: Binding, settings: Settings, function: Function) -> str:
    return binding.text("hub") or settings.get(DEFAULT_HUB, function.label)


def _target(binding: Binding, settings: Settings, function: Function) -> _Target:
    service = settings.service(binding.text("connection"), function.label)
    if service.connection_string is None:
        raise ValueError(f"This host needs connection strings; {binding.kind} of {function.label} has an identity.")
    return _Target(binding, _hub(binding, settings, function), service.connection_string)
