"""Apertium: the real one where it is installed, and programs that behave badly."""

import os
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from wpslab.translator import Translator
from wpslab.translator.apertium import MAX_RUNNING, Apertium, installed_apertium
from wpslab.translator.engines import translate_text

INSTALL = f"apt-get install {' '.join((Path(__file__).parents[3] / 'binder' / 'apt.txt').read_text().split())}"


@pytest.fixture
def apertium():
    """The Apertium of this machine, with English and Spanish at least."""
    found = installed_apertium()
    if found is None or ("en", "es") not in found.modes:
        pytest.skip(f"no Apertium for English and Spanish here: {INSTALL}")
    yield found
    found.rest()


def _need(apertium, source, target):
    if not apertium.route(source, target):
        pytest.skip(f"no way from {source} to {target} here: {INSTALL}")


def _started():
    """Return the processes that this one has started."""
    return psutil.Process().children(recursive=True)


# The real one


def test_a_typed_sentence_is_really_translated(apertium):
    assert apertium.translate("I have a red house.", "en", "es") == "Tengo una casa roja."


@pytest.mark.parametrize("target", ["es", "ca", "fr", "it", "pt", "pt-pt"])
def test_english_goes_to_every_language_of_the_family(apertium, target):
    _need(apertium, "en", target)
    translated = apertium.translate("The house is red.", "en", target)
    assert translated
    assert translated != "The house is red."
    assert "*" not in translated


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("es", "La casa es roja."),
        ("ca", "La casa és vermella."),
        ("fr", "La maison est rouge."),
        ("it", "La casa è rossa."),
        ("pt", "A casa é vermelha."),
    ],
)
def test_every_language_of_the_family_goes_to_english(apertium, source, text):
    _need(apertium, source, "en")
    assert apertium.translate(text, source, "en") == "The house is red."


def test_languages_without_a_pair_go_through_spanish(apertium):
    _need(apertium, "en", "it")
    assert apertium.route("en", "it") == ("eng-spa", "spa-ita")


def test_a_word_it_does_not_know_stays_without_a_mark(apertium):
    translated = apertium.translate("I have a red glimmerbox.", "en", "es")
    assert "glimmerbox" in translated
    assert translated.startswith("Tengo un")
    assert "*" not in translated


@pytest.mark.parametrize("text", ["Glimmerbox flibbertee zoomwhack", "@glimmerbox", "glimmerbox flibbertee #1 the"])
def test_a_text_it_mostly_does_not_know_is_not_translated(apertium, text):
    assert apertium.translate(text, "en", "es") is None
    assert translate_text([apertium], text, "en", "es") == f"[es] {text}"


def test_signs_that_are_apertiums_own_stay(apertium):
    translated = apertium.translate("The house #1 [red] {red} ^red$ @red *red* and/or <b> \\ a~b", "en", "es")
    assert translated == "La casa #1 [rojo] {rojo} ^rojo$ @rojo *rojo* y/o <b> \\ un~b"


@pytest.mark.parametrize(
    ("source", "target", "text", "wanted"),
    [("en", "es", "Yes or no", "Sí o no"), ("en", "es", "He is Mr", "Es Señor"), ("en", "es", "no", "No")],
)
def test_last_word_is_no_abbreviation(apertium, source, target, text, wanted):
    assert apertium.translate(text, source, target).casefold() == wanted.casefold()


def test_two_sentences_stand_one_blank_apart(apertium):
    assert apertium.translate("Good morning. I am tired.", "en", "es") == "Buenos días. Estoy cansado."


def test_lines_and_blanks_stay(apertium):
    assert translate_text([apertium], " The house\nThe car \n", "en", "es") == " La casa\nEl coche \n"


def test_a_long_text_goes_through_whole(apertium):
    translated = apertium.translate("The house is red. " * 2500, "en", "es")
    assert translated.count("La casa es roja.") == 2500


def test_languages_without_packages_are_not_offered(apertium):
    assert apertium.targets("ja") == frozenset()
    assert apertium.translate("こんにちは", "ja", "en") is None
    assert "en" not in apertium.targets("en")


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "--help", "-l", "$(ls)", "'; ls", "\\", "\\[", "[]", ".[]", "^", "\ud800", "<b>"]
)
def test_no_text_is_more_than_a_text(apertium, text):
    assert isinstance(apertium.translate(text, "en", "es"), str | None)
    assert apertium.translate("The house is red.", "en", "es") == "La casa es roja."


def test_its_programs_are_started_once_and_end_with_the_translator(apertium):
    apertium.rest()
    before = set(_started())
    with Translator():
        apertium.translate("The first car.", "en", "es")
        started = set(_started()) - before
        assert started
        apertium.translate("The second car.", "en", "es")
        assert set(_started()) - before == started
    psutil.wait_procs(started, timeout=10)
    assert not set(_started()) - before


def test_many_at_once_are_all_translated(apertium):
    found = {}

    def translate(number):
        found[number] = apertium.translate(f"The house has {number} dogs.", "en", "es")

    threads = [threading.Thread(target=translate, args=(number,)) for number in range(20, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"La casa tiene {number} perros." for number in range(20, 40)}


# Any programs

LOOP = """
import os, sys
name = os.path.abspath(sys.argv[0])
open(name + ".starts", "a").write("x")
buffer = b""
while chunk := os.read(0, 65536):
    *texts, buffer = (buffer + chunk).split(b"\\0")
    for text in texts:
        text = text.decode()
        open(name + ".texts", "a").write("x")
"""
SHOUT = "        os.write(1, text.upper().encode() + b'\\0')"


@pytest.fixture
def make(tmp_path):
    """Make an Apertium of programs that this says, in Python, of one text."""
    made = []

    def make_it(*does, names=("eng-spa",), time_limit=10.0):
        programs = []
        for number, each in enumerate(does):
            program = tmp_path / f"program{number}"
            program.write_text(f"#!{sys.executable}\n{LOOP}{each}\n")
            program.chmod(0o755)
            programs.append(f"'{program}' $1 '{tmp_path}/data.bin'")
        for name in names:
            (tmp_path / f"{name}.mode").write_text(" | ".join(programs) + "\n")
        made.append(Apertium(tmp_path, time_limit))
        return made[-1]

    yield make_it
    for each in made:
        each.rest()


def test_what_was_translated_is_remembered(make, tmp_path):
    apertium = make(SHOUT)
    assert apertium.translate("one", "en", "es") == apertium.translate("one", "en", "es") == "ONE"
    apertium.translate("two", "en", "es")
    assert (tmp_path / "program0.texts").read_text() == "xx"
    assert (tmp_path / "program0.starts").read_text() == "x"


def test_programs_that_hang_are_ended_with_all_they_started(make):
    apertium = make(SHOUT, "        import time; time.sleep(50)", time_limit=0.5)
    before = set(_started())
    start = time.monotonic()
    assert apertium.translate("one", "en", "es") is None
    assert time.monotonic() - start < 10
    assert not set(_started()) - before


@pytest.mark.parametrize(
    "does", ["        sys.exit(0)", "        os.write(1, b'\\0')", "        os.write(1, b' [].[]\\0')"]
)
def test_programs_that_end_or_answer_nothing_have_not_translated(make, does):
    apertium = make(SHOUT, does)
    assert apertium.translate("one", "en", "es") is None
    assert translate_text([apertium], "one", "en", "es") == "[es] one"


def test_nobody_waits_for_others_longer_than_for_an_answer(make):
    apertium = make("        import time; time.sleep(50)", time_limit=1)
    start = time.monotonic()
    threads = [threading.Thread(target=apertium.translate, args=(f"text {number}", "en", "es")) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - start < 15  # and not one after the other, which takes 20


def test_a_failure_is_not_remembered(make, tmp_path):
    apertium = make("        os.path.exists(name + '.ok') or sys.exit(3)\n" + SHOUT)
    assert apertium.translate("one", "en", "es") is None
    (tmp_path / "program0.ok").touch()
    assert apertium.translate("one", "en", "es") == "ONE"


def test_programs_that_ended_meanwhile_are_started_again(make, tmp_path):
    apertium = make(SHOUT)
    before = set(_started())
    assert apertium.translate("one", "en", "es") == "ONE"
    killed = set(_started()) - before
    for process in killed:
        process.kill()
    assert apertium.translate("two", "en", "es") == "TWO"
    assert (tmp_path / "program0.starts").read_text() == "xx"


def test_resting_ends_a_text_that_is_being_translated(make, tmp_path):
    apertium = make("        open(name + '.ready', 'w').close(); import time; time.sleep(50)", time_limit=40)
    os.mkfifo(tmp_path / "program0.ready")
    asking = threading.Thread(target=apertium.translate, args=("one", "en", "es"))
    asking.start()
    (tmp_path / "program0.ready").read_text()  # returns when the program has the text
    apertium.rest()
    asking.join(20)
    assert not asking.is_alive()


def test_no_more_programs_run_than_a_machine_can_bear(make):
    targets = ("ca", "es", "fr", "it", "pt", "ru", "uk", "sv")
    apertium = make(SHOUT, names=("eng-cat", "eng-spa", "en-fr", "eng-ita", "eng-por", "eng-rus", "eng-ukr", "eng-swe"))
    before = set(_started())
    for target in targets:
        assert apertium.translate("one", "en", target) == "ONE"
    assert len(set(_started()) - before) == MAX_RUNNING


def test_a_rush_in_many_directions_is_all_translated_and_leaves_nothing_running(make):
    targets = ("ca", "es", "fr", "it", "pt", "ru", "uk", "sv")
    apertium = make(SHOUT, names=("eng-cat", "eng-spa", "en-fr", "eng-ita", "eng-por", "eng-rus", "eng-ukr", "eng-swe"))
    before = set(_started())
    answers = []

    def rush(thread):
        for number in range(12):
            answers.append(apertium.translate(f"text {thread} {number}", "en", targets[(thread + number) % 8]))

    threads = [threading.Thread(target=rush, args=(thread,)) for thread in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(f"TEXT {thread} {number}" for thread in range(6) for number in range(12))
    apertium.rest()
    assert not set(_started()) - before


def test_a_mode_whose_program_is_missing_is_not_offered(make, tmp_path):
    apertium = make(SHOUT, names=("eng-spa", "eng-cat"))
    with (tmp_path / "eng-cat.mode").open("a") as file:
        file.write("| cg-nowhere -w x")
    assert apertium.targets("en") == {"es"}
    assert Apertium(tmp_path / "nowhere").modes == {}


def test_modes_it_has_no_language_for_are_left_out(make):
    names = "eng-spa spa-eng es-pt es-pt_BR cat-eng_US eo-en eng-cat_valencia -x- nonsense"
    apertium = make(SHOUT, names=names.split())
    assert apertium.modes == {
        ("en", "es"): "eng-spa",
        ("es", "en"): "spa-eng",
        ("es", "pt"): "es-pt_BR",
        ("es", "pt-pt"): "es-pt",
    }
    assert apertium.route("en", "pt-pt") == ("eng-spa", "es-pt")
    assert apertium.route("pt", "pt-pt") == ()
