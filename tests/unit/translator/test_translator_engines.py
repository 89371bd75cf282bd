"""Engines one after the other, detection, markup and transliteration."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wpslab.translator.detection import Detector
from wpslab.translator.engines import describe_engines, translate_text
from wpslab.translator.markup import translate_html, translate_plain
from wpslab.translator.phrasebook import shipped_phrasebook
from wpslab.translator.transliteration import to_latin

BOOK = shipped_phrasebook()


class Shouting:
    """An engine that takes English to German only, and every text but `???`."""

    name = "shouting"

    def targets(self, source):
        return frozenset({"de"} if source == "en" else ())

    def translate(self, text, source, target):
        return text.upper() if target in self.targets(source) and text != "???" else None


def shout(text):
    return text.upper()


# Engines


def test_the_first_engine_that_can_translates():
    assert translate_text([BOOK, Shouting()], "Hello", "en", "de") == "Hallo"
    assert translate_text([BOOK, Shouting()], "The moon", "en", "de") == "THE MOON"


def test_what_no_engine_can_translate_is_marked():
    assert translate_text([BOOK, Shouting()], "The moon", "en", "es") == "[es] The moon"


def test_blanks_around_a_text_stay():
    assert translate_text([BOOK], "\n Hello  ", "en", "es") == "\n Hola  "
    assert translate_text([BOOK], " The moon ", "en", "es") == " [es] The moon "


@pytest.mark.parametrize("text", ["", "  ", "123", "!!!", "14:30", "🎉"])
def test_a_text_without_words_stays(text):
    assert translate_text([BOOK], text, "en", "es") == text


def test_a_text_in_the_wanted_language_stays():
    assert translate_text([BOOK], "The moon", "en", "en") == "The moon"


def test_table_tells_which_language_has_which_engine():
    table = {each.code: each for each in describe_engines([BOOK, Shouting()])}
    assert table["en"].has("phrasebook")
    assert table["en"].has("shouting")
    assert not table["ja"].has("shouting")
    assert dict(table["en"].engines)["shouting"] == ("de",)
    assert table["sv"].engines == ()
    lines = repr(describe_engines([BOOK, Shouting()])).splitlines()
    assert any("English" in line and "shouting (to de)" in line for line in lines)
    assert any("Swedish" in line and "none" in line for line in lines)


# Detection


@pytest.mark.parametrize("language", BOOK.languages)
def test_phrases_of_the_book_are_detected(language):
    detector = Detector(BOOK)
    for phrase in BOOK.phrases(language).values():
        assert language in [guess.language for guess in detector.detect(phrase.replace("{n}", "3"))]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("友達に会いたい", "ja"),
        ("오늘 날씨가 좋네요", "ko"),
        ("今天天气很好", "zh-Hans"),
        ("這個說話的時候", "zh-Hant"),
        ("сегодня хорошая погода", "ru"),
        ("сьогодні гарна погода і сонце", "uk"),
        ("الطقس جميل اليوم", "ar"),
        ("מזג האוויר יפה", "he"),
        ("ο καιρός είναι καλός", "el"),
        ("आज मौसम अच्छा है", "hi"),
        ("วันนี้อากาศดี", "th"),
    ],
)
def test_a_script_of_one_language_tells_it(text, language):
    assert Detector(BOOK).detect(text)[0].language == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The weather is nice today and we go outside", "en"),
        ("Hoy hace buen tiempo y vamos a la calle", "es"),
        ("Il fait beau aujourd'hui et nous sortons", "fr"),
        ("Heute ist schönes Wetter und wir gehen raus", "de"),
        ("Oggi il tempo è bello e usciamo", "it"),
        ("Hoje o tempo está bom e nós vamos sair", "pt"),
        ("Het is vandaag mooi weer en we gaan naar buiten", "nl"),
    ],
)
def test_a_sentence_in_latin_script_is_detected(text, language):
    best = Detector(BOOK).detect(text)[0]
    assert best.language == language
    assert best.score > 0.5


def test_a_phrase_of_several_languages_goes_to_the_most_spoken_one():
    assert [guess.language for guess in Detector(BOOK).detect("Hola")] == ["es", "ca"]


@pytest.mark.parametrize("text", ["", "12345", "?!", "🎉🎉"])
def test_where_nothing_tells_the_language_english_is_guessed_with_a_low_score(text):
    (guess,) = Detector(BOOK).detect(text)
    assert (guess.language, guess.score) == ("en", 0.3)


@given(st.text())
def test_any_text_has_a_language(text):
    guesses = Detector(BOOK).detect(text)
    assert all(0 <= guess.score <= 1 for guess in guesses)


# Markup


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("plain", "PLAIN"),
        ("<b>bold</b> and <i class='x'>more</i>", "<b>BOLD</b> AND <i class='x'>MORE</i>"),
        ("a &amp; b &lt; c", "A &amp; B &lt; C"),
        ("one<br>two<br/>three", "ONE<br>TWO<br/>THREE"),
        ("<p>a <span class='notranslate'>keep <b>this</b></span> b</p>", None),
        ("<code>x = 1</code> code", "<code>x = 1</code> CODE"),
        ("<!-- a comment --> b", "<!-- a comment --> B"),
        ("1 < 2 is true", "1 &lt; 2 IS TRUE"),
        ("broken <b", "BROKEN <b"),
        ("<!-- never closed", "<!-- never closed"),
        ('say <mstrans:dictionary translation="hola">hello</mstrans:dictionary> now', "SAY hola NOW"),
    ],
)
def test_only_text_between_tags_is_translated(given_text, wanted):
    wanted = wanted or "<p>A <span class='notranslate'>keep <b>this</b></span> B</p>"
    assert translate_html(given_text, shout) == wanted


def test_tags_in_a_plain_text_are_text_but_given_translations_are_not():
    text = 'a <b>b</b> <mstrans:dictionary translation="X">y</mstrans:dictionary>'
    assert translate_plain(text, shout) == "A <B>B</B> X"


@given(st.text(alphabet="<>!-/ab &;='\"\n", max_size=200))
def test_nothing_of_broken_markup_is_lost(text):
    assert html.unescape(translate_html(text, lambda part: part)) == html.unescape(text)


# Transliteration


@pytest.mark.parametrize(
    ("text", "language", "latin"),
    [
        ("ありがとう", "ja", "arigatou"),
        ("がっこう", "ja", "gakkou"),
        ("きょう", "ja", "kyou"),
        ("東京 です", "ja", "東京 desu"),
        ("привет, Ann", "ru", "privet, Ann"),
        ("你好！", "zh-Hans", "ni hao！"),
    ],
)
def test_texts_are_written_in_latin_letters(text, language, latin):
    assert to_latin(text, language) == latin
