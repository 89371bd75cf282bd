"""Served: what a lab asks of an emulator in another process, a `wpslab serve`, beyond the service's own API."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from http.client import HTTPException
from urllib.parse import quote, urlsplit

import jwt
import msgspec

from .connection_string import ConnectionString
from .emulator import EmulatorSnapshot, Management, TracePage

TIMEOUT = 10.0


class ServedError(Exception):
    """Tell what a `wpslab serve` refused, in its own words."""


class ServedGone(ServedError):
    """Tell that nobody answers where a `wpslab serve` was."""


class Served:
    """A `wpslab serve`, reached with its access key."""

    def __init__(self, target: ConnectionString) -> None:
        self._target = target

    @property
    def is_on_this_machine(self) -> bool:
        """Whether it can reach a server on this machine's loopback address."""
        return urlsplit(self._target.endpoint).hostname in ("127.0.0.1", "localhost", "::1")

    def hub_settings(self, hub: str) -> bytes:
        """Return the settings of a hub, as JSON in the shape of Azure Resource Manager."""
        return self._call("GET", f"/emulator/hubs/{quote(hub, safe='')}")

    def configure_hub(self, hub: str, settings: bytes) -> None:
        """Set the settings of a hub."""
        self._call("PUT", f"/emulator/hubs/{quote(hub, safe='')}", settings)

    def failures(self) -> bytes:
        """Return what failed there, as JSON."""
        return self._call("GET", "/emulator/failures")

    def trace_since(self, number: int, limit: int = 1000) -> TracePage:
        """Return what happened there after the entry with this number, and whether that is remembered at all."""
        page = self._call("GET", "/emulator/trace", query=f"since={number}&limit={limit}")
        return msgspec.json.decode(page, type=TracePage)

    def snapshot(self) -> EmulatorSnapshot:
        """Return what hubs and connections there are now."""
        return msgspec.json.decode(self._call("GET", "/emulator/snapshot"), type=EmulatorSnapshot)

    def management(self) -> Management:
        """Return where the management side answers, and which resource the access key is of.

        Raises:
            ServedGone: nobody answers, or with another access key.
        """
        return msgspec.json.decode(self._call("GET", "/emulator/management"), type=Management)

    def _call(self, method: str, path: str, body: bytes | None = None, *, query: str = "") -> bytes:
        url = f"{self._target.endpoint}{path}"
        token = jwt.encode({"aud": url, "exp": int(time.time()) + 60}, self._target.access_key, algorithm="HS256")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{url}?{query}" if query else url, data=body, headers=headers, method=method)
        opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if self.is_on_this_machine else []))
        try:
            with opener.open(request, timeout=TIMEOUT) as answer:
                text: bytes = answer.read()
                return text
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 401:
                    raise ServedGone(
                        f"{self._target.endpoint} does not take the access key: it was replaced, or access keys are "
                        "switched off, or another service answers there now."
                    ) from error
                words = _message(error.read()) or error.reason
                raise ServedError(f"{self._target.endpoint} answered {error.code}: {words}") from error
        except (OSError, HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise ServedGone(
                f"{self._target.endpoint} cannot be reached ({reason}). Is `wpslab serve` still running?"
            ) from error


class _ErrorBody(msgspec.Struct):
    message: str = ""


def _message(body: bytes) -> str:
    """Return the sentence in an error body, or nothing where there is none."""
    try:
        return msgspec.json.decode(body, type=_ErrorBody).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
