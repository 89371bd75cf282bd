"""Server log: what an attached upstream server logs, and which event each error belongs to."""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from contextvars import ContextVar
from typing import Any

EventKey = tuple[str, str]

CURRENT_EVENT: ContextVar[EventKey | None] = ContextVar("wpslab_current_event", default=None)
"""Connection id and `ce-id` of the event a server's task works on; both are empty for a validation."""


def noting_events(app: Any) -> Any:
    """Return an app that notes for its log which event it works on."""

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
        CURRENT_EVENT.set((headers.get(b"ce-connectionid", ""), headers.get(b"ce-id", "")))
        await app(scope, receive, send)

    return noting


def _in_one_line(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return record.getMessage() if error is None else f"{type(error).__name__}: {error}"


class ServerLog(logging.Handler):
    """What a server and its handlers log: kept, since nobody sees the standard error of a thread in a notebook.

    A logging set up by the learner gets the same records.
    """

    LOGGERS = ("uvicorn.error", "wpslab.upstream")
    SIZE = 100

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self.thread_id: int | None = None
        self.texts: deque[str] = deque(maxlen=self.SIZE)
        self.errors: OrderedDict[EventKey, str] = OrderedDict()
        for name in self.LOGGERS:
            logging.getLogger(name).addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record of the server's thread, its traceback too."""
        if record.thread == self.thread_id:
            self.texts.append(self.format(record))
            if record.levelno >= logging.ERROR and (key := CURRENT_EVENT.get()) is not None:
                self.errors[key] = _in_one_line(record)
                self.errors.move_to_end(key)
                while len(self.errors) > self.SIZE:
                    self.errors.popitem(last=False)

    def close(self) -> None:
        """Take no more records; what there is stays."""
        for name in self.LOGGERS:
            logging.getLogger(name).removeHandler(self)
        super().close()
