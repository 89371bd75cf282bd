"""The official management SDKs, sync and async: making, changing and finding resources."""

import time
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.webpubsub.models import NameAvailabilityParameters, ResourceSku, WebPubSubResource

from .management import (
    listening_ports,
    new_group,
    new_name,
    resource,
)

TYPE = "Microsoft.SignalRService/WebPubSub"


# Making one


async def test_created_resource_is_there_with_everything_it_was_asked_for(arm, group, lab):
    name = new_name()
    wanted = WebPubSubResource(location="East US", sku=ResourceSku(name="Free_F1"), tags={"course": "wps"})
    made = await arm.web_pub_sub.begin_create_or_update(group, name, wanted)
    assert made.id == f"/subscriptions/{lab.subscription_id}/resourceGroups/{group}/providers/{TYPE}/{name}"
    assert (made.name, made.type, made.kind, made.location, made.tags) == (
        name,
        TYPE,
        "WebPubSub",
        "eastus",
        {"course": "wps"},
    )
    assert (made.sku.name, made.sku.tier, made.sku.size, made.sku.capacity) == ("Free_F1", "Free", "F1", 1)
    assert (made.provisioning_state, made.version, made.host_name_prefix) == ("Succeeded", "1.0", name)
    assert (made.public_network_access, made.region_endpoint_enabled) == ("Enabled", "Enabled")
    assert (made.disable_local_auth, made.disable_aad_auth, made.resource_stopped) == (False, False, "false")
    assert made.network_ac_ls.public_network.allow == ["ServerConnection", "ClientConnection", "RESTAPI", "Trace"]
    assert made.system_data.created_at == made.system_data.last_modified_at
    assert (await arm.web_pub_sub.get(group, name)).as_dict() == made.as_dict()


async def test_host_and_port_of_a_resource_are_where_it_answers(arm, group):
    made = await arm.create(group)
    endpoint = urlsplit((await arm.target(group, made.name)).endpoint)
    assert (made.host_name, made.public_port, made.server_port) == (endpoint.hostname, endpoint.port, endpoint.port)
    assert endpoint.port in listening_ports()


async def test_new_resource_takes_clients_and_calls_at_once(arm, group):
    made = await arm.create(group)
    async with arm.hub(group, made.name) as hub, hub.json_client(user_id="ann") as client:
        hub.service.send_to_all("hello", content_type="text/plain")
        assert (await client.receive())["data"] == "hello"


@pytest.mark.parametrize(
    ("sku", "units", "tier", "size", "capacity"),
    [
        ("Free_F1", 1, "Free", "F1", 1),
        ("free_f1", None, "Free", "F1", 1),
        ("Standard_S1", None, "Standard", "S1", 1),
        ("Standard_S1", 10, "Standard", "S1", 10),
        ("Standard_S1", 100, "Standard", "S1", 100),
        ("Premium_P1", None, "Premium", "P1", 1),
        ("Premium_P1", 20, "Premium", "P1", 20),
        ("Premium_P2", None, "Premium", "P2", 100),
        ("Premium_P2", 1000, "Premium", "P2", 1000),
    ],
)
async def test_every_sku_can_be_had_with_the_units_it_comes_in(arm, group, sku, units, tier, size, capacity):
    made = await arm.create(group, sku=sku, units=units)
    assert (made.sku.name.lower(), made.sku.tier, made.sku.size) == (sku.lower(), tier, size)
    assert made.sku.capacity == capacity


async def test_no_operation_makes_its_caller_wait(arm, group):
    begin = time.monotonic()
    made = await arm.create(group)
    await arm.web_pub_sub.begin_update(group, made.name, resource("Standard_S1"))
    await arm.web_pub_sub.begin_restart(group, made.name)
    await arm.web_pub_sub.begin_delete(group, made.name)
    assert time.monotonic() - begin < 5  # the first wait between two polls alone would be up to 30 s


async def test_creating_again_replaces_what_the_resource_is_and_keeps_its_keys_port_and_clients(arm, group):
    made = await arm.create(group, tags={"a": "1"})
    keys = await arm.web_pub_sub.list_keys(group, made.name)
    async with arm.hub(group, made.name) as hub, hub.json_client() as client:
        again = await arm.create(group, made.name.upper(), sku="Standard_S1", units=2)
        assert again.id == made.id
        assert (again.sku.name, again.sku.capacity, again.tags) == ("Standard_S1", 2, None)
        assert (await arm.web_pub_sub.list_keys(group, made.name)).as_dict() == keys.as_dict()
        await client.hears_nothing()
    assert await arm.names(group) == [made.name]


# Changing one


async def test_update_changes_what_is_named_and_answers_with_the_whole_resource(arm, group):
    made = await arm.create(group, tags={"a": "1"})
    changed = await arm.web_pub_sub.begin_update(group, made.name, resource("Standard_S1", 5))
    assert (changed.id, changed.provisioning_state) == (made.id, "Succeeded")
    assert (changed.sku.name, changed.sku.tier, changed.sku.capacity) == ("Standard_S1", "Standard", 5)
    assert changed.tags == {"a": "1"}
    again = await arm.web_pub_sub.begin_update(group, made.name, resource(None, tags={"b": "2"}))
    assert (again.tags, again.sku.capacity) == ({"b": "2"}, 5)
    assert (await arm.web_pub_sub.get(group, made.name)).as_dict() == again.as_dict()


async def test_update_by_the_sdk_resets_the_switches_it_does_not_name(arm, group):
    """The SDK's model has defaults, and sends them: an update of tags alone turns access keys on again."""
    made = await arm.create(group, disable_local_auth=True, public_network_access="Disabled")
    assert (made.disable_local_auth, made.public_network_access) == (True, "Disabled")
    changed = await arm.web_pub_sub.begin_update(group, made.name, resource(None, tags={"b": "2"}))
    assert (changed.disable_local_auth, changed.public_network_access) == (False, "Enabled")
    kept = await arm.web_pub_sub.begin_update(group, made.name, resource(None, disable_local_auth=True))
    assert (kept.disable_local_auth, kept.tags) == (True, {"b": "2"})


async def test_resource_that_was_read_can_be_changed_and_sent_back(arm, group):
    made = await arm.create(group)
    read = await arm.web_pub_sub.get(group, made.name)
    read.tags = {"read": "changed"}
    changed = await arm.web_pub_sub.begin_create_or_update(group, made.name, read)
    assert changed.tags == {"read": "changed"}
    assert changed.network_ac_ls.as_dict() == made.network_ac_ls.as_dict()
    changed.network_ac_ls.public_network.allow = ["ClientConnection"]
    again = await arm.web_pub_sub.begin_update(group, made.name, changed)
    assert again.network_ac_ls.public_network.allow == ["ClientConnection"]


async def test_time_of_the_last_change_is_noted_and_that_of_the_creation_stays(arm, group, lab):
    made = await arm.create(group)
    lab.emulator.advance(60)
    changed = await arm.web_pub_sub.begin_update(group, made.name, resource("Free_F1"))
    assert changed.system_data.created_at == made.system_data.created_at
    assert (changed.system_data.last_modified_at - made.system_data.created_at).total_seconds() >= 60


# Finding them


async def test_lists_have_every_resource_of_a_group_and_of_the_subscription(arm, group, lab):
    first, second = await arm.create(group), await arm.create(group)
    async with new_group(arm) as other:
        third = await arm.create(other)
        assert await arm.names(group) == [first.name, second.name]
        assert await arm.names(other.upper()) == [third.name]
        everywhere = [each.name for each in await arm.web_pub_sub.list_by_subscription()]
        assert everywhere == [lab.name, first.name, second.name, third.name]


async def test_labs_own_resource_is_managed_like_any_other(arm, lab):
    found = await arm.web_pub_sub.get(lab.resource_group, lab.name)
    assert (found.location, found.public_port) == (lab.location, lab.emulator.port)
    keys = await arm.web_pub_sub.list_keys(lab.resource_group, lab.name)
    assert keys.primary_connection_string == lab.connection_string
    assert keys.primary_key == lab.emulator.access_key
    assert keys.secondary_key == lab.emulator.secondary_access_key


async def test_resources_are_found_by_names_of_any_case_and_keep_their_spelling(arm, group):
    made = await arm.create(group, "Conf-MiXed-Case")
    assert made.name == "Conf-MiXed-Case"
    assert (await arm.web_pub_sub.get(group.upper(), "conf-mixed-CASE")).id == made.id


@pytest.mark.parametrize("method", ["get", "list_keys", "list_skus", "begin_restart"])
async def test_resource_that_is_not_there_is_not_found(arm, group, method):
    with pytest.raises(ResourceNotFoundError) as caught:
        await getattr(arm.web_pub_sub, method)(group, "no-such-resource")
    assert caught.value.error.code == "ResourceNotFound"
    assert all(word in caught.value.error.message for word in (TYPE, "no-such-resource", group))


async def test_skus_of_a_resource_are_those_azure_offers(arm, group):
    made = await arm.create(group)
    offers = (await arm.web_pub_sub.list_skus(group, made.name)).value
    units = [*range(1, 11), *range(20, 101, 10)]
    assert [each.resource_type for each in offers] == [TYPE] * 3
    assert [(each.sku.name, each.sku.tier, each.sku.capacity) for each in offers] == [
        ("Free_F1", "Free", None),
        ("Standard_S1", "Standard", None),
        ("Premium_P1", "Premium", None),
    ]
    capacities = [each.capacity for each in offers]
    assert [(each.minimum, each.maximum, each.default) for each in capacities] == [(1, 1, 1), (1, 100, 1), (1, 100, 1)]
    assert [each.allowed_values for each in capacities] == [[1], units, units]
    assert [each.scale_type for each in capacities] == ["Manual", "Manual", "Automatic"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("free-name", None), ("TAKEN", "AlreadyExists"), ("1abc", "Invalid"), ("ab", "Invalid"), ("abc-", "Invalid")],
)
async def test_name_check_tells_free_taken_and_illegal_names_apart(arm, group, name, reason):
    taken = await arm.create(group)
    asked = NameAvailabilityParameters(type=TYPE, name=taken.name.upper() if name == "TAKEN" else name)
    answer = await arm.web_pub_sub.check_name_availability("eastus", asked)
    assert (answer.name_available, answer.reason) == (reason is None, reason)
    assert bool(answer.message) is (reason is not None)


async def test_name_is_free_again_once_its_resource_is_deleted(arm, group):
    made = await arm.create(group)
    await arm.web_pub_sub.begin_delete(group, made.name)
    asked = NameAvailabilityParameters(type=TYPE, name=made.name)
    assert (await arm.web_pub_sub.check_name_availability("westus", asked)).name_available is True


async def test_usages_count_free_instances_and_units_of_a_location(arm, group):
    async def counted(place):
        rows = await arm.usages.list(place)
        assert [each.name.value for each in rows] == [
            "FreeTierInstances",
            "SignalRTotalUnits",
            "WebPubSubFreeTierInstances",
            "WebPubSubTotalUnits",
        ]
        assert [(each.limit, each.unit) for each in rows] == [(n, "Count") for n in (10_000, 1200, 100, 1200)]
        return [each.current_value for each in rows]

    assert await counted("northeurope") == [0, 0, 0, 0]
    await arm.create(group, location="North Europe")
    await arm.create(group, location="northeurope", sku="Standard_S1", units=5)
    assert await counted("northeurope") == [0, 0, 1, 6]
    assert await counted("North Europe") == [0, 0, 1, 6]


async def test_operations_of_the_provider_are_listed(arm):
    names = [each.name for each in await arm.operations.list()]
    assert {"Microsoft.SignalRService/WebPubSub/read", "Microsoft.SignalRService/WebPubSub/write"} <= set(names)
