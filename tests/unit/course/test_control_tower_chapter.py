"""Chapter 8 as a learner plays it: its own cells, over the wire, for other days than the one that is printed."""

import ast
import asyncio
import inspect
import logging
import re

import pytest

from tests.notebook_files import ROOT, cells, read
from wpslab.errors import LabError
from wpslab.widgets import TowerBoard

CHAPTER = ROOT / "notebooks" / "08_control_tower.ipynb"
CODE = {cell.id: cell.source for cell in cells(read(CHAPTER), "code")}
STEPS = re.compile(r"await board\.step\(\d+\)\n")
MOST_CONNECTIONS = 15


@pytest.fixture(autouse=True)
def _no_lab_elsewhere(monkeypatch):
    for variable in ("WEBPUBSUB_CONNECTION_STRING", "WebPubSubConnectionString"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def printed():
    return []


@pytest.fixture
async def chapter(printed):
    names = {"print": lambda *words: printed.append(" ".join(map(str, words)))}
    yield names
    for client in names.get("clients", {}).values():
        await client.close()
    if "lab" in names:
        names["lab"].close()
    logging.getLogger("azure.messaging.webpubsubclient").setLevel(logging.NOTSET)


async def run(names, name, change=lambda source: source):
    code = compile(change(CODE[name]), f"<cell {name}>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(code, names)
    if inspect.iscoroutine(result):
        await result


async def run_from(names, first, seed=10, last="evening", steps=True):
    """Run the cells from one to another, as the menu of JupyterLab does."""

    def change(source):
        source = source.replace("seed=10", f"seed={seed}")
        return source if steps else STEPS.sub("", source)

    ids = list(CODE)
    for name in ids[ids.index(first) : ids.index(last) + 1]:
        await run(names, name, change)


def connections(names):
    return sum(len(hub.connections) for hub in names["lab"].watch().snapshot().hubs.values())


def lines(names):
    return [str(line) for line in names["board"]._log.lines()]


async def test_cells_from_the_board_on_can_be_run_again(chapter, printed):
    await run_from(chapter, "start")
    first, said, board = lines(chapter), list(printed), chapter["board"]
    assert "7 connections: F1 WH1 WH2 C1 C2 Trans1 Trans2" in said
    for _ in range(2):
        printed.clear()
        await run_from(chapter, "board")
        assert connections(chapter) == 7
        assert chapter["heard"].empty()
        assert chapter["decisions"].empty()
        assert lines(chapter) == first
        assert printed == said
    assert board.state == "closed"
    assert isinstance(board, TowerBoard)


async def test_all_cells_can_be_run_again_in_the_middle_and_after_the_end(chapter):
    before = asyncio.all_tasks()
    await run_from(chapter, "start", last="say")
    await run_from(chapter, "start", last="say")
    assert connections(chapter) == 7
    await run(chapter, "clean-up")
    assert chapter["clients"] == {}
    if left := asyncio.all_tasks() - before:
        _, pending = await asyncio.wait(left, timeout=5)
        assert not pending
    await run_from(chapter, "start", last="say")
    assert connections(chapter) == 7


async def test_clean_up_ends_everything_also_where_nothing_was_translated(chapter):
    await run_from(chapter, "start", last="chain")
    await run(chapter, "clean-up")
    with pytest.raises(LabError, match="closed"):
        chapter["lab"].watch()


async def test_message_that_nobody_waited_for_is_not_taken_for_another(chapter, printed):
    await run_from(chapter, "start", last="chain")
    await chapter["tell"]("WH2", "WH1", "one")
    chapter["heard"].put_nowait("an old one")
    assert await chapter["tell"]("WH1", "WH2", "two") == "WH2 hears from WH1: two"


async def test_buttons_pressed_before_there_are_partners_change_nothing(chapter):
    await run_from(chapter, "start", last="board")
    for action in ("step", "run"):
        chapter["board"]._handle_custom_msg({"do": action}, [])
    assert (chapter["board"].state, chapter["world"].minute) == ("waiting", 0)


async def test_chain_of_the_article_is_seen_and_the_warehouse_that_supplied_hears_of_the_delivery(chapter):
    await run_from(chapter, "start")
    text = "\n".join(lines(chapter))
    assert (
        "09:10 WH1 → WH2: Please send 30 units to C1\n"
        "09:10 WH2 → C1: 30 units are on the way to C1\n"
        "09:10 C1 → Trans2: Please go to dock 2" in text
    )
    assert "10:00 tower → Trans2: Take the route via C2" in text
    assert "11:20 tower → WH2: La commande A2 a été livrée" in text


async def play_day(chapter, seed, first="start"):
    """Play a day to its end; return what was decided: the re-routings, and the trucks that were called."""
    await run_from(chapter, first, seed, steps=False)
    world, board, routes, called = chapter["world"], chapter["board"], [], []
    reroute, supply = world.reroute, world.supply

    def arrival(name):
        return next(truck.eta for truck in world.view().trucks if truck.name == name)

    def see_reroute(truck, via):
        before = arrival(truck)
        reroute(truck, via)
        routes.append((before, arrival(truck)))

    def see_supply(order, warehouse, truck):
        called.append(supply(order, warehouse, truck))
        assert called[-1] is None or world.trucks[called[-1]].job.order == order
        return called[-1]

    world.reroute, world.supply = see_reroute, see_supply
    while not world.is_over:
        await board.step()
        assert connections(chapter) <= MOST_CONNECTIONS
    return routes, called


@pytest.mark.parametrize("seed", [1, 2, 4, 6, 10])
async def test_decisions_of_a_whole_day_hold(chapter, seed):
    routes, called = await play_day(chapter, seed)
    assert all(after < before for before, after in routes)
    sent = [line.receiver for line in chapter["board"]._log.lines() if line.text == "Please go to dock 2"]
    assert sent == [truck for truck in called if truck]
    open_orders = {order.name for order in chapter["world"].view().orders if order.delivered is None}
    risks = chapter["board"]._risks
    assert {words.rpartition(" ")[2] for who, words in risks.items() if who.startswith("Trans")} <= open_orders
    assert not [line for line in lines(chapter) if "[" in line]  # what no engine could translate begins so


async def test_same_seed_is_the_same_day(chapter):
    await play_day(chapter, 10)
    first = chapter["board"].snapshot(last=200)
    await play_day(chapter, 10, first="board")
    assert chapter["board"].snapshot(last=200) == first
