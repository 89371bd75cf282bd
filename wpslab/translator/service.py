"""Service: one Translator resource: its key, its engines, and what was asked of it."""

from __future__ import annotations

import hmac
import math
import secrets
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence

import jwt

from .detection import Detector, Guess
from .engines import Engine, EngineTable, describe_engines, translate_text
from .errors import TranslatorError
from .exchange import Exchange
from .languages import LANGUAGES
from .markup import translate_html, translate_plain, visible_text
from .phrasebook import Phrasebook
from .transliteration import to_latin
from .values import Input, Translated, Translation

TOKEN_SECONDS = 600
MINUTE = 60.0
LOG_SIZE = 200
SURE_SCORE = 0.5
"""Detection below it gives way to the language that the caller suggests."""


class TranslatorService:
    """Translates, detects, and lets in who has the key. Any thread may call it.

    Args:
        phrasebook: what detection knows for sure.
        engines: asked in their order.
        key: fresh and random by default.
        region: what callers must name besides the key; None for a global resource.
        characters_per_minute: the quota; None for no end of it.
        clock: tells the time in seconds.

    Raises:
        ValueError: the key cannot be sent in a header.
    """

    def __init__(
        self,
        phrasebook: Phrasebook,
        engines: Sequence[Engine],
        *,
        key: str | None = None,
        region: str | None = "local",
        characters_per_minute: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if key is not None and not (key and key.isascii() and key.isprintable() and " " not in key):
            raise ValueError("A key is printable ASCII without blanks, since it travels in a header.")
        self.key = key or secrets.token_hex(16)
        self.region = region
        self.phrasebook = phrasebook
        self.engines = tuple(engines)
        self.detector = Detector(phrasebook)
        self.exchanges: deque[Exchange] = deque(maxlen=LOG_SIZE)
        self._characters_per_minute = characters_per_minute
        self._clock = clock
        self._token_key = secrets.token_bytes(32)
        self._failures: deque[TranslatorError] = deque()
        self._spent: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<TranslatorService region={self.region}, key=***>"

    # Who is let in

    def is_key(self, key: str) -> bool:
        """Tell whether this is the key."""
        return hmac.compare_digest(key.encode("utf-8", "replace"), self.key.encode())

    def issue_token(self) -> str:
        """Return a token that is as good as the key for ten minutes."""
        return jwt.encode({"exp": int(self._clock()) + TOKEN_SECONDS}, self._token_key, algorithm="HS256")

    def is_token(self, token: str) -> bool:
        """Tell whether this is a token that is still good."""
        try:
            claims = jwt.decode(token, self._token_key, algorithms=["HS256"], options={"verify_exp": False})
        except jwt.InvalidTokenError:
            return False
        return bool(claims["exp"] > self._clock())

    # Trouble, for lessons about it

    def fail_next(self, code: int, *, retry_after: int | None = None, times: int = 1) -> None:
        """Have the next requests fail. Raises ValueError where the code is none of an error."""
        if not 400_000 <= code <= 599_999:
            raise ValueError(f"An error has a code such as 429000 or 503000, not {code}.")
        self._failures.extend(TranslatorError(code, retry_after=retry_after) for _ in range(times))

    def raise_failure(self) -> None:
        """Raise the failure that was asked for, if one was."""
        try:
            raise self._failures.popleft()
        except IndexError:
            return

    def spend(self, characters: int) -> None:
        """Count characters against the quota. Raises TranslatorError where the last minute's are used up."""
        if self._characters_per_minute is None:
            return
        now = self._clock()
        with self._lock:
            while self._spent and self._spent[0][0] <= now - MINUTE:
                self._spent.popleft()
            if sum(count for _, count in self._spent) + characters > self._characters_per_minute:
                oldest = self._spent[0][0] if self._spent else now
                raise TranslatorError(429001, retry_after=max(1, math.ceil(oldest + MINUTE - now)))
            self._spent.append((now, characters))

    def new_id(self) -> str:
        """Return an id for a request."""
        return str(uuid.uuid4())

    # What it is for

    def describe_engines(self) -> EngineTable:
        """Tell which language has which engine."""
        return describe_engines(self.engines)

    def detect(self, text: str) -> tuple[Guess, ...]:
        """Return the languages a text may be in, the likeliest first."""
        return self.detector.detect(text)

    def translate(self, asked: Input) -> Translated:
        """Translate a text into every language that is wanted."""
        detected = None
        source = asked.source
        if source is None:
            detected = self.detect(visible_text(asked.text) if asked.is_html else asked.text)[0]
            if asked.suggested and detected.score < SURE_SCORE:
                detected = Guess(asked.suggested, detected.score)
            source = detected.language
        translations = tuple(self._translate(asked, source, each.language, each.script) for each in asked.targets)
        return Translated(asked.text, translations, detected)

    def _translate(self, asked: Input, source: str, target: str, script: str | None) -> Translation:
        through = translate_html if asked.is_html else translate_plain
        text = through(asked.text, lambda part: translate_text(self.engines, part, source, target))
        if script is None:
            return Translation(target, text)
        is_native = script.lower() == LANGUAGES[target].script.lower()
        return Translation(target, text, script, text if is_native else to_latin(text, target))
