"""Host: the Translator of this machine, on a loopback port and a thread of its own."""

from __future__ import annotations

import asyncio
import atexit
import threading
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, Self

from ..emulator.net.plain import PlainSite
from ..emulator.protocols.rest import RestRequest, RestResponse
from .apertium import installed_apertium
from .engines import Engine, EngineTable
from .exchange import Exchange
from .phrasebook import Phrasebook, shipped_phrasebook
from .router import handle
from .service import TranslatorService

WARM_UP = "A sentence that is in no phrasebook."
NOT_RUNNING = "The translator is not running: call start() first."


class Translator:
    """Azure AI Translator on this machine, for `with`, `async with`, or `start()` and `stop()`.

    Args:
        key: what callers must send; fresh and random by default.
        region: what they must send besides; None for a resource without a region.
        port: default 0, a free one.
        engines: asked after the phrasebook; by default Apertium, where it is installed.
        characters_per_minute: a quota; by default there is none.

    Raises:
        ValueError: the key cannot be sent in a header, or the port is none.
    """

    backend: Literal["local"] = "local"

    def __init__(
        self,
        *,
        key: str | None = None,
        region: str | None = "local",
        port: int = 0,
        engines: Sequence[Engine] | None = None,
        characters_per_minute: int | None = None,
    ) -> None:
        if not 0 <= port <= 65535:
            raise ValueError(f"A port is 0 to 65535, not {port}.")
        phrasebook = shipped_phrasebook()
        self._apertium = installed_apertium() if engines is None else None
        if engines is None:
            engines = () if self._apertium is None else (self._apertium,)
        self._service = TranslatorService(
            phrasebook, (phrasebook, *engines), key=key, region=region, characters_per_minute=characters_per_minute
        )
        self._site = PlainSite(self._handle, port, name="wpslab-translator")

    def __repr__(self) -> str:
        state = f"at {self._site.endpoint}" if self._site.running else "not running"
        return f"<Translator in this process, {state}, region={self.region}, key=***>"

    def start(self) -> Self:
        """Start, and return once it answers.

        Raises:
            RuntimeError: it was started before; a translator runs once.
            OSError: the port is taken.
        """
        self._site.start()
        # The model takes a good part of a second to load; the first message is not to wait for it.
        threading.Thread(target=self._service.detector.detect, args=(WARM_UP,), daemon=True).start()
        atexit.register(_stop, weakref.ref(self))
        return self

    def stop(self) -> None:
        """Free the port, and end the thread and what it started. Stopping twice does nothing."""
        if self._apertium is not None:
            self._apertium.rest()  # lets go of requests that wait for it
        self._site.stop()
        if self._apertium is not None:
            self._apertium.rest()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    @property
    def running(self) -> bool:
        """Whether it answers now."""
        return self._site.running

    @property
    def endpoint(self) -> str:
        """Where it answers, as `http://127.0.0.1:54321`. Raises RuntimeError while it does not run."""
        if not self._site.running:
            raise RuntimeError(NOT_RUNNING)
        return self._site.endpoint

    @property
    def key(self) -> str:
        """What callers must send."""
        return self._service.key

    @property
    def region(self) -> str | None:
        """What they must send besides, if anything."""
        return self._service.region

    @property
    def phrasebook(self) -> Phrasebook:
        """The phrases it knows in every one of its languages."""
        return self._service.phrasebook

    @property
    def engines(self) -> EngineTable:
        """Which language has which engine; printed, a line for each."""
        return self._service.describe_engines()

    @property
    def exchanges(self) -> list[Exchange]:
        """What was asked and answered, oldest first, keys masked; the last 200."""
        return list(self._service.exchanges)

    def fail_next(self, code: int, *, retry_after: int | None = None, times: int = 1) -> None:
        """Have the next requests fail, to see what a client makes of it.

        Args:
            code: HTTP status and three digits, such as 429000 or 503000.
            retry_after: what the answer says about when to try again, in seconds.
            times: how many requests.

        Raises:
            ValueError: no such code is an error.
        """
        self._service.fail_next(code, retry_after=retry_after, times=times)

    def _handle(self, request: RestRequest) -> RestResponse:
        return handle(self._service, request)


def _stop(reference: weakref.ref[Translator]) -> None:
    translator = reference()
    if translator is not None:
        translator.stop()
