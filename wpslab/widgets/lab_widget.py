"""LabWidget: what our widgets share: work on the lab's own loop, and a form that needs no JavaScript."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

import anywidget

if TYPE_CHECKING:
    from wpslab.lab import Lab

T = TypeVar("T")


class LabWidget(anywidget.AnyWidget):
    """A widget whose work runs on the lab's loop thread, so that no cell waits for it and it waits for no cell."""

    def __init__(self, lab: Lab, **traits: object) -> None:
        super().__init__(**traits)
        self._lab = lab

    def description(self) -> str:
        """Return what somebody would see who opened the notebook in JupyterLab."""
        raise NotImplementedError

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the lab's loop and wait for it here, on whichever loop this is."""
        return await asyncio.wrap_future(self._lab.background.submit(work))

    def _submit(self, work: Coroutine[Any, Any, None]) -> None:
        """Start work on the lab's loop. Where there is no lab any more, show that."""
        try:
            self._lab.background.submit(work)
        except RuntimeError:
            work.close()
            self.error = "The lab is closed. Start it again with wpslab.start(), and make this widget anew."

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            data, _ = bundle
            data["text/html"] = f"<p><strong>{escape(repr(self))}</strong><br>{escape(self.description())}</p>"
        return bundle
