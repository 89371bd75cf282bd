"""Access: the address and the token with which a client connects, signed on this machine as `az` signs them."""

from __future__ import annotations

import time
from urllib.parse import quote

import jwt

from ..connection_string import ConnectionString
from .errors import ClientError

SECONDS = 3600
ROLES = ("webpubsub.sendToGroup", "webpubsub.joinLeaveGroup")


def access_url(connection_string: str, hub: str, user_id: str | None) -> str:
    """Return the address, token included, for a client that may use every group of the hub for an hour.

    Raises:
        ClientError: the connection string cannot be used. The sentence does not hold the key.
    """
    try:
        target = ConnectionString.parse(connection_string)
    except ValueError as problem:
        raise ClientError(f"The connection string cannot be used: {problem}") from None
    now = int(time.time())
    claims: dict[str, object] = {
        "aud": f"{target.endpoint.lower()}/client/hubs/{hub}",
        "iat": now,
        "exp": now + SECONDS,
        "role": list(ROLES),
    }
    if user_id:
        claims["sub"] = user_id
    try:
        token = jwt.encode(claims, target.access_key, algorithm="HS256")
    except jwt.InvalidKeyError:
        raise ClientError("The connection string cannot be used: its access key is too short to be one.") from None
    return f"ws{target.endpoint.removeprefix('http')}/client/hubs/{quote(hub, safe='')}?access_token={token}"
