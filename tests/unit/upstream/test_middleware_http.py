"""Who may send events, and where to."""

import logging
from dataclasses import replace

import pytest
from service_requests import (
    CONNECTION,
    KEY,
    SECONDARY,
    SECONDARY_SIGNATURE,
    SIGNATURE,
    handler,
    lines,
    only,
    user_event,
    validation,
)

from wpslab.upstream import Headers, HttpRequest, HttpResponse, WebPubSubEventHandler

# Signatures


@pytest.mark.parametrize(
    ("keys", "signature"),
    [
        ([KEY], SIGNATURE),
        ([KEY], f"{SIGNATURE},{SECONDARY_SIGNATURE}"),
        ([KEY], f"{SECONDARY_SIGNATURE}, {SIGNATURE}"),
        ([SECONDARY], f"{SIGNATURE},{SECONDARY_SIGNATURE}"),
        ([KEY, SECONDARY], SECONDARY_SIGNATURE),
        ([KEY], SIGNATURE.upper()),
    ],
)
async def test_signature_by_either_key_is_taken(keys, signature):
    answer = await handler(access_keys=keys).handle(user_event(ce_signature=signature))
    assert answer.status == 204


@pytest.mark.parametrize(
    "changes",
    [
        {"ce_signature": None},
        {"ce_signature": ""},
        {"ce_signature": SECONDARY_SIGNATURE},
        {"ce_signature": SIGNATURE.removeprefix("sha256=")},
        {"ce_signature": "sha256=é"},
        {"ce_connectionId": CONNECTION[:-1]},
    ],
)
async def test_other_signature_is_401(changes):
    answer = await handler(access_keys=[KEY]).handle(user_event(**changes))
    assert answer.status == 401
    assert b"ce-signature" in answer.body


async def test_connection_string_gives_the_key():
    string = f"Endpoint=https://my.webpubsub.azure.com;AccessKey={KEY};Version=1.0;"
    app = WebPubSubEventHandler("chat", connection_string=string)
    assert (await app.handle(user_event(ce_signature=SIGNATURE))).status == 204
    assert (await app.handle(user_event(ce_signature=SECONDARY_SIGNATURE))).status == 401


async def test_key_may_end_in_equals_signs():
    app = WebPubSubEventHandler(connection_string="Endpoint=https://a.test;AccessKey=abc==;Version=1.0;")
    assert app._keys.keys == ("abc==",)


@pytest.mark.parametrize("options", [{}, {"connection_string": None}, {"connection_string": "Endpoint=https://a.test"}])
def test_handler_without_a_key_says_what_to_give(options):
    with pytest.raises(ValueError, match="connection_string="):
        WebPubSubEventHandler("chat", **options)


async def test_signatures_are_left_alone_when_that_is_asked_for():
    app = WebPubSubEventHandler("chat", verify_signature=False)
    assert (await app.handle(user_event(ce_signature=None))).status == 204


def test_one_key_that_is_no_list_is_refused():
    with pytest.raises(ValueError, match="access_keys="):
        WebPubSubEventHandler("chat", access_keys=KEY)


def test_keys_do_not_show():
    app = handler()
    assert KEY not in repr(vars(app))


# Hubs


@pytest.mark.parametrize("hub", ["chat", "Chat", None])
async def test_hub_compares_without_case_and_none_is_every_hub(hub):
    assert (await handler(hub).handle(user_event(ce_hub="CHAT"))).status == 204


async def test_event_of_another_hub_is_404_and_names_both():
    answer = await handler("chat").handle(user_event(ce_hub="games"))
    assert answer.status == 404
    assert b"'chat'" in answer.body
    assert b"'games'" in answer.body


# Validation


async def test_validation_allows_every_origin_by_default():
    answer = await handler().handle(validation())
    assert (answer.status, lines(answer, "WebHook-Allowed-Origin")) == (200, ["*"])


async def test_allowed_origins_have_a_line_each():
    app = handler(allowed_origins=["My.webpubsub.azure.com", "other.webpubsub.azure.com"])
    answer = await app.handle(validation())
    assert answer.status == 200
    assert lines(answer, "WebHook-Allowed-Origin") == ["my.webpubsub.azure.com", "other.webpubsub.azure.com"]


async def test_one_of_several_joined_origins_is_enough(caplog):
    app = handler(allowed_origins=["my.webpubsub.azure.com"])
    await app.handle(validation(WebHook_Request_Origin="eu.webpubsub.azure.com, MY.webpubsub.azure.com"))
    assert caplog.text == ""


async def test_origin_that_is_not_allowed_finds_no_line_of_its_own_and_is_told_why(caplog):
    answer = await handler(allowed_origins=["other.test"]).handle(validation())
    assert lines(answer, "WebHook-Allowed-Origin") == ["other.test"]
    assert answer.body.startswith(b"my.webpubsub.azure.com is not among allowed_origins")
    assert caplog.records[0].levelno == logging.WARNING


async def test_validation_falls_back_to_get():
    assert (await handler().handle(validation("GET"))).status == 200


@pytest.mark.parametrize("name", ["WebHook_Request_Origin", "ce_awpsversion"])
async def test_validation_without_a_header_names_it(name):
    answer = await handler().handle(validation(**{name: None}))
    assert answer.status == 400
    assert name.replace("_", "-").encode() in answer.body
    assert lines(answer, "WebHook-Allowed-Origin") == []


@pytest.mark.parametrize("origin", ["https://my.webpubsub.azure.com", "localhost:8080", "a.test,b.test", ""])
def test_allowed_origin_is_a_host_name(origin):
    with pytest.raises(ValueError, match="host name"):
        handler(allowed_origins=[origin])


def test_no_allowed_origin_at_all_is_refused():
    with pytest.raises(ValueError, match="empty"):
        handler(allowed_origins=[])


# Methods and paths


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_other_method_is_405_and_names_those_allowed(method):
    answer = await handler().handle(HttpRequest(method, "/", {}))
    assert (answer.status, only(answer, "Allow")) == (405, "OPTIONS, POST")


async def test_handler_answers_on_any_path_by_default():
    assert (await handler().handle(replace(user_event(), path="/what/ever"))).status == 204


@pytest.mark.parametrize("path", ["/eventhandler", "/eventhandler/", "/eventhandler/message"])
@pytest.mark.parametrize("own", ["/eventhandler", "/eventhandler/"])
async def test_handler_with_a_path_answers_there_and_below(own, path):
    assert (await handler(path=own).handle(replace(user_event(), path=path))).status == 204


@pytest.mark.parametrize("path", ["/", "/eventhandlers", "/api/eventhandler"])
async def test_handler_with_a_path_is_not_elsewhere(path):
    answer = await handler(path="/eventhandler").handle(replace(user_event(), path=path))
    assert answer.status == 404
    assert answer.body == f"The event handler is at /eventhandler, not at {path}.".encode()


async def test_body_over_the_limit_is_413():
    app = handler(max_body_bytes=10)
    assert (await app.handle(user_event(b"x" * 10))).status == 204
    assert (await app.handle(user_event(b"x" * 11))).status == 413


async def test_refused_request_is_logged(caplog):
    await handler().handle(user_event(ce_hub="games"))
    assert "refused with 404" in caplog.text


# Values


def test_headers_keep_each_line():
    headers = Headers([("A", "1"), ("a", "2")])
    assert (headers["a"], headers.joined("A"), headers.joined("b")) == (("1", "2"), "1,2", None)
    assert list(headers) == ["a"]


async def test_answer_has_nothing_to_do_afterwards_by_default():
    assert await HttpResponse(200).afterwards() is None


async def test_flask_like_framework_needs_nothing_but_strings():
    event = user_event()
    pairs = [(name.title(), value) for name, value in event.headers.items()]
    assert (await handler().handle(HttpRequest("POST", "/x", pairs, event.body))).status == 204
