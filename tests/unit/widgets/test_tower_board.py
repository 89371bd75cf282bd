import asyncio
import json
import threading
from xml.etree import ElementTree

import pytest

from wpslab.course.supply_chain import SupplyChain
from wpslab.errors import LabError
from wpslab.widgets import TowerBoard
from wpslab.widgets.tower_log import KEPT_LINES, KEPT_MOVES, SHOWN_LINES, MessageLog
from wpslab.widgets.tower_map import SITE_HEIGHT, SITE_WIDTH, TRUCK_WIDTH, MapLayout, truck_height
from wpslab.widgets.tower_scene import scene_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def make_board(lab):
    return lambda seed=10: TowerBoard(lab, SupplyChain(seed))


@pytest.fixture
async def board(make_board):
    return make_board()


async def until(board, trait, condition):
    """Wait until a trait of the front end is as it shall be."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    look = lambda _=None: loop.call_soon_threadsafe(changed.set)  # noqa: E731
    board.observe(look, trait)
    async with asyncio.timeout(10):
        while not condition(getattr(board, trait)):
            await changed.wait()
            changed.clear()
    board.unobserve(look, trait)


def texts(board):
    return [line[4] for line in board.lines]


# What it shows


async def test_new_board_shows_the_world_before_the_first_step(board):
    assert board.state == "ready"
    assert board.scene["clock"] == "08:00"
    assert [site[0] for site in board.scene["sites"]] == ["F1", "WH1", "WH2", "C1", "C2"]
    assert board.scene["orders"] == []
    assert board.lines == board.moves == []


async def test_step_lets_ten_minutes_go_by_and_shows_what_became(board):
    await board.step()
    await until(board, "scene", lambda scene: scene["clock"] == "08:10")
    assert [row[:4] for row in board.scene["orders"]] == [["A1", "C2", "WH2", 20]]
    await board.step(2)
    assert board.world.clock == "08:30"


async def test_step_is_played_by_the_function_that_was_given(board):
    async def play():
        for report in board.world.step():
            board.message(report.who, "tower", report.text)

    board.on_step(play)
    await board.step()
    await until(board, "lines", lambda lines: len(lines) == 4)
    assert board.lines[0] == [1, "08:10", "C2", "tower", "order A1: 20 units by 10:30", "up"]


async def test_only_a_function_can_play(board):
    with pytest.raises(TypeError, match="coroutine function, not by 7"):
        board.on_step(7)


async def test_messages_are_of_three_kinds_and_those_without_a_text_only_move(board):
    board.message("WH1", "WH2", "hello")
    board.message("Trans1", "tower")
    board.message("tower", "C1", "delayed")
    await until(board, "moves", lambda moves: len(moves) == 3)
    assert [move[1:] for move in board.moves] == [
        ["WH1", "WH2", "direct"],
        ["Trans1", "tower", "up"],
        ["tower", "C1", "down"],
    ]
    assert texts(board) == ["hello", "delayed"]


async def test_messages_from_other_threads_are_shown(board):
    threads = [threading.Thread(target=board.message, args=("WH1", "WH2", f"text {n}")) for n in range(10)]
    for thread in threads:
        thread.start()
    await until(board, "lines", lambda lines: len(lines) == 10)
    assert [line[0] for line in board.lines] == list(range(1, 11))


async def test_risk_is_shown_until_it_is_none_any_more(board):
    board.risk("Trans2", "40 minutes late")
    board.risk("WH1", "stock is low")
    board.risk("Trans2", "50 minutes late")
    await until(board, "scene", lambda scene: len(scene["risks"]) == 2)
    assert board.scene["risks"] == [["WH1", "stock is low"], ["Trans2", "50 minutes late"]]
    board.risk("WH1")
    board.risk("nobody")
    await until(board, "scene", lambda scene: len(scene["risks"]) == 1)


async def test_front_end_is_not_told_of_every_message_of_a_flood(board):
    published = []
    board.observe(lambda change: published.append(change.new), "moves")
    for number in range(2_000):
        board.message("WH1", "WH2", f"text {number}")
    await until(board, "lines", lambda lines: bool(lines) and lines[-1][4] == "text 1999")
    assert len(published) < 40
    assert len(board.lines) == SHOWN_LINES
    assert len(board.moves) == KEPT_MOVES


def test_log_keeps_the_last_messages_and_cuts_long_ones():
    log = MessageLog()
    for number in range(KEPT_LINES + 5):
        log.add("08:00", "WH1", "WH2", f"{number} " + "x" * 1_000)
    assert len(log.lines()) == KEPT_LINES
    assert log.lines()[-1].number == KEPT_LINES + 5
    assert len(log.lines()[-1].text) == 300


# Driving it


async def test_step_button_steps_once(board, click):
    await click(board, "step", click="a")
    await until(board, "scene", lambda scene: scene["clock"] == "08:10")
    assert board.heard == "a"
    assert board.state == "ready"


async def test_board_runs_until_it_is_paused(board, click):
    await click(board, "speed", speed=4)
    await click(board, "run")
    assert board.state == "running"
    await until(board, "scene", lambda scene: scene["clock"] >= "08:20")
    await click(board, "step")  # not while it runs
    await click(board, "pause")
    assert board.state == "ready"
    minute = board.world.minute
    await board.step()
    assert board.world.minute == minute + 10


async def test_running_ends_with_the_day(board, click):
    board.world.minute = 590
    board.run()
    await until(board, "state", lambda state: state == "over")
    assert board.world.clock == "18:00"
    for action in ("step", "run", "pause"):
        await click(board, action)
    await board.step()
    assert (board.state, board.world.clock) == ("over", "18:00")


async def test_run_twice_plays_once(board, click):
    steps = []

    async def play():
        steps.append(board.world.minute)
        board.world.step()

    board.on_step(play)
    board.speed = 0.5
    board.run()
    board.run()
    await until(board, "scene", lambda scene: scene["clock"] == "08:10")
    await click(board, "pause")
    assert steps == [0]


async def test_steps_do_not_overlap(board):
    inside = []

    async def play():
        inside.append("in")
        await asyncio.sleep(0)
        assert inside == ["in"]
        inside.pop()
        board.world.step()

    board.on_step(play)
    await asyncio.gather(*(board.step() for _ in range(5)))
    assert board.world.clock == "08:50"


async def test_step_by_a_button_runs_on_the_loop_of_the_cells(board, click):
    loops = []

    async def play():
        loops.append(asyncio.get_running_loop())

    board.on_step(play)
    await click(board, "step")
    assert loops == [asyncio.get_running_loop()]


async def test_failing_step_is_shown_and_ends_the_run(board, click):
    async def play():
        raise ConnectionError("the client is gone")

    board.on_step(play)
    board.run()
    await until(board, "error", bool)
    assert board.error == "The step failed: the client is gone"
    assert board.state == "ready"
    with pytest.raises(ConnectionError):
        await board.step()
    board.on_step(lambda: asyncio.sleep(0))
    await click(board, "step")
    assert board.error == ""


async def test_step_that_never_ends_is_given_up(board, monkeypatch):
    monkeypatch.setattr("wpslab.widgets.tower_board.STEP_TIMEOUT", 0.01)
    board.on_step(asyncio.Event().wait)
    with pytest.raises(LabError, match=r"not over after 0\.01 seconds"):
        await board.step()


@pytest.mark.parametrize(
    "content",
    [{}, {"do": "dance"}, {"do": []}, {"do": "speed"}, {"do": "speed", "speed": 3}, {"do": "speed", "speed": "fast"}],
)
async def test_message_that_no_front_end_of_ours_sends_is_ignored(board, content):
    board._handle_custom_msg(content, [])
    assert (board.state, board.speed, board.world.minute) == ("ready", 1.0, 0)


def test_board_made_outside_an_event_loop_plays_on_the_labs(make_board, lab):
    board = make_board()
    lab.background.submit(board.step()).result(10)
    assert board.world.clock == "08:10"


# The end


async def test_closed_lab_is_shown_and_steps_say_so(board, lab, click):
    board.run()
    await until(board, "state", lambda state: state == "running")
    await asyncio.to_thread(lab.close)
    assert board.state == "closed"
    with pytest.raises(LabError, match="closed"):
        await board.step()
    board.message("WH1", "WH2", "too late")
    assert texts(board) == ["too late"]
    board._handle_custom_msg({"do": "step"}, [])
    board._handle_custom_msg({"do": "run"}, [])
    assert board.state == "closed"
    assert "closed" in board.error


async def test_closed_board_does_not_run_on(board):
    board.run()
    await until(board, "state", lambda state: state == "running")
    board.close()
    assert board.state == "ready"


async def test_cell_run_again_makes_a_new_board_and_the_old_one_is_harmless(make_board):
    old, new = make_board(), make_board()
    await new.step()
    assert (old.world.clock, new.world.clock) == ("08:00", "08:10")


# How it is saved


async def test_representations_are_short_and_stable(make_board):
    board = make_board()
    before, _ = board._repr_mimebundle_()
    await board.step()
    data, _ = board._repr_mimebundle_()
    assert data["text/plain"] == "TowerBoard(seed=10)"
    assert data["text/html"] == before["text/html"]
    assert "JupyterLab a live map" in data["text/html"]
    assert "AccessKey" not in json.dumps(board.get_state(), default=str)


async def play_the_morning(board):
    await board.step(7)
    board.message("WH1", "WH2", "Please send 25 units to C1 <now>")
    board.message("tower", "C1", "注文A2は遅れています")
    board.message("a guest", "WH1", "hello")
    board.risk("WH1", "stock is low")
    return board.snapshot()


async def test_snapshot_says_what_the_board_shows(board):
    snapshot = await play_the_morning(board)
    assert repr(snapshot).splitlines() == [
        "TowerBoard(seed=10) at 09:10",
        "F1: 20 ready",
        "WH1: 20 in stock",
        "WH2: 60 in stock",
        "C1: 0 received",
        "C2: 20 received",
        "Trans1: at F1, free",
        "Trans2: at C2, free",
        "Risk: WH1: stock is low",
        "Order A1: 20 units, WH2 → C2, due 10:30: delivered 09:00, in time",
        "Order A2: 30 units, WH1 → C1, due 11:30: waiting for stock",
        "09:10 WH1 → WH2: Please send 25 units to C1 <now>",
        "09:10 tower → C1: 注文A2は遅れています",
        "09:10 a guest → WH1: hello",
    ]
    assert repr(board.snapshot(last=1)).endswith("stock\n09:10 a guest → WH1: hello")
    assert repr(board.snapshot(last=0)).endswith("waiting for stock")


async def test_snapshots_of_the_same_story_are_the_same(make_board):
    first, second = await play_the_morning(make_board()), await play_the_morning(make_board())
    assert first == second


async def test_picture_is_well_formed_and_draws_the_messages_of_the_last_step(board):
    snapshot = await play_the_morning(board)
    assert set(snapshot._repr_mimebundle_()) == {"text/plain", "image/svg+xml"}
    svg = ElementTree.fromstring(snapshot.picture)
    assert svg.get("role") == "img"
    assert svg.find(f"{SVG}title").text == "Control tower, 09:10"
    assert svg.find(f"{SVG}desc").text == snapshot.text
    kinds = [path.get("class") for path in svg.iter(f"{SVG}path")]
    assert kinds.count("direct") == kinds.count("down") == 2  # the line and its arrow
    await board.step()
    assert 'class="direct"' not in board.snapshot().picture


async def test_states_are_told_by_signs_and_words(board):
    board.world.stock["WH1"] = 5
    await board.step(7)
    board.world.supply("A2", "WH2", "Trans2")
    await board.step(5)
    board.world.reroute("Trans2", "WH1")
    text = repr(board.snapshot())
    assert "WH1: ▼ only 5 in stock" in text
    assert "▲ 190 min late" in text
    assert "Storm on the road WH1–C1" in text
    await board.step()
    assert "↻ re-routed" in repr(board.snapshot())


@pytest.mark.parametrize("seed", range(8))
def test_trucks_never_lie_on_a_site(seed):
    world = SupplyChain(seed)
    for _ in range(60):
        world.step()
        scene = scene_of(world.view(), {})
        places = MapLayout(scene, 760, 360).places
        sites = [(places[site.name], SITE_WIDTH, SITE_HEIGHT) for site in scene.sites]
        trucks = [(places[truck.name], TRUCK_WIDTH, truck_height(truck)) for truck in scene.trucks]
        assert not [1 for truck in trucks for site in sites if overlap(truck, site)]


def overlap(one, other):
    (x1, y1), width1, height1 = one
    (x2, y2), width2, height2 = other
    return abs(x1 - x2) < (width1 + width2) / 2 - 1 and abs(y1 - y2) < (height1 + height2) / 2 - 1
