"""Tokens: signing and checking the JSON Web Tokens of clients and of REST callers (HS256, by access key)."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import jwt

from .errors import Unauthorized
from .limits import TOKEN_CLOCK_SKEW_SECONDS

logger = logging.getLogger("wpslab.emulator.tokens")

UPSTREAM_ISSUER = "urn:wpslab:emulator"
"""Who signs the tokens for webhooks."""

_USER_CLAIMS = (
    "sub",
    "nameid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
)
_ROLE_CLAIMS = ("role", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
_GROUP_CLAIM = "webpubsub.group"
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a valid client token says.

    Attributes:
        user_id: claim `sub` (or its older names), None if there is none.
        roles: claim `role`.
        groups: claim `webpubsub.group`, groups to be a member of from the start.
        claims: every claim, each as a list of texts, as the upstream's connect event carries them.
    """

    user_id: str | None = None
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def decode(token: str, keys: Sequence[str], audience: Callable[[str], bool], now: float) -> dict[str, Any]:
    """Return the claims of a token that one of the keys signed, in time and for this audience.

    `kid` is ignored: the primary key is tried first, then the secondary. The key's characters are the key; it is
    not Base64-decoded.

    Raises:
        Unauthorized: the token does not hold. The sentence says why; it goes to the log, not to the caller.
    """
    claims = _verified_claims(token, keys)
    expires, starts = claims.get("exp"), claims.get("nbf")
    if isinstance(expires, bool) or not isinstance(expires, int | float) or not math.isfinite(expires):
        raise Unauthorized("The access token has no expiry time (exp).")
    if expires + TOKEN_CLOCK_SKEW_SECONDS <= now:
        raise Unauthorized("The access token is expired.")
    if isinstance(starts, int | float) and starts - TOKEN_CLOCK_SKEW_SECONDS > now:
        raise Unauthorized("The access token is not valid yet (nbf).")
    audiences = _texts(claims.get("aud"))
    if not any(audience(value) for value in audiences):
        raise Unauthorized(f"The access token is for another audience: {', '.join(audiences) or 'none'}.")
    return claims


def client_token(claims: Mapping[str, Any]) -> AccessToken:
    """Read what a client token says about its user, roles and groups."""
    user_id = next((str(claims[name]) for name in _USER_CLAIMS if claims.get(name) is not None), None)
    return AccessToken(
        user_id=user_id,
        roles=tuple(role for name in _ROLE_CLAIMS for role in _texts(claims.get(name))),
        groups=_texts(claims.get(_GROUP_CLAIM)),
        claims={name: _texts(value) for name, value in claims.items()},
    )


def sign_client_token(
    key: str,
    audience: str,
    *,
    now: float,
    minutes: int = 60,
    user_id: str | None = None,
    roles: Iterable[str] = (),
    groups: Iterable[str] = (),
) -> str:
    """Sign a token a client may connect with for `minutes` from `now`."""
    claims: dict[str, Any] = {"aud": audience, "iat": int(now), "exp": int(now) + 60 * minutes}
    if user_id is not None:
        claims["sub"] = user_id
    if role_list := list(roles):
        claims["role"] = role_list
    if group_list := list(groups):
        claims[_GROUP_CLAIM] = group_list
    return jwt.encode(claims, key, algorithm="HS256")


def client_access_url(
    endpoint: str,
    key: str,
    hub: str,
    *,
    now: float,
    minutes: int = 60,
    user_id: str | None = None,
    roles: Iterable[str] = (),
    groups: Iterable[str] = (),
) -> str:
    """Return the URL, token included, with which a client may connect for `minutes` from `now`."""
    audience = f"{endpoint}/client/hubs/{hub}"
    token = sign_client_token(key, audience, now=now, minutes=minutes, user_id=user_id, roles=roles, groups=groups)
    return f"ws{audience.removeprefix('http')}?access_token={token}"


def sign_upstream_token(key: str, audience: str, now: float) -> str:
    """Sign the bearer token a webhook with `ManagedIdentity` gets, good for an hour.

    Azure's are signed by Microsoft Entra ID; here the access key signs, so that a webhook can check them offline.
    """
    claims = {"aud": audience, "iss": UPSTREAM_ISSUER, "iat": int(now), "nbf": int(now), "exp": int(now) + 3600}
    return jwt.encode(claims, key, algorithm="HS256")


def client_audience(hosts: Iterable[str], hub: str) -> Callable[[str], bool]:
    """Return a check for the audience of a client token: `http(s)://{host}/client/hubs/{hub}`, without case."""
    expected = {_place("http", host, f"/client/hubs/{hub}") for host in hosts} - {None}
    return lambda audience: any(
        _audience_place(value.partition("?")[0]) in expected for value in (audience, unquote(audience))
    )


def rest_audience(hosts: Iterable[str], paths: Iterable[str]) -> Callable[[str], bool]:
    """Return a check for the audience of a REST token: the request's own URL; its query does not matter.

    `paths` holds the request's path as it came and as it is understood; either may be meant.
    """
    paths = list(paths)
    expected = {place for host in hosts for path in paths if (place := _place("http", host, path)) is not None}

    def check(audience: str) -> bool:
        # A decoded audience may hold a `?` that belongs to its path, so nothing is cut off: what follows is compared.
        for value in (audience, unquote(audience)):
            place = _audience_place(value)
            if place is not None and any(place == one or place.startswith((f"{one}/", f"{one}?")) for one in expected):
                return True
        return False

    return check


def _verified_claims(token: str, keys: Sequence[str]) -> dict[str, Any]:
    for key in keys:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                options={
                    "verify_exp": False,  # time comes from the service's own clock
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_aud": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
        except jwt.InvalidSignatureError:
            continue
        except (jwt.InvalidTokenError, ValueError) as error:
            raise Unauthorized(f"The access token cannot be read: {error}") from error
    raise Unauthorized("The access token is not signed with an access key of this service.")


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(_text(item) for item in value)
    return (_text(value),)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _audience_place(audience: str) -> str | None:
    scheme, separator, rest = audience.partition("://")
    if not separator or scheme.lower() not in _DEFAULT_PORTS:
        return None
    host, slash, path = rest.partition("/")
    return _place(scheme.lower(), host, slash + path)


def _place(scheme: str, host: str, path: str) -> str | None:
    """Return host, port unless it is a default one, and path, to be compared; None where the host is no host."""
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    suffix = "" if port is None or port in (80, 443) or port == _DEFAULT_PORTS[scheme] else f":{port}"
    return f"{name}{suffix}{path.rstrip('/')}".lower()
