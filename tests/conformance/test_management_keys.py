"""The official management SDKs: the two access keys of a resource, and what a new one means for those who use it."""

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from azure.mgmt.webpubsub.models import RegenerateKeyParameters

from wpslab.connection_string import ConnectionString

from .management import status_of
from .target import HubUnderTest, Target


@pytest.fixture
async def made(arm, group):
    return await arm.create(group, sku="Standard_S1")


async def regenerate(arm, group, name, key_type):
    return await arm.web_pub_sub.begin_regenerate_key(group, name, RegenerateKeyParameters(key_type=key_type))


def works(connection_string, hub="chat"):
    """Tell whether the server SDK is let in with a connection string; any refusal but 401 is an error."""
    with WebPubSubServiceClient.from_connection_string(connection_string, hub=hub) as service:
        try:
            service.send_to_all("hello", content_type="text/plain")
        except ClientAuthenticationError:
            return False
    return True


async def test_both_keys_are_different_long_and_in_their_connection_strings(arm, group, made):
    keys = await arm.web_pub_sub.list_keys(group, made.name)
    assert keys.primary_key != keys.secondary_key
    for key, text in (
        (keys.primary_key, keys.primary_connection_string),
        (keys.secondary_key, keys.secondary_connection_string),
    ):
        assert len(key) >= 32
        assert ";" not in key
        assert text == f"Endpoint=http://{made.host_name}:{made.public_port};AccessKey={key};Version=1.0;"
        assert ConnectionString.parse(text).access_key == key
        assert works(text)


@pytest.mark.parametrize("key_type", ["Primary", "Secondary", "Salt", "primary", "SECONDARY"])
async def test_regenerated_key_is_a_new_one_and_the_old_one_is_worth_nothing(arm, group, made, key_type):
    before = await arm.web_pub_sub.list_keys(group, made.name)
    await regenerate(arm, group, made.name, key_type)
    after = await arm.web_pub_sub.list_keys(group, made.name)
    changes = {"primary": ("primary",), "secondary": ("secondary",), "salt": ("primary", "secondary")}[key_type.lower()]
    for which in ("primary", "secondary"):
        was, now = getattr(before, f"{which}_key"), getattr(after, f"{which}_key")
        assert (was != now) is (which in changes)
        assert works(getattr(before, f"{which}_connection_string")) is (which not in changes)
        assert works(getattr(after, f"{which}_connection_string"))


async def test_operation_that_makes_a_key_may_also_tell_the_keys(arm, group, made):
    """Azure answers with nothing here, the emulator with the keys: whoever calls list_keys is right on both."""
    answer = await regenerate(arm, group, made.name, "Primary")
    keys = await arm.web_pub_sub.list_keys(group, made.name)
    assert answer is None or answer.as_dict() == keys.as_dict()


async def test_connections_made_with_the_old_key_stay_and_new_ones_need_the_new_key(arm, group, made):
    keys = await arm.web_pub_sub.list_keys(group, made.name)
    old, other = (
        HubUnderTest(Target(keys.primary_connection_string), "chat"),
        HubUnderTest(Target(keys.secondary_connection_string), "chat"),
    )
    async with old.json_client(user_id="by-primary") as first, other.json_client(user_id="by-secondary") as second:
        await regenerate(arm, group, made.name, "Primary")
        await first.hears_nothing()
        await second.hears_nothing()
        assert await status_of(old.url()) == 401
        assert await status_of(other.url()) == 101
        async with arm.hub(group, made.name, "chat") as new, new.json_client() as third:
            new.service.send_to_all("hello", content_type="text/plain")
            assert [(await client.receive())["data"] for client in (first, second, third)] == ["hello"] * 3
        await regenerate(arm, group, made.name, "Salt")
        await first.hears_nothing()
        await second.hears_nothing()
        assert await status_of(other.url()) == 401
    old.close()
    other.close()


async def test_url_that_was_signed_before_is_refused_after_the_key_is_gone(arm, group, made):
    async with arm.hub(group, made.name) as hub:
        url = hub.url(user_id="ann")
        assert await status_of(url) == 101
        await regenerate(arm, group, made.name, "Secondary")
        assert await status_of(url) == 101
        await regenerate(arm, group, made.name, "Primary")
        assert await status_of(url) == 401


async def test_key_of_one_resource_opens_no_other(arm, group, made):
    other = await arm.create(group)
    mine = ConnectionString.parse((await arm.web_pub_sub.list_keys(group, made.name)).primary_connection_string)
    theirs = ConnectionString.parse((await arm.web_pub_sub.list_keys(group, other.name)).primary_connection_string)
    assert not works(f"Endpoint={theirs.endpoint};AccessKey={mine.access_key};Version=1.0;")


async def test_new_key_of_the_labs_own_resource_is_the_labs_new_key(arm, lab):
    before = lab.connection_string
    await regenerate(arm, lab.resource_group, lab.name, "Primary")
    keys = await arm.web_pub_sub.list_keys(lab.resource_group, lab.name)
    assert lab.connection_string == keys.primary_connection_string != before
    assert await status_of(lab.emulator.client_access_url("chat")) == 101
    assert works(lab.connection_string)
    assert not works(before)


@pytest.mark.parametrize("key_type", ["Tertiary", "", "Primary "])
async def test_key_azure_does_not_have_is_refused_and_none_is_changed(arm, group, made, key_type):
    before = await arm.web_pub_sub.list_keys(group, made.name)
    with pytest.raises(HttpResponseError) as caught:
        await regenerate(arm, group, made.name, key_type)
    assert (caught.value.status_code, caught.value.error.code) == (400, "BadRequest")
    assert (await arm.web_pub_sub.list_keys(group, made.name)).as_dict() == before.as_dict()
