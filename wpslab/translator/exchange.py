"""Exchange: one request and its answer, as they are shown to a learner, without any secret."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..emulator.protocols.rest import RestRequest, RestResponse

_SECRET_HEADERS = frozenset({"ocp-apim-subscription-key", "authorization", "cookie"})
_SECRET_QUERY = re.compile(r"(?<=subscription-key=)[^&#]*", re.IGNORECASE)
_TOKEN_PATH = "/issuetoken"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer; keys and tokens are masked.

    Attributes:
        target: path and query.
        headers: of the request, names in lower case.
        answer: the body of the answer.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str
    status: int
    answer: str

    def __str__(self) -> str:
        headers = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"{self.method} {self.target}\n{headers}\n\n{self.body}\n\n-> {self.status}\n{self.answer}"

    @classmethod
    def of(cls, request: RestRequest, response: RestResponse) -> Exchange:
        """Make the record of an exchange."""
        is_token = request.target.partition("?")[0].lower().endswith(_TOKEN_PATH)
        return cls(
            request.method,
            _SECRET_QUERY.sub("***", request.target),
            tuple((name, "***" if name in _SECRET_HEADERS else value) for name, value in request.headers),
            request.body.decode("utf-8", "replace"),
            response.status,
            "***" if is_token and response.status == 200 else response.body.decode("utf-8", "replace"),
        )
