"""Engines one after the other, detection, markup and transliteration."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wpslab.translator.detection import Detector
from wpslab.translator.engines import describe_engines, translate_text
from wpslab.translator.markup import translate_html, translate_plain, visible_text
from wpslab.translator.phrasebook import shipped_phrasebook
from wpslab.translator.templates import fill
from wpslab.translator.transliteration import to_latin

BOOK = shipped_phrasebook()


class Shouting:
    """An engine that takes English to German only, and every text but `???`."""

    name = "shouting"

    def targets(self, source):
        return frozenset({"de"} if source == "en" else ())

    def translate(self, text, source, target):
        return text.upper() if target in self.targets(source) and text != "???" else None


VALUES = {
    "name": "Ann",
    "place": "Madrid",
    "n": "3",
    "truck": "T-7",
    "site": "WH2",
    "item": "Café",
    "order": "A2",
    "time": "14:30",
}


def shout(text):
    return text.upper()


def in_spanish(text):
    return translate_text([BOOK], text, "en", "es")


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
        assert language in [guess.language for guess in detector.detect(fill(phrase, VALUES))]


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


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ti amo", "it"),
        ("Come va?", "it"),
        ("Ciao bella", "it"),
        ("Hola amigo", "es"),
        ("vale", "es"),
        ("Te quiero", "es"),
        ("Buenos dias", "es"),
        ("Je t'aime", "fr"),
        ("Eu te amo", "pt"),
        ("Ich liebe dich", "de"),
        ("The moon is blue", "en"),
        ("Thanks", "en"),
        ("Tack så mycket", "sv"),
        ("Dank je wel", "nl"),
        ("Dziękuję", "pl"),
        ("Köszönöm", "hu"),
        ("Mulțumesc", "ro"),
    ],
)
def test_short_phrases_are_detected_by_the_words_of_the_phrasebook_and_the_model(text, language):
    assert Detector(BOOK).detect(text)[0].language == language


def test_a_phrase_of_several_languages_goes_to_the_most_spoken_one():
    assert [(guess.language, guess.score) for guess in Detector(BOOK).detect("Hola")] == [("es", 0.5), ("ca", 0.5)]
    assert [guess.language for guess in Detector(BOOK).detect("No")] == ["en", "es", "it", "ca"]


def test_the_score_of_a_model_grows_with_the_length_of_a_text():
    texts = ["Te quiero", "Te quiero mucho", "Te quiero mucho y te echo de menos todos los días"]
    first, second, third = (Detector(BOOK).detect(text)[0].score for text in texts)
    assert 0.2 < first < second < third <= 1


@pytest.mark.parametrize(
    ("text", "language", "low", "high"),
    [
        ("Дякую", "uk", 0.2, 0.8),
        ("Добрий день", "uk", 0.2, 0.8),
        ("Дякую вам і вашій сім'ї", "uk", 1.0, 1.0),
        ("Мы были здесь вчера", "ru", 1.0, 1.0),
        ("Благодаря ви много за помощта вчера", "bg", 0.3, 1.0),
        ("چطوری", "fa", 0.6, 0.9),
        ("صباح الخیر", "fa", 0.6, 0.9),
        ("آپ کیسے ہیں", "ur", 0.9, 1.0),
        ("هذه السيارة الجديدة", "ar", 0.85, 0.95),
        ("كيف", "ar", 0.2, 0.6),
        ("東京駅", "ja", 0.5, 0.8),
        ("東京", "zh-Hant", 0.3, 0.7),
        ("北京大学", "zh-Hans", 0.3, 0.8),
        ("山水", "zh-Hans", 0.3, 0.6),
        ("今天天气很好", "zh-Hans", 0.9, 1.0),
        ("友達に会いたい", "ja", 1.0, 1.0),
        ("iPhone買った", "ja", 0.5, 0.8),
        ("hello 你好", "zh-Hans", 0.5, 0.8),
        ("OK 알겠어요", "ko", 0.7, 0.95),
        ("I went to 東京 last year and it was great", "en", 0.5, 0.9),
        ("আপনি কেমন আছেন", "bn", 1.0, 1.0),
        ("எப்படி இருக்கிறீர்கள்", "ta", 1.0, 1.0),
        ("Ja", "de", 0.5, 0.8),
    ],
)
def test_a_script_is_as_sure_as_it_can_be(text, language, low, high):
    best = Detector(BOOK).detect(text)[0]
    assert best.language == language
    assert low <= best.score <= high


def test_what_is_not_sure_has_alternatives():
    assert [guess.language for guess in Detector(BOOK).detect("Добрий день")][:2] == ["uk", "ru"]
    assert [guess.language for guess in Detector(BOOK).detect("東京")] == ["zh-Hant", "ja"]
    guesses = Detector(BOOK).detect("Hvordan har du det i dag")
    assert {guess.language for guess in guesses[:2]} == {"da", "nb"}
    assert [guess.score for guess in guesses] == sorted((guess.score for guess in guesses), reverse=True)


@pytest.mark.parametrize("text", ["", "12345", "?!", "🎉🎉", "WH1", "brb", "გამარჯობა"])
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


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("<p>Hello, <b>how are you?</b></p>", "<p>Hola, <b>¿Cómo estás?</b></p>"),
        ("<p>Hello! <i>Thank you.</i></p>", "<p>¡Hola! <i>Gracias.</i></p>"),
        ("<p>Thank <b>you</b></p>", "<p>Gracias<b></b></p>"),
        ("<p>How <b>are you</b>?</p>", "<p><b>¿Cómo estás?</b></p>"),
        ("<p>The <b>moon</b> is</p>", "<p>[es] The <b>moon</b> is</p>"),
        ("<p>The moon <b>Hello</b></p>", "<p>[es] The moon <b>Hola</b></p>"),
        ("<p>Thank</p><p>you</p>", "<p>[es] Thank</p><p>[es] you</p>"),
        ("Thank<br>you", "[es] Thank<br>[es] you"),
        ("<p>Hello&nbsp;<b>&nbsp;Yes</b></p>", "<p>Hola&nbsp;<b>&nbsp;Sí</b></p>"),
        ("<p>Thank <span class='notranslate'>you</span></p>", "<p>[es] Thank <span class='notranslate'>you</span></p>"),
        ("<b>[a] one</b> [b] two", "<b>[es] [a] one</b> [b] two"),
    ],
)
def test_a_sentence_goes_on_over_inline_tags(given_text, wanted):
    assert translate_html(given_text, in_spanish) == wanted


def test_a_text_that_needs_no_translation_gets_no_mark():
    text = "<b>[a] one</b> [b] two"
    assert translate_html(text, lambda part: part) == text


def test_the_visible_text_has_no_tags_and_nothing_protected():
    text = "<div class='main header'><span>Wo bist&nbsp;du?</span> <!-- the --> <code>the of and</code> &amp; ja</div>"
    assert visible_text(text) == "Wo bist du? & ja"


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
        ("こんにちは", "ja", "konnichiwa"),
        ("こんにちは、お元気ですか？", "ja", "konnichiwa、o元気desuka？"),
        ("こんばんは", "ja", "konbanwa"),
        ("それでは", "ja", "soredewa"),
        ("では、また", "ja", "dewa、mata"),
        ("トラックは25分", "ja", "torakkuwa25分"),
        ("はい", "ja", "hai"),
        ("はは", "ja", "haha"),
        ("はな", "ja", "hana"),
        ("がっこう", "ja", "gakkou"),
        ("きょう", "ja", "kyou"),
        ("東京 です", "ja", "東京 desu"),
        ("привет, Ann", "ru", "privet, Ann"),
        ("你好！", "zh-Hans", "ni hao！"),
    ],
)
def test_texts_are_written_in_latin_letters(text, language, latin):
    assert to_latin(text, language) == latin
