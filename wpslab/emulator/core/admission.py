"""Admission: who a client is, once its token and the answer of a `connect` handler are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import InvalidAnswer
from .events import ConnectEvent
from .failures import FailureKind
from .messages import Payload
from .names import is_group
from .subprotocols import Subprotocol, choose, named


@dataclass(frozen=True, slots=True)
class ConnectAnswer:
    """What a `connect` handler decided; None keeps what the token says.

    Attributes:
        user_id: an empty text takes the user id away.
        roles: replace the token's; an empty list takes all away.
        groups: replace the token's; an empty list keeps them, as the service does.
        subprotocol: one of those the client offered.
        state: kept for the connection's later events.
    """

    user_id: str | None = None
    roles: Sequence[str] | None = None
    groups: Sequence[str] | None = None
    subprotocol: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """What a handler replies to a user event: a message to the caller or None, and a new state or None."""

    payload: Payload | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """A client that may come in."""

    event: ConnectEvent
    user_id: str | None
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    subprotocol: Subprotocol
    state: str | None = None


def admit(event: ConnectEvent, answer: ConnectAnswer | None = None) -> Admission:
    """Put a token's word and a handler's together.

    Raises:
        InvalidAnswer: the handler named a group nobody can join, or a subprotocol the client did not offer.
        NotAvailable: only subprotocols are offered that this emulator does not speak.
    """
    if answer is None:
        return Admission(event, event.user_id, event.roles, event.groups, choose(event.subprotocols))
    if wrong := [group for group in answer.groups or () if not is_group(group)]:
        raise InvalidAnswer(FailureKind.BAD_GROUPS, f"{wrong[0][:64]!r} is no group name")
    if answer.subprotocol is None:
        subprotocol = choose(event.subprotocols)
    elif offer := [name for name in event.subprotocols if name.lower() == answer.subprotocol.lower()]:
        subprotocol = named(answer.subprotocol if answer.subprotocol in offer else offer[0])
    else:
        offered = ", ".join(event.subprotocols) or "none"
        raise InvalidAnswer(
            FailureKind.BAD_SUBPROTOCOL, f"{answer.subprotocol[:64]!r} was chosen, and the client offered {offered}"
        )
    return Admission(
        event=event,
        user_id=event.user_id if answer.user_id is None else answer.user_id or None,
        roles=event.roles if answer.roles is None else tuple(answer.roles),
        groups=tuple(answer.groups or event.groups),
        subprotocol=subprotocol,
        state=answer.state,
    )
