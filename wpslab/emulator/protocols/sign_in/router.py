"""Router: which request to sign in is answered by what. Paths compare without case, slashes in a row count as one."""

from __future__ import annotations

import re
from typing import Final

from ..rest.http import RestRequest, RestResponse
from . import browser, documents, grants, identity
from .answers import SignInError, not_allowed, page
from .directory import Directory
from .grants import Call, read_form

_SLASHES = re.compile(r"/{2,}")
_TENANT = r"(?P<tenant>[\w.-]{1,128})"
_ROUTES: Final = [
    (name, method, re.compile(pattern, re.IGNORECASE | re.ASCII))
    for name, method, pattern in (
        ("cloud", "GET", r"/metadata/endpoints"),
        ("machine", "GET", r"/metadata/identity/oauth2/token"),
        ("app", "GET", r"/msi/token"),
        ("openid", "GET", r"/adfs/\.well-known/openid-configuration"),
        ("token", "POST", r"/adfs/oauth2/token"),
        ("device", "POST", r"/adfs/oauth2/devicecode"),
        ("authorize", "GET", r"/adfs/oauth2/authorize"),
        ("nothing", "GET", r"/adfs/oauth2/deviceauth"),
        ("openid", "GET", rf"/{_TENANT}/v2\.0/\.well-known/openid-configuration"),
        ("token", "POST", rf"/{_TENANT}/oauth2/v2\.0/token"),
        ("device", "POST", rf"/{_TENANT}/oauth2/v2\.0/devicecode"),
        ("authorize", "GET", rf"/{_TENANT}/oauth2/v2\.0/authorize"),
        ("nothing", "GET", rf"/{_TENANT}/oauth2/v2\.0/deviceauth"),
    )
]


def is_sign_in_path(path: str) -> bool:
    """Tell whether a raw path is one of these."""
    return _match(path) is not None


def handle(directory: Directory, request: RestRequest, root: str, now: float) -> RestResponse | None:
    """Answer a request to sign in; None where the path is another one.

    Args:
        root: under which address the caller reached this, without a trailing slash.
    """
    path, _, query = request.target.partition("?")
    found = _match(path)
    if found is None:
        return None
    name, method, tenant = found
    if request.method != method:
        return not_allowed(method, request.method)
    text = query if method == "GET" else request.body.decode("utf-8", "replace")
    authority = f"{root}/adfs" if tenant is None else f"{root}/{tenant}"
    try:
        call = Call(directory, read_form(text), root, authority, now)
        return _answer(name, call, request, tenant)
    except SignInError as error:
        return page(str(error), error.status) if name == "authorize" else error.answer()


def _answer(name: str, call: Call, request: RestRequest, tenant: str | None) -> RestResponse:
    match name:
        case "cloud":
            return documents.cloud(call.root, call.values.get("api-version", documents.NEWEST))
        case "openid":
            if tenant is None:
                return documents.openid(call.authority, f"{call.authority}/oauth2")
            return documents.openid(f"{call.authority}/v2.0", f"{call.authority}/oauth2/v2.0")
        case "token":
            return grants.give_tokens(call)
        case "device":
            return grants.give_device_code(call)
        case "authorize":
            return browser.authorize(call)
        case "machine":
            return identity.machine_token(call, request)
        case "app":
            return identity.app_token(call, request)
    return page("There is nothing to do here: the emulator signs you in by itself. You can close this page.")


def _match(path: str) -> tuple[str, str, str | None] | None:
    path = _SLASHES.sub("/", path).rstrip("/")
    for name, method, pattern in _ROUTES:
        if match := pattern.fullmatch(path):
            return name, method, match.groupdict().get("tenant")
    return None
