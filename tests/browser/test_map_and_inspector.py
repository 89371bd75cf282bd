import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install wpslab[test]")
expect = sync_api.expect
expect.set_options(timeout=20_000)

START = """
import asyncio, wpslab
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from wpslab.upstream import WebPubSubEventHandler
from wpslab.widgets import ClientPanel, Inspector, ServiceMap
lab = wpslab.start()
service = WebPubSubServiceClient.from_connection_string(lab.connection_string, hub="browser")
roles = ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"]
alice, bob = (ClientPanel(lab, "browser", name, roles) for name in ("alice", "bob"))
"""
MAP = 'service_map = ServiceMap(lab, "browser")\nservice_map'
INSPECTOR = 'inspector = Inspector(lab, "browser")\ninspector'
EVENTS = """
server = WebPubSubEventHandler(connection_string=lab.connection_string)

@server.user_event("order")
def order(request):
    return "thank you"

@server.user_event("broken")
def broken(request):
    return 1 / 0

lab.attach_upstream("browser", server)
print("attached")
"""
STORY = """
plain = ClientPanel(lab, "browser", None, subprotocol=None)
for client in (alice, bob, plain):
    await client.connect()
for client in (alice, bob):
    await client.join_group("room1")
await bob.join_group("room2")
await alice.send_to_group("room1", "hello")
await alice.send_event("order", "17")
service.send_to_group("room2", {"order": 17})
print("told")
"""


def run(notebook, code):
    """Run code in the kernel, not in a cell, and do not wait for it."""
    notebook.page.evaluate(
        "code => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code }); }",
        code,
    )


def map_of(notebook):
    return notebook.outputs.get_by_role("region", name="Map of hub browser")


def inspector_of(notebook):
    return notebook.outputs.get_by_role("region", name="Inspector of hub browser")


def copied(notebook, inspector):
    """Press the button, and return what the clipboard holds then."""
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    inspector.get_by_role("button", name="Copy as text").click()
    expect(inspector.get_by_role("button", name="Copied")).to_be_visible()
    text = notebook.page.evaluate("() => navigator.clipboard.readText()")
    notebook.page.context.clear_permissions()
    return text


def box(area, kind, name):
    return area.locator(f'.wpsmap-node[data-kind="{kind}"]').filter(has_text=name)


def rows(inspector):
    return inspector.get_by_role("listbox", name="Entries").get_by_role("option")


def test_map_follows_a_client_that_connects_joins_sends_and_leaves(open_notebook):
    notebook = open_notebook("map.ipynb", START, EVENTS, MAP)
    notebook.run_all()
    area = map_of(notebook)
    expect(area.get_by_role("status").first).to_have_text("● live")
    expect(box(area, "missing", "no connection")).to_be_visible()
    expect(box(area, "upstream", "1 handler")).to_be_visible()
    run(notebook, "await alice.connect()")
    expect(box(area, "user", "alice")).to_be_visible()
    run(notebook, "await alice.join_group('room1')")
    expect(box(area, "group", "room1")).to_be_visible()
    expect(area.locator(".wpsmap-member")).to_have_count(1)
    box(area, "hub", "hub browser").focus()
    notebook.page.keyboard.press("ArrowDown")
    expect(box(area, "user", "alice")).to_be_focused()
    expect(area.get_by_text(re.compile(r"connection [0-9a-f]{32}"))).to_be_visible()
    area.get_by_text("The same as a list").click()
    expect(area.get_by_role("listitem").filter(has_text="user alice: json in room1")).to_be_visible()
    notebook.page.evaluate(
        """() => {
            window.marks = new Set();
            const look = (records) => records.forEach((record) => record.addedNodes.forEach((node) => {
                window.marks.add(node.getAttribute("class").split("-").pop());
            }));
            new MutationObserver(look).observe(document.querySelector(".wpsmap-marks"), { childList: true });
        }"""
    )
    run(notebook, "await alice.send_to_group('room1', 'hi'); await alice.send_event('order', '17')")
    run(notebook, "service.send_to_all('hello', content_type='text/plain')")
    for kind in ("in", "out", "ack", "event", "answer", "rest"):
        notebook.page.wait_for_function("kind => window.marks.has(kind)", arg=kind)
    run(notebook, "await alice.disconnect()")
    expect(box(area, "user", "alice")).to_have_count(0)
    expect(area.locator(".wpsmap-news")).to_contain_text("0 connections")
    notebook.keep_picture("service_map", area)
    assert notebook.complaints == []


def test_inspector_is_filtered_paused_and_shows_one_entry_in_full(open_notebook):
    notebook = open_notebook("inspector.ipynb", START, EVENTS, INSPECTOR, STORY)
    notebook.run_all()
    inspector = inspector_of(notebook)
    expect(rows(inspector).filter(has_text='message in room2: {"order": 17}')).to_be_visible()
    inspector.get_by_label("Show").select_option("REST calls")
    expect(rows(inspector)).to_have_count(1)
    inspector.get_by_label("Show").select_option("everything")
    inspector.get_by_label("Client").select_option("bob")
    inspector.get_by_label("Text").fill("ROOM2")
    expect(rows(inspector)).to_have_count(3)
    rows(inspector).first.click()
    details = inspector.get_by_role("region", name="Entry")
    expect(details).to_contain_text('"group": "room2"')
    inspector.get_by_role("listbox").press("ArrowDown")
    expect(rows(inspector).nth(1)).to_have_attribute("aria-selected", "true")
    inspector.get_by_label("Text").fill("")
    inspector.get_by_role("button", name="Pause").click()
    expect(inspector.get_by_role("status")).to_have_text("‖ paused")
    run(notebook, "await bob.send_to_group('room1', 'while paused')")
    expect(inspector.get_by_role("status")).to_have_text("‖ paused · 3 new")
    expect(rows(inspector).filter(has_text="while paused")).to_have_count(0)
    inspector.get_by_role("button", name="Resume").click()
    expect(rows(inspector).filter(has_text="while paused").first).to_be_attached()
    run(notebook, "await bob.send_event('broken', '17')")
    inspector.get_by_label("Show").select_option("failures")
    rows(inspector).filter(has_text="failed").first.click()
    expect(inspector.get_by_text("ZeroDivisionError")).to_be_visible()
    inspector.get_by_label("Show").select_option("everything")
    inspector.get_by_role("button", name="Diagram").click()
    expect(inspector.locator(".wpsin-step").filter(has_text="while paused").first).to_be_attached()
    notebook.keep_picture("inspector_diagram", inspector)
    assert "bob → service: sendToGroup room1: while paused" in copied(notebook, inspector)
    inspector.get_by_role("button", name="Clear").click()
    expect(inspector.get_by_text("Nothing happened since it was cleared.")).to_be_visible()
    assert notebook.complaints == []


def test_two_views_show_the_same_and_a_closed_lab_is_said_on_both_widgets(open_notebook):
    notebook = open_notebook("two_views.ipynb", START, INSPECTOR, "inspector", MAP, "await alice.connect()")
    notebook.run_all()
    inspectors = inspector_of(notebook)
    expect(inspectors).to_have_count(2)
    for inspector in inspectors.all():
        inspector.scroll_into_view_if_needed()
        expect(rows(inspector)).to_have_count(2)
    inspectors.first.get_by_label("Text").fill("json")
    for inspector in inspectors.all():
        expect(rows(inspector)).to_have_count(1)
        expect(inspector.get_by_label("Text")).to_have_value("json")
        expect(inspector.get_by_text("1 of 2 entries")).to_be_visible()
    run(notebook, "lab.close()")
    for area in (*inspectors.all(), map_of(notebook)):
        expect(area.get_by_role("status").first).to_have_text("○ lab closed")
        expect(area.get_by_text("The lab is closed.")).to_be_visible()
    assert notebook.complaints == []


def test_restarted_kernel_is_said_and_cells_that_are_run_again_work(open_notebook):
    notebook = open_notebook("restart.ipynb", START, MAP, INSPECTOR)
    notebook.run_all()
    expect(map_of(notebook).get_by_role("status").first).to_have_text("● live")
    notebook.page.evaluate("() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }")
    expect(map_of(notebook).get_by_text("No answer from the kernel")).to_be_visible(timeout=30_000)
    for area in (map_of(notebook), inspector_of(notebook)):
        expect(area.get_by_role("status").first).to_have_text("! no answer", timeout=30_000)
    notebook.run_all()
    for area in (map_of(notebook), inspector_of(notebook)):
        expect(area.get_by_text("No answer from the kernel")).to_have_count(0)
        expect(area.get_by_role("status").first).to_have_text("● live")
    assert notebook.complaints == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_map_and_inspector_fit_a_narrow_window_and_need_no_motion(open_notebook, jupyterlab, theme):
    jupyterlab.set_theme(theme)
    notebook = open_notebook(
        "narrow_map.ipynb", START, MAP, INSPECTOR, STORY.replace("send_event", "send_to_group"), width=380
    )
    notebook.page.emulate_media(reduced_motion="reduce")
    notebook.run_all()
    expect(box(map_of(notebook), "group", "room2")).to_be_visible()
    expect(map_of(notebook).locator(".wpsmap-mark")).to_have_count(0)  # ways light up, nothing moves
    inspector_of(notebook).scroll_into_view_if_needed()
    expect(rows(inspector_of(notebook)).last).to_be_attached()
    for part in (".wpsmap", ".wpsin", ".wpsin-tools", ".wpsin-list"):
        assert notebook.outputs.locator(part).evaluate("box => box.scrollWidth <= box.clientWidth")
    inspector_of(notebook).get_by_role("button", name="Diagram").click()
    expect(inspector_of(notebook).locator(".wpsin-step").last).to_be_attached()
    name = theme.rpartition(" ")[2].lower()
    notebook.keep_picture(f"inspector_diagram_narrow_{name}", inspector_of(notebook))
    notebook.keep_picture(f"service_map_narrow_{name}", map_of(notebook))
    assert notebook.complaints == []
