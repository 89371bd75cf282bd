"""Names: which hub, group, user and event names are legal."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .errors import BadRequest
from .limits import MAX_GROUP_NAME, MAX_METADATA_BYTES, MAX_METADATA_KEY, MAX_METADATA_VALUE

_HUB = re.compile(r"[A-Za-z][A-Za-z0-9_`,.\[\]]{0,127}")
_EVENT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,127}")
_METADATA_KEY = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def hub_key(name: str) -> str:
    """Return the key under which a hub is kept: hub names compare without case.

    Raises:
        BadRequest: the name breaks the pattern of the REST contract.
    """
    if not _HUB.fullmatch(name):
        raise BadRequest(
            f"Invalid hub name `{name[:128]}`: 1 to 128 characters, a letter, then letters, digits or _ ` , . [ ]."
        )
    return name.lower()


def is_group(name: str) -> bool:
    """Tell whether a group may have this name: 1 to 1024 characters that are not all white space."""
    return 0 < len(name) <= MAX_GROUP_NAME and not name.isspace()


def is_event(name: str) -> bool:
    """Tell whether a user event may have this name: a letter, then up to 127 letters, digits, `_`, `.` or `-`."""
    return _EVENT.fullmatch(name) is not None


def check_group(name: str, *, target: str = "Request") -> str:
    """Return `name`, or raise BadRequest if no group may have it."""
    if not is_group(name):
        raise BadRequest("Invalid group name: 1 to 1024 characters that are not all white space.", target=target)
    return name


def check_id(name: str, kind: str) -> str:
    """Return `name`, or raise BadRequest if it is empty or only white space (connection and user ids)."""
    if not name or name.isspace():
        raise BadRequest(f"Invalid {kind}: it must hold a character that is not white space.")
    return name


def metadata_problem(metadata: Mapping[str, str]) -> str | None:
    """Say what is wrong with a message's metadata, or return None."""
    total = 0
    for key, value in metadata.items():
        if len(key) > MAX_METADATA_KEY or not _METADATA_KEY.fullmatch(key):
            return f"Invalid metadata key `{key[:64]}`."
        if not value.isascii() or len(value) > MAX_METADATA_VALUE:
            return f"Invalid value of metadata `{key}`: at most {MAX_METADATA_VALUE} ASCII characters."
        total += len(key) + len(value)
    if total > MAX_METADATA_BYTES:
        return f"Metadata of {total} bytes: at most {MAX_METADATA_BYTES}."
    return None
