"""Phone line: the connection of one phone: which group it listens to, and which way its messages go."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from azure.messaging.webpubsubservice import WebPubSubServiceClient

from ..client import requests
from ..client.errors import AckError, ClientError
from ..client.frames import RECEIVED, Direction
from ..client.session import JSON_SUBPROTOCOL, ClientSession
from ..lab import Lab
from ..sight import Sight
from .chat_message import ChatMessage, payload

EVENT = "message"
FAILED = "InternalServerError"
UNCONFIRMED = "It may have been delivered all the same."
TOKEN_MINUTES = 60
ECHO_SECONDS = 10.0


def was_refused(problem: BaseException) -> bool:
    """Tell whether it is certain that a message went nowhere.

    It is not where no answer came, nor where an upstream server failed: it may have passed the message on before.
    """
    return isinstance(problem, AckError) and problem.name != FAILED


def in_words(problem: ClientError) -> str:
    """Return what went wrong for whoever holds the phone, and what is not known."""
    if isinstance(problem, AckError) and (problem.request, problem.name) == ("event", FAILED):
        return (
            "No upstream server confirmed it: there is none, it failed, or was too slow. It may have been delivered. "
            "lab.explain() says more."
        )
    return " ".join((str(problem), *getattr(problem, "__notes__", ())))


class PhoneLine:
    """Speaks to one group, or by an upstream server, which sends to a group for each language.

    Lives on the lab's loop. Its access token allows no more than this way needs.

    Args:
        lab: the running lab; it says which service to connect to.
        hub: the hub to connect to.
        user_id: whom the access token names.
        group: the group everybody is in; with an upstream server its name and the language's make a group.
        upstream: whether messages go to the upstream server.
        on_message: called with each message that arrives, but for what this phone itself just said.
        on_lost: called with the reason when the connection ended, which is empty after `close`.
    """

    def __init__(
        self,
        lab: Lab,
        hub: str,
        user_id: str,
        group: str,
        upstream: bool,
        on_message: Callable[[ChatMessage], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self._lab = lab
        self._hub = hub
        self._user_id = user_id
        self._group = group
        self._upstream = upstream
        self._on_message = on_message
        self._on_lost = on_lost
        self._session: ClientSession | None = None
        self._said: deque[tuple[str, float]] = deque(maxlen=50)  # a text, and until when it may come back

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, or is about to be one."""
        return self._session is not None

    async def open(self, language: str) -> None:
        """Connect and join the group.

        Raises:
            ClientError: the service does not let the phone in.
        """
        self._sight = Sight(self._lab, self._hub, self._user_id)
        self._session = session = ClientSession(JSON_SUBPROTOCOL, self._on_frame, lambda: self._end(session))
        try:
            await session.open(self._access_url())
            await session.request(requests.join_group(self._group_of(language)))
        except BaseException:
            await session.close()
            self._session = None  # of a handshake that failed the session tells nobody
            raise

    async def close(self) -> None:
        """Close the connection. Does nothing where there is none."""
        if self._session is not None:
            await self._session.close()

    async def speak(self, text: str, language: str) -> None:
        """Send a message and wait until the service, or the upstream server behind it, has it.

        Raises:
            ClientError: it does not, or nobody knows; a note on it then says so.
        """
        session, data = self._open_session(), payload(text, language)
        if self._upstream:
            self._said.append((text, time.monotonic() + ECHO_SECONDS))
            request = requests.send_event(EVENT, data, "json")
        else:
            request = requests.send_to_group(self._group, data, "json", no_echo=True)
        try:
            await session.request(request)
        except ClientError as problem:
            if not was_refused(problem):
                problem.add_note(UNCONFIRMED)
            raise

    async def change_language(self, before: str, after: str) -> None:
        """Listen to the group of another language: join first, since a message twice is better than none.

        Raises:
            ClientError: the service refuses.
        """
        old, new = self._group_of(before), self._group_of(after)
        if self._session is not None and old != new:
            await self._session.request(requests.join_group(new))
            await self._session.request(requests.leave_group(old))

    def _group_of(self, language: str) -> str:
        return f"{self._group}-{language}" if self._upstream else self._group

    def _roles(self) -> list[str]:
        if self._upstream:
            return [f"webpubsub.joinLeaveGroups.{self._group}-*"]
        return [f"webpubsub.joinLeaveGroup.{self._group}", f"webpubsub.sendToGroup.{self._group}"]

    def _access_url(self) -> str:
        with WebPubSubServiceClient.from_connection_string(self._lab.connection_string, hub=self._hub) as service:
            token = service.get_client_access_token(
                user_id=self._user_id, roles=self._roles(), minutes_to_expire=TOKEN_MINUTES
            )
        return str(token["url"])

    def _open_session(self) -> ClientSession:
        if self._session is None:
            raise ClientError("The phone is not connected. Connect first.")
        return self._session

    def _on_frame(self, direction: Direction, text: str) -> None:
        self._sight.frame(direction, text)
        message = ChatMessage.read(text) if direction == RECEIVED else None
        if message is not None and not self._is_echo(message):
            self._on_message(message)

    def _is_echo(self, message: ChatMessage) -> bool:
        """Tell whether an upstream server sent back what this phone said, which stands on its screen already."""
        while self._said and self._said[0][1] < time.monotonic():
            self._said.popleft()
        if message.sender != self._user_id:
            return False
        said = next((each for each in self._said if each[0] in (message.text, message.original)), None)
        if said is not None:
            self._said.remove(said)
        return said is not None

    def _end(self, session: ClientSession) -> None:
        if self._session is session:
            self._session = None
            self._sight.ended(session.reason)
            self._on_lost(session.reason)
