"""Grants: what can be exchanged for tokens at the token endpoint, and with which fields of the form."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ..rest.http import RestResponse
from .answers import SignInError, document
from .call import Call
from .directory import ACCESS_SECONDS, USER

DEVICE_SECONDS = 900
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CODE_SECONDS = 600


def give_tokens(call: Call) -> RestResponse:
    """Answer the token endpoint. Raises SignInError."""
    grant = call.require("grant_type")
    run = _GRANTS.get(grant)
    if run is None:
        raise SignInError(
            "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant[:64]}'."
        )
    return document(run(call))


def give_device_code(call: Call) -> RestResponse:
    """Begin a sign-in on another device, which is done at once: nobody has to type the code anywhere."""
    client_id = call.require("client_id")
    user_code = "WPSLAB"
    where = f"{call.oauth}/deviceauth"
    return document(
        {
            "device_code": call.directory.code("device", call.now, DEVICE_SECONDS, {"client": client_id}),
            "user_code": user_code,
            "verification_uri": where,
            "expires_in": DEVICE_SECONDS,
            "interval": 1,
            "message": f"The emulator signs you in by itself: no need to open {where} and to enter {user_code}.",
        }
    )


def _client_credentials(call: Call) -> dict[str, Any]:
    client_id = call.require("client_id")
    if not call.values.get("client_secret") and not call.values.get("client_assertion"):
        raise SignInError(
            "invalid_client",
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            status=401,
        )
    return _access(call, client_id, None)


def _password(call: Call) -> dict[str, Any]:
    client_id, user = call.require("client_id"), call.require("username")
    call.require("password")
    return _user_tokens(call, client_id, user)


def _refresh_token(call: Call) -> dict[str, Any]:
    client_id = call.require("client_id")
    return _user_tokens(call, client_id, call.directory.refreshed_user(call.require("refresh_token")))


def _device_code(call: Call) -> dict[str, Any]:
    client_id = call.require("client_id")
    code = call.values.get("device_code") or call.require("code")
    if call.directory.read_code("device", code, call.now) is None:
        raise SignInError("expired_token", 70020, "The provided device code has expired, or is not of this emulator.")
    return _user_tokens(call, client_id, USER)


def _authorization_code(call: Call) -> dict[str, Any]:
    client_id = call.require("client_id")
    code = call.directory.read_code("code", call.require("code"), call.now)
    if code is None or code["client"] != client_id:
        raise SignInError(
            "invalid_grant", 70008, "The provided authorization code has expired, or is not for this app."
        )
    if call.require("redirect_uri") != code["redirect_uri"]:
        raise SignInError("invalid_grant", 500112, "The reply address does not match the one the code was asked with.")
    _check_verifier(code["challenge"], code["method"], call.values.get("code_verifier", ""))
    return _user_tokens(call, client_id, USER, code["nonce"])


def _check_verifier(challenge: str | None, method: str, verifier: str) -> None:
    """Check the proof key of RFC 7636, where the code was asked with one. Raises SignInError."""
    if challenge is None:
        return
    made = verifier.encode("utf-8", "replace")
    if method == "S256":
        made = base64.urlsafe_b64encode(hashlib.sha256(made).digest()).rstrip(b"=")
    if not hmac.compare_digest(made, challenge.encode("utf-8", "replace")):
        raise SignInError("invalid_grant", 501481, "The code_verifier does not match the code_challenge.")


def _user_tokens(call: Call, client_id: str, user: str, nonce: str | None = None) -> dict[str, Any]:
    directory = call.directory
    answer = {
        **_access(call, client_id, user),
        "refresh_token": directory.refresh_token(user),
        "id_token": directory.id_token(call.authority, client_id, call.now, user=user, nonce=nonce),
    }
    if call.values.get("client_info"):
        info = msgspec.json.encode({"uid": directory.object_id(user), "utid": directory.tenant_id})
        answer["client_info"] = base64.urlsafe_b64encode(info).rstrip(b"=").decode()
    return answer


def _access(call: Call, client_id: str, user: str | None) -> dict[str, Any]:
    audience = call.audience
    return {
        "token_type": "Bearer",
        "scope": call.values.get("scope") or f"{audience}/.default",
        "expires_in": ACCESS_SECONDS,
        "access_token": call.directory.access_token(call.authority, audience, call.now, app_id=client_id, user=user),
    }


_GRANTS: Final[Mapping[str, Callable[[Call], dict[str, Any]]]] = {
    "authorization_code": _authorization_code,
    "client_credentials": _client_credentials,
    "password": _password,
    "refresh_token": _refresh_token,
    DEVICE_GRANT: _device_code,
}
