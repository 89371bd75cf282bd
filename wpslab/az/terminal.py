"""Terminal: `az webpubsub client start` in a notebook, one client and what stands on its screen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, TypeVar

from ..cells import take_the_place
from ..client.access import access_url
from ..client.changes import Changes
from ..client.errors import ClientError
from ..client.frames import RECEIVED, Direction, cut
from ..client.session import JSON_SUBPROTOCOL, TIMEOUT, ClientSession
from ..lab import Lab
from ..sight import Sight
from .terminal_input import USAGE, InvalidInput, read_line
from .terminal_shell import run_in_terminal

__all__ = ["ClientTerminal", "Line", "run_in_terminal", "start_client"]

T = TypeVar("T")
LineKind = Literal["frame", "usage", "typed", "error", "note"]
State = Literal["connected", "closed"]

KEPT = 300
# A wait of the session ends by itself; this one is for a loop that somebody blocks.
LIMIT = 10.0
_SIGNS: dict[LineKind, str] = {"frame": "", "usage": "", "typed": "> ", "error": "! ", "note": "· "}


@dataclass(frozen=True)
class Line:
    """One entry on the screen: its number from 1, what it is, and its text. Only a usage has several lines."""

    number: int
    kind: LineKind
    text: str

    def __str__(self) -> str:
        return f"{_SIGNS[self.kind]}{self.text}"


class ClientTerminal:
    """A client as `az webpubsub client start` shows it. Made by `start_client`.

    Everything may be called from any thread and in a cell, also from an `async` one; the client itself lives on the
    lab's own loop.

    Attributes:
        hub: the hub it is connected to.
        user_id: whom its access token names, or None.
        connection_id: what the service calls the connection.
        state: `connected` or `closed`. A closed one stays closed.
        lines: the last 300 entries on the screen, oldest first.
    """

    def __init__(self, lab: Lab, hub: str, user_id: str | None) -> None:
        self.lab = lab
        self.hub = hub
        self.user_id = user_id
        self.connection_id = ""
        self.state: State = "connected"
        self.lines: tuple[Line, ...] = ()
        self._farewell = ""
        self._listeners: list[Callable[[], None]] = []
        self._changes = Changes()
        self._sight = Sight(lab, hub, user_id)
        self._session = ClientSession(JSON_SUBPROTOCOL, self._on_frame, self._on_closed)
        take_the_place(self)

    def __repr__(self) -> str:
        user = f", user {self.user_id!r}" if self.user_id else ""
        return f"<az webpubsub client start: hub {self.hub!r}{user}>"

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        lines = "\n".join(cut(str(line)) for line in self.lines)
        return f"<p><strong>{escape(repr(self))}</strong></p>\n<pre>{escape(lines)}</pre>"

    def text(self) -> str:
        """Return what stands on the screen, without colours. `>` is before what was typed, `!` before an error."""
        return "\n".join(map(str, self.lines))

    def enter(self, line: str) -> str | None:
        """Type a line, and wait for the ack.

        Returns:
            The ack frame as it came, also one that says no; the error for a line that is no command; None for `help`.

        Raises:
            ClientError: the client has ended, or no ack came.
            ValueError: the text has several lines.
        """
        if len(line.strip().splitlines()) > 1:
            raise ValueError("The terminal takes one line at a time.")
        return self._wait(self._enter(line.strip()))

    def wait_for(self, text: str) -> str:
        """Return the latest received frame that holds `text`, as it came; wait for it where none has come yet.

        Raises:
            ClientError: none came.
        """
        found = self._find(text)
        return found if found is not None else self._wait(self._until_received(text))

    def stop(self) -> None:
        """Press Ctrl+C: the connection is closed and the client ends. Does nothing on one that has ended."""
        if self.state == "connected":
            self._wait(self._end("^C The client has ended."))

    # For a front end, which waits for nothing: what goes wrong stands on the screen.

    def enter_soon(self, line: str) -> None:
        """Type a line without waiting for what comes of it."""
        self._submit(self._enter(" ".join(line.strip().splitlines())))

    def stop_soon(self) -> None:
        """Press Ctrl+C without waiting for the end."""
        self._submit(self._end("^C The client has ended."))

    def leave(self) -> None:
        """End the client: the cell that started it is run again."""
        if self.state == "connected":
            self.stop_soon()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have a function called on the lab's loop after each change of the screen or the state.

        Returns:
            A function that ends that.
        """
        self._listeners.append(callback)

        def remove() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(callback)

        return remove

    # What runs on the lab's loop.

    async def _start(self, url: str) -> None:
        self._add("usage", USAGE)
        try:
            await self._session.open(url)
        except BaseException:
            await self._session.close()
            raise
        self.connection_id = self._session.connection_id or ""

    async def _enter(self, line: str) -> str | None:
        if self.state == "closed":
            raise ClientError("The client has ended. Start a new one with az webpubsub client start.")
        if not line:
            return None
        self._add("typed", line)
        try:
            request = read_line(line)
            if request is not None:
                return await self._session.ask(request)
            self._add("usage", USAGE)
        except InvalidInput as problem:
            self._add("error", str(problem))
            return str(problem)
        except ClientError as problem:
            if self.state == "connected":  # the end has its own line
                self._add("error", str(problem))
            raise
        return None

    async def _until_received(self, text: str) -> str:
        try:
            async with asyncio.timeout(TIMEOUT):
                found = await self._changes.wait_for(lambda: self._find(text) or self._nothing_more())
        except TimeoutError:
            raise ClientError(f"No frame with {text!r} came within {TIMEOUT:g} seconds.") from None
        if not found:
            raise ClientError(f"No frame with {text!r} came before the client ended.")
        return found

    async def _end(self, farewell: str) -> None:
        if self.state == "connected":
            self._farewell = farewell
            await self._session.close()

    async def _end_with_the_lab(self) -> None:
        await self._end("The client has ended, because the lab was closed.")

    def _on_frame(self, direction: Direction, text: str) -> None:
        self._sight.frame(direction, text)
        if direction == RECEIVED:
            self._add("frame", text)

    def _on_closed(self) -> None:
        self.state = "closed"
        self._sight.ended(self._session.reason)
        if self._session.reason:
            self._add("error", f"{self._session.reason.removesuffix('.')}. The client has ended.")
        else:
            self._add("note", self._farewell)

    def _add(self, kind: LineKind, text: str) -> None:
        number = self.lines[-1].number + 1 if self.lines else 1
        # A new tuple each time, so that other threads may read it.
        self.lines = (*self.lines[-KEPT + 1 :], Line(number, kind, text))
        self._changes.announce()
        for callback in tuple(self._listeners):
            callback()

    def _find(self, text: str) -> str | None:
        frames = (line.text for line in reversed(self.lines) if line.kind == "frame")
        return next((frame for frame in frames if text in frame), None)

    def _nothing_more(self) -> Literal[""] | None:
        return "" if self.state == "closed" else None

    # From any thread to the loop.

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        future = self._begin(work)
        try:
            return future.result(LIMIT)
        except TimeoutError:
            raise ClientError(f"The lab's own loop was busy for {LIMIT:g} seconds; something blocks it.") from None
        finally:
            future.cancel()

    def _submit(self, work: Coroutine[Any, Any, object]) -> None:
        async def quietly() -> None:
            with contextlib.suppress(ClientError):
                await work

        if self.state == "connected":
            self._begin(quietly())
        else:
            work.close()

    def _begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        try:
            return self.lab.background.submit(work)
        except BaseException:
            work.close()
            raise


def start_client(lab: Lab, connection_string: str, hub: str, user_id: str | None = None) -> ClientTerminal:
    """Connect a client as `az webpubsub client start` does: by a token signed here, for every group of the hub.

    It is connected when this returns, and ends with the lab.

    Raises:
        ClientError: it could not connect; `ConnectionRefused` knows the status.
        LabError: the lab is closed.
    """
    terminal = ClientTerminal(lab, hub, user_id)
    terminal._wait(terminal._start(access_url(connection_string, hub, user_id)))
    lab.on_close(terminal._end_with_the_lab)
    return terminal
