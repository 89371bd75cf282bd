"""URLs: raw request targets to decoded parts. Names with an encoded slash make this more than a library call."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

from ..core.errors import BadRequest

_ENCODED_SLASH = re.compile(r"(%2[fF])")


def split_target(target: str) -> tuple[str, dict[str, list[str]]]:
    """Split a raw request target into its still encoded path and its decoded query, every value kept."""
    path, _, query = target.partition("?")
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.partition("#")[0], keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return path, values


def decode_segment(segment: str) -> str:
    """Decode one path segment, once. Raises BadRequest where the escapes are no UTF-8."""
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError as error:
        raise BadRequest("The path holds an escape that is not UTF-8.") from error


def decode_name(segment: str) -> str:
    """Decode a group name or user id: all escapes once, but `%2F` stays as it is.

    That is what the service does: a group called `a/b` cannot be addressed by REST.
    """
    parts = _ENCODED_SLASH.split(segment)
    return "".join(part if index % 2 else decode_segment(part) for index, part in enumerate(parts))
