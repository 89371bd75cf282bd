"""Explain: says in plain sentences why a connection was refused or an event failed, and what to change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from .card import STYLE
from .emulator.core.failures import Failure, FailureKind

ON_AZURE = (
    "Azure tells a client only that something failed. The Live trace tool of the resource, in the Azure portal, shows "
    "each call to an event handler: look for AbuseProtectionResponse… (the validation failed) and "
    "HttpHandlerUnexpectedResponse (an event was not answered with 2xx)."
)

_QUERY_VALUE = re.compile(r"([?&#][\w.$-]+=)[^&#\s'\"]*[^&#\s'\",.;:)]")
_ACCESS_KEY = re.compile(r"(AccessKey=)[^;\s'\"]+", re.IGNORECASE)
OLD_SECONDS = 20.0
"""Failures older than that are said to be old."""

_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something failed.

    Attributes:
        what: what happened, as a client saw it.
        why: what the reason was.
        change: what to do.
        failure: the facts, None where nothing failed.
    """

    what: str
    why: str = ""
    change: str = ""
    failure: Failure | None = None

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.what, self.why, self.change)))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rest = "".join(f"<br>{escape(text)}" for text in (self.why, self.change) if text)
        return f'<div class="wpslab-explanation" style="{STYLE}"><strong>{escape(self.what)}</strong>{rest}</div>'


def explain(
    failures: Sequence[Failure],
    connection_id: str | None = None,
    errors: Mapping[tuple[str, str], str] | None = None,
    now: float | None = None,
) -> Explanation:
    """Explain the newest failure, or the newest one of a connection.

    Args:
        failures: what failed, oldest first.
        connection_id: whose failures count; by default anybody's.
        errors: what went wrong inside an attached server, by connection id and `ce-id`; both empty for a validation.
        now: seconds since the epoch, to say how long ago it was.
    """
    errors = errors or {}
    mine = [each for each in failures if connection_id is None or each.connection_id == connection_id]
    if not mine:
        raised = [text for (whose, _), text in errors.items() if connection_id in (None, whose)]
        if raised:
            return Explanation(
                "No connection was refused and no event failed, but a handler raised an error.",
                _mask(f"It raised {_sentence(raised[-1])}"),
                "connected and disconnected are answered before their handlers run, so that nobody notices.",
            )
        return Explanation(
            "No connection was refused and no event failed."
            if connection_id is None
            else "No event of this connection failed.",
            "A connect, connected or disconnected event that no handler takes is not sent; that is no failure.",
            "If a handler is never called, look at its hub name, its system events and its user event pattern, and at "
            "lab.upstream_log(hub).",
        )
    failure = mine[-1]
    why, change = _SENTENCES[failure.kind](failure)
    key = ("", "") if failure.kind.is_validation else (failure.connection_id or "", str(failure.event_id))
    if (error := errors.get(key)) and failure.kind in (FailureKind.STATUS, FailureKind.VALIDATION_STATUS):
        why += f" In the server: {_sentence(error)}"
    what = _what(failure)
    if now is not None and now - failure.time > OLD_SECONDS:
        what += f" That was {now - failure.time:.0f} seconds ago."
    return Explanation(what, _mask(why), change, failure)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _what(failure: Failure) -> str:
    if failure.kind is FailureKind.REFUSED:
        return f"A client was refused with {failure.status} by the service itself, not by an event handler."
    where = f"of hub {failure.hub}"
    if failure.kind is FailureKind.QUOTA and failure.connection_id is None:
        return f"A REST call to hub {failure.hub} was answered 429, and nothing was sent."
    if failure.kind is FailureKind.QUOTA:
        return f"A client {where} was closed with 1008, because of the message it sent."
    if failure.is_user_event:
        return (
            f"The user event {failure.event} {where} failed: a simple client is closed with 1011, a PubSub client "
            "stays, and reads success false if it asked for an ack."
        )
    if failure.kind is FailureKind.REJECTED:
        return f"A client {where} was refused with {failure.client_status} by the connect handler."
    if failure.event == "connect":
        return f"A client {where} was refused with {failure.client_status}, because its connect event failed."
    return f"The event {failure.event} {where} was not delivered. Its client noticed nothing."


def _mask(text: str) -> str:
    """Hide what may be a secret in words that a server or a client chose: values of a query, and tokens."""
    return _TOKEN.sub("***", _QUERY_VALUE.sub(r"\1***", _ACCESS_KEY.sub(r"\1***", text)))


def _request(failure: Failure) -> str:
    """Name the request without its host: `POST /eventhandler`."""
    return f"{failure.method} {urlsplit(failure.url).path or '/'}"


def _place(failure: Failure) -> str:
    return urlsplit(failure.url).netloc


def _times(failure: Failure) -> str:
    return f"{failure.attempts} times" if failure.attempts > 1 else "once"


def _said(failure: Failure) -> str:
    """Quote what the server wrote, if it is a sentence."""
    text = failure.body[:500].decode(errors="replace").strip().partition("\n")[0]
    return f' It said "{text[:200].rstrip(".")}".' if text and text.isprintable() and text[0] not in "<{[" else ""


def _refused(failure: Failure) -> tuple[str, str]:
    change = "Connect with a fresh client access URL, made for this hub with the access key of this service."
    if "disableLocalAuth" in failure.detail:
        change = "Let access keys count again: az webpubsub update --disable-local-auth false."
    elif failure.status == 503:
        change = "Start it again: az webpubsub start."
    elif failure.status == 403:
        change = "Enable the public network access of the resource again, by the management SDK."
    elif failure.status == 400:
        change = (
            "Correct the client access URL: /client/hubs/{hub} with a legal hub name and query, and in its token legal "
            "group names."
        )
    elif failure.status == 429:
        change = (
            "Close connections that are not needed, or let the resource grow: "
            "az webpubsub update --sku Standard_S1 --unit-count 1."
        )
    elif failure.status == 501:
        change = "Offer json.webpubsub.azure.v1, or no subprotocol at all."
    return failure.detail, change


def _no_handler(failure: Failure) -> tuple[str, str]:
    taken = f"the patterns there are: {failure.detail}" if failure.detail else "no handler takes user events"
    return (
        f"No event handler of hub {failure.hub} takes the user event {failure.event}; {taken}.",
        f'Give a handler the user event pattern "*" or one that names {failure.event}.',
    )


def _validation_status(failure: Failure) -> tuple[str, str]:
    request = _request(failure)
    why = f"{request} answered {failure.status}"
    if failure.status == 405:
        return (
            f"{why}: the path must also accept OPTIONS and answer WebHook-Allowed-Origin.",
            "Add OPTIONS to the methods of the route.",
        )
    if failure.status == 404:
        return (
            f"OPTIONS {urlsplit(failure.url).path or '/'} answered 404, and so did GET: there is no such path.",
            "The URL template and the routes of the server must agree. With {event} in the template, the path with "
            "validate in its place must answer as well.",
        )
    if failure.status in (401, 403):
        return (
            f"{why}: the webhook wants to know who calls.",
            "Validation requests carry no token: put the secret into the query of the URL template, such as "
            "?code=…, or let OPTIONS pass.",
        )
    if 300 <= failure.status < 400:
        return f"{why}: the service follows no redirect.", "Register the final URL, with or without the last slash."
    return (
        f"{why}, and only 2xx counts as consent.",
        "OPTIONS must answer 200 with the header WebHook-Allowed-Origin.",
    )


def _log(failure: Failure) -> str:
    return f'lab.upstream_log("{failure.hub}") has the log of an attached server'


def _refusing_status(failure: Failure) -> str:
    """Say what a 4xx to an event asks for: the ones a server answers by itself have causes of their own."""
    if failure.status == 401:
        return "If the handler checks signatures, give it the access keys of this service."
    if failure.status == 404:
        return "Compare the URL template with the routes of the server, and the hub with the one the handler serves."
    if failure.status == 405:
        return "Add POST to the methods of the route."
    return f"Look into the log of the server: {_log(failure)}."


def _rejected(failure: Failure) -> tuple[str, str]:
    change = "If the client should come in, answer 200 or 204; if not, all is well."
    if failure.status in (401, 404, 405):
        change = f"{_refusing_status(failure)} If the handler means to refuse this client, all is well."
    why = f"{_request(failure)} answered {failure.status}: that is how a connect handler refuses a client."
    return f"{why}{_said(failure)}", change


def _status(failure: Failure) -> tuple[str, str]:
    often = f" after {failure.attempts} attempts" if failure.attempts > 1 else ""
    change = f"Only 2xx is a success. {_refusing_status(failure)}"
    if failure.status >= 500 or failure.status == 408:
        change = (
            f"The handler raised an error; {_log(failure)}. 408 and 5xx are retried, so a handler may run more than "
            "once for one event."
        )
    return f"{_request(failure)} answered {failure.status}{often}.{_said(failure)}", change


_AZURE_VALIDATION = "Azure's Live trace calls this AbuseProtectionResponseFailed."

_SENTENCES: dict[FailureKind, Callable[[Failure], tuple[str, str]]] = {
    FailureKind.REFUSED: _refused,
    FailureKind.QUOTA: lambda failure: (
        failure.detail,
        "Wait for midnight (UTC), or let the resource grow: az webpubsub update --sku Standard_S1 --unit-count 1.",
    ),
    FailureKind.NO_HANDLER: _no_handler,
    FailureKind.VALIDATION_UNREACHABLE: lambda failure: (
        f"Before its first event a webhook is validated, and nobody answered at {_place(failure)} ({failure.detail}).",
        f"Start the server, and compare its port with the URL template. {_AZURE_VALIDATION}",
    ),
    FailureKind.VALIDATION_TIMEOUT: lambda failure: (
        f"{_request(failure)}: {failure.detail}.",
        "Answer OPTIONS at once; it asks only whether the webhook wants the events. " + _AZURE_VALIDATION,
    ),
    FailureKind.VALIDATION_STATUS: _validation_status,
    FailureKind.VALIDATION_NO_ORIGIN: lambda failure: (
        f"{_request(failure)} answered {failure.status} without WebHook-Allowed-Origin: the webhook did not consent.",
        "Answer OPTIONS with the header WebHook-Allowed-Origin: * (or the host of the service). "
        "Azure's Live trace calls this AbuseProtectionResponseMissingAllowedOrigin.",
    ),
    FailureKind.VALIDATION_WRONG_ORIGIN: lambda failure: (
        f"{_request(failure)} consented to another service: {failure.detail}.",
        "Name the service's host, without scheme and port, one header line for each host; or answer *.",
    ),
    FailureKind.UNREACHABLE: lambda failure: (
        f"{_request(failure)} was sent {_times(failure)}, and no answer came from {_place(failure)} "
        f"({failure.detail}).",
        "The server was there to be validated, and since then it is gone or hangs up: start it again, or look into its "
        "log.",
    ),
    FailureKind.TIMEOUT: lambda failure: (
        f"{_request(failure)}: {failure.detail}.",
        "Answer first and do slow work afterwards. A time-out is not retried.",
    ),
    FailureKind.REDIRECT: lambda failure: (
        f"{_request(failure)} answered {failure.status}, a redirect to {failure.detail or 'nowhere'}, "
        "and the service follows none.",
        "Register the final URL, with or without the last slash.",
    ),
    FailureKind.STATUS: _status,
    FailureKind.REJECTED: _rejected,
    FailureKind.HEADER: lambda failure: (
        f"The event was not sent: {failure.detail}.",
        "User ids and connection states travel in HTTP headers. Encode a state, for example as Base64 of JSON.",
    ),
    FailureKind.TOO_LARGE: lambda failure: (
        f"{_request(failure)} answered {failure.status} with {failure.detail}.",
        "Answer with less; send large data by REST, or as a link.",
    ),
    FailureKind.BAD_JSON: lambda failure: (
        f"{_request(failure)} answered {failure.status} with a body that is no answer to connect: {failure.detail}.",
        "Answer nothing (204), or a JSON object with userId, roles, groups and subprotocol, each of its own type.",
    ),
    FailureKind.BAD_ROLES: lambda failure: (
        f"{_request(failure)} answered with roles the service cannot use: {failure.detail}.",
        "roles is a list of texts such as webpubsub.sendToGroup; leave it out to keep the token's.",
    ),
    FailureKind.BAD_GROUPS: lambda failure: (
        f"{_request(failure)} answered with groups the service cannot use: {failure.detail}.",
        "groups is a list of names with 1 to 1024 characters; leave it out to keep the token's.",
    ),
    FailureKind.BAD_SUBPROTOCOL: lambda failure: (
        f"{_request(failure)} chose a subprotocol the client cannot get: {failure.detail}.",
        "Choose one of request.subprotocols, or leave subprotocol out.",
    ),
    FailureKind.BAD_CONTENT_TYPE: lambda failure: (
        f"{_request(failure)} answered with the content type {failure.detail}, which is not for messages.",
        "Reply with text/plain, application/json or application/octet-stream; to send no reply, answer 204. Flask says "
        "text/html unless it is told otherwise.",
    ),
    FailureKind.BAD_DATA: lambda failure: (
        f"{_request(failure)} answered with a body that does not fit its content type: {failure.detail}.",
        "Send UTF-8 as text/plain, and one JSON value as application/json.",
    ),
    FailureKind.BAD_METADATA: lambda failure: (
        f"{_request(failure)} answered with metadata the service cannot use: {failure.detail}",
        "Keep X-WebPubSub-Metadata-… to 1024 ASCII characters each and 8 KiB in all.",
    ),
}
