import os
import re
import signal

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install wpslab[test]")
expect = sync_api.expect
expect.set_options(timeout=20_000)

START = """
import asyncio, os, wpslab
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from wpslab.widgets import ClientPanel, ComponentsTable
lab = wpslab.start()
"""
PANEL = """
ClientPanel(lab, hub="browser", user_id="user1", roles=["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup.room1"])
"""
NAMED = f"panel = {PANEL.strip()}\npanel"
TABLE = """
service = WebPubSubServiceClient.from_connection_string(lab.connection_string, hub="browser")
table = ComponentsTable(lab, service, users=["user1", "user2"], every=0.2)
table
"""
CONNECTION_ID = re.compile(r"[0-9a-f]{32}")


def run(notebook, code):
    """Run code in the kernel, not in a cell, and do not wait for it."""
    notebook.page.evaluate(
        "code => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code }); }",
        code,
    )


def panels_of(notebook):
    return notebook.outputs.get_by_role("region", name="Client of hub browser")


def table_of(notebook):
    return notebook.outputs.get_by_role("table", name="What is there now in hub browser")


def button(panel, name):
    return panel.get_by_role("button", name=name, exact=True)


def connected_panel(notebook):
    notebook.run_all()
    panel = panels_of(notebook)
    button(panel, "Connect").click()
    expect(panel.get_by_role("status")).to_have_text("● connected")
    return panel


def join(panel, group):
    panel.get_by_label("Group", exact=True).fill(group)
    button(panel, "Join").click()


def frames(panel):
    return panel.get_by_role("log", name="Frames").locator(".wpsc-frame")


def test_learner_connects_joins_and_sends_with_the_buttons(open_notebook):
    notebook = open_notebook("buttons.ipynb", START, PANEL)
    panel = connected_panel(notebook)
    expect(panel.get_by_text(CONNECTION_ID).first).to_be_visible()
    join(panel, "room1")
    expect(panel.locator(".wpsc-group")).to_have_text("room1")
    panel.get_by_label("Message", exact=True).fill("hello")
    button(panel, "Send to group").click()
    expect(frames(panel)).to_have_count(6)
    expect(frames(panel).nth(1)).to_contain_text('→ sent{"type": "joinGroup"')
    expect(frames(panel).nth(4)).to_contain_text(re.compile("← received.*hello"))
    expect(frames(panel).nth(5)).to_contain_text("✓ ack 2")
    panel.get_by_label("Message", exact=True).fill("long" * 800)
    button(panel, "Send to group").click()
    expect(button(panel, "Show all")).to_have_count(2)
    button(panel, "Show all").first.click()
    expect(button(panel, "Show less")).to_have_attribute("aria-expanded", "true")
    button(panel, "Leave").click()
    expect(panel.locator(".wpsc-group")).to_have_count(0)
    button(panel, "Disconnect").click()
    expect(panel.get_by_role("status")).to_have_text("○ disconnected")
    assert notebook.complaints == []


def test_two_panels_chat_by_their_buttons(open_notebook):
    roles = "['webpubsub.joinLeaveGroup', 'webpubsub.sendToGroup']"
    pair = "\n".join(f"{name} = ClientPanel(lab, 'browser', '{name}', {roles})" for name in ("alice", "bob"))
    notebook = open_notebook("chat.ipynb", START, f"{pair}\ndisplay(alice, bob)")
    notebook.run_all()
    expect(panels_of(notebook)).to_have_count(2)
    for panel in panels_of(notebook).all():
        button(panel, "Connect").click()
        expect(panel.get_by_role("status")).to_have_text("● connected")
        join(panel, "room1")
        expect(panel.locator(".wpsc-group")).to_have_text("room1")
    alice, bob = panels_of(notebook).all()
    for sender, reader, text in ((alice, bob, "hello bob"), (bob, alice, "hello alice")):
        sender.get_by_label("Group", exact=True).fill("room1")
        sender.get_by_label("Message", exact=True).fill(text)
        button(sender, "Send to group").click()
        expect(frames(reader).last).to_contain_text(re.compile(f"← received.*{text}"))
    assert notebook.complaints == []


def test_what_went_wrong_stands_on_the_panel_in_words(open_notebook):
    notebook = open_notebook("errors.ipynb", START, PANEL)
    notebook.run_all()
    panel = panels_of(notebook)
    button(panel, "Join").press("Enter")
    expect(panel.get_by_role("alert")).to_have_text("Connect first.")
    button(panel, "Connect").click()
    expect(panel.get_by_role("status")).to_have_text("● connected")
    expect(panel.get_by_role("alert")).to_have_count(0)
    panel.get_by_label("Group", exact=True).fill("room2")
    panel.get_by_label("Message", exact=True).fill("{nope")
    panel.get_by_label("Data type").select_option("json")
    button(panel, "Send to group").click()
    expect(panel.get_by_role("alert")).to_contain_text("not valid JSON")
    expect(frames(panel)).to_have_count(1)
    panel.get_by_label("Message", exact=True).fill("{}")
    button(panel, "Send to group").click()
    expect(panel.get_by_role("alert")).to_contain_text("Forbidden")
    expect(frames(panel).last).to_contain_text("! ack 1 failed")
    button(panel, "Send event").click()
    expect(panel.get_by_role("alert")).to_contain_text("No upstream server handled the event")
    assert notebook.complaints == []


def test_panel_is_used_by_the_keyboard_alone(open_notebook):
    notebook = open_notebook("keyboard.ipynb", START, PANEL)
    notebook.run_all()
    panel = panels_of(notebook)
    keyboard = notebook.page.keyboard
    panel.get_by_label("User ID").focus()
    keyboard.press("Control+a")
    keyboard.type("daba")  # in command mode these letters would change the notebook
    keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_have_text("● connected")
    expect(frames(panel).first).to_contain_text('"userId":"daba"')
    keyboard.press("Enter")  # in the field it does not disconnect
    keyboard.press("Tab")
    expect(button(panel, "Disconnect")).to_be_focused()
    keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_have_text("○ disconnected")
    expect(button(panel, "Connect")).to_be_focused()
    expect(frames(panel)).to_have_count(1)
    assert notebook.complaints == []


@pytest.mark.parametrize("keys", ["Control+Enter", "Shift+Enter"])
def test_cell_is_run_from_a_button_of_its_widget_and_the_button_is_not_pressed(open_notebook, keys):
    counted = f"runs = globals().get('runs', 0) + 1\n{NAMED}\ndisplay(panel); print('run', runs)"
    notebook = open_notebook("keys.ipynb", START, counted)
    notebook.run_all()
    expect(notebook.outputs.get_by_text("run 1", exact=True)).to_be_visible()
    button(panels_of(notebook), "Connect").focus()
    notebook.page.keyboard.press(keys)
    expect(notebook.outputs.get_by_text("run 2", exact=True)).to_be_visible()
    expect(panels_of(notebook).get_by_role("status")).to_have_text("○ disconnected")
    assert notebook.complaints == []


def test_buttons_work_while_a_cell_runs(open_notebook):
    wait = "gate = asyncio.Event()\nprint('waiting')\nawait asyncio.wait_for(gate.wait(), 60)"
    notebook = open_notebook("busy.ipynb", START, PANEL, wait)
    notebook.run_all()
    expect(notebook.outputs.get_by_text("waiting")).to_be_visible()
    panel = panels_of(notebook)
    button(panel, "Connect").click()
    expect(panel.get_by_role("status")).to_have_text("● connected")
    join(panel, "room1")
    expect(frames(panel)).to_have_count(3)
    expect(notebook.page.locator(".jp-InputPrompt").nth(2)).to_have_text("[*]:")
    assert notebook.complaints == []


def test_panel_follows_what_the_code_does(open_notebook):
    code = 'await panel.connect()\nawait panel.join_group("room1")\npanel.snapshot()'
    notebook = open_notebook("code.ipynb", START, NAMED, code)
    notebook.run_all()
    panel = panels_of(notebook)
    expect(panel.get_by_role("status")).to_have_text("● connected")
    expect(frames(panel)).to_have_count(3)
    expect(notebook.outputs.locator(".jp-RenderedSVG img")).to_be_visible()
    assert notebook.complaints == []


def test_frames_are_copied_and_cleared_in_every_view_of_a_panel(open_notebook):
    notebook = open_notebook("panel_views.ipynb", START, NAMED, "panel")
    notebook.run_all()
    expect(panels_of(notebook)).to_have_count(2)
    first, second = panels_of(notebook).all()
    second.get_by_label("User ID").fill("somebody else")
    button(first, "Connect").click()
    expect(second.get_by_role("status")).to_have_text("● connected")
    expect(second.get_by_label("User ID")).to_have_value("user1")
    join(first, "room1")
    for view in (first, second):
        expect(frames(view)).to_have_count(3)
        expect(view.get_by_text("3 frames")).to_be_visible()
    button(second, "Copy as text").click()
    expect(button(second, "Copied")).to_be_visible()
    first.get_by_label("Message", exact=True).focus()
    notebook.page.keyboard.press("Control+v")
    expect(first.get_by_label("Message", exact=True)).to_have_value(re.compile('^← {"type":"system".*→ {"type": "join'))
    button(second, "Clear").click()
    for view in (first, second):
        expect(frames(view)).to_have_count(0)
    button(first, "Leave").click()
    for view in (first, second):
        expect(frames(view)).to_have_count(2)
    assert notebook.complaints == []


def test_flood_of_frames_is_shown_up_to_its_end_and_the_list_stays_bounded(open_notebook):
    flood = """
await panel.connect()
await panel.join_group("room1")
await asyncio.gather(*(panel.send_to_group("room1", f"message {number}") for number in range(150)))
"""
    notebook = open_notebook("flood.ipynb", START, NAMED, flood)
    notebook.run_all()
    panel = panels_of(notebook)
    expect(frames(panel).last).to_contain_text('"ackId":151')
    assert frames(panel).count() <= 200
    at_the_end = "log => log.scrollHeight - log.scrollTop - log.clientHeight < 2"
    assert panel.get_by_role("log", name="Frames").evaluate(at_the_end)
    assert notebook.complaints == []


def test_table_turns_from_not_there_to_there_and_says_that_the_service_is_gone(open_notebook):
    notebook = open_notebook("table.ipynb", START, NAMED, TABLE, height=1300)  # both are on the screen
    notebook.run_all()
    table = table_of(notebook)
    row = table.get_by_role("row", name="user1")
    expect(row.get_by_role("rowheader")).to_have_text("user1")
    expect(row).to_contain_text("○ not there")
    button(panels_of(notebook), "Connect").click()
    expect(row).to_contain_text("● there")
    expect(table.get_by_role("row", name="user2")).to_contain_text("○ not there")
    box = notebook.outputs.locator(".wpst")
    expect(box.get_by_role("status")).to_have_text("● live")
    run(notebook, "lab.emulator.stop()")
    expect(box.get_by_role("status")).to_have_text("! service gone")
    expect(box.get_by_role("alert")).to_contain_text("The service does not answer.")
    expect(panels_of(notebook).get_by_role("alert")).to_contain_text("The service closed the connection")
    run(notebook, "lab.close()")
    expect(box.get_by_role("status")).to_have_text("○ lab closed")
    expect(panels_of(notebook).get_by_role("alert")).to_contain_text("The lab is closed.")
    expect(button(panels_of(notebook), "Connect")).to_have_attribute("aria-disabled", "true")
    assert notebook.complaints == []


def test_kernel_that_does_not_answer_is_said_until_it_does_and_a_restarted_one_too(open_notebook):
    notebook = open_notebook("gone.ipynb", START, NAMED, TABLE, "print('kernel', os.getpid())", height=1300)
    panel = connected_panel(notebook)
    box = notebook.outputs.locator(".wpst")
    expect(box.get_by_role("status")).to_have_text("● live")
    pid = int(notebook.outputs.get_by_text(re.compile(r"^kernel \d+")).inner_text().split()[1])
    os.kill(pid, signal.SIGSTOP)
    try:
        for widget in (panel, box):
            expect(widget.get_by_role("alert")).to_contain_text("No answer from the kernel")
            expect(widget.get_by_role("status")).to_have_text("! no answer")
        expect(button(panel, "Join")).to_have_attribute("aria-disabled", "true")
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(panel.get_by_role("status")).to_have_text("● connected")
    expect(panel.get_by_role("alert")).to_have_count(0)
    expect(box.get_by_role("status")).to_have_text("● live")
    join(panel, "room1")
    expect(frames(panel)).to_have_count(3)

    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    for widget in (panel, box):
        expect(widget.get_by_role("status")).to_have_text("! kernel gone")
        expect(widget.get_by_role("alert")).to_contain_text("The kernel was restarted or is out of reach.")
    button(panel, "Leave").press("Enter")
    expect(frames(panel)).to_have_count(3)
    notebook.run_all()
    expect(panel.get_by_role("status")).to_have_text("○ disconnected")
    expect(box.get_by_role("status")).to_have_text("● live")
    button(panel, "Connect").click()
    row = table_of(notebook).get_by_role("row", name="user1")
    expect(row).to_contain_text("● there")
    notebook.run_all()  # the panel that was there leaves, the new one is not connected
    expect(panel.get_by_role("status")).to_have_text("○ disconnected")
    expect(row).to_contain_text("○ not there")
    assert notebook.complaints == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_widgets_fit_a_narrow_window(open_notebook, jupyterlab, theme):
    jupyterlab.set_theme(theme)
    notebook = open_notebook("narrow.ipynb", START, PANEL, TABLE, width=380)
    panel = connected_panel(notebook)
    join(panel, "a-group-with-a-name-of-some-length")
    expect(panel.locator(".wpsc-group")).to_be_visible()
    for widget in (".wpsc", ".wpst"):
        box = notebook.outputs.locator(widget)
        expect(box).to_be_visible()
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert notebook.complaints == []
