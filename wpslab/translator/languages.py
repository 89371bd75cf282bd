"""Languages: what the service can be asked for, with names, direction and scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its code.

    Attributes:
        code: as the service spells it, such as `zh-Hans`.
        name: in English.
        native_name: in itself.
        script: the code of the script it is written in.
        direction: where lines begin.
        variant_of: the language whose phrases it shares, where it has none of its own.
    """

    code: str
    name: str
    native_name: str
    script: str = "Latn"
    direction: Literal["ltr", "rtl"] = "ltr"
    variant_of: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A script by its ISO 15924 code."""

    code: str
    name: str
    native_name: str


_ROWS = (
    Language("ar", "Arabic", "العربية", "Arab", "rtl"),
    Language("bg", "Bulgarian", "Български", "Cyrl"),
    Language("bn", "Bangla", "বাংলা", "Beng"),
    Language("ca", "Catalan", "Català"),
    Language("cs", "Czech", "Čeština"),
    Language("da", "Danish", "Dansk"),
    Language("de", "German", "Deutsch"),
    Language("el", "Greek", "Ελληνικά", "Grek"),
    Language("en", "English", "English"),
    Language("es", "Spanish", "Español"),
    Language("et", "Estonian", "Eesti"),
    Language("fa", "Persian", "فارسی", "Arab", "rtl"),
    Language("fi", "Finnish", "Suomi"),
    Language("fil", "Filipino", "Filipino"),
    Language("fr", "French", "Français"),
    Language("fr-ca", "French (Canada)", "Français (Canada)", variant_of="fr"),
    Language("he", "Hebrew", "עברית", "Hebr", "rtl"),
    Language("hi", "Hindi", "हिन्दी", "Deva"),
    Language("hr", "Croatian", "Hrvatski"),
    Language("hu", "Hungarian", "Magyar"),
    Language("id", "Indonesian", "Indonesia"),
    Language("is", "Icelandic", "Íslenska"),
    Language("it", "Italian", "Italiano"),
    Language("ja", "Japanese", "日本語", "Jpan"),
    Language("ko", "Korean", "한국어", "Kore"),
    Language("lt", "Lithuanian", "Lietuvių"),
    Language("lv", "Latvian", "Latviešu"),
    Language("ms", "Malay", "Melayu"),
    Language("nb", "Norwegian", "Norsk"),
    Language("nl", "Dutch", "Nederlands"),
    Language("pl", "Polish", "Polski"),
    Language("pt", "Portuguese (Brazil)", "Português (Brasil)"),
    Language("pt-pt", "Portuguese (Portugal)", "Português (Portugal)", variant_of="pt"),
    Language("ro", "Romanian", "Română"),
    Language("ru", "Russian", "Русский", "Cyrl"),
    Language("sk", "Slovak", "Slovenčina"),
    Language("sl", "Slovenian", "Slovenščina"),
    Language("sv", "Swedish", "Svenska"),
    Language("ta", "Tamil", "தமிழ்", "Taml"),
    Language("th", "Thai", "ไทย", "Thai"),
    Language("tr", "Turkish", "Türkçe"),
    Language("uk", "Ukrainian", "Українська", "Cyrl"),
    Language("ur", "Urdu", "اردو", "Arab", "rtl"),
    Language("vi", "Vietnamese", "Tiếng Việt"),
    Language("zh-Hans", "Chinese Simplified", "中文 (简体)", "Hans"),
    Language("zh-Hant", "Chinese Traditional", "繁體中文 (繁體)", "Hant"),
)

LANGUAGES: Mapping[str, Language] = {each.code: each for each in _ROWS}

_SCRIPT_ROWS = (
    Script("Cyrl", "Cyrillic", "Кириллица"),
    Script("Grek", "Greek", "Ελληνικό"),
    Script("Hans", "Chinese Simplified", "简体中文"),
    Script("Hant", "Chinese Traditional", "繁體中文"),
    Script("Jpan", "Japanese", "日本語"),
    Script("Kore", "Korean", "한국어"),
    Script("Latn", "Latin", "Latin"),
)

SCRIPTS: Mapping[str, Script] = {each.code: each for each in _SCRIPT_ROWS}
"""The scripts of transliteration."""

TRANSLITERATED = ("el", "ja", "ko", "ru", "uk", "zh-Hans", "zh-Hant")
"""Languages that can be written in Latin script. The others lose their vowels without a dictionary."""

_BY_KEY = {code.lower(): language for code, language in LANGUAGES.items()}
_BY_KEY |= {"zh": LANGUAGES["zh-Hans"], "zh-cn": LANGUAGES["zh-Hans"], "zh-tw": LANGUAGES["zh-Hant"]}
_BY_KEY |= {"pt-br": LANGUAGES["pt"], "no": LANGUAGES["nb"]}


def find_language(code: str) -> Language | None:
    """Return the language with this code, in any case of letters, or None."""
    return _BY_KEY.get(code.strip().lower())


def known_script(code: str) -> bool:
    """Tell whether any language here is written in the script with this code, in any case of letters."""
    return code.lower() in {language.script.lower() for language in _ROWS}
