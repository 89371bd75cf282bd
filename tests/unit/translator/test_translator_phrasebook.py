"""The phrasebook: complete in every language, and found however a phrase is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wpslab.translator.languages import LANGUAGES
from wpslab.translator.phrasebook import fill, placeholders, shipped_phrasebook
from wpslab.translator.texts import fold, sentences, simplify

BOOK = shipped_phrasebook()
ENGLISH = BOOK.phrases("en")
VALUES = {
    "name": "Ann",
    "place": "Madrid",
    "n": "25",
    "truck": "T-7",
    "site": "WH2",
    "item": "Kaffee",
    "order": "A-17",
    "time": "14:30",
}
ASKED_FOR = {"en", "es", "fr", "de", "it", "pt", "ar", "zh-Hans", "hi", "ja", "ca", "ru", "tr"}


def test_it_has_the_languages_of_the_course():
    assert set(BOOK.languages) >= ASKED_FOR
    assert set(BOOK.languages) <= set(LANGUAGES)


def test_it_has_phrases_for_a_chat_and_for_a_supply_chain():
    assert len(BOOK.phrases("en", "chat")) >= 40
    assert len(BOOK.phrases("en", "supply")) >= 25


@pytest.mark.parametrize("language", BOOK.languages)
def test_every_language_has_every_phrase_of_every_topic(language):
    for topic in BOOK.topics:
        assert list(BOOK.phrases(language, topic)) == list(BOOK.phrases("en", topic))


@pytest.mark.parametrize("language", BOOK.languages)
def test_every_phrase_keeps_its_placeholders(language):
    for key, phrase in BOOK.phrases(language).items():
        assert sorted(placeholders(phrase)) == sorted(placeholders(ENGLISH[key])), key


@pytest.mark.parametrize("language", BOOK.languages)
def test_hardly_any_two_phrases_of_a_language_are_the_same(language):
    assert len(set(_first_keys(language).values())) >= len(ENGLISH) - 2


@pytest.mark.parametrize("source", BOOK.languages)
def test_every_phrase_is_translated_into_every_language(source):
    meant = _first_keys(source)
    for target in BOOK.languages:
        for key, phrase in BOOK.phrases(source).items():
            wanted = fill(BOOK.phrases(target)[meant[key]], VALUES)
            assert BOOK.translate(fill(phrase, VALUES), source, target) == wanted


def _first_keys(language):
    """By key, the first one whose phrase is spelled the same: `Bonjour` is both hello and good morning."""
    spelled = {key: fold(simplify(phrase)) for key, phrase in BOOK.phrases(language).items()}
    first = {}
    for key, phrase in spelled.items():
        first.setdefault(phrase, key)
    return {key: first[phrase] for key, phrase in spelled.items()}


@pytest.mark.parametrize(
    "typed", ["Good morning", "good morning", "GOOD MORNING!!!", "  Good \n morning. ", "“Good morning”"]
)
def test_case_punctuation_around_it_and_blanks_do_not_matter(typed):
    assert BOOK.translate(typed, "en", "es") == "Buenos días"


@pytest.mark.parametrize(
    ("typed", "source", "english"),
    [
        ("iyi geceler", "tr", "Good night"),
        ("İYİ GECELER", "tr", "Good night"),
        ("¿qué hora es", "es", "What time is it?"),
        ("comment vas-tu?", "fr", "How are you?"),
        ("je m’appelle Zoé", "fr", "My name is Zoé"),
        ("卡车 T-7 晚点 ２０ 分钟。", "zh-Hans", "Truck T-7 is 20 minutes late"),
    ],
)
def test_people_type_as_their_language_does(typed, source, english):
    assert BOOK.translate(typed, source, "en") == english


def test_names_keep_their_case_and_numbers_their_digits():
    assert BOOK.translate("truck mX-12 is 20 minutes late", "en", "de") == "Lkw mX-12 hat 20 Minuten Verspätung"


def test_a_number_is_no_word():
    assert BOOK.translate("Dock three is free", "en", "es") is None


def test_several_phrases_in_a_row_are_translated_one_by_one():
    typed = "My name is Ann. Where are you from?"
    assert BOOK.translate(typed, "en", "es") == "Me llamo Ann. ¿De dónde eres?"
    assert BOOK.translate(typed, "en", "ja") == "私の名前はAnnです。どこの出身ですか？"


def test_a_text_with_one_unknown_sentence_is_not_translated():
    assert BOOK.translate("Hello. The moon is blue.", "en", "es") is None


def test_what_is_no_phrase_or_no_language_is_not_translated():
    assert BOOK.translate("The moon is blue", "en", "es") is None
    assert BOOK.translate("Hello", "en", "sv") is None
    assert BOOK.translate("Hello", "xx", "es") is None


def test_portuguese_of_portugal_shares_the_phrases_of_brazil():
    assert BOOK.translate("Good night", "en", "pt-pt") == "Boa noite"
    assert BOOK.translate("Obrigado", "pt-pt", "en") == "Thank you"


def test_languages_of_a_phrase_are_known():
    assert BOOK.find_languages("guten morgen!") == ("de",)
    assert set(BOOK.find_languages("Hola")) == {"ca", "es"}
    assert BOOK.find_languages("The moon is blue") == ()


def test_asking_for_what_it_does_not_have_names_what_it_has():
    with pytest.raises(ValueError, match="zh-Hans"):
        BOOK.phrases("sv")
    with pytest.raises(ValueError, match="chat"):
        BOOK.phrases("en", "poetry")


@given(st.text(max_size=400), st.sampled_from(BOOK.languages), st.sampled_from(BOOK.languages))
def test_any_text_is_translated_or_not(text, source, target):
    assert isinstance(BOOK.translate(text, source, target), str | None)
    BOOK.find_languages(text)


@given(st.text())
def test_sentences_make_up_the_text(text):
    assert "".join(sentences(text)) == text


@given(st.text())
def test_simplifying_twice_changes_nothing_more(text):
    assert simplify(simplify(text)) == simplify(text)
