"""The webhook of Web PubSub triggers: which function runs, what it gets, and what its return becomes."""

import base64
import json

import pytest
from functions_calls import (
    CONNECT_BODY,
    CONNECTION,
    CONNECTION_STRING,
    KEY,
    call,
    event_headers,
    host_of,
    post,
    post_connect,
    post_message,
    sign,
    validate,
)

WEBHOOK = "/runtime/webhooks/webpubsub"
OTHER = "Endpoint=https://other.webpubsub.azure.com;AccessKey=otherkeyotherkeyotherkeyotherkey1;Version=1.0;"
MESSAGE = """
@on("user", "message")
def message(request: str):
    return {"data": request, "dataType": "json"}
"""
WITH_CONNECTION = MESSAGE.replace('"message")', '"message", connections=["PubSubConn"])')


def returning(expression, kind="user", name="message"):
    return f"@on('{kind}', '{name}')\ndef function(request: str):\n    return {expression}\n"


# Validation


@pytest.mark.parametrize("origin", ["localhost", "LOCALHOST", "a.example,localhost", "a.example, localhost"])
@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
async def test_validation_with_the_host_of_a_connection_is_allowed(tmp_path, origin, method):
    host = host_of(tmp_path, WITH_CONNECTION, {"PubSubConn": CONNECTION_STRING})
    answer = await validate(host, method=method, origin=origin)
    assert (answer.status, answer.headers["webhook-allowed-origin"]) == (200, "*")


@pytest.mark.parametrize("origin", ["localhost.example", "other", "", None])
async def test_validation_with_another_origin_or_none_is_refused(tmp_path, origin):
    host = host_of(tmp_path, WITH_CONNECTION, {"PubSubConn": CONNECTION_STRING})
    assert (await validate(host, origin=origin)).status == 400


async def test_validation_without_a_configured_connection_allows_any_origin(tmp_path):
    answer = await validate(host_of(tmp_path, MESSAGE), origin="anywhere.example")
    assert (answer.status, answer.headers["webhook-allowed-origin"]) == (200, "*")


async def test_validation_uses_the_default_connection_setting_of_triggers_that_name_none(tmp_path):
    host = host_of(tmp_path, MESSAGE, {"WebPubSubConnectionString": OTHER})
    assert (await validate(host, origin="localhost")).status == 400
    assert (await validate(host, origin="other.webpubsub.azure.com")).status == 200


async def test_validation_allows_the_service_of_any_trigger(tmp_path):
    code = WITH_CONNECTION + (
        '@on("user", "order", connections=["Second"])\ndef order(request: str):\n    return {"data": "ok"}\n'
    )
    host = host_of(tmp_path, code, {"PubSubConn": CONNECTION_STRING, "Second": OTHER})
    assert (await validate(host, origin="localhost")).status == 200
    assert (await validate(host, origin="other.webpubsub.azure.com")).status == 200
    # The function is still called by its own service only.
    assert (await post(host, "user", "order", b"1", "application/json")).status == 401


# Requests that are refused


@pytest.mark.parametrize("missing", ["ce_type", "ce_hub", "ce_eventName", "ce_connectionId"])
async def test_event_that_lacks_a_header_gets_400(tmp_path, missing):
    answer = await post_message(host_of(tmp_path, MESSAGE), **{missing: None})
    assert answer.status == 400
    assert missing.replace("_", "-") in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_event_that_is_no_post_gets_400(tmp_path, method):
    host = host_of(tmp_path, MESSAGE)
    assert (await call(host, method, WEBHOOK, event_headers("user", "message"), b"hi")).status == 400


async def test_get_without_an_origin_gets_400(tmp_path):
    assert (await call(host_of(tmp_path, MESSAGE), "GET", WEBHOOK)).status == 400


@pytest.mark.parametrize("changes", [{"ce_signature": "sha256=00"}, {"ce_signature": None}, {"ce_signature": "é"}])
async def test_wrong_signature_gets_401(tmp_path, changes):
    host = host_of(tmp_path, WITH_CONNECTION, {"PubSubConn": CONNECTION_STRING})
    assert (await post_message(host, **changes)).status == 401


@pytest.mark.parametrize("signature", [sign(KEY), sign(KEY).upper(), f"sha256=00,{sign(KEY)}", f"{sign(KEY)}, x"])
async def test_one_right_signature_is_enough(tmp_path, signature):
    host = host_of(tmp_path, WITH_CONNECTION, {"PubSubConn": CONNECTION_STRING})
    assert (await post_message(host, ce_signature=signature)).status == 200


@pytest.mark.parametrize("origin", ["other.example", None])
async def test_unknown_origin_gets_401(tmp_path, origin):
    host = host_of(tmp_path, WITH_CONNECTION, {"PubSubConn": CONNECTION_STRING})
    assert (await post_message(host, **{"WebHook-Request-Origin": origin})).status == 401


async def test_signature_is_not_asked_for_without_a_connection(tmp_path):
    assert (await post_message(host_of(tmp_path, MESSAGE), ce_signature=None)).status == 200


async def test_signature_is_not_asked_for_with_an_identity(tmp_path):
    host = host_of(tmp_path, WITH_CONNECTION, {"PubSubConn__serviceUri": "https://mine.webpubsub.azure.com"})
    origin = {"WebHook-Request-Origin": "mine.webpubsub.azure.com"}
    assert (await post_message(host, ce_signature=None, **origin)).status == 200
    assert (await validate(host, origin="other.example")).status == 400


async def test_singular_connection_of_a_trigger_is_ignored_with_a_warning(tmp_path, caplog):
    code = MESSAGE.replace('"message")', '"message", connection="Nowhere")')
    assert (await post_message(host_of(tmp_path, code), ce_signature=None)).status == 200
    assert "'connections', a list" in caplog.text


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("order", {}),
        ("message", {"ce_hub": "other"}),
        ("message", {"ce_type": "azure.webpubsub.sys.message"}),
    ],
)
async def test_event_that_no_function_takes_gets_404(tmp_path, name, changes):
    answer = await post(host_of(tmp_path, MESSAGE), "user", name, b"hi", "text/plain", **changes)
    assert answer.status == 404


async def test_event_finds_its_function_without_case(tmp_path):
    assert (await post(host_of(tmp_path, MESSAGE), "user", "MESSAGE", b"hi", "text/plain", ce_hub="Chat")).status == 200


async def test_user_event_named_connect_goes_to_the_user_function(tmp_path):
    code = returning("{'data': 'user'}", "user", "connect") + returning("{'userId': 'x'}", "system", "connect").replace(
        "function", "system"
    )
    answer = await post(host_of(tmp_path, code), "user", "connect", b"hi", "text/plain")
    assert answer.body == b"user"


@pytest.mark.parametrize(
    ("protocols", "changes", "status"),
    [
        ("all", {"ce_subprotocol": "mqtt"}, 200),
        ("all", {}, 200),
        ("webPubSub", {}, 200),
        ("webPubSub", {"ce_subprotocol": "mqtt"}, 404),
        ("webPubSub", {"ce_physicalConnectionId": "p1"}, 404),
        ("mqtt", {"ce_subprotocol": "mqtt"}, 200),
        ("mqtt", {"ce_subprotocol": "json.webpubsub.azure.v1"}, 404),
    ],
)
async def test_client_protocols_choose_the_function(tmp_path, protocols, changes, status):
    code = MESSAGE.replace('"message")', f'"message", clientProtocols="{protocols}")')
    assert (await post_message(host_of(tmp_path, code), **changes)).status == status


@pytest.mark.parametrize("content_type", ["application/x-protobuf", "text/html", ""])
async def test_user_event_of_another_content_type_gets_400(tmp_path, content_type):
    answer = await post(host_of(tmp_path, MESSAGE), "user", "message", b"x", content_type)
    assert answer.status == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null"])
async def test_connect_without_a_json_object_gets_400(tmp_path, body):
    host = host_of(tmp_path, returning("{}", "system", "connect"))
    assert (await post(host, "system", "connect", body)).status == 400


async def test_webhook_is_not_there_without_a_trigger(tmp_path):
    host = host_of(tmp_path, '@app.route(route="x")\ndef x(req: func.HttpRequest):\n    return "x"\n')
    assert (await validate(host)).status == 404


# What a function gets


async def test_request_of_a_user_event_has_the_context_and_the_data(tmp_path):
    answer = await post_message(host_of(tmp_path, MESSAGE), "hi")
    request = json.loads(answer.body)
    context = request["connectionContext"]
    headers = context.pop("headers")
    assert context == {
        "eventType": "User",
        "eventName": "message",
        "hub": "chat",
        "connectionId": CONNECTION,
        "userId": "alice",
        "signature": sign(KEY),
        "origin": "localhost",
        "states": {},
    }
    assert headers["ce-id"] == ["2"]
    assert (request["data"], request["dataType"]) == ("hi", "text")


@pytest.mark.parametrize(
    ("content_type", "body", "data", "data_type"),
    [
        ("application/json", b'{"a": 1}', '{"a": 1}', "json"),
        ("application/octet-stream", b"a\xff", "a\ufffd", "binary"),
    ],
)
async def test_data_is_text_whatever_its_type(tmp_path, content_type, body, data, data_type):
    answer = await post(host_of(tmp_path, MESSAGE), "user", "message", body, content_type)
    request = json.loads(answer.body)
    assert (request["data"], request["dataType"]) == (data, data_type)


async def test_request_of_connect_has_what_the_client_sent(tmp_path, caplog):
    host = host_of(tmp_path, returning("{'userId': request}", "system", "connect"))
    request = json.loads(json.loads((await post_connect(host)).body)["userId"])
    assert {name: request[name] for name in CONNECT_BODY} == CONNECT_BODY
    assert request["connectionContext"]["eventType"] == "System"


async def test_request_of_disconnected_has_the_reason_and_that_of_connected_has_none(tmp_path):
    code = """
    seen = []
    @on("system", "disconnected")
    def disconnected(request: str):
        seen.append(request)
    @on("system", "connected")
    def connected(request: str):
        seen.append(request)
    @on("user", "message")
    def message(request: str):
        return {"data": json.dumps([sorted(json.loads(each)) for each in seen]), "dataType": "json"}
    """
    host = host_of(tmp_path, code)
    await post(host, "system", "connected", {})
    await post(host, "system", "disconnected", {"reason": "bye"})
    answer = await post_message(host)
    assert json.loads(answer.body) == [["connectionContext"], ["connectionContext", "reason"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data", "hi"),
        ("dataType", "text"),
        ("reason", None),
        ("claims", None),
        ("anything", None),
    ],
)
async def test_name_of_a_trigger_picks_the_value(tmp_path, name, value):
    code = f"@on('user', 'message', '{name}')\ndef f({name}):\n    return {{'data': repr({name})}}\n"
    answer = await post_message(host_of(tmp_path, code))
    assert answer.text == repr(value)


@pytest.mark.parametrize("name", ["claims", "query", "subprotocols", "clientCertificates"])
async def test_name_of_a_connect_trigger_picks_json(tmp_path, name):
    code = f"@on('system', 'connect', '{name}')\ndef f({name}):\n    return {{'userId': {name}}}\n"
    answer = await post_connect(host_of(tmp_path, code))
    assert json.loads(json.loads(answer.body)["userId"]) == CONNECT_BODY[name]


async def test_data_bound_as_binary_keeps_its_bytes(tmp_path):
    code = """
    @on("user", "message", "data", data_type=func.DataType.BINARY)
    def f(data: bytes):
        return {"data": data.hex()}
    """
    answer = await post(host_of(tmp_path, code), "user", "message", b"\x00\xff", "application/octet-stream")
    assert answer.text == "00ff"


async def test_async_function_is_awaited(tmp_path):
    code = """
    import asyncio
    @on("user", "message")
    async def f(request: str):
        await asyncio.sleep(0)
        return {"data": "awaited"}
    """
    assert (await post_message(host_of(tmp_path, code))).text == "awaited"


async def test_function_without_async_runs_on_another_thread(tmp_path):
    code = """
    import threading
    LOADER = threading.get_ident()
    @on("user", "message")
    def f(request: str):
        return {"data": str(threading.get_ident() == LOADER)}
    """
    assert (await post_message(host_of(tmp_path, code))).text == "False"


# What a function returns


@pytest.mark.parametrize(
    "returned", ["None", "'no JSON'", "'[1]'", "'7'", "[1]", "7", "b'{}'", "True", "json.dumps('text')"]
)
@pytest.mark.parametrize("kind", ["system", "user"])
async def test_return_that_is_no_object_is_an_empty_200(tmp_path, returned, kind):
    name = "connect" if kind == "system" else "message"
    host = host_of(tmp_path, returning(returned, kind, name))
    answer = await (post_connect(host) if kind == "system" else post_message(host))
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("form", ["{}", "json.dumps({})"])
async def test_connect_passes_on_what_it_returns(tmp_path, form):
    value = {"userId": "bob", "groups": ["g"], "roles": [], "subprotocol": "x"}
    host = host_of(tmp_path, returning(form.replace("{}", repr(value)), "system", "connect"))
    answer = await post_connect(host)
    assert (answer.status, answer.headers["content-type"], json.loads(answer.body)) == (200, "application/json", value)


async def test_connect_leaves_out_what_is_none_or_unknown(tmp_path):
    host = host_of(tmp_path, returning("{'userId': None, 'other': 1, 'groups': ['g']}", "system", "connect"))
    assert json.loads((await post_connect(host)).body) == {"groups": ["g"]}


@pytest.mark.parametrize(
    ("code", "status"),
    [("unauthorized", 401), ("Unauthorized", 401), ("userError", 400), ("serverError", 500), ("whatever", 500)],
)
@pytest.mark.parametrize("kind", ["system", "user"])
async def test_code_is_an_error_and_wins(tmp_path, code, status, kind):
    returned = {"code": code, "errorMessage": "no", "userId": "x", "data": "x", "dataType": "text", "states": {"a": 1}}
    host = host_of(tmp_path, returning(repr(returned), kind, "connect" if kind == "system" else "message"))
    answer = await (post_connect(host) if kind == "system" else post_message(host))
    assert (answer.status, answer.text) == (status, "no")
    assert "ce-connectionstate" not in answer.headers


async def test_code_success_is_no_error(tmp_path):
    host = host_of(tmp_path, returning("{'code': 'success', 'data': 'x'}"))
    assert ((await post_message(host)).status, (await post_message(host)).text) == (200, "x")


@pytest.mark.parametrize(
    ("returned", "media_type", "body"),
    [
        ({"data": "hi", "dataType": "text"}, "text/plain", b"hi"),
        ({"data": "hi", "dataType": "Text"}, "text/plain", b"hi"),
        ({"data": '{"a":1}', "dataType": "json"}, "application/json", b'{"a":1}'),
        ({"data": "hi", "dataType": "binary"}, "application/octet-stream", b"hi"),
        ({"data": {"type": "Buffer", "data": [0, 255]}, "dataType": "binary"}, "application/octet-stream", b"\0\xff"),
    ],
)
async def test_user_event_is_answered_with_data_of_a_type(tmp_path, returned, media_type, body):
    answer = await post_message(host_of(tmp_path, returning(repr(returned))))
    assert (answer.status, answer.headers["content-type"].partition(";")[0], answer.body) == (200, media_type, body)


@pytest.mark.parametrize(
    "returned",
    [
        {},
        {"message": "the old key", "dataType": "text"},
        {"data": {"a": 1}, "dataType": "json"},
        {"data": 1, "dataType": "text"},
        {"data": "x", "dataType": "protobuf"},
        {"data": {"type": "Buffer", "data": [256]}, "dataType": "binary"},
        {"data": {"type": "Buffer", "data": 9}, "dataType": "binary"},
        {"data": "x", "states": 1},
    ],
)
async def test_user_event_with_an_unusable_object_gets_500(tmp_path, returned):
    assert (await post_message(host_of(tmp_path, returning(repr(returned))))).status == 500


async def test_states_are_merged_with_those_of_the_connection(tmp_path):
    host = host_of(tmp_path, returning("{'data': request, 'states': {'b': 2, 'c': 3}}"))
    before = base64.b64encode(b'{"a": 1, "b": 1}').decode()
    answer = await post_message(host, ce_connectionState=before)
    assert json.loads(answer.body)["connectionContext"]["states"] == {"a": 1, "b": 1}
    assert json.loads(base64.b64decode(answer.headers["ce-connectionstate"])) == {"a": 1, "b": 2, "c": 3}


async def test_states_of_connect_are_sent_and_without_states_there_is_no_header(tmp_path):
    host = host_of(tmp_path, returning("{'states': {'a': 1}}", "system", "connect"))
    assert (await post_connect(host)).headers["ce-connectionstate"] == base64.b64encode(b'{"a": 1}').decode()
    (tmp_path / "other").mkdir()
    plain = host_of(tmp_path / "other", returning("{'userId': 'a'}", "system", "connect"))
    assert "ce-connectionstate" not in (await post_connect(plain)).headers


@pytest.mark.parametrize(
    "state", ["", "not base64", base64.b64encode(b"[1]").decode(), base64.b64encode(b"\xff").decode()]
)
async def test_state_that_cannot_be_read_is_none(tmp_path, state):
    answer = await post_message(host_of(tmp_path, MESSAGE), ce_connectionState=state)
    assert json.loads(answer.body)["connectionContext"]["states"] == {}


# Failures


@pytest.mark.parametrize("kind", ["def", "async def"])
async def test_function_that_raises_gives_500_with_the_message(tmp_path, kind, caplog):
    code = f'@on("user", "message")\n{kind} f(request: str):\n    raise RuntimeError("the table is gone")\n'
    answer = await post_message(host_of(tmp_path, code))
    assert (answer.status, answer.text) == (500, "the table is gone")
    assert "The function f failed: the table is gone" in caplog.text


@pytest.mark.parametrize("name", ["connected", "disconnected"])
async def test_connected_and_disconnected_get_200_even_if_the_function_raises(tmp_path, name, caplog):
    code = f'@on("system", "{name}")\ndef f(request: str):\n    raise RuntimeError("late")\n'
    answer = await post(host_of(tmp_path, code), "system", name, {})
    assert (answer.status, answer.body) == (200, b"")
    assert "late" in caplog.text


async def test_return_of_connected_is_not_an_answer(tmp_path):
    host = host_of(tmp_path, returning("{'code': 'serverError'}", "system", "connected"))
    answer = await post(host, "system", "connected", {})
    assert (answer.status, answer.body) == (200, b"")
