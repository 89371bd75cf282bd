"""Events of a hub's clients: how they are counted, who hears of them, and what the client learns."""

import pytest
from recording import HELLO, HubUnderTest

from wpslab.emulator.core.admission import Admission, EventAnswer
from wpslab.emulator.core.event_handler import EventHandler, EventListener
from wpslab.emulator.core.events import ConnectedEvent, ConnectEvent, DisconnectedEvent, UserEvent
from wpslab.emulator.core.failures import Failure, FailureKind
from wpslab.emulator.core.limits import MAX_KEPT_EVENTS
from wpslab.emulator.core.messages import (
    AckMessage,
    ConnectedMessage,
    DisconnectedMessage,
    JoinGroupMessage,
    Payload,
    SendEventMessage,
    SendToGroupMessage,
    ServerDataMessage,
)
from wpslab.emulator.core.settings import HubSettings, UpstreamOptions
from wpslab.emulator.core.subprotocols import Protocol, Subprotocol

NAMESPACE = "ns.servicebus.windows.net"
URL = "http://localhost:8081/eventhandler"
EVERYTHING = EventHandler(URL, "*", ["connect", "connected", "disconnected"])
LISTENER = EventListener(NAMESPACE, "events", "*", ["connected", "disconnected"])
REPLY = Payload("json", b'{"ok":true}')
FAILED = ("InternalServerError", "Internal server error")


def hub(*handlers, listeners=(), **options):
    return HubUnderTest(HubSettings(event_handlers=handlers, event_listeners=listeners), UpstreamOptions(**options))


def heard(hub):
    return hub.upstream.event_hubs.events(NAMESPACE, "events")


def failure():
    return Failure(kind=FailureKind.STATUS, hub="chat", event="order", is_user_event=True, status=500)


# Counting


def test_events_of_a_connection_are_counted_from_one_and_share_the_count():
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    events = [chat.receive(ann, SendEventMessage("order", HELLO, ack_id)) for ack_id in (None, 1)]
    chat.drop(ann)
    connected, disconnected = chat.notified
    assert [event.id for event in (connected, *events, disconnected)] == [1, 2, 3, 4]


def test_each_connection_has_its_own_count():
    chat = hub(EVERYTHING)
    for connection_id in ("c1", "c2"):
        chat.client(connection_id)
    assert [(event.connection_id, event.id) for event in chat.notified] == [("c1", 1), ("c2", 1)]


def test_event_nobody_takes_is_counted_too():
    chat = hub(EventHandler(URL, "order", ["disconnected"]))
    ann = chat.client("c1")
    chat.receive(ann, SendEventMessage("nobody", HELLO))
    order = chat.receive(ann, SendEventMessage("order", HELLO))
    chat.drop(ann)
    assert [order.id, chat.notified[0].id] == [3, 4]


def test_what_is_no_event_and_what_is_refused_as_a_duplicate_is_not_counted():
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    chat.receive(ann, JoinGroupMessage("g", 1))
    chat.receive(ann, SendToGroupMessage("g", HELLO))
    chat.receive(ann, SendEventMessage("order", HELLO, 1))
    assert chat.receive(ann, SendEventMessage("order", HELLO, 2)).id == 2


# What an event says


def test_event_says_whose_it_is_and_what_was_sent():
    chat = hub(EVERYTHING)
    ann = chat.client("c1", "ann")
    assert chat.receive(ann, SendEventMessage("Order", HELLO, 7)) == UserEvent(
        hub="chat",
        connection_id="c1",
        id=2,
        time=0.0,
        host="localhost:8080",
        user_id="ann",
        subprotocol="json.webpubsub.azure.v1",
        handler=EVERYTHING,
        event="Order",
        payload=HELLO,
        ack_id=7,
    )


def test_time_of_an_event_is_the_clocks():
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    chat.clock.advance(5)
    assert chat.notified[0].time == 0.0
    assert chat.receive(ann, SendEventMessage("order", HELLO)).time == 5.0


def test_later_events_say_what_the_connect_handler_decided():
    chat = hub(EVERYTHING)
    event = ConnectEvent(hub="chat", connection_id="c1", id=0, time=0.0, user_id="of-the-token")
    chat.accept(Admission(event, "chosen", (), (), Subprotocol(Protocol.SIMPLE, "chat.v1"), ""))
    connected = chat.notified[0]
    assert (connected.user_id, connected.subprotocol, connected.state) == ("chosen", "chat.v1", "")


def test_each_event_goes_to_the_handler_of_its_own():
    logins, orders = EventHandler(f"{URL}/logins", None, ["connected"]), EventHandler(f"{URL}/orders", "*")
    chat = hub(logins, orders)
    ann = chat.client("c1")
    assert chat.notified[0].handler is logins
    assert chat.receive(ann, SendEventMessage("connected", HELLO)).handler is orders


def test_changed_settings_count_from_the_next_event_on():
    old, new = EventHandler(f"{URL}/old", "*"), EventHandler(f"{URL}/new", "*")
    chat = hub(old)
    ann = chat.client("c1")
    before = chat.receive(ann, SendEventMessage("order", HELLO))
    chat.settings = HubSettings(event_handlers=[new])
    after = chat.receive(ann, SendEventMessage("order", HELLO))
    assert (before.handler, after.handler) == (old, new)
    assert ann.open


# connected and disconnected


def test_client_has_its_first_frame_before_connected_is_raised():
    chat = hub(EVERYTHING)
    order = []
    chat.transport.deliver = lambda message, connections: order.append(type(message)) or ()
    chat.upstream.notify = lambda event: order.append(type(event))
    chat.client("c1")
    assert order == [ConnectedMessage, ConnectedEvent]


def test_connected_and_disconnected_are_raised_once_each():
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    chat.drop(ann, "bye")
    chat.drop(ann, "again")
    chat.close(ann, 1000, "once more")
    assert [type(event) for event in chat.notified] == [ConnectedEvent, DisconnectedEvent]
    assert chat.notified[1].reason == "bye"


def test_connection_is_no_member_any_more_when_disconnected_is_raised():
    chat = hub(EVERYTHING)
    ann = chat.client("c1", "ann", groups=["g"])
    seen = []
    chat.upstream.notify = lambda event: seen.append((dict(chat.registry.connections), chat.registry.of_group("g")))
    chat.drop(ann)
    assert seen == [({}, {})]


@pytest.mark.parametrize("names", [(), ("connect",), ("disconnected",)])
def test_connected_nobody_takes_is_silently_dropped(names):
    chat = hub(EventHandler(URL, "*", names))
    chat.client("c1")
    assert chat.notified == []
    assert not chat.trace.failures


LONG = "reason " * 100


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("", "Application server closed the connection."),
        ("bye", "Application server closed the connection. Reason: bye"),
        (LONG, f"Application server closed the connection. Reason: {LONG}"),
    ],
)
@pytest.mark.parametrize("simple", [True, False])
def test_reason_of_a_client_the_server_closed_is_the_whole_sentence(reason, told, simple):
    chat = hub(EVERYTHING)
    ann = chat.client("c1", simple=simple)
    chat.close_connections([ann], reason)
    assert chat.notified[-1].reason == told
    assert chat.transport.closed == [("c1", 1000, "")]
    assert chat.transport.to(ann) == ([] if simple else [DisconnectedMessage(told)])


@pytest.mark.parametrize(("reason", "told"), [(None, "going down"), ("server shutting down", "server shutting down")])
def test_reason_may_differ_from_what_the_client_is_told(reason, told):
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    chat.close(ann, 1001, "going down", reason=reason)
    assert chat.transport.to(ann) == [DisconnectedMessage("going down")]
    assert chat.notified[-1].reason == told


def test_reason_of_a_simple_client_whose_event_failed_is_that_of_its_close_frame():
    chat = hub(EVERYTHING)
    ann = chat.client("c1", simple=True)
    event = chat.receive(ann, SendEventMessage("message", HELLO))
    chat.answer(ann, event, failure())
    assert chat.transport.closed == [("c1", 1011, "Internal server error")]
    assert chat.notified[-1].reason == "Internal server error"


def test_reason_of_a_simple_client_that_may_not_send_is_that_of_its_close_frame():
    chat = hub(EVERYTHING)
    ann = chat.client("c1", simple=True, roles=(), sender=("g",))
    chat.receive(ann, SendToGroupMessage("g", HELLO))
    assert chat.notified[-1].reason == chat.transport.closed[0][2] != ""


def test_disconnected_is_raised_before_the_close_frame_is_sent():
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    order = []
    chat.upstream.notify = lambda event: order.append("notified")
    chat.transport.close = lambda *close: order.append("closed")
    chat.close_connections([ann])
    assert order == ["notified", "closed"]


# Listeners


def test_every_listener_that_takes_an_event_hears_it_and_equal_ones_twice():
    deaf = EventListener(NAMESPACE, "events", "other")
    chat = hub(EVERYTHING, listeners=[LISTENER, deaf, LISTENER])
    ann = chat.client("c1")
    event = chat.receive(ann, SendEventMessage("order", HELLO))
    chat.drop(ann)
    connected, disconnected = chat.notified
    assert heard(chat) == [connected, connected, event, event, disconnected, disconnected]


def test_listeners_hear_an_event_before_its_handler():
    chat = hub(EVERYTHING, listeners=[LISTENER])
    known = []
    chat.upstream.notify = lambda event: known.append(event in heard(chat))
    chat.drop(chat.client("c1"))
    assert known == [True, True]


def test_event_hubs_are_told_apart_without_case_and_an_unknown_one_is_empty():
    elsewhere = EventListener(NAMESPACE.upper(), "Other", "*")
    chat = hub(listeners=[LISTENER, elsewhere])
    ann = chat.client("c1")
    chat.receive(ann, SendEventMessage("order", HELLO))
    assert [event.name for event in heard(chat)] == ["connected", "order"]
    assert [event.name for event in chat.upstream.event_hubs.events(NAMESPACE, "OTHER")] == ["order"]
    assert chat.upstream.event_hubs.events("nowhere", "events") == []


def test_event_hub_forgets_its_oldest_events_first():
    chat = hub(listeners=[LISTENER])
    ann = chat.client("c1")
    for _ in range(MAX_KEPT_EVENTS):
        chat.receive(ann, SendEventMessage("order", HELLO))
    assert len(heard(chat)) == MAX_KEPT_EVENTS
    assert heard(chat)[0].id == 2


def test_event_only_listeners_hear_is_a_success_without_a_reply():
    chat = hub(listeners=[LISTENER])
    ann = chat.client("c1")
    assert chat.receive(ann, SendEventMessage("order", HELLO, 5)) is None
    assert chat.transport.to(ann) == [AckMessage(5)]
    chat.receive(ann, SendEventMessage("order", HELLO, 5))
    assert chat.transport.to(ann)[-1].error[0] == "Duplicate"
    assert [event.name for event in heard(chat)] == ["connected", "order"]
    assert not chat.trace.failures


@pytest.mark.parametrize("simple", [True, False])
def test_event_only_listeners_hear_is_silent_without_an_ack_id_and_the_client_stays(simple):
    chat = hub(listeners=[LISTENER])
    ann = chat.client("c1", simple=simple)
    chat.receive(ann, SendEventMessage("message", HELLO))
    assert chat.transport.delivered == []
    assert chat.transport.closed == []
    assert ann.open


def test_listener_that_takes_system_events_only_does_not_make_a_user_event_a_success():
    chat = hub(listeners=[EventListener(NAMESPACE, "events", None, ["connected"])])
    ann = chat.client("c1")
    chat.receive(ann, SendEventMessage("connected", HELLO, 1))
    assert chat.transport.to(ann) == [AckMessage(1, FAILED)]


# Nobody takes it


def test_event_nobody_takes_gets_an_error_ack_and_the_client_stays():
    chat = hub(EventHandler(URL, "other, more", ["connected"]))
    ann = chat.client("c1")
    assert chat.receive(ann, SendEventMessage("order", HELLO, 5)) is None
    assert chat.transport.to(ann) == [AckMessage(5, FAILED)]
    assert ann.open
    (remembered,) = chat.trace.failures
    assert (remembered.kind, remembered.event, remembered.is_user_event) == (FailureKind.NO_HANDLER, "order", True)
    assert remembered.detail == "other, more"


def test_event_nobody_takes_is_silent_without_an_ack_id_and_remembered_as_a_failure():
    chat = hub()
    ann = chat.client("c1")
    chat.receive(ann, SendEventMessage("order", HELLO))
    assert chat.transport.delivered == []
    assert ann.open
    assert [each.connection_id for each in chat.trace.failures] == ["c1"]


def test_simple_client_whose_message_nobody_takes_is_closed():
    chat = hub(EventHandler(URL, "order", ["disconnected"]))
    ann = chat.client("c1", simple=True)
    chat.receive(ann, SendEventMessage("message", HELLO))
    assert chat.transport.closed == [("c1", 1011, "Internal server error")]
    assert [event.reason for event in chat.notified] == ["Internal server error"]


# Answers


def asked(chat, connection, ack_id=None, event="order"):
    return chat.receive(connection, SendEventMessage(event, HELLO, ack_id))


def test_reply_comes_before_the_ack_and_to_the_caller_only():
    chat = hub(EVERYTHING)
    ann, other = chat.client("c1", "ann"), chat.client("c2", "ann")
    chat.answer(ann, asked(chat, ann, 5), EventAnswer(REPLY))
    assert chat.transport.to(ann) == [ServerDataMessage(REPLY), AckMessage(5)]
    assert chat.transport.to(other) == []


@pytest.mark.parametrize(
    ("ack_id", "answer", "told"),
    [
        (None, EventAnswer(), []),
        (None, EventAnswer(REPLY), [ServerDataMessage(REPLY)]),
        (0, EventAnswer(), [AckMessage(0)]),
        (2**64 - 1, EventAnswer(), [AckMessage(2**64 - 1)]),
    ],
)
def test_client_is_told_what_there_is_to_tell(ack_id, answer, told):
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    chat.answer(ann, asked(chat, ann, ack_id), answer)
    assert chat.transport.to(ann) == told


def test_nothing_is_told_before_the_answer():
    chat = hub(EVERYTHING, listeners=[LISTENER])
    ann = chat.client("c1")
    asked(chat, ann, 1)
    assert chat.transport.delivered == []


def test_simple_client_gets_its_reply_and_stays():
    chat = hub(EVERYTHING)
    ann = chat.client("c1", simple=True)
    chat.answer(ann, asked(chat, ann, event="message"), EventAnswer(REPLY))
    assert chat.transport.to(ann) == [ServerDataMessage(REPLY)]
    assert ann.open


def test_state_is_kept_until_a_handler_sets_another_and_an_empty_one_is_a_state():
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    seen = []
    for state in ("one", None, "", None, "two"):
        event = asked(chat, ann)
        seen.append(event.state)
        chat.answer(ann, event, EventAnswer(state=state))
    chat.drop(ann)
    assert seen == [None, "one", "one", "", ""]
    assert chat.notified[-1].state == "two"


def test_failure_leaves_the_state_as_it_was():
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    chat.answer(ann, asked(chat, ann), EventAnswer(state="kept"))
    chat.answer(ann, asked(chat, ann), failure())
    assert asked(chat, ann).state == "kept"


def test_failed_event_gets_an_error_ack_and_may_be_repeated():
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    chat.answer(ann, asked(chat, ann, 5), failure())
    again = asked(chat, ann, 5)
    chat.answer(ann, again, EventAnswer())
    assert again.id == 3
    assert chat.transport.to(ann) == [AckMessage(5, FAILED), AckMessage(5)]
    assert ann.open


def test_failed_event_without_an_ack_id_is_silent_and_the_client_stays():
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    chat.answer(ann, asked(chat, ann), failure())
    assert chat.transport.delivered == []
    assert chat.transport.closed == []
    assert ann.open


def test_ack_id_of_a_success_is_a_duplicate_that_neither_handler_nor_listener_is_asked_about():
    chat = hub(EVERYTHING, listeners=[LISTENER])
    ann = chat.client("c1")
    chat.answer(ann, asked(chat, ann, 5), EventAnswer(REPLY))
    assert asked(chat, ann, 5) is None
    assert chat.transport.to(ann)[2:] == [AckMessage(5, ("Duplicate", "Message with ack-id: 5 has been processed"))]
    assert [event.name for event in heard(chat)] == ["connected", "order"]


def test_zero_is_an_ack_id_like_any_other():
    chat = hub(EVERYTHING)
    ann = chat.client("c1")
    chat.answer(ann, asked(chat, ann, 0), EventAnswer())
    assert asked(chat, ann, 0) is None
    assert [ack.error and ack.error[0] for ack in chat.transport.to(ann)] == [None, "Duplicate"]


def test_ack_ids_of_two_clients_do_not_meet():
    chat = hub(EVERYTHING)
    ann, bob = chat.client("c1"), chat.client("c2")
    chat.answer(ann, asked(chat, ann, 5), EventAnswer())
    assert asked(chat, bob, 5) is not None


@pytest.mark.parametrize(("ack_id", "told"), [(5, [AckMessage(5, FAILED)]), (None, [])])
def test_option_closes_a_pubsub_client_too_after_its_error_ack(ack_id, told):
    chat = hub(EVERYTHING, drop_on_event_failure=True)
    ann = chat.client("c1")
    chat.answer(ann, asked(chat, ann, ack_id), failure())
    assert chat.transport.to(ann) == told
    assert chat.transport.closed == [("c1", 1011, "Internal server error")]
    assert chat.notified[-1].reason == "Internal server error"


def test_option_closes_a_pubsub_client_also_when_nobody_takes_its_event():
    chat = hub(drop_on_event_failure=True)
    ann = chat.client("c1")
    asked(chat, ann, 5)
    assert chat.transport.to(ann) == [AckMessage(5, FAILED)]
    assert chat.transport.closed == [("c1", 1011, "Internal server error")]


@pytest.mark.parametrize("simple", [True, False])
@pytest.mark.parametrize("outcome", [EventAnswer(REPLY, "state"), failure()])
def test_answer_after_the_client_left_does_nothing(simple, outcome):
    chat = hub(EVERYTHING, drop_on_event_failure=True)
    ann = chat.client("c1", simple=simple)
    event = asked(chat, ann, 5)
    chat.drop(ann, "left")
    chat.answer(ann, event, outcome)
    assert chat.transport.delivered == []
    assert chat.transport.closed == []
    assert ann.state is None
    assert [event.name for event in chat.notified] == ["connected", "disconnected"]


def test_trace_says_which_events_a_listener_heard_and_that_a_reply_answers_its_sender():
    chat = hub(EVERYTHING, listeners=[LISTENER])
    ann = chat.client("c1", "ann")
    chat.answer(ann, asked(chat, ann, 5), EventAnswer(Payload("text", b"reply")))
    heard = [entry for entry in chat.trace.entries() if entry.what == "event"]
    assert [(entry.event, entry.connection_id, entry.user_id) for entry in heard] == [
        ("connected", "c1", "ann"),
        ("order", "c1", "ann"),
    ]
    reply, ack = chat.trace.entries()[-2:]
    assert (reply.what, reply.detail, reply.connection_id, reply.receivers) == ("delivered", "message", "c1", ("c1",))
    assert (ack.what, ack.detail, ack.receivers) == ("delivered", "ack", ("c1",))
