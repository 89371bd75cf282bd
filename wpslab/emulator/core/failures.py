"""Failures: why a connection was refused or an event was not handled, as values that can be explained."""

from __future__ import annotations

from enum import Enum

import msgspec


class FailureKind(Enum):
    """What went wrong. The values are names that stay; sentences are made elsewhere."""

    REFUSED = "refused"
    """The service itself refused the client, before any handler was asked."""

    QUOTA = "quota"
    """A client's message was one more than the SKU of the resource allows a day."""

    NO_HANDLER = "noHandler"
    """No event handler of the hub takes the event."""

    VALIDATION_UNREACHABLE = "validationUnreachable"
    VALIDATION_TIMEOUT = "validationTimeout"
    VALIDATION_STATUS = "validationStatus"
    VALIDATION_NO_ORIGIN = "validationNoOrigin"
    VALIDATION_WRONG_ORIGIN = "validationWrongOrigin"
    """The webhook was not validated, so no event was sent to it."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    REDIRECT = "redirect"
    STATUS = "status"
    REJECTED = "rejected"
    """The event was sent; nobody answered, or not in time, or with a status that is no success.

    `rejected` is a `connect` that was answered with 4xx, which is how a handler refuses a client.
    """

    HEADER = "header"
    """The event could not be sent: a value does not fit into an HTTP header."""

    TOO_LARGE = "tooLarge"
    BAD_JSON = "badJson"
    BAD_ROLES = "badRoles"
    BAD_GROUPS = "badGroups"
    BAD_SUBPROTOCOL = "badSubprotocol"
    BAD_CONTENT_TYPE = "badContentType"
    BAD_DATA = "badData"
    BAD_METADATA = "badMetadata"
    """The handler answered 2xx with something the service cannot use."""

    @property
    def is_validation(self) -> bool:
        """Whether the webhook failed before it was sent an event."""
        return self.value.startswith("validation")


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One connection or event that failed.

    Attributes:
        kind: what went wrong.
        hub: the hub's key, None where the client named no legal one.
        event: `connect`, `connected`, `disconnected` or a user event's name.
        is_user_event: tells a user event called `connect` from the system event.
        connection_id, user_id: whose event it was, None where the client never got an id, or has no user.
        method, url: the request that failed, without the values of its query; empty where none was sent.
        status: the HTTP status that came back, 0 where none came.
        attempts: how often the request was sent.
        detail: the rest, in words; never a key or a token.
        body: what the handler wrote with a status that is no success, its beginning.
        time: seconds since the epoch, by the service's clock.
        event_id: the event's `ce-id`; -1 where there was no event.
    """

    kind: FailureKind
    hub: str | None
    event: str
    is_user_event: bool = False
    connection_id: str | None = None
    user_id: str | None = None
    method: str = ""
    url: str = ""
    status: int = 0
    attempts: int = 0
    detail: str = ""
    body: bytes = b""
    time: float = 0.0
    event_id: int = -1

    def __str__(self) -> str:
        words = [self.event, self.kind.value, self.method, self.url, str(self.status or "")]
        words += [f"({self.attempts} attempts)" if self.attempts > 1 else "", self.detail]
        return " ".join(filter(None, words))

    @property
    def client_status(self) -> int:
        """The HTTP status with which the client's handshake is answered when `connect` failed."""
        return self.status if self.kind in (FailureKind.STATUS, FailureKind.REJECTED, FailureKind.REDIRECT) else 500
