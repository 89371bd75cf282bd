"""Apertium: the real program where it is installed, and programs that behave badly."""

import pytest

from wpslab.translator.apertium import Apertium, installed_apertium
from wpslab.translator.engines import translate_text

INSTALL = "apt-get install apertium apertium-eng-spa apertium-spa-cat apertium-spa-ita apertium-fr-es apertium-es-pt"


def _program(tmp_path, script):
    program = tmp_path / "apertium"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def apertium():
    """The Apertium of this machine, with English and Spanish at least."""
    found = installed_apertium()
    if found is None or ("en", "es") not in found.modes:
        pytest.skip(f"no Apertium for English and Spanish here: {INSTALL}")
    return found


def _need(apertium, source, target):
    if not apertium.route(source, target):
        pytest.skip(f"no way from {source} to {target} here: {INSTALL}")


# The real program


def test_a_typed_sentence_is_really_translated(apertium):
    assert apertium.translate("I have a red house.", "en", "es") == "Tengo una casa roja."


@pytest.mark.parametrize("target", ["es", "ca", "fr", "it", "pt", "pt-pt"])
def test_english_goes_to_every_language_of_the_family(apertium, target):
    _need(apertium, "en", target)
    translated = apertium.translate("The house is red.", "en", target)
    assert translated
    assert translated != "The house is red."
    assert "*" not in translated


def test_languages_without_a_pair_go_through_spanish(apertium):
    _need(apertium, "en", "it")
    assert apertium.route("en", "it") == ("eng-spa", "spa-ita")


def test_a_word_it_does_not_know_stays_without_a_mark(apertium):
    translated = apertium.translate("I have a red glimmerbox.", "en", "es")
    assert "glimmerbox" in translated
    assert translated.startswith("Tengo un")
    assert "*" not in translated


def test_a_text_it_mostly_does_not_know_is_not_translated(apertium):
    assert apertium.translate("Glimmerbox flibbertee zoomwhack", "en", "es") is None
    assert translate_text([apertium], "Glimmerbox flibbertee", "en", "es") == "[es] Glimmerbox flibbertee"


def test_signs_that_are_apertiums_own_stay(apertium):
    assert apertium.translate("*The* house #1 [red] {x} ^y$ @me", "en", "es").count("*") == 2


def test_a_text_with_such_signs_that_comes_back_as_it_was_is_not_translated(apertium):
    assert apertium.translate("@glimmerbox", "en", "es") is None


def test_lines_and_blanks_stay(apertium):
    assert translate_text([apertium], " The house\nThe car \n", "en", "es") == " La casa\nEl coche \n"


def test_languages_without_packages_are_not_offered(apertium):
    assert apertium.targets("ja") == frozenset()
    assert apertium.translate("こんにちは", "ja", "en") is None
    assert "en" not in apertium.targets("en")


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "--help", "-l", "$(ls)", "'; ls", "\\", "\\[", "[]", "^", "\ud800", "<b>"]
)
def test_no_text_is_more_than_a_text(apertium, text):
    assert isinstance(apertium.translate(text, "en", "es"), str | None)


# Any program

SHOUT = 'if [ "$1" = -l ]; then echo eng-spa; else echo x >> "$0.runs"; tr a-z A-Z; fi'


def test_what_was_translated_is_remembered(tmp_path):
    apertium = Apertium(_program(tmp_path, SHOUT))
    assert apertium.translate("one", "en", "es") == apertium.translate("one", "en", "es") == "ONE"
    apertium.translate("two", "en", "es")
    assert len((tmp_path / "apertium.runs").read_text().split()) == 2


def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path):
    apertium = Apertium(
        _program(tmp_path, 'if [ "$1" = -l ]; then echo eng-spa; else sleep 50 | cat; fi'), time_limit=0.5
    )
    assert apertium.translate("one", "en", "es") is None


def test_a_failure_is_not_remembered(tmp_path):
    script = 'if [ "$1" = -l ]; then echo eng-spa; elif [ -e "$0.ok" ]; then echo hola; else exit 3; fi'
    apertium = Apertium(_program(tmp_path, script))
    assert apertium.translate("one", "en", "es") is None
    (tmp_path / "apertium.ok").touch()
    assert apertium.translate("one", "en", "es") == "hola"


def test_a_program_that_is_gone_or_broken_translates_nothing(tmp_path):
    assert Apertium(str(tmp_path / "gone")).translate("one", "en", "es") is None
    assert Apertium(_program(tmp_path, "exit 1")).modes == {}


def test_modes_it_has_no_language_for_are_left_out(tmp_path):
    names = "eng-spa spa-eng es-pt es-pt_BR cat-eng_US eo-en eng-cat_valencia -x- nonsense"
    apertium = Apertium(_program(tmp_path, f"echo {names}"))
    assert apertium.modes == {
        ("en", "es"): "eng-spa",
        ("es", "en"): "spa-eng",
        ("es", "pt"): "es-pt_BR",
        ("es", "pt-pt"): "es-pt",
    }
    assert apertium.route("en", "pt-pt") == ("eng-spa", "es-pt")
    assert apertium.route("pt", "pt-pt") == ()
