"""App: the HTTP side of a service: REST calls, client handshakes, and a 404 for everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from ... import __version__
from ..core.errors import SwitchedOff
from ..core.limits import MAX_MESSAGE_BYTES
from ..core.management import Management
from ..core.service import Service
from ..protocols import control, handshake, rest
from . import websocket
from .channel import Channel
from .outbox import Turn
from .patience import FLUSH_PAUSE, HANDSHAKE_PAUSE, needs_patience
from .webhook import Webhooks

SERVER = f"wpslab/{__version__}"
"""The `Server` header of every answer; `/api/health` tells by it that this is the emulator."""

Describe = Callable[[Service], Management | None]
"""Tells how a service is managed; None where it is not managed any more."""

SETTLE_SECONDS = 2.0
"""How long a question for what failed waits for events that are still on their way."""


class App:
    """Answers the HTTP requests to one service."""

    def __init__(self, service: Service, describe: Describe) -> None:
        self._service = service
        self._describe = describe
        self.webhooks = Webhooks(service)
        self.channels: set[Channel] = set()
        self._turn = Turn()
        self._patient_turn = Turn(FLUSH_PAUSE)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, and say in the `Server` header who answers."""
        response = await self._answer(request)
        if not response.prepared:
            response.headers["Server"] = SERVER
        return response

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        try:
            self._service.check_on()
            if handshake.is_client_path(path):
                return await self._websocket(request)
            if rest.is_api_path(path):
                return await self._rest(request)
            if control.is_control_path(path):
                if path == control.FAILURES:
                    await self.webhooks.settle(SETTLE_SECONDS)
                return await self._rest(request, self._control)
        except SwitchedOff as error:
            if handshake.is_client_path(path):
                return websocket.refuse_switched_off(self._service, request, error)
            return web.Response(status=websocket.STATUS[error.why], text=str(error))
        except web.HTTPException as error:  # aiohttp's own refusal of a broken handshake
            return web.Response(status=error.status, text=error.text)
        if path.startswith("/clients/"):
            return web.Response(status=501, text="The emulator has no MQTT and no Socket.IO clients.")
        return web.Response(status=404)

    async def _websocket(self, request: web.BaseRequest) -> web.StreamResponse:
        turn = self._turn
        if needs_patience(request.headers):
            turn = self._patient_turn
            await asyncio.sleep(HANDSHAKE_PAUSE)
        return await websocket.serve(self._service, self.webhooks, request, self.channels, turn)

    async def _rest(
        self, request: web.BaseRequest, handle: Callable[[Service, rest.RestRequest], rest.RestResponse] = rest.handle
    ) -> web.Response:
        call = await read_request(request)
        answer = handle(self._service, call)
        response = web.Response(status=answer.status, headers=answer.headers, body=answer.body or None)
        if request.method == "HEAD" and not answer.body:
            response.headers["Content-Length"] = "0"  # aiohttp leaves it out
        if len(call.body) > MAX_MESSAGE_BYTES:
            response.force_close()  # the rest of the body is not worth reading
        return response

    def _control(self, service: Service, request: rest.RestRequest) -> rest.RestResponse:
        return control.handle(service, request, self._describe(service))


async def read_request(request: web.BaseRequest) -> rest.RestRequest:
    """Read a call, and of its body at most one byte more than a message may have."""
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in request.raw_headers]
    return rest.RestRequest(request.method, request.raw_path, headers, await _read_body(request))


async def _read_body(request: web.BaseRequest) -> bytes:
    body = bytearray()
    if request.body_exists:
        while len(body) <= MAX_MESSAGE_BYTES:
            chunk = await request.content.read(MAX_MESSAGE_BYTES + 1 - len(body))
            if not chunk:
                break
            body += chunk
    return bytes(body)
