import pytest

from wpslab.emulator import ConnectionSnapshot, EventHandlerSnapshot, HubSnapshot, TraceEntry
from wpslab.widgets.map_cards import MAX_GROUPS, MAX_LINES, cards_of, groups_of
from wpslab.widgets.map_layout import NARROW, WIDE, lay_out
from wpslab.widgets.map_moves import MANY, moves_of
from wpslab.widgets.map_snapshot import picture_of

JSON = "json.webpubsub.azure.v1"
HANDLER = EventHandlerSnapshot("http://localhost/{event}", "*", ("connect",))


def client(number, user, *groups, subprotocol=JSON):
    return ConnectionSnapshot(f"id{number}", user, groups, subprotocol)


def hub_of(*connections):
    return HubSnapshot("chat", connections, (HANDLER,))


def crowd(number, users=10**6, groups=3):
    return hub_of(*(client(n, f"user-{n % users:03}", f"room{n % groups}") for n in range(number)))


def scene_of(hub, shape=WIDE):
    return lay_out([("chat", hub)], shape)


def titles(hub):
    return [(card.title, [line.label for line in card.lines]) for card in cards_of(hub)]


def test_few_connections_are_shown_one_by_one_below_their_user():
    hub = hub_of(client(1, "bob"), client(2, "alice", "b"), client(3, "alice", "a"), client(4, None, subprotocol=None))
    assert titles(hub) == [
        ("alice", ["connection 1 · json", "connection 2 · json"]),
        ("bob", ["json"]),
        ("(no user)", ["simple"]),
    ]


def test_many_connections_of_few_users_are_counted_by_user():
    hub = crowd(30, users=3)
    assert titles(hub) == [(f"user-{n:03}", ["10 connections"]) for n in range(3)]


def test_many_users_are_put_together_by_their_groups():
    assert titles(crowd(200)) == [
        ("67 users", ["67 connections"]),
        ("67 users", ["67 connections"]),
        ("66 users", ["66 connections"]),
    ]


def test_no_map_has_more_lines_than_can_be_read():
    hub = crowd(200, groups=50)
    assert len(cards_of(hub)) == MAX_LINES
    assert cards_of(hub)[-1].title == "the others"
    assert sum(len(line.connections) for card in cards_of(hub) for line in card.lines) == 200
    assert len(groups_of(hub)) == MAX_GROUPS
    assert groups_of(hub)[-1].title == "41 more groups"


def test_member_link_says_whether_all_connections_are_in_the_group():
    hub = hub_of(*(client(n, "alice", *(["room1"] if n else [])) for n in range(20)))
    assert [link.kind for link in scene_of(hub).links] == ["connection", "some", "rest", "event"]


@pytest.mark.parametrize("shape", [WIDE, NARROW])
@pytest.mark.parametrize("hub", [hub_of(), hub_of(client(1, "a" * 99, "g" * 99)), crowd(12), crowd(200, groups=50)])
def test_boxes_stand_inside_the_picture_and_not_on_each_other(hub, shape):
    scene = scene_of(hub, shape)
    boxes = [node for node in scene.nodes if node.kind not in ("hub", "line")]
    for node in boxes:
        assert node.x >= 0
        assert node.x + node.width <= scene.width
        assert node.y >= 0
        assert node.y + node.height <= scene.height
        assert len(node.title) < 40
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = one.y + one.height <= other.y or other.y + other.height <= one.y
            assert apart or one.x + one.width <= other.x or other.x + other.width <= one.x
    assert len({node.key for node in scene.nodes}) == len(scene.nodes)
    assert len({link.key for link in scene.links}) == len(scene.links)


def test_message_goes_into_its_group_and_from_there_to_its_members():
    hub = hub_of(client(1, "alice", "room1"), client(2, "bob", "room1"), client(3, "carol"))
    entries = [
        TraceEntry(1, 0, "received", "chat", "id1", frame="…"),
        TraceEntry(2, 0, "delivered", "chat", "id1", group="room1", receivers=("id1", "id2"), detail="message"),
        TraceEntry(3, 0, "delivered", "chat", "id1", receivers=("id1",), detail="ack"),
    ]
    alice, bob = "chat/u:alice:id1", "chat/u:bob:id2"
    assert moves_of(entries, scene_of(hub)) == [
        [[(alice, False)], 1, "in", 0],
        [[(f"{alice}>room1", False)], 1, "in", 1],
        [[(f"{alice}>room1", True), (alice, True)], 1, "out", 2],
        [[(f"{bob}>room1", True), (bob, True)], 1, "out", 2],
        [[(alice, True)], 1, "ack", 2],
    ]


def test_event_goes_to_the_upstream_and_its_answer_comes_back():
    entries = [
        TraceEntry(1, 0, "event", "chat", "id1", event="order"),
        TraceEntry(2, 0, "answered", "chat", "id1", event="order", status=500),
        TraceEntry(3, 0, "rest", "chat", status=202),
    ]
    moves = moves_of(entries, scene_of(hub_of(client(1, "alice"))))
    assert [(way, kind) for way, _, kind, _ in moves] == [
        ([("chat/up", True)], "event"),
        ([("chat/up", False)], "failed"),
        ([("chat/app", False)], "rest"),
    ]


def test_many_messages_on_the_same_way_are_one_with_a_number():
    entries = [TraceEntry(n, 0, "received", "chat", "id1") for n in range(1, MANY + 10)]
    assert [move[1] for move in moves_of(entries, scene_of(hub_of(client(1, "alice"))))] == [MANY + 9]


def test_message_for_somebody_who_left_is_not_drawn():
    entry = TraceEntry(1, 0, "delivered", "chat", receivers=("gone",), detail="message")
    assert moves_of([entry], scene_of(hub_of())) == []


def test_text_of_a_crowd_is_short():
    assert len(repr(picture_of("Map", [("chat", crowd(200, groups=50))])).splitlines()) < 55
