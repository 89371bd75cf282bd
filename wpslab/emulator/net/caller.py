"""Caller: sends a webhook one HTTP request, with retries, a time limit, cookies, and a cap on what it reads."""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

from ..core.event_handler import mask_query
from ..core.failures import FailureKind
from ..core.limits import MAX_UPSTREAM_BODY_BYTES
from ..core.record import Record
from ..core.service import Service
from ..protocols.cloudevents import WebhookRequest, WebhookResponse
from .waiting import TimeLimit, pause, time_limit

IDLE_SECONDS = 2.0
"""How long an idle connection to a webhook is kept: less than servers do, so that none is reused as it is closed."""

BEGINNING_BYTES = 4096
BEGINNING_SECONDS = 1.0
"""How much is read of the body of an answer that is no success, and how long at most."""

MAX_HEADER_BYTES = 64 * 1024


class Unanswered(Exception):
    """Tell that a request got no usable answer; `attempts` says how often it was sent."""

    def __init__(self, kind: FailureKind, detail: str = "", attempts: int = 1, status: int = 0) -> None:
        super().__init__(detail)
        self.kind = kind
        self.attempts = attempts
        self.status = status


class Caller:
    """The HTTP client of a service. It follows no redirect and knows no proxy.

    Attributes:
        jars: the cookies of each connection, by its id; there while a webhook set some.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._clock = service.clock
        self._session: aiohttp.ClientSession | None = None
        self.jars: dict[str, aiohttp.CookieJar] = {}

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()

    async def send(self, request: WebhookRequest, seconds: float, jar_of: str = "") -> tuple[WebhookResponse, int]:
        """Send a request, again after the waits of the options where that may help.

        Raises:
            Unanswered: nobody answered, not in time, or too much.
        """
        attempts = 0
        delays = iter(self._service.upstream.options.retry_delays)
        try:
            async with time_limit(self._clock, seconds) as limit:
                while True:
                    attempts += 1
                    delay = next(delays, None)
                    try:
                        response = await self._send_once(request, jar_of, limit)
                        if not response.may_be_retried or delay is None:
                            return response, attempts
                        why = str(response.status)
                    except (aiohttp.ClientError, OSError) as error:
                        if isinstance(error, TimeoutError):
                            raise
                        why = _reason(error)
                        if delay is None:
                            raise Unanswered(FailureKind.UNREACHABLE, why, attempts) from error
                    self._service.trace.add(
                        Record(
                            "retry",
                            method=request.method,
                            url=mask_query(request.url),
                            detail=f"{why}; again in {delay:g} s",
                        )
                    )
                    await pause(self._clock, delay)
        except TimeoutError as error:
            raise Unanswered(FailureKind.TIMEOUT, f"no answer within {seconds:g} s", attempts) from error
        except ValueError as error:  # a header or a URL that aiohttp refuses to write
            raise Unanswered(FailureKind.HEADER, type(error).__name__, attempts) from error

    async def _send_once(self, request: WebhookRequest, jar_of: str, limit: TimeLimit) -> WebhookResponse:
        headers = dict(request.headers)
        jar = self.jars.get(jar_of)
        async with self._http().request(
            request.method,
            request.url,
            headers=headers | ({"Cookie": cookies} if jar and (cookies := _cookies(jar, request.url)) else {}),
            data=request.body or None,
            allow_redirects=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
        ) as answer:
            if not 200 <= answer.status < 300 or request.method != "POST":
                return WebhookResponse(answer.status, tuple(answer.headers.items()), await _read_beginning(answer))
            limit.restart()  # the limit is for the headers; the body gets as long again
            body = await _read(answer)
            if jar_of and answer.cookies:
                self.jars.setdefault(jar_of, aiohttp.CookieJar(unsafe=True)).update_cookies(answer.cookies, answer.url)
            return WebhookResponse(answer.status, tuple(answer.headers.items()), body)

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                trust_env=False,
                max_line_size=MAX_HEADER_BYTES,
                max_field_size=MAX_HEADER_BYTES,
            )
        return self._session


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Read a body, at most as long as the service takes it."""
    too_large = Unanswered(FailureKind.TOO_LARGE, f"more than {MAX_UPSTREAM_BODY_BYTES} bytes", status=answer.status)
    if (answer.content_length or 0) > MAX_UPSTREAM_BODY_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MAX_UPSTREAM_BODY_BYTES:
            raise too_large
    return bytes(body)


async def _read_beginning(answer: aiohttp.ClientResponse) -> bytes:
    """Read the beginning of a body that only an explanation quotes; the status counts, whatever becomes of the body."""
    body = bytearray()
    try:
        async with asyncio.timeout(BEGINNING_SECONDS):
            while len(body) < BEGINNING_BYTES and (chunk := await answer.content.read(BEGINNING_BYTES - len(body))):
                body += chunk
    except (aiohttp.ClientError, OSError):
        pass  # the status is what counts
    return bytes(body)


def _cookies(jar: aiohttp.CookieJar, url: str) -> str:
    found = jar.filter_cookies(URL(url))
    return "; ".join(f"{morsel.key}={morsel.coded_value}" for morsel in found.values())


def _reason(error: BaseException) -> str:
    """Say in words why no answer came, without what may hold a secret."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"{type(error.os_error).__name__}: {error.os_error.strerror or 'cannot connect'}"
    return type(error).__name__
