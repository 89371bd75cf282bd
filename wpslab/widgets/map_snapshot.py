"""Map snapshot: a service map as a picture and as lines of text that are the same in every run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..emulator import ConnectionSnapshot, HubSnapshot
from .drawing import Drawing, text_at
from .map_cards import NO_USER, count, protocol_of
from .map_layout import WIDE, Link, Node, Scene, lay_out

Hubs = Sequence[tuple[str, HubSnapshot]]

TITLE_ROOM = 34
MAX_TOLD = 24

_STYLE = (
    ".box{fill:#fff;stroke:#57606a}.hub{fill:#f6f8fa;stroke:#0550ae;stroke-width:1.5}.user{stroke:#57606a}"
    ".anonymous,.missing{stroke-dasharray:4 3}.missing{fill:none;stroke:#8c959f}.many{stroke-width:2}"
    ".group{fill:#ddf4ff;stroke:#0550ae}.server{fill:#fff8c5;stroke:#7d4e00}.upstream{fill:#fbefff;stroke:#6639ba}"
    ".link{fill:none;stroke:#57606a;stroke-width:1.4}.member,.some{stroke:#0550ae}.some{stroke-dasharray:4 3}"
    ".rest{stroke:#7d4e00}.event{stroke:#6639ba}"
)


def picture_of(title: str, hubs: Hubs, notes: Iterable[str] = ()) -> Drawing:
    """Return a picture of hubs, with sentences below."""
    notes = list(filter(None, notes))
    scene = lay_out(hubs, WIDE)
    body = [text_at(14, 23, title, "title"), f'<g transform="translate(0 {TITLE_ROOM})">', *_elements(scene), "</g>"]
    height = TITLE_ROOM + scene.height + 4
    lines = [wrapped for note in [*([] if hubs else ["There is no hub yet."]), *notes] for wrapped in _wrapped(note)]
    for line in lines:
        height += 16
        body.append(text_at(14, height, line, "quiet"))
    text = "\n".join([*text_of(hubs), *notes])
    return Drawing(title, text, WIDE.width, round(height + (14 if lines else 8)), tuple(body), _STYLE)


def text_of(hubs: Hubs) -> list[str]:
    """Return the same in words: hubs, users with their connections, groups with their members, and the upstream."""
    return [line for _, hub in hubs for line in _lines(hub)] or ["There is no hub yet."]


def _lines(hub: HubSnapshot) -> list[str]:
    counts = [(len(hub.connections), "connection"), (len(hub.users), "user"), (len(hub.groups), "group")]
    lines = [f"hub {hub.name}: {', '.join(count(*each) for each in counts)}"]
    owned: dict[str, list[ConnectionSnapshot]] = {user: [] for user in hub.users}
    for connection in hub.connections:
        owned.setdefault(NO_USER if connection.user_id is None else connection.user_id, []).append(connection)
    users = [f"  {f'user {user}' if user != NO_USER else user}: {_connections(own)}" for user, own in owned.items()]
    members: dict[str, list[str]] = {group: [] for group in hub.groups}
    for connection in hub.connections:
        for group in connection.groups:
            members[group].append(NO_USER if connection.user_id is None else connection.user_id)
    groups = [f"  group {group}: {_counted(who)}" for group, who in members.items()]
    handlers = [f"  upstream: {_events(hub, number)}" for number in range(len(hub.event_handlers))]
    listeners = [f"  listeners: {hub.event_listeners}"] if hub.event_listeners else []
    return lines + _cut(users, "users") + _cut(groups, "groups") + (handlers or ["  upstream: none"]) + listeners


def _connections(connections: Sequence[ConnectionSnapshot]) -> str:
    told: dict[str, int] = {}
    for each in connections:
        words = f"{protocol_of(each)} in {', '.join(each.groups) or 'no group'}"
        told[words] = told.get(words, 0) + 1
    return "; ".join(words if times == 1 else f"{times} x {words}" for words, times in sorted(told.items()))


def _counted(users: Sequence[str]) -> str:
    names = sorted(set(users))
    told = [name if users.count(name) == 1 else f"{name} ({users.count(name)})" for name in names[:MAX_TOLD]]
    left = len(names) - MAX_TOLD
    return ", ".join(told) + (f" and {left} more" if left > 0 else "")


def _events(hub: HubSnapshot, number: int) -> str:
    handler = hub.event_handlers[number]
    user_events = f"user events {handler.user_event_pattern}" if handler.user_event_pattern else "no user events"
    return ", ".join([user_events, *handler.system_events])


def _cut(lines: list[str], noun: str) -> list[str]:
    left = len(lines) - MAX_TOLD
    return lines[:MAX_TOLD] + ([f"  and {left} more {noun}"] if left > 0 else [])


def _wrapped(note: str) -> list[str]:
    lines = [""]
    for word in note.split():
        if len(lines[-1]) + len(word) > 112:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _elements(scene: Scene) -> list[str]:
    hubs = [node for node in scene.nodes if node.kind == "hub"]
    others = [node for node in scene.nodes if node.kind != "hub"]
    return [
        *(text_at(x, y, text, "quiet") for x, y, text in scene.captions),
        *(element for node in hubs for element in _box(node)),
        *(_line(link) for link in scene.links),
        *(element for node in others for element in _box(node)),
    ]


def _line(link: Link) -> str:
    return f'<path class="link {link.kind}" d="{link.path}"/>'


def _box(node: Node) -> list[str]:
    """Draw a box. What the front end draws from the same node looks the same."""
    x, y, width, height = node.x, node.y, node.width, node.height
    if node.kind == "line":
        return [text_at(x + 4, y + 12.5, node.title, "small")]
    radius = height / 2 if node.kind == "group" else 10 if node.kind == "hub" else 5
    rect = f'<rect class="box {node.kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}"/>'
    if node.kind in ("user", "anonymous", "many", "group"):
        note = [text_at(x + width - 10, y + 19, node.note, "quiet end")] if node.note else []
        return [rect, text_at(x + 10, y + (19 if node.height <= 30 else 17), node.title, "strong"), *note]
    if not node.note:
        return [rect, text_at(x + width / 2, y + height / 2 + 4, node.title, "quiet middle")]
    anchor, at = (" end", x + width - 14) if node.kind == "hub" else (" middle", x + width / 2)
    return [rect, text_at(at, y + 20, node.title, f"strong{anchor}"), text_at(at, y + 36, node.note, f"quiet{anchor}")]
