"""Phone inbox: what arrives on a phone, translated one message after the other where the phone translates."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

from ..client.session import TIMEOUT
from .chat_message import ChatMessage

Translate = Callable[[str, str | None, str], str | Awaitable[str]]


class PhoneInbox:
    """Hands over messages in the order they arrived, however long each translation takes. Lives on the lab's loop.

    Args:
        own: the user id whose messages need no translation.
        translate: called with a text, its language or None, and the language wanted; None translates nothing.
        language: tells which language is wanted now.
        show: called with each message.
        complain: called with a sentence where a translation failed; the message is then shown as it was written.
    """

    def __init__(
        self,
        own: str,
        translate: Translate | None,
        language: Callable[[], str],
        show: Callable[[ChatMessage], object],
        complain: Callable[[str], None],
    ) -> None:
        self._own = own
        self._translate = translate
        self._language = language
        self._show = show
        self._complain = complain
        self._arrived: asyncio.Queue[ChatMessage] = asyncio.Queue()
        self._reader: asyncio.Task[None] | None = None

    def put(self, message: ChatMessage) -> None:
        """Take a message."""
        self._arrived.put_nowait(message)

    def open(self) -> None:
        """Begin to hand over."""
        self._reader = asyncio.create_task(self._read())

    def stop(self) -> None:
        """Translate no more: what is here is handed over as it was written."""
        if self._reader is not None:
            self._reader.cancel()

    async def close(self) -> None:
        """Stop, and wait until everything is handed over. May be called twice."""
        self.stop()
        if self._reader is not None:
            await asyncio.wait([self._reader])

    async def _read(self) -> None:
        try:
            while True:
                message = await self._arrived.get()
                try:
                    message = await self._translated(message)
                finally:
                    self._show(message)
        finally:
            while not self._arrived.empty():
                self._show(self._arrived.get_nowait())

    async def _translated(self, message: ChatMessage) -> ChatMessage:
        language = self._language()
        if self._translate is None or message.language == language or message.sender == self._own:
            return message
        try:
            async with asyncio.timeout(TIMEOUT):
                text = await _call(self._translate, message.text, message.language, language)
        except Exception as problem:  # noqa: BLE001 - whatever a learner's function raises, the message is shown
            words = " ".join(str(problem).split())[:300]
            self._complain(f"Not translated: {type(problem).__name__}{f': {words}' if words else ''}")
            return message
        return message.translated(text, language)


async def _call(translate: Translate, text: str, source: str | None, target: str) -> str:
    if inspect.iscoroutinefunction(translate):
        result = await translate(text, source, target)
    else:
        result = await asyncio.to_thread(translate, text, source, target)
    if not isinstance(result, str):
        raise TypeError(f"translate returns a string, not {type(result).__name__}.")
    return result
