"""Listener: a port with an HTTP server behind it, from the first request to the last."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from ssl import SSLContext

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

MAX_HEADER_BYTES = 32 * 1024
"""Largest header, and largest request line: tokens travel in both, and one that names many roles or groups is long."""

SHUTDOWN_TIMEOUT = 0.5
"""Seconds callers have to take their answers when the server ends."""


def _in_one_line(record: logging.LogRecord) -> bool:
    """Make a line of the traceback with which aiohttp reports a caller that speaks no proper HTTP."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        # Never the error's own text: it quotes the request, and with it a token.
        record.msg, record.exc_info = "A request that is no proper HTTP is refused with %d (%s).", None
        record.args = (error.code, type(error).__name__)
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


logger = logging.getLogger("wpslab.emulator.http")
requests_logger = logging.getLogger("wpslab.emulator.requests")
requests_logger.addFilter(_in_one_line)


class Listener:
    """Takes callers from the moment it is made; they are answered once it is started.

    Args:
        handler: answers one request.
        host: the address to listen on.
        port: 0 for a free one.
        tls: for https.

    Attributes:
        port: the port it listens on.

    Raises:
        OSError: the port is taken or the address is not one of this machine.
    """

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        host: str,
        port: int,
        tls: SSLContext | None = None,
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=1024)
        self._socket.setblocking(False)
        self._host = host
        self._tls = tls
        self.port: int = self._socket.getsockname()[1]
        self._handler = handler
        server = web.Server(
            self._answer,
            access_log=None,
            logger=requests_logger,
            max_field_size=MAX_HEADER_BYTES,
            max_line_size=MAX_HEADER_BYTES,
        )
        self._runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=SHUTDOWN_TIMEOUT)

    @property
    def endpoint(self) -> str:
        """Where it answers, as `http://127.0.0.1:54321`."""
        host = "127.0.0.1" if self._host in ("0.0.0.0", "::") else self._host
        scheme = "https" if self._tls else "http"
        return f"{scheme}://[{host}]:{self.port}" if ":" in host else f"{scheme}://{host}:{self.port}"

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; what the handler does not expect ends here, logged, and never the server."""
        try:
            return await self._handler(request)
        except ConnectionError as error:
            logger.info("A caller left before it was answered: %s", error)
            return web.Response(status=500)  # goes nowhere; raised, aiohttp would report an error with its traceback
        except Exception:
            logger.exception("%s %s failed inside the emulator", request.method, request.raw_path.partition("?")[0])
            return web.Response(status=500, text="The emulator failed; its log says how.")

    async def start(self) -> None:
        """Begin to answer."""
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket, ssl_context=self._tls, backlog=1024).start()

    async def refuse(self) -> None:
        """Take no more callers; those there are stay."""
        for site in list(self._runner.sites):
            await site.stop()
        self._socket.close()

    async def close(self) -> None:
        """Take no more callers and let go of all."""
        await self._runner.cleanup()
        self._socket.close()
