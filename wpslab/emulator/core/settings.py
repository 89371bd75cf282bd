"""Settings: what can be set on a hub, and how long the service waits for upstream servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .event_handler import EventHandler, EventListener
from .limits import (
    DEFAULT_KEEP_ALIVE_SECONDS,
    EVENT_TIMEOUT_SECONDS,
    MAX_KEEP_ALIVE_SECONDS,
    RETRY_DELAYS_SECONDS,
    VALIDATION_TIMEOUT_SECONDS,
)

AnonymousConnectPolicy = Literal["allow", "deny"]


@dataclass(frozen=True, slots=True)
class HubSettings:
    """Settings of a hub, named as its properties in Azure Resource Manager.

    Raises:
        ValueError: a value the service does not know.
    """

    anonymous_connect_policy: AnonymousConnectPolicy = "deny"
    web_socket_keep_alive_interval_in_seconds: int = DEFAULT_KEEP_ALIVE_SECONDS
    event_handlers: tuple[EventHandler, ...] = ()
    event_listeners: tuple[EventListener, ...] = ()

    def __post_init__(self) -> None:
        if self.anonymous_connect_policy not in ("allow", "deny"):
            raise ValueError(f"anonymous_connect_policy is 'allow' or 'deny', not {self.anonymous_connect_policy!r}.")
        if not 1 <= self.web_socket_keep_alive_interval_in_seconds <= MAX_KEEP_ALIVE_SECONDS:
            raise ValueError(f"web_socket_keep_alive_interval_in_seconds is 1 to {MAX_KEEP_ALIVE_SECONDS}.")
        for name, kind in (("event_handlers", EventHandler), ("event_listeners", EventListener)):
            values = tuple(getattr(self, name))
            object.__setattr__(self, name, values)
            if wrong := [value for value in values if not isinstance(value, kind)]:
                raise ValueError(f"{name} holds {kind.__name__} values, not {wrong[0]!r}.")

    def handler_of_system(self, name: str) -> EventHandler | None:
        """Return the handler that takes a system event: the first one in order, None if there is none."""
        return next((each for each in self.event_handlers if each.filter.takes_system(name)), None)

    def handler_of_user(self, name: str) -> EventHandler | None:
        """Return the handler that takes a user event: the first one in order, None if there is none."""
        return next((each for each in self.event_handlers if each.filter.takes_user(name)), None)


@dataclass(frozen=True, slots=True)
class UpstreamOptions:
    """How the service deals with upstream servers. The defaults are the service's own.

    Args:
        retry_delays: seconds before each further attempt, after 408, 5xx or a network error.
        event_timeout: seconds until an event must be answered, retries included.
        validation_timeout: seconds until a validation request must be answered.
        validation: whether webhooks are validated before they get their first event.
        drop_on_event_failure: whether a PubSub client is closed as a simple one is when its event failed.
        forward_rejection: whether a client that a `connect` handler rejects gets the handler's own body.

    Raises:
        ValueError: a time that is not positive.
    """

    retry_delays: tuple[float, ...] = RETRY_DELAYS_SECONDS
    event_timeout: float = EVENT_TIMEOUT_SECONDS
    validation_timeout: float = VALIDATION_TIMEOUT_SECONDS
    validation: bool = True
    drop_on_event_failure: bool = False
    forward_rejection: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "retry_delays", tuple(self.retry_delays))
        if any(delay < 0 for delay in self.retry_delays):
            raise ValueError(f"retry_delays are seconds and not negative: {self.retry_delays!r}.")
        if self.event_timeout <= 0 or self.validation_timeout <= 0:
            raise ValueError("event_timeout and validation_timeout are seconds, more than 0.")

    @classmethod
    def short(cls) -> UpstreamOptions:
        """Return options with the waits of a lesson: a handler that is gone is known after a third of a second."""
        return cls(retry_delays=(0.05, 0.1, 0.2), event_timeout=5.0, validation_timeout=2.0)
