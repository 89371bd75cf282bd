"""What goes wrong in a REST call, as a user of the official server SDK sees it."""

import io

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ODataV4Format
from azure.core.rest import HttpRequest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

from .target import BINARY_TYPE, TEXT_TYPE, ServerSide

WRONG_KEY = "wrong" * 10


async def test_a_wrong_access_key_is_an_authentication_error(hub, webpubsub):
    with WebPubSubServiceClient(webpubsub.endpoint, hub.name, AzureKeyCredential(WRONG_KEY)) as intruder:
        async with hub.json_client() as client:
            with pytest.raises(ClientAuthenticationError) as caught:
                intruder.send_to_all("hello", content_type=TEXT_TYPE)
            assert caught.value.status_code == 401
            with pytest.raises(ClientAuthenticationError):
                intruder.close_all_connections()
            with pytest.raises(ClientAuthenticationError):
                intruder.connection_exists(client.id)
            await client.hears_nothing()


@pytest.mark.parametrize("name", ["1chat", "my-hub", "a b", "ä", "x" * 129, "a%2Fb"])
async def test_an_illegal_hub_name_is_a_bad_request(webpubsub, name):
    with (
        WebPubSubServiceClient.from_connection_string(webpubsub.connection_string, hub=name) as service,
        pytest.raises(HttpResponseError) as caught,
    ):
        service.send_to_all("hello", content_type=TEXT_TYPE)
    assert_bad_request(caught.value)


@pytest.mark.parametrize("name", ["chat_1", "Chat", "a.b", "a[1],`b`", "x" * 128])
async def test_legal_hub_names_are_served(webpubsub, name):
    with WebPubSubServiceClient.from_connection_string(webpubsub.connection_string, hub=name) as service:
        service.send_to_group("no-such-group", "hello", content_type=TEXT_TYPE)
        assert not service.user_exists("nobody-of-that-name")


@pytest.mark.parametrize("name", [" ", "\t \n", "x" * 1025])
async def test_an_illegal_group_name_is_a_bad_request(service, name):
    with pytest.raises(HttpResponseError) as caught:
        await service.send_to_group(name, "hello", content_type=TEXT_TYPE)
    assert_bad_request(caught.value)


async def test_a_group_name_of_1024_characters_is_legal(hub, service):
    name = "ä" * 1024
    async with hub.json_client() as client:
        await service.add_connection_to_group(name, client.id)
        await service.send_to_group(name, "hello", content_type=TEXT_TYPE)
        assert (await client.receive())["group"] == name


@pytest.mark.parametrize("operation", ["user_exists", "close_user_connections", "remove_user_from_all_groups"])
async def test_a_blank_user_id_is_a_bad_request(service, operation):
    with pytest.raises(HttpResponseError) as caught:
        await getattr(service, operation)("  ")
    assert caught.value.status_code == 400


async def test_a_blank_connection_id_is_a_bad_request(service):
    with pytest.raises(HttpResponseError) as caught:
        await service.close_connection("  ")
    assert_bad_request(caught.value)


async def test_an_unknown_api_version_is_a_bad_request(hub, webpubsub):
    service = ServerSide(webpubsub, hub.name, "aio", api_version="2019-01-01")
    try:
        with pytest.raises(HttpResponseError) as caught:
            await service.send_to_all("hello", content_type=TEXT_TYPE)
    finally:
        await service.close()
    assert caught.value.status_code == 400
    assert (caught.value.error.code, caught.value.error.target) == ("Error.BadRequest", "api-version")
    assert caught.value.error.message == "The specified API version is not supported."


@pytest.mark.parametrize("seconds", ["-1", "301", "ten", "1.5", ""])
async def test_an_illegal_time_to_live_is_a_bad_request(service, seconds):
    with pytest.raises(HttpResponseError) as caught:
        await service.send_to_all("hello", content_type=TEXT_TYPE, params={"messageTtlSeconds": seconds})
    assert_bad_request(caught.value)


@pytest.mark.parametrize("seconds", ["0", "300"])
async def test_a_time_to_live_is_taken(hub, service, seconds):
    async with hub.json_client() as client:
        await service.send_to_all("hello", content_type=TEXT_TYPE, params={"messageTtlSeconds": seconds})
        assert (await client.receive())["data"] == "hello"


async def test_a_message_over_one_mebibyte_is_a_bad_request(hub, service):
    async with hub.json_client() as client:
        with pytest.raises(HttpResponseError) as caught:
            await service.send_to_all(io.BytesIO(bytes(1024 * 1024 + 1)), content_type=BINARY_TYPE)
        assert_bad_request(caught.value, "Invalid Content-Length header.")
        await client.hears_nothing()


async def test_an_error_reads_well(service):
    with pytest.raises(HttpResponseError) as caught:
        await service.send_to_group(" ", "hello", content_type=TEXT_TYPE)
    assert str(caught.value).startswith("(Error.BadRequest) ")
    assert "\nTarget: Request" in str(caught.value)


# What the emulator does not have yet answers 501, and never a wrong success.


async def test_listing_connections_says_that_it_is_not_there_yet(service, emulator_only):
    with pytest.raises(HttpResponseError) as caught:
        await first_of(service.list_connections(group="room"))
    assert_not_implemented(caught.value)


async def first_of(pages):
    pages = await pages if hasattr(pages, "__await__") else pages
    if hasattr(pages, "__aiter__"):
        return [item async for item in pages]
    return list(pages)


async def test_a_filter_says_that_it_is_not_there_yet(hub, service, emulator_only):
    async with hub.json_client(user_id="alice") as client:
        for call in (
            service.send_to_all("hello", content_type=TEXT_TYPE, filter="userId eq 'alice'"),
            service.send_to_group("room", "hello", content_type=TEXT_TYPE, filter="userId eq 'alice'"),
            service.send_to_user("alice", "hello", content_type=TEXT_TYPE, filter="userId eq 'alice'"),
        ):
            with pytest.raises(HttpResponseError) as caught:
                await call
            assert_not_implemented(caught.value)
        await client.hears_nothing()


async def test_an_empty_filter_is_no_filter(hub, service):
    async with hub.json_client() as client:
        await service.send_to_all("hello", content_type=TEXT_TYPE, filter="")
        assert (await client.receive())["data"] == "hello"


@pytest.mark.parametrize("action", [":addToGroups", ":removeFromGroups"])
async def test_bulk_group_calls_say_that_they_are_not_there_yet(hub, service, emulator_only, action):
    path = f"/api/hubs/{hub.name}/{action}?api-version=2024-12-01"
    response = await service.send_request(HttpRequest("POST", path, json={"groups": ["room"]}))
    assert response.status_code == 501
    assert response.json()["code"] == "NotImplemented"


async def test_a_token_is_not_made_for_the_holder_of_a_key(hub, service):
    request = HttpRequest("POST", f"/api/hubs/{hub.name}/:generateToken?api-version=2024-12-01")
    assert (await service.send_request(request)).status_code in (401, 501)


def assert_bad_request(error, message=None):
    assert error.status_code == 400
    assert isinstance(error.error, ODataV4Format)
    assert (error.error.code, error.error.target) == ("Error.BadRequest", "Request")
    assert error.error.message
    assert message in (None, error.error.message)


def assert_not_implemented(error):
    assert error.status_code == 501
    assert error.error.code == "NotImplemented"
    assert "emulator" in error.error.message
