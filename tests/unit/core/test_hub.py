"""The hub's rules, without a socket."""

import pytest
from recording import HELLO, HubUnderTest

from wpslab.emulator.core.errors import NotFound
from wpslab.emulator.core.messages import (
    AckMessage,
    ConnectedMessage,
    DisconnectedMessage,
    GroupDataMessage,
    JoinGroupMessage,
    LeaveGroupMessage,
    PingMessage,
    PongMessage,
    SendEventMessage,
    SendToGroupMessage,
    SequenceAckMessage,
    ServerDataMessage,
)
from wpslab.emulator.core.settings import HubSettings


@pytest.fixture
def hub():
    return HubUnderTest()


def test_pubsub_client_is_told_its_connection_id_first():
    hub = HubUnderTest()
    hub.transport.delivered = kept = _Kept()
    hub.client("c1", "ann")
    assert kept.first == (ConnectedMessage("c1", "ann"), ["c1"])


class _Kept(list):
    first = None

    def append(self, item):
        self.first = self.first or item
        super().append(item)


def test_simple_client_is_told_nothing_when_it_connects():
    hub = HubUnderTest()
    hub.transport.delivered = kept = _Kept()
    hub.client("c1", simple=True)
    assert kept.first is None


def test_member_gets_its_own_copy_before_the_ack(hub):
    ann = hub.client("c1", "ann", groups=["g"])
    hub.receive(ann, SendToGroupMessage("g", HELLO, ack_id=7))
    assert hub.transport.to(ann) == [GroupDataMessage("g", HELLO, "ann"), AckMessage(7)]


def test_no_echo_leaves_out_the_sending_connection_only(hub):
    phone, laptop = hub.client("c1", "ann", groups=["g"]), hub.client("c2", "ann", groups=["g"])
    hub.receive(phone, SendToGroupMessage("g", HELLO, no_echo=True))
    assert hub.transport.to(phone) == []
    assert hub.transport.to(laptop) == [GroupDataMessage("g", HELLO, "ann")]


def test_one_send_is_one_call_for_all_receivers(hub):
    sender = hub.client("c0", groups=["g"])
    for number in range(1, 20):
        hub.client(f"c{number}", groups=["g"])
    hub.receive(sender, SendToGroupMessage("g", HELLO))
    assert [len(ids) for _, ids in hub.transport.delivered] == [20]


def test_sender_need_not_be_a_member(hub):
    ann, bob = hub.client("c1"), hub.client("c2", groups=["g"])
    hub.receive(ann, SendToGroupMessage("g", HELLO, ack_id=1))
    assert hub.transport.to(ann) == [AckMessage(1)]
    assert len(hub.transport.to(bob)) == 1


def test_group_names_are_case_sensitive(hub):
    ann = hub.client("c1", groups=["Room"])
    hub.receive(ann, SendToGroupMessage("room", HELLO))
    assert hub.transport.to(ann) == []


@pytest.mark.parametrize(
    ("message", "verb"),
    [
        (JoinGroupMessage("g", 3), "join"),
        (LeaveGroupMessage("g", 3), "leave"),
        (SendToGroupMessage("g", HELLO, ack_id=3), "send to"),
    ],
)
def test_request_without_permission_gets_forbidden_ack(hub, message, verb):
    ann = hub.client("c1", roles=())
    hub.receive(ann, message)
    expected = ("Forbidden", f"The client does not have permission to {verb} group 'g'.")
    assert hub.transport.to(ann) == [AckMessage(3, expected)]
    assert ann.open


def test_request_without_permission_and_without_ack_id_is_silent(hub):
    ann = hub.client("c1", roles=())
    hub.receive(ann, JoinGroupMessage("g"))
    assert hub.transport.delivered == []
    assert not ann.groups


def test_ack_id_used_again_is_a_duplicate_and_not_executed_even_for_another_request(hub):
    ann = hub.client("c1")
    hub.receive(ann, JoinGroupMessage("g", 1))
    hub.receive(ann, LeaveGroupMessage("g", 1))
    assert ann.groups == {"g"}
    assert hub.transport.to(ann)[-1] == AckMessage(1, ("Duplicate", "Message with ack-id: 1 has been processed"))


def test_refused_request_may_be_repeated_with_its_ack_id(hub):
    ann = hub.client("c1", roles=())
    hub.receive(ann, JoinGroupMessage("g", 1))
    hub.permission("joinLeaveGroup", "c1").set("g", True)
    hub.receive(ann, JoinGroupMessage("g", 1))
    assert hub.transport.to(ann)[-1] == AckMessage(1)


def test_only_the_last_thousand_ack_ids_are_remembered(hub):
    ann = hub.client("c1")
    for ack_id in range(1001):
        hub.receive(ann, JoinGroupMessage("g", ack_id))
    hub.receive(ann, JoinGroupMessage("g", 1))
    assert hub.transport.to(ann)[-1].error[0] == "Duplicate"
    hub.receive(ann, JoinGroupMessage("g", 0))
    assert hub.transport.to(ann)[-1] == AckMessage(0)


def test_joining_twice_and_leaving_what_one_is_not_in_succeed(hub):
    ann = hub.client("c1")
    for ack_id, message in enumerate((JoinGroupMessage, JoinGroupMessage, LeaveGroupMessage, LeaveGroupMessage)):
        hub.receive(ann, message("g", ack_id))
    assert [message.error for message in hub.transport.to(ann)] == [None] * 4


def test_group_is_gone_with_its_last_member(hub):
    ann = hub.client("c1", groups=["g"])
    assert hub.registry.of_group("g")
    hub.receive(ann, LeaveGroupMessage("g"))
    assert not hub.registry.of_group("g")


def test_event_nobody_takes_fails_with_an_error_ack_and_the_client_stays(hub):
    ann = hub.client("c1")
    assert hub.receive(ann, SendEventMessage("order", HELLO, 5)) is None
    assert hub.transport.to(ann) == [AckMessage(5, ("InternalServerError", "Internal server error"))]
    assert ann.open


def test_failed_event_may_be_repeated_with_its_ack_id(hub):
    ann = hub.client("c1")
    for _ in range(2):
        hub.receive(ann, SendEventMessage("order", HELLO, 5))
    assert [ack.error[0] for ack in hub.transport.to(ann)] == ["InternalServerError"] * 2


def test_simple_client_is_closed_where_nobody_handles_its_message(hub):
    ann = hub.client("c1", simple=True)
    hub.receive(ann, SendEventMessage("message", HELLO))
    assert hub.transport.closed == [("c1", 1011, "Internal server error")]
    assert not ann.open


def test_simple_client_without_permission_to_send_to_its_group_is_closed(hub):
    ann = hub.client("c1", simple=True, roles=(), sender=("g",))
    hub.receive(ann, SendToGroupMessage("g", HELLO))
    assert hub.transport.closed == [("c1", 1008, "The connection is not authorized for raw sendToGroup mode.")]


def test_ping_is_answered_and_sequence_ack_ignored(hub):
    ann = hub.client("c1")
    hub.receive(ann, SequenceAckMessage(9))
    hub.receive(ann, PingMessage())
    assert hub.transport.to(ann) == [PongMessage()]


def test_server_sends_reach_all_a_user_or_one_connection(hub):
    phone, laptop, other = hub.client("c1", "ann"), hub.client("c2", "ann"), hub.client("c3", "bob")
    hub.send_to_all(HELLO, excluded=["c2"])
    hub.send_to_user("ann", HELLO)
    hub.send_to_connection("c3", HELLO)
    hub.send_to_connection("nobody", HELLO)
    hub.send_to_user("nobody", HELLO)
    expected = [ServerDataMessage(HELLO)]
    assert hub.transport.to(phone) == expected * 2
    assert hub.transport.to(laptop) == expected
    assert hub.transport.to(other) == expected * 2


def test_server_send_to_group_has_no_user(hub):
    ann = hub.client("c1", "ann", groups=["g"])
    hub.send_to_group("g", HELLO)
    assert hub.transport.to(ann) == [GroupDataMessage("g", HELLO, None)]


def test_user_joins_with_the_connections_of_now(hub):
    hub.client("c1", "ann")
    hub.add_user_to_group("g", "ann")
    hub.client("c2", "ann")
    assert [connection.id for connection in hub.registry.of_group("g")] == ["c1"]


def test_adding_somebody_who_is_not_there_is_an_error_and_removing_is_none(hub):
    with pytest.raises(NotFound, match="User `ann` is not found"):
        hub.add_user_to_group("g", "ann")
    with pytest.raises(NotFound, match="Connection `c1` is not found"):
        hub.add_connection_to_group("g", "c1")
    hub.remove_user_from_group("g", "ann")
    hub.remove_user_from_all_groups("ann")
    hub.remove_connection_from_group("g", "c1")
    hub.remove_connection_from_all_groups("c1")


def test_removing_ends_memberships(hub):
    ann = hub.client("c1", "ann", groups=["a", "b", "c", "d"])
    hub.remove_user_from_group("a", "ann")
    hub.remove_connection_from_group("b", "c1")
    assert ann.groups == {"c", "d"}
    hub.remove_connection_from_all_groups("c1")
    assert ann.groups == set()
    assert not hub.registry.of_group("c")


def test_closing_says_why_and_forgets_the_connection(hub):
    ann, bob = hub.client("c1", "ann", groups=["g"]), hub.client("c2", "ann", groups=["g"])
    hub.close_connections(hub.registry.of_user("ann"), "maintenance", excluded=["c2"])
    text = "Application server closed the connection. Reason: maintenance"
    assert hub.transport.to(ann) == [DisconnectedMessage(text)]
    assert hub.transport.closed == [("c1", 1000, "")]
    assert list(hub.registry.connections) == ["c2"]
    assert list(hub.registry.of_group("g")) == [bob]


def test_closing_a_simple_client_sends_no_message(hub):
    hub.client("c1", simple=True)
    hub.close_connections(hub.registry.connections.values())
    assert hub.transport.delivered == []
    assert hub.transport.closed == [("c1", 1000, "")]


def test_dropping_twice_changes_nothing(hub):
    ann = hub.client("c1", "ann")
    hub.drop(ann)
    again = hub.client("c1", "ann")
    hub.drop(ann)
    assert hub.registry.connections == {"c1": again}


@pytest.mark.parametrize(
    "change", [{"anonymous_connect_policy": "maybe"}, {"web_socket_keep_alive_interval_in_seconds": 121}]
)
def test_settings_the_service_does_not_know_are_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        HubSettings(**change)


def told(hub):
    """What the trace has of a hub, in short."""
    return [(entry.what, entry.detail, entry.group, entry.receivers) for entry in hub.trace.entries()]


def test_trace_tells_what_happened_in_its_order(hub):
    ann = hub.client("c1", "ann", groups=["lobby"], roles=["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup.g"])
    hub.receive(ann, JoinGroupMessage("g", 1))
    hub.receive(ann, JoinGroupMessage("g", 1))
    hub.receive(ann, SendToGroupMessage("g", HELLO))
    hub.receive(ann, SendToGroupMessage("h", HELLO))
    hub.permit("sendToGroup", "c1", "h", allowed=True)
    hub.receive(ann, LeaveGroupMessage("g"))
    hub.close_connections([ann])
    hub.send_to_group("g", HELLO)
    forbidden = "Forbidden: The client does not have permission to send to group 'h'."
    assert told(hub) == [
        ("connected", "json.webpubsub.azure.v1", None, ()),
        ("joined", "", "lobby", ()),
        ("delivered", "connected", None, ("c1",)),
        ("joined", "", "g", ()),
        ("delivered", "ack", None, ("c1",)),
        ("refused", "Duplicate: Message with ack-id: 1 has been processed", None, ()),
        ("delivered", "ack: Duplicate", None, ("c1",)),
        ("delivered", "message", "g", ("c1",)),
        ("refused", forbidden, None, ()),
        ("granted", "sendToGroup", "h", ()),
        ("left", "", "g", ()),
        ("delivered", "disconnected", None, ("c1",)),
        ("closed", "", None, ()),
        ("disconnected", "Application server closed the connection.", None, ()),
        ("delivered", "message", "g", ()),
    ]
    assert {(entry.hub, entry.user_id) for entry in hub.trace.entries()[:-1]} == {("chat", "ann")}


def test_trace_has_the_sender_of_a_message_and_none_for_the_application_server(hub):
    ann = hub.client("c1", "ann", groups=["g"])
    hub.client("c2", "bob", groups=["g"])
    hub.receive(ann, SendToGroupMessage("g", HELLO))
    hub.send_to_all(HELLO)
    by_ann, by_server = hub.trace.entries()[-2:]
    assert (by_ann.connection_id, by_ann.user_id, by_ann.receivers) == ("c1", "ann", ("c1", "c2"))
    assert (by_server.connection_id, by_server.user_id, by_server.receivers) == (None, None, ("c1", "c2"))


def test_trace_has_the_members_a_group_had_at_each_message(hub):
    clients = [hub.client(f"c{number}", "ann", groups=["g"]) for number in range(3)]

    def send():
        hub.send_to_group("g", HELLO)
        hub.send_to_user("ann", HELLO)
        return [entry.receivers for entry in hub.trace.entries()[-2:]]

    assert send() == send() == [("c0", "c1", "c2")] * 2
    hub.remove_connection_from_group("g", "c1")
    assert send() == [("c0", "c2"), ("c0", "c1", "c2")]
    hub.drop(clients[0])
    assert send() == [("c2",), ("c1", "c2")]
    hub.add_connection_to_group("g", "c1")
    assert send() == [("c2", "c1"), ("c1", "c2")]
    hub.client("c3", "ann")
    assert send() == [("c2", "c1"), ("c1", "c2", "c3")]
    hub.remove_connection_from_all_groups("c1")
    assert send() == [("c2",), ("c1", "c2", "c3")]


def test_joining_a_group_twice_is_one_change(hub):
    ann = hub.client("c1", "ann", groups=["g"])
    hub.receive(ann, JoinGroupMessage("g"))
    hub.add_connection_to_group("g", "c1")
    assert [what for what, *_ in told(hub)].count("joined") == 1
