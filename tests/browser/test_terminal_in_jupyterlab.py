import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install wpslab[test]")
expect = sync_api.expect
expect.set_options(timeout=20_000)

START = """
import asyncio, wpslab
from wpslab.az.terminal import start_client
lab = wpslab.start()
"""
TERMINAL = """
terminal = start_client(lab, lab.connection_string, "browser", "user1")
terminal
"""
CONNECTION_ID = re.compile(r"connection [0-9a-f]{32}")
JOINED = 'Received: {"type":"ack","ackId":1,"success":true}'


def open_terminal(notebook):
    notebook.run_all()
    terminal = notebook.outputs.get_by_role("region", name="Terminal of hub browser")
    expect(terminal.get_by_role("status")).to_have_text("● connected")
    return terminal


def command(terminal):
    return terminal.get_by_label("Command")


def type_line(terminal, line):
    command(terminal).fill(line)
    command(terminal).press("Enter")


def lines(terminal):
    return terminal.get_by_role("log", name="Screen").locator(".wpsterm-line")


def test_learner_joins_and_sends_at_the_terminal(open_notebook):
    notebook = open_notebook("terminal.ipynb", START, TERMINAL)
    terminal = open_terminal(notebook)
    expect(terminal.get_by_text(CONNECTION_ID)).to_be_visible()
    expect(terminal.get_by_role("definition")).to_have_count(5)
    type_line(terminal, "joingroup group1")
    expect(lines(terminal).nth(3)).to_contain_text(JOINED)
    type_line(terminal, "sendtogroup group1 hello")
    expect(lines(terminal)).to_have_count(7)
    expect(terminal.get_by_text('"data":"hello"')).to_be_visible()
    expect(terminal.get_by_text('{"type":"ack","ackId":2,"success":true}')).to_be_visible()
    expect(command(terminal)).to_have_value("")
    expect(command(terminal)).to_be_focused()
    type_line(terminal, "event order 17")
    expect(lines(terminal).last).to_contain_text("!Received, failed: ")  # nobody handles the event
    terminal.get_by_role("button", name="Stop").click()
    expect(terminal.get_by_role("status")).to_have_text("○ closed")
    expect(lines(terminal).last).to_have_text("·^C The client has ended.")
    expect(command(terminal)).not_to_be_editable()
    terminal.get_by_role("button", name="Stop").press("Enter")
    expect(terminal.get_by_role("alert")).to_have_text("The client has ended.")
    assert notebook.complaints == []


def test_arrow_keys_bring_back_what_was_typed(open_notebook):
    notebook = open_notebook("history.ipynb", START, TERMINAL, 'terminal.enter("joingroup group0")')
    terminal = open_terminal(notebook)
    expect(lines(terminal)).to_have_count(4)
    for line in ("joingroup group1", "nope", "nope"):
        type_line(terminal, line)
    command(terminal).fill("draft")
    for key, shown in [
        ("ArrowUp", "nope"),
        ("ArrowUp", "joingroup group1"),
        ("ArrowUp", "joingroup group0"),
        ("ArrowUp", "joingroup group0"),
        ("ArrowDown", "joingroup group1"),
        ("ArrowDown", "nope"),
        ("ArrowDown", "draft"),
    ]:
        command(terminal).press(key)
        expect(command(terminal)).to_have_value(shown)
    expect(terminal.get_by_text('Invalid input "nope", use help to show usage')).to_have_count(2)
    assert notebook.complaints == []


def test_control_c_ends_the_client_unless_something_is_selected(open_notebook):
    notebook = open_notebook("keys.ipynb", START, TERMINAL)
    terminal = open_terminal(notebook)
    command(terminal).fill("help")
    command(terminal).press("Control+a")
    command(terminal).press("Control+c")
    command(terminal).press("Enter")
    expect(terminal.get_by_text("print this usage")).to_have_count(2)
    expect(terminal.get_by_role("status")).to_have_text("● connected")
    command(terminal).press("Control+c")
    expect(terminal.get_by_role("status")).to_have_text("○ closed")
    assert notebook.complaints == []


def test_terminal_works_while_a_cell_runs(open_notebook):
    wait = "gate = asyncio.Event()\nprint('waiting')\nawait asyncio.wait_for(gate.wait(), 60)"
    notebook = open_notebook("busy_terminal.ipynb", START, TERMINAL, wait)
    terminal = open_terminal(notebook)
    expect(notebook.outputs.get_by_text("waiting")).to_be_visible()
    type_line(terminal, "joingroup group1")
    expect(terminal.get_by_text(JOINED.removeprefix("Received: "))).to_be_visible()
    expect(notebook.page.locator(".jp-InputPrompt").nth(2)).to_have_text("[*]:")
    assert notebook.complaints == []


def test_two_views_of_a_terminal_show_the_same_and_a_closed_lab_ends_both(open_notebook):
    notebook = open_notebook("views.ipynb", START, TERMINAL, "terminal")
    notebook.run_all()
    terminals = notebook.outputs.get_by_role("region", name="Terminal of hub browser")
    expect(terminals).to_have_count(2)
    type_line(terminals.first, "joingroup group1")
    expect(lines(terminals.last).nth(3)).to_contain_text(JOINED)
    terminals.last.get_by_role("button", name="Copy as text").click()
    expect(terminals.last.get_by_role("button", name="Copied")).to_be_visible()
    command(terminals.first).press("Control+v")
    expect(command(terminals.first)).to_have_value(re.compile('> joingroup group1.*"success":true'))
    command(terminals.first).fill("")
    terminals.last.get_by_role("button", name="Clear").click()
    for terminal in terminals.all():
        expect(lines(terminal)).to_have_count(0)
    notebook.page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'lab.close()' }); }"
    )
    for terminal in terminals.all():
        expect(terminal.get_by_role("status")).to_have_text("○ closed")
        expect(lines(terminal).last).to_contain_text("the lab was closed")
    assert notebook.complaints == []


def test_restarted_kernel_is_said_and_what_was_typed_stays_until_the_cells_are_run_again(open_notebook):
    notebook = open_notebook("gone_terminal.ipynb", START, TERMINAL)
    terminal = open_terminal(notebook)
    command(terminal).fill("joingroup group1")
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(terminal.get_by_role("status")).to_have_text("! kernel gone")
    expect(terminal.get_by_role("alert")).to_contain_text("The kernel was restarted or is out of reach.")
    command(terminal).press("Enter")
    expect(command(terminal)).to_have_value("joingroup group1")
    terminal.get_by_role("button", name="Stop").press("Enter")
    notebook.run_all()
    expect(terminal.get_by_role("status")).to_have_text("● connected")
    type_line(terminal, "joingroup group1")
    expect(lines(terminal).nth(3)).to_contain_text(JOINED)
    assert notebook.complaints == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_terminal_fits_a_narrow_window(open_notebook, jupyterlab, theme):
    jupyterlab.set_theme(theme)
    notebook = open_notebook("narrow_terminal.ipynb", START, TERMINAL, width=380)
    terminal = open_terminal(notebook)
    type_line(terminal, "sendtogroup group1 " + "long" * 50)
    expect(lines(terminal)).to_have_count(4)
    for part in (".wpsterm", ".wpsterm-head", ".wpsterm-screen", ".wpsterm-prompt"):
        box = notebook.outputs.locator(part)
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert notebook.complaints == []
