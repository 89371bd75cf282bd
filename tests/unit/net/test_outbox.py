"""The outbox: one write a turn, bounded, and nothing lost while a peer pauses."""

import asyncio

import pytest

from wpslab.emulator.net.outbox import Outbox, Turn


class Line(asyncio.Transport):
    """Counts writes, and takes no more while `stuck`."""

    def __init__(self):
        super().__init__()
        self.writes = []
        self.stuck = False
        self.taken = asyncio.Event()

    def write(self, data):
        self.writes.append(bytes(data))

    def get_write_buffer_limits(self):
        return (16, 64)

    def get_write_buffer_size(self):
        return 1000 if self.stuck else 0

    def is_closing(self):
        return False

    async def drain(self):
        await self.taken.wait()


@pytest.fixture
async def line():
    return Line()


@pytest.fixture
async def full():
    return []


@pytest.fixture
async def outbox(line, full):
    outbox = Outbox(line, line.drain, lambda: full.append(True), asyncio.get_running_loop())
    yield outbox
    outbox.discard()


async def turn():
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_frames_of_one_turn_are_one_write(outbox, line):
    for number in range(50):
        outbox.put(b"%d." % number)
    assert line.writes == []
    await turn()
    assert len(line.writes) == 1
    assert line.writes[0].count(b".") == 50


async def test_burst_inside_one_turn_is_no_slow_reader(outbox, line, full):
    for _ in range(5000):
        outbox.put(b"x")
    await turn()
    assert b"".join(line.writes) == b"x" * 5000
    assert full == []


async def test_frames_wait_in_order_while_the_peer_does_not_read(outbox, line):
    line.stuck = True
    outbox.put(b"a")
    await turn()
    outbox.put(b"b")
    outbox.put(b"c")
    await turn()
    assert line.writes == [b"a"]
    line.stuck = False
    line.taken.set()
    await turn()
    assert line.writes == [b"a", b"bc"]


@pytest.mark.parametrize(("count", "size"), [(1000, 1), (16, 1024 * 1024)])
async def test_peer_that_reads_too_slowly_is_reported_once_its_limit_is_passed(outbox, line, full, count, size):
    line.stuck = True
    outbox.put(b"first")
    await turn()
    for _ in range(count):
        outbox.put(b"x" * size)
    await turn()
    assert full == []
    outbox.put(b"x")
    outbox.put(b"x")
    await turn()
    assert full == [True]


async def test_outbox_that_fails_does_not_keep_the_others_of_its_turn_waiting(line):
    class Broken(Line):
        def write(self, data):
            raise ValueError("broken")

    loop, turn_, reported = asyncio.get_running_loop(), Turn(), []
    loop.set_exception_handler(lambda loop, context: reported.append(context["exception"]))
    for one in (Broken(), line):
        Outbox(one, one.drain, print, loop, turn_).put(b"x")
    await turn()
    await turn()
    assert line.writes == [b"x"]
    assert [str(error) for error in reported] == ["broken"]


async def test_turn_with_a_pause_holds_frames_back_and_loses_none(line):
    outbox = Outbox(line, line.drain, print, asyncio.get_running_loop(), Turn(pause=0.001))
    outbox.put(b"a")
    await turn()
    assert line.writes == []
    outbox.put(b"b")
    async with asyncio.timeout(5):
        while not line.writes:
            await turn()
    assert line.writes == [b"ab"]
