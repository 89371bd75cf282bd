"""Map cards: which clients a map shows one by one, and which together, so that it can be read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..emulator import ConnectionSnapshot, HubSnapshot

MAX_LINES = 12
MAX_GROUPS = 10
_TOLD = 12  # names or ids in a hint
_PROTOCOLS = {
    None: "simple",
    "json.webpubsub.azure.v1": "json",
    "protobuf.webpubsub.azure.v1": "protobuf",
    "json.reliable.webpubsub.azure.v1": "reliable json",
    "protobuf.reliable.webpubsub.azure.v1": "reliable protobuf",
}
NO_USER = "(no user)"
MORE = "\0more"  # a key that no name is

CardKind = Literal["user", "anonymous", "many"]


@dataclass(frozen=True)
class Line:
    """One line of a card, which stands for one or more connections: where its link begins.

    Attributes:
        key: stays the same as long as the line means the same.
        groups: the groups the connections are in, and whether all of them are.
    """

    key: str
    label: str
    hint: str
    connections: tuple[str, ...]
    groups: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Card:
    """A user, or a client without one, or many users who are in the same groups."""

    key: str
    kind: CardKind
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class GroupCard:
    """A group, or the many there is no room for."""

    key: str
    title: str
    note: str
    hint: str
    names: tuple[str, ...]


def protocol_of(connection: ConnectionSnapshot) -> str:
    """Return the short name of a connection's protocol."""
    return _PROTOCOLS.get(connection.subprotocol, connection.subprotocol or "")


def cards_of(hub: HubSnapshot) -> list[Card]:
    """Return the clients of a hub: each connection; or, if these are many, each user; or users in the same groups."""
    owned: dict[str, list[ConnectionSnapshot]] = defaultdict(list)
    for connection in hub.connections:
        if connection.user_id is not None:
            owned[connection.user_id].append(connection)
    nobodys = sorted((each for each in hub.connections if each.user_id is None), key=_order)
    users = sorted(owned)
    if len(hub.connections) <= MAX_LINES:
        return [_card_of_user(user, owned[user]) for user in users] + [_card_of_nobody(each) for each in nobodys]
    if len(users) + bool(nobodys) <= MAX_LINES:
        return [_counted(user, owned[user], "user") for user in users] + (
            [_counted(NO_USER, nobodys, "anonymous")] if nobodys else []
        )
    return _bundled(owned, nobodys)


def groups_of(hub: HubSnapshot) -> list[GroupCard]:
    """Return the groups of a hub, sorted by name; if they are many, the largest, and one card for the others."""
    members = Counter(group for each in hub.connections for group in each.groups)
    largest = sorted(members, key=lambda name: (-members[name], name))
    shown, left = largest, largest[:0]
    if len(largest) > MAX_GROUPS:
        shown, left = largest[: MAX_GROUPS - 1], largest[MAX_GROUPS - 1 :]
    cards = [
        GroupCard(name, name, str(members[name]), f"group {name}: {count(members[name], 'connection')}", (name,))
        for name in sorted(shown)
    ]
    if left:
        hint = f"{len(left)} more groups: {_told(sorted(left))}"
        cards.append(GroupCard(MORE, f"{len(left)} more groups", "", hint, tuple(left)))
    return cards


def count(number: int, noun: str) -> str:
    """Return a number with its noun: 1 user, 2 users."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _order(connection: ConnectionSnapshot) -> tuple[str, tuple[str, ...]]:
    return protocol_of(connection), connection.groups


def _card_of_user(user: str, connections: Sequence[ConnectionSnapshot]) -> Card:
    only = len(connections) == 1
    lines = [
        _line(each, f"u:{user}", protocol_of(each) if only else f"connection {number} · {protocol_of(each)}")
        for number, each in enumerate(sorted(connections, key=_order), 1)
    ]
    return Card(f"u:{user}", "user", user, tuple(lines))


def _card_of_nobody(connection: ConnectionSnapshot) -> Card:
    key = f"c:{connection.id}"
    return Card(key, "anonymous", NO_USER, (_line(connection, key, protocol_of(connection)),))


def _line(connection: ConnectionSnapshot, card: str, label: str) -> Line:
    who = f"user {connection.user_id}" if connection.user_id is not None else "no user"
    hint = "\n".join(
        [
            who,
            f"connection {connection.id}",
            f"{connection.subprotocol or 'no subprotocol: a simple client'}",
            f"groups: {', '.join(connection.groups) or 'none'}",
        ]
    )
    groups = tuple((group, True) for group in connection.groups)
    return Line(f"{card}:{connection.id}", label, hint, (connection.id,), groups)


def _counted(title: str, connections: Sequence[ConnectionSnapshot], kind: CardKind, key: str = "") -> Card:
    """Return a card with one line for all connections of a user."""
    key = key or (f"u:{title}" if kind == "user" else "a:")
    label = protocol_of(connections[0]) if len(connections) == 1 else count(len(connections), "connection")
    hint = [f"user {title}" if kind == "user" else "no user", f"connections: {_told([c.id for c in connections])}"]
    return Card(key, kind, title, (_together(f"{key}:all", label, hint, connections),))


def _together(key: str, label: str, hint: list[str], connections: Sequence[ConnectionSnapshot]) -> Line:
    members = Counter(group for each in connections for group in each.groups)
    groups = tuple((group, members[group] == len(connections)) for group in sorted(members))
    told = [group if is_all else f"{group} ({members[group]} of {len(connections)})" for group, is_all in groups]
    hint = [*hint, f"groups: {_told(told) or 'none'}"]
    return Line(key, label, "\n".join(hint), tuple(each.id for each in connections), groups)


def _bundled(owned: dict[str, list[ConnectionSnapshot]], nobodys: list[ConnectionSnapshot]) -> list[Card]:
    """Put users who are in the same groups into one card."""
    bundles: dict[tuple[bool, tuple[str, ...]], dict[str, list[ConnectionSnapshot]]] = defaultdict(dict)
    for user, connections in sorted(owned.items()):
        bundles[True, tuple(sorted({group for each in connections for group in each.groups}))][user] = connections
    for connection in nobodys:
        bundles[False, connection.groups].setdefault(NO_USER, []).append(connection)
    largest = sorted(bundles, key=lambda key: (-sum(map(len, bundles[key].values())), key))
    cards = [_bundle(f"m:{key}", bundles[key]) for key in largest[: MAX_LINES - 1]]
    rest: dict[str, list[ConnectionSnapshot]] = defaultdict(list)
    for key in largest[MAX_LINES - 1 :]:
        for user, connections in bundles[key].items():
            rest[user] += connections
    return cards + ([_bundle(MORE, rest)] if rest else [])


def _bundle(key: str, users: dict[str, list[ConnectionSnapshot]]) -> Card:
    connections = [each for theirs in users.values() for each in theirs]
    if len(users) == 1:
        name = next(iter(users))
        kind: CardKind = "user" if name != NO_USER else "anonymous"
        return _counted(name, connections, kind, f"u:{name}" if kind == "user" else key)
    label = count(len(connections), "connection")
    named = [name for name in users if name != NO_USER]
    hint = [f"{count(len(named), 'user')}: {_told(named)}", label]
    title = "the others" if key == MORE else f"{len(named)} users"
    return Card(key, "many", title, (_together(f"{key}:all", label, hint, connections),))


def _told(names: Sequence[str]) -> str:
    left = len(names) - _TOLD
    return ", ".join(names[:_TOLD]) + (f" and {left} more" if left > 0 else "")
