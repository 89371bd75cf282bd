"""Steps: what happened, as arrows between clients, service, upstream and application server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from ..client.frames import cut, one_line
from ..emulator import TraceEntry
from .client_names import ClientNames
from .frame_words import brief

SERVICE, UPSTREAM, SERVER = "\0service", "\0upstream", "\0server"
"""Lanes that are no user's. Every other lane is named after a user, or after a connection that has none."""

LANE_NAMES = {SERVICE: "service", UPSTREAM: "upstream", SERVER: "application server"}
TEXT = 300  # characters of a frame in a list

Kind = Literal["message", "ack", "connection", "rest", "upstream"]


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One arrow, or, without targets, something at one lane.

    Attributes:
        number, time: of the entry.
        kind: what a reader can filter by.
        failed: whether something went wrong.
        source, targets: lanes.
        clients: the names of the connections that it is about.
        label: a few words.
        text: the frame as it travelled, on one line.
        answers: the number of the step that this one is the answer to, or 0.
        milliseconds: how long that took.
    """

    number: int
    time: float
    kind: Kind
    failed: bool
    source: str
    targets: tuple[str, ...]
    clients: tuple[str, ...]
    label: str
    text: str
    answers: int = 0
    milliseconds: float = 0.0

    def __str__(self) -> str:
        who = ", ".join(self.clients)
        source, targets = self._lane(self.source), " + ".join(map(self._lane, self.targets))
        is_behind = {self.source, *self.targets} <= LANE_NAMES.keys()
        about = f" ({who})" if who and is_behind else ""
        way = f"{source} -> {targets}{about}" if targets else f"{source}{about}"
        return f"{'! ' if self.failed else ''}{way}: {self.label}"

    def _lane(self, lane: str) -> str:
        if lane in LANE_NAMES:
            return LANE_NAMES[lane]
        own = [name for name in self.clients if name == lane or name.startswith(f"{lane}/")]
        return ", ".join(own) or lane


def steps_of(entries: Iterable[TraceEntry], names: ClientNames) -> list[Step]:
    """Return a step for each entry."""
    return [_Reader(entry, names).step() for entry in entries]


def lanes_of(steps: Iterable[Step]) -> list[str]:
    """Return the lanes that are needed: users by name, then the service, and who stands behind it."""
    used = {lane for step in steps for lane in (step.source, *step.targets)}
    return [*sorted(used - LANE_NAMES.keys()), SERVICE, *(lane for lane in (UPSTREAM, SERVER) if lane in used)]


class _Reader:
    def __init__(self, entry: TraceEntry, names: ClientNames) -> None:
        self.entry = entry
        self.names = names
        self.client = self._name(entry)
        self.lane = names.user_of(entry.connection_id) if entry.connection_id and self.client else SERVICE
        self.frame = names.hide_ids(entry.frame or "")

    def _name(self, entry: TraceEntry) -> str:
        if entry.connection_id is None:
            return ""
        if entry.what == "rest":
            return self.names.known(entry.connection_id) or ""
        return self.names.of(entry.connection_id)

    def step(self) -> Step:
        """Say who did what to whom."""
        entry = self.entry
        match entry.what:
            case "received":
                return self._make("message", self.lane, (SERVICE,), brief(self.frame))
            case "delivered":
                return self._delivered()
            case "connected":
                return self._make("connection", self.lane, (SERVICE,), f"connected: {entry.detail}")
            case "disconnected":
                why = f": {entry.detail}" if entry.detail else ""
                return self._make("connection", self.lane, (SERVICE,), f"disconnected{why}")
            case "closed":
                return self._make("connection", SERVICE, (self.lane,), f"closed {entry.status or ''} {entry.detail}")
            case "joined" | "left":
                return self._make("connection", SERVICE, (), f"{entry.what} {entry.group}")
            case "granted" | "revoked":
                where = f" for {entry.group}" if entry.group else ""
                return self._make("connection", SERVICE, (), f"{entry.what} {entry.detail}{where}")
            case "refused" | "failed":
                status = f" {entry.status}" if entry.status and entry.what == "refused" else ""
                return self._make("connection", SERVICE, (), f"{entry.what}{status}: {self._detail()}", failed=True)
            case "rest":
                failed = (entry.status or 0) >= 400
                label = f"{entry.method} {self.names.hide_ids(_path(entry.url))} {entry.status or ''}"
                return self._make("rest", SERVER, (SERVICE,), label, failed=failed)
            case _:
                return self._about_upstream()

    def _about_upstream(self) -> Step:
        entry = self.entry
        match entry.what:
            case "event":
                heard = f" ({entry.detail})" if entry.detail else ""
                data = f": {brief(self.frame)}" if self.frame else ""
                return self._make("upstream", SERVICE, (UPSTREAM,), f"event {entry.event}{data}{heard}")
            case "answered":
                failed = not 200 <= (entry.status or 0) < 300
                words = filter(None, (str(entry.status or ""), entry.detail, brief(self.frame) if self.frame else ""))
                return self._make("upstream", UPSTREAM, (SERVICE,), " ".join(words), failed=failed)
            case "validation":
                failed = not 200 <= (entry.status or 0) < 300
                label = f"{entry.method} {_path(entry.url)} {entry.status or self._detail()}"
                return self._make("upstream", SERVICE, (UPSTREAM,), label, failed=failed)
        return self._make("upstream", SERVICE, (UPSTREAM,), f"{entry.what}: {self._detail()}", failed=True)

    def _delivered(self) -> Step:
        entry = self.entry
        names, users = self.names, dict.fromkeys(map(self.names.user_of, entry.receivers))
        label = brief(self.frame) if self.frame else entry.detail
        if not entry.receivers:
            label += f" to group {entry.group} (nobody is there)" if entry.group else " (nobody is there)"
        failed = entry.detail.startswith("ack:")
        clients = tuple(sorted(map(names.of, entry.receivers)))
        kind: Kind = "message" if entry.detail == "message" else "ack"
        return self._make(kind, SERVICE, tuple(sorted(users)), label, failed=failed, clients=clients)

    def _make(
        self,
        kind: Kind,
        source: str,
        targets: tuple[str, ...],
        label: str,
        failed: bool = False,
        clients: tuple[str, ...] | None = None,
    ) -> Step:
        entry = self.entry
        return Step(
            entry.number,
            entry.time,
            kind,
            failed,
            source,
            targets,
            clients if clients is not None else (self.client,) if self.client else (),
            one_line(label).strip(),
            one_line(cut(entry.frame or "", TEXT)),
            entry.answers or 0,
            entry.milliseconds or 0.0,
        )

    def _detail(self) -> str:
        """The rest in words, without the address of a server, which differs from run to run."""
        words = [
            _path(word) if word.startswith(("http://", "https://")) else word for word in self.entry.detail.split()
        ]
        return self.names.hide_ids(" ".join(words))


def _path(url: str | None) -> str:
    return urlsplit(url or "").path or "/"
