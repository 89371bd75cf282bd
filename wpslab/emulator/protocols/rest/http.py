"""HTTP: the request and response of a REST call as plain values, and how errors are spelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

API_VERSIONS = ("2021-10-01", "2022-11-01", "2023-07-01", "2024-01-01", "2024-12-01")
PREVIEW_VERSIONS = ("2021-05-01-preview", "2021-08-01-preview")
"""Older versions; the Azure CLI's extension still sends the first of them."""


@dataclass(frozen=True, slots=True)
class RestRequest:
    """A call as it came.

    Attributes:
        method: `GET`, `POST`, ….
        target: the raw request target, path and query, escapes untouched.
        headers: pairs of lower-case name and value, repeated ones too.
        body: what was read of the body; at most one byte more than a message may have.
    """

    method: str
    target: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first value of a header (name in lower case), or None."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class RestResponse:
    """The answer: status, headers, body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def error_response(status: int, code: str, message: str, target: str | None = None) -> RestResponse:
    """Spell an error as the service does: the error object is the whole body, without a wrapper."""
    body = {"code": code, "message": message}
    if target is not None:
        body["target"] = target
    headers = {"Content-Type": "application/json"}
    if status in (404, 409):
        headers["x-ms-error-code"] = code
    return RestResponse(status, headers, msgspec.json.encode(body))
