"""Management: where the management side of an emulator answers, and which resource of it is meant."""

from __future__ import annotations

import msgspec


class Management(msgspec.Struct, frozen=True, rename="camel"):
    """Where Azure Resource Manager is played, the token it wants, and one resource by its names.

    Attributes:
        endpoint: such as `http://127.0.0.1:54322`.
        token: what callers send as `Authorization: Bearer …`.
    """

    endpoint: str
    token: str
    subscription_id: str
    tenant_id: str
    resource_group: str
    name: str
    location: str

    def __repr__(self) -> str:
        return f"<Management of {self.resource_group}/{self.name} at {self.endpoint}, token=***>"
