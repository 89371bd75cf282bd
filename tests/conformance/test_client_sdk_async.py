"""The official client SDK, asynchronous: `azure-messaging-webpubsubclient` (aio) with the JSON protocol."""

import asyncio

import pytest
from azure.messaging.webpubsubclient.aio import WebPubSubClient, WebPubSubClientCredential
from azure.messaging.webpubsubclient.models import (
    CallbackType,
    OpenClientError,
    SendMessageError,
    WebPubSubProtocolType,
)

from .sockets import WAIT

EVERYTHING = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]


class Listener:
    """An SDK client whose events are put into a queue each."""

    def __init__(self, url, **options):
        settings = {"ack_timeout": WAIT, "message_retry_total": 0, "reconnect_retry_total": 0, **options}
        self.client = WebPubSubClient(url, protocol_type=WebPubSubProtocolType.JSON, **settings)
        self._queues = {kind: asyncio.Queue() for kind in CallbackType}

    async def __aenter__(self):
        for kind, events in self._queues.items():
            await self.client.subscribe(kind, _puts_into(events))
        await self.client.open()
        self.connected = await self.next(CallbackType.CONNECTED)
        return self

    async def __aexit__(self, *error):
        await self.client.close()

    async def next(self, kind):
        async with asyncio.timeout(WAIT):
            return await self._queues[kind].get()

    def is_empty(self, kind):
        return self._queues[kind].empty()


def _puts_into(events):
    async def put(event=None):
        events.put_nowait(event)

    return put


@pytest.fixture
def open_client(hub):
    def make(*, url=None, options=None, **token):
        return Listener(url or hub.url(**token), **(options or {}))

    return make


async def test_a_client_connects_and_knows_its_id_and_its_user(hub, open_client):
    async with open_client(user_id="alice") as alice:
        assert alice.connected.user_id == "alice"
        assert hub.service.connection_exists(alice.connected.connection_id)
        assert alice.client.is_connected()


@pytest.mark.parametrize(
    ("data_type", "content"),
    [("text", "hello ä漢"), ("json", {"a": [1, None]}), ("binary", b"\x00\xff"), ("protobuf", b"\x0a\x01x")],
)
async def test_clients_exchange_messages_through_a_group(open_client, data_type, content):
    is_bytes = isinstance(content, bytes)
    async with (
        open_client(user_id="alice", roles=EVERYTHING) as alice,
        open_client(user_id="bob", roles=EVERYTHING) as bob,
    ):
        await alice.client.join_group("room")
        await bob.client.send_to_group("room", memoryview(content) if is_bytes else content, data_type)
        event = await alice.next(CallbackType.GROUP_MESSAGE)
    assert (event.group, event.data_type, event.from_user_id) == ("room", data_type, "bob")
    assert (bytes(event.data) if is_bytes else event.data) == content


async def test_no_echo_and_no_ack(open_client):
    async with open_client(roles=EVERYTHING) as alice, open_client(roles=EVERYTHING, groups=["room"]) as bob:
        await alice.client.join_group("room")
        await alice.client.send_to_group("room", "unheard", "text", no_echo=True)
        await alice.client.send_to_group("room", "heard", "text", ack=False)
        assert (await bob.next(CallbackType.GROUP_MESSAGE)).data == "unheard"
        assert (await bob.next(CallbackType.GROUP_MESSAGE)).data == "heard"
        assert (await alice.next(CallbackType.GROUP_MESSAGE)).data == "heard"
        assert alice.is_empty(CallbackType.GROUP_MESSAGE)


async def test_a_member_that_left_hears_nothing_more(hub, open_client):
    async with open_client(roles=EVERYTHING) as client:
        await client.client.join_group("room")
        await client.client.leave_group("room")
        hub.service.send_to_group("room", "unheard")
        hub.service.send_to_all({"a": 1})
        event = await client.next(CallbackType.SERVER_MESSAGE)
        assert (event.data_type, event.data) == ("json", {"a": 1})
        assert client.is_empty(CallbackType.GROUP_MESSAGE)


async def test_what_is_forbidden_is_an_error_with_a_name(open_client):
    async with open_client(roles=["webpubsub.joinLeaveGroup.room"]) as client:
        await client.client.join_group("room")
        for forbidden in (
            client.client.join_group("another"),
            client.client.leave_group("another"),
            client.client.send_to_group("room", "hello", "text"),
        ):
            with pytest.raises(SendMessageError) as caught:
                await forbidden
            assert caught.value.error_detail.name == "Forbidden"
        assert client.client.is_connected()


async def test_an_event_that_nobody_handles_is_an_error(open_client):
    async with open_client() as client:
        with pytest.raises(SendMessageError) as caught:
            await client.client.send_event("hello", {"a": 1}, "json")
        assert caught.value.error_detail.name == "InternalServerError"
        assert client.client.is_connected()


async def test_many_requests_at_once_are_all_acked(open_client):
    async with open_client(roles=EVERYTHING) as client:
        await client.client.join_group("room")
        await asyncio.gather(*(client.client.send_to_group("room", str(number), "text") for number in range(200)))
        heard = [(await client.next(CallbackType.GROUP_MESSAGE)).data for _ in range(200)]
    assert heard == [str(number) for number in range(200)]


async def test_a_client_that_the_server_closes_reads_why(hub, open_client):
    async with open_client() as client:
        hub.service.close_connection(client.connected.connection_id, reason="Maintenance")
        event = await client.next(CallbackType.DISCONNECTED)
        assert event.connection_id == client.connected.connection_id
        assert event.message == "Application server closed the connection. Reason: Maintenance"
        await client.next(CallbackType.STOPPED)


async def test_a_client_comes_back_and_joins_its_groups_again(hub, open_client):
    async def url():
        return hub.url(user_id="alice", roles=EVERYTHING)

    options = {"reconnect_retry_total": 3, "reconnect_retry_backoff_factor": 0.01}
    async with open_client(url=WebPubSubClientCredential(url), options=options) as client:
        await client.client.join_group("room")
        hub.service.close_connection(client.connected.connection_id)
        await client.next(CallbackType.DISCONNECTED)
        again = await client.next(CallbackType.CONNECTED)
        assert again.connection_id != client.connected.connection_id
        async with asyncio.timeout(WAIT):
            while not await asyncio.to_thread(hub.service.group_exists, "room"):
                await asyncio.sleep(0.01)
        hub.service.send_to_group("room", "welcome back", content_type="text/plain")
        assert (await client.next(CallbackType.GROUP_MESSAGE)).data == "welcome back"


async def test_a_client_with_a_bad_token_is_told(hub):
    client = WebPubSubClient(hub.client_address(access_token="rubbish"), protocol_type=WebPubSubProtocolType.JSON)
    with pytest.raises(OpenClientError, match="401"):
        await client.open()
