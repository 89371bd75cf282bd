"""Parameters: the values of a REST call's path, query, body and headers, each checked by its rule in the contract."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from ...core.errors import BadRequest, NotAvailable
from ...core.limits import MAX_GROUP_NAME, MAX_MESSAGE_BYTES, MAX_TTL_SECONDS
from ...core.messages import DataType, Payload
from ...core.names import check_group, check_id, hub_key, metadata_problem
from ...core.permissions import PermissionKind
from ..urls import decode_name, decode_segment
from .http import API_VERSIONS, PREVIEW_VERSIONS, RestRequest

Query = Mapping[str, Sequence[str]]

_METADATA_HEADER = "x-webpubsub-metadata-"
_CONTENT_TYPE = re.compile(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)\s*((?:;[^;]*)*)")
_DATA_TYPES: Mapping[str, DataType] = {
    "text/plain": "text",
    "application/json": "json",
    "application/octet-stream": "binary",
}
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"})
"""Encodings of Python's that are no charset of a web service; some of them decode to half a character."""

_PERMISSIONS: Mapping[str, PermissionKind] = {
    "sendtogroup": "sendToGroup",
    "1": "sendToGroup",
    "joinleavegroup": "joinLeaveGroup",
    "2": "joinLeaveGroup",
}


class UnsupportedMediaType(Exception):
    """Tell that the `Content-Type` of a body is none the service takes (status 415)."""


@dataclass(frozen=True, slots=True)
class PathValues:
    """The decoded parameters of a path; those the operation does not have are empty."""

    hub: str = ""
    group: str = ""
    user_id: str = ""
    connection_id: str = ""
    permission: PermissionKind = "sendToGroup"


def read_path(segments: Mapping[str, str]) -> PathValues:
    """Decode and check path parameters given by name. Raises BadRequest."""
    values = PathValues()
    for name, raw in segments.items():
        match name:
            case "hub":
                values = _with(values, hub=hub_key(decode_segment(raw)))
            case "group":
                values = _with(values, group=check_group(decode_name(raw)))
            case "userId":
                values = _with(values, user_id=check_id(decode_name(raw), "user id"))
            case "connectionId":
                values = _with(values, connection_id=check_id(decode_segment(raw), "connection id"))
            case "permission":
                kind = _PERMISSIONS.get(decode_segment(raw).lower())
                if kind is None:
                    raise BadRequest("The permission is sendToGroup or joinLeaveGroup.")
                values = _with(values, permission=kind)
    return values


def _with(values: PathValues, **changes: str) -> PathValues:
    return PathValues(**{**{name: getattr(values, name) for name in PathValues.__slots__}, **changes})


def read_api_version(query: Query) -> None:
    """Check `api-version`; without one, the newest is meant. Raises BadRequest."""
    versions = query.get("api-version", ())
    if len(versions) > 1 or (versions and versions[0] not in (*API_VERSIONS, *PREVIEW_VERSIONS)):
        raise BadRequest("The specified API version is not supported.", target="api-version")


def read_time_to_live(query: Query) -> None:
    """Check `messageTtlSeconds`. It only matters to clients that can come back for what they missed.

    Raises:
        BadRequest: it is no integer from 0 to 300.
    """
    values = query.get("messageTtlSeconds", ())
    if any(not re.fullmatch(r"[0-9]{1,9}", value) or int(value) > MAX_TTL_SECONDS for value in values):
        raise BadRequest(f"messageTtlSeconds is an integer from 0 to {MAX_TTL_SECONDS}.")


def read_filter(query: Query) -> None:
    """Check `filter`. Raises NotAvailable for one that is not empty: the emulator does not evaluate filters yet."""
    if any(query.get("filter", ())):
        raise NotAvailable("The emulator does not evaluate OData filters yet.")


def read_target_name(query: Query) -> str:
    """Return `targetName`, the group of a permission. Raises BadRequest where it is absent or no group name."""
    values = query.get("targetName", ())
    name = values[-1] if values else ""
    if not name or name.isspace() or len(name) > MAX_GROUP_NAME:
        raise BadRequest("targetName is missing or no group name.")
    return name


def read_excluded(query: Query) -> frozenset[str]:
    """Return the connection ids in `excluded`; a comma is no separator."""
    return frozenset(query.get("excluded", ()))


def read_reason(query: Query) -> str:
    """Return `reason`, empty if there is none."""
    values = query.get("reason", ())
    return values[-1] if values else ""


def read_payload(request: RestRequest) -> Payload:
    """Read the message of a send.

    Raises:
        BadRequest: the length is not announced or too large, the JSON is none, the metadata is illegal.
        UnsupportedMediaType: the content type is none of text, JSON or bytes.
    """
    body = request.body
    length = request.header("content-length")
    if length is None or not length.isascii() or not length.isdigit() or int(length) > MAX_MESSAGE_BYTES:
        raise BadRequest("Invalid Content-Length header.")
    if len(body) > MAX_MESSAGE_BYTES:
        raise BadRequest("Invalid Content-Length header.")
    data_type, charset = _read_content_type(request.header("content-type"))
    if data_type != "binary":
        if charset != "utf-8" or data_type == "text":
            body = body.decode(charset, errors="replace").encode()
        body = body.removeprefix(codecs.BOM_UTF8)
    if data_type == "json":
        try:
            msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest("The request body is not a valid JSON.") from error
        body = body.strip()
    return Payload(data_type, body, _read_metadata(request))


def _read_content_type(header: str | None) -> tuple[DataType, str]:
    if header is None:
        return "binary", "utf-8"
    match = _CONTENT_TYPE.fullmatch(header)
    if match is None or match[1].lower() not in _DATA_TYPES:
        raise UnsupportedMediaType(f"Content-Type `{header[:100]}` is not one of {', '.join(_DATA_TYPES)}.")
    charset = "utf-8"
    for parameter in match[2].split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"')
    return _DATA_TYPES[match[1].lower()], _known_charset(charset)


def _known_charset(name: str) -> str:
    try:
        known = codecs.lookup(name).name
        "".encode(known)  # refuses codecs that are no text encodings
    except (LookupError, ValueError) as error:
        raise UnsupportedMediaType(f"The charset `{name[:40]}` is not known.") from error
    if known in _NO_CHARSETS:
        raise UnsupportedMediaType(f"The charset `{name[:40]}` is not known.")
    return known


def _read_metadata(request: RestRequest) -> dict[str, str] | None:
    metadata = {
        name[len(_METADATA_HEADER) :]: value.rpartition(",")[2].strip()
        for name, value in request.headers
        if name.startswith(_METADATA_HEADER)
    }
    if problem := metadata_problem(metadata):
        raise BadRequest(problem)
    return metadata or None
