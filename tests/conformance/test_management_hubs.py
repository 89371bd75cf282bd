"""The official management SDKs: settings of hubs, which the service obeys at once."""

import asyncio

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.webpubsub.models import (
    EventHandler,
    EventHubEndpoint,
    EventListener,
    EventNameFilter,
    ManagedIdentitySettings,
    UpstreamAuthSettings,
    WebPubSubHub,
    WebPubSubHubProperties,
)

from wpslab.emulator import EventHandler as EmulatorsEventHandler

from .management import status_of
from .sockets import JSON
from .upstreams import ScriptedUpstream, answer
from .wire import PING, wire_client


@pytest.fixture
async def name(arm, group):
    """The name of a resource in the group."""
    return (await arm.create(group, sku="Standard_S1")).name


@pytest.fixture
async def upstream():
    async with ScriptedUpstream() as made:
        yield made


async def put(arm, group, name, hub="chat", **properties):
    wanted = WebPubSubHub(properties=WebPubSubHubProperties(**properties))
    return await arm.web_pub_sub_hubs.begin_create_or_update(hub, group, name, wanted)


# Making, reading, listing, deleting


async def test_hub_comes_back_as_it_was_made(arm, group, name, lab):
    handlers = [
        EventHandler(
            url_template="https://example.com/api/{hub}/{event}?code=1",
            user_event_pattern="*",
            system_events=["connect", "connected", "disconnected"],
            auth=UpstreamAuthSettings(
                type="ManagedIdentity", managed_identity=ManagedIdentitySettings(resource="api://abc")
            ),
        ),
        EventHandler(url_template="https://example.com/more", user_event_pattern="a,b"),
    ]
    listeners = [
        EventListener(
            filter=EventNameFilter(system_events=["connected", "disconnected"], user_event_pattern="*"),
            endpoint=EventHubEndpoint(
                fully_qualified_namespace="example.servicebus.windows.net", event_hub_name="hub1"
            ),
        )
    ]
    made = await put(
        arm,
        group,
        name,
        event_handlers=handlers,
        event_listeners=listeners,
        anonymous_connect_policy="allow",
        web_socket_keep_alive_interval_in_seconds=33,
    )
    resource = (
        f"/subscriptions/{lab.subscription_id}/resourceGroups/{group}/providers/Microsoft.SignalRService/WebPubSub"
    )
    assert made.id == f"{resource}/{name}/hubs/chat"
    assert (made.name, made.type) == ("chat", "Microsoft.SignalRService/WebPubSub/hubs")
    assert made.system_data.created_at is not None
    first, second = made.properties.event_handlers
    assert (first.url_template, first.user_event_pattern) == (handlers[0].url_template, "*")
    assert first.system_events == ["connect", "connected", "disconnected"]
    assert (first.auth.type, first.auth.managed_identity.resource) == ("ManagedIdentity", "api://abc")
    assert (second.user_event_pattern, second.auth) == ("a,b", None)
    (listener,) = made.properties.event_listeners
    assert listener.filter.system_events == ["connected", "disconnected"]
    assert listener.endpoint.event_hub_name == "hub1"
    assert made.properties.anonymous_connect_policy == "allow"
    assert made.properties.web_socket_keep_alive_interval_in_seconds == 33
    assert (await arm.web_pub_sub_hubs.get("chat", group, name)).as_dict() == made.as_dict()


async def test_hub_without_settings_has_those_of_azure(arm, group, name):
    made = (await put(arm, group, name)).properties
    assert (made.anonymous_connect_policy, made.web_socket_keep_alive_interval_in_seconds) == ("deny", 20)
    assert (made.event_handlers, made.event_listeners) == (None, None)


async def test_making_a_hub_again_replaces_all_its_settings(arm, group, name):
    handler = EventHandler(url_template="https://example.com/x", user_event_pattern="*")
    await put(arm, group, name, event_handlers=[handler], anonymous_connect_policy="allow")
    again = await put(arm, group, name, "CHAT", web_socket_keep_alive_interval_in_seconds=120)
    assert again.name == "chat"
    assert again.properties.event_handlers is None
    assert again.properties.anonymous_connect_policy == "deny"
    assert await arm.hubs(group, name) == ["chat"]


async def test_hubs_are_listed_in_the_order_they_came_and_vanish_when_deleted(arm, group, name):
    assert await arm.hubs(group, name) == []
    for hub in ("news", "chat", "Lobby_1"):
        await put(arm, group, name, hub)
    assert await arm.hubs(group, name) == ["news", "chat", "Lobby_1"]
    assert await arm.web_pub_sub_hubs.begin_delete("CHAT", group, name) is None
    assert await arm.web_pub_sub_hubs.begin_delete("chat", group, name) is None
    assert await arm.hubs(group, name) == ["news", "Lobby_1"]
    with pytest.raises(ResourceNotFoundError) as caught:
        await arm.web_pub_sub_hubs.get("chat", group, name)
    assert caught.value.error.code == "ResourceNotFound"
    assert "chat" in caught.value.error.message


async def test_hub_of_a_resource_that_is_not_there_is_not_found(arm, group):
    for asking in (
        arm.web_pub_sub_hubs.list(group, "no-such"),
        arm.web_pub_sub_hubs.get("chat", group, "no-such"),
        arm.web_pub_sub_hubs.begin_delete("chat", group, "no-such"),
        put(arm, group, "no-such"),
    ):
        with pytest.raises(ResourceNotFoundError) as caught:
            await asking
        assert caught.value.error.code == "ResourceNotFound"


async def test_hub_needs_no_settings_to_be_used_and_is_listed_only_once_it_has_some(arm, group, name):
    async with arm.hub(group, name, "chat") as hub, hub.json_client() as client:
        assert await arm.hubs(group, name) == []
        await put(arm, group, name, "chat")
        assert await arm.hubs(group, name) == ["chat"]
        await arm.web_pub_sub_hubs.begin_delete("chat", group, name)
        await client.hears_nothing()


async def test_hubs_have_at_most_ten_event_listeners_together(arm, group, name):
    def listeners(count):
        return [
            EventListener(
                filter=EventNameFilter(user_event_pattern="*"),
                endpoint=EventHubEndpoint(fully_qualified_namespace="x.servicebus.windows.net", event_hub_name="h"),
            )
            for _ in range(count)
        ]

    await put(arm, group, name, "one", event_listeners=listeners(6))
    await put(arm, group, name, "two", event_listeners=listeners(4))
    with pytest.raises(HttpResponseError) as caught:
        await put(arm, group, name, "three", event_listeners=listeners(1))
    assert "10 event listeners" in caught.value.error.message
    assert await arm.hubs(group, name) == ["one", "two"]
    await put(arm, group, name, "one", event_listeners=listeners(5))
    await put(arm, group, name, "three", event_listeners=listeners(1))


# Obeyed at once


async def test_anonymous_policy_counts_from_the_next_client_on(arm, group, name):
    async with arm.hub(group, name, "chat") as hub:
        anonymous = hub.client_address()
        assert await status_of(anonymous) == 401
        await put(arm, group, name, "Chat", anonymous_connect_policy="allow")
        async with hub.json_client(url=anonymous) as client:
            assert client.connected["userId"] is None
            assert await status_of(hub.client_address(name="other")) == 401
            await put(arm, group, name, "chat", anonymous_connect_policy="deny")
            assert await status_of(anonymous) == 401
            await client.hears_nothing()
        await put(arm, group, name, "chat", anonymous_connect_policy="allow")
        assert await status_of(anonymous) == 101
        await arm.web_pub_sub_hubs.begin_delete("chat", group, name)
        assert await status_of(anonymous) == 401


async def test_keep_alive_interval_counts_for_clients_that_are_there(arm, group, name, lab):
    await put(arm, group, name, "chat", web_socket_keep_alive_interval_in_seconds=1)
    async with arm.hub(group, name, "chat") as hub, wire_client(hub.url()) as client:
        await client.read()
        lab.emulator.advance(1)
        assert (await client.read())[0] == PING


async def test_event_handler_is_asked_from_the_moment_it_is_set(arm, group, name, upstream):
    async with arm.hub(group, name, "chat") as hub:
        async with hub.json_client() as client:
            assert await client.fails(type="event", event="order", data=1) == "InternalServerError"
        handler = EventHandler(
            url_template=upstream.url + "/{hub}/{event}", user_event_pattern="order", system_events=["connect"]
        )
        await put(arm, group, name, "chat", event_handlers=[handler])
        upstream.on("POST", "/chat/connect", answer(200, {"userId": "from-the-handler"}))
        async with hub.json_client(user_id="ann") as client:
            assert client.connected["userId"] == "from-the-handler"
            await client.succeeds(type="event", event="order", data=1)
            assert (await upstream.event("order"))["ce-userId"] == "from-the-handler"
            assert await client.fails(type="event", event="other", data=1) == "InternalServerError"
            await arm.web_pub_sub_hubs.begin_delete("chat", group, name)
            assert await client.fails(type="event", event="order", data=1) == "InternalServerError"
        assert upstream.events("connected") == []
        assert {call["ce-hub"] for call in upstream.events()} == {"chat"}


async def test_first_handler_whose_pattern_fits_gets_the_event(arm, group, name, upstream):
    handlers = [
        EventHandler(url_template=upstream.url + "/first", user_event_pattern="a,b"),
        EventHandler(url_template=upstream.url + "/second", user_event_pattern="*"),
    ]
    await put(arm, group, name, "chat", event_handlers=handlers)
    async with arm.hub(group, name, "chat") as hub, hub.json_client() as client:
        for event in ("a", "b", "c"):
            await client.succeeds(type="event", event=event, data=1)
    assert [(call.name, call.path) for call in upstream.events()] == [
        ("a", "/first"),
        ("b", "/first"),
        ("c", "/second"),
    ]


async def test_settings_of_a_hub_count_for_that_hub_of_that_resource_only(arm, group, name, upstream):
    other = (await arm.create(group)).name
    handler = EventHandler(url_template=upstream.url + "/x", user_event_pattern="*")
    await put(arm, group, name, "chat", event_handlers=[handler], anonymous_connect_policy="allow")
    assert await arm.hubs(group, other) == []
    async with arm.hub(group, other, "chat") as hub, hub.json_client() as client:
        assert await status_of(hub.client_address()) == 401
        assert await client.fails(type="event", event="order", data=1) == "InternalServerError"
    assert upstream.log == []


async def test_deleted_resource_still_tells_its_upstream_who_left(arm, group, name, upstream):
    handler = EventHandler(url_template=upstream.url + "/{event}", system_events=["disconnected"])
    await put(arm, group, name, "chat", event_handlers=[handler])
    async with arm.hub(group, name, "chat") as hub, hub.json_client(user_id="ann") as client:
        deleting = asyncio.create_task(arm.web_pub_sub.begin_delete(group, name))
        assert (await upstream.event("disconnected"))["ce-userId"] == "ann"
        await deleting
        await client.end()


async def test_what_is_set_in_the_kernel_shows_in_the_management_side_and_the_other_way_round(arm, lab):
    hub = "both_sides"
    place = (lab.resource_group, lab.name)
    handler = EmulatorsEventHandler("http://localhost:1/{event}", "*", ("connected",))
    lab.emulator.configure_hub(hub, anonymous_connect_policy="allow", event_handlers=[handler])
    seen = (await arm.web_pub_sub_hubs.get(hub, *place)).properties
    assert seen.anonymous_connect_policy == "allow"
    assert [each.url_template for each in seen.event_handlers] == ["http://localhost:1/{event}"]
    assert hub in await arm.hubs(*place)
    await put(arm, *place, hub, web_socket_keep_alive_interval_in_seconds=7)
    settings = lab.emulator.hub_settings(hub)
    assert settings.web_socket_keep_alive_interval_in_seconds == 7
    assert (settings.anonymous_connect_policy, settings.event_handlers) == ("deny", ())
    await arm.web_pub_sub_hubs.begin_delete(hub, *place)
    assert lab.emulator.hub_settings(hub).web_socket_keep_alive_interval_in_seconds == 20


async def test_client_of_a_hub_that_was_deleted_reads_what_is_sent(arm, group, name):
    await put(arm, group, name, "chat")
    async with arm.hub(group, name, "chat") as hub, hub.json_client() as client:
        assert client.socket.subprotocol == JSON
        await arm.web_pub_sub_hubs.begin_delete("chat", group, name)
        hub.service.send_to_all("hello", content_type="text/plain")
        assert (await client.receive())["data"] == "hello"
