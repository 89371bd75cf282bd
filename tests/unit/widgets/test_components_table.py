import asyncio
import threading

import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

from wpslab.widgets import ComponentsTable, components_table
from wpslab.widgets.watchlist import Watched, Watchlist


@pytest.fixture
def make_table(lab, service):
    return lambda *args, **more: ComponentsTable(lab, service, *args, **more)


def unreachable():
    nobody = f"Endpoint=http://127.0.0.1:9;AccessKey={'x' * 44};Version=1.0;"
    return WebPubSubServiceClient.from_connection_string(nobody, hub="widgets")


async def until(widget, is_true):
    """Wait until something is the case after a trait changed."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()

    def look(_change):
        if is_true():
            loop.call_soon_threadsafe(changed.set)

    widget.observe(look)
    try:
        async with asyncio.timeout(8):
            if not is_true():
                await changed.wait()
    finally:
        widget.unobserve(look)


def states(table):
    return {name: there for _, name, _, there in table.rows}


def test_rows_are_not_asked_about_until_somebody_looks(make_table):
    table = make_table({"phone": "some-id"}, ["user1"], ["room1"])
    assert table.rows == [
        ["connection", "phone", "some-id", None],
        ["user", "user1", "user1", None],
        ["group", "room1", "room1", None],
    ]


async def test_refresh_asks_the_service(make_table, make_panel):
    panel = make_panel()
    await panel.connect()
    await panel.join_group("room1")
    table = make_table({"phone": panel.connection_id, "old": "0" * 32}, ["user1", "user2"], ["room1", "room2"])
    await table.refresh()
    assert states(table) == {
        "phone": True,
        "old": False,
        "user1": True,
        "user2": False,
        "room1": True,
        "room2": False,
    }


async def test_table_on_the_screen_follows_what_happens_and_stops_when_it_is_gone(make_table, make_panel, click, lab):
    panel = make_panel()
    table = make_table(users=["user1"], every=0.01)
    await click(table, "visible", view="v1")
    await until(table, lambda: states(table) == {"user1": False})
    assert table.status == "live"
    await panel.connect()
    await until(table, lambda: states(table) == {"user1": True})
    await panel.disconnect()
    await until(table, lambda: states(table) == {"user1": False})
    await click(table, "hidden", view="v1")
    await asyncio.wrap_future(lab.background.submit(asyncio.wait_for(table._poller, 5)))
    assert table.status == "resting"


async def test_table_on_the_screen_says_that_the_service_is_gone_and_comes_back_with_it(make_table, click, monkeypatch):
    monkeypatch.setattr(components_table, "AFTER_A_FAILURE", 0.01)
    monkeypatch.setattr(components_table, "ALIVE_SECONDS", 0.0)
    table, answers = make_table(users=["user1"], every=0.01), []
    monkeypatch.setattr(table, "send", answers.append)
    with unreachable() as nobody, pytest.MonkeyPatch.context() as gone:
        gone.setattr(table, "_service", nobody)
        await click(table, "visible", view="v1")
        await until(table, lambda: table.status == "lost")
        assert "does not answer" in table.error
    await until(table, lambda: table.status == "live")
    assert table.error == ""
    assert len(answers) > 1  # the first at once, the others while it asks
    assert answers[0] == {"do": "alive"}


async def test_table_that_is_seen_twice_asks_until_both_are_gone(make_table, click, lab):
    table = make_table(users=["user1"], every=0.01)
    for view in ("v1", "v2"):
        await click(table, "visible", view=view)
    await click(table, "hidden", view="v1")
    assert not table._poller.done()
    await click(table, "hidden", view="v2")
    await asyncio.wrap_future(lab.background.submit(asyncio.wait_for(table._poller, 5)))


async def test_closing_the_lab_ends_the_questions(make_table, click, lab):
    table = make_table(users=["user1"], every=3600)
    await click(table, "visible", view="v1")
    await until(table, lambda: states(table) == {"user1": False})
    lab.close()
    assert table._poller.cancelled()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith(("wpslab", "asyncio"))]
    table._handle_custom_msg({"do": "visible", "view": "v1"}, [])
    assert table.status == "closed"
    assert "The lab is closed." in table.error


async def test_closing_the_table_ends_the_questions(make_table, click, lab):
    table = make_table(users=["user1"], every=3600)
    await click(table, "visible", view="v1")
    table.close()
    await asyncio.wrap_future(lab.background.submit(asyncio.wait({table._poller}, timeout=5)))
    assert table._poller.cancelled()


async def test_service_that_does_not_answer_is_said_in_words(lab):
    with unreachable() as service:
        table = ComponentsTable(lab, service, users=["user1"])
        await table.refresh()
    assert table.status == "lost"
    assert "does not answer" in table.error
    assert states(table) == {"user1": None}


async def test_question_with_a_wrong_key_shows_the_status(lab):
    wrong = f"Endpoint={lab.endpoint};AccessKey={'x' * 44};Version=1.0;"
    with WebPubSubServiceClient.from_connection_string(wrong, hub="widgets") as service:
        table = ComponentsTable(lab, service, users=["user1"])
        await table.refresh()
    assert table.status == "refused"
    assert "401" in table.error


def test_new_id_of_a_known_connection_replaces_the_old_one(make_table):
    table = make_table({"phone": "first"})
    table.watch(connections={"phone": "second"}, users=["user1"])
    table.watch(users=["user1"])
    assert [row[2] for row in table.rows] == ["second", "user1"]


def test_answer_about_something_no_longer_watched_is_dropped():
    watchlist = Watchlist()
    watchlist.add({"phone": "first"}, [], [])
    watchlist.add({"phone": "second"}, [], [])
    watchlist.answer(Watched("connection", "phone", "first"), True)
    assert watchlist.entries() == [(Watched("connection", "phone", "second"), None)]


async def test_snapshot_has_no_ids_and_is_the_same_each_time(make_table, make_panel):
    panel = make_panel()
    await panel.connect()
    table = make_table({"phone": panel.connection_id}, ["user2"])
    await table.refresh()
    assert repr(table.snapshot()).splitlines() == [
        "ComponentsTable(hub='widgets')",
        "connection  ● there          phone",
        "user        ○ not there      user2",
    ]
    assert panel.connection_id not in table.snapshot().svg()


def test_representations_are_short_and_stable(make_table):
    data, _ = make_table(users=["user1"])._repr_mimebundle_()
    assert data["text/plain"] == "ComponentsTable(hub='widgets')"
    assert "JupyterLab" in data["text/html"]
