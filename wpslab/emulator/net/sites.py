"""Sites: the ports of an emulator, one for each resource and one for the management side."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from ssl import SSLContext
from typing import Any

from ..core.errors import ManagementError
from ..core.service import Service
from .account import Account
from .listener import Listener
from .secure import SecureSite
from .site import Site
from .webhook import Webhooks

SETTLE_SECONDS = 5.0


class Sites:
    """Implements `core.hosting.Hosting` with one `Site` for each service.

    Args:
        host: the address the sites listen on. The management side always is on loopback.
        port: of the first site; 0 for a free one, as all others have.
        account: what is managed, and asks for the sites.
    """

    def __init__(self, host: str, port: int, account: Account) -> None:
        self._host = host
        self._next_port = port
        self._account = account
        self._sites: dict[Service, Site] = {}
        self._starting: dict[Service, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: Listener | None = None
        self._secure: list[SecureSite] = []
        account.subscription.hosting = self

    # The life of the emulator

    async def open(self) -> int:
        """Open the management side and the first resource; return the port of the first one.

        Raises:
            OSError: the port is taken or the address is not one of this machine.
        """
        self._listener = Listener(self._account.app, "127.0.0.1", 0)
        self._account.app.open(self._listener.endpoint, self.settle)
        try:
            self._account.make_first_resource()
        except ManagementError as error:
            await self._listener.close()
            raise error.__cause__ or error from None
        await self._listener.start()
        await self.settle()
        return next(iter(self._sites.values())).port

    async def close(self) -> None:
        """Close everything there is."""
        if self._listener is not None:
            await self._listener.close()
        for secure in self._secure:
            await secure.close()
        for service in list(self._sites):
            self.close_service(service)
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def open_secure(self, tls: SSLContext, port: int) -> int:
        """Open a port for the real Azure CLI and return it. Raises OSError if it is taken."""
        secure = SecureSite(self._account.subscription, self._account.app, tls, port)
        opened = await secure.open()
        self._secure.append(secure)
        return opened

    def webhooks(self, service: Service) -> Webhooks:
        """Return what calls the upstream servers of a service."""
        return self._sites[service].webhooks

    # What a subscription asks for

    def open_service(self, service: Service) -> str:
        """Return the endpoint of a new site."""
        try:
            site = Site(service, self._host, self._next_port, self._account.describe)
        except OSError as error:
            raise ManagementError("InternalServerError", f"There is no port for the resource: {error}.") from error
        self._next_port = 0
        self._sites[service] = site
        self._starting[service] = self._spawn(site.start())
        return site.endpoint

    def close_service(self, service: Service) -> None:
        """End a site."""
        self._spawn(_end(self._sites.pop(service), self._starting.pop(service)))

    async def settle(self) -> None:
        """Wait until every site that was asked for answers, and every other one is gone."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=SETTLE_SECONDS)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _end(site: Site, starting: asyncio.Task[None]) -> None:
    # A socket that is closed while asyncio begins to listen on it stays in the loop's selector for ever.
    await asyncio.wait({starting})
    await site.close()
