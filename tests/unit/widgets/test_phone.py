import asyncio
import json
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from azure.ai.translation.text import TextTranslationClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ServiceRequestError

import wpslab
from wpslab.client import session
from wpslab.translator import Translator
from wpslab.translator.phrasebook import shipped_phrasebook
from wpslab.upstream import WebPubSubEventHandler
from wpslab.widgets import AckError, ClientPanel, ClientPanelError, Phone, Phones, phone, phone_inbox, phone_translation
from wpslab.widgets.chat_message import KEPT, ChatMessage
from wpslab.widgets.phone_languages import PHRASES, direction_of, is_really_translated
from wpslab.widgets.phone_line import PhoneLine

HUB = "widgets"
BOOK = shipped_phrasebook()


def by_phrasebook(text, source, target):
    return BOOK.translate(text, source or "en", target) or f"[{target}] {text}"


@pytest.fixture
def make_phone(lab):
    def make(user_id="user1", language="en", **more):
        return Phone(lab, HUB, user_id, language, **more)

    return make


@pytest.fixture
async def two_phones(make_phone):
    phones = make_phone("user1", "en", translate=by_phrasebook), make_phone("user2", "ar", translate=by_phrasebook)
    for each in phones:
        await each.connect()
    return phones


@pytest.fixture
def upstream(lab, service):
    """Translate at the upstream server, once for each language."""
    handler = WebPubSubEventHandler(HUB, connection_string=lab.connection_string)
    seen = []

    @handler.user_event("message")
    def message(request):
        seen.append(request.data)
        text, source = request.data["text"], request.data["language"]
        for language in ("en", "ar", "es"):
            translated = text if language == source else by_phrasebook(text, source, language)
            said = {"from": request.user_id, "text": translated, "language": language, "original": request.data}
            service.send_to_group(f"chat-{language}", said)

    lab.attach_upstream(HUB, handler)
    return seen


# Connecting


async def test_new_phone_is_not_connected_and_has_no_messages(make_phone):
    new = make_phone()
    assert (new.state, new.messages, new.bubbles) == ("disconnected", [], [])


async def test_connected_phone_is_in_the_group(make_phone, service):
    new = make_phone()
    await new.connect()
    await new.connect()
    assert new.state == "connected"
    assert service.group_exists("chat")
    await new.disconnect()
    await new.disconnect()
    assert (new.state, new.error) == ("disconnected", "")
    assert not service.group_exists("chat")


async def test_phone_may_use_no_group_but_its_own(make_phone, lab, monkeypatch):
    asked = []
    real = PhoneLine._roles
    monkeypatch.setattr(PhoneLine, "_roles", lambda self: asked.append(real(self)) or asked[-1])
    await make_phone().connect()
    await make_phone(upstream=True).connect()
    assert asked == [
        ["webpubsub.joinLeaveGroup.chat", "webpubsub.sendToGroup.chat"],
        ["webpubsub.joinLeaveGroups.chat-*"],
    ]


async def test_service_that_refuses_is_said_in_words(make_phone, lab, monkeypatch):
    nobody = f"Endpoint=http://127.0.0.1:9;AccessKey={'x' * 44};Version=1.0;"
    monkeypatch.setattr(type(lab), "connection_string", nobody)
    new = make_phone()
    with pytest.raises(ClientPanelError, match="Nobody answers"):
        await new.connect()
    assert new.state == "disconnected"
    assert "Nobody answers" in new.error


async def test_lost_connection_is_shown_and_the_messages_stay(two_phones, service):
    user1, user2 = two_phones
    await user1.type("Hello")
    await user2.wait_for("Hello")
    service.close_all_connections(reason="bed time")
    await user2.wait_for_state("disconnected")
    assert "bed time" in user2.error
    assert len(user2.messages) == 1
    await user2.connect()
    assert (user2.state, user2.error) == ("connected", "")


async def test_closing_the_lab_ends_phones_and_leaves_no_thread(two_phones, lab):
    lab.close()
    assert [each.state for each in two_phones] == ["disconnected"] * 2
    assert not [thread.name for thread in threading.enumerate() if "wpslab" in thread.name]
    with pytest.raises(wpslab.LabError, match="closed"):
        await two_phones[0].connect()
    two_phones[0]._handle_custom_msg({"do": "connect"}, [])
    assert "closed" in two_phones[0].error


async def test_disconnected_phone_leaves_no_task(two_phones, lab):
    for each in two_phones:
        await each.disconnect()
    assert not asyncio.all_tasks(lab.background.loop)


async def test_closing_the_phone_disconnects_it(make_phone):
    new = make_phone()
    await new.connect()
    new.close()
    await new.wait_for_state("disconnected")


# Translating at the phone


async def test_each_reads_the_other_in_the_own_language(two_phones):
    user1, user2 = two_phones
    await user1.type("Hello, how are you?")
    assert await user2.wait_for("Hello") == ChatMessage(
        "user1", "مرحبا، كيف حالك؟", "ar", original="Hello, how are you?", original_language="en"
    )
    await user2.type("أنا بخير، شكرا")
    assert str(await user1.wait_for("fine")) == "user2: I am fine, thank you (ar: أنا بخير، شكرا)"


async def test_own_message_stands_once_and_is_marked_as_sent(two_phones):
    user1, _ = two_phones
    await user1.type("Hello")
    await user1.disconnect()
    assert [str(message) for message in user1.messages] == ["user1: Hello"]
    assert user1.bubbles == [[1, "sent", None, ["Hello", "en", "ltr", "English"], None, ""]]


async def test_message_in_the_own_language_is_not_translated(make_phone):
    asked = []
    reader = make_phone("user2", "en", translate=lambda *words: asked.append(words) or "x")
    writer = make_phone("user1", "en")
    for each in (reader, writer):
        await each.connect()
    await writer.type("Hello")
    assert str(await reader.wait_for("Hello")) == "user1: Hello"
    assert asked == []


async def test_phone_without_a_translation_shows_what_arrives(make_phone):
    writer, reader = make_phone("user1", "es"), make_phone("user2", "ja")
    for each in (reader, writer):
        await each.connect()
    await writer.type("Hola")
    assert await reader.wait_for("Hola") == ChatMessage("user1", "Hola", "es")


async def test_translate_may_be_a_coroutine_function(make_phone):
    async def translate(text, source, target):
        await asyncio.sleep(0)
        return by_phrasebook(text, source, target)

    writer, reader = make_phone("user1", "en"), make_phone("user2", "fr", translate=translate)
    for each in (reader, writer):
        await each.connect()
    await writer.type("Thank you")
    assert (await reader.wait_for("Thank you")).text == "Merci"


async def test_messages_keep_their_order_while_some_take_longer(make_phone):
    held = threading.Event()

    def translate(text, source, target):
        if text == "Hello":
            held.wait(5)
        return by_phrasebook(text, source, target)

    writer, reader = make_phone("user1", "en"), make_phone("user2", "es", translate=translate)
    for each in (reader, writer):
        await each.connect()
    await writer.type("Hello")
    await writer.type("Goodbye")
    held.set()
    await reader.wait_for("Goodbye")
    assert [message.text for message in reader.messages] == ["Hola", "Adiós"]


# Translations that fail


@pytest.fixture
async def pair(make_phone):
    """Make a writer, and a reader in Spanish that translates by a function."""

    async def pair(translate):
        phones = make_phone("user1", "en"), make_phone("user2", "es", translate=translate)
        for each in phones:
            await each.connect()
        return phones

    return pair


def refusing(status):
    def translate(text, source, target):
        problem = HttpResponseError("key=SECRET")
        problem.status_code = status
        raise problem

    return translate


def unreachable(text, source, target):
    raise ServiceRequestError("https://x.example?key=SECRET")


def broken(text, source, target):
    raise ValueError("key=SECRET")


async def broken_coroutine(text, source, target):
    raise ValueError("key=SECRET")


@pytest.mark.parametrize(
    ("translate", "reason"),
    [
        (broken, "translate raised ValueError"),
        (broken_coroutine, "translate raised ValueError"),
        (lambda *words: sys.exit("SECRET"), "translate raised SystemExit"),
        (lambda *words: None, "translate returned nothing"),
        (lambda *words: 1, "translate returned no text but int"),
        (lambda *words: " ", "translate returned an empty text"),
        (refusing(401), "the translator does not accept the key (401)"),
        (refusing(418), "the translator answered 418"),
        (unreachable, "the translator cannot be reached"),
    ],
)
async def test_message_that_is_not_translated_is_shown_and_says_why(pair, lab, translate, reason):
    writer, reader = await pair(translate)
    await writer.type("Hello")
    assert await reader.wait_for("Hello") == ChatMessage("user1", "Hello", "en")
    assert (reader.shown[-1].status, reader.shown[-1].reason) == ("untranslated", reason)
    assert reader.error == f"Not translated: {reason}."
    picture = reader.snapshot()
    assert f"← user1: Hello (! not translated: {reason})" in repr(picture)
    assert "! not translated: " in picture.svg().split("</desc>")[1]
    await reader.disconnect()
    assert reader.bubbles[-1][1:2] + reader.bubbles[-1][5:] == ["untranslated", reason]
    assert "SECRET" not in json.dumps([reader.get_state(), repr(picture)], default=str)
    lab.raise_errors()


async def test_next_translation_that_works_takes_the_notice_away(pair):
    writer, reader = await pair(lambda text, *_: 1 / 0 if text == "Hello" else f"<{text}>")
    await writer.type("Hello")
    await reader.wait_for("Hello")
    assert reader.error
    await writer.type("Goodbye")
    assert (await reader.wait_for("Goodbye")).text == "<Goodbye>"
    assert reader.error == ""
    assert [bubble.status for bubble in reader.shown] == ["untranslated", "received"]


async def test_translation_that_works_leaves_other_notices_alone(pair):
    writer, reader = await pair(lambda text, *_: 1 / 0 if text == "Hello" else f"<{text}>")
    await writer.type("Hello")
    await reader.wait_for("Hello")
    reader.error = "Something else."
    await writer.type("Goodbye")
    await reader.wait_for("Goodbye")
    assert reader.error == "Something else."


async def test_translation_that_hangs_holds_up_the_messages_after_it_only_once(pair, monkeypatch):
    monkeypatch.setattr(phone_translation, "TIMEOUT", 0.05)
    asked, held, returned = [], threading.Event(), threading.Event()

    def translate(text, source, target):
        asked.append(text)
        if text == "hang":
            held.wait(20)
            returned.set()
        return f"<{text}>"

    writer, reader = await pair(translate)
    for text in ("hang", *"123"):
        await writer.type(text)
        await reader.wait_for(text)
    assert [(bubble.message.text, bubble.status) for bubble in reader.shown] == [
        (text, "untranslated") for text in ("hang", *"123")
    ]
    assert "longer than 8 seconds" in reader.shown[0].reason
    assert {bubble.reason for bubble in reader.shown[1:]} == {"an earlier translation has not come back"}
    assert asked == ["hang"]
    assert [thread.name for thread in threading.enumerate()].count("phone-translation") == 1

    held.set()
    assert await asyncio.to_thread(returned.wait, 5)
    for thread in threading.enumerate():
        if thread.name == "phone-translation":
            await asyncio.to_thread(thread.join, 5)
    monkeypatch.undo()  # a busy machine may need longer to begin a thread
    await writer.type("works again")
    assert (await reader.wait_for("works again")).text == "<works again>"
    assert reader.error == ""


async def test_coroutine_that_hangs_is_cancelled_and_the_next_one_is_tried(pair, monkeypatch):
    monkeypatch.setattr(phone_translation, "TIMEOUT", 0.05)
    cancelled = threading.Event()

    async def translate(text, source, target):
        if text == "hang":
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
        return f"<{text}>"

    writer, reader = await pair(translate)
    await writer.type("hang")
    await reader.wait_for("hang")
    assert await asyncio.to_thread(cancelled.wait, 5)
    monkeypatch.undo()
    await writer.type("Hello")
    assert (await reader.wait_for("Hello")).text == "<Hello>"


async def test_connecting_anew_tries_again_though_a_translation_hangs(pair):
    held = threading.Event()
    asked = threading.Event()

    def translate(text, source, target):
        if text == "hang":
            asked.set()
            held.wait(20)
        return f"<{text}>"

    writer, reader = await pair(translate)
    await writer.type("hang")
    assert await asyncio.to_thread(asked.wait, 5)
    await reader.disconnect()
    assert (reader.shown[-1].status, reader.shown[-1].reason) == ("untranslated", "the connection ended")
    assert reader.error == ""
    await reader.connect()
    await writer.type("Hello")
    assert (await reader.wait_for("Hello")).text == "<Hello>"
    held.set()


async def test_closing_the_lab_waits_for_no_translation(pair, lab):
    held, asked = threading.Event(), threading.Event()

    def translate(text, source, target):
        asked.set()
        held.wait(30)
        return text

    writer, reader = await pair(translate)
    await writer.type("Hello")
    assert await asyncio.to_thread(asked.wait, 5)
    began = time.monotonic()
    await asyncio.to_thread(lab.close)
    assert time.monotonic() - began < 2
    assert [(bubble.message.text, bubble.status) for bubble in reader.shown] == [("Hello", "untranslated")]
    held.set()


async def test_messages_that_wait_too_long_for_those_before_them_are_shown(pair, monkeypatch):
    held, asked = threading.Event(), threading.Event()

    def translate(text, source, target):
        asked.set()
        held.wait(20)
        return f"<{text}>"

    writer, reader = await pair(translate)
    await writer.type("Hello")
    assert await asyncio.to_thread(asked.wait, 5)
    await writer.type("Goodbye")
    monkeypatch.setattr(phone_inbox, "TIMEOUT", 0)  # both are older by now
    held.set()
    await reader.wait_for("Goodbye")
    assert [bubble.message.text for bubble in reader.shown] == ["<Hello>", "Goodbye"]
    assert reader.shown[-1].reason == "the translations before it took too long"


async def test_only_as_many_messages_wait_as_the_phone_keeps(pair, service):
    held = threading.Event()
    _, reader = await pair(lambda *words: str(held.wait(20)))
    for number in range(KEPT + 2):
        service.send_to_all({"text": f"number {number}", "language": "en"})
    await reader.wait_for(f"number {KEPT + 1}")
    held.set()
    assert [bubble.message.text for bubble in reader.shown] == [f"number {number}" for number in range(2, KEPT + 2)]
    assert reader.shown[0].reason == "too many messages came at once"


async def test_connection_lost_during_a_translation_loses_no_message(make_phone):
    held = threading.Event()
    writer = make_phone("user1", "en")
    reader = make_phone("user2", "es", translate=lambda *words: str(held.wait(5)))
    for each in (reader, writer):
        await each.connect()
    await writer.type("Hello")
    await writer.type("Goodbye")
    panel = ClientPanel(reader._lab, HUB, "user3")  # hears nothing, but its ack comes after those messages
    await panel.connect()
    await reader.disconnect()
    held.set()
    assert [message.text for message in reader.messages] == ["Hello", "Goodbye"]


async def test_official_sdk_translates_between_two_phones(make_phone):
    with Translator(engines=()) as translator:
        credential = AzureKeyCredential(translator.key)
        client = TextTranslationClient(endpoint=translator.endpoint, credential=credential, region=translator.region)

        def translate(text, source, target):
            return client.translate(body=[text], from_language=source, to_language=[target])[0].translations[0].text

        writer, reader = make_phone("user1", "en"), make_phone("user2", "ja", translate=translate)
        for each in (reader, writer):
            await each.connect()
        await writer.type("See you tomorrow")
        assert (await reader.wait_for("See you")).text == "また明日"
        client.close()


async def test_chosen_language_counts_from_the_next_message(two_phones):
    user1, user2 = two_phones
    await user1.type("Hello")
    await user2.wait_for("Hello")
    await user2.choose("es")
    await user1.type("Goodbye")
    await user2.wait_for("Goodbye")
    assert [message.text for message in user2.messages] == ["مرحبا", "Adiós"]


# Translating at the upstream server


async def test_upstream_phone_hears_the_group_of_its_language(make_phone, upstream):
    user1, user2 = make_phone("user1", "en", upstream=True), make_phone("user2", "ar", upstream=True)
    for each in (user1, user2):
        await each.connect()
    await user1.type("Good morning")
    message = await user2.wait_for("Good morning")
    assert (message.sender, message.text, message.language) == ("user1", "صباح الخير", "ar")
    assert upstream == [{"text": "Good morning", "language": "en"}]


async def test_echo_of_the_upstream_server_is_no_second_bubble(make_phone, upstream):
    user1, other = make_phone("user1", "en", upstream=True), make_phone("user2", "en", upstream=True)
    for each in (user1, other):
        await each.connect()
    await user1.type("Hello")
    await other.type("Welcome")
    await user1.wait_for("Welcome")
    assert [str(message) for message in user1.messages] == ["user1: Hello", "user2: Welcome"]


async def test_second_phone_of_a_user_shows_what_the_first_one_said_as_its_own(make_phone, upstream):
    first, second = make_phone("user1", "en", upstream=True), make_phone("user1", "es", upstream=True)
    other = make_phone("user2", "es", upstream=True)
    for each in (first, second, other):
        await each.connect()
    await first.type("Hello")
    await other.wait_for("Hola")
    await other.type("Gracias")
    await second.wait_for("Gracias")
    assert ["own" if bubble.message.sender == "user1" else "other" for bubble in second.shown] == ["own", "other"]


async def test_choosing_a_language_changes_the_group(make_phone, upstream, service):
    user1 = make_phone("user1", "en", upstream=True)
    await user1.connect()
    await user1.choose("es")
    assert service.group_exists("chat-es")
    assert not service.group_exists("chat-en")


async def test_message_that_no_upstream_server_confirms_may_have_been_delivered(make_phone, lab, click):
    handled = []
    handler = WebPubSubEventHandler(HUB, connection_string=lab.connection_string)

    @handler.user_event("message")
    def message(request):
        handled.append(request.data["text"])
        raise RuntimeError("after the work is done")

    lab.attach_upstream(HUB, handler)
    user1 = make_phone("user1", "en", upstream=True)
    await user1.connect()
    with pytest.raises(AckError, match="InternalServerError"):
        await user1.type("Hello")
    assert "Hello" in handled
    assert "may have been delivered" in user1.error
    assert user1.shown[0].status == "unconfirmed"
    assert repr(user1.snapshot()).splitlines()[1] == "→ user1: Hello (? not confirmed, it may have arrived)"
    lab.close()


async def test_message_without_an_answer_in_time_may_have_been_delivered(make_phone, lab, monkeypatch):
    held = threading.Event()
    handler = WebPubSubEventHandler(HUB, connection_string=lab.connection_string)

    @handler.user_event("message")
    def message(request):
        held.wait(20)

    lab.attach_upstream(HUB, handler)
    user1 = make_phone("user1", "en", upstream=True)
    await user1.connect()
    monkeypatch.setattr(session, "TIMEOUT", 0.05)
    with pytest.raises(ClientPanelError, match="No ack"):
        await user1.type("Hello")
    held.set()
    assert user1.error == "No ack for event came within 0.05 seconds. It may have been delivered all the same."
    assert user1.shown[0].status == "unconfirmed"


async def test_message_whose_connection_is_lost_says_why_and_may_have_been_delivered(make_phone, lab, service):
    handler = WebPubSubEventHandler(HUB, connection_string=lab.connection_string)

    @handler.user_event("message")
    def message(request):
        service.close_all_connections(reason="bed time")

    lab.attach_upstream(HUB, handler)
    user1 = make_phone("user1", "en", upstream=True)
    await user1.connect()
    with pytest.raises(ClientPanelError, match="closed before the ack"):
        await user1.type("Hello")
    assert "bed time" in user1.error
    assert user1.shown[0].status == "unconfirmed"


async def test_message_that_the_service_refuses_is_not_sent(make_phone, monkeypatch):
    monkeypatch.setattr(PhoneLine, "_roles", lambda self: ["webpubsub.joinLeaveGroup.chat"])
    user1 = make_phone("user1", "en")
    await user1.connect()
    with pytest.raises(AckError, match="Forbidden"):
        await user1.type("Hello")
    assert "Forbidden" in user1.error
    assert "may have been" not in user1.error
    assert user1.shown[0].status == "failed"
    assert repr(user1.snapshot()).splitlines()[1] == "→ user1: Hello (! not sent)"


def test_only_one_of_the_two_translates(make_phone):
    with pytest.raises(ValueError, match="only one of the two"):
        make_phone(translate=by_phrasebook, upstream=True)


# What arrives


async def test_plain_code_is_a_phone_too(make_phone, lab):
    reader = make_phone("user2", "es", translate=by_phrasebook)
    await reader.connect()
    panel = ClientPanel(lab, HUB, "robot", roles=["webpubsub.sendToGroup.chat"])
    await panel.connect()
    await panel.send_to_group("chat", {"text": "Hello", "language": "en"}, "json")
    assert str(await reader.wait_for("Hola")) == "robot: Hola (en: Hello)"


async def test_text_from_the_service_is_shown_too(make_phone, service):
    reader = make_phone("user2", "es")
    await reader.connect()
    service.send_to_all("closing time", content_type="text/plain")
    assert str(await reader.wait_for("closing")) == "service: closing time"


def test_sender_is_the_one_the_service_vouches_for():
    frame = {"type": "message", "fromUserId": "mallory", "data": {"text": "hi", "from": "user1"}}
    assert ChatMessage.read(json.dumps(frame)).sender == "mallory"
    del frame["fromUserId"]
    assert ChatMessage.read(json.dumps(frame)).sender == "user1"


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[]",
        "1",
        '{"type":"ack"}',
        '{"type":"message"}',
        '{"type":"message","data":{"text":1}}',
        '{"type":"message","data":[]}',
        '{"type":"message","data":null}',
    ],
)
def test_what_is_no_chat_message_is_none(frame):
    assert ChatMessage.read(frame) is None


@pytest.mark.parametrize(
    "more",
    [{"language": "xx"}, {"language": 1}, {"original": "x"}, {"original": {"text": 1}}, {"from": {}}, {"from": ""}],
)
def test_parts_of_a_message_that_make_no_sense_are_left_out(more):
    message = ChatMessage.read(json.dumps({"type": "message", "data": {"text": "hi", **more}}))
    assert message == ChatMessage("service", "hi")


async def test_conversation_is_bounded(make_phone, service):
    reader = make_phone()
    await reader.connect()
    for number in range(210):
        service.send_to_all(f"number {number}", content_type="text/plain")
    await reader.wait_for("number 209")
    await reader.disconnect()
    assert len(reader.messages) == len(reader.bubbles) == 200
    assert reader.bubbles[-1][0] == 210


# Languages and phrases


@pytest.mark.parametrize("code", ["xx", "", None])
def test_unknown_language_is_a_value_error(make_phone, code):
    with pytest.raises(ValueError, match="no language"):
        make_phone(language=code)


async def test_language_that_is_not_offered_is_a_value_error(make_phone):
    with pytest.raises(ValueError, match="does not offer"):
        await make_phone(languages=["en", "es"]).choose("ja")


def test_picker_has_the_languages_of_the_phrasebook_in_their_own_names(make_phone):
    rows = make_phone().languages
    assert {code for code, *_ in rows} == set(BOOK.languages)
    assert ["ja", "日本語", "ltr", "Japanese"] in rows
    assert ["ar", "العربية", "rtl", "Arabic"] in rows


def test_upstream_phone_in_a_language_that_is_not_sent_is_a_value_error(make_phone):
    with pytest.raises(ValueError, match="nothing would arrive in fr"):
        make_phone(language="fr", upstream=True, languages=["en", "ja"])
    codes = (code for code in ("en", "ja"))
    assert [row[0] for row in make_phone(upstream=True, languages=codes).languages] == ["en", "ja"]
    assert "fr" in [row[0] for row in make_phone(language="fr", languages=["en"]).languages]


@pytest.mark.parametrize(
    ("text", "language", "direction"),
    [
        ("Hello", "en", "ltr"),
        ("مرحبا", "ar", "rtl"),
        ("مرحبا", "en", "rtl"),
        ("Hello", "ar", "ltr"),
        ("محمد is here", "en", "ltr"),
        ("مرحبا يا John", "en", "rtl"),
        ("أنا أحب JavaScript", "ar", "rtl"),
        ("WH1: وصلت", "ar", "rtl"),
        ("שלום", None, "rtl"),
        ("こんにちは", None, "ltr"),
        ("12:30 👍", "ar", "rtl"),
        ("12:30 👍", "en", "ltr"),
        ("[ar] My cat", "ar", "ltr"),
    ],
)
def test_text_stands_in_the_direction_of_its_letters(text, language, direction):
    assert direction_of(text, language) == direction


async def test_language_that_a_text_cannot_be_in_is_not_claimed(make_phone):
    writer, reader = make_phone("user1", "en"), make_phone("user2", "es")
    for each in (writer, reader):
        await each.connect()
    await writer.type("مرحبا!")
    await reader.wait_for("مرحبا")
    for each in (writer, reader):
        await each.disconnect()
        assert each.bubbles[0][3] == ["مرحبا!", "", "rtl", ""]


def test_every_phrase_to_tap_is_in_the_phrasebook():
    assert set(PHRASES) <= set(BOOK.phrases("en", "chat"))


async def test_disconnecting_a_phone_of_a_lab_that_was_closed_does_nothing(make_phone, lab):
    phone = make_phone("user1", "en")
    await phone.connect()
    lab.close()
    await phone.disconnect()
    assert phone.state == "disconnected"


async def test_phone_in_a_variant_of_a_language_has_its_phrases(make_phone):
    assert "Bonjour" in make_phone("user1", "fr-ca").phrases
    assert make_phone("user2", "sv").phrases == []


async def test_phrases_follow_the_language(make_phone):
    new = make_phone(language="ar")
    assert "شكرا" in new.phrases
    await new.choose("ja")
    assert "ありがとう" in new.phrases


def test_language_with_a_real_engine_needs_no_phrases():
    row = SimpleNamespace(code="es", engines=(("phrasebook", ("ar", "en")), ("Apertium", ("en", "fr"))))
    here = SimpleNamespace(backend="local", engines=(row,))
    assert is_really_translated("es", ["en", "es", "fr"], here)
    assert not is_really_translated("es", ["ar", "en", "es"], here)
    assert not is_really_translated("es", ["ar", "es"], here)
    assert not is_really_translated("ar", ["ar", "en"], here)
    assert is_really_translated("ar", ["ar", "en"], SimpleNamespace(backend="azure"))


# Typing


@pytest.mark.parametrize("text", ["", "  ", "x" * 501])
async def test_nothing_or_too_much_is_a_value_error(two_phones, text):
    with pytest.raises(ValueError, match=r"Type something|at most 500"):
        await two_phones[0].type(text)


async def test_phone_that_is_not_connected_sends_nothing(make_phone):
    new = make_phone()
    with pytest.raises(ClientPanelError, match="not connected"):
        await new.type("Hello")
    assert new.messages == []


async def test_waiting_for_what_does_not_come_ends(make_phone, monkeypatch):
    monkeypatch.setattr(phone, "TIMEOUT", 0.05)
    with pytest.raises(ClientPanelError, match="nothing like it"):
        await make_phone().wait_for("nothing like it")


async def test_front_end_does_what_the_methods_do(make_phone, click):
    new = make_phone(upstream=True)
    await click(new, "connect")
    assert new.state == "connected"
    await click(new, "language", language="es")
    assert new.language == "es"
    await click(new, "send", text="Hola")
    assert "No upstream server" in new.error
    assert "may have been delivered" in new.error
    await click(new, "send", text="  ")
    assert new.error == "Type something first."
    await click(new, "language", language="xx")
    assert "no language" in new.error
    await click(new, "disconnect")
    assert new.state == "disconnected"


# What is saved


def test_representations_are_short_and_stable(make_phone):
    data, _ = make_phone()._repr_mimebundle_()
    assert data["text/plain"] == "Phone(user_id='user1', language='en')"
    assert "JupyterLab" in data["text/html"]
    both = Phones([make_phone(), make_phone("user2", "ar")])
    assert repr(both) == "Phones([Phone(user_id='user1', language='en'), Phone(user_id='user2', language='ar')])"
    data = both._repr_mimebundle_()
    assert data["text/plain"] == repr(both)
    assert "side by side" in data["text/html"]


async def test_snapshot_of_phones_is_stable_and_tells_right_from_left(two_phones):
    user1, user2 = two_phones
    await user1.type("Thank you <b>")
    await user2.wait_for("Thank you")
    picture = Phones(two_phones).snapshot()
    assert repr(picture).splitlines() == [
        "Phone(user_id='user1', language='en'): connected",
        "→ user1: Thank you <b>",
        "",
        "Phone(user_id='user2', language='ar'): connected",
        "← user1: [ar] Thank you <b> (en: Thank you <b>)",
    ]
    await user1.type("Thank you")
    await user2.wait_for("شكرا")
    assert 'direction="rtl">شكرا<' in Phones(two_phones).snapshot().svg()
    assert "<b>" not in picture.svg()
    assert Phones(two_phones).snapshot().svg() == Phones(two_phones).snapshot().svg()


async def test_phones_connect_and_disconnect_together(make_phone):
    both = Phones([make_phone(), make_phone("user2")])
    await both.connect()
    assert [each.state for each in both.phones] == ["connected"] * 2
    await both.disconnect()
    assert [each.state for each in both.phones] == ["disconnected"] * 2


async def test_no_token_is_in_the_state(two_phones):
    shown = json.dumps([two_phones[0].get_state(), two_phones[0]._repr_mimebundle_()], default=str)
    assert "eyJ" not in shown
    assert "AccessKey" not in shown
