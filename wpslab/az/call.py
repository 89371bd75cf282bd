"""Call: one command that runs: what it was told, whom it can ask, and what the CLI remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .data_plane import DataPlane
from .problem import AzError
from .resource_manager import Arm
from .secret import secrets_in

if TYPE_CHECKING:
    from ..emulator import Management
    from ..lab import Lab

StartClient = Callable[[str, str, "str | None"], Any]
"""What opens a client: connection string, hub and user id to whatever stands for it."""


@dataclass
class State:
    """What a CLI remembers between its commands.

    Attributes:
        extensions: the versions of the installed extensions, by name.
        secrets: every access key that was seen.
        place: where the management side answers. Asked once: afterwards a command may change the key one asks with.
    """

    extensions: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    place: Management | None = None


class Call:
    """A command that runs.

    Attributes:
        values: what follows each flag, by the flag's name.
        lab: whose service is asked.
        state: what the CLI remembers.
        notice: writes a line on standard error.
        confirm: asks a question and returns the answer; None where nobody can be asked.
    """

    def __init__(
        self,
        values: dict[str, Any],
        lab: Lab,
        state: State,
        *,
        notice: Callable[[str], None],
        start_client: StartClient,
        ask_real: Callable[[list[str]], Any],
        confirm: Callable[[str], bool] | None = None,
    ) -> None:
        self.values = values
        self.lab = lab
        self.state = state
        self.notice = notice
        self.start_client = start_client
        self.confirm = confirm
        self._ask_real = ask_real

    @property
    def place(self) -> Management:
        """Where the management side answers. Raises AzError on Azure, where the real az is asked instead."""
        if self.state.place is None:
            self.state.place = self.lab.management
        if self.state.place is None:
            raise AzError("On Azure this is a command of the real az.")
        return self.state.place

    @cached_property
    def arm(self) -> Arm:
        """The management side. Raises AzError on Azure."""
        return Arm(self.place)

    @property
    def name(self) -> str:
        """The resource that is meant: the one that was named, else the lab's own."""
        return self.values.get("name") or self._own.name

    @property
    def group(self) -> str:
        """The resource group that is meant: the one that was named, else the lab's own."""
        return self.values.get("resource_group") or self._own.resource_group

    def resource(self, *parts: str) -> str:
        """Return the path of the resource that is meant, or of what stands in it."""
        return self.arm.resources(self.group, self.name, *parts)

    def keys(self) -> Any:
        """Return the access keys of the resource that is meant."""
        keys = self.arm.post(self.resource("listKeys"))
        self.state.secrets |= secrets_in(keys)
        return keys

    def connection_string(self) -> str:
        """Return the primary connection string of the resource that is meant.

        On Azure, and on an emulator that cannot be managed from here, the lab's own string serves for the lab's own
        resource. On Azure the real az is asked about any other.
        """
        if self.lab.is_managed_here:
            return str(self.keys()["primaryConnectionString"])
        wanted = self.values.get("name")
        if wanted is None or wanted.lower() == self.lab.name.lower():
            return self.lab.connection_string
        if self.lab.backend != "azure":
            return str(self.keys()["primaryConnectionString"])  # which says why not
        words = ["webpubsub", "key", "show", "--name", wanted, "--resource-group", self.group]
        keys = self._ask_real(words)
        self.state.secrets |= secrets_in(keys)
        return str(keys["primaryConnectionString"])

    @property
    def _own(self) -> Lab | Management:
        return self.lab if self.lab.backend == "azure" else self.place

    def data_plane(self) -> DataPlane:
        """Return the hub that is meant."""
        return DataPlane(self.connection_string(), self.values["hub_name"])
