"""Answer: what a command returns in a notebook: plain data that shows itself as the text az prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from .secret import MASK, masked_text


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered.

    Attributes:
        value: what json.loads could return; never None.
        text: what az prints, with secrets.
        shown: the same without secrets.
        source: who answered, as the caption says it.
        secrets: the access keys in it.
    """

    value: Any
    text: str = field(repr=False)
    shown: str
    source: str
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


_PRE = "color: inherit; background: none; white-space: pre; overflow-x: auto"


class Shown:
    """A value that shows itself as the text az prints, without secrets, and as that text with a caption in HTML."""

    _shown: str
    _source: str

    def __repr__(self) -> str:
        return self._shown

    def _repr_html_(self) -> str:
        return (
            f'<figure style="margin: 0"><pre style="{_PRE}">{escape(self._shown)}</pre>'
            '<figcaption style="font-size: var(--jp-ui-font-size0, 0.8em);'
            f' color: var(--jp-ui-font-color2, inherit)">{escape(self._source)}</figcaption></figure>'
        )


class AzObject(Shown, dict[str, Any]):
    """An object in an answer: a dict."""


class AzList(Shown, list[Any]):
    """A list in an answer: a list."""


class AzText(Shown, str):
    """A text in an answer: a str."""

    def __str__(self) -> str:
        return str.__str__(self)


class AzInteger(Shown, int):
    """A whole number in an answer: an int."""

    __str__ = int.__repr__


class AzNumber(Shown, float):
    """A number in an answer: a float."""

    __str__ = float.__repr__


class AzTruth(AzInteger):
    """True or false in an answer, as 1 or 0: bool has no subclasses."""

    def __str__(self) -> str:
        return "true" if self else "false"


class Secret(str):
    """An access key inside an answer: a str that does not show itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK if (shown := masked_text(self)) == str.__str__(self) else shown)


def present(answer: Answer) -> Any:
    """Return the value of an answer as a plain object that shows itself as its text."""
    value = _with_secrets(answer.value, answer.secrets)
    shown = _KINDS[type(answer.value)](value)
    shown._shown, shown._source = answer.shown, answer.source
    return shown


_KINDS: Mapping[type, Any] = {
    dict: AzObject,
    list: AzList,
    str: AzText,
    int: AzInteger,
    float: AzNumber,
    bool: AzTruth,
}


def _with_secrets(value: Any, secrets: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _with_secrets(each, secrets) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_secrets(each, secrets) for each in value]
    if isinstance(value, str) and masked_text(value, secrets) != value:
        return Secret(value)
    return value
