"""Markup: what in a text is translated, and what is handed through: tags, protected parts, given translations."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

Translate = Callable[[str], str]

_DICTIONARY = re.compile(
    r"<mstrans:dictionary\s+translation=(?:\"([^\"<>]*)\"|'([^'<>]*)')\s*>[^<]{0,1000}</mstrans:dictionary>",
    re.IGNORECASE,
)
_NAME = re.compile(r"</?([a-zA-Z][\w:-]*)")
_PROTECTED = re.compile(
    r"\sclass\s*=\s*(?:\"[^\"]*\bnotranslate\b|'[^']*\bnotranslate\b|notranslate\b)|\stranslate\s*=\s*[\"']?no\b",
    re.IGNORECASE,
)
_NEVER = frozenset({"script", "style", "code", "pre"})
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "source", "area", "col", "embed"})


def translate_plain(text: str, translate: Translate) -> str:
    """Translate a plain text, but for parts whose translation it gives itself."""
    return "".join(given if part is None else _kept_blanks(part, translate) for part, given in _parts(text))


def translate_html(text: str, translate: Translate) -> str:
    """Translate what stands between the tags of a text."""
    return "".join(given if part is None else _translate_tagged(part, translate) for part, given in _parts(text))


def _parts(text: str) -> Iterator[tuple[str | None, str]]:
    """Yield what is to be translated, and translations that are given."""
    end = 0
    for match in _DICTIONARY.finditer(text):
        yield text[end : match.start()], ""
        yield None, match[1] if match[1] is not None else match[2]
        end = match.end()
    yield text[end:], ""


def _translate_tagged(text: str, translate: Translate) -> str:
    done: list[str] = []
    protected: list[str] = []  # the open elements from the first protected one on
    for token, is_tag in _tokens(text):
        if is_tag:
            _follow(token, protected)
            done.append(token)
        elif protected:
            done.append(token)
        else:
            done.append(html.escape(_kept_blanks(html.unescape(token), translate), quote=False))
    return "".join(done)


def _follow(tag: str, protected: list[str]) -> None:
    """Keep track of whether what follows a tag is protected."""
    match = _NAME.match(tag)
    if match is None:
        return
    name = match[1].lower()
    if tag.startswith("</"):
        if protected and protected[-1] == name:
            protected.pop()
        return
    begins = name == protected[0] if protected else name in _NEVER or _PROTECTED.search(tag) is not None
    if begins and name not in _VOID and not tag.endswith("/>"):
        protected.append(name)


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Yield texts and tags in turn, and whether it is a tag; an unclosed one goes to the end."""
    position = 0
    while position < len(text):
        start = text.find("<", position)
        while start >= 0 and not re.match(r"[a-zA-Z/!?]", text[start + 1 : start + 2]):
            start = text.find("<", start + 1)
        if start < 0:
            yield text[position:], False
            return
        if start > position:
            yield text[position:start], False
        closing = "-->" if text.startswith("<!--", start) else ">"
        end = text.find(closing, start)
        position = len(text) if end < 0 else end + len(closing)
        yield text[start:position], True


def _kept_blanks(text: str, translate: Translate) -> str:
    return translate(text) if text.strip() else text
