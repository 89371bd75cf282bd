"""Snapshot: plain, frozen values that tell what there is in a service at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .event_handler import EventHandler, SystemEventName, mask_query
from .hub import Hub
from .service import Service


@dataclass(frozen=True, slots=True)
class ConnectionSnapshot:
    """One connection: `subprotocol` is None for a simple WebSocket client."""

    id: str
    user_id: str | None
    groups: tuple[str, ...]
    subprotocol: str | None


@dataclass(frozen=True, slots=True)
class EventHandlerSnapshot:
    """One webhook of a hub, with the values in the query of its URL template masked."""

    url_template: str
    user_event_pattern: str | None
    system_events: tuple[SystemEventName, ...]


@dataclass(frozen=True, slots=True)
class HubSnapshot:
    """One hub with its connections, in the order they came, and who hears of its events."""

    name: str
    connections: tuple[ConnectionSnapshot, ...]
    event_handlers: tuple[EventHandlerSnapshot, ...] = ()
    event_listeners: int = 0

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
    """Every hub, by its key, and the number of the newest trace entry that is in it already."""

    hubs: Mapping[str, HubSnapshot]
    number: int = 0


def take_snapshot(service: Service) -> EmulatorSnapshot:
    """Copy what there is now."""
    return EmulatorSnapshot({name: _of_hub(hub) for name, hub in service.hubs.items()}, service.trace.last)


def _of_hub(hub: Hub) -> HubSnapshot:
    connections = hub.registry.connections.values()
    return HubSnapshot(
        hub.name,
        tuple(
            ConnectionSnapshot(each.id, each.user_id, tuple(sorted(each.groups)), each.subprotocol)
            for each in connections
        ),
        tuple(_of_handler(each) for each in hub.settings.event_handlers),
        len(hub.settings.event_listeners),
    )


def _of_handler(handler: EventHandler) -> EventHandlerSnapshot:
    return EventHandlerSnapshot(mask_query(handler.url_template), handler.user_event_pattern, handler.system_events)
