"""Thread: an emulator's event loop on a thread of its own, from open to close, and the way onto it for others."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from .loop import LoopClock, UnpatchedLoop
from .sites import Sites

T = TypeVar("T")

NOT_RUNNING = "The emulator is not running."
CHECK_SECONDS = 1.0
"""How often somebody who waits looks whether the thread is still there."""


class SiteThread:
    """Runs the sites of one emulator, once.

    Attributes:
        loop: where they run.
        port: the port of the first one; 0 while it does not run.
    """

    def __init__(self, sites: Sites, clock: LoopClock) -> None:
        self._sites = sites
        self.loop = UnpatchedLoop()
        self.port = 0
        clock.run_on(self.loop)
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="wpslab-emulator", daemon=True)

    def start(self) -> None:
        """Return once they listen.

        Raises:
            OSError: the port is taken.
        """
        self._thread.start()
        try:
            self._started.result()
        except BaseException:
            self._thread.join()
            raise

    def stop(self) -> None:
        """Close the sites and end the thread. Stopping twice does nothing."""
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    @property
    def running(self) -> bool:
        """Whether the sites listen."""
        return self._thread.is_alive() and self.port != 0

    def call(self, function: Callable[[], T]) -> T:
        """Run a function on the loop and return what it returns: core objects have one owner."""
        if threading.current_thread() is self._thread:
            return function()
        result: Future[T] = Future()

        def run() -> None:
            try:
                result.set_result(function())
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
                result.set_exception(error)

        try:
            self.loop.call_soon_threadsafe(run)
        except RuntimeError as error:  # the loop is closed
            raise RuntimeError(NOT_RUNNING) from error
        return self._wait(result)

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop, and wait for it in another thread."""
        try:
            future = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        except RuntimeError as error:
            coroutine.close()
            raise RuntimeError(NOT_RUNNING) from error
        return self._wait(future)

    def _wait(self, result: Future[T]) -> T:
        """Wait for a result that does not come if the loop ended just before it would have been made."""
        while True:
            try:
                return result.result(CHECK_SECONDS)
            except TimeoutError:
                if result.done():
                    return result.result()
                if not self._thread.is_alive():
                    raise RuntimeError(NOT_RUNNING) from None

    def _run(self) -> None:
        loop = self.loop
        asyncio.set_event_loop(loop)
        try:
            try:
                self.port = loop.run_until_complete(self._sites.open())
            except BaseException as error:  # noqa: BLE001 - handed to the thread that called start
                self._started.set_exception(error)
                return
            self._started.set_result(None)
            loop.run_forever()
            loop.run_until_complete(self._sites.close())
        finally:
            self.port = 0
            loop.run_until_complete(loop.shutdown_asyncgens())
            asyncio.set_event_loop(None)
            loop.close()
