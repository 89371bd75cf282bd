"""Requests as Azure Web PubSub sends them, header by header."""

import json

from wpslab.upstream import HttpRequest, WebPubSubEventHandler

KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
SECONDARY = "SECONDARYKEY0123456789ABCDEFGHIJKLMNOPQRSTUV"
CONNECTION = "d2f1c0a4b7e94d3fa1c2b3d4e5f60718"
SIGNATURE = "sha256=5556bb0474b6f5ede272abf80c94824694bedd08f0ccf9efbaa8fc3555b4067c"
SECONDARY_SIGNATURE = "sha256=7b5d8a0e94afb34189477bb13047129dd1e17e0c0097fb798cb62b39a9272cc6"
CONNECT_BODY = {
    "claims": {
        "sub": ["alice"],
        "role": ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup.room1"],
        "webpubsub.group": ["room1"],
        "aud": ["http://localhost:8080/client/hubs/chat"],
        "iat": ["1767225600"],
        "exp": ["1767229200"],
    },
    "query": {"room": ["blue"], "tag": ["a", "b"]},
    "headers": {"Host": ["localhost:8080"], "User-Agent": ["demo/1.0"], "Cookie": ["sid=1"]},
    "subprotocols": ["json.webpubsub.azure.v1", "chat.v1"],
    "clientCertificates": [{"thumbprint": "AB12", "content": "-----BEGIN CERTIFICATE-----"}],
}


def handler(hub="chat", **options):
    return WebPubSubEventHandler(hub, **{"access_keys": [KEY, SECONDARY], **options})


def event_headers(kind, name, content_type, changes):
    headers = {
        "Host": "localhost:8081",
        "WebHook-Request-Origin": "localhost",
        "Content-Type": content_type,
        "ce-specversion": "1.0",
        "ce-awpsversion": "1.0",
        "ce-type": f"azure.webpubsub.{kind}.{name}",
        "ce-source": f"/hubs/chat/client/{CONNECTION}",
        "ce-id": "2",
        "ce-time": "2026-01-01T00:00:05Z",
        "ce-signature": f"{SIGNATURE},{SECONDARY_SIGNATURE}",
        "ce-userId": "alice",
        "ce-connectionId": CONNECTION,
        "ce-hub": "chat",
        "ce-eventName": name,
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    return {name: value for name, value in headers.items() if value is not None}


def system_event(name, body=None, **changes):
    """A system event; headers are changed by name, with `_` for `-`, and left out where they are None."""
    headers = event_headers("sys", name, "application/json; charset=utf-8", changes)
    text = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    return HttpRequest("POST", f"/api/chat/{name}", headers, text)


def connect_event(body=None, **changes):
    return system_event("connect", CONNECT_BODY if body is None else body, **{"ce_id": "0", **changes})


def user_event(body=b"hi", name="message", content_type="text/plain; charset=utf-8", **changes):
    headers = event_headers("user", name, content_type, changes)
    return HttpRequest("POST", f"/api/chat/{name}", headers, body)


def validation(method="OPTIONS", **changes):
    headers = {"Host": "localhost:8081", "WebHook-Request-Origin": "my.webpubsub.azure.com", "ce-awpsversion": "1.0"}
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    return HttpRequest(method, "/api/chat/validate", {name: value for name, value in headers.items() if value})


def lines(answer, name):
    """All values of a response header."""
    return [value for found, value in answer.headers if found.lower() == name.lower()]


def only(answer, name):
    """The value of a response header that may occur once, or None."""
    values = lines(answer, name)
    assert len(values) <= 1
    return values[0] if values else None
