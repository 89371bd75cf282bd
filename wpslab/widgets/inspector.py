"""Inspector: what happened, entry by entry: frames, acks, REST calls, events and their answers, and why one failed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import traitlets

from ..emulator import TraceEntry
from ..errors import LabError
from ..lab import Lab
from .client_names import ClientNames
from .drawing import Drawing
from .entry_details import explanation_of, facts_of, frames_of, is_failure
from .history import PAGE, History
from .step_filter import StepFilter
from .steps import Step, steps_of
from .steps_picture import in_order, picture_of
from .watching_widget import CLOSED, SETTLE_SECONDS, WatchingWidget, joined

NOT_WAITED_FOR = ("connected", "disconnected")
SHOWN = 400  # entries a front end keeps
MAX_USERS = 500  # names to choose from
PER_SECOND = 60  # entries a front end is sent, once it had SHOWN at once; nobody reads more
BEFORE = 2_000  # entries of all hubs that are read from before the inspector was made


class Inspector(WatchingWidget):
    """The time line of a service, or of one hub or connection: as a list and as a sequence diagram.

    It follows what happens while it is on the screen; the last 2,000 entries are kept. On Azure it shows what the
    clients of this notebook sent and received.

    Args:
        lab: the running lab.
        hub: whose entries are shown; by default all.
        connection_id: of the one connection that is shown; by default all.
    """

    _esm = joined("watching.js", "inspector_diagram.js", "inspector.js")
    _css = Path(__file__).with_name("inspector.css")

    connection_id = traitlets.Unicode(None, allow_none=True, read_only=True).tag(sync=True)
    paused = traitlets.Bool(False).tag(sync=True)
    waiting = traitlets.Int(0).tag(sync=True)
    cleared = traitlets.Int(0).tag(sync=True)
    filter: traitlets.Dict[str, str] = traitlets.Dict(StepFilter().as_dict(), read_only=True).tag(sync=True)
    users: traitlets.List[str] = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)

    def __init__(self, lab: Lab, hub: str | None = None, connection_id: str | None = None) -> None:
        super().__init__(lab, hub)
        self.set_trait("connection_id", connection_id)
        self._names = ClientNames()
        self._history = History(self._watch, self._take, BEFORE)
        self._filter = StepFilter()
        self._zero: float | None = None  # the time of the first entry: the list counts seconds from it
        self._sent = 0
        self._may_send = float(SHOWN)
        self._last_sent_at = time.monotonic()
        for _ in range(BEFORE // PAGE):  # and no more: where much happens there is always news
            self._history.update()
        self._sent = max([entry.number for entry in self._history.after(0)], default=0)
        for there in self._watch.snapshot().hubs.values():
            if self.hub is not None and there.name != self.hub.lower():
                continue
            for connection in there.connections:
                self._names.learn(connection.id, connection.user_id)
        self.observe(self._on_paused, "paused")

    def __repr__(self) -> str:
        connection = f", connection_id={self.connection_id!r}" if self.connection_id else ""
        return f"Inspector(hub={self.hub!r}{connection})"

    def description(self) -> str:
        """Return what somebody would see who opened the notebook in JupyterLab."""
        return (
            f"In JupyterLab the time line of {self._name()} stands here: frames, acks, REST calls, events and their "
            "answers as they travel, as a list and as a sequence diagram."
        )

    def pause(self) -> None:
        """Show nothing new until `resume`; what happens meanwhile is kept."""
        self.paused = True

    def resume(self) -> None:
        """Show what happened meanwhile, and go on."""
        self.paused = False

    def clear(self) -> None:
        """Forget what is shown; what waits for `resume` is kept."""
        self._sent = self.cleared = self._history.clear(self._sent if self.paused else None)
        self._zero = None

    def text(self, last: int | None = None) -> str:
        """Return the entries as lines of text, the oldest first: all that are known, or the last ones."""
        steps, _ = self._steps(last)
        missed = self._history.missed(0)
        return "\n".join([*([f"… {missed} entries came too fast to be read"] if missed else []), *map(str, steps)])

    def snapshot(self, last: int = 20) -> Drawing:
        """Return a sequence diagram of the last entries, that stays in the saved notebook.

        Times are left out, ids are replaced by names, and an answer of an upstream server stands with its question.
        """
        steps, left_out = self._steps(last)
        left_out += self._history.missed(0)
        return picture_of(self._name(), steps, left_out, (self._watch.why,))

    def _steps(self, last: int | None) -> tuple[list[Step], int]:
        if self.status != "closed":
            self._catch_up()
        steps = in_order(steps_of(self._history.after(0), self._names))
        left_out = 0 if last is None else max(0, len(steps) - last)
        return steps[left_out:], left_out

    def _catch_up(self) -> None:
        """Read all that is over, on the thread of a cell."""
        try:
            if self._lab.backend == "emulator":
                self._settle()
            self._history.update()
            if self._lab.backend == "served":
                self._wait_for_answers()
        except LabError:  # the service is gone; what was read before is all there is
            return

    def _wait_for_answers(self) -> None:
        """Wait for the answers that the service does not wait for, as `settle` does where the service is in here."""
        until = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < until:
            entries = self._history.after(0)
            answered = {entry.answers for entry in entries}
            asked = {entry.number for entry in entries if entry.event in NOT_WAITED_FOR and entry.method}
            if asked <= answered:
                return
            time.sleep(0.02)
            self._history.update()

    def _name(self) -> str:
        if self.connection_id:
            return self._names.of(self.connection_id)
        return f"hub {self.hub}" if self.hub else "the service"

    def _take(self, entry: TraceEntry) -> bool:
        """Learn who is who from an entry, and tell whether it is shown."""
        if self.hub is not None and entry.hub != self.hub.lower():
            return False  # and nobody's name: a user of another hub is another matter
        self._names.note(entry)
        return self.connection_id is None or self.connection_id in (entry.connection_id, *entry.receivers)

    # What runs on the lab's loop, or on a thread of its.

    def _read(self) -> bool:
        self._history.update()
        return bool(self._history.after(self._sent))

    def _publish(self) -> None:
        entries = self._history.after(self._sent)
        self.waiting = len(entries) if self.paused else 0
        if self.paused:
            return
        if not entries:
            return
        now = time.monotonic()
        self._may_send = min(SHOWN, self._may_send + (now - self._last_sent_at) * PER_SECOND)
        self._last_sent_at = now
        budget = int(self._may_send)
        if self._filter:
            wanted = self._wanted(entries)
            steps, skipped = wanted[max(0, len(wanted) - budget) :], max(0, len(wanted) - budget)
        else:
            skipped = max(0, len(entries) - budget)
            steps = steps_of(entries[skipped:], self._names)
        skipped += self._history.missed(self._sent)
        self._may_send -= len(steps)
        self._sent = entries[-1].number
        self._send_steps(steps, skipped)

    def _wanted(self, entries: Iterable[TraceEntry]) -> list[Step]:
        return [step for step in steps_of(entries, self._names) if self._filter.takes(step)]

    def _send_steps(self, steps: Sequence[Step], skipped: int, **more: object) -> None:
        """Send rows; `anew` if they take the place of those sent before, `view` if they are for one view only."""
        known = self._history.after(0)
        if self._zero is None and known:
            self._zero = known[0].time
        self.set_trait("users", self._names.lanes()[:MAX_USERS])
        rows = msgspec.to_builtins(steps)
        self.send({"do": "rows", "rows": rows, "skipped": skipped, "all": len(known), "zero": self._zero or 0, **more})

    def _send_all(self, view: str | None) -> None:
        """Send to a new view what the others have; or to all of them, where the filter was changed."""
        wanted = self._wanted(each for each in self._history.after(0) if each.number <= self._sent)
        left_out = max(0, len(wanted) - SHOWN) + self._history.missed(0)
        self._send_steps(wanted[-SHOWN:], left_out, anew=True, view=view)

    def _send_details(self, entry: TraceEntry, view: str, why: str) -> None:
        found = {"facts": facts_of(entry, self._names), "frames": frames_of(entry), "why": why}
        self.send({"do": "details", "view": view, "number": entry.number, **found})

    async def _show_all(self, view: str | None) -> None:
        self._send_all(view)

    def _refilter(self, content: dict[str, Any]) -> None:
        self._filter = StepFilter.parse(content)
        self.set_trait("filter", self._filter.as_dict())

    async def _tell(self, number: int, view: str) -> None:
        """Send a view all that is known of an entry, and then why it failed."""
        entry = self._history.find(number)
        if entry is not None:
            self._send_details(entry, view, "…" if is_failure(entry) else "")
            known = self._history.after(0)
            if is_failure(entry):
                self._send_details(entry, view, await asyncio.to_thread(explanation_of, entry, self._lab, known))

    async def _on_lab_closed(self) -> None:
        await super()._on_lab_closed()
        self.error = CLOSED

    async def _go_on(self) -> None:
        self._publish()

    # What the front end says, on whichever thread the kernel likes.

    def _on_paused(self, change: dict[str, Any]) -> None:
        if not change["new"]:
            self._submit(self._go_on())

    def _asked(self, content: dict[str, Any]) -> None:
        match content:
            case {"do": "filter"}:
                self._refilter(content)
                self._asked({"do": "all"})
            case {"do": "all"} if self.status == "closed":
                self._send_all(content.get("view"))
            case {"do": "select", "number": int(number), "view": str(view)} if self.status == "closed":
                if (entry := self._history.find(number)) is not None:
                    self._send_details(entry, view, "")
            case {"do": "all"}:
                self._submit(self._show_all(content.get("view")))
            case {"do": "select", "number": int(number), "view": str(view)}:
                self._submit(self._tell(number, view))
            case {"do": "pause"}:
                self.pause()
            case {"do": "resume"}:
                self.resume()
            case {"do": "clear"}:
                self.clear()
