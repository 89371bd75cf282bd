"""Chapters as a learner sees them: every cell run in JupyterLab, and then their widgets used by hand."""

import shutil
from pathlib import Path

import nbformat
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install wpslab[test]")
expect = sync_api.expect
expect.set_options(timeout=20_000)

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PATIENCE = 60_000
# What the users of chapter 7 read in the end, each in the language of the phone.
OWNERS = {"user2": "ありがとう", "user4": "Danke"}


def run_chapter(open_notebook, jupyterlab, name):
    """Open a chapter and run all of its cells but the last ones, which end the lab."""
    cells = nbformat.read(NOTEBOOKS / name, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert code[-1].source.endswith("lab.close()")
    end = next(index for index, cell in enumerate(cells) if "## Clean up" in cell.source)
    for folder in ("functions", "images"):
        shutil.copytree(NOTEBOOKS / folder, jupyterlab.folder / folder, dirs_exist_ok=True)
    for cell in code:
        cell.outputs, cell.execution_count = [], None
    last = nbformat.v4.new_code_cell("print('everything', 'ran')")
    notebook = open_notebook(name, *cells[:end], last)
    notebook.run_all()
    expect(notebook.outputs.get_by_text("everything ran", exact=True)).to_be_attached(timeout=PATIENCE)
    return notebook


def test_terminals_of_chapter_2_speak_with_each_other(open_notebook, jupyterlab):
    notebook = run_chapter(open_notebook, jupyterlab, "02_connect_clients.ipynb")
    terminals = notebook.outputs.get_by_role("region", name="Terminal of hub connect_clients")
    expect(terminals).to_have_count(2)
    for terminal in (terminals.first, terminals.last):
        terminal.get_by_role("textbox").fill("joingroup group1")
        terminal.get_by_role("textbox").press("Enter")
        expect(terminal.get_by_text('{"type":"ack","ackId":1,"success":true}')).to_be_visible()
    terminals.last.get_by_role("textbox").fill("sendtogroup group1 hello from user2")
    terminals.last.get_by_role("textbox").press("Enter")
    expect(terminals.first.get_by_text('"fromUserId":"user2"')).to_contain_text("hello from user2")
    notebook.keep_picture("chapter_2_terminal", terminals.first)
    assert notebook.complaints == []


def test_inspector_of_chapter_5_is_filtered(open_notebook, jupyterlab):
    notebook = run_chapter(open_notebook, jupyterlab, "05_upstream_server.ipynb")
    inspector = notebook.outputs.get_by_role("region", name="Inspector of hub upstream_server")
    rows = inspector.get_by_role("option")
    inspector.get_by_label("Show").select_option("everything")
    inspector.get_by_label("Text").fill("hello functions")
    expect(rows.filter(has_text="event message: hello functions").first).to_be_visible()
    expect(rows.filter(has_text="good morning")).to_have_count(0)
    inspector.get_by_label("Text").fill("")
    inspector.get_by_label("Show").select_option("failures")
    expect(rows.filter(has_text="failed").first).to_be_visible()
    notebook.keep_picture("chapter_5_inspector", inspector)
    assert notebook.complaints == []


def test_phones_of_chapter_7_translate_what_is_typed(open_notebook, jupyterlab):
    notebook = run_chapter(open_notebook, jupyterlab, "07_translator_chat.ipynb")
    chat = {user: notebook.outputs.get_by_role("region", name=f"Phone of {user}", exact=True).last for user in OWNERS}
    sender = notebook.outputs.get_by_role("region", name="Phone of user1", exact=True).last
    for phone in (sender, *chat.values()):
        expect(phone.get_by_role("status")).to_have_text("● connected")
    sender.get_by_label("Message", exact=True).fill("Thank you")
    sender.get_by_label("Message", exact=True).press("Enter")
    for user, text in OWNERS.items():
        expect(chat[user].get_by_role("log", name="Messages").locator(".wpsphone-text").last).to_have_text(text)
    notebook.keep_picture("chapter_7_phones")
    assert notebook.complaints == []
