import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install wpslab[test]")
expect = sync_api.expect
expect.set_options(timeout=20_000)

START = """
import asyncio, wpslab
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from wpslab.widgets import ClientPanel, ComponentsTable
lab = wpslab.start()
"""
PANEL = """
ClientPanel(lab, hub="browser", user_id="user1", roles=["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup.room1"])
"""
TABLE = """
panel = ClientPanel(lab, hub="browser", user_id="user1")
service = WebPubSubServiceClient.from_connection_string(lab.connection_string, hub="browser")
ComponentsTable(lab, service, users=["user1", "user2"], every=0.2)
"""
CONNECTION_ID = re.compile(r"[0-9a-f]{32}")


def connected_panel(notebook):
    notebook.run_all()
    panel = notebook.outputs.get_by_role("region", name="Client of hub browser")
    panel.get_by_role("button", name="Connect", exact=True).click()
    expect(panel.get_by_role("status")).to_have_text("● connected")
    return panel


def frames(panel):
    return panel.get_by_role("log", name="Frames").locator(".wpsc-frame")


def test_learner_connects_joins_and_sends_with_the_buttons(open_notebook):
    notebook = open_notebook("buttons.ipynb", START, PANEL)
    panel = connected_panel(notebook)
    expect(panel.get_by_text(CONNECTION_ID).first).to_be_visible()
    panel.get_by_label("Group", exact=True).fill("room1")
    panel.get_by_role("button", name="Join").click()
    expect(panel.locator(".wpsc-group")).to_have_text("room1")
    panel.get_by_label("Message", exact=True).fill("hello")
    panel.get_by_role("button", name="Send to group").click()
    expect(frames(panel)).to_have_count(6)
    expect(frames(panel).nth(1)).to_contain_text('→ sent{"type": "joinGroup"')
    expect(frames(panel).nth(4)).to_contain_text(re.compile("← received.*hello"))
    panel.get_by_role("button", name="Leave").click()
    expect(panel.locator(".wpsc-group")).to_have_count(0)
    panel.get_by_role("button", name="Disconnect").click()
    expect(panel.get_by_role("status")).to_have_text("○ disconnected")
    assert notebook.complaints == []


def test_what_went_wrong_stands_on_the_panel_in_words(open_notebook):
    notebook = open_notebook("errors.ipynb", START, PANEL)
    panel = connected_panel(notebook)
    panel.get_by_label("Group", exact=True).fill("room2")
    panel.get_by_label("Message", exact=True).fill("{nope")
    panel.get_by_label("Data type").select_option("json")
    panel.get_by_role("button", name="Send to group").click()
    expect(panel.get_by_role("alert")).to_contain_text("not valid JSON")
    expect(frames(panel)).to_have_count(1)
    panel.get_by_label("Message", exact=True).fill("{}")
    panel.get_by_role("button", name="Send to group").click()
    expect(panel.get_by_role("alert")).to_contain_text("Forbidden")
    panel.get_by_role("button", name="Send event").click()
    expect(panel.get_by_role("alert")).to_contain_text("No upstream server handled the event")
    assert notebook.complaints == []


def test_panel_is_used_by_the_keyboard_alone(open_notebook):
    notebook = open_notebook("keyboard.ipynb", START, PANEL)
    notebook.run_all()
    panel = notebook.outputs.get_by_role("region", name="Client of hub browser")
    keyboard = notebook.page.keyboard
    panel.get_by_label("User ID").focus()
    keyboard.press("Control+a")
    keyboard.type("daba")  # in command mode these letters would change the notebook
    keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_have_text("● connected")
    expect(frames(panel).first).to_contain_text('"userId":"daba"')
    keyboard.press("Tab")
    keyboard.press("Tab")
    expect(panel.get_by_role("button", name="Disconnect")).to_be_focused()
    keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_have_text("○ disconnected")
    expect(panel.get_by_role("button", name="Disconnect")).to_be_focused()
    assert notebook.complaints == []


def test_buttons_work_while_a_cell_runs(open_notebook):
    wait = "gate = asyncio.Event()\nprint('waiting')\nawait asyncio.wait_for(gate.wait(), 60)"
    notebook = open_notebook("busy.ipynb", START, PANEL, wait)
    notebook.run_all()
    expect(notebook.outputs.get_by_text("waiting")).to_be_visible()
    panel = notebook.outputs.get_by_role("region", name="Client of hub browser")
    panel.get_by_role("button", name="Connect", exact=True).click()
    expect(panel.get_by_role("status")).to_have_text("● connected")
    panel.get_by_label("Group", exact=True).fill("room1")
    panel.get_by_role("button", name="Join").click()
    expect(frames(panel)).to_have_count(3)
    expect(notebook.page.locator(".jp-InputPrompt").nth(2)).to_have_text("[*]:")
    assert notebook.complaints == []


def test_panel_follows_what_the_code_does(open_notebook):
    code = 'await panel.connect()\nawait panel.join_group("room1")\npanel.snapshot()'
    notebook = open_notebook("code.ipynb", START, f"panel = {PANEL.strip()}\npanel", code)
    notebook.run_all()
    panel = notebook.outputs.get_by_role("region", name="Client of hub browser")
    expect(panel.get_by_role("status")).to_have_text("● connected")
    expect(frames(panel)).to_have_count(3)
    expect(notebook.outputs.locator(".jp-RenderedSVG img")).to_be_visible()
    assert notebook.complaints == []


def test_table_turns_from_not_there_to_there(open_notebook):
    notebook = open_notebook("table.ipynb", START, TABLE, "panel")
    notebook.run_all()
    table = notebook.outputs.get_by_role("table", name="What is there now in hub browser")
    row = table.get_by_role("row", name="user1")
    expect(row.get_by_role("rowheader")).to_have_text("user1")
    expect(row).to_contain_text("○ not there")
    connect = notebook.outputs.get_by_role("button", name="Connect", exact=True)
    connect.click()
    expect(row).to_contain_text("● there")
    expect(table.get_by_role("row", name="user2")).to_contain_text("○ not there")
    assert notebook.complaints == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_widgets_fit_a_narrow_window(open_notebook, jupyterlab, theme):
    jupyterlab.set_theme(theme)
    notebook = open_notebook("narrow.ipynb", START, PANEL, TABLE, width=380)
    connected_panel(notebook)
    for widget in (".wpsc", ".wpst"):
        box = notebook.outputs.locator(widget)
        expect(box).to_be_visible()
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert notebook.complaints == []
