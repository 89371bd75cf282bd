"""Handler: which function answers which event, and what the service is told."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from .asgi import Receive, Scope, Send, serve
from .events import (
    ConnectedRequest,
    ConnectRequest,
    DisconnectedRequest,
    EventRequest,
    UserEventRequest,
    read_context,
    read_event,
)
from .http import Headers, HttpRequest, HttpResponse
from .keys import AccessKeys
from .responses import METADATA_PREFIX, ConnectResponse, Reject, UserEventResponse, decode_state, encode_state

logger = logging.getLogger("wpslab.upstream")

Function = Callable[[Any], Any]
F = TypeVar("F", bound=Function)

FAILED = "%s, the handler of %s, failed."
NO_KEYS = (
    "Events are signed, and checking that takes the access key: give connection_string= or access_keys=[…] of your "
    "Web PubSub resource, or verify_signature=False to believe everybody who knows the URL."
)


class WebPubSubEventHandler:
    """An upstream server's side of a hub: an ASGI application, and `handle` for every other framework.

    A function that is not `async` runs in a thread, so it may block. Events can come twice, when the service did not
    hear the first answer: let a function do its work once for each (connection_id, event_id). `connected` may be
    called after the first user event. A function registered again for the same event replaces the earlier one.

    Args:
        hub: the only hub to serve; None serves every hub.
        connection_string: of the resource; its access key is what counts.
        access_keys: instead, or besides; give both keys of a resource, so that either can be replaced.
        verify_signature: False takes events from everybody.
        allowed_origins: hosts of services that may send here, as in "my.webpubsub.azure.com"; "*" is all.
        path: the only path to answer on, with those below it; None answers wherever the handler is mounted.
        max_body_bytes: a longer body is refused with 413.

    Raises:
        ValueError: there is no key and verify_signature is not False; an origin that is not a host name.
    """

    def __init__(
        self,
        hub: str | None = None,
        *,
        connection_string: str | None = None,
        access_keys: Iterable[str] = (),
        verify_signature: bool = True,
        allowed_origins: Iterable[str] = ("*",),
        path: str | None = None,
        max_body_bytes: int = 16 * 1024 * 1024,
    ) -> None:
        keys = AccessKeys.collect(connection_string, access_keys)
        if verify_signature and not keys.keys:
            raise ValueError(NO_KEYS)
        self.hub = hub
        self.max_body_bytes = max_body_bytes
        self._keys = keys if verify_signature else None
        self._origins = _check_origins(allowed_origins)
        self._path = path and path.rstrip("/")
        self._functions: dict[tuple[type[EventRequest], str], Function] = {}
        self._warned: set[str] = set()

    # Registering

    def connect(self, function: F) -> F:
        """Let a function decide who may connect: it returns a ConnectResponse or None, or raises Reject."""
        return self._register(ConnectRequest, "", function)

    def connected(self, function: F) -> F:
        """Tell a function of each new connection; the service does not wait for it."""
        return self._register(ConnectedRequest, "", function)

    def disconnected(self, function: F) -> F:
        """Tell a function of each connection that ended; the service does not wait for it."""
        return self._register(DisconnectedRequest, "", function)

    def user_event(self, name: str = "*") -> Callable[[F], F]:
        """Let a function answer the events of this name, compared without case; "*" is all that no other takes.

        It returns str, bytes, dict, list or None (no answer), or a UserEventResponse, or raises Reject.
        """
        if not isinstance(name, str):
            raise TypeError('Write @handler.user_event("message"), or @handler.user_event() for all others.')
        if not name or "," in name or ("*" in name and name != "*"):
            raise ValueError(f'A function takes the events of one name, or "*", not {name!r}.')
        return partial(self._register, UserEventRequest, name.lower())

    def _register(self, kind: type[EventRequest], name: str, function: F) -> F:
        if not callable(function):
            raise TypeError(f"A handler is a function, not {function!r}.")
        self._functions[kind, name] = function
        return function

    # Answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as an ASGI application."""
        await serve(self.handle, self.max_body_bytes, scope, receive, send)

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request. Send the answer, then await its `afterwards()`."""
        try:
            return await self._handle(request, request.read_headers())
        except Reject as refusal:
            logger.warning("%s %s is refused with %d: %s", request.method, request.path, refusal.status, refusal)
            return HttpResponse.of_text(refusal.status, refusal.message)

    async def _handle(self, request: HttpRequest, headers: Headers) -> HttpResponse:
        self._check_path(request.path)
        method = request.method.upper()
        if method == "OPTIONS" or (method == "GET" and "WebHook-Request-Origin" in headers):
            return self._validate(headers)
        if method != "POST":
            logger.warning("%s %s is refused with 405: the service sends OPTIONS and POST.", method, request.path)
            return HttpResponse.of_text(
                405, "Azure Web PubSub sends OPTIONS and POST here.", ("Allow", "OPTIONS, POST")
            )
        if len(request.body) > self.max_body_bytes:
            raise Reject(413, f"The body is over {self.max_body_bytes} bytes.")
        context = read_context(headers)
        self._check_signature(context.connection_id, headers.joined("ce-signature"))
        if self.hub is not None and context.hub.lower() != self.hub.lower():
            raise Reject(404, f"This is the event handler of hub {self.hub!r}; the event is of hub {context.hub!r}.")
        return await self._answer(read_event(context, headers, request.body))

    async def _answer(self, event: EventRequest) -> HttpResponse:
        function = self._find(event)
        if function is None:
            self._warn_once(event)
            return HttpResponse(204)
        if isinstance(event, ConnectedRequest | DisconnectedRequest):
            return HttpResponse(204, afterwards=partial(_run_logged, function, event))
        try:
            answer = await _call(function, event)
        except Reject as refusal:
            return HttpResponse.of_text(refusal.status, refusal.message)
        except Exception:
            logger.exception(FAILED, _name(function), event.event_name)
            return _failure(event)
        if getattr(answer, "state", None) is None and event.state != decode_state(event.context.raw_state):
            logger.warning("%s changed request.state in place, which is lost: answer with state=.", _name(function))
        try:
            return _respond(event, answer)
        except (TypeError, ValueError) as error:
            logger.error("%s, the handler of %s, answered what it cannot: %s", _name(function), event.event_name, error)
            return _failure(event)

    def _find(self, event: EventRequest) -> Function | None:
        if not isinstance(event, UserEventRequest):
            return self._functions.get((type(event), ""))
        named = self._functions.get((UserEventRequest, event.event_name.lower()))
        return named or self._functions.get((UserEventRequest, "*"))

    def _warn_once(self, event: EventRequest) -> None:
        """Tell of a user event that no function takes: its client gets no reply, and would never know why."""
        if isinstance(event, UserEventRequest) and event.event_name not in self._warned:
            self._warned.add(event.event_name)
            names = ", ".join(repr(name) for kind, name in self._functions if kind is UserEventRequest) or "none"
            logger.warning("No function takes the user event %r; there are functions for: %s.", event.event_name, names)

    # Checking

    def _check_path(self, path: str) -> None:
        if self._path is not None and not f"{path}/".startswith(f"{self._path}/"):
            raise Reject(404, f"The event handler is at {self._path or '/'}, not at {path}.")

    def _check_signature(self, connection_id: str, signatures: str | None) -> None:
        if self._keys is None:
            return
        if signatures is None:
            raise Reject(401, "The event has no ce-signature.")
        if not self._keys.have_signed(connection_id, signatures):
            raise Reject(
                401, "The ce-signature is by none of this server's access keys: is its connection string current?"
            )

    def _validate(self, headers: Headers) -> HttpResponse:
        for name in ("WebHook-Request-Origin", "ce-awpsversion"):
            if name not in headers:
                raise Reject(400, f"This is no validation by Azure Web PubSub: it lacks {name}.")
        asked = headers.joined("WebHook-Request-Origin") or ""
        lines = [("WebHook-Allowed-Origin", origin) for origin in self._origins]
        hosts = {host.strip().lower() for host in asked.split(",")}
        if "*" in self._origins or hosts & set(self._origins):
            return HttpResponse.of_text(200, f"{asked} may send events here.", *lines)
        # The service compares, and refuses itself when no line matches.
        text = f"{asked} is not among allowed_origins of this event handler: {', '.join(self._origins)}."
        logger.warning("%s", text)
        return HttpResponse.of_text(200, text, *lines)


def _check_origins(origins: Iterable[str]) -> tuple[str, ...]:
    checked = (origins,) if isinstance(origins, str) else tuple(origins)
    for origin in checked:
        if not origin or not origin.isascii() or any(mark in origin for mark in "/:, "):
            raise ValueError(f'An origin is a host name such as "my.webpubsub.azure.com", or "*", not {origin!r}.')
    if not checked:
        raise ValueError('allowed_origins is empty, so nobody could send events; "*" allows every service.')
    return tuple(origin.lower() for origin in checked)


async def _call(function: Function, event: EventRequest) -> Any:
    if inspect.iscoroutinefunction(function):
        return await function(event)
    answer = await asyncio.to_thread(_call_in_thread, function, event)
    return await answer if inspect.isawaitable(answer) else answer


def _call_in_thread(function: Function, event: EventRequest) -> Any:
    try:
        return function(event)
    except StopIteration as error:  # no future can hold one
        raise RuntimeError(f"{_name(function)} raised StopIteration.") from error


async def _run_logged(function: Function, event: EventRequest) -> None:
    try:
        await _call(function, event)
    except Exception:
        logger.exception(FAILED, _name(function), event.event_name)


def _name(function: Function) -> str:
    return str(getattr(function, "__qualname__", function))


def _failure(event: EventRequest) -> HttpResponse:
    return HttpResponse.of_text(500, f"The handler of {event.event_name} failed; the server's log says how.")


def _respond(event: EventRequest, answer: Any) -> HttpResponse:
    if isinstance(event, ConnectRequest):
        return _accept(event, answer)
    if isinstance(answer, ConnectResponse):
        raise TypeError("a ConnectResponse is for connect; return str, bytes, dict, list, None or UserEventResponse.")
    reply = answer if isinstance(answer, UserEventResponse) else UserEventResponse(answer)
    lines = [(METADATA_PREFIX + name.lower(), value) for name, value in reply.metadata.items()]
    return _success(event, reply.body, reply.media_type, encode_state(reply.state), lines)


def _accept(event: ConnectRequest, answer: Any) -> HttpResponse:
    if not isinstance(answer, ConnectResponse | None):
        raise TypeError(f"it returned {type(answer).__name__}; return ConnectResponse or None, or raise Reject.")
    response = answer or ConnectResponse()
    if response.subprotocol is not None and response.subprotocol not in event.subprotocols:
        offered = ", ".join(event.subprotocols) or "none"
        raise ValueError(f"subprotocol {response.subprotocol!r} is not one the client offered ({offered}).")
    return _success(event, response.body, "application/json", encode_state(response.state), [])


def _success(
    event: EventRequest, body: bytes, media_type: str | None, state: str | None, lines: list[tuple[str, str]]
) -> HttpResponse:
    if state is not None and state != event.context.raw_state:
        lines = [*lines, ("ce-connectionState", state)]
    if body and media_type:
        lines = [("Content-Type", media_type), *lines]
    return HttpResponse(200 if body else 204, tuple(lines), body)
