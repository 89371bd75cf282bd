"""Call: a request to sign in, with the fields of its form or query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from ..rest.http import RestRequest
from .answers import SignInError
from .directory import Directory

_MAX_FIELDS = 100
_NOT_RESOURCES = frozenset({"openid", "profile", "offline_access", "email"})


@dataclass(frozen=True, slots=True)
class Call:
    """A request to sign in.

    Attributes:
        values: the fields of the form, or of the query.
        root: under which address the caller reached this, without a trailing slash.
        authority: what tokens name as their issuer.
        oauth: below which address the endpoints of the authority are.
    """

    directory: Directory
    request: RestRequest
    values: Mapping[str, str]
    root: str
    authority: str
    oauth: str
    now: float

    def require(self, name: str) -> str:
        """Return a field. Raises SignInError where it is missing or empty."""
        if value := self.values.get(name):
            return value
        raise SignInError(
            "invalid_request", 900144, f"The request body must contain the following parameter: '{name}'."
        )

    @property
    def audience(self) -> str:
        """For whom the access token is: the `resource`, or the `scope` without its last part."""
        if resource := self.values.get("resource"):
            return resource
        for scope in self.values.get("scope", "").split():
            if scope not in _NOT_RESOURCES:
                return scope.rpartition("/")[0] or scope
        return f"{self.root}/"


def read_form(text: str) -> dict[str, str]:
    """Read the fields of a form or a query. Raises SignInError where one comes twice, or too many come."""
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise SignInError("invalid_request", 9002313, "Invalid request. It has too many parameters.") from None
    for name, values in fields.items():
        if len(values) > 1:
            raise SignInError(
                "invalid_request", 9002313, f"Invalid request. The parameter '{name[:32]}' comes more than once."
            )
    return {name: values[0] for name, values in fields.items()}
