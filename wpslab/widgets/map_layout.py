"""Map layout: where on a map everything stands, in pixels. The picture in a page and the saved one are drawn by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from ..emulator import HubSnapshot
from .drawing import fit
from .map_cards import Card, GroupCard, cards_of, count, groups_of

TOP = 26  # above a hub: the captions of the columns
LINE = 19
CARD_HEAD = 24
ROW = 30  # a box of one line
GAP = 7
HUB_HEAD = 46
SERVER = 46

NodeKind = Literal["user", "anonymous", "many", "line", "hub", "group", "server", "upstream", "missing"]
LinkKind = Literal["connection", "member", "some", "rest", "event"]


class Node(msgspec.Struct, frozen=True, array_like=True):
    """A box with a title, a note beside or below it, and a hint for who points at it."""

    key: str
    kind: NodeKind
    x: float
    y: float
    width: float
    height: float
    title: str
    note: str
    hint: str


class Link(msgspec.Struct, frozen=True, array_like=True):
    """A way that messages take; `path` is SVG's."""

    key: str
    kind: LinkKind
    path: str


@dataclass(frozen=True)
class Shape:
    """Where the columns stand: the clients, the hub with its groups, and the servers beside or below it."""

    width: int
    clients: tuple[int, int]
    hub: tuple[int, int]
    groups: tuple[int, int]
    servers: tuple[tuple[int, int], tuple[int, int]]
    servers_below: bool


WIDE = Shape(720, (12, 206), (290, 206), (334, 150), ((572, 136), (572, 136)), False)
NARROW = Shape(340, (6, 138), (182, 152), (204, 122), ((6, 154), (180, 154)), True)


@dataclass
class Scene:
    """What is drawn, from the back to the front, and the line that stands for each connection.

    Attributes:
        line_of: the key of a line by hub and connection.
    """

    width: int
    height: float = 0
    nodes: list[Node] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    captions: list[tuple[float, float, str]] = field(default_factory=list)
    line_of: dict[tuple[str, str], str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return what the front end draws."""
        return {
            "width": self.width,
            "height": self.height,
            "nodes": msgspec.to_builtins(self.nodes),
            "links": msgspec.to_builtins(self.links),
            "captions": self.captions,
        }


def lay_out(hubs: Sequence[tuple[str, HubSnapshot]], shape: Shape) -> Scene:
    """Place hubs, one below the other."""
    scene = Scene(shape.width)
    for key, hub in hubs:
        _HubLayout(scene, shape, key, hub).place()
    return scene


class _HubLayout:
    def __init__(self, scene: Scene, shape: Shape, key: str, hub: HubSnapshot) -> None:
        self.scene = scene
        self.shape = shape
        self.key = key
        self.hub = hub
        self.cards = cards_of(hub)
        self.groups = groups_of(hub)
        self.top = scene.height + TOP
        clients = sum(map(_height, self.cards)) + GAP * max(0, len(self.cards) - 1)
        groups = HUB_HEAD + len(self.groups) * (ROW + GAP) + GAP
        self.height = max(clients + 2 * GAP, groups, 2 * SERVER + 4 * GAP if not shape.servers_below else 96)
        self.clients_top = self.top + (self.height - clients) / 2
        self.ports: list[tuple[str, float, tuple[tuple[str, bool], ...]]] = []

    def place(self) -> None:
        self._place_captions()
        self._place_hub()
        self._place_clients()
        self._place_groups()
        bottom = self._place_servers()
        self.scene.height = bottom + GAP * 2

    def _id(self, key: str) -> str:
        return f"{self.key}/{key}"

    def _node(self, key: str, kind: NodeKind, x: float, y: float, size: tuple[float, float], *words: str) -> None:
        title, note, hint = words
        room = size[0] - (24 if kind == "hub" else 16)
        if kind in ("user", "anonymous", "many", "group") and note:  # they stand in one line
            if self.shape.servers_below:
                note = note.removesuffix(" connections")
            title = fit(title, max(40.0, room - 6.2 * len(note)))
        else:
            if self.shape.servers_below and kind == "line":
                title = title.removeprefix("connection ")
            title, note = fit(title, room + 8), fit(note, room * 1.2)
        self.scene.nodes.append(Node(self._id(key), kind, x, y, *size, title, note, hint))

    def _place_captions(self) -> None:
        y = self.top - 9
        named = [("clients", self.shape.clients[0]), ("the service", self.shape.hub[0])]
        if not self.shape.servers_below:
            named.append(("your servers", self.shape.servers[0][0]))
        self.scene.captions += [(x, y, text) for text, x in named]

    def _place_hub(self) -> None:
        x, width = self.shape.hub
        users = count(len(self.hub.users), "user")
        note = f"{count(len(self.hub.connections), 'connection')}, {users}"
        hint = f"hub {self.hub.name}\n{note}, {count(len(self.hub.groups), 'group')}"
        self._node("hub", "hub", x, self.top, (width, self.height), f"hub {self.hub.name}", note, hint)

    def _place_clients(self) -> None:
        x, width = self.shape.clients
        y = self.clients_top
        for card in self.cards:
            only = len(card.lines) == 1
            line = card.lines[0]
            hint = line.hint if only else f"user {card.title}\n{count(len(card.lines), 'connection')}"
            words = (card.title, line.label if only else "", hint)
            self._node(line.key if only else card.key, card.kind, x, y, (width, _height(card)), *words)
            if only:
                self._port(line.key, line.connections, line.groups, y + ROW / 2)
            for number, each in enumerate(card.lines if not only else ()):
                at = y + CARD_HEAD + number * LINE
                self._node(each.key, "line", x + 6, at, (width - 12, LINE - 2), each.label, "", each.hint)
                self._port(each.key, each.connections, each.groups, at + (LINE - 2) / 2)
            y += _height(card) + GAP
        if not self.cards:
            text = "no connection"
            self._node("nobody", "missing", x, self.top + self.height / 2 - ROW / 2, (width, ROW), text, "", text)

    def _port(self, key: str, connections: tuple[str, ...], groups: tuple[tuple[str, bool], ...], y: float) -> None:
        x, width = self.shape.clients
        self.scene.links.append(Link(self._id(key), "connection", f"M{x + width} {y:g}H{self.shape.hub[0]}"))
        self.ports.append((key, y, groups))
        for connection in connections:
            self.scene.line_of[self.key, connection] = key

    def _place_groups(self) -> None:
        x, width = self.shape.groups
        stack = len(self.groups) * (ROW + GAP) - GAP
        y = self.top + HUB_HEAD + (self.height - HUB_HEAD - stack) / 2
        where: dict[str, tuple[GroupCard, float]] = {}
        for card in self.groups:
            self._node(f"g:{card.key}", "group", x, y, (width, ROW), card.title, card.note, card.hint)
            where |= dict.fromkeys(card.names, (card, y + ROW / 2))
            y += ROW + GAP
        for key, port_y, groups in self.ports:
            to = {where[group][0].key: (where[group][1], is_all) for group, is_all in reversed(groups)}
            for group, (group_y, is_all) in to.items():
                begin, end = self.shape.hub[0], x
                middle = begin + (end - begin) * 0.5
                path = f"M{begin} {port_y:g}C{middle:g} {port_y:g} {middle:g} {group_y:g} {end} {group_y:g}"
                kind: LinkKind = "member" if is_all else "some"
                self.scene.links.append(Link(self._id(f"{key}>{group}"), kind, path))

    def _place_servers(self) -> float:
        notes = ["sends by REST", self._upstream_note()]
        boxes: list[tuple[str, NodeKind, LinkKind, str]] = [
            ("app", "server", "rest", "application server"),
            ("up", "upstream", "event", "upstream"),
        ]
        hub_x, hub_width = self.shape.hub
        bottom = self.top + self.height
        for number, (key, kind, link, title) in enumerate(boxes):
            x, width = self.shape.servers[number]
            if self.shape.servers_below:
                y, middle = bottom + 26.0, x + width / 2
                end = max(hub_x + 20.0, min(middle, hub_x + hub_width - 20.0))
                path = f"M{middle:g} {y:g}C{middle:g} {y - 16:g} {end:g} {bottom + 18:g} {end:g} {bottom:g}"
            else:
                y = self.top + self.height * (0.27, 0.73)[number] - SERVER / 2
                path = f"M{x} {y + SERVER / 2:g}H{hub_x + hub_width}"
            there = kind == "server" or self.hub.event_handlers or self.hub.event_listeners
            words = (title, notes[number], self._server_hint(kind))
            self._node(key, kind if there else "missing", x, y, (width, SERVER), *words)
            if there:
                self.scene.links.append(Link(self._id(key), link, path))
        return bottom + (26 + SERVER if self.shape.servers_below else 0)

    def _upstream_note(self) -> str:
        handlers, listeners = len(self.hub.event_handlers), self.hub.event_listeners
        if not handlers and not listeners:
            return "none registered"
        words = [count(handlers, "handler")] if handlers else []
        return ", ".join(words + ([count(listeners, "listener")] if listeners else []))

    def _server_hint(self, kind: NodeKind) -> str:
        if kind == "server":
            return "application server\nYour program, which calls the service by REST or by an SDK for servers."
        handlers = [
            f"{each.url_template}: {', '.join([each.user_event_pattern or 'no user events', *each.system_events])}"
            for each in self.hub.event_handlers
        ]
        return "\n".join(["upstream server", *(handlers or ["No event handler is registered for this hub."])])


def _height(card: Card) -> float:
    return ROW if len(card.lines) == 1 else CARD_HEAD + LINE * len(card.lines) + 3
