"""Known clients: what the clients in this notebook told of themselves, where the service tells nothing."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..emulator import ConnectionSnapshot, HubSnapshot, TraceEntry

NO_SUBPROTOCOL = "no subprotocol"


class KnownClients:
    """The connections that were heard of and are not over."""

    def __init__(self) -> None:
        self._hubs: dict[str, dict[str, ConnectionSnapshot]] = defaultdict(dict)

    def note(self, entries: Iterable[TraceEntry]) -> None:
        """Learn from what was seen."""
        for entry in entries:
            if entry.hub is None or entry.connection_id is None:
                continue
            connections = self._hubs[entry.hub]
            known = connections.get(entry.connection_id) or ConnectionSnapshot(
                entry.connection_id, entry.user_id, (), "json.webpubsub.azure.v1"
            )
            match entry.what:
                case "disconnected":
                    connections.pop(known.id, None)
                    continue
                case "connected":
                    known = dataclasses.replace(
                        known, subprotocol=None if entry.detail == NO_SUBPROTOCOL else entry.detail or known.subprotocol
                    )
                case "joined" if entry.group:
                    known = dataclasses.replace(known, groups=tuple(sorted({*known.groups, entry.group})))
                case "left":
                    known = dataclasses.replace(
                        known, groups=tuple(each for each in known.groups if each != entry.group)
                    )
            connections[known.id] = known

    def hubs(self) -> Mapping[str, HubSnapshot]:
        """Return the hubs that were heard of."""
        return {name: HubSnapshot(name, tuple(each.values())) for name, each in self._hubs.items()}
