"""The handler as an ASGI application, bare and mounted in frameworks."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from service_requests import handler, system_event, user_event, validation
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from wpslab.upstream import ConnectResponse


def scope_of(event, **changes):
    lines = [(name.lower().encode(), value.encode()) for name, value in event.headers.items()]
    return {"type": "http", "method": event.method, "path": event.path, "headers": lines, **changes}


class Server:
    """An ASGI server's side of one scope: what it receives, what was sent."""

    def __init__(self, *messages):
        self.messages = list(messages)
        self.sent = []

    async def receive(self):
        return self.messages.pop(0)

    async def send(self, message):
        self.sent.append(message)


def body_of(*parts):
    return [{"type": "http.request", "body": part, "more_body": part is not parts[-1]} for part in parts]


def greeting(**options):
    app = handler(**options)
    app.user_event()(lambda request: f"Hello {request.user_id}, {request.data}!")
    return app


async def test_request_in_several_parts_is_answered():
    server = Server(*body_of(b"h", b"i"))
    await greeting()(scope_of(user_event()), server.receive, server.send)
    start, body = server.sent
    assert start["status"] == 200
    assert dict(start["headers"]) == {b"content-type": b"text/plain", b"content-length": b"16"}
    assert body == {"type": "http.response.body", "body": b"Hello alice, hi!"}


async def test_204_has_no_content_length():
    server = Server(*body_of(b"hi"))
    await handler()(scope_of(user_event()), server.receive, server.send)
    assert (server.sent[0]["status"], server.sent[0]["headers"]) == (204, [])


async def test_user_id_beyond_ascii_comes_as_bytes():
    server = Server(*body_of(b"hi"))
    await greeting()(scope_of(user_event(ce_userId="Zoë")), server.receive, server.send)
    assert server.sent[1]["body"] == "Hello Zoë, hi!".encode()


async def test_body_over_the_limit_is_not_read_to_its_end():
    server = Server(*body_of(b"x" * 8, b"x" * 8, b"never read"))
    await greeting(max_body_bytes=10)(scope_of(user_event()), server.receive, server.send)
    assert server.sent[0]["status"] == 413
    assert len(server.messages) == 1


async def test_caller_that_hangs_up_is_not_answered():
    server = Server(*body_of(b"h", b"i")[:1], {"type": "http.disconnect"})
    await greeting()(scope_of(user_event()), server.receive, server.send)
    assert server.sent == []


async def test_notification_is_answered_before_its_function_runs():
    app, server, answers = handler(), Server(*body_of(b"{}")), []
    app.connected(lambda request: answers.extend(server.sent))
    await app(scope_of(system_event("connected")), server.receive, server.send)
    assert [message["type"] for message in answers] == ["http.response.start", "http.response.body"]


async def test_lifespan_is_served():
    server = Server({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    await handler()({"type": "lifespan"}, server.receive, server.send)
    assert [message["type"] for message in server.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_websocket_is_refused():
    server = Server({"type": "websocket.connect"})
    await handler()({"type": "websocket"}, server.receive, server.send)
    assert [message["type"] for message in server.sent] == ["websocket.close"]


async def test_websocket_is_refused_with_a_sentence_where_the_server_can_send_one():
    server = Server({"type": "websocket.connect"})
    scope = {"type": "websocket", "extensions": {"websocket.http.response": {}}}
    await handler()(scope, server.receive, server.send)
    assert server.sent[0]["status"] == 403
    assert server.sent[1]["type"] == "websocket.http.response.body"
    assert b"Clients connect to Azure Web PubSub" in server.sent[1]["body"]


async def test_unknown_scope_is_refused():
    with pytest.raises(ValueError, match="serves HTTP"):
        await handler()({"type": "smtp"}, None, None)


def mounted_in_starlette(app):
    return Starlette(routes=[Mount("/eventhandler", app=app)])


def routed_in_starlette(app):
    return Starlette(routes=[Route("/eventhandler/{event}", app)])


def mounted_in_fastapi(app):
    application = FastAPI()
    application.mount("/eventhandler", app)
    return application


@pytest.fixture(params=[mounted_in_starlette, routed_in_starlette, mounted_in_fastapi])
async def post(request):
    """Send an event to the handler where a framework has it; it knows its whole path."""
    app = greeting(path="/eventhandler")
    app.connect(lambda request: ConnectResponse(groups=["lobby"]))
    transport = httpx.ASGITransport(request.param(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

        async def send(event, path):
            headers = {name: value.encode() for name, value in event.headers.items()}
            return await client.request(event.method, path, headers=headers, content=event.body)

        yield send


async def test_mounted_handler_answers_events(post):
    answer = await post(user_event(ce_userId="Zoë"), "/eventhandler/message")
    assert (answer.status_code, answer.text) == (200, "Hello Zoë, hi!")
    assert answer.headers["content-type"] == "text/plain"


async def test_mounted_handler_answers_validation(post):
    answer = await post(validation(), "/eventhandler/validate?code=abc")
    assert (answer.status_code, answer.headers["webhook-allowed-origin"]) == (200, "*")


async def test_mounted_handler_answers_the_wrong_method(post):
    answer = await post(validation("PUT"), "/eventhandler/validate")
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")


async def test_route_without_event_in_its_path_takes_the_handler_too():
    transport = httpx.ASGITransport(Starlette(routes=[Route("/eventhandler", greeting())]))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        event = user_event()
        answer = await client.post("/eventhandler", headers=event.headers, content=event.body)
    assert answer.text == "Hello alice, hi!"


async def test_blocking_functions_do_not_hold_each_other_up():
    app, both = handler(), asyncio.Barrier(2)
    loop = asyncio.get_running_loop()

    @app.user_event()
    def meeting(request):
        asyncio.run_coroutine_threadsafe(both.wait(), loop).result(10)

    servers = [Server(*body_of(b"hi")), Server(*body_of(b"hi"))]
    async with asyncio.timeout(10):
        await asyncio.gather(*(app(scope_of(user_event()), server.receive, server.send) for server in servers))
    assert [server.sent[0]["status"] for server in servers] == [204, 204]
