"""Secure: an https port on loopback for the real Azure CLI, with the sign-in and the management side.

The CLI keeps its tokens for an hour, over the end of an emulator; so any token is taken here, but not none.
"""

from __future__ import annotations

import re
from ssl import SSLContext

from aiohttp import web

from ..core.subscription import Subscription
from ..protocols import sign_in
from .app import SERVER, read_request
from .listener import Listener
from .management import ManagementApp

# A page of another host, whose name was made to mean this machine, sends the name it was loaded from.
_LOCAL = re.compile(r"(localhost|127\.0\.0\.1)(:\d{1,5})?", re.ASCII | re.IGNORECASE)


class SecureSite:
    """Listens for the Azure CLI, on 127.0.0.1 only.

    Args:
        subscription: whose tenant signs people in.
        management: answers everything that is no sign-in.
        tls: with a certificate for localhost and 127.0.0.1.
        port: 0 for a free one.
    """

    def __init__(self, subscription: Subscription, management: ManagementApp, tls: SSLContext, port: int = 0) -> None:
        self._clock = subscription.clock
        self._directory = sign_in.Directory(subscription.tenant_id)
        self._management = management
        self._tls = tls
        self._port = port
        self._listener: Listener | None = None

    async def open(self) -> int:
        """Begin to answer; return the port.

        Raises:
            OSError: the port is taken.
        """
        listener = Listener(self._answer, "127.0.0.1", self._port, self._tls)
        await listener.start()
        self._listener = listener
        return listener.port

    async def close(self) -> None:
        """Take no more callers and free the port."""
        if self._listener is not None:
            await self._listener.close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        host = request.headers.get("Host", "")
        if not _LOCAL.fullmatch(host):
            return web.Response(status=403, text="Only localhost and 127.0.0.1 are answered.")
        if sign_in.is_sign_in_path(path):
            return await self._sign_in(request, f"https://{host}")
        return await self._management.answer(request, f"https://{host}", None)

    async def _sign_in(self, request: web.BaseRequest, root: str) -> web.Response:
        answer = sign_in.handle(self._directory, await read_request(request), root, self._clock.time())
        assert answer is not None
        return web.Response(
            status=answer.status, headers={**answer.headers, "Server": SERVER}, body=answer.body or None
        )
