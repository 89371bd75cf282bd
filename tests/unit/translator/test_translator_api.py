"""The API, called without a socket: both versions, what they refuse, and in which order."""

import json

import pytest
from asking import CURRENT, KEY, Asked, answer, code
from hypothesis import given
from hypothesis import strategies as st

from wpslab.translator.languages import LANGUAGES
from wpslab.translator.phrasebook import shipped_phrasebook
from wpslab.translator.service import TranslatorService

# Version 3.0


def test_v3_translates_each_text_into_each_language_in_order(ask):
    response = ask.v3("/translate", ["Hello", "Good night"], to=["es", "fr"], **{"from": "en"})
    assert answer(response) == [
        {"translations": [{"text": "Hola", "to": "es"}, {"text": "Bonjour", "to": "fr"}]},
        {"translations": [{"text": "Buenas noches", "to": "es"}, {"text": "Bonne nuit", "to": "fr"}]},
    ]


def test_v3_detects_where_no_source_is_named(ask):
    (first,) = answer(ask.v3("/translate", ["Guten Morgen"], to="en"))
    assert first["detectedLanguage"] == {"language": "de", "score": 1.0}
    assert first["translations"] == [{"text": "Good morning", "to": "en"}]


@pytest.mark.parametrize("name", ["Text", "text", "TEXT"])
def test_v3_takes_the_name_of_a_text_in_any_case(ask, name):
    response = ask("/translate", [{name: "Hello"}], api_version="3.0", to="es", **{"from": "en"})
    assert answer(response)[0]["translations"][0]["text"] == "Hola"


def test_codes_of_languages_are_taken_in_any_case_and_come_back_in_theirs(ask):
    assert answer(ask.v3("/translate", ["Hello"], to="ZH-HANS"))[0]["translations"][0]["to"] == "zh-Hans"


def test_v3_marks_what_it_cannot_translate(ask):
    (first,) = answer(ask.v3("/translate", ["The moon is blue"], to="ja", **{"from": "en"}))
    assert first["translations"] == [{"text": "[ja] The moon is blue", "to": "ja"}]


def test_v3_leaves_tags_alone(ask):
    (first,) = answer(
        ask.v3("/translate", ["<p>Hello <b>Good night</b></p>"], to="es", textType="html", **{"from": "en"})
    )
    assert first["translations"][0]["text"] == "<p>Hola <b>Buenas noches</b></p>"


def test_tags_do_not_tell_the_language(ask):
    text = "<div class='main header of the page'><span>Wo bist du?</span></div>"
    (first,) = answer(ask.v3("/translate", [text], to="en", textType="html"))
    assert first["detectedLanguage"] == {"language": "de", "score": 1.0}
    assert first["translations"][0]["text"] == text.replace("Wo bist du?", "Where are you?")


def test_v3_tells_alignment_and_lengths_of_sentences(ask):
    options = {"includeAlignment": "true", "includeSentenceLength": "TRUE", "from": "en"}
    (first,) = answer(ask.v3("/translate", ["Hello! Thank you."], to="es", **options))
    assert first["translations"] == [
        {
            "text": "¡Hola! Gracias.",
            "to": "es",
            "alignment": {"proj": "0:16-0:14"},
            "sentLen": {"srcSentLen": [7, 10], "transSentLen": [7, 8]},
        }
    ]


def test_v3_writes_a_translation_in_latin_letters_too(ask):
    (first,) = answer(ask.v3("/translate", ["Thank you"], to="ja", toScript="Latn", **{"from": "en"}))
    assert first["translations"][0]["transliteration"] == {"script": "Latn", "text": "arigatou"}


def test_v3_takes_the_suggested_language_where_detection_is_not_sure(ask):
    (first,) = answer(ask.v3("/translate", ["12345"], to="fr", suggestedFrom="it"))
    assert first["detectedLanguage"]["language"] == "it"


def test_v3_detects_with_alternatives(ask):
    first, second = answer(ask.v3("/detect", ["Guten Morgen", "Hola"]))
    assert first == {
        "language": "de",
        "score": 1.0,
        "isTranslationSupported": True,
        "isTransliterationSupported": False,
    }
    assert second["language"] == "es"
    assert [each["language"] for each in second["alternatives"]] == ["ca"]


def test_v3_suggestions_help_where_a_short_text_may_be_several_languages(ask):
    (first,) = answer(ask.v3("/translate", ["No"], to="ja", suggestedFrom="it"))
    assert first["detectedLanguage"] == {"language": "it", "score": 0.25}
    (first,) = answer(ask.v3("/translate", ["Дякую"], to="en", suggestedFrom="ru"))
    assert first["detectedLanguage"]["language"] == "ru"


def test_v3_transliterates(ask):
    response = ask.v3("/transliterate", ["こんにちは"], language="ja", fromScript="Jpan", toScript="Latn")
    assert answer(response) == [{"text": "konnichiwa", "script": "Latn"}]


@pytest.mark.parametrize("path", ["/breaksentence", "/dictionary/lookup", "/dictionary/examples"])
def test_v3_says_which_operations_it_does_not_have(ask, path):
    assert code(ask.v3(path, ["a"])) == 501000


# Version 2026-06-06


def test_current_version_translates_each_text_into_its_own_languages(ask):
    response = ask.now_version(
        "/translate",
        [
            {"text": "Hello", "language": "en", "targets": [{"language": "es"}, {"language": "fr"}]},
            {"Text": "Guten Morgen", "Targets": [{"Language": "it"}]},
        ],
    )
    assert answer(response) == {
        "value": [
            {
                "translations": [
                    {"language": "es", "text": "Hola", "sourceCharacters": 5},
                    {"language": "fr", "text": "Bonjour", "sourceCharacters": 5},
                ]
            },
            {
                "detectedLanguage": {"language": "de", "score": 1.0},
                "translations": [{"language": "it", "text": "Buongiorno", "sourceCharacters": 12}],
            },
        ]
    }


def test_current_version_takes_every_option_of_its_reference(ask):
    target = {
        "language": "fr",
        "script": "Latn",
        "deploymentName": "gpt-4o",
        "allowFallback": True,
        "profanityAction": "Marked",
        "profanityMarker": "tag",
        "tone": "formal",
        "gender": "female",
        "adaptiveDatasetId": "set",
        "referenceTextPairs": [{"source": "a", "target": "b"}],
    }
    inputs = [{"text": "<b>Hello</b>", "language": "en", "script": "Latn", "textType": "Html", "targets": [target]}]
    (first,) = answer(ask.now_version("/translate", inputs))["value"]
    assert first["translations"][0]["text"] == "<b>Bonjour</b>"
    assert first["translations"][0]["script"] == "Latn"


@pytest.mark.parametrize(
    ("option", "wanted"),
    [
        ({"deploymentName": "gpt-4o", "allowFallback": False}, 400079),
        ({"tone": "rude"}, 400042),
        ({"gender": 1}, 400042),
        ({"profanityAction": "Shout"}, 400042),
        ({"allowFallback": "yes"}, 400042),
        ({"referenceTextPairs": [1]}, 400042),
        ({"referenceTextPairs": [{"source": "a"}]}, 400042),
        ({"script": "Xxxx"}, 400004),
    ],
)
def test_current_version_refuses_what_no_option_is(ask, option, wanted):
    inputs = [{"text": "Hello", "targets": [{"language": "es", **option}]}]
    assert code(ask.now_version("/translate", inputs)) == wanted


@pytest.mark.parametrize("targets", [None, [], "es", [1], [{}], [{"language": ""}], [{"language": "xx"}]])
def test_current_version_needs_a_target(ask, targets):
    assert code(ask.now_version("/translate", [{"text": "Hello", "targets": targets}])) == 400036


def test_current_version_transliterates(ask):
    options = {"language": "zh-Hans", "fromScript": "Hans", "toScript": "Latn"}
    assert answer(ask.now_version("/transliterate", [{"text": "你好"}], **options)) == {
        "value": [{"text": "ni hao", "script": "Latn"}]
    }


@pytest.mark.parametrize("path", ["/detect", "/breaksentence", "/dictionary/lookup"])
def test_current_version_has_fewer_operations(ask, path):
    assert code(ask.now_version(path, [{"text": "a"}])) == 404000


def test_preview_is_answered_as_the_current_version(ask):
    body = {"inputs": [{"text": "Hello", "targets": [{"language": "es"}]}]}
    assert answer(ask("/translate", body, api_version="2025-10-01-preview"))["value"]


# Languages


def test_languages_need_no_key_and_have_names_and_directions(ask):
    listed = answer(ask("/languages", key=None, region=None, api_version="3.0"))
    assert set(listed) == {"translation", "transliteration", "dictionary"}
    assert listed["translation"]["es"] == {"name": "Spanish", "nativeName": "Español", "dir": "ltr"}
    assert listed["translation"]["ar"]["dir"] == "rtl"
    assert listed["transliteration"]["ja"]["scripts"][0]["toScripts"][0]["code"] == "Latn"


@pytest.mark.parametrize(
    ("language", "name", "native", "direction"),
    [
        ("cs", "Czech", "Čeština", "ltr"),
        ("da", "Danish", "Dansk", "ltr"),
        ("el", "Greek", "Ελληνικά", "ltr"),
        ("fa", "Persian", "فارسی", "rtl"),
        ("fi", "Finnish", "Suomi", "ltr"),
        ("fil", "Filipino", "Filipino", "ltr"),
        ("fr-ca", "French (Canada)", "Français (Canada)", "ltr"),
        ("he", "Hebrew", "עברית", "rtl"),
        ("hu", "Hungarian", "Magyar", "ltr"),
        ("ko", "Korean", "한국어", "ltr"),
        ("nb", "Norwegian", "Norsk", "ltr"),
        ("ro", "Romanian", "Română", "ltr"),
        ("th", "Thai", "ไทย", "ltr"),
        ("ur", "Urdu", "اردو", "rtl"),
        ("vi", "Vietnamese", "Tiếng Việt", "ltr"),
    ],
)
def test_languages_without_an_engine_are_listed_and_come_back_marked(ask, language, name, native, direction):
    listed = answer(ask("/languages", api_version="3.0"))["translation"]
    assert listed[language] == {"name": name, "nativeName": native, "dir": direction}
    (first,) = answer(ask.v3("/translate", ["The moon is blue"], to=language, **{"from": "en"}))
    assert first["translations"] == [{"text": f"[{language}] The moon is blue", "to": language}]


def test_forty_languages_and_more_are_listed(ask):
    listed = answer(ask("/languages", api_version="3.0"))["translation"]
    assert len(listed) >= 40
    assert list(listed) == sorted(listed, key=str.lower)


def test_current_version_lists_models(ask):
    assert answer(ask("/languages", api_version=CURRENT))["models"] == []


def test_only_what_is_asked_for_is_listed(ask):
    assert set(answer(ask("/languages", api_version="3.0", scope="translation,dictionary"))) == {
        "translation",
        "dictionary",
    }
    assert code(ask("/languages", api_version="3.0", scope="models")) == 400001


def test_languages_are_named_in_the_readers_language(ask):
    response = ask("/languages", api_version="3.0", headers=[("accept-language", "fr-CA, en;q=0.5")])
    assert answer(response)["translation"]["de"]["name"] == "allemand"


@pytest.mark.parametrize("reader", LANGUAGES)
def test_every_language_may_be_the_readers(ask, reader):
    names = answer(ask("/languages", api_version="3.0", headers=[("accept-language", reader)]))["translation"]
    assert all(each["name"] for each in names.values())
    assert names["zh-Hans"]["name"] != names["zh-Hant"]["name"]
    assert names["pt"]["name"] != names["pt-pt"]["name"]


def test_unchanged_languages_are_not_sent_again(ask):
    tag = ask("/languages", api_version="3.0").headers["ETag"]
    again = ask("/languages", api_version="3.0", headers=[("if-none-match", tag)])
    assert (again.status, again.body) == (304, b"")
    assert ask("/languages", api_version="3.0", headers=[("if-none-match", '"other"')]).status == 200


# What everybody must send


@pytest.mark.parametrize(
    "path",
    [
        "/translate",
        "//translate",
        "/translate/",
        "/translator/text/translate",
        "/translator/text/v3.0/translate",
        "//translator/text/v2026-06-06/translate",
        "/cognitiveservices/translator/text/v2025-10-01-preview/translate",
        "/Translator/Text/TRANSLATE",
    ],
)
def test_operations_are_found_under_every_prefix(ask, path):
    assert answer(ask.v3(path, ["Hello"], to="es"))


@pytest.mark.parametrize("path", ["/", "/translat", "/translate/x", "/translator/translate", "/x/translate"])
def test_other_paths_are_not_found(ask, path):
    assert code(ask.v3(path, ["Hello"], to="es")) == 404000


def test_methods_are_checked_before_versions(ask):
    assert code(ask("/translate", method="GET")) == 405000
    assert code(ask("/languages", method="POST")) == 405000


@pytest.mark.parametrize("version", [None, "", "2.0", "latest"])
def test_versions_are_checked_before_keys(ask, version):
    query = {} if version is None else {"api_version": version}
    assert code(ask("/translate", [], key=None, **query)) == 400021


@pytest.mark.parametrize(
    "caller",
    [{"key": None}, {"key": "wrong"}, {"key": "é"}, {"region": None}, {"region": "westus2"}],
)
def test_keys_are_checked_before_bodies(ask, caller):
    assert code(ask("/translate", raw=b"{", api_version="3.0", **caller)) == 401000


def test_a_key_may_travel_in_the_query(ask):
    query = {"Subscription_Key": KEY, "Subscription_Region": "LOCAL"}
    assert answer(ask.v3("/translate", ["Hello"], to="es", key=None, region=None, **query))


def test_a_translator_without_region_asks_for_none():
    ask = Asked(region=None)
    assert answer(ask.v3("/translate", ["Hello"], to="es", region=None))


def test_a_token_is_as_good_as_the_key_for_ten_minutes(ask):
    issued = ask("/sts/v1.0/issueToken", region=None)
    assert issued.status == 200
    bearer = [("authorization", f"Bearer {issued.body.decode()}")]
    assert answer(ask.v3("/translate", ["Hello"], to="es", key=None, region=None, headers=bearer))
    ask.now += 601
    assert code(ask.v3("/translate", ["Hello"], to="es", key=None, region=None, headers=bearer)) == 401000
    assert code(ask("/sts/v1.0/issueToken", key="wrong")) == 401000


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/json; charset=utf-16", "json"])
def test_a_body_says_that_it_is_json(ask, content_type):
    headers = [("content-type", content_type)]
    assert code(ask("/translate", raw=b"{", api_version="3.0", headers=headers)) == 415000


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000, b'"\\ud800"'])
def test_a_body_is_json(ask, raw):
    assert code(ask("/translate", raw=raw, api_version="3.0", to="es")) == 400074


@pytest.mark.parametrize(
    ("body", "wanted"),
    [({}, 400000), ("Hi", 400000), ([], 400000), ([1], 400020), ([{}], 400005), ([{"Text": 1}], 400005)],
)
def test_v3_checks_the_shape_before_the_target(ask, body, wanted):
    assert code(ask("/translate", body, api_version="3.0")) == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [([], 400000), ("Hi", 400000), ({}, 400000), ({"inputs": "Hi"}, 400000), ({"inputs": [{"targets": []}]}, 400005)],
)
def test_current_version_checks_the_shape_before_the_target(ask, body, wanted):
    assert code(ask("/translate", body, api_version=CURRENT)) == wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, 400036),
        ({"to": ""}, 400036),
        ({"to": "xx", "from": "yy"}, 400036),
        ({"to": "es", "from": "yy", "textType": "x"}, 400035),
        ({"to": "es", "textType": "x"}, 400071),
        ({"to": "es", "profanityAction": "x"}, 400042),
        ({"to": "es", "includeAlignment": "1"}, 400042),
        ({"to": "es", "category": "mine", "allowFallback": "false"}, 400079),
        ({"to": "es", "fromScript": "Xxxx"}, 400018),
        ({"to": ["ja", "es"], "toScript": "Latn"}, 400070),
        ({"to": "ar", "toScript": "Latn"}, 400080),
    ],
)
def test_v3_checks_its_options_in_the_order_of_the_service(ask, query, wanted):
    assert code(ask.v3("/translate", ["Hello"], **query)) == wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, 400003),
        ({"language": "ja"}, 400018),
        ({"language": "ja", "fromScript": "Jpan"}, 400004),
        ({"language": "ja", "fromScript": "Cyrl", "toScript": "Latn"}, 400006),
        ({"language": "ja", "fromScript": "Latn", "toScript": "Jpan"}, 400080),
        ({"language": "es", "fromScript": "Latn", "toScript": "Latn"}, 400080),
    ],
)
def test_transliteration_says_what_is_missing(ask, query, wanted):
    assert code(ask.v3("/transliterate", ["a"], **query)) == wanted


def test_a_trace_id_is_a_guid(ask):
    good = [("x-clienttraceid", "0f8fad5b-d9cb-469f-a165-70867728950e")]
    assert answer(ask.v3("/translate", ["Hello"], to="es", headers=good))
    assert code(ask.v3("/translate", ["Hello"], to="es", ClientTraceId="me")) == 400043


# Limits and what it costs


def test_v3_refuses_what_is_too_much(ask):
    assert answer(ask.v3("/translate", ["1"] * 1000, to="es"))
    assert code(ask.v3("/translate", ["1"] * 1001, to="es")) == 400072
    assert answer(ask.v3("/translate", ["1" * 50_000], to="es"))
    assert code(ask.v3("/translate", ["1" * 50_001], to="es")) == 400050
    assert code(ask.v3("/translate", ["1" * 25_001], to=["es", "fr"])) == 400077


def test_current_version_refuses_what_is_too_much(ask):
    one, two = ([{"language": code} for code in codes] for codes in (["es"], ["es", "fr"]))
    assert code(ask.now_version("/translate", [{"text": "1", "targets": one}] * 1001)) == 400072
    assert code(ask.now_version("/translate", [{"text": "1" * 50_001, "targets": one}])) == 400050
    assert code(ask.now_version("/translate", [{"text": "1" * 25_001, "targets": two}])) == 400077


def test_detection_and_transliteration_have_limits_of_their_own(ask):
    options = {"language": "ja", "fromScript": "Jpan", "toScript": "Latn"}
    assert code(ask.v3("/detect", ["1"] * 101)) == 400072
    assert code(ask.v3("/transliterate", ["1"] * 11, **options)) == 400072
    assert code(ask.v3("/transliterate", ["1" * 5001], **options)) == 400050
    assert code(ask.v3("/transliterate", ["1" * 2501] * 2, **options)) == 400077


def test_an_endless_body_is_refused(ask):
    assert code(ask("/translate", raw=b" " * (1024 * 1024 + 1), api_version="3.0", to="es")) == 400077


def test_an_answer_tells_what_it_costs_and_which_systems_translated(ask):
    response = ask.v3("/translate", ["Hello", "12"], to=["es", "fr"])
    assert response.headers["X-Metered-Usage"] == "14"
    assert response.headers["X-MT-System"] == "Team,Team"
    targets = [{"language": "es"}, {"language": "fr"}]
    response = ask.now_version("/translate", [{"text": "Hello", "targets": targets}])
    assert response.headers["X-Metered-Usage"] == "10"
    assert response.headers["sourceCharactersCharged"] == "10"


def test_every_answer_has_an_id_of_its_own(ask):
    responses = [ask.v3("/translate", ["Hello"], to="es"), ask("/nowhere"), ask("/languages", api_version="3.0")]
    assert len({response.headers["X-RequestId"] for response in responses}) == 3


def test_a_quota_is_counted_by_the_minute():
    ask = Asked(characters_per_minute=12)
    assert answer(ask.v3("/translate", ["Hello"], to=["es", "fr"]))
    ask.now += 20
    refused = ask.v3("/translate", ["Hello"], to="es")
    assert code(refused) == 429001
    assert refused.headers["Retry-After"] == "40"
    ask.now += 40
    assert answer(ask.v3("/translate", ["Hello"], to="es"))


def test_failures_come_when_they_are_asked_for(ask):
    ask.service.fail_next(429000, retry_after=0)
    ask.service.fail_next(503000)
    responses = [ask.v3("/translate", ["Hello"], to="es") for _ in range(3)]
    assert [response.status for response in responses] == [429, 503, 200]
    assert responses[0].headers["Retry-After"] == "0"
    assert "Retry-After" not in responses[1].headers
    with pytest.raises(ValueError, match="429000"):
        ask.service.fail_next(429)


# What is shown of it


def test_exchanges_are_kept_without_keys_and_tokens(ask):
    ask.v3("/translate", ["Hello"], to="es", Subscription_Key=KEY, headers=[("authorization", "Bearer secret")])
    token = ask("/sts/v1.0/issueToken").body.decode()
    text = "\n".join(map(str, ask.service.exchanges)) + repr(ask.service.exchanges) + repr(ask.service)
    assert "Hello" in text
    assert "Hola" in text
    assert KEY not in text
    assert "secret" not in text
    assert token not in text


@pytest.mark.parametrize("key", ["", "a b", "é", "a\n"])
def test_a_key_that_cannot_travel_in_a_header_is_refused(key):
    with pytest.raises(ValueError, match="header"):
        TranslatorService(shipped_phrasebook(), (), key=key)


# Whatever is sent

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["text", "Text", "inputs", "targets", "language", "script"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(
    body=JSON,
    version=st.sampled_from(["3.0", CURRENT]),
    path=st.sampled_from(["/translate", "/detect", "/transliterate"]),
    query=st.dictionaries(st.sampled_from(["to", "from", "textType", "language", "toScript"]), st.text(max_size=8)),
)
def test_any_body_gets_an_answer_of_the_contract(body, version, path, query):
    response = Asked()(path, body, api_version=version, **query)
    assert response.status in (200, 400, 404)
    assert json.loads(response.body) is not None


@given(st.text(max_size=60), st.binary(max_size=60))
def test_any_target_and_bytes_get_an_answer_of_the_contract(path, raw):
    response = Asked()(f"/translate{path}", raw=raw)
    assert response.headers["X-RequestId"]
