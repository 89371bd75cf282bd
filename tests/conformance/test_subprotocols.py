"""Which subprotocol is chosen from those a client offers."""

import json

import pytest
from websockets.exceptions import InvalidStatus

from .sockets import JSON, open_socket

RELIABLE = "json.reliable.webpubsub.azure.v1"
PROTOBUF = "protobuf.webpubsub.azure.v1"


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([JSON], JSON),
        ([JSON.upper()], JSON.upper()),
        (["custom", JSON], JSON),
        ([JSON, "custom"], JSON),
        (["mqtt", "custom", "Json.WebPubSub.Azure.v1"], "Json.WebPubSub.Azure.v1"),
    ],
)
async def test_the_known_name_is_chosen_in_the_clients_own_spelling(hub, offered, chosen):
    async with open_socket(hub.url(user_id="alice"), offered) as socket:
        assert socket.subprotocol == chosen
        assert json.loads(await socket.recv())["event"] == "connected"


@pytest.mark.parametrize("offered", [None, ["custom"], ["custom", "another"], ["mqtt"]])
async def test_without_a_known_name_none_is_chosen_and_the_client_is_a_simple_one(hub, offered):
    async with hub.simple_client(user_id="raw", subprotocols=offered or ()) as raw:
        assert raw.socket.subprotocol is None
        hub.service.send_to_user("raw", "hello", content_type="text/plain")
        assert await raw.receive() == "hello"


@pytest.mark.parametrize("offered", [[RELIABLE], [PROTOBUF], ["custom", RELIABLE.upper()]])
async def test_a_subprotocol_that_is_not_there_yet_is_refused_with_501(hub, emulator_only, offered):
    with pytest.raises(InvalidStatus) as caught:
        async with open_socket(hub.url(), offered):
            pass
    assert caught.value.response.status_code == 501
    assert JSON in caught.value.response.body.decode()
    assert not hub.service.user_exists("alice")


async def test_compression_is_not_negotiated(hub, emulator_only):
    async with hub.json_client() as client:
        assert "Sec-WebSocket-Extensions" not in client.socket.response.headers
