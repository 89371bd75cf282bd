"""Phone: a chat client as on a mobile, in the language of whoever holds it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar

import traitlets

from ..client.changes import Changes
from ..client.errors import ClientError
from ..client.session import TIMEOUT
from ..lab import Lab
from .chat_message import Bubble, ChatMessage, Conversation, Status
from .drawing import Drawing
from .lab_widget import LabWidget
from .phone_inbox import PhoneInbox
from .phone_languages import checked_language, is_really_translated, offered_languages, ready_phrases
from .phone_line import PhoneLine, in_words, was_refused
from .phone_rows import bubble_row, language_row
from .phone_snapshot import picture_of
from .phone_translation import Translate
from .publisher import Publisher
from .watching_widget import joined

T = TypeVar("T")
State = Literal["disconnected", "connecting", "connected", "disconnecting"]

MAX_TEXT = 500


class Phone(LabWidget):
    """A chat client with a language.

    A message is JSON, `{"text": "Hello", "language": "en"}`. It goes to the group everybody is in, and each phone may
    translate what it receives; or it goes to the upstream server as the event `message`, and the phone listens to the
    group of its language, for instance `chat-es`, and shows what the server sends there. Such a message may say
    `from`, and `original`, which is a message again.

    Nothing connects until it is asked to. Every method waits for its effect, at most ten seconds, and raises
    `ClientPanelError` where there is none.

    Args:
        lab: the running lab; it says which service to connect to.
        hub: the hub to connect to.
        user_id: whose phone it is.
        language: the code of the language its owner reads and writes.
        translate: called with a text, its language or None, and the language wanted, for each message in another
            language; it returns the text. It runs on a thread, or on the lab's loop if it is a coroutine function.
            What it cannot translate within eight seconds is shown as it was written, and marked.
        upstream: True where an upstream server translates.
        group: the group, or how the names of the groups of the languages begin.
        languages: codes of the languages to choose from; by default those of the phrasebook. Where an upstream server
            translates, give those it sends: nothing ever arrives on a phone set to another one.

    Raises:
        ValueError: no such language, or none of `languages` with `upstream`; or both `translate` and `upstream`.
    """

    _esm = joined("watching.js", "phone_bubbles.js", "phone.js")
    _css = Path(__file__).with_name("phone.css")

    hub = traitlets.Unicode(read_only=True).tag(sync=True)
    user_id = traitlets.Unicode(read_only=True).tag(sync=True)
    max_text = traitlets.Int(MAX_TEXT, read_only=True).tag(sync=True)
    language = traitlets.Unicode(read_only=True).tag(sync=True)
    languages: traitlets.List[list[str]] = traitlets.List(read_only=True).tag(sync=True)
    phrases: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    state = traitlets.Unicode("disconnected").tag(sync=True)
    bubbles: traitlets.List[list[object]] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        lab: Lab,
        hub: str,
        user_id: str,
        language: str = "en",
        *,
        translate: Translate | None = None,
        upstream: bool = False,
        group: str = "chat",
        languages: Iterable[str] | None = None,
    ) -> None:
        if upstream and translate is not None:
            raise ValueError("Either the phone translates, or the upstream server does: give only one of the two.")
        languages = None if languages is None else list(languages)
        offered = offered_languages(languages, language)
        if upstream and languages is not None and checked_language(language) not in offered_languages(languages):
            raise ValueError(f"The upstream server sends {', '.join(languages)}: nothing would arrive in {language}.")
        super().__init__(lab)
        self.set_trait("hub", hub)
        self.set_trait("user_id", user_id)
        self.set_trait("languages", [language_row(each) for each in offered])
        self._translator = lab.translator
        self._show_language(checked_language(language).code)
        self._inbox = PhoneInbox(user_id, translate, lambda: str(self.language), self._receive, self._complain)
        self._line = PhoneLine(lab, hub, user_id, group, upstream, self._inbox.put, self._on_lost)
        self._complaint = ""
        self._conversation = Conversation()
        self._changes = Changes()
        self._publisher = Publisher(self._publish)
        self._one_at_a_time = asyncio.Lock()
        self.on_msg(self._on_front_end)
        self._forget = lab.on_close(self._disconnect)

    def __repr__(self) -> str:
        return f"Phone(user_id={self.user_id!r}, language={self.language!r})"

    def description(self) -> str:
        """Return what somebody would see who opened the notebook in JupyterLab."""
        return (
            f"In JupyterLab a phone stands here, set to {checked_language(self.language).name}: "
            "a chat with bubbles, a language to choose, and a line to type on."
        )

    @property
    def messages(self) -> list[ChatMessage]:
        """The last 200 messages, oldest first, the phone's own too."""
        return [bubble.message for bubble in self._conversation]

    @property
    def shown(self) -> tuple[Bubble, ...]:
        """The same messages, each with what became of it."""
        return tuple(self._conversation)

    def snapshot(self, last: int = 8) -> Drawing:
        """Return a picture of the phone as it is now, with its last messages, that stays in the saved notebook."""
        return picture_of([self], last)

    # What a cell calls. The work is done on the lab's loop; the cell's own loop only waits.

    async def connect(self) -> None:
        """Connect and join the group. Does nothing on a phone that is connected."""
        await self._run(self._shown(self._connect))

    async def disconnect(self) -> None:
        """Close the connection. Does nothing on a phone that is not connected."""
        if self._line.is_open or self.state != "disconnected":
            await self._run(self._shown(self._disconnect))

    async def type(self, text: str) -> None:
        """Say something, and wait until the service, or the upstream server behind it, has it.

        Raises:
            ValueError: there is nothing to say, or too much.
        """
        await self._run(self._shown(self._say, _checked_text(text)))

    async def choose(self, language: str) -> None:
        """Choose another language, as with the picker. What is on the screen stays as it is.

        Raises:
            ValueError: the phone does not offer that language.
        """
        await self._run(self._shown(self._choose, self._offered(language)))

    async def wait_for(self, text: str) -> ChatMessage:
        """Return the latest message of somebody else that holds `text`; wait for it where none has come yet."""
        found = self._until(lambda: self._conversation.find(text, self.user_id), f"message with {text!r}")
        return await self._run(found)

    async def wait_for_state(self, state: State) -> None:
        """Wait for a state, for instance `disconnected` after the service closed the connection."""
        await self._run(self._until(lambda: self.state == state or None, f"state {state!r}"))

    def leave(self) -> None:
        """Disconnect: the cell that made this phone is run again."""
        if "_line" in vars(self) and self._line.is_open:  # a phone whose making failed is asked, too
            self._submit(self._disconnect())

    def close(self) -> None:
        """Disconnect and take the phone off the page."""
        self.leave()
        super().close()

    # What runs on the lab's loop.

    async def _connect(self) -> None:
        async with self._one_at_a_time:
            if self._line.is_open:
                return
            self._show("connecting")
            self._inbox.forget()
            try:
                await self._line.open(self.language)
            except BaseException:
                self._on_lost("")
                raise
            self._show("connected")

    async def _disconnect(self) -> None:
        async with self._one_at_a_time:
            if self._line.is_open:
                self._show("disconnecting")
                await self._line.close()
            self._inbox.close()
            self._publisher.flush()

    async def _say(self, text: str) -> None:
        if self.state != "connected":
            raise ClientError("The phone is not connected. Connect first.")
        bubble = self._add(ChatMessage(self.user_id, text, self.language), "sending")
        try:
            await self._line.speak(text, self.language)
        except BaseException as problem:
            bubble.status = "failed" if was_refused(problem) else "unconfirmed"
            raise
        else:
            bubble.status = "sent"
        finally:
            self._publisher.request()

    async def _choose(self, language: str) -> None:
        async with self._one_at_a_time:
            await self._line.change_language(self.language, language)
            self._show_language(language)

    async def _until(self, find: Callable[[], T | None], what: str) -> T:
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._changes.wait_for(find)
        except TimeoutError:
            raise ClientError(f"No {what} came within {TIMEOUT:g} seconds.") from None

    async def _shown(self, act: Callable[..., Coroutine[Any, Any, None]], *args: object) -> None:
        """Do it, and show on the phone what went wrong."""
        self.error = ""
        try:
            await act(*args)
        except ClientError as problem:
            if not (self.state == "disconnected" and self.error):  # why the connection ended says more
                self.error = in_words(problem)
            raise

    async def _clicked(self, act: Callable[..., Coroutine[Any, Any, None]], *args: object) -> None:
        """Do what somebody at the phone asked for; the phone is the one place where its failure shows."""
        with contextlib.suppress(ClientError):
            await self._shown(act, *args)

    def _on_lost(self, reason: str) -> None:
        self._inbox.close()
        self.error = reason
        self._show("disconnected")

    def _complain(self, reason: str) -> None:
        """Show why messages are not translated; with "" take it away, and nothing else that stands there."""
        complaint = f"Not translated: {reason}." if reason else ""
        if complaint or self.error == self._complaint:
            self.error = complaint
        self._complaint = complaint

    def _receive(self, message: ChatMessage, reason: str) -> None:
        self._add(message, "untranslated" if reason else "received", reason)

    def _add(self, message: ChatMessage, status: Status, reason: str = "") -> Bubble:
        bubble = self._conversation.add(message, status, reason)
        self._publisher.request()
        self._changes.announce()
        return bubble

    def _show(self, state: State) -> None:
        self.state = state
        self._changes.announce()

    def _show_language(self, language: str) -> None:
        self.set_trait("language", language)
        codes = [row[0] for row in self.languages]
        is_translated = is_really_translated(language, codes, self._translator)
        self.phrases = [] if is_translated else ready_phrases(language)

    def _publish(self) -> None:
        self.bubbles = [bubble_row(bubble, self.user_id) for bubble in self._conversation]

    def _offered(self, language: str) -> str:
        code = checked_language(language).code
        if code not in (row[0] for row in self.languages):
            raise ValueError(f"This phone does not offer {language!r}: give it languages=[…] with that code.")
        return code

    # What the front end asks for, on whichever thread the kernel likes: it is submitted, and nothing else is done.

    def _on_front_end(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        try:
            match content:
                case {"do": "connect"}:
                    self._submit(self._clicked(self._connect))
                case {"do": "disconnect"}:
                    self._submit(self._clicked(self._disconnect))
                case {"do": "send", "text": str(text)}:
                    self._submit(self._clicked(self._say, _checked_text(text)))
                case {"do": "language", "language": str(language)}:
                    self._submit(self._clicked(self._choose, self._offered(language)))
        except ValueError as problem:
            self.error = str(problem)


def _checked_text(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("Type something first.")
    if len(text) > MAX_TEXT:
        raise ValueError(f"A message has at most {MAX_TEXT} characters, and this one has {len(text):,}.")
    return text
