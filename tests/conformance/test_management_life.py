"""The official management SDKs: what clients notice of a restart, of a deletion, and of the resources next door."""

import asyncio
import os
import time

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from wpslab.az import az
from wpslab.connection_string import ConnectionString
from wpslab.emulator import Emulator
from wpslab.lab import Lab

from .management import (
    EVERYTHING,
    KINDS,
    RawArm,
    listening_ports,
    new_group,
    new_management,
    new_name,
    resource,
    status_of,
)
from .sockets import end_of
from .upstreams import ScriptedUpstream, answer, only_for_emulators
from .wire import wire_client

# Restarting and deleting


async def test_restart_closes_every_client_and_they_connect_anew_with_the_old_keys(arm, group):
    made = await arm.create(group)
    async with arm.hub(group, made.name) as hub:
        async with hub.json_client() as client, hub.simple_client(user_id="raw") as simple:
            await arm.web_pub_sub.begin_restart(group, made.name)
            frame = await client.receive()
            assert (frame["type"], frame["event"]) == ("system", "disconnected")
            assert (await client.end())[0] == 1001
            assert (await simple.end())[0] == 1001
        async with hub.json_client() as client:
            await client.hears_nothing()


async def test_deleted_resource_closes_its_clients_with_1001_and_frees_its_port(arm, group):
    made = await arm.create(group)
    async with arm.hub(group, made.name) as hub, hub.json_client() as client, hub.simple_client(user_id="raw") as raw:
        await arm.web_pub_sub.begin_delete(group, made.name)
        assert made.public_port not in listening_ports()
        frame = await client.receive()
        assert (frame["type"], frame["event"]) == ("system", "disconnected")
        assert (await client.end())[0] == 1001
        assert (await end_of(raw.socket))[0] == 1001
    assert await arm.names(group) == []
    with pytest.raises(ResourceNotFoundError):
        await arm.web_pub_sub.get(group, made.name)


async def test_deleting_twice_is_as_good_as_once(arm, group):
    made = await arm.create(group)
    assert await arm.web_pub_sub.begin_delete(group, made.name) is None
    assert await arm.web_pub_sub.begin_delete(group, made.name) is None
    assert await arm.web_pub_sub.begin_delete(group, "never-was-there") is None


async def test_resource_made_anew_under_an_old_name_has_nothing_of_the_old_one(arm, group):
    made = await arm.create(group)
    old = await arm.target(group, made.name)
    await arm.web_pub_sub_hubs.begin_create_or_update("chat", group, made.name, {"properties": {}})
    await arm.web_pub_sub.begin_delete(group, made.name)
    await arm.create(group, made.name)
    assert (await arm.target(group, made.name)).access_key != old.access_key
    assert await arm.hubs(group, made.name) == []


async def test_resources_side_by_side_do_not_hear_each_other(arm, group):
    names = [(await arm.create(group, sku="Standard_S1")).name for _ in range(3)]
    async with (
        arm.hub(group, names[0], "chat") as one,
        arm.hub(group, names[1], "chat") as two,
        one.json_client(user_id="ann", roles=EVERYTHING, groups=["room"]) as ann,
        two.json_client(user_id="ann", roles=EVERYTHING, groups=["room"]) as other,
    ):
        one.service.send_to_all("of one", content_type="text/plain")
        one.service.send_to_user("ann", "for ann", content_type="text/plain")
        one.service.send_to_group("room", "for the room", content_type="text/plain")
        assert [(await ann.receive())["data"] for _ in range(3)] == ["of one", "for ann", "for the room"]
        await other.hears_nothing()
        await other.succeeds(type="sendToGroup", group="room", data="x", noEcho=True)
        await ann.hears_nothing()
        assert not two.service.connection_exists(ann.id)
        await arm.web_pub_sub.begin_delete(group, names[2])
        await ann.hears_nothing()


# Under strain


async def test_resources_made_at_the_same_time_have_ports_of_their_own(arm, group):
    made = await asyncio.gather(*(arm.create(group) for _ in range(10)))
    assert len({each.public_port for each in made}) == 10
    assert {each.public_port for each in made} <= listening_ports()
    assert sorted(await arm.names(group)) == sorted(each.name for each in made)


async def test_of_two_who_want_a_name_at_the_same_time_one_gets_it(arm, group):
    async with new_group(arm) as other:
        before, name = listening_ports(), new_name()
        outcomes = await asyncio.gather(arm.create(group, name), arm.create(other, name), return_exceptions=True)
        (refusal,) = [each for each in outcomes if isinstance(each, ResourceExistsError)]
        assert refusal.error.code == "NameAlreadyExists"
        assert len(await arm.names(group) + await arm.names(other)) == 1
        assert len(listening_ports() - before) == 1


async def test_client_that_hangs_does_not_hold_a_deletion_up(arm, group):
    made = await arm.create(group)
    async with arm.hub(group, made.name) as hub, wire_client(hub.url()):
        begin = time.monotonic()
        await arm.web_pub_sub.begin_delete(group, made.name)
        assert time.monotonic() - begin < 4
        assert made.public_port not in listening_ports()


async def test_upstream_server_that_hangs_does_not_hold_a_deletion_up(arm, group):
    made = await arm.create(group)
    async with ScriptedUpstream() as upstream:
        upstream.on("POST", "/disconnected", answer(gate=asyncio.Event()))
        handler = {"urlTemplate": upstream.url + "/{event}", "systemEvents": ["disconnected"]}
        wanted = {"properties": {"eventHandlers": [handler]}}
        await arm.web_pub_sub_hubs.begin_create_or_update("chat", group, made.name, wanted)
        async with arm.hub(group, made.name, "chat") as hub, hub.json_client():
            begin = time.monotonic()
            await arm.web_pub_sub.begin_delete(group, made.name)
            assert time.monotonic() - begin < 4
            assert made.public_port not in listening_ports()


@pytest.mark.parametrize("kind", KINDS)
async def test_end_of_the_emulator_is_the_end_of_all_its_resources(request, kind):
    only_for_emulators(request)
    before = listening_ports()
    async with Emulator() as emulator:
        lab = Lab("emulator", ConnectionString.parse(emulator.connection_string), emulator)
        async with new_management(lab, kind) as arm:
            made = [await arm.create(emulator.management.resource_group) for _ in range(3)]
            assert len(listening_ports() - before) == 5  # theirs, that of the first one, and the management side's
            async with arm.hub(emulator.management.resource_group, made[0].name) as hub, hub.json_client() as client:
                await asyncio.to_thread(emulator.stop)
                assert (await client.receive())["event"] == "disconnected"
                assert (await client.end())[0] == 1001
        assert listening_ports() == before


# What happens at the same moment


async def test_resources_made_and_deleted_at_once_leave_a_service_that_answers(arm, group):
    """A port that is closed while the loop begins to listen on it must not stay in the loop's selector."""
    raw, name = RawArm(arm.lab.management), new_name()
    path = raw.resource(group, name)
    body = {"location": "eastus", "sku": {"name": "Free_F1"}}

    def disturb(number):
        return raw.call("PUT", path, body=body).status if number % 2 else raw.call("DELETE", path).status

    for _ in range(10):
        found = await asyncio.gather(*(asyncio.to_thread(disturb, number) for number in range(8)))
        assert set(found) <= {200, 201, 202, 204}
    watched = arm.lab.emulator._thread.loop._selector.get_map()
    for number in list(watched):
        os.fstat(number)  # raises for one that is closed
    assert name not in await arm.names(group) or await arm.web_pub_sub.get(group, name)
    async with arm.hub(arm.lab.resource_group, arm.lab.name) as hub, hub.json_client() as client:
        await client.hears_nothing()


async def test_client_that_waits_for_its_handler_does_not_get_into_a_resource_that_was_stopped_meanwhile(arm, group):
    made = await arm.create(group, sku="Standard_S1")
    go_on = asyncio.Event()
    async with ScriptedUpstream() as upstream:
        upstream.on("POST", "/", answer(gate=go_on))
        handler = {"urlTemplate": f"{upstream.url}/", "systemEvents": ["connect"]}
        await arm.web_pub_sub_hubs.begin_create_or_update(
            "chat", group, made.name, {"properties": {"eventHandlers": [handler]}}
        )
        async with arm.hub(group, made.name, "chat") as hub:
            connecting = asyncio.create_task(status_of(hub.url()))
            await upstream.event("connect")
            await arm.web_pub_sub.begin_update(group, made.name, resource(None, resource_stopped="true"))
            go_on.set()
            assert await connecting == 503


async def test_group_whose_name_is_not_ascii_can_be_worked_with(arm):
    name = f"größe-{new_name()}"
    await arm.resource_groups.create_or_update(name, {"location": "eastus"})
    made = await arm.create(name)
    assert made.id.split("/")[4] == name
    changed = await arm.web_pub_sub.begin_update(name, made.name, resource("Standard_S1", 2))
    assert changed.sku.capacity == 2
    assert az(f"webpubsub show --name {made.name} --resource-group {name}")["resourceGroup"] == name
    az(f"webpubsub delete --name {made.name} --resource-group {name}")
    await arm.resource_groups.begin_delete(name)
