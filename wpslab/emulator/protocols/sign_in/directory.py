"""Directory: who can sign in, and the tokens they get, all of them JSON Web Tokens."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

ACCESS_SECONDS = 3600
"""How long an access token holds."""

USER = "student@example.com"
"""Who signs in without saying who it is."""

_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Directory:
    """A tenant of Microsoft Entra ID, as far as the Azure CLI looks at it.

    Attributes:
        tenant_id: the same GUID as in the answers of Azure Resource Manager.
        key: signs the tokens.
    """

    tenant_id: str
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def access_token(self, issuer: str, audience: str, now: float, *, app_id: str, user: str | None) -> str:
        """Return a token for an audience; `user` is None where a program signs in on its own account."""
        who = app_id if user is None else user
        claims = {
            **self._claims(issuer, audience, now, who),
            "appid": app_id,
            "idtyp": "app" if user is None else "user",
            "ver": "1.0",
        }
        if user is not None:
            claims |= {"upn": user, "unique_name": user, "scp": "user_impersonation"}
        return self._sign(claims)

    def id_token(self, issuer: str, client_id: str, now: float, *, user: str, nonce: str | None) -> str:
        """Return what tells a program who has signed in to it."""
        claims = {
            **self._claims(issuer, client_id, now, user),
            "name": user,
            "preferred_username": user,
            "upn": user,
            "ver": "2.0",
        }
        return self._sign(claims if nonce is None else {**claims, "nonce": nonce})

    def refresh_token(self, user: str) -> str:
        """Return what can be exchanged for new tokens for ever."""
        return self._sign({"use": "refresh", "upn": user})

    def refreshed_user(self, token: str) -> str:
        """Return who a refresh token is for. Those of an earlier run count as well: the CLI keeps them."""
        try:
            user = jwt.decode(token, options={"verify_signature": False}).get("upn")
        except jwt.PyJWTError:
            return USER
        return user if isinstance(user, str) and user else USER

    def code(self, use: str, now: float, seconds: float, claims: Mapping[str, Any]) -> str:
        """Return a code that can be exchanged for tokens for a while; it holds what has to be remembered until then."""
        return self._sign({**claims, "use": use, "until": now + seconds})

    def read_code(self, use: str, code: str, now: float) -> Mapping[str, Any] | None:
        """Return what a code of this directory holds, or None where it is none, or too old."""
        try:
            claims = jwt.decode(code, self.key, algorithms=[_ALGORITHM])
        except jwt.PyJWTError:
            return None
        return claims if claims.get("use") == use and claims["until"] > now else None

    def object_id(self, who: str) -> str:
        """Return the GUID of a user or a program, always the same for a name."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.tenant_id}/{who}"))

    def _claims(self, issuer: str, audience: str, now: float, who: str) -> dict[str, Any]:
        return {
            "aud": audience,
            "iss": issuer,
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now) + ACCESS_SECONDS,
            "oid": self.object_id(who),
            "sub": hashlib.sha256(f"{self.tenant_id}/{who}".encode("utf-8", "replace")).hexdigest()[:32],
            "tid": self.tenant_id,
        }

    def _sign(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode(dict(claims), self.key, _ALGORITHM)
