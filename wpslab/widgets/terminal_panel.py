"""TerminalPanel: `az webpubsub client start` as it looks in a terminal: its screen, and a line to type on."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import traitlets

from ..az.terminal import ClientTerminal, Line
from ..client.frames import cut
from .lab_widget import LabWidget
from .publisher import Publisher
from .snapshot import Snapshot
from .terminal_snapshot import picture_of
from .watching_widget import joined


class TerminalPanel(LabWidget):
    """The screen of a `ClientTerminal`, with a line to type on and a button for Ctrl+C.

    The client goes on without it: closing the panel only takes it off the page.

    Args:
        terminal: what is shown. One terminal may be on several panels.
    """

    _esm = joined("watching.js", "panel_parts.js", "terminal_panel.js")
    _css = Path(__file__).with_name("terminal_panel.css")

    hub = traitlets.Unicode(read_only=True).tag(sync=True)
    user_id = traitlets.Unicode(None, allow_none=True, read_only=True).tag(sync=True)
    connection_id = traitlets.Unicode(read_only=True).tag(sync=True)
    state = traitlets.Unicode("connected").tag(sync=True)
    rows: traitlets.List[list[object]] = traitlets.List().tag(sync=True)
    cleared = traitlets.Int(0).tag(sync=True)

    def __init__(self, terminal: ClientTerminal) -> None:
        super().__init__(terminal.lab)
        self.terminal = terminal
        self.set_trait("hub", terminal.hub)
        self.set_trait("user_id", terminal.user_id)
        self.set_trait("connection_id", terminal.connection_id)
        self._one_at_a_time = threading.Lock()
        self._publisher = Publisher(self._publish)
        self._forget = terminal.on_change(self._on_change)
        self._publish()
        self.on_msg(self._on_front_end)

    def __repr__(self) -> str:
        return repr(self.terminal)

    def description(self) -> str:
        """Return what somebody would see who opened the notebook in JupyterLab."""
        return "In JupyterLab a terminal stands here, with a line to type commands on, and goes on from this:"

    @property
    def shown_lines(self) -> tuple[Line, ...]:
        """The lines of the terminal that stand on the panel, which are those since `clear`."""
        return tuple(line for line in self.terminal.lines if line.number > self.cleared)

    def clear(self) -> None:
        """Take the lines off the panel. The terminal keeps them."""
        if self.terminal.lines:
            self.cleared = self.terminal.lines[-1].number

    def snapshot(self, last: int = 20) -> Snapshot:
        """Return a picture of the screen as it is now, with its last lines, that stays in the saved notebook."""
        return picture_of(self.terminal, self.shown_lines, last)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            data, _ = bundle
            data["text/html"] = f"<p>{self.description()}</p>\n{self.terminal._repr_html_()}"
        return bundle

    def _on_change(self) -> None:
        self._publisher.request()
        if self.terminal.state == "closed":  # there may be no later: the lab's loop ends with the lab
            self._publisher.flush()

    def _publish(self) -> None:
        with self._one_at_a_time:  # the first time is on the cell's thread, and must not overtake the loop
            self.state = self.terminal.state
            self.rows = [[line.number, line.kind, cut(line.text)] for line in self.terminal.lines]

    # What the front end asks for, on whichever thread the kernel likes: whatever takes time is submitted.

    def _on_front_end(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        match content:
            case {"do": "visible"}:
                self.send({"do": "alive"})
            case {"do": "clear"}:
                self.clear()
            case {"do": "enter", "line": str(line)}:
                self.terminal.enter_soon(line)
            case {"do": "stop"}:
                self.terminal.stop_soon()
