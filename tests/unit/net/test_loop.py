"""The emulator's loop and its clock."""

import asyncio
import subprocess
import sys

from wpslab.emulator.net.loop import LoopClock

UNDER_NEST_ASYNCIO = """
import asyncio, _asyncio, sys
{first}
import nest_asyncio
from asyncio.base_events import BaseEventLoop
async def main():
    nest_asyncio.apply()
    from wpslab.emulator import Emulator
    from wpslab.emulator.net.loop import UnpatchedLoop
    with Emulator() as emulator:
        kinds = emulator._call(lambda: {{type(emulator._thread.loop.create_task(asyncio.sleep(0)))}})
        future = emulator._call(lambda: type(emulator._thread.loop.create_future()))
    assert asyncio.Task is not _asyncio.Task
    assert kinds == {{_asyncio.Task}}, kinds
    assert future is _asyncio.Future
    assert UnpatchedLoop.run_forever is BaseEventLoop.run_forever
    assert type(asyncio.get_running_loop()).run_forever is not BaseEventLoop.run_forever
asyncio.run(main())
"""


def test_nest_asyncio_does_not_reach_the_emulators_loop_whichever_came_first():
    for first in ("", "import wpslab.emulator"):
        code = UNDER_NEST_ASYNCIO.format(first=first)
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stderr


async def test_timers_of_the_clock_run_on_the_loop():
    clock = LoopClock()
    ran = asyncio.Event()
    clock.call_later(0.001, ran.set)  # before there is a loop
    clock.run_on(asyncio.get_running_loop())
    async with asyncio.timeout(5):
        await ran.wait()


async def test_sooner_timer_overtakes_a_later_one_and_a_moved_clock_runs_both():
    clock = LoopClock()
    clock.run_on(asyncio.get_running_loop())
    ran = []
    clock.call_later(3600, lambda: ran.append("hour"))
    sooner = asyncio.Event()
    clock.call_later(0.001, sooner.set)
    async with asyncio.timeout(5):
        await sooner.wait()
    clock.advance(3600)
    assert ran == ["hour"]
