"""Version 3.0: the API whose options travel in the query and whose bodies are bare arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import limits
from .answers import Answer, metered, translator_json
from .detection import Guess
from .errors import TranslatorError
from .languages import LANGUAGES, Language
from .parameters import (
    Call,
    check_script,
    read_elements,
    read_language,
    read_profanity,
    read_system,
    read_text,
    read_text_type,
)
from .service import TranslatorService
from .texts import sentences
from .transliteration import check_scripts, to_latin, transliterated
from .values import Input, Target, Translated, Translation


def translate(service: TranslatorService, call: Call) -> Answer:
    """Answer `POST /translate`."""
    texts = [read_text(element) for element in read_elements(call.body())]
    targets = _read_targets(call)
    source, suggested = (_optional_language(call, name) for name in ("from", "suggestedfrom"))
    is_html = read_text_type(call.value("texttype"))
    read_profanity(call.value("profanityaction"), call.value("profanitymarker"))
    read_system(call.value("category"), call.flag("allowfallback", default=True), 400002)
    with_alignment, with_lengths = call.flag("includealignment"), call.flag("includesentencelength")
    check_script(call.value("fromscript"), 400018)
    charged = sum(map(len, texts)) * len(targets)
    limits.TRANSLATE.check(texts, charged)
    service.spend(charged)
    inputs = [Input(text, targets, source, is_html, suggested) for text in texts]
    answers = [service.translate(each) for each in inputs]
    body = [_spell(each, with_alignment and not is_html, with_lengths) for each in answers]
    return Answer(translator_json(body), metered(charged, len(targets)))


def detect(service: TranslatorService, call: Call) -> Answer:
    """Answer `POST /detect`."""
    texts = [read_text(element) for element in read_elements(call.body())]
    charged = sum(map(len, texts))
    limits.DETECT.check(texts, charged)
    service.spend(charged)
    return Answer(translator_json([_spell_guesses(service.detect(text)) for text in texts]))


def transliterate(service: TranslatorService, call: Call) -> Answer:
    """Answer `POST /transliterate`."""
    return Answer(translator_json(transliterate_texts(service, call, call.body())))


def transliterate_texts(service: TranslatorService, call: Call, elements: Any) -> list[dict[str, str]]:
    """Transliterate, as both versions do; the options travel in the query in either.

    Raises:
        TranslatorError: an option is missing or illegal, or there is too much text.
    """
    texts = [read_text(element) for element in read_elements(elements)]
    language = read_language(call.value("language"), 400003)
    source = check_script(call.value("fromscript"), 400018)
    target = check_script(call.value("toscript"), 400004)
    if source is None or target is None:
        raise TranslatorError(400018 if source is None else 400004)
    check_scripts(language, source, target)
    charged = sum(map(len, texts))
    limits.TRANSLITERATE.check(texts, charged)
    service.spend(charged)
    return [{"text": to_latin(text, language.code), "script": target} for text in texts]


def read_target_script(language: Language, script: Any) -> str | None:
    """Return the script a translation is wanted in as well, if any. Raises TranslatorError."""
    code = check_script(script, 400004)
    if code is not None and code.lower() != language.script.lower():
        check_scripts(language, language.script, code)
    return code


def _read_targets(call: Call) -> tuple[Target, ...]:
    languages = [read_language(code, 400036) for code in call.query.get("to", ())]
    if not languages:
        raise TranslatorError(400036)
    scripts: Sequence[str | None] = call.query.get("toscript", ())
    if scripts and len(scripts) != len(languages):
        raise TranslatorError(400070)
    return tuple(
        Target(language.code, read_target_script(language, script or None))
        for language, script in zip(languages, scripts or [None] * len(languages), strict=True)
    )


def _optional_language(call: Call, name: str) -> str | None:
    code = call.value(name)
    return None if code is None else read_language(code, 400035).code


def _spell(answer: Translated, with_alignment: bool, with_lengths: bool) -> dict[str, Any]:
    detected = {"detectedLanguage": _spell_guess(answer.detected)} if answer.detected else {}
    translations = [_spell_translation(answer.text, each, with_alignment, with_lengths) for each in answer.translations]
    return {**detected, "translations": translations}


def _spell_translation(
    source: str, translation: Translation, with_alignment: bool, with_lengths: bool
) -> dict[str, Any]:
    spelled: dict[str, Any] = {"text": translation.text, "to": translation.language}
    if translation.script is not None:
        spelled["transliteration"] = {"script": translation.script, "text": translation.script_text}
    if with_alignment:
        spelled["alignment"] = {"proj": _alignment(source, translation.text)}
    if with_lengths:
        spelled["sentLen"] = _sentence_lengths(source, translation.text)
    return spelled


def _alignment(source: str, target: str) -> str:
    """Align a text as a whole: engines here do not tell which word became which."""
    return f"0:{len(source) - 1}-0:{len(target) - 1}" if source and target else ""


def _sentence_lengths(source: str, target: str) -> dict[str, list[int]]:
    lengths = [[len(part) for part in sentences(text)] for text in (source, target)]
    if len(lengths[0]) != len(lengths[1]):
        lengths = [[len(source)], [len(target)]]
    return {"srcSentLen": lengths[0], "transSentLen": lengths[1]}


def _spell_guess(guess: Guess) -> dict[str, Any]:
    return {"language": guess.language, "score": guess.score}


def _spell_guesses(guesses: Sequence[Guess]) -> dict[str, Any]:
    best, *others = (
        {
            **_spell_guess(guess),
            "isTranslationSupported": guess.language in LANGUAGES,
            "isTransliterationSupported": guess.language in transliterated(),
        }
        for guess in guesses
    )
    return {**best, "alternatives": others} if others else best
