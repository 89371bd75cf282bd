"""Site: a service bound to a port, from the first request to the last client."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from ..core.service import Service
from .app import App
from .webhook import Webhooks

logger = logging.getLogger("wpslab.emulator.http")

SHUTDOWN_TIMEOUT = 0.5
"""Seconds clients have to answer the close frame of a service that ends."""

MAX_HEADER_BYTES = 32 * 1024
"""Largest header, and largest request line: tokens travel in both, and one that names many roles or groups is long."""


def _in_one_line(record: logging.LogRecord) -> bool:
    """Make a line of the traceback with which aiohttp reports a caller that speaks no proper HTTP."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        # Never the error's own text: it quotes the request, and with it a token.
        record.msg, record.exc_info = "A request that is no proper HTTP is refused with %d (%s).", None
        record.args = (error.code, type(error).__name__)
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


requests_logger = logging.getLogger("wpslab.emulator.requests")
requests_logger.addFilter(_in_one_line)


class Site:
    """Listens for one service.

    Args:
        host: the address to listen on.
        port: 0 for a free one.
    """

    def __init__(self, service: Service, host: str, port: int) -> None:
        self._service = service
        self._host = host
        self._wanted_port = port
        self._app = App(service)
        self._runner: web.ServerRunner | None = None

    @property
    def webhooks(self) -> Webhooks:
        """What calls the upstream servers."""
        return self._app.webhooks

    async def open(self) -> int:
        """Begin to listen and return the port.

        Raises:
            OSError: the port is taken or the address is not one of this machine.
        """
        server = web.Server(
            self._app,
            access_log=None,
            logger=requests_logger,
            max_field_size=MAX_HEADER_BYTES,
            max_line_size=MAX_HEADER_BYTES,
        )
        runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=SHUTDOWN_TIMEOUT)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._wanted_port, backlog=1024).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        port: int = runner.addresses[0][1]
        self._service.public_hosts = (f"{self._host}:{port}",)
        logger.info("Listening on port %d.", port)
        return port

    async def close(self) -> None:
        """Take no more callers, close every client, free the port."""
        if self._runner is None:
            return
        for site in list(self._runner.sites):
            await site.stop()
        for hub in self._service.hubs.values():
            for connection in list(hub.registry.connections.values()):
                hub.close(connection, 1001, "Service reload", reason="server shutting down")
        finishing = [asyncio.ensure_future(channel.wait_ended()) for channel in self._app.channels]
        if finishing:
            await asyncio.wait(finishing, timeout=SHUTDOWN_TIMEOUT)
        for channel in list(self._app.channels):
            channel.cut()
        await self.webhooks.settle(SHUTDOWN_TIMEOUT)
        await self._runner.cleanup()
        await self.webhooks.close()
