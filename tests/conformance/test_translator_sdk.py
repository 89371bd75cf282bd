"""The official SDK for text translation, sync and async, against the translator of this machine."""

import asyncio
import inspect

import pytest

from wpslab.translator import Translator

pytest.importorskip("azure.ai.translation.text", reason="pip install azure-ai-translation-text")

from azure.ai.translation.text import TextTranslationClient
from azure.ai.translation.text.aio import TextTranslationClient as AsyncTextTranslationClient
from azure.ai.translation.text.models import TranslateInputItem, TranslationTarget
from azure.core import MatchConditions
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ResourceNotModifiedError,
    ServiceRequestError,
)
from azure.core.rest import HttpRequest

FAST = {"retry_backoff_factor": 0}


class Either:
    """A sync or an async client, called the same way."""

    def __init__(self, kind, translator, *, endpoint=None, key=None, **options):
        client = TextTranslationClient if kind == "sync" else AsyncTextTranslationClient
        self._client = client(
            endpoint=endpoint or translator.endpoint,
            credential=AzureKeyCredential(key or translator.key),
            **{"region": translator.region, **FAST, **options},
        )

    def __getattr__(self, name):
        method = getattr(self._client, name)

        async def call(*args, **kwargs):
            if inspect.iscoroutinefunction(method):
                return await method(*args, **kwargs)
            result = await asyncio.to_thread(method, *args, **kwargs)
            return await result if inspect.isawaitable(result) else result

        return call


@pytest.fixture(scope="module")
def shared():
    with Translator(engines=()) as running:
        yield running


@pytest.fixture
def translator():
    with Translator(engines=()) as running:
        yield running


@pytest.fixture(params=["sync", "aio"])
async def connect(request):
    made = []

    def make(translator, **options):
        made.append(Either(request.param, translator, **options))
        return made[-1]

    yield make
    for client in made:
        await client.close()


async def test_texts_are_translated_in_order(shared, connect):
    client = connect(shared)
    first, second = await client.translate(body=["Hello", "Good night"], to_language=["es", "fr"], from_language="en")
    assert [(each.language, each.text) for each in first.translations] == [("es", "Hola"), ("fr", "Bonjour")]
    assert [each.text for each in second.translations] == ["Buenas noches", "Bonne nuit"]
    assert first.detected_language is None
    assert first.translations[0].source_characters == 5


async def test_the_language_is_detected_where_it_is_not_named(shared, connect):
    (item,) = await connect(shared).translate(body=["おはようございます"], to_language=["en"])
    assert (item.detected_language.language, item.detected_language.score) == ("ja", 1.0)
    assert item.translations[0].text == "Good morning"
    assert item["detectedLanguage"]["language"] == "ja"


async def test_what_cannot_be_translated_is_marked(shared, connect):
    (item,) = await connect(shared).translate(body=["The moon is blue"], to_language=["ar"], from_language="en")
    assert item.translations[0].text == "[ar] The moon is blue"


async def test_every_text_may_have_its_own_targets_and_options(shared, connect):
    items = [
        TranslateInputItem(
            text="<p>Hello</p>",
            language="en",
            text_type="Html",
            targets=[
                TranslationTarget(language="es", profanity_action="Marked", profanity_marker="Tag", tone="formal"),
                TranslationTarget(language="zh-Hans", allow_fallback=True, deployment_name="general"),
            ],
        ),
        TranslateInputItem(text="Hola, ¿cómo estás?", targets=[TranslationTarget(language="de")]),
    ]
    first, second = await connect(shared).translate(body=items)
    assert [each.text for each in first.translations] == ["<p>Hola</p>", "<p>你好</p>"]
    assert second.translations[0].text == "Hallo, wie geht es dir?"


async def test_bodies_may_be_given_as_they_travel(shared, connect):
    body = {"inputs": [{"text": "Hello", "targets": [{"language": "it"}]}]}
    (item,) = await connect(shared).translate(body=body)
    assert item.translations[0].text == "Ciao"


async def test_texts_are_transliterated(shared, connect):
    client = connect(shared)
    (item,) = await client.transliterate(body=["你好"], language="zh-Hans", from_script="Hans", to_script="Latn")
    assert (item.text, item.script) == ("ni hao", "Latn")


async def test_languages_are_listed_and_named(shared, connect):
    listed = await connect(shared).get_supported_languages(accept_language="es")
    assert listed.translation["ar"].dir == "rtl"
    assert listed.translation["de"].native_name == "Deutsch"
    assert listed.translation["de"].name == "alemán"
    assert listed.transliteration["ja"].scripts[0].to_scripts[0].code == "Latn"
    assert listed.models == []


async def test_only_one_scope_is_listed(shared, connect):
    listed = await connect(shared).get_supported_languages(scope="translation")
    assert listed.transliteration is None


async def test_languages_that_did_not_change_are_told_so(shared, connect):
    tags = []
    client = connect(shared)
    await client.get_supported_languages(cls=lambda _pipeline, _data, headers: tags.append(headers["ETag"]))
    with pytest.raises(ResourceNotModifiedError):
        await client.get_supported_languages(etag=tags[0], match_condition=MatchConditions.IfModified)


async def test_headers_tell_what_it_costs(shared, connect):
    seen = {}

    def keep(_pipeline, data, headers):
        seen.update(headers)
        return data

    await connect(shared).translate(body=["Hello"], to_language=["es", "fr"], cls=keep)
    assert seen["x-metered-usage"] == 10
    assert seen["x-mt-system"] == "Team,Team"
    assert seen["X-RequestId"]


@pytest.mark.parametrize("suffix", ["", "/", "/cognitiveservices", "/cognitiveservices/"])
@pytest.mark.parametrize("version", ["2026-06-06", "2025-10-01-preview"])
async def test_prefixes_of_custom_domains_are_taken(shared, connect, suffix, version):
    client = connect(shared, endpoint=shared.endpoint + suffix, api_version=version)
    (item,) = await client.translate(body=["Hello"], to_language=["es"])
    assert item.translations[0].text == "Hola"


async def test_a_wrong_key_is_refused(shared, connect):
    with pytest.raises(ClientAuthenticationError) as raised:
        await connect(shared, key="wrong").translate(body=["Hello"], to_language=["es"])
    assert raised.value.status_code == 401
    assert raised.value.error.code == 401000


async def test_a_missing_region_is_refused(shared, connect):
    with pytest.raises(ClientAuthenticationError):
        await connect(shared, region=None).translate(body=["Hello"], to_language=["es"])


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ({"body": ["Hello"]}, 400036),
        ({"body": ["Hello"], "to_language": "es"}, 400036),
        ({"body": ["Hello"], "to_language": ["es"], "from_language": "xx"}, 400035),
        ({"body": "Hello", "to_language": ["es"]}, 400000),
        ({"body": ["1"] * 1001, "to_language": ["es"]}, 400072),
        ({"body": ["1" * 50_001], "to_language": ["es"]}, 400050),
        ({"body": ["1" * 25_001], "to_language": ["es", "fr"]}, 400077),
        ({"body": ["Hello"], "to_language": ["es"], "client_trace_id": "me"}, 400043),
    ],
)
async def test_errors_carry_their_code(shared, connect, call, wanted):
    with pytest.raises(HttpResponseError) as raised:
        await connect(shared).translate(**call)
    assert raised.value.error.code == wanted
    assert str(raised.value).startswith(f"({wanted}) ")


async def test_a_client_of_version_3_lists_languages_and_says_that_it_cannot_translate(shared, connect):
    client = connect(shared, api_version="3.0")
    assert (await client.get_supported_languages()).translation["en"].name == "English"
    with pytest.raises(ValueError, match="2025-10-01-preview"):
        await client.translate(body=["Hello"], to_language=["es"])


async def test_version_3_is_reached_by_a_bare_request(shared, connect):
    query = {"api-version": "3.0", "from": "en", "to": ["es", "fr"]}
    request = HttpRequest("POST", "/translate", params=query, json=[{"Text": "Hello"}])
    response = await connect(shared).send_request(request)
    response.raise_for_status()
    assert [each["text"] for each in response.json()[0]["translations"]] == ["Hola", "Bonjour"]


async def test_detection_is_no_operation_of_the_current_version(shared, connect):
    response = await connect(shared).send_request(HttpRequest("POST", "/detect?api-version=2026-06-06", json={}))
    assert response.status_code == 404
    assert response.json()["error"]["code"] == 404000


async def test_an_endpoint_with_a_wrong_path_is_not_found(shared, connect):
    with pytest.raises(ResourceNotFoundError):
        await connect(shared, endpoint=f"{shared.endpoint}/wrong").translate(body=["Hello"], to_language=["es"])


async def test_throttling_is_retried_only_if_the_answer_says_when(translator, connect):
    client = connect(translator)
    translator.fail_next(429000, retry_after=0)
    assert await client.translate(body=["Hello"], to_language=["es"])
    translator.fail_next(429000)
    with pytest.raises(HttpResponseError) as raised:
        await client.translate(body=["Hello"], to_language=["es"])
    assert raised.value.status_code == 429
    assert [each.status for each in translator.exchanges] == [429, 200, 429]


async def test_an_outage_is_retried_three_times(translator, connect):
    translator.fail_next(503000, times=4)
    with pytest.raises(HttpResponseError):
        await connect(translator).translate(body=["Hello"], to_language=["es"])
    assert [each.status for each in translator.exchanges] == [503] * 4


async def test_a_translator_that_has_ended_takes_no_calls(translator, connect):
    client = connect(translator, retry_total=0)
    await asyncio.to_thread(translator.stop)
    with pytest.raises(ServiceRequestError):
        await client.translate(body=["Hello"], to_language=["es"])
