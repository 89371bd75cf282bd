"""Data plane: the resource itself, asked with one signed request a command, as az asks it."""

from __future__ import annotations

import time
from urllib.parse import quote

import jwt

from ..connection_string import ConnectionString
from .problem import NOT_FOUND, AzError
from .requests import Reply, send

API_VERSION = "2021-05-01-preview"
TOKEN_SECONDS = 60


class DataPlane:
    """One hub of a resource.

    Raises:
        AzError: the connection string cannot be used.
    """

    def __init__(self, connection_string: str, hub: str) -> None:
        try:
            self._target = ConnectionString.parse(connection_string)
        except ValueError as error:
            raise AzError(f"The connection string cannot be used: {error}") from None
        self._hub = hub

    def do(self, method: str, *parts: str, payload: str | None = None, target: str | None = None) -> None:
        """Send a request and be content with success.

        Raises:
            AzError: any other answer, in the words of az.
        """
        reply = self._send(method, parts, payload, target)
        if reply.status >= 400:
            content = f"\nContent: {reply.text}" if reply.body else ""
            text = f"Operation returned an invalid status '{reply.reason}'{content}"
            raise AzError(text, NOT_FOUND if reply.status == 404 else 1)

    def exists(self, *parts: str, target: str | None = None) -> dict[str, bool]:
        """Return whether there is something; as in az, everything but a plain yes is a no."""
        return {"existence": self._send("HEAD", parts, None, target).status == 200}

    def _send(self, method: str, parts: tuple[str, ...], payload: str | None, target: str | None) -> Reply:
        path = "/".join(quote(part, safe=":") for part in ("api", "hubs", self._hub, *parts))
        url = f"{self._target.endpoint}/{path}?api-version={API_VERSION}"
        if target is not None:
            url += f"&targetName={quote(target, safe='')}"
        claims = {"aud": url, "exp": int(time.time()) + TOKEN_SECONDS}
        try:
            token = jwt.encode(claims, self._target.access_key, algorithm="HS256")
        except jwt.InvalidKeyError:
            raise AzError("The connection string cannot be used: its access key is too short to be one.") from None
        headers = {"Authorization": f"Bearer {token}"}
        if payload is None:
            return send(method, url, headers)
        return send(method, url, {**headers, "Content-Type": "text/plain"}, payload.encode())
