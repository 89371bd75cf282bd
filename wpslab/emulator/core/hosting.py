"""Hosting: how a subscription gets an address for a resource. The network side implements it."""

from __future__ import annotations

from typing import Protocol

from .service import Service


class Hosting(Protocol):
    """Gives each resource an address of its own. Nothing here waits."""

    def open_service(self, service: Service) -> str:
        """Return the endpoint under which a service is reached from now on, such as `http://127.0.0.1:54321`.

        Raises:
            ManagementError: there is no address to be had.
        """

    def close_service(self, service: Service) -> None:
        """Close every client of a service and give its address back."""
