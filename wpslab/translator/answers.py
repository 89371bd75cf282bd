"""Answers: what goes back to the caller, as JSON with the service's headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..emulator.protocols.rest import RestResponse
from .errors import TranslatorError

JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A body and the headers that are this answer's own."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    content: Mapping[str, str] = field(default_factory=lambda: JSON)

    def response(self, request_id: str) -> RestResponse:
        """Return it as a response to the request with this id."""
        return RestResponse(self.status, {**self.content, **self.headers, "X-RequestId": request_id}, self.body)


def translator_json(value: Any) -> bytes:
    """Encode a body."""
    return msgspec.json.encode(value)


def metered(characters: int, targets: int) -> dict[str, str]:
    """Return the headers that tell what a translation costs, and which system made it, one for each target."""
    return {"X-Metered-Usage": str(characters), "X-MT-System": ",".join(["Team"] * targets)}


def error_answer(error: TranslatorError) -> Answer:
    """Return the answer to a request that is refused. The code is a number."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    body = {"error": {"code": error.code, "message": str(error)}}
    return Answer(translator_json(body), headers, error.status)
