"""Background: the lab's own loop thread, where widgets and listeners run whatever the kernel's loop is doing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from .emulator.net.loop import UnpatchedLoop

T = TypeVar("T")


class BackgroundFuture(Future[T]):
    """A future that knows whether somebody asked how it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.was_asked = False

    def result(self, timeout: float | None = None) -> T:
        """Return the result, or raise the error."""
        self.was_asked = True
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return the error, or None."""
        self.was_asked = True
        return super().exception(timeout)


class Background:
    """A thread with an event loop. Nobody blocks it; it blocks nobody."""

    def __init__(self) -> None:
        self._loop = UnpatchedLoop()
        self._failed: list[BackgroundFuture[Any]] = []
        self._thread = threading.Thread(target=self._run, name="wpslab-background", daemon=True)
        self._thread.start()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, for `call_soon_threadsafe`."""
        return self._loop

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> BackgroundFuture[T]:
        """Run a coroutine on the loop. In a cell: `await asyncio.wrap_future(background.submit(…))`.

        An error nobody asks for is raised by the next `raise_errors`.

        Raises:
            RuntimeError: the background was closed.
        """
        future: BackgroundFuture[T] = BackgroundFuture()

        def begin() -> None:
            task = self._loop.create_task(coroutine)
            task.add_done_callback(lambda task: self._finish(task, future))
            future.add_done_callback(lambda future: self._cancel_task(task) if future.cancelled() else None)

        if not self._thread.is_alive():
            coroutine.close()
            raise RuntimeError("The lab is closed; start a new one with wpslab.start().")
        self._loop.call_soon_threadsafe(begin)
        return future

    def raise_errors(self) -> None:
        """Raise the errors of coroutines that nobody asked about, and forget them.

        Raises:
            BaseException: the only error.
            BaseExceptionGroup: all of them, where there are several.
        """
        failed, self._failed = self._failed, []
        raise_all([error for future in failed if not future.was_asked and (error := future.exception())])

    def close(self) -> None:
        """Cancel what still runs, end the thread. Closing twice does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _finish(self, task: asyncio.Task[T], future: BackgroundFuture[T]) -> None:
        if task.cancelled():
            future.cancel()
        elif future.set_running_or_notify_cancel():  # from here on nobody can cancel it
            error = task.exception()
            if error is None:
                future.set_result(task.result())
            else:
                self._failed.append(future)
                future.set_exception(error)

    def _cancel_task(self, task: asyncio.Task[Any]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(task.cancel)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self._loop.run_until_complete(asyncio.wait(tasks, timeout=5))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()


def raise_all(errors: Sequence[BaseException]) -> None:
    """Raise the only error, or a group of all of them; none raises nothing."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise BaseExceptionGroup("Several background tasks failed.", errors)


def collect(errors: list[BaseException], function: Callable[..., Any], *args: Any) -> None:
    """Call a function, and keep its error: one that fails must not keep others from ending."""
    try:
        function(*args)
    except Exception as error:  # noqa: BLE001
        errors.append(error)
