"""Phones: any number of phones side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from html import escape
from typing import Any

from ipywidgets import HBox, Layout  # type: ignore[import-untyped]

from .drawing import Drawing
from .phone import Phone
from .phone_snapshot import picture_of


class Phones(HBox):  # type: ignore[misc]
    """A row of phones that wraps where the window is narrow.

    Args:
        phones: whose phones; a phone may stand in several rows.
    """

    def __init__(self, phones: Iterable[Phone]) -> None:
        phones = list(phones)
        super().__init__(phones, layout=Layout(flex_flow="row wrap", grid_gap="12px", overflow="visible"))

    def __repr__(self) -> str:
        return f"Phones([{', '.join(map(repr, self.children))}])"

    @property
    def phones(self) -> tuple[Phone, ...]:
        """The phones, from left to right."""
        return tuple(self.children)

    async def connect(self) -> None:
        """Connect all that are not connected."""
        await asyncio.gather(*(phone.connect() for phone in self.phones))

    async def disconnect(self) -> None:
        """Disconnect all that are connected."""
        await asyncio.gather(*(phone.disconnect() for phone in self.phones))

    def snapshot(self, last: int = 8) -> Drawing:
        """Return a picture of the phones as they are now, that stays in the saved notebook."""
        return picture_of(self.phones, last)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        lines = "<br>".join(f"<strong>{escape(repr(phone))}</strong>" for phone in self.phones)
        where = "In JupyterLab these phones stand here side by side: chats with bubbles, and a line to type on."
        return {**data, "text/plain": repr(self), "text/html": f"<p>{lines}<br>{where}</p>"}
