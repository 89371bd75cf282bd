"""Both forms of the app, against a running emulator: each request of the service, and what the clients get."""

import json

import pytest
from functions_calls import CONNECT_BODY, post, validate

from wpslab.emulator import EventHandler
from wpslab.upstream.server import UpstreamServer

TEMPLATES = {"http": "/api/{event}", "trigger": "/runtime/webhooks/webpubsub"}


async def test_validation_by_the_configured_service_is_allowed(form):
    answer = await validate(form.host, form.path("validate"), origin="127.0.0.1")
    assert (answer.status, answer.headers["webhook-allowed-origin"]) == (200, "*")


async def test_validation_by_another_service_is_refused(form):
    answer = await validate(form.host, form.path("validate"), origin="other.webpubsub.azure.com")
    assert answer.status == 400
    assert "webhook-allowed-origin" not in answer.headers


async def test_validation_by_get_is_allowed_too(form):
    answer = await validate(form.host, form.path("validate"), "GET", origin="127.0.0.1")
    assert (answer.status, answer.headers["webhook-allowed-origin"]) == (200, "*")


async def test_connect_is_accepted_with_the_user_of_the_token(form, signed):
    answer = await post(form.host, "system", "connect", CONNECT_BODY, path=form.path("connect"), **signed)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert json.loads(answer.body) == {"userId": "alice"}


async def test_connect_of_a_user_outside_ascii_keeps_the_name(form, signed):
    changes = {**signed, "ce_userId": "Zoë"}
    answer = await post(form.host, "system", "connect", CONNECT_BODY, path=form.path("connect"), **changes)
    assert json.loads(answer.body) == {"userId": "Zoë"}


@pytest.mark.parametrize("user", ["alice", None])
async def test_connected_is_told_to_all(form, signed, join, user):
    async with join("bob") as bob:
        answer = await post(form.host, "system", "connected", {}, path=form.path("connected"), ce_userId=user, **signed)
        assert await bob.hears() == ("text", f"{user or 'Somebody'} connected.")
    assert (answer.status in (200, 204), answer.body) == (True, b"")


async def test_disconnected_is_told_to_all(form, signed, join):
    async with join("bob") as bob:
        body = {"reason": "bye"}
        answer = await post(form.host, "system", "disconnected", body, path=form.path("disconnected"), **signed)
        assert await bob.hears() == ("text", "alice disconnected.")
    assert (answer.status in (200, 204), answer.body) == (True, b"")


@pytest.mark.parametrize(
    ("content_type", "body", "heard"),
    [
        ("text/plain; charset=utf-8", "Grüß Gott".encode(), ("text", "Grüß Gott")),
        ("text/plain", b"hi", ("text", "hi")),
        ("application/json", b'{"a": [1, "x"]}', ("json", {"a": [1, "x"]})),
        ("application/json", b'"quoted"', ("json", "quoted")),
    ],
)
async def test_user_event_is_broadcast_with_its_data_type(form, signed, join, content_type, body, heard):
    async with join("bob") as bob, join("carol") as carol:
        answer = await post(form.host, "user", "message", body, content_type, path=form.path("message"), **signed)
        assert await bob.hears() == heard
        assert await carol.hears() == heard
    assert (answer.status in (200, 204), answer.body) == (True, b"")


async def test_binary_user_event_keeps_its_bytes_in_the_http_form_and_is_refused_in_the_other(form, signed, join):
    async with join("bob") as bob:
        path, data = form.path("message"), b"\x00\xff\xfe"
        answer = await post(form.host, "user", "message", data, "application/octet-stream", path=path, **signed)
        if form.name == "http":
            assert (answer.status, await bob.hears()) == (204, ("binary", "AP/+"))
        else:
            assert (answer.status, "text and JSON only" in answer.text) == (400, True)
            await bob.hears_nothing()


@pytest.mark.parametrize(
    ("kind", "name"), [("system", "connect"), ("system", "connected"), ("user", "message"), ("system", "disconnected")]
)
@pytest.mark.parametrize(
    "wrong", [{"ce-signature": "sha256=00"}, {"ce-signature": None}, {"WebHook-Request-Origin": "elsewhere"}]
)
async def test_request_that_is_not_the_services_does_nothing(form, signed, join, kind, name, wrong):
    async with join("bob") as bob:
        changes = {**signed, **wrong}
        answer = await post(form.host, kind, name, {}, "application/json", path=form.path(name), **changes)
        assert answer.status == 401
        await bob.hears_nothing()


async def test_signature_of_another_connection_is_refused(form, signed):
    changes = {**signed, "ce_connectionId": "other"}
    answer = await post(form.host, "system", "connect", CONNECT_BODY, path=form.path("connect"), **changes)
    assert answer.status == 401


async def test_service_that_is_away_makes_the_function_fail(form, signed, emulator, caplog):
    emulator.stop()
    answer = await post(form.host, "user", "message", b"hi", "text/plain", path=form.path("message"), **signed)
    assert answer.status == 500
    assert emulator.access_key not in answer.text + caplog.text


async def test_emulator_and_the_app_talk_to_each_other_from_connect_to_disconnected(form, emulator, join):
    with UpstreamServer(form.host) as server:
        handler = EventHandler(
            url_template=server.url + TEMPLATES[form.name],
            user_event_pattern="*",
            system_events=("connect", "connected", "disconnected"),
        )
        emulator.configure_hub("chat", event_handlers=[handler])
        async with join("bob") as bob:
            assert bob.user_id == "bob"
            assert await bob.hears() == ("text", "bob connected.")
            async with join("alice") as alice:
                assert await bob.hears() == ("text", "alice connected.")
                assert await alice.hears() == ("text", "alice connected.")
                await alice.send(type="event", event="message", dataType="json", data={"n": 1}, ackId=1)
                received = [await alice.receive(), await alice.receive()]
                acks = [each for each in received if each["type"] == "ack"]
                assert acks == [{"type": "ack", "ackId": 1, "success": True}]
                assert await bob.hears() == ("json", {"n": 1})
            assert await bob.hears() == ("text", "alice disconnected.")
        assert emulator.settle()
    assert emulator.failures == []
