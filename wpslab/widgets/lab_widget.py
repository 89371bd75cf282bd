"""LabWidget: what our widgets share: work on the lab's own loop, and a form that needs no JavaScript."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from html import escape
from typing import Any, TypeVar

import anywidget
import traitlets

from ..cells import take_the_place
from ..errors import LabError
from ..lab import Lab

T = TypeVar("T")


class LabWidget(anywidget.AnyWidget):
    """A widget whose work runs on the lab's loop thread, so that no cell waits for it and it waits for no cell."""

    error = traitlets.Unicode("").tag(sync=True)
    _forget: Callable[[], None] = staticmethod(lambda: None)  # has the lab forget this widget

    def __init__(self, lab: Lab, **traits: object) -> None:
        super().__init__(**traits)
        self._lab = lab
        take_the_place(self)

    def description(self) -> str:
        """Return what somebody would see who opened the notebook in JupyterLab. A widget says it in its own words."""
        return "In JupyterLab a widget stands here."

    def close(self) -> None:
        """Take the widget off the page."""
        self._forget()
        super().close()

    def leave(self) -> None:
        """Do what is to be done when the cell that made this is run again, which makes another one in its place."""

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the lab's loop and wait for it here, on whichever loop this is.

        Raises:
            LabError: the lab is closed.
        """
        return await asyncio.wrap_future(self._start(work))

    def _submit(self, work: Coroutine[Any, Any, None]) -> None:
        """Start work on the lab's loop. Where the lab is closed, show that."""
        try:
            self._start(work)
        except (LabError, RuntimeError) as closed:
            self.error = str(closed)

    def _start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        try:
            return self._lab.background.submit(work)
        except BaseException:
            work.close()
            raise

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            data, _ = bundle
            data["text/html"] = f"<p><strong>{escape(repr(self))}</strong><br>{escape(self.description())}</p>"
        return bundle
