import asyncio
import threading
from xml.etree import ElementTree

import pytest

from wpslab.connection_string import ConnectionString
from wpslab.emulator import Emulator, EventHandler, TraceEntry
from wpslab.lab import Lab
from wpslab.widgets import ClientPanel, Inspector, ServiceMap
from wpslab.widgets.map_moves import moves_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def azure():
    lab = Lab("azure", ConnectionString.parse(f"Endpoint=https://name.webpubsub.azure.com;AccessKey={'k' * 44};"))
    yield lab
    lab.close()


@pytest.fixture
def sent(monkeypatch):
    """What any widget sent to its front ends."""
    contents = []
    monkeypatch.setattr(ServiceMap, "send", lambda _widget, content, *_more: contents.append(content))
    return contents


def nodes(widget, kind, shape="wide"):
    return [node[6:8] for node in widget.scenes[shape]["nodes"] if node[1] == kind]


async def until(is_true):
    async with asyncio.timeout(8):
        while not is_true():
            await asyncio.sleep(0.01)


async def test_map_shows_users_groups_and_who_has_no_user(lab, make_panel):
    alice, bob, plain = make_panel("alice"), make_panel("bob"), make_panel(None, subprotocol=None)
    for panel in (alice, bob, plain):
        await panel.connect()
    for panel in (alice, bob):
        await panel.join_group("room1")
    await bob.join_group("room2")
    service_map = ServiceMap(lab, "widgets")
    assert nodes(service_map, "user") == [["alice", "json"], ["bob", "json"]]
    assert nodes(service_map, "anonymous") == [["(no user)", "simple"]]
    assert nodes(service_map, "group") == [["room1", "2"], ["room2", "1"]]
    assert nodes(service_map, "hub") == [["hub widgets", "3 connections, 2 users"]]
    assert nodes(service_map, "user", "narrow") == nodes(service_map, "user")


async def test_snapshot_is_the_same_each_time_and_has_no_ids(lab, make_panel):
    async def play():
        panels = [make_panel("alice"), make_panel("alice", groups=["room1"]), make_panel("bob", groups=["room1"])]
        await asyncio.gather(*(panel.connect() for panel in panels))
        drawing = ServiceMap(lab, "widgets").snapshot()
        for panel in panels:
            assert panel.connection_id not in drawing.svg()
            await panel.disconnect()
        return drawing

    first, second = await play(), await play()
    assert (repr(first), first.svg()) == (repr(second), second.svg())
    assert repr(first).splitlines() == [
        "hub widgets: 3 connections, 2 users, 1 group",
        "  user alice: json in no group; json in room1",
        "  user bob: json in room1",
        "  group room1: alice, bob",
        "  upstream: none",
    ]
    assert ElementTree.fromstring(first.svg()).find(f"{SVG}desc").text == repr(first)
    assert set(first._repr_mimebundle_()) == {"text/plain", "image/svg+xml"}


async def test_hints_name_the_ids(lab, make_panel):
    panel = make_panel("alice")
    await panel.connect()
    hints = [node[8] for node in ServiceMap(lab).scenes["wide"]["nodes"]]
    assert any(f"connection {panel.connection_id}" in hint for hint in hints)


async def test_map_on_the_screen_follows_what_happens_and_rests_when_it_is_gone(lab, make_panel, click, sent):
    service_map = ServiceMap(lab, "widgets")
    await click(service_map, "visible", view="v1")
    assert {"do": "alive"} in sent
    panel = make_panel("alice")
    await panel.connect()
    await panel.join_group("room1")
    await until(lambda: nodes(service_map, "group") == [["room1", "1"]])
    assert service_map.status == "live"
    await panel.send_to_group("room1", "hello")
    await until(lambda: any(content["do"] == "moves" for content in sent))
    await panel.disconnect()
    await until(lambda: not nodes(service_map, "user"))
    await click(service_map, "hidden", view="v1")
    await until(lambda: service_map.status == "resting")
    assert service_map._poller.done()


async def test_nobody_reads_for_a_map_that_nobody_sees(lab, make_panel, sent):
    service_map = ServiceMap(lab, "widgets")
    await make_panel("alice").connect()
    await asyncio.sleep(0.3)
    assert nodes(service_map, "user") == []
    assert sent == []


async def test_refresh_brings_the_map_up_to_date(lab, make_panel):
    service_map = ServiceMap(lab, "widgets")
    await make_panel("alice").connect()
    await service_map.refresh()
    assert nodes(service_map, "user") == [["alice", "json"]]
    assert service_map.lines[0] == "hub widgets: 1 connection, 1 user, 0 groups"


async def test_snapshot_takes_nothing_away_from_the_page(lab, make_panel, sent):
    service_map = ServiceMap(lab, "widgets")
    panel = make_panel("alice")
    await panel.connect()
    service_map.snapshot()
    await service_map.refresh()
    assert nodes(service_map, "user") == [["alice", "json"]]
    assert [content["do"] for content in sent] == ["moves"]


def test_map_of_a_service_without_hubs_says_so(lab):
    assert repr(ServiceMap(lab).snapshot()) == "There is no hub yet."


def test_map_of_a_hub_nobody_used_is_an_empty_hub(lab):
    assert (
        repr(ServiceMap(lab, "Widgets").snapshot()).splitlines()[0] == "hub Widgets: 0 connections, 0 users, 0 groups"
    )


async def test_closing_the_lab_is_said_and_the_last_picture_stays(lab, make_panel, click):
    service_map = ServiceMap(lab, "widgets")
    await make_panel("alice").connect()
    await click(service_map, "visible", view="v1")
    await until(lambda: nodes(service_map, "user"))
    lab.close()
    assert service_map.status == "closed"
    assert "closed" in service_map.error
    assert "The lab is closed." in repr(service_map.snapshot())
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith(("wpslab", "asyncio"))]
    service_map._handle_custom_msg({"do": "visible", "view": "v1"}, [])
    assert service_map.status == "closed"


async def test_service_that_went_away_is_said_in_words(lab, click):
    service_map = ServiceMap(lab, "widgets")
    await click(service_map, "visible", view="v1")
    await until(lambda: service_map.status == "live")
    lab.emulator.stop()
    await until(lambda: service_map.status == "lost")
    assert "nothing to watch" in service_map.error


async def test_closing_the_map_ends_its_questions(lab, click):
    service_map = ServiceMap(lab, "widgets")
    await click(service_map, "visible", view="v1")
    service_map.close()
    await until(lambda: service_map._poller.done())
    assert service_map._on_lab_closed not in lab._on_close


async def test_map_of_a_service_in_another_process_is_complete(monkeypatch):
    monkeypatch.delenv("WEBPUBSUB_CONNECTION_STRING", raising=False)
    with Emulator() as emulator:
        lab = Lab("served", ConnectionString.parse(emulator.connection_string))
        panel = ClientPanel(lab, "widgets", "alice")
        await panel.connect()
        assert repr(ServiceMap(lab).snapshot()).splitlines()[1] == "  user alice: json in no group"
        lab.close()


@pytest.mark.parametrize(("hubs", "is_said"), [(4, False), (5, True)])
async def test_hubs_that_are_not_drawn_are_said(lab, hubs, is_said):
    for number in range(hubs):
        lab.emulator.configure_hub(f"hub{number}")
    service_map = ServiceMap(lab)
    await service_map.refresh()
    assert ("Only the first 4 hubs are drawn." in service_map.why) is is_said
    assert ("Only the first 4 hubs are drawn." in repr(service_map.snapshot())) is is_said


async def test_service_without_a_trace_is_drawn_whole_and_what_does_not_move_is_said(monkeypatch):
    monkeypatch.delenv("WEBPUBSUB_CONNECTION_STRING", raising=False)
    with Emulator(trace=False) as emulator:
        lab = Lab("served", ConnectionString.parse(emulator.connection_string))
        service_map = ServiceMap(lab)
        assert "every connection is drawn" in service_map.why
        assert "--trace" in service_map.why
        lab.close()


async def test_widget_that_breaks_says_so_and_the_lab_tells(lab, click, monkeypatch):
    service_map = ServiceMap(lab, "widgets")
    monkeypatch.setattr(service_map, "_read", lambda: 1 / 0)
    await click(service_map, "visible", view="v1")
    await until(lambda: service_map.status == "lost")
    assert "This widget broke (ZeroDivisionError" in service_map.error
    with pytest.raises(ZeroDivisionError):
        lab.close()


async def test_nobody_who_reads_waits_for_a_service_that_hangs(lab, make_panel):
    inspector = Inspector(lab, "widgets")
    await make_panel("alice").connect()
    await inspector.refresh()
    asked, answer = threading.Event(), threading.Event()
    since = inspector._watch.since

    def hang(*args):
        asked.set()
        answer.wait(20)
        return since(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspector._watch, "since", hang)
        reading = threading.Thread(target=inspector._history.update)
        reading.start()
        asked.wait(20)
        assert [entry.what for entry in inspector._history.after(0)] == ["connected", "delivered"]
        answer.set()
        reading.join()


def test_answers_come_after_their_events_though_much_happens_at_once(lab):
    lab.emulator.configure_hub("widgets", event_handlers=[EventHandler("http://127.0.0.1:9/", "*")])
    scene = ServiceMap(lab, "widgets")._scene
    entries = [
        TraceEntry(number, 0, what, "widgets", "c1", status=200)
        for number, what in enumerate(["event", "answered"] * 20, 1)
    ]
    phases = {kind: phase for _, _, kind, phase in moves_of(entries, scene)}
    assert phases["event"] < phases["answer"]


def test_on_azure_the_map_shows_the_clients_of_this_notebook_and_says_so(azure):
    service_map = ServiceMap(azure, "chat")
    azure.watch().add(
        TraceEntry(0, 0, "connected", "chat", "id1", "alice", detail="json.webpubsub.azure.v1"),
        TraceEntry(0, 0, "joined", "chat", "id1", "alice", group="room1"),
        TraceEntry(0, 0, "connected", "chat", "id2", detail="no subprotocol"),
        TraceEntry(0, 0, "connected", "chat", "id3", "bob", detail="json.webpubsub.azure.v1"),
        TraceEntry(0, 0, "disconnected", "chat", "id3", "bob"),
    )
    lines = repr(service_map.snapshot()).splitlines()
    assert lines[1:3] == ["  user alice: json in room1", "  (no user): simple in no group"]
    assert lines[-1].startswith("Azure does not tell")
    assert service_map.why == lines[-1]


def test_representations_are_short_and_stable(lab):
    data, _ = ServiceMap(lab, "widgets")._repr_mimebundle_()
    assert data["text/plain"] == "ServiceMap(hub='widgets')"
    assert "JupyterLab" in data["text/html"]
