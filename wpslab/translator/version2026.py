"""Version 2026-06-06: the API whose options travel with each text, and whose bodies are objects."""

from __future__ import annotations

from typing import Any

from . import limits
from .answers import Answer, metered, translator_json
from .errors import TranslatorError
from .parameters import (
    Call,
    check_script,
    lower_names,
    read_choice,
    read_elements,
    read_language,
    read_profanity,
    read_system,
    read_text,
    read_text_type,
)
from .service import TranslatorService
from .values import Input, Target, Translated
from .version3 import read_target_script, transliterate_texts

Element = dict[str, Any]


def translate(service: TranslatorService, call: Call) -> Answer:
    """Answer `POST /translate`."""
    elements = read_elements(_read_inputs(call.body()))
    texts = [read_text(element) for element in elements]
    targets = [_read_target_elements(element) for element in elements]
    # In the order of the service's checks: all targets, all sources, all options.
    languages = [[read_language(each.get("language"), 400036) for each in group] for group in targets]
    sources = [_read_source(element) for element in elements]
    for element, group in zip(elements, targets, strict=True):
        _check_options(element, group)
    inputs = [
        Input(
            text,
            tuple(
                Target(language.code, read_target_script(language, each.get("script")))
                for language, each in zip(wanted, group, strict=True)
            ),
            source,
            read_text_type(element.get("texttype")),
        )
        for text, wanted, group, source, element in zip(texts, languages, targets, sources, elements, strict=True)
    ]
    charged = sum(len(each.text) * len(each.targets) for each in inputs)
    limits.TRANSLATE.check(texts, charged)
    service.spend(charged)
    body = {"value": [_spell(service.translate(each)) for each in inputs]}
    systems = max(len(each.targets) for each in inputs)
    return Answer(translator_json(body), {**metered(charged, systems), "sourceCharactersCharged": str(charged)})


def transliterate(service: TranslatorService, call: Call) -> Answer:
    """Answer `POST /transliterate`."""
    return Answer(translator_json({"value": transliterate_texts(service, call, _read_inputs(call.body()))}))


def _read_inputs(body: Any) -> Any:
    if not isinstance(body, dict):
        raise TranslatorError(400000, "The body is an object with an array `inputs`.")
    return lower_names(body).get("inputs")


def _read_target_elements(element: Element) -> list[Element]:
    targets = element.get("targets")
    if not isinstance(targets, list) or not targets or not all(isinstance(each, dict) for each in targets):
        raise TranslatorError(400036, "Every input has an array `targets` with at least one language.")
    return [lower_names(each) for each in targets]


def _read_source(element: Element) -> str | None:
    code = element.get("language")
    return read_language(code, 400035).code if code not in (None, "") else None


def _check_options(element: Element, targets: list[Element]) -> None:
    read_text_type(element.get("texttype"))
    check_script(element.get("script"), 400018)
    for target in targets:
        read_profanity(target.get("profanityaction"), target.get("profanitymarker"))
        read_choice(target.get("tone"), ("formal", "informal", "neutral"), "neutral")
        read_choice(target.get("gender"), ("female", "male", "neutral"), "neutral")
        fallback = target.get("allowfallback")
        if fallback not in (None, True, False):
            raise TranslatorError(400042, "allowFallback is true or false.")
        read_system(target.get("deploymentname"), fallback is not False, 400042)
        _check_references(target.get("referencetextpairs"))
        if not isinstance(target.get("adaptivedatasetid", ""), str | None):
            raise TranslatorError(400042, "adaptiveDatasetId is a text.")


def _check_references(pairs: Any) -> None:
    if pairs is None:
        return
    elements = [lower_names(pair) for pair in pairs if isinstance(pair, dict)] if isinstance(pairs, list) else []
    if not isinstance(pairs, list) or len(elements) != len(pairs):
        raise TranslatorError(400042, "referenceTextPairs is an array of objects.")
    if not all(isinstance(each.get(name), str) for each in elements for name in ("source", "target")):
        raise TranslatorError(400042, "A reference text pair has a source and a target.")


def _spell(answer: Translated) -> dict[str, Any]:
    translations = [
        {
            "language": each.language,
            "text": each.text if each.script_text is None else each.script_text,
            **({"script": each.script} if each.script else {}),
            "sourceCharacters": len(answer.text),
        }
        for each in answer.translations
    ]
    if answer.detected is None:
        return {"translations": translations}
    detected = {"language": answer.detected.language, "score": answer.detected.score}
    return {"detectedLanguage": detected, "translations": translations}
