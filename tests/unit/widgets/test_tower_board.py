import asyncio
import json
import sys
import threading
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from wpslab.course.supply_chain import SupplyChain
from wpslab.errors import LabError
from wpslab.widgets import TowerBoard
from wpslab.widgets.tower_log import KEPT_LINES, KEPT_MOVES, SHOWN_LINES, MessageLog
from wpslab.widgets.tower_map import SITE_HEIGHT, SITE_WIDTH, TOWER_WIDTH, TRUCK_WIDTH, MapLayout, truck_height
from wpslab.widgets.tower_scene import TOWER, scene_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def make_board(lab):
    def make(seed=10):
        board = TowerBoard(lab, SupplyChain(seed))

        async def play():
            board.world.step()

        board.on_step(play)
        return board

    return make


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
    assert board.lines[0] == [1, "08:10", "C2", "tower", "order A1: 20 units by 11:10", "up"]


async def test_buttons_wait_until_there_is_a_step_to_play(lab, click):
    board = TowerBoard(lab, SupplyChain(10))
    assert board.state == "waiting"
    for action in ("step", "run", "pause"):
        await click(board, action)
    assert (board.state, board.world.minute, board.error) == ("waiting", 0, "")
    with pytest.raises(LabError, match=r"no step to play yet\. Run the cells up to the one with board\.on_step"):
        await board.step()
    board.on_step(lambda: asyncio.sleep(0))
    assert board.state == "ready"


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
    await click(board, "step")
    await until(board, "scene", lambda scene: scene["clock"] == "08:10")
    assert board.state == "ready"


async def test_page_that_asks_hears_that_the_kernel_is_there(board, monkeypatch):
    sent = []
    monkeypatch.setattr(board, "send", sent.append)
    board._handle_custom_msg({"do": "visible", "view": "a"}, [])
    assert sent == [{"do": "alive"}]


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


async def test_paused_and_run_again_at_once_the_board_still_plays_one_step_at_a_time(board, click):
    """A second player would play at once, and then between the steps of the first."""
    times = []

    async def play():
        times.append(asyncio.get_running_loop().time())
        board.world.step()

    board.on_step(play)
    board.speed = 4.0
    await click(board, "run")
    for _ in range(5):
        await click(board, "pause")
        await click(board, "run")
    await until(board, "scene", lambda scene: scene["clock"] >= "08:50")
    await click(board, "pause")
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) > 0.2
    assert len([task for task in tasks_of(board) if task is board._player]) == len(players_of(board)) == 1


def tasks_of(board):
    return asyncio.all_tasks(board._lab.background.loop)


def players_of(board):
    return [task for task in tasks_of(board) if task.get_coro().__name__ == "_play_on"]


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
    assert board.error == "The step failed: the client is gone – lab.explain() may say more."
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


async def test_risks_judged_on_many_threads_at_once_are_all_kept(board):
    board._risks = {str(number): "an old one" for number in range(3_000)}  # so that a change takes a while

    def judge(who):
        for number in range(20):
            board.risk(who, f"risk {number}")

    names = [f"partner {number}" for number in range(6)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        await asyncio.gather(*(asyncio.to_thread(judge, name) for name in names))
    finally:
        sys.setswitchinterval(interval)
    assert {name: board._risks.get(name) for name in names} == dict.fromkeys(names, "risk 19")
    assert len(board._risks) == 3_006


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
    with pytest.raises(LabError, match=r"wpslab\.start\(\) again, and then all that follow"):
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
    assert board.state == "closed"
    async with asyncio.timeout(10):
        while players_of(board):
            await asyncio.sleep(0)
    minute = board.world.minute
    board.run()
    with pytest.raises(LabError, match="This board was closed"):
        await board.step()
    assert (board.state, board.world.minute) == ("closed", minute)
    board.close()


async def test_lab_forgets_a_board_that_was_closed(make_board, lab):
    before = list(lab._on_close)
    board = make_board()
    board.close()
    assert lab._on_close == before


async def test_board_closed_after_its_lab_says_nothing(board, lab):
    await asyncio.to_thread(lab.close)
    board.close()
    assert (board.state, board.error) == ("closed", "")


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
        "Order A1: 20 units, WH2 → C2, due 11:10: delivered 09:00, in time",
        "Order A2: 30 units, WH1 → C1, due 12:10: waiting for stock",
        "09:10 WH1 → WH2: Please send 25 units to C1 <now>",
        "09:10 tower → C1: 注文A2は遅れています",
        "09:10 a guest → WH1: hello",
    ]
    assert repr(board.snapshot(last=2)).endswith(
        "stock\n… 1 earlier message\n09:10 tower → C1: 注文A2は遅れています\n09:10 a guest → WH1: hello"
    )
    assert repr(board.snapshot(last=0)).endswith("waiting for stock\n… 3 earlier messages")
    assert "… 2 earlier messages" in board.snapshot(last=1).svg()


async def test_picture_is_well_formed_whatever_a_message_holds(board):
    board.message("WH1", "WH2", "a\x00\x0b]]><b&\ud800")
    board.risk("WH1", "\x1b[31m")
    svg = ElementTree.fromstring(board.snapshot().svg())
    assert "a\ufffd\ufffd]]><b&\ufffd" in svg.find(f"{SVG}desc").text


async def test_snapshots_of_the_same_story_are_the_same(make_board):
    first, second = await play_the_morning(make_board()), await play_the_morning(make_board())
    assert first == second


async def test_picture_is_well_formed_and_draws_the_messages_of_the_last_step(board):
    snapshot = await play_the_morning(board)
    assert set(snapshot._repr_mimebundle_()) == {"text/plain", "image/svg+xml"}
    svg = ElementTree.fromstring(snapshot.svg())
    assert svg.get("role") == "img"
    assert svg.find(f"{SVG}title").text == "Control tower, 09:10"
    assert svg.find(f"{SVG}desc").text == snapshot.text
    kinds = [path.get("class") for path in svg.iter(f"{SVG}path")]
    assert kinds.count("direct") == kinds.count("down") == 2  # the line and its arrow
    await board.step()
    assert 'class="direct"' not in board.snapshot().svg()


async def test_states_are_told_by_signs_and_words(board):
    board.world.stock["WH1"] = 5
    await board.step(7)
    board.world.supply("A2", "WH2", "Trans2")
    await board.step(5)
    board.world.reroute("Trans2", "WH1")
    text = repr(board.snapshot())
    assert "WH1: ▼ only 5 left" in text
    assert "▲ 150 min late" in text
    assert "Storm on the road WH1–C1" in text
    await board.step()
    assert "↻ re-routed" in repr(board.snapshot())


@pytest.mark.parametrize("seed", range(40))
def test_cards_never_lie_on_each_other(seed):
    world = SupplyChain(seed)
    for _ in range(60):
        world.step()
        for name in world.trucks:
            if via := world.faster_way(name):
                world.reroute(name, via)
        scene = scene_of(world.view(), {})
        places = MapLayout(scene, 760, 360).places
        sites = [(places[site.name], SITE_WIDTH, SITE_HEIGHT) for site in scene.sites]
        trucks = [(places[truck.name], TRUCK_WIDTH, truck_height(truck)) for truck in scene.trucks]
        sites.append((places[TOWER], TOWER_WIDTH, SITE_HEIGHT))
        assert not [1 for truck in trucks for site in sites if overlap(truck, site)]
        one, other = scene.trucks
        if one.ahead and other.ahead and {one.here, one.ahead} == {other.here, other.ahead}:
            assert not overlap(*trucks)


def test_straight_line_between_two_partners_does_not_pass_the_tower():
    places = MapLayout(scene_of(SupplyChain(1).view(), {}), 760, 360).places
    x, y = places[TOWER]
    for one, other in (("WH1", "C2"), ("WH2", "C1"), ("F1", "WH1"), ("F1", "WH2")):
        (x1, y1), (x2, y2) = places[one], places[other]
        on_the_way = ((x1 + part / 200 * (x2 - x1), y1 + part / 200 * (y2 - y1)) for part in range(201))
        assert not [at for at in on_the_way if abs(at[0] - x) < TOWER_WIDTH / 2 and abs(at[1] - y) < SITE_HEIGHT / 2]


def overlap(one, other):
    (x1, y1), width1, height1 = one
    (x2, y2), width2, height2 = other
    return abs(x1 - x2) < (width1 + width2) / 2 - 1 and abs(y1 - y2) < (height1 + height2) / 2 - 1
