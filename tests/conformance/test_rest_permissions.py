"""Granting, revoking and checking permissions by REST, through the official server SDK."""

import asyncio

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

REQUESTS = {
    "sendToGroup": {"type": "sendToGroup", "data": "x", "noEcho": True},
    "joinLeaveGroup": {"type": "joinGroup"},
}


@pytest.mark.parametrize("permission", REQUESTS)
async def test_a_granted_permission_works_at_once_and_for_that_group_only(hub, service, permission):
    request = REQUESTS[permission]
    async with hub.json_client() as client:
        assert not await service.has_permission(permission, client.id, target_name="room")
        assert await client.fails(**request, group="room") == "Forbidden"
        await service.grant_permission(permission, client.id, target_name="room")
        await service.grant_permission(permission, client.id, target_name="room")
        assert await service.has_permission(permission, client.id, target_name="room")
        assert not await service.has_permission(permission, client.id, target_name="Room")
        await client.succeeds(**request, group="room")
        assert await client.fails(**request, group="Room") == "Forbidden"
        other = next(name for name in REQUESTS if name != permission)
        assert not await service.has_permission(other, client.id, target_name="room")


@pytest.mark.parametrize("permission", REQUESTS)
async def test_a_revoked_permission_is_gone_even_if_a_role_allowed_everything(hub, service, permission):
    request = REQUESTS[permission]
    async with hub.json_client(roles=[f"webpubsub.{permission}"]) as client:
        assert await service.has_permission(permission, client.id, target_name="room")
        await service.revoke_permission(permission, client.id, target_name="room")
        assert not await service.has_permission(permission, client.id, target_name="room")
        assert await client.fails(**request, group="room") == "Forbidden"
        await client.succeeds(**request, group="another")
        await service.grant_permission(permission, client.id, target_name="room")
        await client.succeeds(**request, group="room")


async def test_revoking_ends_no_membership(hub, service):
    async with hub.json_client(roles=["webpubsub.joinLeaveGroup"]) as client:
        await client.succeeds(type="joinGroup", group="room")
        await service.revoke_permission("joinLeaveGroup", client.id, target_name="room")
        await service.send_to_group("room", "hello")
        assert (await client.receive())["data"] == "hello"
        assert await client.fails(type="leaveGroup", group="room") == "Forbidden"


async def test_a_target_name_is_a_name_and_no_pattern(hub, service):
    async with hub.json_client() as client:
        await service.grant_permission("joinLeaveGroup", client.id, target_name="*")
        await client.succeeds(type="joinGroup", group="*")
        assert await client.fails(type="joinGroup", group="room") == "Forbidden"


async def test_a_target_name_with_a_slash_is_that_group(hub, service):
    async with hub.json_client() as client:
        await service.grant_permission("joinLeaveGroup", client.id, target_name="a/b +ä&c")
        assert await service.has_permission("joinLeaveGroup", client.id, target_name="a/b +ä&c")
        await client.succeeds(type="joinGroup", group="a/b +ä&c")


async def test_an_unknown_connection_has_no_permission(service):
    assert not await service.has_permission("sendToGroup", "no-such-connection", target_name="room")
    await service.revoke_permission("sendToGroup", "no-such-connection", target_name="room")
    with pytest.raises(ResourceNotFoundError) as caught:
        await service.grant_permission("sendToGroup", "no-such-connection", target_name="room")
    assert caught.value.error.code == "Info.Connection.NotExisted"


@pytest.mark.parametrize("target_name", [None, "", " ", "x" * 1025])
async def test_a_permission_without_a_group_name_is_a_bad_request(hub, service, target_name):
    async with hub.json_client() as client:
        for method in (service.grant_permission, service.revoke_permission, service.has_permission):
            with pytest.raises(HttpResponseError) as caught:
                await method("sendToGroup", client.id, target_name=target_name)
            assert caught.value.status_code == 400


@pytest.mark.parametrize("permission", ["publish", "0", "3", "-1", "sendToGroup,joinLeaveGroup"])
async def test_an_unknown_permission_is_a_bad_request(hub, service, permission):
    async with hub.json_client() as client:
        with pytest.raises(HttpResponseError) as caught:
            await service.grant_permission(permission, client.id, target_name="room")
        assert caught.value.status_code == 400


@pytest.mark.parametrize("permission", ["SENDTOGROUP", "1", "joinleavegroup", "2"])
async def test_permissions_are_named_without_case_or_by_number(hub, service, permission):
    async with hub.json_client() as client:
        await service.grant_permission(permission, client.id, target_name="room")
        assert await service.has_permission(permission, client.id, target_name="room")


async def test_a_thousand_groups_can_be_granted_and_one_more_is_a_conflict(hub, service):
    """At the limit, repeats and cancellations still work, and a cancellation makes room."""
    roles = [f"webpubsub.sendToGroup.{number}" for number in range(700)]
    token = hub.target.sign(hub.audience, role=roles)  # too long for a URL
    async with hub.json_client(url=hub.client_address(), headers={"Authorization": f"Bearer {token}"}) as client:
        target = ("sendToGroup", client.id)
        grants = (service.grant_permission(*target, target_name=str(number)) for number in range(700, 999))
        await asyncio.gather(*grants)
        await service.grant_permission(*target, target_name="the thousandth")
        with pytest.raises(ResourceExistsError) as caught:
            await service.grant_permission(*target, target_name="one more")
        assert caught.value.error.code == "Error.Connection.Conflict"
        assert caught.value.response.headers["x-ms-error-code"] == "Error.Connection.Conflict"
        assert not await service.has_permission(*target, target_name="one more")
        await service.grant_permission(*target, target_name="the thousandth")
        await service.revoke_permission(*target, target_name="the thousandth")
        await service.grant_permission(*target, target_name="one more")
        assert await service.has_permission(*target, target_name="one more")
