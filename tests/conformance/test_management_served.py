"""The official management SDKs on a `wpslab serve`: the same line makes a client, and the same resources come of it."""

import asyncio
import os
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.webpubsub.models import RegenerateKeyParameters

import wpslab
from wpslab.connection_string import VARIABLES, ConnectionString
from wpslab.lab import Lab

from .management import RawArm, new_management, new_name, resource, status_of
from .target import HubUnderTest, Target
from .upstreams import ScriptedUpstream, only_for_emulators


@contextmanager
def serving(request, *flags):
    """Run `wpslab serve`, and give its connection string."""
    only_for_emulators(request)
    environment = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    command = [sys.executable, "-m", "wpslab", "serve", *flags]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as serve:
        try:
            yield serve.stdout.readline().strip()
        finally:
            serve.terminate()
            serve.wait(10)


def another_lab(connection_string):
    """Make a lab as another kernel would: `wpslab.start` makes one in each."""
    return Lab("served", ConnectionString.parse(connection_string))


@pytest.fixture(scope="module")
def lab(request):
    with serving(request) as connection_string, closing(wpslab.start(connection_string)) as made:
        assert made.backend == "served"
        yield made


async def test_served_resource_is_where_the_lab_says_it_is(arm, lab):
    found = await arm.web_pub_sub.get(lab.resource_group, lab.name)
    assert (found.name, found.location) == (lab.name, lab.location)
    keys = await arm.web_pub_sub.list_keys(lab.resource_group, lab.name)
    assert keys.primary_connection_string == lab.connection_string
    assert lab.subscription_id in found.id


async def test_whole_life_of_a_resource(arm, group):
    name = new_name()
    made = await arm.create(group, name, sku="Free_F1", tags={"a": "1"})
    assert (made.provisioning_state, made.sku.name) == ("Succeeded", "Free_F1")
    async with ScriptedUpstream() as upstream:
        handler = {"urlTemplate": upstream.url + "/{event}", "userEventPattern": "*"}
        wanted = {"properties": {"eventHandlers": [handler], "anonymousConnectPolicy": "allow"}}
        await arm.web_pub_sub_hubs.begin_create_or_update("chat", group, name, wanted)
        async with arm.hub(group, name, "chat") as hub, hub.json_client(url=hub.client_address()) as client:
            await client.succeeds(type="event", event="order", data=1)
            assert [call.name for call in upstream.events()] == ["order"]
            await asyncio.to_thread(hub.service.send_to_all, "hello", content_type="text/plain")
            assert (await client.receive())["data"] == "hello"
            await arm.web_pub_sub.begin_regenerate_key(group, name, RegenerateKeyParameters(key_type="Primary"))
            assert await status_of(hub.url()) == 401
            changed = await arm.web_pub_sub.begin_update(group, name, resource("Standard_S1", 2))
            assert changed.sku.capacity == 2
            await client.hears_nothing()
            await arm.web_pub_sub.begin_delete(group, name)
            assert (await client.receive())["event"] == "disconnected"
            assert (await client.end())[0] == 1001
    assert await arm.names(group) == []
    with pytest.raises(ResourceNotFoundError):
        await arm.web_pub_sub_hubs.get("chat", group, name)


async def test_every_resource_names_itself_to_a_lab_of_its_own(arm, group, lab):
    """A lab on a resource that was made is on that resource, and not on the one `wpslab serve` began with."""
    made = await arm.create(group, sku="Standard_S1")
    target = await arm.target(group, made.name)
    with closing(another_lab(target.connection_string)) as other:
        assert (other.name, other.resource_group) == (made.name, group)
        assert other.management.endpoint == lab.management.endpoint


async def test_token_of_the_management_side_is_not_told_without_the_access_key(arm, lab):
    raw = RawArm(lab.management)
    assert raw.call("GET", raw.group(lab.resource_group), token=None).status == 401
    assert raw.call("GET", raw.group(lab.resource_group)).status == 200
    assert lab.management.token not in repr(lab.management) + repr(lab) + str(lab)


async def test_sku_of_a_served_resource_is_its_own(arm, lab):
    hub = HubUnderTest(Target(lab.connection_string))
    try:
        for sku in ("Free_F1", "Standard_S1"):
            changed = await arm.web_pub_sub.begin_update(lab.resource_group, lab.name, resource(sku))
            assert changed.sku.name == sku
            assert await status_of(hub.url()) == 101
    finally:
        hub.close()


@pytest.mark.parametrize(
    "properties",
    [{"resource_stopped": "true"}, {"disable_local_auth": True}, {"public_network_access": "Disabled"}],
    ids=lambda properties: next(iter(properties)),
)
async def test_resource_that_is_switched_off_can_be_managed_from_a_new_client(request, properties):
    with serving(request) as connection_string, closing(another_lab(connection_string)) as lab:
        async with new_management(lab, "aio") as arm:
            await arm.web_pub_sub.begin_update(lab.resource_group, lab.name, resource(None, **properties))
        async with new_management(lab, "aio") as arm:
            await arm.web_pub_sub.begin_update(lab.resource_group, lab.name, resource(None))


async def test_resource_whose_key_is_replaced_can_be_managed_from_a_new_client(request):
    with serving(request) as connection_string, closing(another_lab(connection_string)) as lab:
        key_type = RegenerateKeyParameters(key_type="Primary")
        async with new_management(lab, "aio") as arm:
            await arm.web_pub_sub.begin_regenerate_key(lab.resource_group, lab.name, key_type)
        async with new_management(lab, "aio") as arm:
            await arm.web_pub_sub.list_keys(lab.resource_group, lab.name)
