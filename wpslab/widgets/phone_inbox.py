"""Phone inbox: what arrives on a phone, translated one message after the other where the phone translates."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from ..client.session import TIMEOUT
from .chat_message import KEPT, ChatMessage
from .phone_translation import Translate, TranslationCall


class PhoneInbox:
    """Hands over messages in the order they arrived, and none of them much later than it arrived.

    One translation runs at a time. What it cannot do in time is shown as it was written, and so are the messages after
    it until it comes back: a `translate` that hangs costs its time once, and one thread. Lives on the lab's loop.

    Args:
        own: the user id whose messages need no translation.
        translate: called with a text, its language or None, and the language wanted; None translates nothing.
        language: tells which language is wanted now.
        show: called with each message, and why it is not translated; with "" where it is, or needs not be.
        complain: called with that reason after each translation that was tried, or should have been.
    """

    def __init__(
        self,
        own: str,
        translate: Translate | None,
        language: Callable[[], str],
        show: Callable[[ChatMessage, str], object],
        complain: Callable[[str], None],
    ) -> None:
        self._own = own
        self._translate = translate
        self._language = language
        self._show = show
        self._complain = complain
        self._waiting: deque[tuple[float, ChatMessage]] = deque()  # with the loop's time of arrival
        self._current: tuple[ChatMessage, TranslationCall] | None = None
        self._late: TranslationCall | None = None  # nobody waits for it any more, but it may still run

    def put(self, message: ChatMessage) -> None:
        """Take a message."""
        self._waiting.append((asyncio.get_running_loop().time(), message))
        if len(self._waiting) > KEPT:  # more do not fit on the screen
            self._hand_over("too many messages came at once")
        self._go_on()

    def forget(self) -> None:
        """Begin anew, with another try even where an earlier translation never came back."""
        self._late = None

    def close(self) -> None:
        """Show everything that waits as it was written. May be called twice."""
        self._hand_over("the connection ended")

    def _go_on(self) -> None:
        while self._waiting and self._current is None:
            arrived, message = self._waiting.popleft()
            language = self._language()
            if self._translate is None or self._is_readable(message, language):
                self._show(message, "")
            elif self._late is not None and self._late.is_running:
                self._fail(message, "an earlier translation has not come back")
            elif asyncio.get_running_loop().time() - arrived > TIMEOUT:
                self._fail(message, "the translations before it took too long")
            else:
                self._start(self._translate, message, language)

    def _start(self, translate: Translate, message: ChatMessage, language: str) -> None:
        def end(text: str | None, reason: str) -> None:
            self._current, self._late = None, call
            if text is None:
                self._fail(message, reason)
            else:
                self._show(message.translated(text, language), "")
                self._complain("")
            self._go_on()

        call = TranslationCall(translate, (message.text, message.language, language), end)
        self._current = message, call

    def _hand_over(self, reason: str) -> None:
        messages = [message for _, message in self._waiting]
        self._waiting.clear()
        if self._current is not None:
            message, self._late = self._current
            self._late.give_up()
            self._current = None
            messages.insert(0, message)
        for message in messages:
            self._show(message, "" if self._is_readable(message, self._language()) else reason)

    def _is_readable(self, message: ChatMessage, language: str) -> bool:
        return message.language == language or message.sender == self._own

    def _fail(self, message: ChatMessage, reason: str) -> None:
        self._show(message, reason)
        self._complain(reason)
