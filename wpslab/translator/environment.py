"""Environment: the Translator that the environment names: one on Azure, or the one of this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from .engines import EngineTable, describe_engines
from .host import Translator
from .languages import LANGUAGES
from .phrasebook import Phrasebook, shipped_phrasebook

KEY = "TRANSLATOR_KEY"
ENDPOINT = "TRANSLATOR_ENDPOINT"
REGION = "TRANSLATOR_REGION"
VARIABLES = (KEY, ENDPOINT, REGION)


@dataclass(frozen=True, slots=True)
class AzureTranslator:
    """A Translator resource on Azure, with the attributes that `Translator` has for callers."""

    endpoint: str
    key: str = field(repr=False)
    region: str | None

    backend: ClassVar[Literal["azure"]] = "azure"

    def __repr__(self) -> str:
        return f"<Azure AI Translator at {self.endpoint}, region={self.region}, key=***>"

    @property
    def engines(self) -> EngineTable:
        """Which language has which engine; on Azure it is the same for all."""
        return describe_engines((_AzureEngine(),))

    @property
    def phrasebook(self) -> Phrasebook:
        """The phrases of the course, to be typed by a tap."""
        return shipped_phrasebook()

    def stop(self) -> None:
        """Do nothing: there is nothing of it on this machine."""


class _AzureEngine:
    name = "Azure AI Translator"

    def targets(self, source: str) -> frozenset[str]:
        return frozenset(LANGUAGES) - {source}

    def translate(self, text: str, source: str, target: str) -> str | None:
        return None  # asked over HTTP, not from here


def find_translator(environ: Mapping[str, str] | None = None) -> AzureTranslator | Translator:
    """Return the resource on Azure that TRANSLATOR_KEY, _ENDPOINT and _REGION name, or start one here if none is set.

    Args:
        environ: by default the environment of this process.

    Raises:
        ValueError: some are set and others are not, or the endpoint is no URL. The sentence does not hold the key.
    """
    environ = os.environ if environ is None else environ
    values = {name: environ.get(name, "").strip() for name in VARIABLES}
    missing = [name for name, value in values.items() if not value]
    if len(missing) == len(VARIABLES):
        return Translator().start()
    if missing:
        given = [name for name in VARIABLES if name not in missing]
        raise ValueError(
            f"{' and '.join(given)} {'is' if len(given) == 1 else 'are'} set, but {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not. Set all three for a resource on Azure (the region of a "
            "global one is `global`), or none to have the one of this machine."
        )
    return AzureTranslator(_checked(values[ENDPOINT]), values[KEY], values[REGION])


def _checked(endpoint: str) -> str:
    endpoint = endpoint.rstrip("/")
    try:
        url = urlsplit(endpoint)
        is_legal = url.scheme in ("http", "https") and bool(url.hostname)
    except ValueError:
        is_legal = False
    if not is_legal:
        raise ValueError(f"{ENDPOINT} is no URL; it looks like https://api.cognitive.microsofttranslator.com")
    return endpoint
