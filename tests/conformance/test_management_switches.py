"""The official management SDKs: the switches of a resource, which its service obeys at once."""

import asyncio

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.messaging.webpubsubservice import WebPubSubServiceClient

from .management import resource, status_of


@pytest.fixture
async def name(arm, group):
    """The name of a resource in the group."""
    return (await arm.create(group, sku="Standard_S1")).name


async def switch(arm, group, name, **properties):
    return await arm.web_pub_sub.begin_update(group, name, resource(None, **properties))


async def call_status(target, hub="chat"):
    """Return the status of a broadcast, with a client that asks once and no more."""
    with WebPubSubServiceClient.from_connection_string(target.connection_string, hub=hub, retry_total=0) as service:
        try:
            await asyncio.to_thread(service.send_to_all, "hello", content_type="text/plain")
        except HttpResponseError as error:
            return error.status_code
    return 202


async def test_resource_without_local_auth_refuses_what_access_keys_signed(arm, group, name):
    async with arm.hub(group, name, "chat") as hub, hub.json_client() as client:
        assert (await switch(arm, group, name, disable_local_auth=True)).disable_local_auth is True
        assert await status_of(hub.url()) == 401
        with pytest.raises(ClientAuthenticationError):
            hub.service.send_to_all("hello", content_type="text/plain")
        await client.hears_nothing()  # who is connected stays
        await switch(arm, group, name, disable_local_auth=False)
        assert await status_of(hub.url()) == 101
        hub.service.send_to_all("hello", content_type="text/plain")
        assert (await client.receive())["data"] == "hello"


async def test_resource_can_be_made_without_local_auth(arm, group):
    made = await arm.create(group, disable_local_auth=True)
    async with arm.hub(group, made.name, "chat") as hub:
        assert await status_of(hub.url()) == 401


async def test_anonymous_clients_need_no_local_auth(arm, group, name):
    allow = {"properties": {"anonymousConnectPolicy": "allow"}}
    await arm.web_pub_sub_hubs.begin_create_or_update("chat", group, name, allow)
    await switch(arm, group, name, disable_local_auth=True)
    async with arm.hub(group, name, "chat") as hub:
        assert await status_of(hub.client_address()) == 101
        assert await status_of(hub.url()) == 401


@pytest.mark.parametrize("spelling", ["true", "True", "TRUE"])
async def test_stopped_resource_lets_its_clients_go_and_answers_nobody(arm, group, name, spelling):
    async with arm.hub(group, name, "chat") as hub:
        async with hub.json_client() as client, hub.simple_client(user_id="raw") as raw:
            stopped = await switch(arm, group, name, resource_stopped=spelling)
            assert stopped.resource_stopped == "true"
            frame = await client.receive()
            assert (frame["type"], frame["event"]) == ("system", "disconnected")
            assert (await client.end())[0] == 1001
            assert (await raw.end())[0] == 1001
        assert await status_of(hub.url()) >= 400
        assert await call_status(hub.target) >= 400


async def test_stopped_resource_starts_again_with_its_keys_hubs_and_port(arm, group, name):
    await arm.web_pub_sub_hubs.begin_create_or_update("chat", group, name, {"properties": {}})
    before = await arm.target(group, name)
    await switch(arm, group, name, resource_stopped="True")
    assert (await arm.web_pub_sub.get(group, name)).provisioning_state == "Succeeded"
    assert (await switch(arm, group, name, resource_stopped="False")).resource_stopped == "false"
    after = await arm.target(group, name)
    assert after.connection_string == before.connection_string
    assert await arm.hubs(group, name) == ["chat"]
    assert await call_status(after) == 202
    async with arm.hub(group, name, "chat") as hub:
        assert await status_of(hub.url()) == 101


async def test_stopping_a_stopped_resource_and_restarting_it_are_no_errors(arm, group, name):
    for _ in range(2):
        assert (await switch(arm, group, name, resource_stopped="true")).resource_stopped == "true"
    await arm.web_pub_sub.begin_restart(group, name)
    assert (await arm.web_pub_sub.get(group, name)).resource_stopped == "true"
    await arm.web_pub_sub.begin_delete(group, name)


async def test_resource_without_public_access_refuses_clients_and_calls_and_is_still_managed(arm, group, name):
    async with arm.hub(group, name, "chat") as hub:
        assert (await switch(arm, group, name, public_network_access="Disabled")).public_network_access == "Disabled"
        assert await status_of(hub.url()) == 403
        assert await call_status(hub.target) == 403
        assert (await arm.target(group, name)).access_key == hub.target.access_key
        await switch(arm, group, name, public_network_access="Enabled")
        assert await status_of(hub.url()) == 101
        assert await call_status(hub.target) == 202


async def test_switches_of_one_resource_leave_the_others_alone(arm, group, name):
    other = (await arm.create(group)).name
    await switch(arm, group, name, disable_local_auth=True, resource_stopped="true", public_network_access="Disabled")
    assert await call_status(await arm.target(group, other)) == 202
    async with arm.hub(group, other, "chat") as hub:
        assert await status_of(hub.url()) == 101


async def test_labs_own_resource_can_be_stopped_and_started(arm, lab):
    place = (lab.resource_group, lab.name)
    await switch(arm, *place, resource_stopped="true")
    try:
        assert await status_of(lab.emulator.client_access_url("chat")) >= 400
        assert lab.management is not None
        assert lab.arm_options["base_url"] == lab.management.endpoint
    finally:
        await switch(arm, *place, resource_stopped="false")
    assert await status_of(lab.emulator.client_access_url("chat")) == 101


@pytest.mark.parametrize(
    "properties",
    [
        {"public_network_access": "Perhaps"},
        {"resource_stopped": "perhaps"},
        {"region_endpoint_enabled": "true"},
    ],
)
async def test_switch_azure_does_not_know_is_refused_and_nothing_is_switched(arm, group, name, properties):
    before = await arm.web_pub_sub.get(group, name)
    with pytest.raises(HttpResponseError) as caught:
        await switch(arm, group, name, disable_local_auth=True, **properties)
    assert (caught.value.status_code, caught.value.error.code) == (400, "BadRequest")
    assert (await arm.web_pub_sub.get(group, name)).as_dict() == before.as_dict()
