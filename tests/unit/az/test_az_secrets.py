import json

import pytest
from IPython.lib.pretty import pretty

from wpslab.az.answer import Answer, present
from wpslab.az.output import query, text_of
from wpslab.az.secret import is_about_secrets, keys_like, masked, masked_text, masked_words, secrets_in

KEY = "dGhpcyBpcyBub3QgYSByZWFsIGtleSwgb25seSBhIHRlc3Q="
KEYS = {
    "primaryKey": KEY,
    "secondaryKey": "second",
    "primaryConnectionString": f"Endpoint=http://h;AccessKey={KEY};Version=1.0;",
}


def shown(value, style="json"):
    text = text_of(masked(value, secrets_in(KEYS)), style)
    return present(Answer(value, text_of(value, style), text, "az", secrets_in(KEYS)))


@pytest.mark.parametrize("style", ["json", "jsonc", "yaml", "yamlc", "table", "tsv"])
@pytest.mark.parametrize(
    "expression",
    [
        None,
        "primaryKey",
        "[primaryKey]",
        "{a:primaryKey}",
        "primaryConnectionString",
        "reverse(primaryKey)",
        "values(@)",
    ],
)
def test_no_format_and_no_query_shows_a_key(expression, style):
    value = shown(query(KEYS, expression), style)
    for text in (repr(value), pretty(value), value._repr_html_()):
        assert KEY not in text
        assert KEY[::-1] not in text
        assert "second" not in text.lower().replace("secondary", "")
        assert "***" in text


def test_value_holds_the_real_keys():
    value = shown(KEYS)
    assert value == KEYS
    assert json.loads(json.dumps(value)) == KEYS
    assert str(shown(KEY)) == f"{shown(KEY)}" == KEY


def test_key_taken_out_of_an_answer_does_not_show_itself():
    value = shown(KEYS)
    assert repr(value["primaryKey"]) == pretty(value["primaryKey"]) == "'***'"
    assert repr(value["primaryConnectionString"]) == "'Endpoint=http://h;AccessKey=***;Version=1.0;'"
    assert value["primaryKey"] == KEY


def test_token_and_unknown_access_key_are_masked_in_any_text():
    assert masked_text("a eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOjF9.abc b") == "a *** b"
    assert masked_text('{"x": "Endpoint=http://h;AccessKey=unknown;Version=1.0;"}') == (
        '{"x": "Endpoint=http://h;AccessKey=***;Version=1.0;"}'
    )


def test_key_in_the_address_of_an_event_handler_is_masked():
    value = shown({"urlTemplate": "https://h/webhooks/webpubsub?code=function-key&a=b"})
    assert value["urlTemplate"] == "https://h/webhooks/webpubsub?code=function-key&a=b"
    assert '"https://h/webhooks/webpubsub?code=***&a=b"' in repr(value)
    assert "function-key" not in repr(value["urlTemplate"])


def test_what_looks_like_a_key_is_found():
    assert keys_like(f"{KEY}\tEndpoint=http://h;") == {KEY}
    assert keys_like("00000000-0000-0000-0000-000000000001") == frozenset()


def test_answers_are_plain_data():
    assert shown({"a": [1]}) == {"a": [1]}
    assert shown([1, 2])[1] == 2
    assert shown("x") + "y" == "xy"
    assert shown(3) + 1 == 4
    assert shown(1.5) == 1.5
    assert not shown(False)
    assert shown(True) == True  # noqa: E712
    assert f"{shown(False)}" == str(shown(False)) == "false"


@pytest.mark.parametrize(
    ("value", "text"), [("x", '"x"'), (3, "3"), (True, "true"), ([], "[]"), ({"a": 1}, '{\n  "a": 1\n}')]
)
def test_answer_shows_itself_as_az_prints_it(value, text):
    assert repr(shown(value)) == pretty(shown(value)) == text


def test_html_is_the_same_text_with_a_caption_and_the_colours_of_the_page():
    html = shown({"a": "<b>"})._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<figcaption" in html
    assert "az</figcaption>" in html
    assert "inherit" in html


def test_command_line_is_shown_without_what_follows_a_secret_flag_however_it_is_written():
    for line in ("login -p hunter2", "login -phunter2", "login --password=hunter2", "login --passw hunter2"):
        shown = " ".join(masked_words(line.split()))
        assert "hunter2" not in shown
        assert shown.startswith("login -")
    assert masked_words(["group", "create", "--name", "x"]) == ["group", "create", "--name", "x"]


def test_keys_of_other_services_are_known_by_their_names_and_tags_are_left_alone():
    key = "A" * 40
    answer = {"masterKey": key, "functionKeys": {"default": "x"}, "tags": {"key": "value"}}
    assert secrets_in(answer) == {key}
    assert key not in masked_text(f"AccountKey={key};EndpointSuffix=core.windows.net")
    assert is_about_secrets(["storage", "account", "keys", "list"])
    assert not is_about_secrets(["group", "list"])
