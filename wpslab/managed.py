"""Managed: which resource a lab is on, and how it is managed: one line makes a management client on every backend."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import Any, Literal

from .connection_string import ConnectionString
from .emulator import Emulator, Management
from .errors import LabError
from .management_client import AzureCliCredential, LocalCredential, find_on_azure, options_of, resource_name
from .served import Served, ServedError

Backend = Literal["emulator", "served", "azure"]

UNKNOWN = "unknown"


class Managed:
    """A Web PubSub resource that is managed in this kernel, by a `wpslab serve`, or by Azure."""

    def __init__(self, backend: Backend, target: ConnectionString, emulator: Emulator | None) -> None:
        self.backend: Backend = backend
        self._target = target
        self._emulator = emulator

    @property
    def endpoint(self) -> str:
        """Where the service answers, without a trailing slash. Raises LabError where its resource was deleted."""
        return ConnectionString.parse(self.connection_string).endpoint

    @property
    def connection_string(self) -> str:
        """What official SDKs are given: it holds the access key. In the emulator it follows when keys are changed.

        Raises:
            LabError: the emulator's own resource was deleted.
        """
        if self._emulator is None or not self._emulator.running:
            return self._target.text
        try:
            return self._emulator.connection_string
        except RuntimeError as error:
            raise LabError(str(error)) from error

    @property
    def management(self) -> Management | None:
        """Where the emulator's management side answers; None on Azure, whose own is asked.

        Raises:
            LabError: the emulator is on another machine, or gone.
        """
        if self.backend == "azure":
            return None
        if not self.is_managed_here:
            raise LabError(
                f"{self.endpoint} is another machine, and resources are managed only on that machine itself."
            )
        return self._place

    @property
    def is_managed_here(self) -> bool:
        """Whether resources are managed from this kernel by itself: not on Azure, and not on another machine."""
        return self.backend == "emulator" or (self.backend == "served" and Served(self._target).is_on_this_machine)

    @property
    def subscription_id(self) -> str:
        """The subscription the resource is in. Raises LabError where nobody can tell."""
        return self._place.subscription_id

    @property
    def tenant_id(self) -> str:
        """The tenant of the subscription. Raises LabError where nobody can tell."""
        return self._place.tenant_id

    @property
    def resource_group(self) -> str:
        """The resource group the resource is in.

        On Azure the Azure CLI is asked. Where it cannot tell, this is `unknown`, with a warning that says why: commands
        that go by the connection string do without.
        """
        try:
            return self._place.resource_group
        except LabError as error:
            if self.backend != "azure":
                raise
            warnings.warn(f"lab.resource_group is {UNKNOWN!r}. {error}", stacklevel=2)
            return UNKNOWN

    @property
    def name(self) -> str:
        """The name of the resource. Raises LabError where nobody can tell."""
        return resource_name(self.endpoint) if self.backend == "azure" else self._place.name

    @property
    def location(self) -> str:
        """Where the resource is, such as `eastus`. Raises LabError where nobody can tell."""
        return self._place.location

    @property
    def credential(self) -> Any:
        """What a management client signs in with: the emulator's own, or on Azure whom `az login` has signed in."""
        management = self.management
        return AzureCliCredential() if management is None else LocalCredential(management)

    @property
    def arm_options(self) -> dict[str, Any]:
        """What a management client is given besides: `WebPubSubManagementClient(lab.credential, …, **arm_options)`."""
        management = self.management
        return options_of(self.credential, None if management is None else management.endpoint)

    @property
    def _place(self) -> Management:
        return self._emulator.management if self._emulator is not None else self._other_place

    @cached_property
    def _other_place(self) -> Management:
        # Asked once: later the resource may have other keys, or be switched off.
        if self.backend == "azure":
            return find_on_azure(self.endpoint)
        try:
            return Served(self._target).management()
        except ServedError as error:
            raise LabError(str(error)) from error
