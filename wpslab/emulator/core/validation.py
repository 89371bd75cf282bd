"""Validation: what is known about a webhook's consent to get events, and when it has to be asked again."""

from __future__ import annotations

from .failures import FailureKind
from .limits import VALIDATION_LIFETIME_SECONDS


class Validation:
    """The state of one validation URL.

    The first result is waited for; later the last one is used while a new one is fetched. A success holds for a
    minute; after a failure the next attempt is due after 1, 2, 4 … up to 60 seconds, and an event has to come by.
    """

    __slots__ = ("asking", "detail", "due", "failed_attempts", "known", "method", "problem", "status")

    def __init__(self) -> None:
        self.known = False
        self.asking = False
        self.problem: FailureKind | None = None
        self.method = "OPTIONS"
        self.status = 0
        self.detail = ""
        self.due = 0.0
        self.failed_attempts = 0

    def is_due(self, now: float) -> bool:
        """Tell whether the webhook has to be asked now, and nobody is asking it."""
        return not self.asking and now >= self.due

    def finish(self, now: float, problem: FailureKind | None, status: int = 0, detail: str = "") -> None:
        """Take in a result: None, or what went wrong."""
        self.known = True
        self.asking = False
        self.problem, self.status, self.detail = problem, status, detail
        if problem is None:
            self.failed_attempts = 0
            self.due = now + VALIDATION_LIFETIME_SECONDS
        else:
            self.due = now + min(2.0 ** min(self.failed_attempts, 6), VALIDATION_LIFETIME_SECONDS)
            self.failed_attempts += 1


class Validations:
    """What is known about every validation URL. Equal URLs share one result, whichever hub or handler has them."""

    def __init__(self) -> None:
        self._by_url: dict[str, Validation] = {}
        self._hubs: dict[str, set[str]] = {}

    def of(self, url: str, hub: str) -> Validation:
        """Return what is known about a URL of a hub, made now if nothing is."""
        self._hubs.setdefault(url, set()).add(hub)
        return self._by_url.setdefault(url, Validation())

    def forget(self, hub: str) -> None:
        """Forget a hub's URLs: its settings were changed, and a changed server may be behind a known one."""
        for url in [url for url, hubs in self._hubs.items() if hub in hubs]:
            del self._hubs[url], self._by_url[url]
