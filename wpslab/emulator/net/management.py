"""Management: the HTTP side of a subscription, on a port of its own."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from ..core.subscription import Subscription
from ..protocols import arm
from .app import SERVER, read_request


class ManagementApp:
    """Answers what Azure Resource Manager would be asked.

    Attributes:
        token: what callers must send: this port holds the keys of every resource.
        root: where it answers; empty before it is open.
    """

    def __init__(self, subscription: Subscription) -> None:
        self.token = secrets.token_urlsafe(32)
        self._subscription = subscription
        self.root = ""
        self._settle: Callable[[], Awaitable[None]] | None = None

    def open(self, root: str, settle: Callable[[], Awaitable[None]]) -> None:
        """Say under which address it answers, and what to wait for before a change is said to be done."""
        self.root = root
        self._settle = settle

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        return await self.answer(request, self.root, self.token)

    async def answer(self, request: web.BaseRequest, root: str, token: str | None) -> web.Response:
        """Answer one request as the listener at `root`, which takes this token, or with None any."""
        answer = arm.handle(self._subscription, await read_request(request), root, token)
        if request.method != "GET" and self._settle is not None:
            await self._settle()
        response = web.Response(status=answer.status, headers=answer.headers, body=answer.body or None)
        response.headers["Server"] = SERVER
        return response
