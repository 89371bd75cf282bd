"""Server: an ASGI application on this machine, on a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ..emulator.net.loop import UnpatchedLoop
from .asgi import Message, Receive, Scope, Send

if TYPE_CHECKING:
    import uvicorn

logger = logging.getLogger("wpslab.upstream.server")

HOST = "127.0.0.1"
GRACE_SECONDS = 1
"""How long requests may still run when the server stops."""
START_SECONDS = 30.0


class UpstreamServer:
    """Serves an ASGI application on the loopback address, whatever the kernel's loop is doing.

    Use it in a `with` statement, or call `start` and `stop`.

    Args:
        app: a WebPubSubEventHandler, or any other ASGI application.
        port: 0 for a free one.
    """

    def __init__(self, app: Callable[..., Any], port: int = 0) -> None:
        if not callable(app):
            raise TypeError(f"app is an ASGI application, not {app!r}.")
        self._app = app
        self._wanted_port = port
        self._running: _Running | None = None

    @property
    def port(self) -> int:
        """The port it listens on. Raises RuntimeError if it does not."""
        if self._running is None:
            raise RuntimeError("The server does not run; start it first.")
        return self._running.port

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end. Raises RuntimeError if it does not."""
        return f"http://{HOST}:{self.port}"

    @property
    def thread_id(self) -> int | None:
        """The identifier of its thread, as log records have it; None if it does not run."""
        return self._running.thread_id if self._running else None

    def start(self) -> UpstreamServer:
        """Begin to serve; return once it listens. A server that runs is left as it is.

        Raises:
            OSError: the port is taken.
            RuntimeError: the application failed to start.
        """
        if self._running is None:
            running = _Running(self._app, _listen(self._wanted_port))
            running.wait_started()
            self._running = running
        return self

    def stop(self) -> None:
        """Serve no longer, and free the port. Requests that still run have a second; stopping twice does nothing."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def __enter__(self) -> UpstreamServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Running:
    """One run of a server: from its socket to the end of its thread."""

    def __init__(self, app: Callable[..., Any], listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self._app = app
        self._listener = listener
        self._settled = threading.Event()
        self._server = _make_server(self._serve, self._settled.set)
        self._loop = UnpatchedLoop()
        self._loop.set_default_executor(_DaemonThreads())
        self._failure = ""
        self._thread = threading.Thread(target=self._run, name="wpslab-upstream", daemon=True)
        self._thread.start()

    @property
    def thread_id(self) -> int | None:
        return self._thread.ident

    def wait_started(self) -> None:
        in_time = False
        try:
            in_time = self._settled.wait(START_SECONDS)
        finally:  # also when somebody interrupts the kernel
            if not self._server.started:
                self.stop()
        if not self._server.started:
            why = (self._failure or "the log says why.") if in_time else f"it took over {START_SECONDS:g} seconds."
            raise RuntimeError(f"The application failed to start: {why}")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(GRACE_SECONDS + 1)
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
                self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(1)
        if self._thread.is_alive():
            logger.warning("A handler blocks the event loop of the server on port %d; it is left behind.", self.port)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._server.serve(sockets=[self._listener]))
        except SystemExit:
            pass  # how uvicorn says that the application failed to start
        except RuntimeError:
            if not self._server.should_exit:
                raise
        finally:
            self._clean_up()

    def _clean_up(self) -> None:
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.wait(tasks, timeout=0.5))
        for connection in list(self._server.server_state.connections):
            if connection.transport is not None:  # of a request that did not end in time
                connection.transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._listener.close()
        asyncio.set_event_loop(None)
        self._loop.close()
        self._settled.set()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watch(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                self._failure = message.get("message", "").strip().rpartition("\n")[2]
            await send(message)

        try:
            await self._app(scope, receive, watch if scope["type"] == "lifespan" else send)
        except asyncio.CancelledError:
            if scope["type"] != "http" or not self._server.should_exit:
                raise
            with contextlib.suppress(RuntimeError):  # it has been answered, and did something afterwards
                await send({"type": "http.response.start", "status": 503, "headers": []})
                await send({"type": "http.response.body"})


class _DaemonThreads(ThreadPoolExecutor):
    """A thread for each call, none of which keeps the process from ending."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def run() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as error:  # noqa: BLE001 - whoever awaits the future gets it
                    future.set_exception(error)

        threading.Thread(target=run, name="wpslab-upstream-handler", daemon=True).start()
        return future


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    if os.name == "posix":  # elsewhere it would share the port with whoever has it
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"Port {port} cannot be had ({error.strerror}); take another, or 0.") from None
    return listener


def _make_server(app: Callable[..., Any], on_started: Callable[[], None]) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            on_started()

    return Server(
        uvicorn.Config(
            app,
            interface="asgi3",
            ws="websockets-sansio",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
