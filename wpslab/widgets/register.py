"""Register: which widget IPython shows for which object, told by name, so that none is loaded before one is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..az.terminal import ClientTerminal
    from .terminal_panel import TerminalPanel


def register_displays(ipython: Any) -> None:
    """Have a `ClientTerminal` at the end of a cell shown as a `TerminalPanel`. May be called again.

    Args:
        ipython: the running shell, as `load_ipython_extension` gets it.
    """
    panels: dict[ClientTerminal, TerminalPanel] = {}

    def terminal_bundle(terminal: ClientTerminal) -> Any:
        from .terminal_panel import TerminalPanel

        panel = panels.get(terminal)
        if panel is None or panel.comm is None:  # none yet, or one that was closed
            panel = panels[terminal] = TerminalPanel(terminal)
        return panel._repr_mimebundle_()

    formatter = ipython.display_formatter.mimebundle_formatter
    formatter.for_type_by_name("wpslab.az.terminal", "ClientTerminal", terminal_bundle)
