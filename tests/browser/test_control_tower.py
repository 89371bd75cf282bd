import os
import re
import signal
from pathlib import Path

import nbformat
import pytest

from wpslab.course.supply_chain import SupplyChain
from wpslab.widgets.tower_map import MapLayout
from wpslab.widgets.tower_scene import scene_of

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

OVERLAPS = """cards => {
  const boxes = cards.map(card => [card.dataset.name, card.querySelector('rect').getBoundingClientRect()]);
  const pairs = boxes.flatMap((one, number) => boxes.slice(number + 1).map(other => [one, other]));
  const depth = (a, b) => Math.min(
    Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  return pairs.filter(([[, a], [, b]]) => depth(a, b) > 5).map(([[a], [b]]) => `${a} on ${b}`);
}"""

PLACES = """svg => Object.fromEntries(
  [...svg.querySelectorAll('[data-name]')].flatMap(card => {
    const [x, y] = (card.getAttribute('transform') ?? card.style.transform).match(/-?[0-9.]+/g).map(Number);
    return [[`${card.dataset.name} x`, x], [`${card.dataset.name} y`, y]];
  }))"""


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


def execute(notebook, code):
    """Run code in the kernel, and wait until it has run."""
    notebook.page.evaluate(
        "code => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code }).done.then(() => {})",
        code,
    )


def run_from(notebook, first, *, only=False):
    """Run one cell, or that and all below, without waiting for them."""
    notebook.page.evaluate(
        """([first, command]) => {
          const { content } = window.jupyterapp.shell.currentWidget;
          content.deselectAll();
          content.activeCellIndex = first;
          window.jupyterapp.commands.execute(command);
        }""",
        [first, "notebook:run-cell" if only else "notebook:run-all-below"],
    )


def test_learner_drives_the_tower_of_the_chapter(open_notebook):
    notebook = open_notebook("tower.ipynb", *chapter_without_its_end())
    notebook.run_all()
    board = board_of(notebook)
    expect(clock(board)).to_have_text("11:30", timeout=60_000)
    log = board.get_by_role("log", name="Messages")
    expect(log).to_contain_text("09:10, WH1 → WH2, direct: Please send 30 units to C1")
    expect(log).to_contain_text("10:00, tower → Trans2, from the tower: Take the route via C2")
    expect(log).to_contain_text("La commande A2 a été livrée")
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


def test_day_is_begun_again_by_running_the_cells_again_while_the_board_runs(open_notebook):
    cells = chapter_without_its_end()
    first = next(number for number, source in enumerate(cells) if "TowerBoard(" in source)
    notebook = open_notebook("tower_again.ipynb", *cells)
    notebook.run_all()
    board = board_of(notebook)
    expect(clock(board)).to_have_text("11:30", timeout=60_000)
    board.get_by_label("Speed").select_option("4")
    board.get_by_role("button", name="Run").click()
    expect(clock(board)).to_have_text(re.compile("1[2-5]:"))
    run_from(notebook, first)
    expect(clock(board)).to_have_text("11:30", timeout=60_000)  # and there it stays
    expect(board.get_by_role("status")).to_have_text("❚❚ paused")
    expect(board.get_by_text("Take the route via C2")).to_have_count(1)
    expect(board.get_by_role("alert")).to_have_count(0)
    assert notebook.complaints == []


def test_board_waits_for_its_first_step_and_says_so(open_notebook):
    head, _, tail = BOARD.partition("async def play")
    notebook = open_notebook("tower_waits.ipynb", head + "board", "async def play" + tail.removesuffix("board\n"))
    run_from(notebook, 0, only=True)
    board = board_of(notebook)
    expect(board.get_by_role("status")).to_have_text("○ waits for its first step")
    step = board.get_by_role("button", name="Step")
    expect(step).to_have_attribute("aria-disabled", "true")
    step.press("Enter")
    expect(board.get_by_role("alert")).to_contain_text("There is no step to play yet")
    expect(clock(board)).to_have_text("08:00")
    run_from(notebook, 1)
    expect(board.get_by_role("status")).to_have_text("❚❚ paused")
    expect(board.get_by_role("alert")).to_have_count(0)
    step.click()
    expect(clock(board)).to_have_text("08:10")
    assert notebook.complaints == []


def test_running_board_whose_kernel_is_gone_says_so_by_itself(open_notebook):
    notebook = open_notebook("tower_gone.ipynb", "import os\nprint('kernel', os.getpid())", BOARD)
    notebook.run_all()
    board = board_of(notebook)
    board.get_by_label("Speed").select_option("0.5")
    board.get_by_role("button", name="Run").click()
    expect(board.get_by_role("status")).to_have_text("▶ running")
    pid = int(notebook.outputs.get_by_text(re.compile(r"^kernel \d+")).inner_text().split()[1])
    os.kill(pid, signal.SIGSTOP)
    try:
        expect(board.get_by_role("status")).to_have_text("! no answer")
        expect(board.get_by_role("alert")).to_contain_text("No answer from the kernel")
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(board.get_by_role("status")).to_have_text("▶ running")
    expect(board.get_by_role("alert")).to_have_count(0)
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(board.get_by_role("status")).to_have_text("! kernel gone")
    expect(board.get_by_role("alert")).to_contain_text("The kernel was restarted or is out of reach.")
    expect(board.get_by_role("button", name="Pause")).to_have_attribute("aria-disabled", "true")
    board.get_by_role("button", name="Pause").press("Enter")
    board.get_by_label("Speed").select_option("4")
    expect(board.get_by_label("Speed")).to_have_value("0.5")
    notebook.keep_picture("tower_board_kernel_gone", board)
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
    expect(first.locator(".wpstower-dots .wpstower-up").first).to_be_attached()
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
    expect(board.get_by_text("The step failed: the client is gone – lab.explain() may say more.")).to_be_visible()
    expect(board.get_by_role("status")).to_have_text("❚❚ paused")
    execute(notebook, "lab.close()")
    expect(board.get_by_role("status")).to_have_text("○ closed")
    expect(board.get_by_role("button", name="Step")).to_have_attribute("aria-disabled", "true")
    assert notebook.complaints == []


def test_live_map_and_snapshot_put_things_in_the_same_places(open_notebook):
    notebook = open_notebook("tower_places.ipynb", BOARD)
    notebook.run_all()
    board = board_of(notebook)
    world, drawn = SupplyChain(seed=10), board.locator(".wpstower-svg")
    for steps in (7, 5, 19, 3):  # docked, driving, both on one road, both at its end
        execute(notebook, f"await board.step({steps})")
        for _ in range(steps):
            world.step()
        expect(clock(board)).to_have_text(world.clock)
        places = drawn.evaluate(PLACES)
        width = drawn.evaluate("svg => svg.viewBox.baseVal.width")
        assert places == pytest.approx(flat(MapLayout(scene_of(world.view(), {}), width, 360).places), abs=0.1)
    assert notebook.complaints == []


def flat(places):
    return {f"{name} {axis}": value for name, at in places.items() for axis, value in zip("xy", at, strict=True)}


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
    cards = board.locator(".wpstower-sites > g, .wpstower-trucks > g")
    assert cards.evaluate_all(OVERLAPS) == []
    notebook.keep_picture(f"tower_board_narrow_{theme.rpartition(' ')[2].lower()}", board)
    assert notebook.complaints == []
