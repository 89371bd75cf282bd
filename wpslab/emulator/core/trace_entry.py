"""Trace entry: one thing that happened in a service, as its readers get it, and the names of what can happen."""

from __future__ import annotations

from typing import Literal

import msgspec

from .failures import Failure

What = Literal[
    "connected",
    "disconnected",
    "closed",
    "refused",
    "received",
    "delivered",
    "joined",
    "left",
    "granted",
    "revoked",
    "rest",
    "event",
    "answered",
    "validation",
    "retry",
    "failed",
]
"""What can happen.

connected: a client is in; `detail` is its subprotocol. Its groups follow as `joined`.
disconnected: a connection is over, and so are its memberships; `detail` is the reason.
closed: the service closes a WebSocket; `status` is the close code.
refused: a handshake (`status` says how), a client's request, or the token of a REST call; `detail` says why.
received: a frame of a client, `frame`.
delivered: one message to `receivers`, who may be none. `connection_id` sent it, or had it as an answer; for the
    application server it is None. `detail` says which: connected, disconnected, ack, pong or message.
joined, left: a connection is, or is no more, a member of `group`.
granted, revoked: what a connection may do in `group` was changed; `detail` is the permission.
rest: a REST call, before all that it leads to; `method`, `url` (the path), `status`, and its body as `frame`.
event: an upstream server is called, or a listener heard the event; `event` is its name. The payload of a user event is
    `frame`; of a `connect` event nothing is kept, since headers may be secrets.
answered: how that ended: `status` or a failure's kind as `detail`, `milliseconds`, the body of a success as `frame`;
    `answers` is the number of the `event`.
validation: a webhook was asked whether it wants events.
retry: an upstream server is called again after a while.
failed: a connection or an event failed; `detail` says how.
"""

_LINE = 200  # characters of a frame in a line of a log


class TraceEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened. Nothing in it is a key or a token of the service.

    Attributes:
        number: 1, 2, 3, … per service, never given twice.
        time: seconds since the epoch, by the service's clock.
        what: one of the names in `What`, where they are explained.
        hub: the hub's key, or None.
        connection_id, user_id: whose doing it was, or None where it was nobody's or the application server's.
        group: the group it is about, or None.
        receivers: the ids of the connections that a message went to.
        frame: the text as it travelled, cut at 2,000 characters, or a few words for binary data.
        other_frames: the same message for receivers that speak another protocol than the first one.
        status: an HTTP status or a close code.
        detail: the rest in words.
        event: the name of an event.
        method, url: of an HTTP request; the values of its query are masked.
        milliseconds: how long an upstream server took.
        answers: the number of the entry that this one is the answer to.
        failure: all that is known of a connection or an event that failed.
    """

    number: int
    time: float
    what: What
    hub: str | None = None
    connection_id: str | None = None
    user_id: str | None = None
    group: str | None = None
    receivers: tuple[str, ...] = ()
    frame: str | None = None
    other_frames: tuple[str, ...] = ()
    status: int | None = None
    detail: str = ""
    event: str | None = None
    method: str | None = None
    url: str | None = None
    milliseconds: float | None = None
    answers: int | None = None
    failure: Failure | None = None

    def __str__(self) -> str:
        words = [self.what, self.hub, self.connection_id, self.user_id and f"user {self.user_id}"]
        words += [self.group and f"group {self.group}", self.event]
        request = " ".join(filter(None, (self.method, self.url)))
        words.append(f"{request} -> {self.status}" if request and self.status else request or str(self.status or ""))
        words.append("" if self.milliseconds is None else f"{self.milliseconds:.1f} ms")
        words.append(f"to {len(self.receivers)}" if self.what == "delivered" else "")
        line = " ".join((self.frame or "").split())
        words += [self.detail, line if len(line) <= _LINE else line[:_LINE] + "…"]
        return "  ".join(filter(None, words))


class TracePage(msgspec.Struct, frozen=True):
    """A part of a trace, as another process reads it.

    Attributes:
        is_on: whether anything is remembered at all.
        entries: the oldest first.
        began: when the service began to count, in seconds since the epoch. One that was started again counts anew.
    """

    is_on: bool
    entries: list[TraceEntry]
    began: float = 0.0
