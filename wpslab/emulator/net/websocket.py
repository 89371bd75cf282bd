"""WebSocket: one client's life, from its handshake to the end of its connection."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from aiohttp import WebSocketError, WSMessage, WSMsgType, web

from ..core.admission import Admission, EventAnswer, admit
from ..core.connection import Connection
from ..core.errors import (
    BadRequest,
    InvalidAnswer,
    InvalidFrame,
    NotAvailable,
    QuotaExceeded,
    SwitchedOff,
    Unauthorized,
)
from ..core.events import ConnectEvent, UserEvent
from ..core.failures import Failure, FailureKind
from ..core.hub import Hub
from ..core.limits import MAX_MESSAGE_BYTES
from ..core.messages import ClientMessage
from ..core.names import hub_key
from ..core.record import Record
from ..core.service import Place, Service
from ..core.subprotocols import Protocol
from ..protocols import handshake, json_v1, simple
from ..protocols.frame import BINARY, PONG, TEXT, Frame
from .channel import Channel, Socket
from .outbox import Turn
from .webhook import Webhooks

logger = logging.getLogger("wpslab.emulator.websocket")

ABORTED = "connection aborted"
"""The reason of a `disconnected` event when a client is gone without a close frame."""

STATUS = {"stopped": 503, "not public": 403}
"""How a resource that is switched off refuses everybody (not documented by Azure)."""

MAX_BACKLOG = 1000
MAX_BACKLOG_BYTES = 4 * 1024 * 1024
"""How much of a client is read ahead while an upstream server thinks: enough to see that the client left."""

CHECK_SECONDS = 1.0
"""How often somebody looks whether a client is still there whose frames cannot be read for now."""

_TOO_LARGE = InvalidFrame(1009, "The client message is too large.")


async def serve(
    service: Service, webhooks: Webhooks, request: web.BaseRequest, channels: set[Channel], turn: Turn
) -> web.StreamResponse:
    """Answer a request to a client path: refuse it with an HTTP status, or serve the WebSocket until it ends."""
    if request.method != "GET" or request.headers.get("Upgrade", "").lower() != "websocket":
        return web.Response(status=400, text="A WebSocket upgrade is expected here.")
    try:
        event = _check(service, request)
        place = service.reserve_place()
    except BadRequest as error:
        return _refused(service, 400, str(error), str(error), _hub_of(request))
    except Unauthorized as error:
        return _refused(service, 401, str(error), "", _hub_of(request))
    except QuotaExceeded as error:
        return _refused(service, 429, str(error), str(error), _hub_of(request))
    connection_id = event.connection_id
    try:
        admission = await _admit(service, webhooks, event)
        if isinstance(admission, web.Response):
            return admission
        service.check_on()  # it may have been switched off while the handler was asked
        conversation = _converse(service, webhooks, request, admission, place, channels, turn)
        del event, admission  # the client's headers, query and claims are not kept as long as it is connected
        return await conversation
    except SwitchedOff as error:
        return refuse_switched_off(service, request, error)
    finally:
        place.give_back()
        webhooks.release(connection_id)


def refuse_switched_off(service: Service, request: web.BaseRequest, error: SwitchedOff) -> web.Response:
    """Refuse a client of a resource that answers nobody, and record it."""
    return _refused(service, STATUS[error.why], str(error), str(error), _hub_of(request))


async def _converse(
    service: Service,
    webhooks: Webhooks,
    request: web.BaseRequest,
    admission: Admission,
    place: Place,
    channels: set[Channel],
    turn: Turn,
) -> web.StreamResponse:
    """Open the WebSocket of a client that may come in, and serve it until it ends."""
    name = admission.subprotocol.name
    # aiohttp refuses a message of exactly its limit; one byte more lets the largest legal one pass.
    socket = Socket(
        protocols=() if name is None else (name,),
        compress=False,
        autoping=False,
        autoclose=False,
        max_msg_size=MAX_MESSAGE_BYTES + 1,
    )
    await socket.prepare(request if name else _without_offer(request))
    hub = service.hub(admission.event.hub)
    channel = Channel(request, service.clock, lambda: hub.settings, turn)
    channels.add(channel)
    connection: Connection | None = None
    try:
        connection = hub.accept(admission, channel)
        place.give_back()
        del admission
        await _Conversation(hub, connection, socket, channel, webhooks).run()
    finally:
        if connection is not None:
            hub.drop(connection, ABORTED if channel.last_words is None else channel.last_words)
        try:
            await channel.finish()
        finally:
            channels.discard(channel)
    return socket


def _hub_of(request: web.BaseRequest) -> str | None:
    """Return the key of the hub a client that is refused wanted; None if it named no legal one."""
    try:
        return hub_key(handshake.read(request.raw_path, request.headers).hub or "")
    except BadRequest:
        return None


def _check(service: Service, request: web.BaseRequest) -> ConnectEvent:
    raw = [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in request.raw_headers]
    return service.connect(handshake.read(request.raw_path, request.headers, raw))


async def _admit(service: Service, webhooks: Webhooks, event: ConnectEvent) -> Admission | web.Response:
    """Decide whether a client may come in; only here a handshake waits, for the handler of `connect`."""
    try:
        if event.handler is None:
            return admit(event)
        answer = await webhooks.ask_connect(event)
        return _rejected(service, answer) if isinstance(answer, Failure) else admit(event, answer)
    except InvalidAnswer as error:
        return _rejected(service, webhooks.failed(event, error.kind, str(error), status=200, attempts=1))
    except NotAvailable as error:
        return _refused(service, 501, str(error), str(error), event.hub)


def _rejected(service: Service, failure: Failure) -> web.Response:
    status = failure.client_status
    if status < 200:  # 101 above all: the client would take it for an open WebSocket
        status = 500
    text = "The connect event handler did not let this client in."
    if service.upstream.options.forward_rejection and failure.kind is FailureKind.REJECTED:
        return web.Response(status=status, body=failure.body, content_type="text/plain")
    return web.Response(status=status, text=text)


def _without_offer(request: web.BaseRequest) -> web.BaseRequest:
    # aiohttp would warn that none of the offered subprotocols is chosen, which is just what is meant.
    headers = request.headers.copy()
    headers.popall("Sec-WebSocket-Protocol", None)
    return request.clone(headers=headers)


def _refused(service: Service, status: int, why: str, body: str, hub: str | None) -> web.Response:
    service.trace.add(Record("refused", hub, status=status, detail=why))
    service.trace.add_failure(Failure(kind=FailureKind.REFUSED, hub=hub, event="connect", status=status, detail=why))
    return web.Response(status=status, text=body)


class _Conversation:
    """Takes one client's messages, one after the other, until its WebSocket ends or the hub closed it."""

    def __init__(self, hub: Hub, connection: Connection, socket: Socket, channel: Channel, webhooks: Webhooks) -> None:
        self._hub = hub
        self._connection = connection
        self._socket = socket
        self._channel = channel
        self._webhooks = webhooks
        self._backlog: deque[Frame | WSMessage] = deque()
        self._sent_close = False  # the client's close frame was read, or stands in the backlog
        self._lost = False
        self._reading: asyncio.Task[WSMessage] | None = None

    async def run(self) -> None:
        """Serve the client. After this, nothing of it is read any more."""
        try:
            while not self._lost:
                if self._backlog:
                    item: Frame | WSMessage | None = self._backlog.popleft()
                elif self._reading is not None:
                    reading, self._reading = self._reading, None
                    item = self._hear(await reading)
                else:
                    item = self._hear(await self._socket.receive())
                if isinstance(item, WSMessage):
                    self._channel.answer_close(item.data or 1000, item.extra or "")
                    return
                if item is not None and self._connection.open:
                    event = self._take(item)
                    if event is not None:
                        await self._ask(event)
        finally:
            if self._reading is not None:
                self._reading.cancel()

    def _hear(self, message: WSMessage) -> Frame | WSMessage | None:
        """Deal with what needs no turn, or return what does: a data frame, or the message of a close frame."""
        self._channel.heard()
        kind = message.type
        if kind is WSMsgType.TEXT:
            return Frame(TEXT, message.data.encode())
        if kind is WSMsgType.BINARY:
            return Frame(BINARY, message.data)
        if kind is WSMsgType.CLOSE:
            self._sent_close = True
            return message
        if kind is WSMsgType.PING:
            self._channel.put(Frame(PONG, message.data).wire())
        elif kind is not WSMsgType.PONG:
            self._lost = True
            if isinstance(message.data, WebSocketError):
                logger.info("A client of hub %s is closed with %d: %s", self._hub.name, message.data.code, message.data)
                self._hub.journal.closed(self._connection, message.data.code, str(message.data))
                self._channel.refuse(message.data.code)
        return None

    def _take(self, frame: Frame) -> UserEvent | None:
        self._hub.journal.received(self._connection, frame)
        try:
            return self._hub.receive(self._connection, _decode(self._connection, frame))
        except InvalidFrame as error:
            logger.info("A client of hub %s is closed with %d: %s", self._hub.name, error.code, error)
            self._hub.end(self._connection, error.code, error.reason)
            return None
        except QuotaExceeded as error:
            self._hub.refuse_over_quota(self._connection, error)
            return None

    async def _ask(self, event: UserEvent) -> None:
        """Wait for the upstream server, and give up when the line to the client is lost meanwhile.

        The client's next messages are read, so that this is seen, but none is acted on before the answer; a client
        that says goodbye behind its message is answered first.
        """
        loop = asyncio.get_running_loop()
        asking = loop.create_task(self._webhooks.ask(event, self._connection.protocol))
        try:
            while not asking.done():
                waiting: set[asyncio.Task[EventAnswer | Failure] | asyncio.Task[WSMessage]] = {asking}
                if self._reading is None and not self._sent_close and not self._is_full():
                    self._reading = loop.create_task(self._socket.receive())
                if self._reading is not None:
                    waiting.add(self._reading)
                self._channel.is_read = self._reading is not None
                seconds = None if self._channel.is_read else CHECK_SECONDS
                await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                if self._reading is None:
                    self._lost = self._channel.is_gone
                elif self._reading.done():
                    reading, self._reading = self._reading, None
                    item = self._hear(reading.result())
                    if item is not None:
                        self._backlog.append(item)
                # A client that answers the service's close frame waits for nothing any more.
                self._lost = self._lost or (self._sent_close and not self._connection.open)
                if self._lost and not asking.done():
                    self._leave()
                    return
            self._answer(event, asking.result())
        finally:
            self._channel.is_read = True
            asking.cancel()

    def _answer(self, event: UserEvent, outcome: EventAnswer | Failure) -> None:
        try:
            self._hub.answer(self._connection, event, outcome)
        except QuotaExceeded as error:
            self._hub.refuse_over_quota(self._connection, error)

    def _leave(self) -> None:
        """Give up what the client sent before its line was lost, but for its goodbye."""
        if self._backlog and isinstance(goodbye := self._backlog[-1], WSMessage):
            self._channel.answer_close(goodbye.data or 1000, goodbye.extra or "")
        self._backlog.clear()

    def _is_full(self) -> bool:
        return (
            len(self._backlog) >= MAX_BACKLOG
            or sum(len(each.data) for each in self._backlog if isinstance(each, Frame)) >= MAX_BACKLOG_BYTES
        )


def _decode(connection: Connection, frame: Frame) -> ClientMessage:
    if len(frame.data) > MAX_MESSAGE_BYTES:
        raise _TOO_LARGE
    if connection.protocol is Protocol.JSON:
        return json_v1.decode(frame)
    return simple.decode(frame, connection.group_sender)
