"""Snapshot: plain, frozen values that tell what there is in a service at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .service import Service


@dataclass(frozen=True, slots=True)
class ConnectionSnapshot:
    """One connection: `subprotocol` is None for a simple WebSocket client."""

    id: str
    user_id: str | None
    groups: tuple[str, ...]
    subprotocol: str | None


@dataclass(frozen=True, slots=True)
class HubSnapshot:
    """One hub with its connections, in the order they came."""

    name: str
    connections: tuple[ConnectionSnapshot, ...]

    @property
    def users(self) -> tuple[str, ...]:
        """Users with at least one connection, sorted."""
        return tuple(sorted({each.user_id for each in self.connections if each.user_id is not None}))

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups with at least one member, sorted."""
        return tuple(sorted({group for each in self.connections for group in each.groups}))


@dataclass(frozen=True, slots=True)
class EmulatorSnapshot:
    """Every hub, by its key."""

    hubs: Mapping[str, HubSnapshot]


def take_snapshot(service: Service) -> EmulatorSnapshot:
    """Copy what there is now."""
    return EmulatorSnapshot(
        {
            name: HubSnapshot(
                name,
                tuple(
                    ConnectionSnapshot(each.id, each.user_id, tuple(sorted(each.groups)), each.subprotocol)
                    for each in hub.registry.connections.values()
                ),
            )
            for name, hub in service.hubs.items()
        }
    )
