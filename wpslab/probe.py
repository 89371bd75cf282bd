"""Probe: asks an endpoint who it is and whether a key is one of its own, with two requests."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import jwt

from .connection_string import ConnectionString

TIMEOUT = 5.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ProbeError(Exception):
    """Tell why the service cannot be used, in words that follow "The connection string in …: "."""


def probe(target: ConnectionString) -> bool:
    """Return whether the endpoint is a `wpslab serve`; otherwise it is a Web PubSub resource.

    Raises:
        ProbeError: nobody answers, somebody else answers, or the key is not one of this service.
    """
    status, server = _head(f"{target.endpoint}/api/health", {})
    if status != 200:
        raise ProbeError(f"{target.endpoint} answered {status} to a health check; is it a Web PubSub endpoint?")
    url = f"{target.endpoint}/api/hubs/wpslab/connections/none?api-version=2024-12-01"
    try:
        token = jwt.encode({"aud": url, "exp": int(time.time()) + 60}, target.access_key, algorithm="HS256")
    except jwt.InvalidKeyError as error:
        raise ProbeError("its access key is too short to be one") from error
    status, _ = _head(url, {"Authorization": f"Bearer {token}"})
    if status == 401:
        raise ProbeError(f"its access key is not one of {target.endpoint}; it may have been regenerated.")
    if status not in (200, 404):
        raise ProbeError(f"{target.endpoint} answered {status} to a signed request; is it a Web PubSub endpoint?")
    return server.startswith("wpslab/")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None  # a token goes to the configured host and to no other


def _head(url: str, headers: dict[str, str]) -> tuple[int, str]:
    """Return the status and the `Server` header of an answer."""
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if urlsplit(url).hostname in _LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers=headers, method="HEAD")
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT) as answer:
            return answer.status, answer.headers.get("Server", "")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Server", "")
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        place = url.partition("/api/")[0]
        raise ProbeError(
            f"{place} cannot be reached ({reason}). Is the address right, and the service running?"
        ) from error
