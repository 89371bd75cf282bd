"""The phrases of the chapters: whatever their code says to people is in the phrasebook, so that it is translated."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook_files import cells, chapters, read, recaps
from wpslab.translator.phrasebook import shipped_phrasebook

BOOK = shipped_phrasebook()

# The argument that holds what is said, counted from the end.
SAYS = {"type": -1, "say": -1, "tell": -1, "inform": -1, "translate_cached": -3}
FEWEST = {"07_translator_chat": 5, "08_control_tower": 11}
NUMBERS = {"units", "late"}

NOT_FOR_TRANSLATION = {
    "My cat plays the piano": "shows what comes back where nothing can translate",
    "At most 100 characters, please.": "an answer to the sender alone",
    "Buy directly!": "is refused",
}


def _filled(node: ast.expr) -> str | None:
    """Return a string, or an f-string with something plausible in its braces; None for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else _value(part) for part in parts)
    return None


def _value(part: ast.expr) -> str:
    name = ast.unparse(part).strip("{}'\" ")
    return "30" if name in NUMBERS or "late" in name else "A2"


def _said(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        found: list[ast.expr] = []
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in SAYS:
                found = args[SAYS[name] :][:1]
            case ast.keyword(arg="body", value=ast.List(elts=elements)):
                found = elements
            case ast.Dict(keys=keys, values=values):
                found = [value for key, value in zip(keys, values, strict=True) if key and _filled(key) == "text"]
        yield from filter(None, map(_filled, found))


def phrases_of(chapter: Path) -> set[str]:
    """Return what a chapter's code says to people."""
    notebook = read(chapter)
    sources = [cell.source for cell in cells(notebook, "code") if "%" not in cell.source[:1]]
    sources += [code for language, code in recaps(notebook) if language == "python"]
    return {text for source in sources for text in _said(ast.parse(source))}


@pytest.mark.parametrize("chapter", [each for each in chapters() if each.stem in FEWEST], ids=lambda path: path.stem)
def test_every_phrase_of_a_chapter_is_in_the_phrasebook(chapter: Path):
    phrases = phrases_of(chapter) - NOT_FOR_TRANSLATION.keys()
    assert len(phrases) >= FEWEST[chapter.stem], "the code that says something is written in another way"
    unknown = {text for text in phrases if not BOOK.find_languages(text)}
    assert not unknown
    for text in phrases:
        (source, *_) = BOOK.find_languages(text)
        missing = [target for target in BOOK.languages if not BOOK.translate(text, source, target)]
        assert not missing, text


def test_every_exception_is_still_said_by_a_chapter():
    said = set().union(*(phrases_of(chapter) for chapter in chapters() if chapter.stem in FEWEST))
    assert NOT_FOR_TRANSLATION.keys() <= said
