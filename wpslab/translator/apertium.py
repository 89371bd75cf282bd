"""Apertium: rule-based machine translation, where it is installed.

Its directions are packages of their own. Where two languages have none, the way goes through a third one.
"""

from __future__ import annotations

import logging
import os
import re
import shlex
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path

from .apertium_pipeline import ApertiumError, Pipeline

logger = logging.getLogger("wpslab.translator")

TIME_LIMIT = 2.4
"""Seconds a message may take in one direction: two of them are less than the service waits for an upstream server."""

PER_SECOND = 2_000
"""Characters of a long text for which a second more is given; an idle machine does twenty times as many."""

MAX_RUNNING = 5
"""Directions that are kept running, about 90 megabytes each; English to all the others needs five. Under a rush it can
be more for a moment: none is ended under a text."""

CACHE_SIZE = 4096
MAX_REMEMBERED = 1_000
"""Characters of the longest text whose translation is remembered."""

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
_BLANKS = re.compile(" {2,}")

Programs = Sequence[Sequence[str]]


class Apertium:
    """Translates between the languages whose directions are installed.

    Args:
        folder: where Apertium's mode files are.
        time_limit: seconds a text may take in one direction.
    """

    name = "Apertium"

    def __init__(self, folder: Path, time_limit: float = TIME_LIMIT) -> None:
        self._folder = folder
        self._time_limit = time_limit
        self._lock = threading.Lock()
        self._pipelines: OrderedDict[str, Pipeline] = OrderedDict()  # one a direction; what was asked last is last
        self._remembered = lru_cache(CACHE_SIZE)(self._translate)

    def __repr__(self) -> str:
        return f"<Apertium in {self._folder}>"

    @property
    def modes(self) -> Mapping[tuple[str, str], str]:
        """What Apertium calls its directions, by the codes of source and target."""
        return _name_modes(self._programs)

    def targets(self, source: str) -> frozenset[str]:
        """Return the codes of the languages it can translate a language to."""
        known = {target for _, target in self.modes}
        return frozenset(target for target in known if self.route(source, target))

    def route(self, source: str, target: str) -> tuple[str, ...]:
        """Return the modes that lead from one language to another: one, two by way of a third language, or none."""
        source, modes = _spoken(source), self.modes
        if source == _spoken(target):
            return ()
        for wanted in dict.fromkeys((target, _spoken(target))):
            if (source, wanted) in modes:
                return (modes[source, wanted],)
            for pivot in _PIVOTS:
                if (source, pivot) in modes and (pivot, wanted) in modes:
                    return (modes[source, pivot], modes[pivot, wanted])
        return ()

    def translate(self, text: str, source: str, target: str) -> str | None:
        """Return the translation, or None where there is no way or too few of the words are known to Apertium."""
        route = self.route(source, target)
        if not route or "\0" in text:
            return None
        translate = self._remembered if len(text) <= MAX_REMEMBERED else self._translate
        for mode in route:
            try:
                translated = translate(mode, text)
            except ApertiumError as error:  # never remembered
                logger.warning("Apertium did not translate from %s to %s: %s", source, target, error)
                return None
            if translated is None:
                return None
            text = translated
        return text

    def rest(self) -> None:
        """End what is kept running. The next text starts it again."""
        with self._lock:
            pipelines = list(self._pipelines.values())
        for pipeline in pipelines:
            pipeline.close()

    def _translate(self, mode: str, text: str) -> str | None:
        deadline = time.monotonic() + self._time_limit + len(text) // PER_SECOND
        translated, known = self._pipeline(mode).translate(text, deadline)
        if known < MIN_KNOWN:
            return None
        translated = translated.strip()  # a pronoun that Spanish leaves out leaves a blank
        if not translated:
            raise ApertiumError(f"{mode} answered nothing")
        return translated if "  " in text else _BLANKS.sub(" ", translated)

    def _pipeline(self, mode: str) -> Pipeline:
        with self._lock:
            pipeline = self._pipelines.setdefault(mode, Pipeline(self._programs[mode]))
            self._pipelines.move_to_end(mode)
            others = [each for each in self._pipelines.values() if each is not pipeline and each.is_running]
        for _ in range(len(others) + 1 - MAX_RUNNING):
            next((each for each in others if each.is_running and each.end_if_idle()), None)
        return pipeline

    @cached_property
    def _programs(self) -> Mapping[str, Programs]:
        """The programs of each mode whose programs are all there."""
        found: dict[str, Programs] = {}
        for file in sorted(self._folder.glob("*.mode")):
            source, _, target = file.stem.partition("-")
            if source in _CODES and target in _CODES:
                programs = _read_mode(file)
                missing = [name for name, *_ in programs if shutil.which(name) is None]
                if programs and not missing:
                    found[file.stem] = programs
                else:
                    logger.warning("Apertium's %s cannot be used: %s is missing.", file.stem, ", ".join(missing))
        return found


@cache
def installed_apertium() -> Apertium | None:
    """Return the Apertium of this machine, or None where it is not installed."""
    program = shutil.which("apertium")
    if program is None or os.name != "posix":
        return None
    default = Path(program).resolve().parent.parent / "share" / "apertium"
    return Apertium(Path(os.environ.get("APERTIUM_DATADIR") or default) / "modes")


def _read_mode(file: Path) -> Programs:
    """Return the programs of a mode file, which is a pipeline of a shell; unknown words are to be marked."""
    programs: list[list[str]] = [[]]
    for word in shlex.split(file.read_text("utf-8")):
        if word == "|":
            programs.append([])
        elif word != "$2":
            programs[-1].append("-g" if word == "$1" else word)
    return [each for each in programs if each]


def _name_modes(names: Mapping[str, Programs]) -> dict[tuple[str, str], str]:
    modes: dict[tuple[str, str], str] = {}
    for name in names:
        source, _, target = name.partition("-")
        is_brazilian = target.endswith("_BR")
        pair = _CODES[source], _CODES[target]
        if not is_brazilian and _CODES[target] == "pt":
            modes[pair[0], "pt-pt"] = name
        if is_brazilian or pair not in modes:
            modes[pair] = name
    return modes


def _spoken(code: str) -> str:
    return "pt" if code == "pt-pt" else code
