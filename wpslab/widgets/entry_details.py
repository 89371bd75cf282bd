"""Entry details: all that is known of one entry, and in words why it failed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from ..emulator import Failure, TraceEntry
from ..errors import LabError
from ..explain import explain
from ..lab import Lab
from .client_names import ClientNames
from .frame_words import parsed, pretty

MAX_RECEIVERS = 12
REST_REFUSALS = {
    400: "The call was malformed: its path, its parameters or its body. The answer's text says what.",
    401: "The access token of the call was refused: another key, another audience, or too old.",
    404: "There is no such connection, user or group, or no such path.",
    429: "The resource has used up what its SKU allows a day.",
}
INTERNAL_SERVER_ERROR = "InternalServerError"


def facts_of(entry: TraceEntry, names: ClientNames) -> list[tuple[str, str]]:
    """Return what an entry says, as pairs of a name and a value."""
    who = f"{names.of(entry.connection_id)} · {entry.connection_id}" if entry.connection_id else ""
    receivers = [f"{names.of(each)} · {each}" for each in entry.receivers[:MAX_RECEIVERS]]
    left = len(entry.receivers) - MAX_RECEIVERS
    facts = [
        ("what", entry.what),
        ("time", datetime.fromtimestamp(entry.time, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]),
        ("hub", entry.hub or ""),
        ("connection", who),
        ("user", entry.user_id or ""),
        ("group", entry.group or ""),
        ("event", entry.event or ""),
        ("request", " ".join(filter(None, (entry.method, entry.url)))),
        ("status", str(entry.status or "")),
        ("took", f"{entry.milliseconds:.1f} ms" if entry.milliseconds is not None else ""),
        ("receivers", "\n".join(receivers + ([f"and {left} more"] if left > 0 else []))),
        ("detail", entry.detail),
    ]
    return [(name, value) for name, value in facts if value]


def frames_of(entry: TraceEntry) -> list[str]:
    """Return the frame pretty-printed, and the same message as receivers of another protocol got it."""
    return [pretty(frame) for frame in (entry.frame, *entry.other_frames) if frame]


def is_failure(entry: TraceEntry) -> bool:
    """Tell whether an entry can be explained."""
    match entry.what:
        case "answered" | "validation":
            return not 200 <= (entry.status or 0) < 300
        case "delivered":
            return entry.detail.startswith("ack:")
        case "rest":
            return (entry.status or 0) >= 400
    return entry.what in ("failed", "refused")


def explanation_of(entry: TraceEntry, lab: Lab, known: Iterable[TraceEntry]) -> str:
    """Say in plain sentences why an entry failed; empty where it did not. Blocks for up to seconds.

    The lab explains the newest failure, also by what its own server raised. An older one is explained by what the
    service said of it among the entries that are known.
    """
    if not is_failure(entry):
        return ""
    return _told_by_the_lab(entry, lab) or _told_by_the_service(entry, known) or _told_by_the_entry(entry)


def _told_by_the_lab(entry: TraceEntry, lab: Lab) -> str:
    if lab.backend == "azure":
        return ""
    try:
        newest = lab.explain(entry.connection_id)
    except (LabError, RuntimeError):
        return ""
    return str(newest) if newest.failure is not None and _is_about(newest.failure, entry) else ""


def _told_by_the_service(entry: TraceEntry, known: Iterable[TraceEntry]) -> str:
    failures = [each.failure for each in (*known, entry) if each.failure is not None]
    mine = [failure for failure in failures if _is_about(failure, entry)]
    return str(explain(mine[-1:])) if mine else ""


def _told_by_the_entry(entry: TraceEntry) -> str:
    """Return what can be said of an entry that stands alone."""
    match parsed(entry.frame or ""):
        case {"type": "ack", "ackId": number, "error": {"name": str(name), "message": str(message)}}:
            return f"The request with ackId {number} was refused: {name}. {message}{_what_allows(name)}"
    if entry.what == "rest":
        return REST_REFUSALS.get(entry.status or 0, f"The service answered the call with {entry.status}.")
    if entry.what == "refused":
        name, _, _ = entry.detail.partition(":")
        return f"The service refused it: {entry.detail}{_what_allows(name)}"
    return "Nothing more is known of it."


def _what_allows(error: str) -> str:
    if error != "Forbidden":
        return ""
    return (
        " What a client may do is in the roles of its access token, such as webpubsub.sendToGroup, or is granted later "
        "with grant_permission."
    )


def _is_about(failure: Failure, entry: TraceEntry) -> bool:
    if entry.what == "rest" or abs(failure.time - entry.time) > 1:
        return False
    if entry.what == "failed":
        return str(failure) == entry.detail
    if entry.what == "validation":
        return failure.hub == entry.hub and failure.kind.is_validation
    is_request = entry.what == "delivered" or (entry.what == "refused" and entry.status is None)
    if is_request and INTERNAL_SERVER_ERROR not in entry.detail:  # the service itself refused it
        return False
    return (failure.connection_id, failure.hub) == (entry.connection_id, entry.hub) and (
        entry.what in ("refused", "delivered") or failure.event == entry.event
    )
