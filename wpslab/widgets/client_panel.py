"""ClientPanel: a client to play with beside the code: connect, join, leave, send, and see the frames travel."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar

import traitlets
from azure.messaging.webpubsubservice import WebPubSubServiceClient

from ..client import requests
from ..client.changes import Changes
from ..client.errors import ClientPanelError
from ..client.frames import Direction, Frame, FrameLog
from ..client.requests import DataType, Request
from ..client.session import JSON_SUBPROTOCOL, TIMEOUT, ClientSession
from ..lab import Lab
from ..sight import Sight
from .lab_widget import LabWidget
from .panel_snapshot import picture_of
from .publisher import Publisher
from .snapshot import Snapshot
from .watching_widget import CLOSED, joined

T = TypeVar("T")
State = Literal["disconnected", "connecting", "connected", "disconnecting"]

TOKEN_MINUTES = 5


class ClientPanel(LabWidget):
    """A client of Web PubSub with buttons.

    Nothing connects until it is asked to, by a button or by `await panel.connect()`. Every method waits for its
    effect, at most ten seconds, and raises `ClientPanelError` where there is none.

    Args:
        lab: the running lab; it says which service to connect to.
        hub: the hub to connect to.
        user_id: whom the access token names, None for a client without a user.
        roles: what the access token allows, for instance `webpubsub.joinLeaveGroup`.
        groups: the groups the client is in from the start, by its access token.
        subprotocol: `json.webpubsub.azure.v1`, or None for a simple client, which can only send text.
    """

    _esm = joined("watching.js", "panel_parts.js", "frame_list.js", "client_panel.js")
    _css = Path(__file__).with_name("client_panel.css")

    hub = traitlets.Unicode(read_only=True).tag(sync=True)
    subprotocol = traitlets.Unicode(None, allow_none=True, read_only=True).tag(sync=True)
    user_id = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    state = traitlets.Unicode("disconnected").tag(sync=True)
    connection_id = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    groups = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _session: ClientSession | None = None

    frame_rows: traitlets.List[list[object]] = traitlets.List().tag(sync=True)
    cleared = traitlets.Int(0).tag(sync=True)
    lab_closed = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        lab: Lab,
        hub: str,
        user_id: str | None = None,
        roles: Iterable[str] = (),
        groups: Iterable[str] = (),
        subprotocol: str | None = JSON_SUBPROTOCOL,
    ) -> None:
        if subprotocol not in (JSON_SUBPROTOCOL, None):
            raise ValueError(f"The subprotocol is {JSON_SUBPROTOCOL!r} or None, not {subprotocol!r}.")
        super().__init__(lab, user_id=user_id)
        self.set_trait("hub", hub)
        self.set_trait("subprotocol", subprotocol)
        self.roles = list(roles)
        self.initial_groups = list(groups)
        self._one_at_a_time = asyncio.Lock()
        self._log = FrameLog()
        self._travelled = 0
        self._changes = Changes()
        self._publisher = Publisher(self._publish_frames)
        self.on_msg(self._on_front_end)
        self._forget = lab.on_close(self._on_lab_closed)

    def __repr__(self) -> str:
        return f"ClientPanel(hub={self.hub!r}, user_id={self.user_id!r})"

    def description(self) -> str:
        """Return what somebody would see who opened the notebook in JupyterLab."""
        return (
            f"In JupyterLab a client of the hub {self.hub} stands here: buttons to connect and disconnect, "
            "to join and leave groups and to send, and the frames as they travel."
        )

    @property
    def frames(self) -> list[Frame]:
        """The last 200 frames that travelled, oldest first."""
        return list(self._log)

    @property
    def shown_frames(self) -> list[Frame]:
        """Those of them that stand on the panel, which are the ones since `clear`."""
        frames = self.frames
        shown = self._travelled - self.cleared
        return frames[max(0, len(frames) - shown) :]

    def clear(self) -> None:
        """Take the frames off the panel. `frames` keeps them."""
        self.cleared = self._travelled

    def snapshot(self, last: int = 20) -> Snapshot:
        """Return a picture of the panel as it is now, with its last frames, that stays in the saved notebook."""
        return picture_of(self, last)

    # What a cell calls. The work is done on the lab's loop; the cell's own loop only waits.

    async def connect(self) -> None:
        """Connect, and wait for the `connected` frame. Does nothing on a client that is connected."""
        await self._do(self._connect)

    async def disconnect(self) -> None:
        """Close the connection. Does nothing on a client that is not connected."""
        if self._session is not None or self.state != "disconnected":
            await self._do(self._disconnect)

    async def join_group(self, group: str) -> None:
        """Join a group, and wait for the ack."""
        await self._do(self._request, requests.join_group(group))

    async def leave_group(self, group: str) -> None:
        """Leave a group, and wait for the ack."""
        await self._do(self._request, requests.leave_group(group))

    async def send_to_group(self, group: str, data: Any, data_type: DataType = "text", no_echo: bool = False) -> None:
        """Send to a group, and wait for the ack.

        Args:
            group: the group's name. The client need not be in it.
            data: a string for `text`, whatever JSON can hold for `json`.
            data_type: `text` or `json`.
            no_echo: leave this connection out, where it is in the group.
        """
        await self._do(self._request, requests.send_to_group(group, data, data_type, no_echo))

    async def send_event(self, event: str, data: Any, data_type: DataType = "text") -> None:
        """Send an event to the upstream server, and wait for the ack."""
        await self._do(self._request, requests.send_event(event, data, data_type))

    async def send_text(self, text: str) -> None:
        """Send a text frame as it is. This is all a simple client can do."""
        await self._do(self._send_text, text)

    async def wait_for_frame(self, text: str) -> Frame:
        """Return the latest received frame that holds `text`; wait for it where none has come yet."""
        return await self._run(self._until(lambda: self._log.find_received(text), f"frame with {text!r}"))

    async def wait_for_state(self, state: State) -> None:
        """Wait for a state, for instance `disconnected` after the service closed the connection."""
        await self._run(self._until(lambda: self.state == state or None, f"state {state!r}"))

    def leave(self) -> None:
        """Disconnect: the cell that made the panel is run again and makes another one."""
        if self._session is not None:
            self._submit(self._disconnect())

    def close(self) -> None:
        """Disconnect and take the panel off the page."""
        self.leave()
        super().close()

    # What runs on the lab's loop.

    async def _connect(self) -> None:
        async with self._one_at_a_time:
            if self._session is not None:
                return
            self._show("connecting")
            self._sight = Sight(self._lab, self.hub, self.user_id)
            self._session = session = ClientSession(self.subprotocol, self._on_frame, self._on_closed)
            try:
                await session.open(self._access_url())
                self.groups = sorted(set(self.initial_groups))
                self.connection_id = session.connection_id
                self._show("connected")
            finally:
                if self.state != "connected":
                    await session.close()
                    self._on_closed()

    async def _disconnect(self) -> None:
        async with self._one_at_a_time:
            if self._session is not None:
                self._show("disconnecting")
                await self._session.close()
            self._publisher.flush()

    async def _on_lab_closed(self) -> None:
        await self._disconnect()
        self.lab_closed = True
        self.error = CLOSED

    async def _request(self, request: Request) -> None:
        if self.subprotocol is None:
            raise ClientPanelError("A simple client can only send text. Groups and events need the JSON subprotocol.")
        session = self._open_session()
        await session.request(request)
        if self._session is session:
            self._note_groups(request)

    async def _send_text(self, text: str) -> None:
        await self._open_session().send_text(text)

    async def _until(self, find: Callable[[], T | None], what: str) -> T:
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._changes.wait_for(find)
        except TimeoutError:
            raise ClientPanelError(f"No {what} came within {TIMEOUT:g} seconds.") from None

    async def _do(self, act: Callable[..., Coroutine[Any, Any, None]], *args: object) -> None:
        """Have something done on the lab's loop for a cell that waits for it."""
        await self._run(self._shown(act, *args))

    async def _shown(self, act: Callable[..., Coroutine[Any, Any, None]], *args: object) -> None:
        """Do it, and show on the panel what went wrong."""
        self.error = ""
        try:
            await act(*args)
        except ClientPanelError as problem:
            self.error = str(problem)
            raise

    async def _clicked(self, act: Callable[..., Coroutine[Any, Any, None]], *args: object) -> None:
        """Do what a button asked for; the panel is the one place where its failure shows."""
        with contextlib.suppress(ClientPanelError):
            await self._shown(act, *args)

    def _open_session(self) -> ClientSession:
        if self._session is None:
            raise ClientPanelError("The client is not connected. Connect first.")
        return self._session

    def _access_url(self) -> str:
        connection_string = self._lab.connection_string
        with WebPubSubServiceClient.from_connection_string(connection_string, hub=self.hub) as service:
            token = service.get_client_access_token(
                user_id=self.user_id or None,
                roles=self.roles,
                groups=self.initial_groups,
                minutes_to_expire=TOKEN_MINUTES,
            )
        return str(token["url"])

    def _note_groups(self, request: Request) -> None:
        match request.kind:
            case "joinGroup":
                self.groups = sorted({*self.groups, request.name})
            case "leaveGroup":
                self.groups = sorted({*self.groups} - {request.name})

    def _on_frame(self, direction: Direction, text: str) -> None:
        self._sight.frame(direction, text)
        self._log.append(direction, text)
        self._travelled += 1
        self._publisher.request()
        self._changes.announce()

    def _on_closed(self) -> None:
        if self._session is None:
            return
        self._sight.ended(self._session.reason)
        self.error = self._session.reason
        self._session = None
        self.connection_id = None
        self.groups = []
        self._show("disconnected")

    def _show(self, state: State) -> None:
        self.state = state
        self._changes.announce()

    def _publish_frames(self) -> None:
        self.frame_rows = self._log.rows()

    # What the front end asks for, on whichever thread the kernel likes: whatever takes time is submitted.

    def _on_front_end(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        match content:
            case {"do": "visible"}:
                self.send({"do": "alive"})
            case {"do": "hidden"}:
                pass
            case {"do": "clear"}:
                self.clear()
            case {"do": "connect", "userId": str(user_id)}:
                if self.state == "disconnected":
                    self.user_id = user_id.strip() or None
                self._submit(self._clicked(self._connect))
            case {"do": "disconnect"}:
                self._submit(self._clicked(self._disconnect))
            case {"do": "text", "data": str(text)}:
                self._submit(self._clicked(self._send_text, text))
            case _:
                try:
                    request = requests.from_front_end(content)
                except ValueError as problem:
                    self.error = str(problem)
                else:
                    self._submit(self._clicked(self._request, request))
