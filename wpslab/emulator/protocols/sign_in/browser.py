"""Browser: the page a sign-in in the browser opens. It hands a code to the program that waits on this machine."""

from __future__ import annotations

import re

from ..rest.http import RestResponse
from .answers import SignInError, form, page
from .call import Call
from .grants import CODE_SECONDS

# A pattern, because browsers and URL libraries disagree on what the host of a malformed address is.
_LOCAL = re.compile(r"http://localhost(:\d{1,5})?(/[\w.~/-]*)?", re.ASCII)


def authorize(call: Call) -> RestResponse:
    """Answer with a page that posts a code, or with one that says why not: it is a person who reads it."""
    try:
        return _authorize(call)
    except SignInError as error:
        return page(str(error), error.status)


def nothing_to_do(call: Call) -> RestResponse:
    """Answer whoever opens the page where a device code is entered."""
    return page("There is nothing to do here: the emulator signs you in by itself. You can close this page.")


def _authorize(call: Call) -> RestResponse:
    client_id, redirect_uri = call.require("client_id"), call.require("redirect_uri")
    if not _LOCAL.fullmatch(redirect_uri):
        raise SignInError("invalid_request", 50011, "The redirect_uri must begin with http://localhost.")
    if "code" not in call.require("response_type").split():
        raise SignInError("unsupported_response_type", 700051, "The response_type must be 'code'.")
    remembered = {
        "client": client_id,
        "redirect_uri": redirect_uri,
        "nonce": call.values.get("nonce"),
        "challenge": call.values.get("code_challenge"),
        "method": call.values.get("code_challenge_method", "plain"),
    }
    fields = {"code": call.directory.code("code", call.now, CODE_SECONDS, remembered)}
    if (state := call.values.get("state")) is not None:
        fields["state"] = state
    return form(redirect_uri, fields)
