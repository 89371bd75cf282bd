import json
import threading

import nbclient
import nbformat
import pytest

from wpslab.az.terminal import start_client
from wpslab.widgets import TerminalPanel

WIDGET = "application/vnd.jupyter.widget-view+json"
REGISTERED = """
import sys
import wpslab
from wpslab.widgets.register import register_displays
register_displays(get_ipython())
assert not {"anywidget", "ipywidgets", "websockets"} & set(sys.modules)
"""
STARTED = """
from wpslab.az.terminal import start_client
lab = wpslab.start()
terminal = start_client(lab, lab.connection_string, "hub", "user1")
terminal
"""
SHOWN_AGAIN = """
terminal.enter("joingroup room")
terminal
"""


@pytest.fixture
def start(lab):
    return lambda user_id="user1": start_client(lab, lab.connection_string, "widgets", user_id)


@pytest.fixture
def panel(start):
    return TerminalPanel(start())


def wait_until_shown(panel, text):
    """Wait until the front end was told of a row that holds a text."""
    told = threading.Event()

    def look(_change=None):
        if any(text in row[2] for row in panel.rows):
            told.set()

    panel.observe(look, "rows")
    look()
    assert told.wait(10)


def send(panel, action, **more):
    panel._handle_custom_msg({"do": action, **more}, [])


def test_panel_shows_who_is_connected_and_the_screen(panel):
    assert (panel.hub, panel.user_id, panel.state) == ("widgets", "user1", "connected")
    assert panel.connection_id == panel.terminal.connection_id
    assert [row[:2] for row in panel.rows] == [[1, "usage"], [2, "frame"]]


def test_line_typed_at_the_front_end_is_sent_and_its_ack_shown(panel):
    send(panel, "enter", line="joingroup room")
    wait_until_shown(panel, '"ackId":1')
    assert [row[1:] for row in panel.rows[2:]] == [
        ["typed", "joingroup room"],
        ["frame", '{"type":"ack","ackId":1,"success":true}'],
    ]


def test_line_typed_by_code_is_shown_on_every_panel(start):
    terminal = start()
    panels = TerminalPanel(terminal), TerminalPanel(terminal)
    terminal.enter("nope")
    for panel in panels:
        wait_until_shown(panel, 'Invalid input "nope"')


def test_stop_button_ends_the_client(panel):
    send(panel, "stop")
    wait_until_shown(panel, "^C")
    assert (panel.state, panel.terminal.state) == ("closed", "closed")
    send(panel, "enter", line="help")
    send(panel, "stop")
    assert panel.rows[-1][1] == "note"


def test_end_by_the_service_is_shown(panel, service):
    service.close_connection(panel.connection_id, reason="bed time")
    wait_until_shown(panel, "The client has ended")
    assert panel.state == "closed"
    assert "bed time" in panel.rows[-1][2]


def test_closed_lab_is_shown_at_once(panel, lab):
    lab.close()
    assert panel.state == "closed"
    assert "the lab was closed" in panel.rows[-1][2]
    assert not [thread.name for thread in threading.enumerate() if "wpslab" in thread.name]
    send(panel, "enter", line="help")
    send(panel, "stop")


def test_panel_of_an_ended_client_shows_its_last_screen(start):
    terminal = start()
    terminal.stop()
    panel = TerminalPanel(terminal)
    assert panel.state == "closed"
    assert panel.rows[-1][2] == "^C The client has ended."


def test_cleared_lines_leave_the_panel_but_not_the_terminal(start):
    terminal = start()
    panel, other = TerminalPanel(terminal), TerminalPanel(terminal)
    send(panel, "clear")
    assert (panel.cleared, panel.shown_lines, other.cleared) == (2, (), 0)
    terminal.enter("nope")
    assert repr(panel.snapshot()).splitlines()[1:] == ["> nope", '! Invalid input "nope", use help to show usage']
    assert len(terminal.lines) == len(other.shown_lines) == 4


def test_page_that_asks_whether_the_kernel_is_there_gets_an_answer_also_of_a_closed_lab(panel, lab, monkeypatch):
    answers = []
    monkeypatch.setattr(panel, "send", answers.append)
    lab.close()
    for action in ("visible", "hidden"):
        send(panel, action, view="v1")
    assert answers == [{"do": "alive"}]


@pytest.mark.parametrize("content", [{}, {"do": "enter"}, {"do": "enter", "line": 1}, {"do": "dance"}, {"do": []}])
def test_message_that_no_front_end_of_ours_sends_is_ignored(panel, content):
    before = panel.terminal.lines
    panel._handle_custom_msg(content, [])
    assert panel.terminal.lines == before


def test_closed_panel_hears_nothing_more_and_the_client_goes_on(panel):
    panel.close()
    rows = panel.rows
    panel.terminal.enter("help")
    assert panel.rows == rows
    assert panel.terminal.state == "connected"


def test_front_end_is_not_told_about_every_line_of_a_flood(panel):
    published = []
    panel.observe(lambda change: published.append(change.new[-1][0]), "rows")
    for number in range(60):
        send(panel, "enter", line=f"joingroup room{number}")
    wait_until_shown(panel, '"ackId":60')
    assert len(published) < 60


def test_long_frames_reach_the_front_end_cut(panel, service):
    service.send_to_all("x" * 10_000, content_type="text/plain")
    panel.terminal.wait_for("xxx")
    panel.terminal.stop()
    assert panel.rows[2][2].endswith("more characters)")


def test_representations_are_those_of_the_terminal_and_hold_no_token(panel):
    panel.terminal.enter("joingroup room")
    data, _ = panel._repr_mimebundle_()
    assert data["text/plain"] == "<az webpubsub client start: hub 'widgets', user 'user1'>"
    assert "joingroup room" in data["text/html"]
    assert "JupyterLab" in data["text/html"]
    shown = json.dumps([panel.get_state(), data], default=str)
    assert "eyJ" not in shown
    assert "AccessKey" not in shown


def test_snapshot_has_each_line_and_how_it_stands(panel, mask):
    panel.terminal.enter("joingroup <room>")
    panel.terminal.enter("nope")
    panel.terminal.stop()
    snapshot = panel.snapshot(last=6)
    assert mask(repr(snapshot)).splitlines() == [
        "<az webpubsub client start: hub 'widgets', user 'user1'>: closed",
        "… 1 earlier lines",
        '{"type":"system","event":"connected","userId":"user1","connectionId":"CONNECTION-ID"}',
        "> joingroup <room>",
        '{"type":"ack","ackId":1,"success":true}',
        "> nope",
        '! Invalid input "nope", use help to show usage',
        "· ^C The client has ended.",
    ]
    assert "joingroup &lt;room&gt;" in snapshot.svg()
    assert "sendtogroup &lt;group-name&gt;" in panel.snapshot().svg()


async def test_kernel_shows_a_terminal_as_a_panel_and_keeps_a_form_without_widgets(mask, monkeypatch):
    monkeypatch.delenv("WEBPUBSUB_CONNECTION_STRING", raising=False)
    cells = [REGISTERED, STARTED, SHOWN_AGAIN, "lab.close()"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells])
    await nbclient.NotebookClient(notebook, timeout=30, kernel_name="python3").async_execute()
    first, second = (cell.outputs[0].data for cell in notebook.cells[1:3])
    assert set(first) == {"text/plain", "text/html", WIDGET}
    assert first["text/plain"] == second["text/plain"] == "<az webpubsub client start: hub 'hub', user 'user1'>"
    assert first[WIDGET]["model_id"] == second[WIDGET]["model_id"]
    assert "joingroup room" not in first["text/html"]
    assert "joingroup room" in second["text/html"]
    assert all(not output for cell in (notebook.cells[0], notebook.cells[3]) for output in cell.outputs)
