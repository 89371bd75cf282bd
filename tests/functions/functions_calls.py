"""Calls of a Functions host over ASGI, as Azure Web PubSub makes them, and apps written for one test."""

import hashlib
import hmac
import json
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

from wpslab.upstream.functions_host import FunctionsHost

APPS = Path(__file__).parents[2] / "notebooks" / "functions"
KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
CONNECTION = "d2f1c0a4b7e94d3fa1c2b3d4e5f60718"
CONNECTION_STRING = f"Endpoint=http://localhost:8080;AccessKey={KEY};Version=1.0;"
SETTINGS = {"PubSubConn": CONNECTION_STRING, "PubSubHub": "chat"}
WEBHOOK = "/runtime/webhooks/webpubsub"
CONNECT_BODY = {
    "claims": {"sub": ["alice"]},
    "query": {"room": ["blue"]},
    "headers": {"Host": ["localhost:8080"]},
    "subprotocols": ["json.webpubsub.azure.v1"],
    "clientCertificates": [],
}
HEADER = """
import json
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

def on(event_type, event_name, arg_name="request", hub="chat", **more):
    return app.generic_trigger(arg_name=arg_name, type="webPubSubTrigger", hub=hub,
                               eventType=event_type, eventName=event_name, **more)
"""


def write_app(folder, code, **files):
    """Write a `function_app.py`: the usual beginning, and `code`."""
    (folder / "function_app.py").write_text(HEADER + dedent(code), "utf-8")
    for name, text in files.items():
        (folder / f"{name}.json").write_text(text, "utf-8")


def host_of(folder, code, settings=None):
    write_app(folder, code)
    return FunctionsHost(folder, settings or {})


def sign(key, connection_id=CONNECTION):
    return "sha256=" + hmac.new(key.encode(), connection_id.encode(), hashlib.sha256).hexdigest()


async def call(app, method, path, headers=None, body=b"", query=""):
    """Make one request; return its status, headers and body."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "scheme": "http",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    messages = [
        {"type": "http.request", "body": body[:3], "more_body": True},
        {"type": "http.request", "body": body[3:]},
    ]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    start, end = sent
    lines = {name.decode(): value.decode() for name, value in start["headers"]}
    return SimpleNamespace(status=start["status"], headers=lines, body=end["body"], text=end["body"].decode("latin-1"))


async def validate(app, path=WEBHOOK, method="OPTIONS", origin="localhost"):
    headers = {} if origin is None else {"WebHook-Request-Origin": origin, "ce-awpsversion": "1.0"}
    return await call(app, method, path, headers)


def event_headers(kind, name, content_type="application/json; charset=utf-8", **changes):
    """Return an event's headers; `changes` are others, with _ for -, or None to leave one out."""
    headers = {
        "WebHook-Request-Origin": "localhost",
        "Content-Type": content_type,
        "ce-specversion": "1.0",
        "ce-awpsversion": "1.0",
        "ce-type": f"azure.webpubsub.{'sys' if kind == 'system' else 'user'}.{name}",
        "ce-source": f"/hubs/chat/client/{CONNECTION}",
        "ce-id": "2",
        "ce-time": "2026-01-01T00:00:00Z",
        "ce-connectionId": CONNECTION,
        "ce-hub": "chat",
        "ce-eventName": name,
        "ce-signature": sign(KEY),
        "ce-userId": "alice",
    }
    headers.update({key.replace("_", "-"): value for key, value in changes.items()})
    return {key: value for key, value in headers.items() if value is not None}


async def post(app, kind, name, body=b"", content_type="application/json; charset=utf-8", path=WEBHOOK, **changes):
    """Post an event; `body` is bytes, or JSON to be."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await call(app, "POST", path, event_headers(kind, name, content_type, **changes), data)


async def post_connect(app, path=WEBHOOK, **changes):
    return await post(app, "system", "connect", CONNECT_BODY, path=path, **changes)


async def post_message(app, data="hi", path=WEBHOOK, **changes):
    """Post a user event of text."""
    return await post(app, "user", "message", data.encode(), "text/plain; charset=utf-8", path=path, **changes)
