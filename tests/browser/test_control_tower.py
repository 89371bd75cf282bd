import re
from pathlib import Path

import nbformat
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install wpslab[test]")
expect = sync_api.expect
expect.set_options(timeout=20_000)

CHAPTER = Path(__file__).parents[2] / "notebooks" / "08_control_tower.ipynb"
BOARD = """
import wpslab
from wpslab.course.supply_chain import SupplyChain
from wpslab.widgets import TowerBoard
lab = wpslab.start()
world = SupplyChain(seed=10)
board = TowerBoard(lab, world)
async def play():
    for report in world.step():
        board.message(report.who, "tower", report.text)
board.on_step(play)
board
"""
MESSAGES = """
await board.step(10)
board.message("WH1", "WH2", "Bitte senden Sie 25 Stück nach C1")
board.message("tower", "C2", "تأخر الطلب A2")
board.risk("Trans2", "190 minutes late with order A2")
"""


def chapter_without_its_end():
    cells = [cell.source for cell in nbformat.read(CHAPTER, as_version=4).cells if cell.cell_type == "code"]
    assert cells[-1].endswith("lab.close()")
    return cells[:-1]


def board_of(notebook):
    board = notebook.outputs.get_by_role("region", name="Control tower")
    expect(board.get_by_role("status")).to_be_visible()
    return board


def clock(board):
    return board.locator(".wpstower-clock")


def test_learner_drives_the_tower_of_the_chapter(open_notebook):
    notebook = open_notebook("tower.ipynb", *chapter_without_its_end())
    notebook.run_all()
    board = board_of(notebook)
    expect(clock(board)).to_have_text("11:30", timeout=60_000)
    log = board.get_by_role("log", name="Messages")
    expect(log).to_contain_text("WH1 → WH2directPlease send 30 units to C1")
    expect(log).to_contain_text("tower → Trans2from the towerTake the route via C2")
    expect(log).to_contain_text("Bestellung A2 wurde geliefert")
    expect(board.get_by_role("row", name="A2")).to_contain_text("delivered 11:20, in time")
    board.get_by_role("button", name="Step").click()
    expect(clock(board)).to_have_text("11:40")
    expect(log).to_contain_text("no more storm on the road C1–WH1")
    board.get_by_label("Speed").select_option("4")
    board.get_by_role("button", name="Run").click()
    expect(board.get_by_role("status")).to_have_text("▶ running")
    expect(clock(board)).to_have_text(re.compile("1[2-7]:[0-5]0"))
    board.get_by_role("button", name="Pause").click()
    expect(board.get_by_role("status")).to_have_text("❚❚ paused")
    expect(board.get_by_role("alert")).to_have_count(0)
    notebook.keep_picture("chapter_8_tower_board", board)
    assert notebook.complaints == []


def test_board_is_driven_by_the_keyboard_and_messages_are_seen_moving(open_notebook):
    notebook = open_notebook("tower_keys.ipynb", BOARD, "board")
    notebook.run_all()
    boards = notebook.outputs.get_by_role("region", name="Control tower")
    expect(boards).to_have_count(2)
    first, second = boards.all()
    step = first.get_by_role("button", name="Step")
    step.focus()
    notebook.page.keyboard.press("Enter")
    expect(first.locator(".wpstower-dot.wpstower-up").first).to_be_attached()
    for view in (first, second):
        expect(clock(view)).to_have_text("08:10")
        expect(view.get_by_role("log").locator(".wpstower-line")).to_have_count(4)
    expect(first.locator(".wpstower-dots > *")).to_have_count(0)  # each comes to its end
    notebook.page.keyboard.press("Tab")
    expect(first.get_by_role("button", name="Run")).to_be_focused()
    notebook.page.keyboard.press("Space")
    expect(first.get_by_role("status")).to_have_text("▶ running")
    notebook.page.keyboard.press("Tab")
    notebook.page.keyboard.press("Space")
    expect(second.get_by_role("status")).to_have_text("❚❚ paused")
    expect(first.get_by_role("button", name="Pause")).to_be_focused()
    assert notebook.complaints == []


def test_closed_lab_and_a_step_that_fails_are_seen(open_notebook):
    failing = "async def fail():\n    raise ConnectionError('the client is gone')\nboard.on_step(fail)"
    notebook = open_notebook("tower_closed.ipynb", BOARD, failing)
    notebook.run_all()
    board = board_of(notebook)
    expect(notebook.page.locator(".jp-InputPrompt").nth(1)).to_have_text("[2]:")
    board.get_by_role("button", name="Run").click()
    expect(board.get_by_text("The step failed: the client is gone")).to_be_visible()
    expect(board.get_by_role("status")).to_have_text("❚❚ paused")
    notebook.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'lab.close()' }).done.then(() => {})"
    )
    expect(board.get_by_role("status")).to_have_text("○ the lab is closed")
    expect(board.get_by_role("button", name="Step")).to_have_attribute("aria-disabled", "true")
    assert notebook.complaints == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_board_fits_a_narrow_window_and_needs_no_motion(open_notebook, jupyterlab, theme):
    jupyterlab.set_theme(theme)
    notebook = open_notebook("tower_narrow.ipynb", BOARD, MESSAGES, width=380)
    notebook.page.emulate_media(reduced_motion="reduce")
    notebook.run_all()
    board = board_of(notebook)
    expect(clock(board)).to_have_text("09:40")
    expect(board.get_by_role("log")).to_contain_text("تأخر الطلب A2")
    expect(board.get_by_role("img", name=re.compile("Storm on the road WH1–C1"))).to_be_visible()
    assert board.evaluate("box => box.scrollWidth <= box.clientWidth")
    width = board.evaluate("box => box.getBoundingClientRect().right")
    rights = board.locator(".wpstower-sites rect").evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")
    assert max(rights) <= width
    notebook.keep_picture(f"tower_board_narrow_{theme.rpartition(' ')[2].lower()}", board)
    assert notebook.complaints == []
