"""The official client SDK, synchronous: `azure-messaging-webpubsubclient` with the JSON protocol."""

import gc
import queue
import threading
import time
import warnings

import pytest
from azure.messaging.webpubsubclient import WebPubSubClient, WebPubSubClientCredential
from azure.messaging.webpubsubclient.models import (
    CallbackType,
    OpenClientError,
    SendMessageError,
    WebPubSubProtocolType,
)

from .sockets import WAIT

EVERYTHING = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def _sockets_the_sdk_forgets_to_close():
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(1.0)  # one that waits for a socket closed under it ends by itself after ten seconds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


class Listener:
    """An SDK client whose events are put into a queue each."""

    def __init__(self, url, **options):
        # The synchronous client may miss an answer that comes at once, and then sleeps for the whole of a timeout.
        settings = {
            "start_timeout": 1.0,
            "ack_timeout": 1.0,
            "message_retry_total": 0,
            "reconnect_retry_total": 0,
            **options,
        }
        self.client = WebPubSubClient(url, protocol_type=WebPubSubProtocolType.JSON, **settings)
        self._queues = {kind: queue.Queue() for kind in CallbackType}
        for kind, events in self._queues.items():
            self.client.subscribe(kind, lambda *event, events=events: events.put(event[0] if event else None))

    def __enter__(self):
        self.client.open()
        self.connected = self.next(CallbackType.CONNECTED)
        return self

    def __exit__(self, *error):
        self.client.close()

    def next(self, kind):
        return self._queues[kind].get(timeout=WAIT)

    def is_empty(self, kind):
        return self._queues[kind].empty()


@pytest.fixture
def open_client(hub):
    def make(*, url=None, options=None, **token):
        return Listener(url or hub.url(**token), **(options or {}))

    return make


def test_a_client_connects_and_knows_its_id_and_its_user(hub, open_client):
    with open_client(user_id="alice") as alice:
        assert alice.connected.user_id == "alice"
        assert hub.service.connection_exists(alice.connected.connection_id)
        assert alice.client.is_connected()


def test_a_client_without_a_user_connects(open_client):
    with open_client() as client:
        assert client.connected.user_id is None
        assert client.connected.connection_id


@pytest.mark.parametrize(
    ("data_type", "content"), [("text", "hello ä漢"), ("json", {"a": [1, None]}), ("binary", b"\x00\xff")]
)
def test_clients_exchange_messages_through_a_group(open_client, data_type, content):
    with open_client(user_id="alice", roles=EVERYTHING) as alice, open_client(user_id="bob", roles=EVERYTHING) as bob:
        alice.client.join_group("room")
        bob.client.send_to_group("room", memoryview(content) if data_type == "binary" else content, data_type)
        event = alice.next(CallbackType.GROUP_MESSAGE)
    assert (event.group, event.data_type, event.from_user_id) == ("room", data_type, "bob")
    assert (bytes(event.data) if data_type == "binary" else event.data) == content


def test_a_protobuf_payload_travels_untouched(open_client):
    with open_client(roles=EVERYTHING) as client:
        client.client.join_group("room")
        client.client.send_to_group("room", memoryview(b"\x0a\x01x"), "protobuf")
        event = client.next(CallbackType.GROUP_MESSAGE)
    assert (event.data_type, bytes(event.data)) == ("protobuf", b"\x0a\x01x")


def test_no_echo_and_no_ack(open_client):
    with open_client(roles=EVERYTHING) as alice, open_client(roles=EVERYTHING, groups=["room"]) as bob:
        alice.client.join_group("room")
        alice.client.send_to_group("room", "unheard", "text", no_echo=True)
        alice.client.send_to_group("room", "heard", "text", ack=False)
        assert bob.next(CallbackType.GROUP_MESSAGE).data == "unheard"
        assert bob.next(CallbackType.GROUP_MESSAGE).data == "heard"
        assert alice.next(CallbackType.GROUP_MESSAGE).data == "heard"
        assert alice.is_empty(CallbackType.GROUP_MESSAGE)


def test_a_member_that_left_hears_nothing_more(hub, open_client):
    with open_client(roles=EVERYTHING) as client:
        client.client.join_group("room")
        client.client.leave_group("room")
        hub.service.send_to_group("room", "unheard")
        hub.service.send_to_all("marker")
        assert client.next(CallbackType.SERVER_MESSAGE).data == "marker"
        assert client.is_empty(CallbackType.GROUP_MESSAGE)


def test_messages_of_the_server_are_events(hub, open_client):
    with open_client(user_id="alice") as alice:
        hub.service.send_to_user("alice", {"a": 1})
        event = alice.next(CallbackType.SERVER_MESSAGE)
        assert (event.data_type, event.data) == ("json", {"a": 1})
        hub.service.send_to_all("hello", content_type="text/plain")
        assert alice.next(CallbackType.SERVER_MESSAGE).data == "hello"
        hub.service.send_to_all(b"\x00\xff", content_type="application/octet-stream")
        assert bytes(alice.next(CallbackType.SERVER_MESSAGE).data) == b"\x00\xff"


def test_what_is_forbidden_is_an_error_with_a_name(open_client):
    with open_client(roles=["webpubsub.joinLeaveGroup.room"]) as client:
        client.client.join_group("room")
        for forbidden in (
            lambda: client.client.join_group("another"),
            lambda: client.client.leave_group("another"),
            lambda: client.client.send_to_group("room", "hello", "text"),
        ):
            with pytest.raises(SendMessageError) as caught:
                forbidden()
            assert caught.value.error_detail.name == "Forbidden"
            assert "permission" in caught.value.error_detail.message
        assert client.client.is_connected()


def test_an_event_that_nobody_handles_is_an_error(open_client):
    with open_client() as client:
        with pytest.raises(SendMessageError) as caught:
            client.client.send_event("hello", "data", "text")
        assert caught.value.error_detail.name == "InternalServerError"
        client.client.send_event("hello", "data", "text", ack=False)
        assert client.client.is_connected()


def test_a_repeated_ack_id_counts_as_done(hub, open_client):
    with open_client(roles=EVERYTHING, user_id="alice") as client:
        client.client.send_to_group("room", "once", "text", ack_id=77)
        client.client.join_group("room", ack_id=77)
        hub.service.send_to_group("room", "unheard")
        hub.service.send_to_all("marker")
        assert client.next(CallbackType.SERVER_MESSAGE).data == "marker"
        assert client.is_empty(CallbackType.GROUP_MESSAGE)


def test_a_client_that_the_server_closes_reads_why(hub, open_client):
    with open_client() as client:
        hub.service.close_connection(client.connected.connection_id, reason="Maintenance")
        event = client.next(CallbackType.DISCONNECTED)
        assert event.connection_id == client.connected.connection_id
        assert event.message == "Application server closed the connection. Reason: Maintenance"
        client.next(CallbackType.STOPPED)
        assert not client.client.is_connected()


def test_a_client_that_closes_is_gone(hub, open_client):
    with open_client(user_id="alice") as client:
        connection_id = client.connected.connection_id
    client.next(CallbackType.DISCONNECTED)
    assert not hub.service.connection_exists(connection_id)


def test_a_client_comes_back_and_joins_its_groups_again(hub, open_client):
    credential = WebPubSubClientCredential(lambda: hub.url(user_id="alice", roles=EVERYTHING))
    options = {"reconnect_retry_total": 3, "reconnect_retry_backoff_factor": 0.01}
    with open_client(url=credential, options=options) as client:
        client.client.join_group("room")
        hub.service.close_connection(client.connected.connection_id)
        client.next(CallbackType.DISCONNECTED)
        again = client.next(CallbackType.CONNECTED)
        assert again.connection_id != client.connected.connection_id
        deadline = time.monotonic() + WAIT
        while not hub.service.group_exists("room"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        hub.service.send_to_group("room", "welcome back", content_type="text/plain")
        assert client.next(CallbackType.GROUP_MESSAGE).data == "welcome back"


def test_a_client_with_a_bad_token_is_told(hub):
    client = WebPubSubClient(hub.client_address(access_token="rubbish"), protocol_type=WebPubSubProtocolType.JSON)
    with pytest.raises(OpenClientError, match="401"):
        client.open()
