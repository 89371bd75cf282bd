"""TowerBoard: the control tower's board: sites, trucks and orders on a map, and the messages between them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import traitlets

from ..course.supply_chain import SupplyChain
from ..errors import LabError
from ..lab import Lab
from .drawing import Drawing
from .lab_widget import LabWidget
from .publisher import Publisher
from .tower_log import SHOWN_LINES, MessageLog
from .tower_scene import ICONS, TOWER, TOWER_PLACE, Scene, scene_of
from .tower_snapshot import picture_of
from .watching_widget import joined

SPEEDS = (0.5, 1.0, 2.0, 4.0)
STEP_TIMEOUT = 30.0
NO_STEP = "This board has no step to play yet. Run the cells up to the one with board.on_step(…) first."
CLOSED = "The lab of this board is closed. Run the cell with wpslab.start() again, and then all that follow."
GONE = "This board was closed. Run the cell that makes it again, and then all that follow."

Play = Callable[[], Awaitable[object]]


class TowerBoard(LabWidget):
    """A live map of a supply chain, with buttons that let time go by.

    It shows how the world stands after each step, the messages it is told of by `message`, and what the tower judges
    a risk, by `risk`. These two may be called from any thread, such as that of an upstream server.

    A step is played by the coroutine function given to `on_step`, which calls `world.step()` and has the partners send
    what they noticed; until then the buttons wait. It runs on the event loop on which the board was made: in a notebook
    the one of the cells, where the chapter's clients are.

    Args:
        lab: the running lab; the board stops when that is closed.
        world: the supply chain.

    Attributes:
        state: `waiting` (for `on_step`), `ready`, `running`, `over` (the day is) or `closed` (the lab or the board is).
    """

    _esm = joined("watching.js", "panel_parts.js", "tower_map.js", "tower_board.js")
    _css = Path(__file__).with_name("tower_board.css")

    icons: traitlets.Dict[str, str] = traitlets.Dict(ICONS, read_only=True).tag(sync=True)
    tower: traitlets.List[object] = traitlets.List([TOWER, *TOWER_PLACE], read_only=True).tag(sync=True)
    speeds: traitlets.List[float] = traitlets.List(list(SPEEDS), read_only=True).tag(sync=True)
    state = traitlets.Unicode("waiting").tag(sync=True)
    speed = traitlets.Float(1.0).tag(sync=True)
    scene: traitlets.Dict[str, object] = traitlets.Dict().tag(sync=True)
    lines: traitlets.List[list[object]] = traitlets.List().tag(sync=True)
    moves: traitlets.List[list[object]] = traitlets.List().tag(sync=True)

    def __init__(self, lab: Lab, world: SupplyChain) -> None:
        super().__init__(lab)
        self.world = world
        self._play: Play | None = None
        self._judging = threading.Lock()  # the tower's handlers are on several threads
        self._risks: dict[str, str] = {}
        self._log = MessageLog()
        self._view = world.view()
        self._publisher = Publisher(self._publish)
        self._turn = asyncio.Lock()
        self._player: asyncio.Task[None] | None = None
        self._is_lab_closed = False
        try:
            self._home: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        except RuntimeError:
            self._home = lab.background.loop
        self._publish()
        self.on_msg(self._on_front_end)
        self._leave_lab = lab.on_close(self._end)

    def __repr__(self) -> str:
        return f"TowerBoard(seed={self.world.seed})"

    def description(self) -> str:
        """Return what somebody would see who opened the notebook in JupyterLab."""
        return (
            "In JupyterLab a live map stands here: factory, warehouses, trucks and customers, the messages between "
            "them, orders and risks, and buttons to let time go by."
        )

    def on_step(self, play: Play) -> None:
        """Have a coroutine function play each step; it calls `world.step()`. Another one takes its place."""
        if not callable(play):
            raise TypeError(f"A step is played by a coroutine function, not by {play!r}.")
        self._play = play
        if self.state == "waiting":
            self.state = "ready"

    def message(self, sender: str, receiver: str, text: str = "") -> None:
        """Show a message on its way; the tower is called "tower". Without a text it is not listed."""
        self._log.add(self.world.clock, sender, receiver, text)
        self._request()

    def risk(self, who: str, text: str = "") -> None:
        """Show what the tower thinks is a risk for a partner, or with no text that it is none any more."""
        with self._judging:
            risks = {name: words for name, words in self._risks.items() if name != who}
            self._risks = {**risks, who: text} if text else risks
        self._request()

    async def step(self, times: int = 1) -> None:
        """Let ten minutes go by, as the button does; several times, if asked. A board that runs is paused first.

        Raises:
            LabError: the lab or the board is closed, nothing plays a step yet, or a step was not over in time.
            Exception: what a step failed with.
        """
        self.pause()
        for _ in range(times):
            await self._step_at_home()

    def run(self) -> None:
        """Let time go by until `pause`, or until the day is over."""
        self._submit(self._start_playing())

    def pause(self) -> None:
        """Stop after the step that is being played."""
        if self.state == "running":
            self.state = "ready"

    def snapshot(self, last: int = 12) -> Drawing:
        """Return a picture of the board as it is now, with its last messages, that stays in the saved notebook."""
        return picture_of(repr(self), self._scene(), self._log.lines(), last)

    def close(self) -> None:
        """Stop for good, and take the board off the page."""
        if self.state != "closed":
            self.state = "closed"
            self._leave_lab()
            self._submit(self._stop_playing())
        super().close()

    # Playing. The player is on the lab's loop, which nothing blocks; each step is on the loop of the clients.

    async def _start_playing(self) -> None:
        """Have the player play. One that was paused and still waits for its next step goes on."""
        if self.state != "ready":
            return
        self.state = "running"
        if self._player is None or self._player.done():
            self._player = asyncio.create_task(self._play_on())

    async def _stop_playing(self) -> None:
        if self._player is not None:
            self._player.cancel()
            await asyncio.wait([self._player])

    async def _play_on(self) -> None:
        while self.state == "running":
            begun = asyncio.get_running_loop().time()
            await self._step_for_button()
            await asyncio.sleep(max(0.0, begun + 1 / self.speed - asyncio.get_running_loop().time()))

    async def _step_for_button(self) -> None:
        """Play a step; the board is the one place where its failure shows."""
        self.error = ""
        try:
            await self._step_at_home()
        except Exception as problem:  # noqa: BLE001
            self.pause()
            self.error = f"The step failed: {str(problem) or type(problem).__name__} – lab.explain() may say more."

    async def _step_at_home(self) -> None:
        if self.state == "closed":
            raise LabError(CLOSED if self._is_lab_closed else GONE)
        if self._play is None:
            raise LabError(NO_STEP)
        if asyncio.get_running_loop() is self._home:
            await self._step_once()
        else:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._step_once(), self._home))

    async def _step_once(self) -> None:
        async with self._turn:
            try:
                async with asyncio.timeout(STEP_TIMEOUT):
                    if self._play is not None:
                        await self._play()
            except TimeoutError:
                raise LabError(f"The step was not over after {STEP_TIMEOUT:g} seconds.") from None
            finally:
                self._view = self.world.view()
                if self._view.is_over and self.state != "closed":
                    self.state = "over"
                self._request()

    async def _end(self) -> None:
        """Stop for good: the lab is being closed."""
        self._is_lab_closed = True
        self.state = "closed"
        await self._stop_playing()
        self._publish()

    # Showing

    def _scene(self) -> Scene:
        return scene_of(self._view, self._risks)

    def _request(self) -> None:
        """Have the front end told soon. Where the lab is closed there is nobody to do it."""
        try:
            self._lab.background.loop.call_soon_threadsafe(self._publisher.request)
        except (LabError, RuntimeError):
            self._publish()

    def _publish(self) -> None:
        lines, moves = self._log.lines()[-SHOWN_LINES:], self._log.moves()
        with self.hold_sync():
            self.scene = self._scene().for_front_end()
            self.lines = [[each.number, each.clock, each.sender, each.receiver, each.text, each.kind] for each in lines]
            self.moves = [[each.number, each.sender, each.receiver, each.kind] for each in moves]

    # What the front end asks for, on whichever thread the kernel likes: it is submitted, and nothing else is done.

    def _on_front_end(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        work: Coroutine[Any, Any, None] | None = None
        match content:
            case {"do": "visible"}:
                self.send({"do": "alive"})
            case {"do": "step"} if self.state == "ready":
                work = self._step_for_button()
            case {"do": "run"}:
                work = self._start_playing()
            case {"do": "pause"}:
                self.pause()
            case {"do": "speed", "speed": int() | float() as speed} if speed in SPEEDS:
                self.speed = float(speed)
        if work is not None:
            self._submit(work)
