"""Apertium: rule-based machine translation by the program of that name, where it is installed.

Its translation pairs are packages of their own. Where two languages have none, the way goes through a third one.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, lru_cache

logger = logging.getLogger("wpslab.translator")

TIME_LIMIT = 10.0
"""Seconds one process may take; a sentence takes a third of one."""

CACHE_SIZE = 4096
MIN_KNOWN = 0.5
"""Which part of its words Apertium must know: below that, the text has not been translated."""

# Apertium's own codes, and the variants it spells with an underscore.
_CODES: Mapping[str, str] = {
    "cat": "ca",
    "ca": "ca",
    "eng": "en",
    "en": "en",
    "spa": "es",
    "es": "es",
    "fra": "fr",
    "fr": "fr",
    "ita": "it",
    "it": "it",
    "por": "pt",
    "pt": "pt",
    "por_BR": "pt",
    "pt_BR": "pt",
    "rus": "ru",
    "ukr": "uk",
    "swe": "sv",
    "ind": "id",
}
_PIVOTS = ("es", "ca", "fr", "en", "pt", "it")
_MARKED_WORD = re.compile(r"([*@#])(?=\w)")
_WORD = re.compile(r"\w+")


class ApertiumError(Exception):
    """Tell that the program gave no translation."""


class Apertium:
    """Translates between the languages whose pairs are installed.

    Args:
        program: the path of the program.
        time_limit: seconds one process may take.
    """

    name = "Apertium"

    def __init__(self, program: str, time_limit: float = TIME_LIMIT) -> None:
        self._program = program
        self._time_limit = time_limit
        self._remembered = lru_cache(CACHE_SIZE)(self._translate)

    def __repr__(self) -> str:
        return f"<Apertium at {self._program}>"

    @cached_property
    def modes(self) -> Mapping[tuple[str, str], str]:
        """What the program calls its pairs, by the codes of source and target; empty if it does not run."""
        try:
            return _read_modes(self._run(["-l"], "").split())
        except ApertiumError as error:
            logger.warning("Apertium cannot be used: %s", error)
            return {}

    def targets(self, source: str) -> frozenset[str]:
        """Return the codes of the languages it can translate a language to."""
        known = {target for _, target in self.modes}
        return frozenset(target for target in known if self.route(source, target))

    def route(self, source: str, target: str) -> tuple[str, ...]:
        """Return the modes that lead from one language to another: one, two by way of a third language, or none."""
        source = _spoken(source)
        if source == _spoken(target):
            return ()
        for wanted in dict.fromkeys((target, _spoken(target))):
            if (source, wanted) in self.modes:
                return (self.modes[source, wanted],)
            for pivot in _PIVOTS:
                if (source, pivot) in self.modes and (pivot, wanted) in self.modes:
                    return (self.modes[source, pivot], self.modes[pivot, wanted])
        return ()

    def translate(self, text: str, source: str, target: str) -> str | None:
        """Return the translation, or None where there is no way or too few of the words are known to Apertium."""
        route = self.route(source, target)
        if not route or "\0" in text:
            return None
        try:
            return self._remembered(text, route)
        except ApertiumError as error:  # never remembered
            logger.warning("Apertium did not translate from %s to %s: %s", source, target, error)
            return None

    def _translate(self, text: str, route: tuple[str, ...]) -> str | None:
        for mode in route:
            # Where the text has such signs of its own, the marks on unknown words cannot be told from them.
            is_ambiguous = _MARKED_WORD.search(text) is not None
            if is_ambiguous:
                answer = self._run(["-u", mode], text).strip()
                is_unknown = answer == text
            else:
                marked = self._run([mode], text).strip()
                answer = _MARKED_WORD.sub("", marked)
                is_unknown = _is_mostly_unknown(marked)
            if is_unknown:
                return None
            text = answer
        return text

    def _run(self, arguments: Iterable[str], text: str) -> str:
        """Run the program with a text as its input and return what it prints. Raises ApertiumError."""
        try:
            process = subprocess.Popen(
                [self._program, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        except OSError as error:
            raise ApertiumError(f"{self._program} does not start: {error}.") from error
        with process:
            try:
                printed, _ = process.communicate(text.encode("utf-8", "replace"), self._time_limit)
            except subprocess.TimeoutExpired as error:
                _kill(process)
                raise ApertiumError(f"no answer in {self._time_limit:g} seconds.") from error
        if process.returncode != 0:
            raise ApertiumError(f"{self._program} ended with status {process.returncode}.")
        return printed.decode("utf-8", "replace")


@cache
def installed_apertium() -> Apertium | None:
    """Return the Apertium of this machine, or None where the program is not installed."""
    program = shutil.which("apertium")
    return Apertium(program) if program else None


def _read_modes(names: Iterable[str]) -> dict[tuple[str, str], str]:
    modes: dict[tuple[str, str], str] = {}
    for name in sorted(names):
        source, _, target = name.partition("-")
        if source not in _CODES or target not in _CODES:
            continue
        is_brazilian = target.endswith("_BR")
        pair = _CODES[source], _CODES[target]
        if not is_brazilian and _CODES[target] == "pt":
            modes[pair[0], "pt-pt"] = name
        if is_brazilian or pair not in modes:
            modes[pair] = name
    return modes


def _is_mostly_unknown(marked: str) -> bool:
    words = len(_WORD.findall(marked))
    return marked.count("*") > words * (1 - MIN_KNOWN)


def _spoken(code: str) -> str:
    return "pt" if code == "pt-pt" else code


def _kill(process: subprocess.Popen[bytes]) -> None:
    # The program is a shell script: the pipeline that it started has to end as well.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
