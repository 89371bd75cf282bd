import asyncio
from collections import deque
from xml.etree import ElementTree

import pytest
from azure.core.exceptions import ResourceNotFoundError

from wpslab.connection_string import ConnectionString
from wpslab.emulator import EmulatorSnapshot, TraceEntry
from wpslab.lab import Lab
from wpslab.upstream import Reject, WebPubSubEventHandler
from wpslab.watch import Watch
from wpslab.widgets import AckError, ClientPanel, ConnectionRefused, Inspector

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def sent(monkeypatch):
    """What any inspector sent to its front ends."""
    contents = []
    monkeypatch.setattr(Inspector, "send", lambda _widget, content, *_more: contents.append(content))
    return contents


@pytest.fixture
def server(lab):
    handler = WebPubSubEventHandler(connection_string=lab.connection_string)

    @handler.user_event("order")
    def order(request):
        return "thank you"

    @handler.connect
    def connect(request):
        if request.user_id == "mallory":
            raise Reject(403, "not you")

    lab.attach_upstream("widgets", handler)
    return handler


def rows(sent):
    return [row for content in sent if content["do"] == "rows" for row in content["rows"]]


def details(sent):
    return [content for content in sent if content["do"] == "details"]


async def until(is_true):
    async with asyncio.timeout(8):
        while not is_true():
            await asyncio.sleep(0.01)


async def play(make_panel, service):
    alice, bob = make_panel("alice"), make_panel("bob", roles=["webpubsub.joinLeaveGroup"])
    for panel in (alice, bob):
        await panel.connect()
        await panel.join_group("room1")
    await alice.send_to_group("room1", "hello")
    with pytest.raises(AckError):
        await bob.send_to_group("room1", "hello")
    await alice.send_event("order", "17")
    service.send_to_user("bob", {"order": 17})
    for panel in (alice, bob):
        await panel.disconnect()


async def test_snapshot_tells_the_story_without_ids_and_times(lab, make_panel, service, server):
    inspector = Inspector(lab, "widgets")
    inspector.clear()
    await play(make_panel, service)
    assert repr(inspector.snapshot(last=100)).splitlines()[1:] == [
        "service -> upstream (alice): event connect",
        "upstream -> service (alice): 204",
        "alice -> service: connected: json.webpubsub.azure.v1",
        "service -> alice: connected",
        "service -> upstream (alice): event connected",
        "upstream -> service (alice): 204",
        "alice -> service: joinGroup room1",
        "service (alice): joined room1",
        "service -> alice: ack 1",
        "service -> upstream (bob): event connect",
        "upstream -> service (bob): 204",
        "bob -> service: connected: json.webpubsub.azure.v1",
        "service -> bob: connected",
        "service -> upstream (bob): event connected",
        "upstream -> service (bob): 204",
        "bob -> service: joinGroup room1",
        "service (bob): joined room1",
        "service -> bob: ack 1",
        "alice -> service: sendToGroup room1: hello",
        "service -> alice + bob: message in room1: hello",
        "service -> alice: ack 2",
        "bob -> service: sendToGroup room1: hello",
        "! service (bob): refused: Forbidden: The client does not have permission to send to group 'room1'.",
        "! service -> bob: ack 2: Forbidden",
        "alice -> service: event order: 17",
        "service -> upstream (alice): event order: 17",
        "upstream -> service (alice): 200 thank you",
        "service -> alice: message: thank you",
        "service -> alice: ack 3",
        "application server -> service: POST /api/hubs/widgets/users/bob/:send 202",
        'service -> bob: message: {"order": 17}',
        "alice -> service: disconnected",
        "service -> upstream (alice): event disconnected",
        "upstream -> service (alice): 204",
        "bob -> service: disconnected",
        "service -> upstream (bob): event disconnected",
        "upstream -> service (bob): 204",
    ]


async def test_snapshots_of_the_same_story_are_the_same(lab, make_panel, service, server):
    inspector = Inspector(lab, "widgets")
    drawings = []
    for _ in range(3):
        inspector.clear()
        await play(make_panel, service)
        drawings.append(inspector.snapshot(last=20))
    _, first, second = drawings  # only in the first story the server is validated
    assert (first.text, first.svg()) == (second.text, second.svg())
    picture = ElementTree.fromstring(first.svg())
    assert len(picture.findall(f"{SVG}rect")) == 1 + 5  # the card, and alice, bob, service, upstream, server
    assert first.text.startswith("… 17 earlier entries")


async def test_inspector_of_one_connection_shows_only_that(lab, make_panel, service):
    alice, bob = make_panel("alice"), make_panel("bob")
    for panel in (alice, bob):
        await panel.connect()
    inspector = Inspector(lab, connection_id=bob.connection_id)
    await alice.join_group("room1")
    service.send_to_all("hello", content_type="text/plain")
    assert inspector.text().splitlines() == [
        "bob -> service: connected: json.webpubsub.azure.v1",
        "service -> bob: connected",
        "service -> alice + bob: message: hello",
    ]


async def test_last_lines_can_be_asked_for(lab, make_panel):
    inspector = Inspector(lab, "widgets")
    await make_panel("alice").connect()
    assert inspector.text(last=1) == "service -> alice: connected"


async def test_second_connection_of_a_user_has_a_name_of_its_own_and_a_new_one_the_old_name(lab, make_panel):
    inspector = Inspector(lab, "widgets")
    first, second = make_panel("alice"), make_panel("alice")
    for panel in (first, second):
        await panel.connect()
    await first.disconnect()
    await first.connect()
    lines = [line for line in inspector.text().splitlines() if "connected: json" in line]
    assert [line.partition(" ")[0] for line in lines] == ["alice", "alice/2", "alice"]


async def test_user_of_another_hub_takes_no_name_in_this_one(lab, make_panel):
    elsewhere = ClientPanel(lab, "elsewhere", "alice")
    await elsewhere.connect()
    alice = make_panel("alice")
    await alice.connect()
    inspector = Inspector(lab, "widgets")
    await inspector.refresh()
    assert "alice -> service: connected" in inspector.text()
    assert "alice/2" not in inspector.text()
    await elsewhere.disconnect()


async def test_inspector_on_the_screen_sends_what_is_new_once(lab, make_panel, click, sent):
    inspector = Inspector(lab, "widgets")
    await click(inspector, "visible", view="v1")
    panel = make_panel("alice")
    await panel.connect()
    await panel.join_group("room1")
    await until(lambda: any(row[7] == "ack 1" for row in rows(sent)))
    numbers = [row[0] for row in rows(sent)]
    assert numbers == sorted(set(numbers))


async def test_view_that_comes_later_is_sent_what_the_others_have(lab, make_panel, click, sent):
    inspector = Inspector(lab, "widgets")
    await make_panel("alice").connect()
    await inspector.refresh()
    before = rows(sent)
    sent.clear()
    await click(inspector, "all")
    assert rows(sent) == before


async def test_view_is_sent_what_happened_before_the_inspector_was_made(lab, make_panel, click, sent):
    await make_panel("alice").connect()
    await click(Inspector(lab, "widgets"), "all")
    assert [row[7] for row in rows(sent)] == ["connected: json.webpubsub.azure.v1", "connected"]


async def test_paused_inspector_shows_nothing_new_and_then_all_of_it(lab, make_panel, sent):
    inspector = Inspector(lab, "widgets")
    inspector.pause()
    await make_panel("alice").connect()
    await inspector.refresh()
    assert (rows(sent), inspector.waiting) == ([], 2)
    inspector.resume()
    await until(lambda: len(rows(sent)) == 2)
    assert inspector.waiting == 0


async def test_cleared_inspector_starts_anew(lab, make_panel, sent):
    inspector = Inspector(lab, "widgets")
    panel = make_panel("alice")
    await panel.connect()
    await inspector.refresh()
    inspector.clear()
    assert (inspector.text(), inspector.cleared) == ("", rows(sent)[-1][0])
    await panel.join_group("room1")
    assert inspector.text().splitlines()[0] == "alice -> service: joinGroup room1"


async def test_too_many_entries_at_once_are_counted_and_kept_for_text(lab, service, sent):
    inspector = Inspector(lab, "widgets")
    for _ in range(300):
        service.send_to_all("hello", content_type="text/plain")
    await inspector.refresh()
    (content,) = [each for each in sent if each["do"] == "rows"]
    assert (len(content["rows"]), content["skipped"]) == (400, 200)
    assert len(inspector.text().splitlines()) == 600


async def test_selected_entry_is_told_in_full(lab, make_panel, click, sent):
    inspector = Inspector(lab, "widgets")
    panel = make_panel("alice")
    await panel.connect()
    await inspector.refresh()
    await click(inspector, "select", number=rows(sent)[-1][0], view="v1")
    (told,) = details(sent)
    assert '  "event": "connected",' in told["frames"][0]
    assert ("receivers", f"alice · {panel.connection_id}") in told["facts"]
    assert told["why"] == ""


@pytest.mark.parametrize("what", ["failed", "answered"])
async def test_failed_entry_is_explained(lab, make_panel, click, sent, server, what):
    inspector = Inspector(lab, "widgets")
    with pytest.raises(ConnectionRefused):
        await make_panel("mallory").connect()
    with pytest.raises(ConnectionRefused):
        await make_panel("mallory").connect()
    await inspector.refresh()
    entries = [entry for entry in lab.watch().since(0) if entry.what == what]
    for entry in entries:  # the newest one, and an older one
        sent.clear()
        await click(inspector, "select", number=entry.number, view="v1")
        first, last = details(sent)
        assert first["why"] == "…"
        assert "refused with 403 by the connect handler" in last["why"]


async def test_negative_ack_is_explained_by_the_lab_or_by_its_own_words(lab, make_panel, click, sent, server):
    @server.user_event("broken")
    def broken(request):
        return 1 / 0

    inspector = Inspector(lab, "widgets")
    bob = make_panel("bob", roles=["webpubsub.joinLeaveGroup"])
    await bob.connect()
    for ask in (bob.send_to_group("room1", "hello"), bob.send_event("broken", "17")):
        with pytest.raises(AckError):
            await ask
    await inspector.refresh()
    acks = [entry for entry in lab.watch().since(0) if entry.detail.startswith("ack:")]
    for entry, words in zip(acks, ("ackId 1 was refused: Forbidden. The client", "ZeroDivisionError"), strict=True):
        sent.clear()
        await click(inspector, "select", number=entry.number, view="v1")
        assert words in details(sent)[-1]["why"]


async def test_refusals_that_no_handler_had_a_part_in_are_explained(lab, make_panel, service, click, sent):
    inspector = Inspector(lab, "widgets")
    bob = make_panel("bob", roles=[])
    await bob.connect()
    with pytest.raises(AckError):
        await bob.join_group("room1")
    with pytest.raises(ResourceNotFoundError):
        service.add_connection_to_group("room1", "nobody-has-this-id")
    await inspector.refresh()
    for what, words in (("refused", "is in the roles of its access token"), ("rest", "no such connection")):
        entry = next(each for each in lab.watch().since(0) if each.what == what)
        await click(inspector, "select", number=entry.number, view="v1")
        assert words in details(sent)[-1]["why"]


async def test_entries_that_came_too_fast_to_be_read_are_counted(lab, service, sent):
    inspector = Inspector(lab, "widgets")
    for _ in range(1500):
        service.send_to_all("hello", content_type="text/plain")
    await inspector.refresh()
    (content,) = [each for each in sent if each["do"] == "rows"]
    assert len(content["rows"]) + content["skipped"] == 3000
    lines = inspector.text().splitlines()
    assert lines[0] == f"… {3000 - len(lines) + 1} entries came too fast to be read"
    assert repr(inspector.snapshot(last=10)).startswith("… 2990 earlier entries")


def test_inspector_of_a_service_where_something_always_happens_is_made(lab, monkeypatch):
    class Busy:
        def __init__(self):
            self.number = 0

        def read(self, number, limit):
            self.number += 1
            return [TraceEntry(self.number, 0, "received", "chat", "c1", "alice", frame="hi")][:limit]

        def snapshot(self):
            return EmulatorSnapshot({}, self.number)

    watch = Watch("emulator", Busy())
    monkeypatch.setattr(lab, "watch", lambda: watch)
    assert "alice -> service: hi" in Inspector(lab, "chat").text()


async def test_what_was_missed_is_told_also_to_a_later_view_and_where_nothing_fits_the_filter(
    lab, service, click, sent
):
    inspector = Inspector(lab, "widgets")
    await click(inspector, "filter", kind="upstream", client="", words="")
    sent.clear()
    for _ in range(1500):
        service.send_to_all("hello", content_type="text/plain")
    await inspector.refresh()
    (content,) = [each for each in sent if each["do"] == "rows"]
    missed = 3000 - content["all"]
    assert (content["rows"], content["skipped"], missed > 0) == ([], missed, True)
    sent.clear()
    await click(inspector, "all", view="v2")
    assert sent[-1]["skipped"] == missed


async def test_failure_of_a_server_that_was_replaced_is_explained_by_what_the_service_said(
    lab, make_panel, click, sent, server
):
    inspector = Inspector(lab, "widgets")
    with pytest.raises(ConnectionRefused):
        await make_panel("mallory").connect()
    lab.attach_upstream("widgets", WebPubSubEventHandler(connection_string=lab.connection_string))
    await inspector.refresh()
    for what in ("failed", "answered"):
        entry = next(each for each in lab.watch().since(0) if each.what == what and each.status == 403)
        await click(inspector, "select", number=entry.number, view="v1")
        assert "refused with 403 by the connect handler" in details(sent)[-1]["why"]
    assert inspector.users == ["mallory"]


async def test_what_a_handler_sends_comes_before_its_answer_in_a_snapshot(lab, make_panel, service, server):
    @server.user_event("tell")
    def tell(request):
        service.send_to_all("told", content_type="text/plain")
        return "done"

    alice = make_panel("alice")
    await alice.connect()
    inspector = Inspector(lab, "widgets")
    inspector.clear()
    await alice.send_event("tell", "17")
    lines = [line for line in inspector.snapshot().text.splitlines() if "told" in line or "200 done" in line]
    assert lines == ["service -> alice: message: told", "upstream -> service (alice): 200 done"]


async def test_filter_shows_what_matches_of_all_that_is_known(lab, make_panel, service, click, sent):
    inspector = Inspector(lab, "widgets")
    await make_panel("rare").connect()
    for _ in range(300):
        service.send_to_group("nobody", "hello", content_type="text/plain")
    await inspector.refresh()
    sent.clear()
    await click(inspector, "filter", kind="", client="rare", words="")
    (content,) = [each for each in sent if each["do"] == "rows"]
    assert [row[7] for row in content["rows"]] == ["connected: json.webpubsub.azure.v1", "connected"]
    assert (content["anew"], content["skipped"], content["all"]) == (True, 0, 602)
    sent.clear()
    await click(inspector, "filter", kind="rest", client="", words="NOBODY")
    (content,) = [each for each in sent if each["do"] == "rows"]
    assert (len(content["rows"]), {row[2] for row in content["rows"]}) == (300, {"rest"})
    assert inspector.filter == {"kind": "rest", "client": "", "words": "nobody"}


async def test_filter_holds_for_what_comes(lab, make_panel, service, click, sent):
    inspector = Inspector(lab, "widgets")
    await click(inspector, "filter", kind="connection", client="", words="")
    await make_panel("alice").connect()
    service.send_to_all("hello", content_type="text/plain")
    await inspector.refresh()
    assert [row[7] for row in rows(sent)] == ["connected: json.webpubsub.azure.v1"]
    assert inspector.users == ["alice"]
    await click(inspector, "filter", kind="", client="", words="")
    assert [row[2] for row in rows(sent)[1:]] == ["connection", "ack", "rest", "message"]


@pytest.mark.parametrize("content", [{}, {"kind": 7, "client": None, "words": ["x"]}])
async def test_filter_that_says_nothing_takes_everything(lab, make_panel, click, sent, content):
    inspector = Inspector(lab, "widgets")
    await make_panel("alice").connect()
    await inspector.refresh()
    await click(inspector, "filter", **content)
    assert [each for each in sent if each.get("anew")][-1]["all"] == 2


async def test_seconds_are_counted_from_the_first_entry_though_it_is_forgotten(lab, service, sent):
    inspector = Inspector(lab, "widgets")
    inspector._history._entries = deque(maxlen=100)
    for _ in range(3):
        for _ in range(40):
            service.send_to_all("hello", content_type="text/plain")
        await inspector.refresh()
    contents = [each for each in sent if each["do"] == "rows"]
    assert len({each["zero"] for each in contents}) == 1
    assert contents[0]["zero"] == lab.watch().since(0)[0].time
    inspector.clear()
    service.send_to_all("hello", content_type="text/plain")
    await inspector.refresh()
    assert contents[0]["zero"] < contents[0]["rows"][-1][1] < sent[-1]["zero"] <= sent[-1]["rows"][0][1]


async def test_clearing_a_paused_inspector_keeps_what_waits(lab, make_panel, sent):
    inspector = Inspector(lab, "widgets")
    panel = make_panel("alice")
    await panel.connect()
    await inspector.refresh()
    inspector.pause()
    await panel.join_group("room1")
    await inspector.refresh()
    sent.clear()
    inspector.clear()
    assert inspector.text().splitlines()[0] == "alice -> service: joinGroup room1"
    inspector.resume()
    await until(lambda: [row[7] for row in rows(sent)] == ["joinGroup room1", "joined room1", "ack 1"])


async def test_call_that_names_nobody_makes_nobody_up(lab, make_panel, service):
    inspector = Inspector(lab, "widgets")
    service.send_to_connection("nobody-has-this-id", "hello", content_type="text/plain")
    service.send_to_group("room1", "hello", content_type="text/plain")
    plain = make_panel(None, subprotocol=None)
    await plain.connect()
    lines = inspector.text().splitlines()
    assert lines[0].startswith("application server -> service: POST")
    assert "service: message to group room1 (nobody is there)" in lines
    assert any(line.startswith("c1 -> service: connected") for line in lines)


async def test_arrow_to_one_of_two_connections_of_a_user_says_which(lab, make_panel, service):
    first, second = make_panel("alice"), make_panel("alice")
    for panel in (first, second):
        await panel.connect()
    inspector = Inspector(lab, "widgets")
    inspector.clear()
    service.send_to_connection(second.connection_id, "hello", content_type="text/plain")
    drawing = inspector.snapshot()
    assert "POST /api/hubs/widgets/connections/alice/2/:send 202" in drawing.text
    assert "service -> alice/2: message: hello" in drawing.text
    assert "message: hello · alice/2" in drawing.svg()


async def test_of_many_users_those_who_act_have_a_lane(lab, make_panel, service):
    inspector = Inspector(lab, "widgets")
    for number in range(10):
        await make_panel(f"user{number}", groups=["all"]).connect()
    inspector.clear()
    zoe = make_panel("zoe")
    await zoe.connect()
    await zoe.send_to_group("all", "hello")
    svg = inspector.snapshot().svg()
    assert ">zoe<" in svg
    assert ">others<" in svg


async def test_last_words_before_the_lab_is_closed_are_read(lab, make_panel):
    inspector = Inspector(lab, "widgets")
    await make_panel("alice").connect()
    lab.close()
    assert "alice -> service: connected" in inspector.text()


async def test_entry_that_is_forgotten_is_not_told(lab, click, sent):
    await click(Inspector(lab), "select", number=17, view="v1")
    assert details(sent) == []


async def test_front_end_clears_by_a_message(lab, service, click):
    inspector = Inspector(lab, "widgets")
    service.send_to_all("hello", content_type="text/plain")
    await inspector.refresh()
    await click(inspector, "clear")
    assert inspector.text() == ""


async def test_closed_lab_is_said_and_the_story_stays(lab, make_panel, sent):
    inspector = Inspector(lab, "widgets")
    await make_panel("alice").connect()
    await inspector.refresh()
    lab.close()
    assert (inspector.status, "closed" in inspector.error) == ("closed", True)
    assert inspector.text().startswith("alice -> service: connected")
    sent.clear()
    inspector._handle_custom_msg({"do": "all"}, [])
    inspector._handle_custom_msg({"do": "select", "number": rows(sent)[-1][0], "view": "v1"}, [])
    assert ([row[7] for row in rows(sent)][2:], len(details(sent))) == (["disconnected"], 1)


async def test_snapshot_takes_nothing_away_from_the_page(lab, make_panel, sent):
    inspector = Inspector(lab, "widgets")
    await make_panel("alice").connect()
    inspector.snapshot()
    await inspector.refresh()
    assert len(rows(sent)) == 2


def test_on_azure_it_shows_what_clients_saw_and_says_so():
    lab = Lab("azure", ConnectionString.parse(f"Endpoint=https://name.webpubsub.azure.com;AccessKey={'k' * 44};"))
    inspector = Inspector(lab, "chat")
    lab.watch().add(TraceEntry(0, 0, "received", "chat", "id1", "alice", frame='{"type":"joinGroup","group":"a"}'))
    assert inspector.text() == "alice -> service: joinGroup a"
    assert repr(inspector.snapshot()).splitlines()[0].startswith("Azure does not tell")
    lab.close()


def test_snapshot_of_nothing_says_so(lab):
    assert repr(Inspector(lab, "widgets").snapshot()) == "nothing happened yet"


def test_representations_are_short_and_stable(lab):
    data, _ = Inspector(lab, "widgets")._repr_mimebundle_()
    assert data["text/plain"] == "Inspector(hub='widgets')"
    assert "JupyterLab" in data["text/html"]
