"""The service: hubs by name, and who may connect."""

import jwt
import pytest
from recording import RecordingTransport

from wpslab.emulator.core.admission import admit
from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.errors import BadRequest, NotAvailable, Unauthorized
from wpslab.emulator.core.events import ConnectRequest, GroupSender
from wpslab.emulator.core.service import Service
from wpslab.emulator.core.settings import HubSettings
from wpslab.emulator.core.subprotocols import Protocol, Subprotocol, choose
from wpslab.emulator.core.tokens import sign_client_token

HOST = "localhost:8080"


@pytest.fixture
def service():
    return Service(RecordingTransport(), clock=Clock(lambda: 1000.0), new_id=lambda: "c1")


def connect(service, hub="chat", *, subprotocols=(), query=None, token=True, **claims):
    if token is True:
        token = sign_client_token(service.keys.secondary, f"http://{HOST}/client/hubs/{hub}", now=1000, **claims)
    return service.connect(ConnectRequest(hub, HOST, token, subprotocols, query or {}))


def test_hub_names_compare_without_case_and_hubs_come_to_be_by_use(service):
    assert service.look_up("Chat") is not service.look_up("chat")
    assert service.hubs == {}
    assert service.hub("Chat") is service.hub("chat") is service.look_up("CHAT")


@pytest.mark.parametrize("name", ["", "1chat", "a" * 129, "a b", "a/b", "ü"])
def test_illegal_hub_name_is_refused(service, name):
    with pytest.raises(BadRequest):
        service.hub(name)


@pytest.mark.parametrize("name", ["a", "A_b`,.[]9", "a" * 128])
def test_legal_hub_names(service, name):
    assert service.hub(name).name == name.lower()


def test_token_says_who_connects(service):
    event = connect(service, user_id="ann", roles=["r"], groups=["g"], subprotocols=["json.webpubsub.azure.v1"])
    assert (event.user_id, event.roles, event.groups) == ("ann", ("r",), ("g",))
    assert admit(event).subprotocol == Subprotocol(Protocol.JSON, "json.webpubsub.azure.v1")


def test_anonymous_client_is_denied_unless_the_hub_allows_it(service):
    with pytest.raises(Unauthorized, match="denies anonymous"):
        connect(service, token=None)
    service.hub("chat").settings = HubSettings(anonymous_connect_policy="allow")
    assert connect(service, token=None).user_id is None
    with pytest.raises(Unauthorized):
        connect(service, token="not a token")


def test_missing_hub_and_illegal_group_in_the_token_are_bad_requests(service):
    with pytest.raises(BadRequest, match="hub name is missing"):
        connect(service, "", token=None)
    with pytest.raises(BadRequest, match="group"):
        connect(service, groups=["  "])


def test_refused_client_leaves_no_hub_behind(service):
    with pytest.raises(Unauthorized):
        connect(service, token=None)
    assert service.hubs == {}


@pytest.mark.parametrize(
    ("query", "sender"),
    [
        ({}, None),
        ({"webpubsub_mode": [""], "group": [""], "noEcho": ["1"]}, None),
        ({"webpubsub_mode": ["SendEvent"]}, None),
        ({"webpubsub_mode": ["sendToGroup"], "group": ["room"]}, GroupSender("room")),
        ({"webpubsub_mode": ["bad", "SENDTOGROUP"], "group": ["", "r"], "noEcho": ["True"]}, GroupSender("r", True)),
    ],
)
def test_mode_of_a_simple_client_is_the_last_value_of_its_query(service, query, sender):
    assert connect(service, query=query).group_sender == sender


@pytest.mark.parametrize(
    "query",
    [
        {"webpubsub_mode": ["other"]},
        {"webpubsub_mode": ["sendToGroup"]},
        {"webpubsub_mode": ["sendToGroup"], "group": [" "]},
        {"webpubsub_mode": ["sendToGroup"], "group": ["g"], "noEcho": ["1"]},
    ],
)
def test_illegal_mode_is_a_bad_request(service, query):
    with pytest.raises(BadRequest):
        connect(service, query=query)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([], Subprotocol(Protocol.SIMPLE, None)),
        (["JSON.webpubsub.azure.V1"], Subprotocol(Protocol.JSON, "JSON.webpubsub.azure.V1")),
        (["my.own"], Subprotocol(Protocol.SIMPLE, None)),
        (["my.own", "json.webpubsub.azure.v1"], Subprotocol(Protocol.JSON, "json.webpubsub.azure.v1")),
        (
            ["json.reliable.webpubsub.azure.v1", "json.webpubsub.azure.v1"],
            Subprotocol(Protocol.JSON, "json.webpubsub.azure.v1"),
        ),
    ],
)
def test_first_offered_subprotocol_that_is_known_is_chosen(offered, chosen):
    assert choose(offered) == chosen


def test_subprotocols_the_emulator_does_not_speak_are_refused_in_words():
    with pytest.raises(NotAvailable, match=r"protobuf\.webpubsub\.azure\.v1"):
        choose(["protobuf.webpubsub.azure.v1"])


def test_short_access_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Service(RecordingTransport(), clock=Clock(), new_id=str, access_key="short")


@pytest.mark.parametrize("key", ["abc;" * 10, "abc " * 10, "abc\n" * 10])
def test_access_key_that_no_connection_string_could_hold_is_refused(key):
    with pytest.raises(ValueError, match="semicolon"):
        Service(RecordingTransport(), clock=Clock(), new_id=str, access_key=key)


def test_keys_are_fresh_and_never_in_a_repr(service):
    other = Service(RecordingTransport(), clock=Clock(), new_id=str)
    assert len({*service.keys.both, *other.keys.both}) == 4
    assert not any(key in repr(service) for key in service.keys.both)
    token = jwt.encode({}, service.keys.primary)
    assert token not in repr(ConnectRequest("chat", HOST, token))
