"""Plain: a handler that knows nothing of HTTP's transport, behind a loopback port and on a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from aiohttp import web

from ..core.limits import MAX_MESSAGE_BYTES
from ..protocols.rest import RestRequest, RestResponse
from .app import SERVER, read_request
from .listener import Listener
from .loop import LoopClock
from .sites import Sites
from .thread import SiteThread

WORKERS = 4
"""Requests that are handled at a time."""


class PlainSite:
    """Listens on 127.0.0.1 and lets a handler answer. It runs once.

    Args:
        handle: answers a request; it may take its time, and runs on several threads at once.
        port: 0 for a free one.
        name: of the threads that handle.
    """

    def __init__(self, handle: Callable[[RestRequest], RestResponse], port: int = 0, *, name: str) -> None:
        self._handle = handle
        self._port = port
        self._name = name
        self._thread: SiteThread | None = None
        self._listener: Listener | None = None
        self._workers: ThreadPoolExecutor | None = None

    @property
    def running(self) -> bool:
        """Whether it answers now."""
        return self._thread is not None and self._thread.running

    @property
    def endpoint(self) -> str:
        """Where it answers, as `http://127.0.0.1:54321`; empty before it is started."""
        return "" if self._listener is None else self._listener.endpoint

    def start(self) -> None:
        """Return once it answers.

        Raises:
            RuntimeError: it was started before.
            OSError: the port is taken.
        """
        if self._thread is not None:
            raise RuntimeError("It is started once; make a new one.")
        # A thread asks its sites for nothing but `open` and `close`.
        self._thread = SiteThread(cast(Sites, self), LoopClock())
        self._thread.start()

    def stop(self) -> None:
        """Free the port and end the thread. Stopping twice does nothing."""
        if self._thread is not None:
            self._thread.stop()

    # What the thread asks for

    async def open(self) -> int:
        """Begin to answer; return the port."""
        listener = Listener(self._answer, "127.0.0.1", self._port)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix=self._name)
        await listener.start()
        self._listener = listener
        return listener.port

    async def close(self) -> None:
        """Take no more callers, end the workers."""
        if self._listener is not None:
            await self._listener.close()
        if self._workers is not None:
            self._workers.shutdown(cancel_futures=True)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        call = await read_request(request)
        answer = await asyncio.get_running_loop().run_in_executor(self._workers, self._handle, call)
        headers = {**answer.headers, "Server": SERVER}
        response = web.Response(status=answer.status, headers=headers, body=answer.body or None)
        if len(call.body) > MAX_MESSAGE_BYTES:
            response.force_close()  # the rest of the body is not worth reading
        return response
