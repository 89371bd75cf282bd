"""Router: which request to sign in is answered by what. Paths compare without case, slashes in a row count as one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..rest.http import RestRequest, RestResponse
from . import browser, documents, grants, identity
from .answers import SignInError, not_allowed
from .call import Call, read_form
from .directory import Directory

Run = Callable[[Call], RestResponse]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    run: Run
    oauth: str


_SLASHES = re.compile(r"/{2,}")
_TENANT = r"(?P<tenant>[\w.-]{1,128})"


def _routes(authority: str, version: str, oauth: str) -> list[_Route]:
    """Make the routes of an authority: of one that ends in /adfs, or of one that ends in a tenant."""
    rows: tuple[tuple[str, str, Run], ...] = (
        ("GET", rf"{version}/\.well-known/openid-configuration", documents.openid),
        ("POST", f"{oauth}/token", grants.give_tokens),
        ("POST", f"{oauth}/devicecode", grants.give_device_code),
        ("GET", f"{oauth}/authorize", browser.authorize),
        ("GET", f"{oauth}/deviceauth", browser.nothing_to_do),
    )
    return [_Route(method, _compile(f"/{authority}{path}"), run, oauth) for method, path, run in rows]


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


_ROUTES: Final = (
    _Route("GET", _compile("/metadata/endpoints"), documents.cloud, ""),
    _Route("GET", _compile("/metadata/identity/oauth2/token"), identity.machine_token, ""),
    _Route("GET", _compile("/msi/token"), identity.app_token, ""),
    *_routes("adfs", "", "/oauth2"),
    *_routes(_TENANT, "/v2.0", "/oauth2/v2.0"),
)


def is_sign_in_path(path: str) -> bool:
    """Tell whether a raw path is one of these."""
    return _find(path) is not None


def handle(directory: Directory, request: RestRequest, root: str, now: float) -> RestResponse | None:
    """Answer a request to sign in; None where the path is another one.

    Args:
        root: under which address the caller reached this, without a trailing slash.
    """
    path, _, query = request.target.partition("?")
    found = _find(path)
    if found is None:
        return None
    route, tenant = found
    if request.method != route.method:
        return not_allowed(route.method, request.method)
    text = query if route.method == "GET" else request.body.decode("utf-8", "replace")
    authority = f"{root}/{tenant}"
    try:
        return route.run(Call(directory, request, read_form(text), root, authority, f"{authority}{route.oauth}", now))
    except SignInError as error:
        return error.answer()


def _find(path: str) -> tuple[_Route, str] | None:
    path = _SLASHES.sub("/", path).rstrip("/")
    for route in _ROUTES:
        if match := route.pattern.fullmatch(path):
            return route, match.groupdict().get("tenant") or "adfs"
    return None
