"""Responses: what a handler may answer, checked when it is made."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

DataType = Literal["text", "json", "binary", "protobuf"]
MEDIA_TYPES: Mapping[DataType, str] = {
    "text": "text/plain",
    "json": "application/json",
    "binary": "application/octet-stream",
    "protobuf": "application/x-protobuf",
}
METADATA_PREFIX = "x-webpubsub-metadata-"
MAX_STATE_BYTES = 8000
"""Largest connection state as a header line; many HTTP servers refuse headers over 8 KiB."""

_ROLE = re.compile(r"webpubsub\.((joinLeaveGroup|sendToGroup)(\..+)?|(joinLeaveGroups|sendToGroups)\..+)", re.DOTALL)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")


class Reject(Exception):
    """Raise it in a handler to refuse a client or its event.

    Args:
        status: 400 to 499, but not 408. The service repeats a call that was answered with 408 or 5xx.
        message: a sentence for the service's log; the client need not get to see it.
    """

    def __init__(self, status: int, message: str = "") -> None:
        if not isinstance(status, int) or not 400 <= status <= 499 or status == 408:
            raise ValueError(
                f"Reject takes a status of 400 to 499 but 408, not {status!r}: the service calls again, several times, "
                "after 408 and 5xx, and keeps the client waiting for seconds."
            )
        super().__init__(message or f"Rejected with {status}.")
        self.status = status
        self.message = str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectResponse:
    """Accept a client; None leaves what the client's token says.

    Args:
        user_id: replaces the token's; an empty string makes the client anonymous.
        roles: replace the token's; an empty list takes all away.
        groups: replace the token's; an empty list keeps them.
        subprotocol: one of those the client offered.
        state: JSON that comes back with every later event of this connection.

    Raises:
        TypeError: a value of the wrong type.
        ValueError: a role the service does not know, an empty name, a state that is too large.
    """

    user_id: str | None = None
    roles: Collection[str] | None = None
    groups: Collection[str] | None = None
    subprotocol: str | None = None
    state: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        for name in ("user_id", "subprotocol"):
            if not isinstance(getattr(self, name), str | None):
                raise TypeError(f"{name} is a string or None, not {getattr(self, name)!r}.")
        for name in ("roles", "groups"):
            _check_names(name, getattr(self, name))
        for role in self.roles or ():
            if not _ROLE.fullmatch(role):
                raise ValueError(
                    f"There is no role {role!r}. Roles are webpubsub.joinLeaveGroup and webpubsub.sendToGroup, alone "
                    "or with .<group>, and webpubsub.joinLeaveGroups.<pattern>, webpubsub.sendToGroups.<pattern>."
                )
        encode_state(self.state)

    @property
    def body(self) -> bytes:
        """The answer's JSON; empty if everything stays as the token says."""
        fields = {
            "userId": self.user_id,
            "roles": self.roles,
            "groups": self.groups,
            "subprotocol": self.subprotocol,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(given, default=list).encode() if given else b""


@dataclass(frozen=True, slots=True)
class UserEventResponse:
    """Answer an event, to the client that sent it.

    Args:
        data: None sends nothing to the client, and neither does an empty text.
        data_type: by default what `data` is: str is text, bytes is binary, a dict or list is JSON.
        state: replaces the connection's state; `{}` empties it, None keeps it.
        metadata: travels with the answer; names compare without case.

    Raises:
        TypeError: data that is not of its data type.
        ValueError: JSON that cannot be written, metadata over the service's limits, a state that is too large.
    """

    data: Any = None
    data_type: DataType | None = None
    state: Mapping[str, Any] | None = field(default=None, kw_only=True)
    metadata: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    body: bytes = field(init=False, repr=False)
    media_type: str | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        encode_state(self.state)
        _check_metadata(self.metadata)
        data_type = self.data_type or _type_of(self.data)
        if data_type not in (None, *MEDIA_TYPES):
            raise ValueError(f"data_type is one of {', '.join(MEDIA_TYPES)}, not {data_type!r}.")
        object.__setattr__(self, "media_type", data_type and MEDIA_TYPES[data_type])
        object.__setattr__(self, "body", b"" if data_type is None else _encode(self.data, data_type))


def _type_of(data: Any) -> DataType | None:
    match data:
        case None:
            return None
        case str():
            return "text"
        case bytes() | bytearray() | memoryview():
            return "binary"
        case dict() | list():
            return "json"
    raise TypeError(
        f"An answer is str, bytes, dict, list or None, not {type(data).__name__}; "
        'other JSON goes as UserEventResponse(data, data_type="json").'
    )


def _encode(data: Any, data_type: DataType) -> bytes:
    if data_type == "json":
        return json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    if data_type == "text" and isinstance(data, str):
        return data.encode()
    if data_type != "text" and isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    raise TypeError(f"Data of type {data_type} is {'str' if data_type == 'text' else 'bytes'}, not {_kind(data)}.")


def encode_state(state: Mapping[str, Any] | None) -> str | None:
    """Return a state as its header has it, base64 of JSON, by the convention of the Azure SDKs."""
    if state is None:
        return None
    if not isinstance(state, Mapping):
        raise TypeError(f"state is a dict or None, not {_kind(state)}.")
    text = json.dumps(dict(state), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    encoded = base64.b64encode(text.encode()).decode()
    if len(encoded) > MAX_STATE_BYTES:
        raise ValueError(
            f"The state is {len(encoded)} bytes as a header, and {MAX_STATE_BYTES} is the most: keep a key of it here, "
            "and the rest in a database."
        )
    return encoded


def decode_state(encoded: str | None) -> dict[str, Any]:
    """Return the state in a header; an empty one if there is none, or another server's that is no base64 of JSON."""
    try:
        state = json.loads(base64.b64decode(encoded or "", validate=True))
    except (ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}


def _check_names(what: str, names: Any) -> None:
    if names is None:
        return
    if isinstance(names, str) or not isinstance(names, list | tuple | set | frozenset):
        raise TypeError(f"{what} is a list of strings or None, not {_kind(names)}.")
    for name in names:
        if not isinstance(name, str) or not name:
            raise ValueError(f"{what} holds {name!r}; each of them is a string that is not empty.")


def _check_metadata(metadata: Mapping[str, str]) -> None:
    for name, value in metadata.items():
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise ValueError(
                f"The metadata name {name!r} is not 1 to 256 letters, digits or characters of !#$%&'*+-.^_`|~"
            )
        if not isinstance(value, str) or not (value.isascii() and value.isprintable()) or len(value) > 1024:
            raise ValueError(
                f"The metadata value of {name!r} is not a string of at most 1024 printable ASCII characters."
            )
        if "," in value:
            raise ValueError(
                f"The metadata value of {name!r} has a comma: the service keeps only what follows the last."
            )
    if sum(len(name) + len(value) for name, value in metadata.items()) > 8192:
        raise ValueError("The metadata is over 8192 bytes in total.")


def _kind(value: Any) -> str:
    return "None" if value is None else type(value).__name__
