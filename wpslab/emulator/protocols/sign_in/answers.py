"""Answers: JSON documents, OAuth errors and small pages, as plain responses."""

from __future__ import annotations

import base64
import hashlib
import html
from typing import Any, Final

import msgspec

from ..rest.http import RestResponse

_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_SUBMIT: Final = "document.forms[0].submit()"
_SCRIPT_HASH: Final = base64.b64encode(hashlib.sha256(_SUBMIT.encode()).digest()).decode()


class SignInError(Exception):
    """Refuse a request for tokens.

    Args:
        error: the code of OAuth 2.0, such as `invalid_request`.
        number: the code of Microsoft Entra ID, which begins the description.
    """

    def __init__(self, error: str, number: int, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.number = number
        self.status = status

    def answer(self) -> RestResponse:
        """Spell it as Microsoft Entra ID does."""
        description = f"AADSTS{self.number}: {self}"
        return document(
            {"error": self.error, "error_description": description, "error_codes": [self.number]}, self.status
        )


def document(body: Any, status: int = 200) -> RestResponse:
    """Return a JSON answer nobody may keep."""
    headers = {"Content-Type": "application/json; charset=utf-8", **_NO_STORE}
    return RestResponse(status, headers, msgspec.json.encode(body))


def not_allowed(allowed: str, method: str) -> RestResponse:
    """Refuse a method."""
    error = SignInError(
        "invalid_request",
        900561,
        f"The endpoint only accepts {allowed} requests. Received a {method[:16]} request.",
        status=405,
    )
    answer = error.answer()
    return RestResponse(answer.status, {**answer.headers, "Allow": allowed}, answer.body)


def page(text: str, status: int = 200) -> RestResponse:
    """Return a page with one sentence."""
    return _page(f"<p>{html.escape(text)}</p>", "default-src 'none'", status)


def form(action: str, fields: dict[str, str]) -> RestResponse:
    """Return a page that posts fields to an address by itself, or by its button where scripts are off."""
    inputs = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    body = (
        f'<form method="post" action="{html.escape(action)}">{inputs}'
        f"<p>The emulator signs you in. <button>Go on</button></p></form><script>{_SUBMIT}</script>"
    )
    policy = f"default-src 'none'; script-src 'sha256-{_SCRIPT_HASH}'; form-action http://localhost:*"
    return _page(body, policy)


def _page(body: str, policy: str, status: int = 200) -> RestResponse:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{policy}; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        **_NO_STORE,
    }
    text = f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>wpslab</title><body>{body}</body></html>'
    return RestResponse(status, headers, text.encode())
