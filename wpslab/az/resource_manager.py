"""ARM: the management side of an emulator, asked as az asks Azure Resource Manager."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .problem import NOT_FOUND, USAGE, AzError
from .requests import Reply, send

if TYPE_CHECKING:
    from ..emulator import Management

GROUPS = "2024-11-01"
WEBPUBSUB = "2024-03-01"
LIMIT = 60.0
"""How long an operation may take, in seconds."""

_OVER = ("succeeded", "failed", "canceled")


class Arm:
    """Azure Resource Manager as an emulator plays it.

    Attributes:
        place: where it answers, and which resource is the lab's own.
    """

    def __init__(self, place: Management, wait: Callable[[float], None] = time.sleep) -> None:
        self.place = place
        self._wait = wait

    def path(self, *parts: str) -> str:
        """Return a path in the subscription; parts may hold any character."""
        return "/".join(["/subscriptions", self.place.subscription_id, *(quote(part, safe="") for part in parts)])

    def provider(self, *parts: str) -> str:
        """Return a path of the resource provider in the subscription."""
        return self.path("providers", "Microsoft.SignalRService", *parts)

    def resources(self, group: str, *parts: str) -> str:
        """Return the path of a group's Web PubSub resources, or of one and what stands in it."""
        names = ("resourceGroups", group, "providers", "Microsoft.SignalRService", "webPubSub", *parts)
        return self.path(*names)

    def get(self, path: str, version: str = WEBPUBSUB) -> Any:
        """Return what stands at a path. Raises AzError with the words of ARM."""
        return self._asked("GET", path, version).json()

    def listed(self, path: str, version: str = WEBPUBSUB) -> list[Any]:
        """Return all pages of a list."""
        found: list[Any] = []
        page = self.get(path, version)
        while True:
            found += page["value"]
            if not page.get("nextLink"):
                return found
            page = _checked(self._send("GET", page["nextLink"])).json()

    def exists(self, path: str, version: str) -> bool:
        """Return whether something stands at a path."""
        reply = self._send("HEAD", self._url(path, version))
        return reply.status != 404 and _checked(reply).status < 300

    def post(self, path: str, version: str = WEBPUBSUB) -> Any:
        """Send a question that has no body, and return the answer."""
        return self._asked("POST", path, version).json()

    def change(
        self, method: str, path: str, body: Any = None, version: str = WEBPUBSUB, *, shows_body: bool = False
    ) -> Any:
        """Start an operation, wait for its end, and return what it made.

        Args:
            method: PUT, PATCH, POST or DELETE.
            path: what is changed.
            body: what it shall be.
            version: of the API.
            shows_body: whether a 400 is an error in the command line, with the body of the answer, as in some commands.
        """
        reply = self._asked(method, path, version, body, shows_body=shows_body)
        status_url = reply.headers.get("Azure-AsyncOperation")
        location = reply.headers.get("Location")
        if not (status_url or location):
            return reply.json()
        final = self._follow(status_url, location)
        if method in ("PUT", "PATCH"):
            return self.get(path, version) if method == "PUT" or final is None else final
        return final

    def start(self, method: str, path: str, version: str) -> None:
        """Start an operation, and wait for nothing."""
        self._asked(method, path, version)

    def _follow(self, status_url: str | None, location: str | None) -> Any:
        if status_url:
            self._poll(status_url, lambda reply: str(reply.json().get("status", "")).lower() in _OVER)
        if not location:
            return None
        return self._poll(location, lambda reply: reply.status != 202).json()

    def _poll(self, url: str, is_over: Callable[[Reply], bool]) -> Reply:
        ends = time.monotonic() + LIMIT
        while True:
            reply = _checked(self._send("GET", url))
            if is_over(reply):
                error = (reply.json() or {}).get("error") if isinstance(reply.json(), dict) else None
                if error:
                    raise AzError(_words(error))
                return reply
            if time.monotonic() > ends:
                raise AzError(f"The operation is still running after {LIMIT:.0f} seconds.")
            self._wait(_seconds(reply.headers.get("Retry-After")))

    def _asked(self, method: str, path: str, version: str, body: Any = None, *, shows_body: bool = False) -> Reply:
        return _checked(self._send(method, self._url(path, version), body), shows_body=shows_body)

    def _url(self, path: str, version: str) -> str:
        return f"{self.place.endpoint}{path}?api-version={version}"

    def _send(self, method: str, url: str, body: Any = None) -> Reply:
        if not url.startswith(f"{self.place.endpoint}/"):
            raise AzError(f"The service sent its caller to another address, {url.partition('?')[0]}.")
        headers = {"Authorization": f"Bearer {self.place.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return send(method, url, headers, b"" if data is None and method == "POST" else data)


def _checked(reply: Reply, *, shows_body: bool = False) -> Reply:
    if reply.status < 400:
        return reply
    if reply.status == 400 and shows_body:
        raise AzError(reply.text, USAGE)
    body = reply.json()
    error = body.get("error") if isinstance(body, dict) else None
    text = _words(error) if isinstance(error, dict) else f"Operation returned an invalid status '{reply.reason}'"
    raise AzError(text, NOT_FOUND if reply.status == 404 else 1)


def _words(error: dict[str, Any]) -> str:
    code, message = error.get("code"), error.get("message")
    target = f"\nTarget: {error['target']}" if error.get("target") else ""
    return f"({code}) {message}\nCode: {code}\nMessage: {message}{target}"


def _seconds(text: str | None) -> float:
    try:
        return min(max(float(text or 1), 0.1), 30.0)
    except ValueError:
        return 1.0
