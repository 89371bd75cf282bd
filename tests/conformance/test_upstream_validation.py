"""Validation: a webhook is asked whether it wants events, before the first one and once a minute."""

import asyncio

import pytest

from wpslab.emulator import EventHandler

from .sockets import WAIT
from .upstreams import consent, knocking, new_stage


@pytest.fixture
async def stage(request):
    async with new_stage(request) as made:
        yield made


async def comes_in(stage, **token):
    """Connect a client and let it go."""
    async with stage.hub.json_client(**token):
        pass


async def until_failed(stage, count):
    """Wait until there are this many failures."""
    async with asyncio.timeout(WAIT):
        while len(stage.emulator.failures) < count:
            await asyncio.sleep(0.01)


# What is asked


async def test_the_request_has_the_origin_and_the_version_and_nothing_else_of_an_event(stage):
    stage.handle(stage.handler("/api/{hub}/{event}?code=abc"))
    await comes_in(stage, user_id="alice")
    call = await stage.upstream.validation()
    assert (call.method, call.target) == ("OPTIONS", f"/api/{stage.hub.name}/validate?code=abc")
    assert call["WebHook-Request-Origin"] == "127.0.0.1"
    assert call["ce-awpsversion"] == "1.0"
    assert call["Host"] == f"127.0.0.1:{stage.upstream.port}"
    assert call.names == {"host", "webhook-request-origin", "ce-awpsversion"}
    assert call.body == b""


async def test_the_origin_is_the_host_as_the_client_wrote_it(stage):
    stage.handle()
    url = stage.hub.url().replace("127.0.0.1", "localhost")
    token = stage.hub.target.sign(stage.hub.audience.replace("127.0.0.1", "localhost"))
    async with stage.hub.json_client(url=f"{url.partition('?')[0]}?access_token={token}"):
        pass
    assert (await stage.upstream.validation())["WebHook-Request-Origin"] == "localhost"
    assert (await stage.upstream.event())["WebHook-Request-Origin"] == "localhost"


async def test_the_code_of_the_template_comes_with_every_request_and_shows_nowhere_else(stage):
    stage.handle(stage.handler("/hook?code=s3cret&event={event}"))
    async with stage.hub.json_client(user_id="alice") as client:
        await client.succeeds(type="event", event="order", data=1)
    await stage.settle()
    assert {call.query.partition("&")[0] for call in stage.upstream.log} == {"code=s3cret"}
    assert sorted(call.query.partition("&")[2] for call in stage.upstream.log) == [
        "event=connect",
        "event=connected",
        "event=disconnected",
        "event=order",
        "event=validate",
    ]
    assert "s3cret" not in repr(stage.emulator.trace) + repr(stage.emulator.failures)


async def test_nobody_is_asked_before_there_is_an_event(stage):
    stage.handle(stage.handler(system_events=["connected"]))
    assert stage.upstream.log == []
    await comes_in(stage)
    await stage.upstream.event("connected")
    assert [call.method for call in stage.upstream.log] == ["OPTIONS", "POST"]


async def test_without_validation_an_event_is_sent_at_once(stage):
    stage.configure(validation=False)
    stage.handle(stage.handler(system_events=["connect"]))
    await comes_in(stage)
    assert [call.method for call in stage.upstream.log] == ["POST"]


# What counts as consent


@pytest.mark.parametrize(
    "reply",
    [
        consent("*"),
        consent("127.0.0.1"),
        consent("elsewhere.test", "127.0.0.1"),
        consent("elsewhere.test", "*"),
        consent(" 127.0.0.1 "),
        consent("*", status=204),
        consent("*", status=299),
    ],
)
async def test_an_allowed_origin_is_a_star_or_the_origin_on_a_line_of_its_own(stage, reply):
    stage.upstream.on("OPTIONS", "/validate", reply)
    stage.handle()
    await comes_in(stage)


async def test_an_allowed_origin_compares_without_case(stage):
    stage.upstream.on("OPTIONS", "/validate", consent("LocalHost"))
    stage.handle(stage.handler(system_events=["connect"]))
    url = stage.hub.url().replace("127.0.0.1", "localhost")
    token = stage.hub.target.sign(stage.hub.audience.replace("127.0.0.1", "localhost"))
    await comes_in(stage, url=f"{url.partition('?')[0]}?access_token={token}")


@pytest.mark.parametrize(
    ("reply", "kind", "status"),
    [
        (consent(), "validationNoOrigin", 200),
        (consent("elsewhere.test"), "validationWrongOrigin", 200),
        (consent("elsewhere.test,127.0.0.1"), "validationWrongOrigin", 200),
        (consent("elsewhere.test, *"), "validationWrongOrigin", 200),
        (consent("http://127.0.0.1"), "validationWrongOrigin", 200),
        (consent("127.0.0.1:8080"), "validationWrongOrigin", 200),
        (consent("*", status=400), "validationStatus", 400),
        (consent("*", status=401), "validationStatus", 401),
        (consent("*", status=405), "validationStatus", 405),
        (consent("*", status=302), "validationStatus", 302),
    ],
)
async def test_anything_else_is_no_consent_and_the_client_gets_500_and_no_event_is_sent(stage, reply, kind, status):
    reply.headers.append(("Location", "/elsewhere"))
    stage.upstream.on("OPTIONS", "/validate", reply)
    stage.handle()
    assert (await stage.is_rejected())[0] == 500
    assert [call.method for call in stage.upstream.log] == ["OPTIONS"]
    failure = stage.failure
    assert (failure.kind.value, failure.status, failure.event, failure.method) == (kind, status, "connect", "OPTIONS")
    assert failure.url == f"{stage.upstream.url}/validate"


async def test_where_options_is_not_found_get_is_asked_the_same(stage):
    stage.upstream.on("OPTIONS", "/validate", consent("*", status=404))
    stage.handle(stage.handler(system_events=["connect"]))
    await comes_in(stage)
    options, get = stage.upstream.validations
    assert (options.method, get.method) == ("OPTIONS", "GET")
    assert (options.target, options.headers, options.body) == (get.target, get.headers, get.body)
    assert [call.name for call in stage.upstream.events()] == ["connect"]


async def test_get_is_judged_as_options_is(stage):
    stage.upstream.on("OPTIONS", "/validate", consent(status=404))
    stage.upstream.on("GET", "/validate", consent())
    stage.handle()
    assert (await stage.is_rejected())[0] == 500
    assert stage.kinds == ["validationNoOrigin"]


async def test_405_is_not_followed_by_get(stage):
    stage.upstream.on("OPTIONS", "/validate", consent("*", status=405))
    stage.handle()
    assert (await stage.is_rejected())[0] == 500
    assert [call.method for call in stage.upstream.log] == ["OPTIONS"]


@pytest.mark.parametrize("status", [500, 503, 599, 408])
async def test_a_failing_server_is_asked_four_times(stage, status):
    stage.upstream.on("OPTIONS", "/validate", consent("*", status=status))
    stage.handle()
    assert (await stage.is_rejected())[0] == 500
    assert [call.method for call in stage.upstream.log] == ["OPTIONS"] * 4
    assert (stage.failure.kind.value, stage.failure.status) == ("validationStatus", status)


async def test_a_server_that_recovers_is_validated(stage):
    stage.upstream.on("OPTIONS", "/validate", consent(status=503), consent(drop=True), consent("*"))
    stage.handle()
    await comes_in(stage)
    assert len(stage.upstream.validations) == 3


async def test_a_server_that_is_not_there_is_no_consent(stage, closed_port):
    stage.handle(EventHandler(f"http://127.0.0.1:{closed_port}/", system_events=["connect"]))
    assert (await stage.is_rejected())[0] == 500
    assert stage.kinds == ["validationUnreachable"]


async def test_a_timeout_is_neither_retried_nor_followed_by_get(stage):
    stage.configure(validation_timeout=0.2)
    stage.upstream.on("OPTIONS", "/validate", consent("*", gate=asyncio.Event()))
    stage.handle()
    assert (await stage.is_rejected())[0] == 500
    assert [call.method for call in stage.upstream.log] == ["OPTIONS"]
    assert stage.kinds == ["validationTimeout"]
    async with asyncio.timeout(WAIT):
        await stage.upstream.log[0].gone.wait()


# Who shares a result


async def test_equal_addresses_share_one_result(stage):
    stage.handle(
        stage.handler("/hook?x=1", None, ["connect"]),
        stage.handler("/hook?x=1", "*", []),
    )
    with stage.another_hub() as other:
        stage.handle(stage.handler("/hook?x=1"), hub=other.name)
        async with stage.hub.json_client() as client, other.json_client():
            await client.succeeds(type="event", event="order", data=1)
    assert len(stage.upstream.validations) == 1


async def test_another_query_or_another_hub_in_the_address_is_validated_by_itself(stage):
    stage.handle(
        stage.handler("/{hub}?x=1", None, ["connect"]),
        stage.handler("/{hub}?x=2", "*", []),
    )
    async with stage.hub.json_client() as client:
        await client.succeeds(type="event", event="order", data=1)
    with stage.another_hub() as other:
        stage.emulator.configure_hub(other.name, event_handlers=[stage.handler("/{hub}?x=1", None, ["connect"])])
        async with other.json_client():
            pass
    assert [call.target for call in stage.upstream.validations] == [
        f"/{stage.hub.name}?x=1",
        f"/{stage.hub.name}?x=2",
        f"/{other.name}?x=1",
    ]


async def test_clients_that_come_at_once_wait_for_one_validation(stage):
    gate = asyncio.Event()
    stage.upstream.on("OPTIONS", "/validate", consent("*", gate=gate))
    stage.handle(stage.handler(system_events=["connect"]))
    async with knocking(stage.hub.url()) as first, knocking(stage.hub.url()) as second:
        await stage.upstream.validation()
        await stage.rest("GET", "connections/nobody")  # both handshakes were there before it
        assert stage.upstream.events() == []
        gate.set()
        async with asyncio.timeout(WAIT):
            for reader in (first, second):
                assert (await reader.readline()).startswith(b"HTTP/1.1 101 ")
    assert len(stage.upstream.validations) == 1
    assert len(stage.upstream.events("connect")) == 2


async def test_one_that_leaves_while_it_waits_does_not_take_the_validation_from_the_other(stage):
    gate = asyncio.Event()
    stage.upstream.on("OPTIONS", "/validate", consent("*", gate=gate))
    stage.handle(stage.handler(system_events=["connect"]))
    async with knocking(stage.hub.url()):
        await stage.upstream.validation()
    async with knocking(stage.hub.url()) as second:
        await stage.rest("GET", "connections/nobody")
        gate.set()
        async with asyncio.timeout(WAIT):
            assert (await second.readline()).startswith(b"HTTP/1.1 101 ")
    assert len(stage.upstream.validations) == 1


# How long a result holds


async def test_a_success_holds_for_a_minute_and_is_refreshed_behind_the_next_event(stage):
    stage.handle(stage.handler(system_events=["connect"]))
    await comes_in(stage)
    stage.emulator.advance(59)
    await comes_in(stage)
    assert len(stage.upstream.validations) == 1
    gate = asyncio.Event()
    stage.upstream.on("OPTIONS", "/validate", consent("*", gate=gate))
    stage.emulator.advance(1.5)
    await comes_in(stage)  # not held up by the refresh
    await comes_in(stage)
    assert len(stage.upstream.events()) == 4
    await stage.upstream.validation()
    await stage.upstream.validation()
    assert len(stage.upstream.validations) == 2
    gate.set()


async def test_a_refresh_that_fails_counts_from_the_event_after_it(stage):
    stage.handle(stage.handler(system_events=["connect"]))
    await comes_in(stage)
    stage.upstream.on("OPTIONS", "/validate", consent("elsewhere.test"))
    stage.emulator.advance(61)
    await comes_in(stage)
    await stage.until_traced("validation", 2)
    assert (await stage.is_rejected())[0] == 500
    assert len(stage.upstream.events()) == 2


async def test_after_failures_it_is_asked_again_after_1_2_4_seconds_and_up_to_a_minute(stage):
    stage.upstream.on("OPTIONS", "/validate", consent())
    stage.handle()
    assert (await stage.is_rejected())[0] == 500
    for asked, wait in enumerate((1, 2, 4, 8, 16, 32, 60, 60), start=1):
        stage.emulator.advance(wait - 0.9)
        assert (await stage.is_rejected())[0] == 500
        assert len(stage.upstream.validations) == asked, f"asked before {wait} s were over"
        stage.emulator.advance(0.9)
        assert (await stage.is_rejected())[0] == 500  # by the last result, while a new one is fetched
        await stage.until_traced("validation", asked + 1)
    assert stage.upstream.events() == []


async def test_a_failure_after_a_success_begins_at_one_second_again(stage):
    stage.upstream.on("OPTIONS", "/validate", consent(), consent(), consent("*"), consent(), consent("*"))
    stage.handle(stage.handler(system_events=["connect"]))
    assert (await stage.is_rejected())[0] == 500
    for count, wait in ((2, 1.1), (3, 2.1)):
        stage.emulator.advance(wait)
        assert (await stage.is_rejected())[0] == 500
        await stage.until_traced("validation", count)
    await comes_in(stage)
    stage.emulator.advance(61)
    await comes_in(stage)
    await stage.until_traced("validation", 4)
    assert (await stage.is_rejected())[0] == 500
    stage.emulator.advance(1.1)
    assert (await stage.is_rejected())[0] == 500
    await stage.until_traced("validation", 5)
    await comes_in(stage)


async def test_new_settings_are_validated_anew(stage):
    stage.upstream.on("OPTIONS", "/validate", consent(), consent("*"))
    stage.handle(stage.handler(system_events=["connect"]))
    assert (await stage.is_rejected())[0] == 500
    stage.handle(stage.handler(system_events=["connect"]))
    await comes_in(stage)
    await comes_in(stage)
    assert len(stage.upstream.validations) == 2


async def test_settings_that_change_while_a_server_is_asked_leave_nothing_behind(stage):
    stage.upstream.on("OPTIONS", "/validate", consent("*", gate=asyncio.Event()))
    stage.handle()
    async with knocking(stage.hub.url()), knocking(stage.hub.url()):
        first = await stage.upstream.validation()
        stage.handle()
        async with knocking(stage.hub.url()):
            second = await stage.upstream.validation()
            await asyncio.to_thread(stage.emulator.stop)
            async with asyncio.timeout(WAIT):
                await first.gone.wait()
                await second.gone.wait()


# What becomes of events meanwhile


async def test_without_consent_a_user_event_of_a_json_client_fails_and_the_client_stays(stage):
    stage.upstream.on("OPTIONS", "/validate", consent())
    stage.handle(stage.handler(system_events=[]))
    async with stage.hub.json_client() as client:
        assert await client.fails(type="event", event="order", data=1) == "InternalServerError"
        await client.send(type="event", event="order", data=1)
        await client.hears_nothing()
        assert (await client.ask(type="event", event="order", data=1))["error"] == {
            "name": "InternalServerError",
            "message": "Internal server error",
        }
    assert stage.kinds == ["validationNoOrigin"] * 3
    assert stage.upstream.events() == []


async def test_without_consent_a_simple_client_is_closed_with_1011(stage):
    stage.upstream.on("OPTIONS", "/validate", consent())
    stage.handle(stage.handler(system_events=[]))
    async with stage.hub.simple_client() as client:
        await client.send("hi")
        assert await client.end() == (1011, "Internal server error")


async def test_without_consent_notifications_are_lost_and_do_not_come_later(stage):
    stage.upstream.on("OPTIONS", "/validate", consent(), consent("*"))
    stage.handle(stage.handler(system_events=["connected", "disconnected"]))
    await comes_in(stage)
    await until_failed(stage, 2)
    await stage.settle()
    assert [failure.event for failure in stage.emulator.failures] == ["connected", "disconnected"]
    stage.emulator.advance(1.1)
    async with stage.hub.json_client() as client:
        await stage.until_traced("validation", 2)
    await stage.upstream.event("disconnected")
    assert {call["ce-connectionId"] for call in stage.upstream.events()} == {client.id}
