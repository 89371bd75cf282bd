"""Listing: the languages the service names, to people in their own language where their names are known."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from .answers import Answer, translator_json
from .errors import TranslatorError
from .languages import LANGUAGES, SCRIPTS, Language, find_language
from .parameters import Call
from .service import TranslatorService
from .transliteration import transliterated

_SCOPES: Mapping[str, tuple[str, ...]] = {
    "3.0": ("translation", "transliteration", "dictionary"),
    "2026-06-06": ("translation", "transliteration", "models"),
}

Name = Callable[[Language], str]


def list_languages(service: TranslatorService, call: Call, version: str) -> Answer:
    """Answer `GET /languages`."""
    known = _SCOPES[version]
    asked = {each.strip().lower() for value in call.query.get("scope", ()) for each in value.split(",")} - {""}
    if not asked <= set(known):
        raise TranslatorError(400001)
    language = _preferred(call.request.header("accept-language") or "")
    groups = {name: _group(name, language) for name in known if not asked or name in asked}
    body = translator_json(groups)
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Content-Language": language}
    if _is_known(call.request.header("if-none-match"), etag):
        return Answer(b"", headers, 304, {})
    return Answer(body, headers)


def _group(group: str, language: str) -> Any:
    if group == "models":
        return []  # no language model translates here
    if group == "dictionary":
        return {}  # lookups are not answered here
    if group == "translation":
        return {code: _spell(each, language) for code, each in LANGUAGES.items()}
    return {code: {**_named(LANGUAGES[code], language), "scripts": [_script(code)]} for code in transliterated()}


def _named(language: Language, reader: str) -> dict[str, str]:
    return {"name": _names(reader).get(language.code, language.name), "nativeName": language.native_name}


def _spell(language: Language, reader: str) -> dict[str, str]:
    return {**_named(language, reader), "dir": language.direction}


def _script(code: str) -> dict[str, Any]:
    return {**_spell_script(LANGUAGES[code].script), "toScripts": [_spell_script("Latn")]}


def _spell_script(code: str) -> dict[str, str]:
    script = SCRIPTS[code]
    return {"code": code, "name": script.name, "nativeName": script.native_name, "dir": "ltr"}


@lru_cache(len(LANGUAGES))
def _names(reader: str) -> Mapping[str, str]:
    """Return what languages are called in a language; nothing where that is not known."""
    if reader == "en":
        return {}
    try:
        from babel import Locale
    except ImportError:  # comes with JupyterLab
        return {}
    locale = Locale.parse(reader.replace("-", "_"))
    names = {code: locale.languages.get(code.replace("-", "_").lower(), "") for code in LANGUAGES}
    names |= {"zh-Hans": locale.languages.get("zh_Hans", ""), "zh-Hant": locale.languages.get("zh_Hant", "")}
    names |= {"pt": locale.languages.get("pt_BR", ""), "pt-pt": locale.languages.get("pt_PT", "")}
    names |= {"fr-ca": locale.languages.get("fr_CA", "")}
    return {code: name for code, name in names.items() if name}


def _preferred(header: str) -> str:
    """Return the first language of an Accept-Language header that is known here."""
    for each in header.split(",")[:20]:
        tag = each.partition(";")[0].strip()
        found = find_language(tag) or find_language(re.split("[-_]", tag)[0])
        if found is not None:
            return found.code
    return "en"


def _is_known(header: str | None, etag: str) -> bool:
    tags = {each.strip().removeprefix("W/") for each in (header or "").split(",")}
    return etag in tags or "*" in tags
