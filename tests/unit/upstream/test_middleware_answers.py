"""What a handler function may answer, and what the service is told."""

import json
import logging
import threading

import pytest
from service_requests import connect_event, handler, lines, only, system_event, user_event

from wpslab.upstream import ConnectResponse, Reject, UserEventResponse

STATE = "eyJrIjoxfQ=="


async def answer_to(event, result):
    """Let one function take the event, which returns the result or raises it."""

    def answering(request):
        if isinstance(result, BaseException):
            raise result
        return result(request) if callable(result) else result

    app = handler()
    app.connect(answering)
    app.user_event()(answering)
    return await app.handle(event)


async def connecting(result):
    answer = await answer_to(connect_event(), result)
    return answer.status, json.loads(answer.body) if answer.status == 200 else answer.body.decode()


# connect


@pytest.mark.parametrize("result", [None, ConnectResponse()])
async def test_client_is_accepted_as_its_token_says(result):
    assert await connecting(result) == (204, "")


async def test_connect_response_has_the_names_of_the_service():
    response = ConnectResponse(
        user_id="bob",
        roles=["webpubsub.sendToGroup.room1", "webpubsub.joinLeaveGroups.room*"],
        groups=("room1",),
        subprotocol="chat.v1",
    )
    assert await connecting(response) == (
        200,
        {
            "userId": "bob",
            "roles": ["webpubsub.sendToGroup.room1", "webpubsub.joinLeaveGroups.room*"],
            "groups": ["room1"],
            "subprotocol": "chat.v1",
        },
    )


async def test_empty_values_are_sent_as_they_mean_something():
    response = ConnectResponse(user_id="", roles=[], groups=[])
    assert await connecting(response) == (200, {"userId": "", "roles": [], "groups": []})


async def test_connect_answers_json():
    answer = await answer_to(connect_event(), ConnectResponse(user_id="bob"))
    assert only(answer, "Content-Type") == "application/json"


async def test_reject_answers_with_its_status_and_sentence():
    assert await connecting(Reject(401, "Log in first.")) == (401, "Log in first.")
    assert (await connecting(Reject(403)))[0] == 403


@pytest.mark.parametrize("status", [200, 399, 408, 500, 503, "401", None])
def test_reject_takes_no_status_after_which_the_service_calls_again(status):
    with pytest.raises(ValueError, match="calls again"):
        Reject(status)


async def test_subprotocol_that_was_not_offered_is_a_fault_of_the_handler(caplog):
    assert (await connecting(ConnectResponse(subprotocol="mqtt")))[0] == 500
    assert "json.webpubsub.azure.v1, chat.v1" in caplog.text


@pytest.mark.parametrize("result", ["ok", True, {"userId": "bob"}, UserEventResponse("x"), Reject(401)])
async def test_wrong_answer_to_connect_names_function_and_what_it_may_return(result, caplog):
    status, text = await connecting(lambda request: result)
    assert status == 500
    assert text == "The handler of connect failed; the server's log says how."
    assert "answering" in caplog.text
    assert "ConnectResponse or None" in caplog.text


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ({"user_id": 5}, TypeError, "user_id is a string"),
        ({"subprotocol": ["chat.v1"]}, TypeError, "subprotocol is a string"),
        ({"roles": "webpubsub.sendToGroup"}, TypeError, "roles is a list"),
        ({"groups": {"room": 1}}, TypeError, "groups is a list"),
        ({"groups": [""]}, ValueError, "groups holds ''"),
        ({"groups": [None]}, ValueError, "groups holds None"),
        ({"roles": ["sendToGroup"]}, ValueError, "no role 'sendToGroup'"),
        ({"roles": ["webpubsub.sendToGroups"]}, ValueError, "no role"),
        ({"roles": ["webpubsub.joinLeaveGroup."]}, ValueError, "no role"),
        ({"state": "k"}, TypeError, "state is a dict"),
    ],
)
def test_connect_response_cannot_be_made_wrong(values, error, text):
    with pytest.raises(error, match=text):
        ConnectResponse(**values)


# User events


@pytest.mark.parametrize(
    ("result", "content_type", "body"),
    [
        ("hé", "text/plain", "hé".encode()),
        (b"\x00", "application/octet-stream", b"\x00"),
        (bytearray(b"\x00"), "application/octet-stream", b"\x00"),
        ({"a": "é"}, "application/json", '{"a": "é"}'.encode()),
        ([1], "application/json", b"[1]"),
        (UserEventResponse("x"), "text/plain", b"x"),
        (UserEventResponse("x", "json"), "application/json", b'"x"'),
        (UserEventResponse(None, "json"), "application/json", b"null"),
        (UserEventResponse(5, data_type="json"), "application/json", b"5"),
        (UserEventResponse(b"x", "protobuf"), "application/x-protobuf", b"x"),
    ],
)
async def test_answer_goes_by_its_type(result, content_type, body):
    answer = await answer_to(user_event(), result)
    assert (answer.status, only(answer, "Content-Type"), answer.body) == (200, content_type, body)


@pytest.mark.parametrize("result", [None, "", UserEventResponse()])
async def test_no_answer_is_204_without_a_body(result):
    answer = await answer_to(user_event(), result)
    assert (answer.status, answer.headers, answer.body) == (204, (), b"")


async def test_event_can_be_rejected():
    answer = await answer_to(user_event(), Reject(422, "Too long."))
    assert (answer.status, answer.body) == (422, b"Too long.")


@pytest.mark.parametrize("result", [5, True, object(), ConnectResponse(), {"a": {1}}, "\ud800", [float("nan")]])
async def test_wrong_answer_to_an_event_is_a_logged_500(result, caplog):
    answer = await answer_to(user_event(), result)
    assert answer.status == 500
    assert answer.body == b"The handler of message failed; the server's log says how."
    assert "answering, the handler of message, answered what it cannot" in caplog.text


async def test_generator_function_is_told_what_it_may_return(caplog):
    app = handler()

    @app.user_event()
    def yielding(request):
        yield "one"

    assert (await app.handle(user_event())).status == 500
    assert "not generator" in caplog.text


@pytest.mark.parametrize(
    ("data", "data_type", "error"),
    [
        (b"x", "text", TypeError),
        ("x", "binary", TypeError),
        ({}, "protobuf", TypeError),
        (None, "text", TypeError),
        (5, None, TypeError),
        ("x", "html", ValueError),
        (float("inf"), "json", ValueError),
    ],
)
def test_user_event_response_cannot_be_made_wrong(data, data_type, error):
    with pytest.raises(error):
        UserEventResponse(data, data_type)


async def test_metadata_travels_in_headers():
    answer = await answer_to(user_event(), UserEventResponse("x", metadata={"Trace": "t 1"}))
    assert only(answer, "x-webpubsub-metadata-trace") == "t 1"


@pytest.mark.parametrize(
    "metadata",
    [
        {"": "x"},
        {"a b": "x"},
        {"k" * 257: "x"},
        {"k": "é"},
        {"k": "a\r\nb"},
        {"k": "x" * 1025},
        {"k": "a,b"},
        {"k": 5},
        {f"k{number}": "x" * 1000 for number in range(9)},
    ],
)
def test_metadata_over_the_limits_is_refused(metadata):
    with pytest.raises(ValueError, match="metadata"):
        UserEventResponse("x", metadata=metadata)


# State


@pytest.mark.parametrize("event", [connect_event(), user_event()])
async def test_state_is_sent_as_base64_of_json(event):
    response = ConnectResponse if "connect" in event.path else UserEventResponse
    answer = await answer_to(event, response(state={"k": 1}))
    assert (answer.status, lines(answer, "ce-connectionState")) == (204, [STATE])


async def test_state_is_not_sent_when_it_stays_the_same():
    answer = await answer_to(user_event(ce_connectionState=STATE), UserEventResponse("x", state={"k": 1}))
    assert lines(answer, "ce-connectionState") == []


async def test_empty_state_empties_the_one_before():
    answer = await answer_to(user_event(ce_connectionState=STATE), UserEventResponse(state={}))
    assert lines(answer, "ce-connectionState") == ["e30="]


async def test_state_changed_in_place_and_answered_is_sent(caplog):
    def counting(request):
        request.state["k"] = 2
        return UserEventResponse(state=request.state)

    answer = await answer_to(user_event(ce_connectionState=STATE), counting)
    assert lines(answer, "ce-connectionState") == ["eyJrIjoyfQ=="]
    assert caplog.text == ""


async def test_state_changed_in_place_and_not_answered_is_warned_of(caplog):
    answer = await answer_to(user_event(ce_connectionState=STATE), lambda request: request.state.update(k=2))
    assert lines(answer, "ce-connectionState") == []
    assert "answering changed request.state in place" in caplog.text


def test_state_too_large_for_a_header_is_refused():
    with pytest.raises(ValueError, match="8000 is the most"):
        UserEventResponse("x", state={"k": "x" * 8000})


# Failures


@pytest.mark.parametrize("error", [RuntimeError("secret"), StopIteration("secret"), TypeError("secret")])
async def test_handler_that_raises_is_a_500_that_says_nothing_of_it(error, caplog):
    answer = await answer_to(user_event(), error)
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert "secret" in caplog.text
    assert "Traceback" in caplog.text
    assert caplog.records[0].name == "wpslab.upstream"


async def test_event_without_a_function_is_answered_with_nothing():
    app = handler()
    for event in (connect_event(), system_event("connected"), user_event(), system_event("disconnected")):
        assert (await app.handle(event)).status == 204


# Functions


async def test_function_of_a_name_comes_before_the_one_for_all_others():
    app = handler()
    app.user_event()(lambda request: "other")
    app.user_event("order.Created")(lambda request: "order")
    assert (await app.handle(user_event(name="Order.created"))).body == b"order"
    assert (await app.handle(user_event(name="chat"))).body == b"other"


async def test_function_registered_again_replaces_the_earlier_one():
    app = handler()
    app.user_event("message")(lambda request: "old")
    app.user_event("Message")(lambda request: "new")
    assert (await app.handle(user_event())).body == b"new"


def test_decorators_return_the_function():
    app = handler()
    assert app.connect(len) is app.connected(len) is app.disconnected(len) is app.user_event("x")(len) is len


@pytest.mark.parametrize("name", ["", "a,b", "order.*"])
def test_user_event_takes_one_name(name):
    with pytest.raises(ValueError, match="one name"):
        handler().user_event(name)


def test_decorator_of_user_events_without_parentheses_says_how_to_write_it():
    with pytest.raises(TypeError, match=r"@handler\.user_event\("):
        handler().user_event(lambda request: None)


def test_result_of_a_call_is_no_handler():
    with pytest.raises(TypeError, match="is a function"):
        handler().connect(None)


async def test_plain_function_runs_in_a_thread_and_async_one_on_the_loop():
    app, threads = handler(), {}

    @app.user_event("plain")
    def plain(request):
        threads["plain"] = threading.current_thread()

    @app.user_event("async")
    async def not_plain(request):
        threads["async"] = threading.current_thread()
        return "done"

    assert (await app.handle(user_event(name="plain"))).status == 204
    assert (await app.handle(user_event(name="async"))).body == b"done"
    assert threads["async"] is threading.current_thread() is not threads["plain"]


async def test_object_that_is_called_asynchronously_is_awaited():
    class Answering:
        async def __call__(self, request):
            return "done"

    app = handler()
    app.user_event()(Answering())
    assert (await app.handle(user_event())).body == b"done"


@pytest.mark.parametrize("name", ["connected", "disconnected"])
async def test_notification_is_answered_before_its_function_runs(name):
    app, seen = handler(), []
    getattr(app, name)(seen.append)
    answer = await app.handle(system_event(name))
    assert (answer.status, seen) == (204, [])
    await answer.afterwards()
    assert [request.event_name for request in seen] == [name]


async def test_notification_whose_function_fails_is_logged(caplog):
    app = handler()

    @app.connected
    async def failing(request):
        raise RuntimeError("lost?")

    await (await app.handle(system_event("connected"))).afterwards()
    assert "lost?" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR
