"""WebSocket: one client's life, from its handshake to the end of its connection."""

from __future__ import annotations

import logging

from aiohttp import WebSocketError, WSMsgType, web

from ..core.connection import Connection
from ..core.errors import BadRequest, InvalidFrame, NotAvailable, Unauthorized
from ..core.hub import Hub
from ..core.limits import MAX_MESSAGE_BYTES
from ..core.messages import ClientMessage
from ..core.service import Service
from ..core.subprotocols import Protocol
from ..protocols import handshake, json_v1, simple
from ..protocols.frame import BINARY, PONG, TEXT, Frame
from .channel import Channel, Socket
from .outbox import Turn

logger = logging.getLogger("wpslab.emulator.websocket")

_TOO_LARGE = InvalidFrame(1009, "The client message is too large.")


async def serve(service: Service, request: web.BaseRequest, channels: set[Channel], turn: Turn) -> web.StreamResponse:
    """Answer a request to a client path: refuse it with an HTTP status, or serve the WebSocket until it ends."""
    if request.method != "GET" or request.headers.get("Upgrade", "").lower() != "websocket":
        return web.Response(status=400, text="A WebSocket upgrade is expected here.")
    try:
        event = service.connect(handshake.read(request.raw_path, request.headers))
    except BadRequest as error:
        return _refused(service, 400, str(error), str(error))
    except Unauthorized as error:
        return _refused(service, 401, str(error), "")
    except NotAvailable as error:
        return _refused(service, 501, str(error), str(error))
    name = event.subprotocol.name
    # aiohttp refuses a message of exactly its limit; one byte more lets the largest legal one pass.
    socket = Socket(
        protocols=() if name is None else (name,),
        compress=False,
        autoping=False,
        autoclose=False,
        max_msg_size=MAX_MESSAGE_BYTES + 1,
    )
    await socket.prepare(request if name else _without_offer(request))
    hub = service.hub(event.hub)
    channel = Channel(request, service.clock, lambda: hub.settings, turn)
    channels.add(channel)
    connection: Connection | None = None
    try:
        connection = hub.accept(event, service.new_id(), channel)
        await _read(hub, connection, socket, channel)
    finally:
        if connection is not None:
            hub.drop(connection, f"close code {socket.close_code}")
        try:
            await channel.finish()
        finally:
            channels.discard(channel)
    return socket


def _without_offer(request: web.BaseRequest) -> web.BaseRequest:
    # aiohttp would warn that none of the offered subprotocols is chosen, which is just what is meant.
    headers = request.headers.copy()
    headers.popall("Sec-WebSocket-Protocol", None)
    return request.clone(headers=headers)


def _refused(service: Service, status: int, why: str, body: str) -> web.Response:
    logger.info("A client is refused with %d: %s", status, why)
    service.trace.add("connect refused", detail=f"{status}: {why}")
    return web.Response(status=status, text=body)


async def _read(hub: Hub, connection: Connection, socket: Socket, channel: Channel) -> None:
    """Take a client's messages one after the other until its WebSocket ends or the hub closed it."""
    while True:
        message = await socket.receive()
        channel.heard()
        kind = message.type
        if kind is WSMsgType.TEXT:
            frame = Frame(TEXT, message.data.encode())
        elif kind is WSMsgType.BINARY:
            frame = Frame(BINARY, message.data)
        elif kind is WSMsgType.PING:
            channel.put(Frame(PONG, message.data).wire())
            continue
        elif kind is WSMsgType.PONG:
            continue
        elif kind is WSMsgType.CLOSE:
            channel.close(message.data or 1000, "")
            return
        else:
            if isinstance(message.data, WebSocketError):
                logger.info("A client of hub %s is closed with %d: %s", hub.name, message.data.code, message.data)
                channel.refuse(message.data.code)
            return
        if connection.open:
            _take(hub, connection, channel, frame)


def _take(hub: Hub, connection: Connection, channel: Channel, frame: Frame) -> None:
    try:
        event = hub.receive(connection, _decode(connection, frame))
    except InvalidFrame as error:
        logger.info("A client of hub %s is closed with %d: %s", hub.name, error.code, error)
        hub.drop(connection, f"close code {error.code}: {error}")
        channel.close(error.code, error.reason)
        return
    if event is not None:
        hub.answer(connection, event)


def _decode(connection: Connection, frame: Frame) -> ClientMessage:
    if len(frame.data) > MAX_MESSAGE_BYTES:
        raise _TOO_LARGE
    if connection.protocol is Protocol.JSON:
        return json_v1.decode(frame)
    return simple.decode(frame, connection.group_sender)
