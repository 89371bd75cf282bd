"""ComponentsTable: which connections, users and groups are there now, as the service itself answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import traitlets
from azure.core.exceptions import AzureError, HttpResponseError
from azure.messaging.webpubsubservice import WebPubSubServiceClient

from ..lab import Lab
from .lab_widget import LabWidget
from .snapshot import Entry, Snapshot
from .watching_widget import AFTER_A_FAILURE, ALIVE_SECONDS, CLOSED, VISIBLE_SECONDS, joined
from .watchlist import Watched, Watchlist

Status = Literal["resting", "live", "lost", "refused", "closed"]

# One question, one answer: the next round asks again anyway.
_CALL = {"retry_total": 0, "connection_timeout": 3, "read_timeout": 5}
_WORDS = {True: "● there", False: "○ not there", None: "… not asked yet"}


class ComponentsTable(LabWidget):
    """A live table of what exists in a hub.

    It asks the service by the official SDK: every second while it is on the screen, and when `refresh` is called.

    Args:
        lab: the running lab; the table stops asking when that is closed.
        service: the official `WebPubSubServiceClient`, the synchronous one.
        connections: connection ids by the name a reader shall see.
        users: user ids.
        groups: names of groups.
        every: seconds between two rounds of questions.
        hub: the hub's name for the caption; by default the one the service client was made with.

    Attributes:
        status: `resting` (nobody looks), `live`, `lost` (the service does not answer), `refused` (it answers, but not
            this question) or `closed` (the lab is).
    """

    _esm = joined("watching.js", "panel_parts.js", "components_table.js")
    _css = Path(__file__).with_name("components_table.css")

    hub = traitlets.Unicode(read_only=True).tag(sync=True)
    rows: traitlets.List[list[object]] = traitlets.List().tag(sync=True)
    status = traitlets.Unicode("resting").tag(sync=True)

    def __init__(
        self,
        lab: Lab,
        service: WebPubSubServiceClient,
        connections: Mapping[str, str] | None = None,
        users: Iterable[str] = (),
        groups: Iterable[str] = (),
        every: float = 1.0,
        hub: str | None = None,
    ) -> None:
        super().__init__(lab)
        self.set_trait("hub", hub or _hub_of(service))
        self._service = service
        self._every = every
        self._watchlist = Watchlist()
        self._visible_until: dict[str, float] = {}
        self._poller: asyncio.Task[None] | None = None
        self.watch(connections=connections, users=users, groups=groups)
        self.on_msg(self._on_front_end)
        self._forget = lab.on_close(self._on_lab_closed)

    def __repr__(self) -> str:
        return f"ComponentsTable(hub={self.hub!r})"

    def description(self) -> str:
        """Return what somebody would see who opened the notebook in JupyterLab."""
        return (
            f"In JupyterLab a live table stands here: which connections, users and groups of the hub {self.hub} "
            "are there now, as the service answers."
        )

    def watch(
        self, connections: Mapping[str, str] | None = None, users: Iterable[str] = (), groups: Iterable[str] = ()
    ) -> None:
        """Add rows. A connection whose name is in the table already gets the new id."""
        self._watchlist.add(connections or {}, users, groups)
        self._publish()

    async def refresh(self) -> None:
        """Ask the service about every row once, and wait for the answers."""
        await self._run(self._ask())

    def snapshot(self) -> Snapshot:
        """Return a picture of the table as it is now, that stays in the saved notebook."""
        entries = self._watchlist.entries()
        failure = f"! {self.error}" if self.error else ""
        lines = [f"{watched.kind:<10}  {_WORDS[there]:<15}  {watched.name}" for watched, there in entries]
        return Snapshot(
            title=f"There now in hub {self.hub}",
            state="",
            details=(),
            entries=tuple(
                Entry(watched.kind, f"{_WORDS[there]:<15}  {watched.name}", "in" if there else "no")
                for watched, there in entries
            ),
            note=failure,
            text="\n".join([repr(self), *(lines or ["nothing watched"]), *([failure] if failure else [])]),
        )

    def close(self) -> None:
        """Stop asking and take the table off the page."""
        if self._poller is not None:
            self._submit(self._stop())
        super().close()

    # What runs on the lab's loop.

    async def _ask(self) -> None:
        questions = [watched for watched, _ in self._watchlist.entries()]
        try:
            await asyncio.to_thread(self._ask_each, questions)
            self._say("live" if self._is_visible() else "resting")
        except HttpResponseError as refusal:
            self._say("refused", f"The service refused the question with {refusal.status_code}.")
        except (AzureError, ValueError):  # a client that was closed raises ValueError
            self._say("lost", "The service does not answer. Is the lab still running?")
        self._publish()

    def _say(self, status: Status, error: str = "") -> None:
        self.error = error
        self.status = status

    def _ask_each(self, questions: list[Watched]) -> None:
        for watched in questions:
            match watched.kind:
                case "connection":
                    there = self._service.connection_exists(watched.id, **_CALL)
                case "user":
                    there = self._service.user_exists(watched.id, **_CALL)
                case "group":
                    there = self._service.group_exists(watched.id, **_CALL)
            self._watchlist.answer(watched, there)

    async def _see(self, view: str) -> None:
        """Note that a view is on the screen, and ask as long as one is."""
        self._visible_until[view] = asyncio.get_running_loop().time() + VISIBLE_SECONDS
        if self.status != "closed" and (self._poller is None or self._poller.done()):
            self._poller = asyncio.create_task(self._poll())

    async def _look_away(self, view: str) -> None:
        self._visible_until.pop(view, None)

    async def _poll(self) -> None:
        told = asyncio.get_running_loop().time()
        while self._is_visible():
            await self._ask()
            if (now := asyncio.get_running_loop().time()) - told > ALIVE_SECONDS:  # also while a cell keeps it busy
                self.send({"do": "alive"})
                told = now
            await asyncio.sleep(self._every if self.status == "live" else max(self._every, AFTER_A_FAILURE))
        if self.status == "live":
            self.status = "resting"

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
        self._say("closed", CLOSED)

    def _publish(self) -> None:
        self.rows = [[watched.kind, watched.name, watched.id, there] for watched, there in self._watchlist.entries()]

    # What the front end says, on whichever thread the kernel likes.

    def _on_front_end(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        match content:
            case {"do": "visible", "view": str(view)}:
                self.send({"do": "alive"})
                if self.status != "closed":
                    self._submit(self._see(view))
            case {"do": "hidden", "view": str(view)} if self.status != "closed":
                self._submit(self._look_away(view))


def _hub_of(service: WebPubSubServiceClient) -> str:
    """Return the hub a service client was made with. The SDK keeps it to itself, so this may find nothing."""
    return str(getattr(getattr(service, "_config", None), "hub", ""))
