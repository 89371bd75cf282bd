"""WatchingWidget: what a map and an inspector share: they follow a lab's service as long as somebody looks."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import traitlets

from ..errors import LabError
from ..lab import Lab
from ..watch import Watch
from .lab_widget import LabWidget

# A page that was closed cannot say so. While it is open it repeats "visible" well within this time.
VISIBLE_SECONDS = 35.0
FASTEST = 0.1  # seconds between two looks while much happens
SLOWEST = 0.5  # and while nothing does
AFTER_A_FAILURE = 2.0
ALIVE_SECONDS = 4.0  # between two signs of life, which also come while a cell keeps the kernel busy
SETTLE_SECONDS = 2.0
CLOSED = "The lab is closed. What stands here is how it was; run the cells again for a new one."


class WatchingWidget(LabWidget):
    """A widget that reads what happens in a lab's service: while it is on the screen, and when it is asked to.

    Attributes:
        status: `resting` (nobody looks), `live`, `lost` (the service is gone) or `closed` (the lab is).
        why: why not everything can be shown; empty where it can.
    """

    hub = traitlets.Unicode(None, allow_none=True, read_only=True).tag(sync=True)
    status = traitlets.Unicode("resting").tag(sync=True)
    why = traitlets.Unicode("").tag(sync=True)
    _poller: asyncio.Task[None] | None = None

    def __init__(self, lab: Lab, hub: str | None, **traits: object) -> None:
        super().__init__(lab, **traits)
        self.set_trait("hub", hub)
        self._watch: Watch = lab.watch()
        self.why = self._reason()
        self._visible_until: dict[str, float] = {}
        self._looking = asyncio.Lock()
        self.on_msg(self._on_front_end)
        self._forget = lab.on_close(self._on_lab_closed)

    async def refresh(self) -> None:
        """Look now, and wait until what was seen is on the page.

        Raises:
            LabError: the lab is closed, or its service is gone.
        """
        await self._run(self._settle_and_look())

    def close(self) -> None:
        """Stop looking and take the widget off the page."""
        if self._poller is not None:
            self._submit(self._stop())
        super().close()

    # What a subclass says.

    def _read(self) -> bool:
        """Read what is new, on any thread; return whether there was anything."""
        raise NotImplementedError

    def _publish(self) -> None:
        """Show what was read. On the lab's loop."""
        raise NotImplementedError

    def _reason(self) -> str:
        """Return why not everything can be shown."""
        return self._watch.why

    def _asked(self, content: dict[str, Any]) -> None:
        """Do what else a front end asks for, on whichever thread: submit, and do nothing else."""

    # What runs on the lab's loop.

    async def _settle_and_look(self) -> None:
        if self._lab.backend == "emulator":
            await asyncio.to_thread(self._settle)
        await self._look()

    async def _look(self) -> bool:
        async with self._looking:
            is_new = await asyncio.to_thread(self._read)
            self.why = self._reason()
            if is_new:
                self._publish()
        return is_new

    async def _poll(self) -> None:
        pause, told = FASTEST, asyncio.get_running_loop().time()
        while self._is_visible():
            if (now := asyncio.get_running_loop().time()) - told > ALIVE_SECONDS:
                self.send({"do": "alive"})
                told = now
            try:
                is_new = await self._look()
                self.status, self.error = "live", ""
                pause = FASTEST if is_new else min(pause * 1.4, SLOWEST)
            except LabError as gone:
                self.status, self.error = "lost", str(gone)
                pause = AFTER_A_FAILURE
            except Exception as broken:  # the lab tells the next cell; until then the page does
                self.status = "lost"
                self.error = f"This widget broke ({type(broken).__name__}: {broken}). Run its cell again."
                raise
            await asyncio.sleep(pause)
        self.status = "resting"

    async def _see(self, view: str) -> None:
        """Note that a view is on the screen, say that the kernel is there, and look as long as one is."""
        self._visible_until[view] = asyncio.get_running_loop().time() + VISIBLE_SECONDS
        self.send({"do": "alive"})
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())

    async def _look_away(self, view: str) -> None:
        self._visible_until.pop(view, None)

    def _is_visible(self) -> bool:
        now = asyncio.get_running_loop().time()
        return any(until > now for until in self._visible_until.values())

    async def _stop(self) -> None:
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.wait([self._poller])
            if not self._poller.cancelled():
                self._poller.result()

    async def _on_lab_closed(self) -> None:
        await self._stop()
        with contextlib.suppress(LabError):  # a service that is gone has no last words
            await self._look()
        self.status = "closed"

    def _settle(self) -> None:
        """Wait for the `connected` and `disconnected` events that are on their way to an upstream server."""
        try:
            self._lab.emulator.settle(SETTLE_SECONDS)
        except RuntimeError:  # it was stopped; the look that follows says so
            return

    # What the front end says, on whichever thread the kernel likes.

    def _on_front_end(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        match content:
            case {"do": "visible" | "hidden"} if self.status == "closed":
                self.send({"do": "alive"})
            case {"do": "visible", "view": str(view)}:
                self._submit(self._see(view))
            case {"do": "hidden", "view": str(view)}:
                self._submit(self._look_away(view))
            case _:
                self._asked(content)


def joined(*names: str) -> str:
    """Return files beside this one as one ES module. Only the last one exports."""
    return "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in names)
