"""Account: what an emulator's management side has from the start: a subscription, a group, and one resource in it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..core.clock import Clock
from ..core.errors import ManagementError
from ..core.management import Management
from ..core.resource import Resource, ResourceWish
from ..core.service import Service
from ..core.skus import Sku
from ..core.subscription import Subscription
from .management import ManagementApp

SUBSCRIPTION_ID = "00000000-0000-0000-0000-000000000001"
TENANT_ID = "00000000-0000-0000-0000-000000000002"
RESOURCE_GROUP = "wpslab"
NAME = "wpslab-lab"
LOCATION = "eastus"
"""The same in every emulator: none of it is a secret."""


class Account:
    """One emulator's subscription.

    Args:
        first: the service of the resource that is there from the start.
        sku: what that resource is bought as.
        make_service: makes the service of a new resource.
    """

    def __init__(self, clock: Clock, first: Service, sku: Sku, make_service: Callable[[], Service]) -> None:
        self.subscription = Subscription(SUBSCRIPTION_ID, TENANT_ID, clock=clock, make_service=make_service)
        self.app = ManagementApp(self.subscription)
        self._first = first
        self._sku = sku
        self._is_made = False

    def make_first_resource(self) -> None:
        """Make the group and the resource that are there from the start. Raises ManagementError for want of a port."""
        self.subscription.put_group(RESOURCE_GROUP, LOCATION)
        self.subscription.adopt(RESOURCE_GROUP, NAME, ResourceWish(LOCATION, self._sku), self._first)
        self._is_made = True

    @property
    def service(self) -> Service:
        """The service of the emulator's own resource, also before that is made. Raises RuntimeError as `resource`."""
        return self.resource.service if self._is_made else self._first

    @property
    def resource(self) -> Resource:
        """The emulator's own resource, which the management side may change, delete and make anew.

        Raises:
            RuntimeError: it was deleted.
        """
        try:
            return self.subscription.resource(RESOURCE_GROUP, NAME)
        except ManagementError as error:
            raise RuntimeError(
                f"The emulator's own resource {NAME} was deleted. Start another emulator (in a notebook: lab.close(), "
                f"then wpslab.start()), or make it anew: az group create --name {RESOURCE_GROUP} --location {LOCATION} "
                f"and az webpubsub create --name {NAME} --resource-group {RESOURCE_GROUP} --sku Standard_S1."
            ) from error

    @property
    def management(self) -> Management:
        """Where all this is managed, with the names of the emulator's own resource."""
        return Management(self.app.root, self.app.token, SUBSCRIPTION_ID, TENANT_ID, RESOURCE_GROUP, NAME, LOCATION)

    def describe(self, service: Service) -> Management | None:
        """Tell how a service is managed; None where its resource is gone."""
        for each in self.subscription.resources():
            if each.service is service:
                return msgspec.structs.replace(
                    self.management, resource_group=each.group, name=each.name, location=each.wish.location
                )
        return None
