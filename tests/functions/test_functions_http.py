"""HTTP functions: routes, requests, responses, and the inputs that belong to them."""

import json

import jwt
import pytest
from functions_calls import CONNECTION_STRING, KEY, call, event_headers, host_of, post_connect, validate, write_app
from websockets.asyncio.client import connect

from wpslab.upstream.functions_host import FunctionsHost

ECHO = """
@app.route(route="{route}")
def echo(req: func.HttpRequest):
    return func.HttpResponse(json.dumps([req.method, req.url, dict(req.params), dict(req.route_params),
                                         req.headers.get("X-One"), req.get_body().decode()]))
"""
CONTEXT = """
@app.route(route="hook", methods=["POST", "OPTIONS"])
@app.generic_input_binding(arg_name="wps", type="webPubSubContext", connection="PubSubConn")
def hook(req: func.HttpRequest, wps: str):
    return func.HttpResponse(wps, mimetype="application/json")
"""
NEGOTIATE = """
@app.route(route="negotiate", methods=["GET"])
@app.generic_input_binding(arg_name="connection", type="webPubSubConnection", hub="%PubSubHub%",
                           userId="{user}", connection="PubSubConn"{more})
def negotiate(req: func.HttpRequest, connection: str):
    return func.HttpResponse(connection, mimetype="application/json")
"""
SETTINGS = {"PubSubConn": CONNECTION_STRING, "PubSubHub": "chat"}


def answering(expression):
    return f'@app.route(route="x")\ndef x(req: func.HttpRequest):\n    return {expression}\n'


async def test_function_gets_the_request(tmp_path):
    host = host_of(tmp_path, ECHO.replace("{route}", "item/{id}/part"))
    answer = await call(host, "PUT", "/api/item/7/part", {"Host": "h:1", "X-One": "é"}, b"body", "a=1&b=x%20y&c=")
    url = "http://h:1/api/item/7/part?a=1&b=x%20y&c="
    assert json.loads(answer.body) == ["PUT", url, {"a": "1", "b": "x y", "c": ""}, {"id": "7"}, "é", "body"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/negotiate", 500),  # it runs, and lacks the user
        ("GET", "/API/Negotiate/", 500),
        ("POST", "/api/negotiate", 404),
        ("GET", "/api/negotiate/more", 404),
        ("GET", "/negotiate", 404),
        ("GET", "/", 404),
    ],
)
async def test_route_and_method_choose_the_function(tmp_path, method, path, status):
    host = host_of(tmp_path, NEGOTIATE.replace("{user}", "{query.userId}").replace("{more}", ""), SETTINGS)
    assert (await call(host, method, path)).status == status


async def test_route_without_parameters_goes_first(tmp_path):
    code = ECHO.replace("{route}", "{event}") + answering("'fixed'")
    assert (await call(host_of(tmp_path, code), "GET", "/api/x")).text == "fixed"


async def test_prefix_of_routes_is_that_of_host_json(tmp_path):
    write_app(tmp_path, answering("'here'"), host='{"extensions": {"http": {"routePrefix": "v1"}}}')
    host = FunctionsHost(tmp_path, {})
    assert (await call(host, "GET", "/v1/x")).text == "here"
    assert "/v1/x" in str(host)


async def test_function_without_a_route_has_its_name_as_route(tmp_path):
    host = host_of(tmp_path, "@app.route()\ndef hello(req: func.HttpRequest):\n    return 'hello'\n")
    assert (await call(host, "GET", "/api/hello")).text == "hello"


@pytest.mark.parametrize(
    ("expression", "status", "content_type", "body"),
    [
        ("None", 204, None, b""),
        ("'text'", 200, "text/plain; charset=utf-8", b"text"),
        ("func.HttpResponse(b'\\x00', mimetype='application/octet-stream')", 200, "application/octet-stream", b"\0"),
        ("func.HttpResponse('{}', mimetype='application/json', status_code=201)", 201, "application/json", b"{}"),
        ("func.HttpResponse(status_code=204)", 204, None, b""),
        ("func.HttpResponse()", 200, None, b""),
        ("func.HttpResponse('x', headers={'Content-Type': 'text/html'})", 200, "text/html", b"x"),
        ("7", 500, None, b""),
        ("1 / 0", 500, None, b""),
    ],
)
async def test_return_becomes_the_response(tmp_path, expression, status, content_type, body):
    answer = await call(host_of(tmp_path, answering(expression)), "GET", "/api/x")
    media_type = answer.headers.get("content-type")
    assert (answer.status, answer.body) == (status, body)
    assert media_type == content_type or media_type.startswith(f"{content_type};")


async def test_headers_of_a_response_are_sent(tmp_path):
    host = host_of(tmp_path, answering("func.HttpResponse('x', headers={'ce-connectionState': 'e30='})"))
    assert (await call(host, "GET", "/api/x")).headers["ce-connectionstate"] == "e30="


async def test_async_http_function_is_awaited(tmp_path):
    code = "@app.route(route='x')\nasync def x(req: func.HttpRequest):\n    return 'awaited'\n"
    assert (await call(host_of(tmp_path, code), "GET", "/api/x")).text == "awaited"


# webPubSubContext


async def test_context_of_a_validation_is_a_preflight_with_the_response(tmp_path):
    answer = await validate(host_of(tmp_path, CONTEXT, SETTINGS), "/api/hook")
    context = json.loads(answer.body)
    assert context.pop("request") == {"isValid": True}
    assert context == {
        "response": {"status": 200, "headers": {"WebHook-Allowed-Origin": "*"}, "body": None},
        "errorMessage": None,
        "hasError": False,
        "isPreflight": True,
    }


async def test_context_of_a_validation_by_a_stranger_has_a_response_of_400(tmp_path):
    answer = await validate(host_of(tmp_path, CONTEXT, SETTINGS), "/api/hook", origin="stranger")
    context = json.loads(answer.body)
    assert (context["isPreflight"], context["hasError"], context["response"]["status"]) == (True, False, 400)
    assert context["response"]["headers"] == {}


async def test_context_of_an_event_has_the_request(tmp_path):
    context = json.loads((await post_connect(host_of(tmp_path, CONTEXT, SETTINGS), "/api/hook")).body)
    assert (context["isPreflight"], context["hasError"], context["errorMessage"]) == (False, False, None)
    assert context["request"]["connectionContext"]["userId"] == "alice"
    assert context["request"]["subprotocols"] == ["json.webpubsub.azure.v1"]


@pytest.mark.parametrize(
    ("changes", "status"), [({"ce_signature": "sha256=00"}, 401), ({"ce_connectionId": None}, 400)]
)
async def test_context_of_a_request_that_is_no_event_of_the_service_has_an_error(tmp_path, changes, status):
    host = host_of(tmp_path, CONTEXT, SETTINGS)
    context = json.loads((await post_connect(host, "/api/hook", **changes)).body)
    assert (context["hasError"], context["response"]["status"], context["request"]) == (True, status, None)
    assert context["errorMessage"] == context["response"]["body"]


async def test_context_without_a_connection_trusts_anyone(tmp_path):
    code = CONTEXT.replace(', connection="PubSubConn"', "")
    answer = await call(host_of(tmp_path, code), "POST", "/api/hook", event_headers("system", "connected"), b"{}")
    assert json.loads(answer.body)["hasError"] is False


# webPubSubConnection


async def test_connection_is_a_url_with_a_token_for_the_user_in_the_query(tmp_path):
    host = host_of(tmp_path, NEGOTIATE.replace("{user}", "{query.userId}").replace("{more}", ""), SETTINGS)
    connection = json.loads((await call(host, "GET", "/api/negotiate", query="userId=al%20ice")).body)
    assert sorted(connection) == ["accessToken", "baseUrl", "url"]
    assert connection["baseUrl"] == "ws://localhost:8080/client/hubs/chat"
    assert connection["url"] == f"{connection['baseUrl']}?access_token={connection['accessToken']}"
    audience = "http://localhost:8080/client/hubs/chat"
    claims = jwt.decode(connection["accessToken"], KEY, algorithms=["HS256"], audience=audience)
    assert claims["sub"] == "al ice"


async def test_connection_takes_the_user_from_a_header_and_the_protocol_from_the_binding(tmp_path):
    code = NEGOTIATE.replace("{user}", "{headers.x-ms-client-principal-name}")
    host = host_of(tmp_path, code.replace("{more}", ', clientProtocol="mqtt"'), SETTINGS)
    answer = await call(host, "GET", "/api/negotiate", {"X-MS-CLIENT-PRINCIPAL-NAME": "bob"})
    connection = json.loads(answer.body)
    assert connection["baseUrl"] == "ws://localhost:8080/clients/mqtt/hubs/chat"
    claims = jwt.decode(connection["accessToken"], options={"verify_signature": False})
    assert claims["sub"] == "bob"


async def test_connection_that_lacks_its_part_of_the_request_fails_the_function(tmp_path, caplog):
    host = host_of(tmp_path, NEGOTIATE.replace("{user}", "{query.userId}").replace("{more}", ""), SETTINGS)
    assert (await call(host, "GET", "/api/negotiate")).status == 500
    assert "nothing for {query.userId}" in caplog.text


async def test_client_connects_with_what_negotiate_answers(tmp_path, emulator):
    settings = {"PubSubConn": emulator.connection_string, "PubSubHub": "chat"}
    host = host_of(tmp_path, NEGOTIATE.replace("{user}", "alice").replace("{more}", ""), settings)
    url = json.loads((await call(host, "GET", "/api/negotiate")).body)["url"]
    async with connect(url, subprotocols=["json.webpubsub.azure.v1"]) as socket:
        assert json.loads(await socket.recv())["userId"] == "alice"


# ASGI


async def test_host_agrees_to_the_life_of_the_server(tmp_path):
    host = host_of(tmp_path, answering("'x'"))
    steps, sent = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}], []

    async def receive():
        return steps.pop(0)

    async def send(message):
        sent.append(message["type"])

    await host({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_caller_who_hangs_up_gets_no_answer_and_a_websocket_is_closed(tmp_path):
    host = host_of(tmp_path, answering("'x'"))
    sent = []

    async def hang_up():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message["type"])

    await host({"type": "http"}, hang_up, send)
    assert sent == []
    await host({"type": "websocket"}, hang_up, send)
    assert sent == ["websocket.close"]
    with pytest.raises(ValueError, match="serves HTTP, not 'other'"):
        await host({"type": "other"}, hang_up, send)
