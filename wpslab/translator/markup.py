"""Markup: what in a text is translated, and what is handed through: tags, protected parts, given translations."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum

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
# Elements within a sentence: what stands before, in and after them is one text.
_INLINE = frozenset(
    ("a", "abbr", "b", "cite", "em", "font", "i", "ins", "mark", "q", "s", "small", "span", "strong", "u")
)
_MARK = re.compile(r"\[[A-Za-z-]{2,10}\] ")
_NO_BREAK = "\xa0"
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


def visible_text(text: str) -> str:
    """Return what of a tagged text people read, and what is translated."""
    pieces = [html.unescape(token) for token, kind in _pieces(text) if kind is _Kind.TEXT]
    return " ".join(" ".join(pieces).split())


class _Kind(Enum):
    TEXT = "to be translated"
    INLINE = "a tag within a sentence"
    FIXED = "handed through"


def _translate_tagged(text: str, translate: Translate) -> str:
    done: list[str] = []
    run: list[tuple[str, _Kind]] = []  # texts with nothing but inline tags between them
    for piece, kind in (*_pieces(text), ("", _Kind.FIXED)):
        if kind is _Kind.FIXED:
            done += [*_translate_run(run, translate), piece]
            run = []
        else:
            run.append((piece, kind))
    return "".join(done)


def _translate_run(run: Sequence[tuple[str, _Kind]], translate: Translate) -> Iterator[str]:
    """Translate texts between inline tags: each for itself, or as one where they are known only together."""
    texts = [html.unescape(piece) for piece, kind in run if kind is _Kind.TEXT]
    translations = [_kept_blanks(text, translate) for text in texts]
    if sum(bool(text.strip()) for text in texts) > 1:
        translations = [_within_sentence(*pair) for pair in zip(texts, translations, strict=True)]
    marks = [_mark_of(*pair) for pair in zip(texts, translations, strict=True)]
    if len(texts) > 1 and any(marks):
        joined = "".join(texts)
        whole = _kept_blanks(joined, translate)
        if not _mark_of(joined, whole):
            largest = max(range(len(texts)), key=lambda index: len(texts[index].strip()))
            translations = [whole if index == largest else "" for index in range(len(texts))]
        elif all(mark for mark, text in zip(marks, texts, strict=True) if text.strip()):
            # One mark is enough, before the first of them.
            first = next(index for index, mark in enumerate(marks) if mark)
            translations = [*texts[:first], translations[first], *texts[first + 1 :]]
    remaining = iter(translations)
    for piece, kind in run:
        yield piece if kind is _Kind.INLINE else _escaped(next(remaining), piece)


def _mark_of(text: str, translation: str) -> str:
    """Return the mark that says that a text was not translated, or nothing."""
    core, result = text.strip(), translation.strip()
    mark = result.removesuffix(core)
    return mark if core and result.endswith(core) and _MARK.fullmatch(mark) else ""


def _escaped(text: str, original: str) -> str:
    escaped = html.escape(text, quote=False)
    return escaped if _NO_BREAK in original else escaped.replace(_NO_BREAK, "&nbsp;")


def _pieces(text: str) -> Iterator[tuple[str, _Kind]]:
    """Yield texts that are to be translated, tags, and what is protected."""
    protected: list[str] = []  # the open elements from the first protected one on
    for token, is_tag in _tokens(text):
        was_protected = bool(protected)
        if is_tag:
            _follow(token, protected)
            name = _NAME.match(token)
            is_inline = name is not None and name[1].lower() in _INLINE and not (protected or was_protected)
            yield token, _Kind.INLINE if is_inline else _Kind.FIXED
        else:
            yield token, _Kind.FIXED if protected else _Kind.TEXT


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


def _within_sentence(text: str, translation: str) -> str:
    """Take away the capital that a part of a sentence gets when it is translated by itself."""
    original, start = text.lstrip(), len(translation) - len(translation.lstrip())
    if not original[:1].islower() or translation[start + 1 : start + 2].isupper():
        return translation
    return f"{translation[:start]}{translation[start : start + 1].lower()}{translation[start + 1 :]}"


def _kept_blanks(text: str, translate: Translate) -> str:
    return translate(text) if text.strip() else text
