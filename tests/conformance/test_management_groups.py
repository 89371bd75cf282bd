"""The official management SDKs: resource groups, and what is in them."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from .management import listening_ports, new_group, new_name


async def test_group_is_made_read_and_listed(arm, lab):
    name = new_name()
    made = await arm.resource_groups.create_or_update(name, {"location": "West Europe", "tags": {"a": "1"}})
    assert made.id == f"/subscriptions/{lab.subscription_id}/resourceGroups/{name}"
    assert (made.name, made.type) == (name, "Microsoft.Resources/resourceGroups")
    assert (made.location, made.tags) == ("westeurope", {"a": "1"})
    assert made.properties.provisioning_state == "Succeeded"
    read = await arm.resource_groups.get(name.upper())
    assert read.as_dict() == made.as_dict()
    assert name in [each.name for each in await arm.resource_groups.list()]
    await arm.resource_groups.begin_delete(name)


async def test_groups_are_listed_by_a_tag(arm):
    names = [new_name() for _ in range(3)]
    for name, tags in zip(names, ({"stage": "test"}, {"stage": "live"}, {"other": "test"}), strict=True):
        await arm.resource_groups.create_or_update(name, {"location": "eastus", "tags": tags})

    async def listed(filter):
        return [each.name for each in await arm.resource_groups.list(filter=filter) if each.name in names]

    assert await listed("tagName eq 'stage' and tagValue eq 'test'") == names[:1]
    assert await listed("tagName eq 'stage'") == names[:2]
    for name in names:
        await arm.resource_groups.begin_delete(name)


async def test_group_of_the_lab_is_there_from_the_start(arm, lab):
    assert lab.resource_group in [each.name for each in await arm.resource_groups.list()]
    assert lab.name in await arm.names(lab.resource_group)


@pytest.mark.parametrize("name", ["a", "a.b", "_", "a" * 90, "(x)-Y_2", "1", "ünïcöde"])
async def test_legal_names_of_groups_are_taken(arm, name):
    made = await arm.resource_groups.create_or_update(name, {"location": "eastus"})
    assert made.name == name
    assert await arm.resource_groups.check_existence(name)
    await arm.resource_groups.begin_delete(name)


async def test_existence_of_a_group_is_asked_without_an_error(arm, group):
    assert await arm.resource_groups.check_existence(group) is True
    assert await arm.resource_groups.check_existence("no-such-group") is False
    with pytest.raises(ResourceNotFoundError) as caught:
        await arm.resource_groups.get("no-such-group")
    assert caught.value.error.code == "ResourceGroupNotFound"
    assert "no-such-group" in caught.value.error.message


async def test_making_a_group_again_sets_its_tags_and_keeps_what_is_in_it(arm, group):
    made = await arm.create(group)
    again = await arm.resource_groups.create_or_update(group.upper(), {"location": "EastUS", "tags": {"b": "2"}})
    assert (again.name, again.tags) == (group, {"b": "2"})
    assert await arm.names(group) == [made.name]
    changed = await arm.resource_groups.update(group, {"tags": {"c": "3"}})
    assert changed.tags == {"c": "3"}


async def test_group_cannot_move_to_another_location(arm, group):
    with pytest.raises(ResourceExistsError) as caught:
        await arm.resource_groups.create_or_update(group, {"location": "westus", "tags": {"b": "2"}})
    assert caught.value.status_code == 409
    assert caught.value.error.code == "InvalidResourceGroupLocation"
    assert "eastus" in caught.value.error.message
    assert (await arm.resource_groups.get(group)).tags is None


async def test_group_in_a_place_azure_does_not_have_is_refused(arm):
    with pytest.raises(HttpResponseError) as caught:
        await arm.resource_groups.create_or_update("nowhere", {"location": "atlantis"})
    assert (caught.value.status_code, caught.value.error.code) == (400, "LocationNotAvailableForResourceGroup")
    assert not await arm.resource_groups.check_existence("nowhere")


async def test_deleted_group_takes_its_resources_with_it(arm, group):
    resources = [await arm.create(group, sku="Standard_S1") for _ in range(2)]
    ports = {each.public_port for each in resources}
    assert ports <= listening_ports()
    async with (
        arm.hub(group, resources[0].name) as one,
        arm.hub(group, resources[1].name) as two,
        one.json_client() as ann,
        two.json_client() as bob,
    ):
        await arm.resource_groups.begin_delete(group)
        assert not ports & listening_ports()
        for client in (ann, bob):
            frame = await client.receive()
            assert (frame["type"], frame["event"]) == ("system", "disconnected")
            assert (await client.end())[0] == 1001
    assert not await arm.resource_groups.check_existence(group)
    everywhere = [each.name for each in await arm.web_pub_sub.list_by_subscription()]
    assert not {each.name for each in resources} & set(everywhere)


async def test_group_that_is_not_there_cannot_be_deleted(arm):
    with pytest.raises(ResourceNotFoundError) as caught:
        await arm.resource_groups.begin_delete("no-such-group")
    assert caught.value.error.code == "ResourceGroupNotFound"


async def test_deleting_one_group_leaves_the_others_alone(arm, group):
    made = await arm.create(group)
    async with arm.hub(group, made.name) as hub, hub.json_client() as client:
        async with new_group(arm) as other:
            await arm.create(other)
        await client.hears_nothing()
        assert await arm.names(group) == [made.name]


async def test_resources_of_a_group_that_is_not_there_are_an_error_that_names_the_group(arm):
    for asking in (arm.names("no-such-group"), arm.create("no-such-group"), arm.web_pub_sub.get("no-such-group", "x")):
        with pytest.raises(ResourceNotFoundError) as caught:
            await asking
        assert caught.value.error.code == "ResourceGroupNotFound"
        assert "no-such-group" in caught.value.error.message


# Resources of any kind


async def listed(arm, filter=None):
    return [each.name for each in await arm.resources.list(filter=filter)]


async def test_generic_lists_obey_their_filter(arm, group):
    made = await arm.create(group, location="japaneast", tags={"a": "1"})
    assert made.name in await listed(arm)
    assert await listed(arm, f"resourceGroup eq '{group}'") == [made.name]
    assert await listed(arm, f"name eq '{made.name.upper()}'") == [made.name]
    assert await listed(arm, "location eq 'Japan East'") == [made.name]
    assert await listed(arm, "tagName eq 'a' and tagValue eq '1'") == [made.name]
    assert await listed(arm, "tagName eq 'a' and tagValue eq '2'") == []
    assert await listed(arm, "tagName eq 'b'") == []
    assert made.name in await listed(arm, "resourceType eq 'Microsoft.SignalRService/WebPubSub'")
    assert made.name in await listed(arm, "resourcetype EQ 'microsoft.signalrservice/webpubsub'")
    assert await listed(arm, "resourceType eq 'Microsoft.Storage/storageAccounts'") == []
    both = f"resourceGroup eq '{group}' and resourceType eq 'Microsoft.SignalRService/WebPubSub'"
    assert await listed(arm, both) == [made.name]
    assert await arm.resources.list_by_resource_group(group, filter="name eq 'no-such'") == []
    with pytest.raises(HttpResponseError) as caught:
        await listed(arm, "plan eq 'x'")
    assert (caught.value.status_code, caught.value.error.code) == (400, "BadRequest")
    (found,) = await arm.resources.list_by_resource_group(group)
    assert (found.id, found.name, found.type) == (made.id, made.name, made.type)
    assert (found.location, found.kind, found.tags, found.sku.name) == ("japaneast", "WebPubSub", {"a": "1"}, "Free_F1")


async def test_generic_calls_read_and_delete_a_resource(arm, group):
    made = await arm.create(group)
    named = (group, "Microsoft.SignalRService", "", "WebPubSub", made.name)
    assert (await arm.resources.get(*named, api_version="2024-03-01")).id == made.id
    assert (await arm.resources.get_by_id(made.id, api_version="2024-03-01")).id == made.id
    assert await arm.resources.check_existence(*named, api_version="2024-03-01") is True
    await arm.resources.begin_delete(*named, api_version="2024-03-01")
    assert await arm.resources.check_existence(*named, api_version="2024-03-01") is False
    again = await arm.create(group)
    await arm.resources.begin_delete_by_id(again.id, api_version="2024-03-01")
    assert await arm.names(group) == []


async def test_provider_is_registered_and_tells_its_versions(arm):
    for provider in (
        await arm.providers.get("Microsoft.SignalRService"),
        await arm.providers.register("Microsoft.SignalRService"),
    ):
        assert (provider.namespace, provider.registration_state) == ("Microsoft.SignalRService", "Registered")
        (kind,) = [each for each in provider.resource_types if each.resource_type == "WebPubSub"]
        assert "2024-03-01" in kind.api_versions
        assert "East US" in kind.locations
