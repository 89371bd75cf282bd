"""The phrasebook: complete in every language, and found however a phrase is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wpslab.translator.languages import LANGUAGES
from wpslab.translator.phrasebook import shipped_phrasebook
from wpslab.translator.templates import fill, placeholders
from wpslab.translator.texts import fold, loosen, sentences, simplify, words

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


def test_long_drawn_letters_are_read_in_no_time():
    # A pattern that tries every way to read them would take days, and hold up the whole process.
    text = f"うわ{'ー' * 60}！！スペインから来ました"
    assert BOOK.translate(text, "ja", "en") is None
    assert "en" not in BOOK.find_languages(text)


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


def _spellings(language):
    yield from BOOK.phrases(language).items()
    for key, spellings in BOOK.aliases(language).items():
        yield from ((key, spelling) for spelling in spellings)


def _first_keys(language):
    """By key, the first one whose phrase is spelled the same: `Bonjour` is both hello and good morning."""
    spelled = {key: fold(simplify(phrase)) for key, phrase in BOOK.phrases(language).items()}
    first = {}
    for key, phrase in spelled.items():
        first.setdefault(phrase, key)
    return {key: first[phrase] for key, phrase in spelled.items()}


# However people type


@pytest.mark.parametrize("typed", ["Good morning", "good morning", "GOOD MORNING", "Good \n  morning", "good, morning"])
def test_case_blanks_and_commas_do_not_matter(typed):
    assert BOOK.translate(typed, "en", "es") == "Buenos días"


@pytest.mark.parametrize(
    ("typed", "source", "english"),
    [
        ("iyi geceler", "tr", "Good night"),
        ("İYİ GECELER", "tr", "Good night"),
        ("GÜNAYDIN", "tr", "Good morning"),
        ("HAYIR", "tr", "No"),
        ("gunaydin", "tr", "Good morning"),
        ("¿qué hora es", "es", "What time is it?"),
        ("Buenos dias", "es", "Good morning"),
        ("Como estas", "es", "How are you?"),
        ("hola como estas", "es", "Hello, how are you?"),
        ("comment vas-tu?", "fr", "How are you?"),
        ("Comment vas-tu\u202f?", "fr", "How are you?"),
        ("je m’appelle Zoé", "fr", "My name is Zoé"),
        ("Nouvelle heure d'arrivée: 14:30", "fr", "New arrival time: 14:30"),
        ("Adéu", "ca", "Goodbye"),
        ("ich heisse Anna", "de", "My name is Anna"),
        ("ICH HEISSE ANNA", "de", "My name is ANNA"),
        ("Все идет по графику", "ru", "Everything is on schedule"),
        ("Пойдем", "ru", "Let's go"),
        ("Осталось 5 шт.", "ru", "There are 5 units left"),
        ("شكراً", "ar", "Thank you"),
        ("مَرْحَبًا", "ar", "Hello"),
        ("انا من مدريد", "ar", "I am from مدريد"),
        ("हां", "hi", "Yes"),
        ("मुझे माफ कीजिए", "hi", "I am sorry"),
        ("お元気ですか", "ja", "How are you?"),
        ("こんにちはお元気ですか", "ja", "Hello, how are you?"),
        ("卡车 T-7 晚到 ２０ 分钟", "zh-Hans", "Truck T-7 is 20 minutes late"),
    ],
)
def test_people_type_as_their_language_does(typed, source, english):
    assert BOOK.translate(typed, source, "en") == english


@pytest.mark.parametrize("language", BOOK.languages)
def test_leaving_out_accents_makes_no_two_phrases_alike(language):
    meant = {}
    for key, spelling in _spellings(language):
        if not placeholders(spelling):
            meant.setdefault(loosen(simplify(spelling))[0], {}).setdefault(fold(simplify(spelling)), key)
    assert not [keys for keys in meant.values() if len(set(keys.values())) > 1]


@pytest.mark.parametrize(
    ("typed", "target", "wanted"),
    [
        ("Hello 👍", "es", "Hola 👍"),
        ("👋🏽 Hello", "es", "👋🏽 Hola"),
        ("Thank you ❤️", "fr", "Merci ❤️"),
        ("Yes?", "es", "¿Sí?"),
        ("Yes?", "fr", "Oui ?"),
        ("Yes?", "ar", "نعم؟"),
        ("Yes?!", "es", "¡¿Sí?!"),
        ("Hello!!", "es", "¡¡Hola!!"),
        ("Hello!", "ja", "こんにちは！"),
        ("Thank you.", "hi", "धन्यवाद।"),
        ("Thank you.", "zh-Hans", "谢谢。"),
        ("Hello...", "es", "Hola..."),
        ("Hello…", "ja", "こんにちは…"),
        ("Hello,", "ar", "مرحبا،"),
        ("“Hello”", "de", "“Hallo”"),
        ("(Yes)", "it", "(Sì)"),
        ("How are you?", "es", "¿Cómo estás?"),
        ("How are you", "es", "¿Cómo estás?"),
        ("How are you???", "es", "¿Cómo estás?"),
        ("How are you? 😀", "es", "¿Cómo estás? 😀"),
        ("How are you,", "es", "¿Cómo estás?"),
        ("There are 5 units left.", "ru", "Осталось 5 шт."),
        ("My name is Ann.", "de", "Ich heiße Ann."),
    ],
)
def test_what_stands_around_a_phrase_is_put_back(typed, target, wanted):
    assert BOOK.translate(typed, "en", target) == wanted


@pytest.mark.parametrize(
    ("typed", "source", "english"),
    [
        ("¿Sí?", "es", "Yes?"),
        ("¡Hola!", "es", "Hello!"),
        ("你好！", "zh-Hans", "Hello!"),
        ("धन्यवाद।", "hi", "Thank you."),
    ],
)
def test_marks_are_those_of_the_other_language(typed, source, english):
    assert BOOK.translate(typed, source, "en") == english


# Other spellings


@pytest.mark.parametrize("language", BOOK.languages)
def test_other_spellings_are_of_phrases_and_not_of_the_book_already(language):
    known = BOOK.phrases(language)
    seen = {fold(simplify(phrase)): phrase for phrase in known.values()}
    for key, spellings in BOOK.aliases(language).items():
        for spelling in spellings:
            assert sorted(placeholders(spelling)) == sorted(placeholders(known[key]))
            assert seen.setdefault(fold(simplify(spelling)), spelling) is spelling


@pytest.mark.parametrize("language", BOOK.languages)
def test_other_spellings_are_found_and_never_given(language):
    other = "es" if language == "en" else "en"
    for key, spellings in BOOK.aliases(language).items():
        for spelling in spellings:
            wanted = fill(BOOK.phrases(other)[key], VALUES)
            assert BOOK.translate(fill(spelling, VALUES), language, other) == wanted
    assert "aliases" not in BOOK.topics
    assert BOOK.aliases(language)
    assert set(BOOK.phrases(language)) == set(ENGLISH)


@pytest.mark.parametrize("key", ["how_are_you", "i_am_fine", "goodbye", "hello_how_are_you"])
def test_every_language_has_other_spellings_of_what_is_said_most(key):
    assert [language for language in BOOK.languages if key not in BOOK.aliases(language)] == []


@pytest.mark.parametrize(
    ("typed", "spanish"),
    [
        ("Hi", "Buenas"),
        ("Thanks", "Gracias"),
        ("thank you so much!", "¡Muchas gracias!"),
        ("I'm fine, thanks", "Estoy bien, gracias"),
        ("im fine", "Estoy bien, gracias"),
        ("Hello how are you", "Hola, ¿cómo estás?"),
        ("Bye 👋", "Adiós 👋"),
        ("I'm from Madrid", "Soy de Madrid"),
    ],
)
def test_short_variants_are_found(typed, spanish):
    assert BOOK.translate(typed, "en", "es") == spanish


# Placeholders


def test_names_keep_their_case_and_numbers_their_digits():
    assert BOOK.translate("truck mX-12 is 20 minutes late", "en", "de") == "Lkw mX-12 hat 20 Minuten Verspätung"


@pytest.mark.parametrize(
    ("typed", "source"),
    [
        ("Dock three is free", "en"),
        ("My name is not important", "en"),
        ("MY NAME IS NOT IMPORTANT", "en"),
        ("My name is ann", "en"),
        ("My name is Ann and I am hungry", "en"),
        ("My name is Ann Mary Jane Smith", "en"),
        ("I am from the north of England", "en"),
        ("I am from England and Wales", "en"),
        ("Where is order and justice?", "en"),
        ("Where is order Justice?", "en"),
        ("Truck driver is 5 minutes late", "en"),
        ("Please send 5 units to the moon", "en"),
        ("Stock of everything we have is low at WH2", "en"),
        ("New arrival time: never", "en"),
        ("Ich komme aus dem Norden von England", "de"),
        ("मेरा नाम महत्वपूर्ण नहीं है", "hi"),
        ("اسمي غير مهم", "ar"),
        ("昨日の会議から来ました", "ja"),
        ("我来自一个非常遥远的北方城市", "zh-Hans"),
    ],
)
def test_prose_is_no_name_no_code_and_no_number(typed, source):
    assert BOOK.translate(typed, source, "es") is None


@pytest.mark.parametrize(
    ("typed", "source", "spanish"),
    [
        ("My name is Ann Mary Smith", "en", "Me llamo Ann Mary Smith"),
        ("My name is Jean-Luc", "en", "Me llamo Jean-Luc"),
        ("I am from Rio de Janeiro", "en", "Soy de Rio de Janeiro"),
        ("Ich komme aus Österreich", "de", "Soy de Österreich"),
        ("Меня зовут Анна", "ru", "Me llamo Анна"),
        ("मेरा नाम राम है", "hi", "Me llamo राम"),
        ("私の名前は田中です", "ja", "Me llamo 田中"),
        ("東京から来ました", "ja", "Soy de 東京"),
        ("我来自马德里", "zh-Hans", "Soy de 马德里"),
        ("Where is order #17?", "en", "¿Dónde está el pedido #17?"),
        ("Please send 1,000 units to Madrid", "en", "Por favor, envíe 1,000 unidades a Madrid"),
        ("Stock of coffee beans is low at C1", "en", "Quedan pocas existencias de coffee beans en C1"),
        ("मेरा नाम ज़ोया है", "hi", "Me llamo ज़ोया"),
        ("New arrival time: 2 pm", "en", "Nueva hora de llegada: 2 pm"),
    ],
)
def test_names_codes_and_numbers_stay_what_they_are(typed, source, spanish):
    assert BOOK.translate(typed, source, "es") == spanish


def test_several_phrases_in_a_row_are_translated_one_by_one():
    typed = "My name is Ann. Where are you from?"
    assert BOOK.translate(typed, "en", "es") == "Me llamo Ann. ¿De dónde eres?"
    assert BOOK.translate(typed, "en", "ja") == "私の名前はAnnです。どこの出身ですか？"
    assert BOOK.translate("Hello! How are you? 👍\nBye", "en", "es") == "¡Hola! ¿Cómo estás? 👍\nAdiós"
    assert BOOK.translate("你好。谢谢", "zh-Hans", "en") == "Hello. Thank you"


def test_a_text_with_one_unknown_sentence_is_not_translated():
    assert BOOK.translate("Hello. The moon is blue.", "en", "es") is None


def test_what_is_no_phrase_or_no_language_is_not_translated():
    assert BOOK.translate("The moon is blue", "en", "es") is None
    assert BOOK.translate("Hello", "en", "sv") is None
    assert BOOK.translate("Hello", "xx", "es") is None


def test_portuguese_of_portugal_shares_the_phrases_of_brazil():
    assert BOOK.translate("Good night", "en", "pt-pt") == "Boa noite"
    assert BOOK.translate("Obrigado", "pt-pt", "en") == "Thank you"


def test_french_of_canada_shares_the_phrases_of_france():
    assert BOOK.translate("Thank you", "en", "fr-ca") == "Merci"


def test_words_of_a_language_are_known_without_accents():
    assert {"como", "estas", "hola", "vale"} <= BOOK.words("es")
    assert words("L'été, déjà!") == ["l", "ete", "deja"]


def test_accents_tell_languages_apart_where_they_are_typed():
    assert BOOK.find_languages("Sì") == ("it",)
    assert set(BOOK.find_languages("Si")) == {"ca", "es", "it"}


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
