"""Site: a service behind a port, from the first request to the last client."""

from __future__ import annotations

import asyncio
import logging

from ..core.service import Service
from .app import App, Describe
from .listener import SHUTDOWN_TIMEOUT, Listener
from .webhook import Webhooks

logger = logging.getLogger("wpslab.emulator.http")


class Site:
    """Listens for one service.

    Args:
        host: the address to listen on.
        port: 0 for a free one.
        describe: tells a lab how the service is managed.

    Raises:
        OSError: the port is taken or the address is not one of this machine.
    """

    def __init__(self, service: Service, host: str, port: int, describe: Describe) -> None:
        self._service = service
        self._app = App(service, describe)
        self._listener = Listener(self._app, host, port)
        service.public_hosts = (f"{host}:{self._listener.port}",)

    @property
    def webhooks(self) -> Webhooks:
        """What calls the upstream servers."""
        return self._app.webhooks

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._listener.port

    @property
    def endpoint(self) -> str:
        """Where it answers, as `http://127.0.0.1:54321`."""
        return self._listener.endpoint

    async def start(self) -> None:
        """Begin to answer."""
        await self._listener.start()
        logger.info("Listening on port %d.", self.port)

    async def close(self) -> None:
        """Take no more callers, close every client, free the port."""
        await self._listener.refuse()
        self._service.close_all("Service reload", reason="server shutting down")
        finishing = [asyncio.ensure_future(channel.wait_ended()) for channel in self._app.channels]
        if finishing:
            await asyncio.wait(finishing, timeout=SHUTDOWN_TIMEOUT)
        for channel in list(self._app.channels):
            channel.cut()
        await self.webhooks.settle(SHUTDOWN_TIMEOUT)
        await self._listener.close()
        await self.webhooks.close()
