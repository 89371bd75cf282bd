"""Card: how a lab looks in a notebook and in a terminal."""

from __future__ import annotations

from html import escape
from typing import Literal

_WHO = {
    "emulator": (
        "The emulator in this kernel answers.",
        "It lives in this notebook only, and needs no Azure account. To share one, run <code>wpslab serve</code> in a "
        'terminal and give its connection string to <code>wpslab.start("…")</code>.',
    ),
    "served": (
        "An emulator started by <code>wpslab serve</code> answers.",
        "Everybody with its connection string shares it.",
    ),
    "azure": (
        "Azure Web PubSub answers.",
        "This is the real service: connections and messages count against the quota of the resource.",
    ),
}

STYLE = (
    "border:1px solid var(--jp-border-color1,#bbb);border-left:4px solid var(--jp-brand-color1,#1976d2);"
    "border-radius:4px;padding:.6em 1em;max-width:46em;line-height:1.5;"
    "color:var(--jp-content-font-color1,inherit);background:var(--jp-layout-color1,transparent)"
)


def card_text(*, closed: bool, deleted: bool = False) -> str:
    """Return the plain text, the same whichever service answers."""
    if deleted and not closed:
        return "The resource of this lab was deleted."
    return "The lab is closed." if closed else "The lab is ready: Azure Web PubSub answers here."


def card_html(backend: Literal["emulator", "served", "azure"], endpoint: str | None, *, closed: bool) -> str:
    """Return the card. It says which service answers and where; the key is masked. Without endpoint, none is left."""
    who, more = _WHO[backend]
    if endpoint is None:
        who = "The resource of this lab was deleted."
        more = "End the lab with <code>lab.close()</code>, and start a new one with <code>wpslab.start()</code>."
    if closed:
        who, more = "The lab is closed.", "Start a new one with <code>wpslab.start()</code>."
    place = escape(endpoint or "none")
    return (
        f'<div class="wpslab-card" style="{STYLE}"><strong>{who}</strong><br>{more}<br>'
        f"Endpoint: <code>{place}</code> · Access key: <code>••••••••</code> "
        "(in <code>lab.connection_string</code>)</div><!-- wpslab-card -->"
    )
