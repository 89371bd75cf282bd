"""Phone translation: one call of a `translate` function, for which nobody is kept waiting."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import threading
from collections.abc import Awaitable, Callable

from azure.core.exceptions import ServiceRequestError

from ..client.session import TIMEOUT

Translate = Callable[[str, str | None, str], str | Awaitable[str]]

TOO_LATE = f"it took longer than {TIMEOUT:g} seconds"
_ANSWERS = {
    401: "the translator does not accept the key (401)",
    403: "the translator refuses, its quota may be used up (403)",
    429: "the translator is asked too often (429)",
}

logger = logging.getLogger("wpslab.widgets.phone")


class TranslationCall:
    """One call, on a thread of its own, or on the running loop if `translate` is a coroutine function.

    A thread cannot be stopped: one that takes too long is left behind, and is no reason for the process to wait.

    Args:
        translate: what is called with the other three.
        words: a text, its language or None, and the language wanted.
        on_end: called once on the loop, with the translation or None, and why there is none. Not after `give_up`.
    """

    def __init__(
        self, translate: Translate, words: tuple[str, str | None, str], on_end: Callable[[str | None, str], None]
    ) -> None:
        self.is_running = True
        self._translate = translate
        self._words = words
        self._on_end: Callable[[str | None, str], None] | None = on_end
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(TIMEOUT, self._end, None, TOO_LATE)
        self._task: asyncio.Task[None] | None = None
        if inspect.iscoroutinefunction(translate):
            self._task = self._loop.create_task(self._run_here())
        else:
            threading.Thread(target=self._run, name="phone-translation", daemon=True).start()

    def give_up(self) -> None:
        """Want no answer any more."""
        self._on_end = None
        self._timer.cancel()
        if self._task is not None and self.is_running:
            self._task.cancel()

    def _run(self) -> None:
        try:
            answer = _checked(self._translate(*self._words))
        except BaseException as problem:  # noqa: BLE001 - whatever a learner's function raises, the message is shown
            answer = None, _reason(problem)
        self.is_running = False
        with contextlib.suppress(RuntimeError):  # the lab was closed in the meantime
            self._loop.call_soon_threadsafe(self._end, *answer)

    async def _run_here(self) -> None:
        try:
            answer = _checked(await self._translate(*self._words))  # type: ignore[misc]
        except BaseException as problem:  # noqa: BLE001 - the same
            answer = None, _reason(problem)
        self.is_running = False
        self._end(*answer)

    def _end(self, text: str | None, reason: str) -> None:
        tell = self._on_end
        self.give_up()
        if tell is not None:
            tell(text, reason)


def _checked(result: object) -> tuple[str | None, str]:
    if not isinstance(result, str):
        return None, f"translate returned {'nothing' if result is None else f'no text but {type(result).__name__}'}"
    return (result, "") if result.strip() else (None, "translate returned an empty text")


def _reason(problem: BaseException) -> str:
    """Say why in a few words. The words of the exception may hold an address or a key: they go to the log alone."""
    logger.info("A phone's translate failed.", exc_info=problem)
    status = getattr(problem, "status_code", None) or getattr(getattr(problem, "response", None), "status_code", None)
    if isinstance(status, int):
        return _ANSWERS.get(status, f"the translator answered {status}")
    if isinstance(problem, (ServiceRequestError, ConnectionError)):
        return "the translator cannot be reached"
    return f"translate raised {type(problem).__name__}"
