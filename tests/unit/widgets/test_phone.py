import asyncio
import json
import threading
from types import SimpleNamespace

import pytest
from azure.ai.translation.text import TextTranslationClient
from azure.core.credentials import AzureKeyCredential

import wpslab
from wpslab.translator import Translator
from wpslab.translator.phrasebook import shipped_phrasebook
from wpslab.upstream import WebPubSubEventHandler
from wpslab.widgets import AckError, ClientPanel, ClientPanelError, Phone, Phones, phone
from wpslab.widgets.chat_message import ChatMessage
from wpslab.widgets.phone_languages import PHRASES, is_really_translated
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
    assert user1.bubbles == [[1, "sent", None, ["Hello", "en", "ltr", "English"], None]]


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


@pytest.mark.parametrize("translate", [lambda *words: 1 / 0, lambda *words: None])
async def test_translation_that_fails_is_said_and_the_original_is_shown(make_phone, lab, translate):
    writer, reader = make_phone("user1", "en"), make_phone("user2", "es", translate=translate)
    for each in (reader, writer):
        await each.connect()
    await writer.type("Hello")
    assert await reader.wait_for("Hello") == ChatMessage("user1", "Hello", "en")
    assert "Not translated" in reader.error
    lab.raise_errors()


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


async def test_message_that_no_upstream_server_takes_is_marked_as_not_sent(make_phone):
    user1 = make_phone("user1", "en", upstream=True)
    await user1.connect()
    with pytest.raises(AckError, match="No upstream server handled the event"):
        await user1.type("Hello")
    await user1.disconnect()
    assert user1.bubbles[0][1] == "failed"
    assert "! not sent" in repr(user1.snapshot())


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


def test_every_phrase_to_tap_is_in_the_phrasebook():
    assert set(PHRASES) <= set(BOOK.phrases("en", "chat"))


async def test_phrases_follow_the_language(make_phone):
    new = make_phone(language="ar")
    assert "شكرا" in new.phrases
    await new.choose("ja")
    assert "ありがとう" in new.phrases


def test_language_with_a_real_engine_needs_no_phrases():
    row = SimpleNamespace(code="es", engines=(("phrasebook", ("ar", "en")), ("Apertium", ("en", "fr"))))
    here = SimpleNamespace(backend="local", engines=(row,))
    assert is_really_translated("es", ["ar", "en", "es"], here)
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
    assert 'direction="rtl"' in picture.svg()
    assert "<b>" not in picture.svg()
    assert picture.svg() == Phones(two_phones).snapshot().svg()


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
