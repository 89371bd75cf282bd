"""ServiceMap: who is connected, which groups there are, and which way messages go, drawn while it happens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import traitlets

from ..emulator import HubSnapshot, TraceEntry
from ..errors import LabError
from ..lab import Lab
from .drawing import Drawing
from .history import History
from .known_clients import KnownClients
from .map_layout import NARROW, WIDE, Scene, lay_out
from .map_moves import moves_of
from .map_snapshot import Hubs, picture_of, text_of
from .watching_widget import CLOSED, WatchingWidget, joined

MAX_HUBS = 4
SERVED = (
    "This service does not remember what happens: every connection is drawn, but only the messages of the panels, "
    "phones and terminals in this notebook move. Start it with `wpslab serve --trace` to see them all."
)
EVERY = 4  # looks: so often is asked what there is though nobody came or went, since handlers change without an entry
_CHANGES = {"connected", "disconnected", "joined", "left", "validation"}


class ServiceMap(WatchingWidget):
    """A map of the service: clients on the left, the hub with its groups in the middle, your servers on the right.

    It follows what happens while it is on the screen. On Azure it shows the clients of this notebook only.

    Args:
        lab: the running lab.
        hub: which hub is drawn; by default all there are, four at most.
    """

    _esm = joined("watching.js", "service_map.js")
    _css = Path(__file__).with_name("service_map.css")

    scenes: traitlets.Dict[str, object] = traitlets.Dict().tag(sync=True)
    lines: traitlets.List[str] = traitlets.List().tag(sync=True)

    def __init__(self, lab: Lab, hub: str | None = None) -> None:
        self._left_out = ""
        self._known = KnownClients() if lab.backend == "azure" else None
        super().__init__(lab, hub)
        self._history = History(self._watch, self._is_ours, 0)
        self._hubs: Hubs = ()
        self._drawn: Hubs | None = None
        self._scene = Scene(0)
        self._moved = 0  # the last entry whose way was drawn
        self._looks = 0
        self._read()
        self.why = self._reason()
        self._publish()

    def __repr__(self) -> str:
        return f"ServiceMap(hub={self.hub!r})"

    def description(self) -> str:
        """Return what somebody would see who opened the notebook in JupyterLab."""
        what = f"the hub {self.hub}" if self.hub else "every hub"
        return (
            f"In JupyterLab a map of {what} stands here: its connections, users and groups and the upstream, and the "
            "messages as they move."
        )

    def snapshot(self) -> Drawing:
        """Return a picture of what there is now, that stays in the saved notebook; without ids, and sorted.

        Once the lab is closed, of what there was at last.
        """
        try:
            self._ask()
            note = ""
        except LabError:
            note = "The lab is closed." if self.status == "closed" else "The service is gone; this is how it was."
        title = f"Service map of hub {self.hub}" if self.hub else "Service map"
        return picture_of(title, self._hubs, (note, self._reason()))

    def _read(self) -> bool:
        self._history.update()
        self._looks += 1
        fresh = self._history.after(self._moved)
        if self._known is not None or self._looks % EVERY == 1 or {entry.what for entry in fresh} & _CHANGES:
            self._ask()
        return bool(fresh) or self._hubs != self._drawn

    def _ask(self) -> None:
        if self._known is not None:
            self._history.update()
            self._known.note(self._history.after(self._moved))
        there = self._watch.snapshot().hubs if self._known is None else self._known.hubs()
        self._hubs = self._wanted(there)

    def _wanted(self, there: Mapping[str, HubSnapshot]) -> Hubs:
        if self.hub is None:
            self._left_out = f"Only the first {MAX_HUBS} hubs are drawn." if len(there) > MAX_HUBS else ""
            return sorted(there.items())[:MAX_HUBS]
        return [(self.hub.lower(), there.get(self.hub.lower(), HubSnapshot(self.hub, ())))]

    def _reason(self) -> str:
        why = SERVED if self._watch.why and self._known is None else self._watch.why
        return " ".join(filter(None, (why, self._left_out)))

    def _publish(self) -> None:
        before = self._scene
        if self._hubs != self._drawn:
            self._draw(self._hubs)
        entries = self._history.after(self._moved)
        if entries:
            self._moved = entries[-1].number
            # Who left is not on the new map any more; that message cannot be drawn, and nobody misses it.
            if moves := moves_of(entries, self._scene if self._scene.line_of else before):
                self.send({"do": "moves", "moves": moves})

    def _draw(self, hubs: Hubs) -> None:
        self._drawn, self._scene = hubs, lay_out(hubs, WIDE)
        with self.hold_trait_notifications():
            self.scenes = {"wide": self._scene.as_json(), "narrow": lay_out(hubs, NARROW).as_json()}
            self.lines = text_of(hubs)

    def _is_ours(self, entry: TraceEntry) -> bool:
        return self.hub is None or entry.hub == self.hub.lower()

    def _asked(self, content: dict[str, Any]) -> None:
        """A map asks for nothing else."""

    async def _on_lab_closed(self) -> None:
        await super()._on_lab_closed()
        self.error = CLOSED
