"""Upstream: what the hubs of a service share about upstream servers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .clock import Clock
from .event_handler import EventListener
from .events import ConnectedEvent, DisconnectedEvent, Event, UserEvent
from .limits import MAX_KEPT_EVENTS
from .settings import UpstreamOptions
from .validation import Validations

Notification = ConnectedEvent | DisconnectedEvent


class EventHubs:
    """The event hubs that listeners name, as lists in this process: what was sent to each, oldest first."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, str], deque[Event]] = {}

    def publish(self, listener: EventListener, event: Event) -> None:
        """Append an event to the listener's event hub."""
        key = _key(listener.fully_qualified_namespace, listener.event_hub_name)
        self._events.setdefault(key, deque(maxlen=MAX_KEPT_EVENTS)).append(event)

    def events(self, namespace: str, event_hub: str) -> list[Event]:
        """Return what an event hub holds; nothing if it was never written to."""
        return list(self._events.get(_key(namespace, event_hub), ()))


class Upstream:
    """The service's way to upstream servers.

    Attributes:
        options: how long is waited, and what else can be switched.
        notify: sends a notification nobody waits for; the network side sets it.
        event_hubs: what listeners heard.
        validations: which webhooks consented.
    """

    def __init__(self, clock: Clock, options: UpstreamOptions | None = None) -> None:
        self.clock = clock
        self.options = options or UpstreamOptions()
        self.notify: Callable[[Notification], None] = lambda event: None
        self.event_hubs = EventHubs()
        self.validations = Validations()

    def listen(self, listeners: tuple[EventListener, ...], event: UserEvent | Notification) -> bool:
        """Give an event to every listener that takes it; tell whether one did. They come before the handler."""
        takers = [
            each
            for each in listeners
            if (each.filter.takes_user if isinstance(event, UserEvent) else each.filter.takes_system)(event.name)
        ]
        for listener in takers:
            self.event_hubs.publish(listener, event)
        return bool(takers)


def _key(namespace: str, event_hub: str) -> tuple[str, str]:
    return namespace.lower(), event_hub.lower()
