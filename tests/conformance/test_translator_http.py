"""The translator of this machine over HTTP, as code without an SDK asks it, and its life."""

import http.client
import json
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

import pytest

from wpslab.translator import Translator


@pytest.fixture(scope="module")
def translator():
    with Translator(engines=()) as running:
        yield running


def post(translator, path, texts, headers=(), **query):
    """Ask as the tutorials for version 3.0 do."""
    url = f"{translator.endpoint}{path}?{urlencode({'api-version': '3.0', **query}, doseq=True)}"
    sent = {
        "Ocp-Apim-Subscription-Key": translator.key,
        "Ocp-Apim-Subscription-Region": translator.region,
        "Content-Type": "application/json; charset=UTF-8",
        **dict(headers),
    }
    body = json.dumps([{"Text": text} for text in texts]).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, sent)) as response:
        return json.load(response), response.headers


def test_a_tutorial_for_version_3_runs_unchanged(translator):
    answer, headers = post(translator, "/translate", ["Hello"], to=["es", "ja"])
    assert answer == [
        {
            "detectedLanguage": {"language": "en", "score": 1.0},
            "translations": [{"text": "Hola", "to": "es"}, {"text": "こんにちは", "to": "ja"}],
        }
    ]
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["X-Metered-Usage"] == "10"
    assert headers["X-RequestId"]


def test_detection_over_http(translator):
    answer, _ = post(translator, "/detect", ["Where is the station?", "生日快乐"])
    assert [each["language"] for each in answer] == ["en", "zh-Hans"]


def test_an_error_says_its_code(translator):
    with pytest.raises(urllib.error.HTTPError) as raised:
        post(translator, "/translate", ["Hello"])
    with raised.value as error:
        assert error.code == 400
        assert json.load(error)["error"]["code"] == 400036


def test_a_token_is_had_for_the_key(translator):
    key = {"Ocp-Apim-Subscription-Key": translator.key}
    asked = urllib.request.Request(f"{translator.endpoint}/sts/v1.0/issueToken", b"", key)
    with urllib.request.urlopen(asked) as response:
        token = response.read().decode()
    bearer = {"Authorization": f"Bearer {token}", "Ocp-Apim-Subscription-Key": "none"}
    assert post(translator, "/translate", ["Hello"], bearer, to="es")[0]


def test_languages_are_had_without_a_key(translator):
    with urllib.request.urlopen(f"{translator.endpoint}/languages?api-version=3.0&scope=translation") as response:
        assert json.load(response)["translation"]["zh-Hans"]["nativeName"] == "中文 (简体)"
        assert response.headers["ETag"]


def test_a_body_without_end_is_refused_and_the_line_let_go(translator):
    line = http.client.HTTPConnection(urlsplit(translator.endpoint).netloc)
    headers = {"Ocp-Apim-Subscription-Key": translator.key, "Ocp-Apim-Subscription-Region": translator.region}
    try:
        line.request("POST", "/translate?api-version=3.0&to=es", b" " * (1024 * 1024 + 1), headers)
        response = line.getresponse()
        assert json.load(response)["error"]["code"] == 400077
        assert response.headers["Connection"] == "close"
    finally:
        line.close()


def test_many_ask_at_once(translator):
    with ThreadPoolExecutor(8) as askers:
        answers = askers.map(
            lambda number: post(translator, "/translate", [f"Dock {number} is free"], to="de"), range(40)
        )
        texts = [answer[0]["translations"][0]["text"] for answer, _ in answers]
    assert texts == [f"Rampe {number} ist frei" for number in range(40)]


def test_a_slow_engine_does_not_keep_others_waiting():
    reached, go_on = threading.Event(), threading.Event()

    class Slow:
        name = "slow"

        def targets(self, source):
            return frozenset({"sv"})

        def translate(self, text, source, target):
            reached.set()
            return "långsam" if target == "sv" and go_on.wait(10) else None

    with Translator(engines=[Slow()]) as translator, ThreadPoolExecutor(1) as askers:
        slow = askers.submit(post, translator, "/translate", ["The moon"], to="sv")
        assert reached.wait(10)
        assert post(translator, "/translate", ["Hello"], to="es")[0]
        go_on.set()
        assert slow.result(10)[0][0]["translations"][0]["text"] == "långsam"


def test_an_engine_that_breaks_is_an_error_of_the_service(caplog):
    class Broken:
        name = "broken"

        def targets(self, source):
            return frozenset()

        def translate(self, text, source, target):
            raise RuntimeError("broken")

    with Translator(engines=[Broken()]) as translator, pytest.raises(urllib.error.HTTPError) as raised:
        post(translator, "/translate", ["The moon"], to="sv")
    with raised.value as error:
        assert error.code == 500
    assert "broken" in caplog.text
    assert translator.key not in caplog.text


# Its life


def test_it_leaves_no_thread_and_no_port_behind():
    before = set(threading.enumerate())
    translator = Translator(engines=())
    with translator:
        post(translator, "/translate", ["Hello"], to="es")
        port = urlsplit(translator.endpoint).port
        assert translator.running
    assert not translator.running
    assert set(threading.enumerate()) <= before
    with Translator(engines=(), port=port) as again:
        assert urlsplit(again.endpoint).port == port
    translator.stop()


def test_it_is_on_loopback_and_its_key_is_fresh_and_masked():
    with Translator(engines=()) as one, Translator(engines=()) as other:
        assert urlsplit(one.endpoint).hostname == "127.0.0.1"
        assert one.key != other.key
        assert len(one.key) >= 32
        assert one.key not in repr(one)
        assert one.endpoint in repr(one)


async def test_it_can_be_entered_in_asynchronous_code():
    async with Translator(engines=()) as translator:
        assert translator.running
    assert not translator.running


def test_it_runs_once_and_says_where_it_is_not():
    translator = Translator(engines=())
    assert "not running" in repr(translator)
    with pytest.raises(RuntimeError, match="start"):
        _ = translator.endpoint
    translator.stop()
    with translator, pytest.raises(RuntimeError, match="once"):
        translator.start()


def test_a_port_that_is_taken_or_none_is_an_error(translator):
    with pytest.raises(OSError, match="use"):
        Translator(engines=(), port=urlsplit(translator.endpoint).port).start()
    with pytest.raises(ValueError, match="65535"):
        Translator(port=70_000)


def test_it_shows_its_engines_and_what_was_asked(translator):
    post(translator, "/translate", ["Good luck"], to="tr")
    last = translator.exchanges[-1]
    assert "Good luck" in last.body
    assert "İyi şanslar" in last.answer
    assert translator.key not in str(last)
    assert any(each.code == "hi" and each.has("phrasebook") for each in translator.engines)
    assert "Hindi" in repr(translator.engines)
