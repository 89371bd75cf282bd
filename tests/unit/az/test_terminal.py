import asyncio
import json
import threading

import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

import wpslab
from wpslab.az.terminal import KEPT, start_client
from wpslab.az.terminal_input import USAGE
from wpslab.client import session
from wpslab.client.errors import ClientError, ConnectionRefused

HUB = "terminals"
INVALID = 'Invalid input "{}", use help to show usage'


@pytest.fixture
def lab(monkeypatch):
    for variable in ("WEBPUBSUB_CONNECTION_STRING", "WebPubSubConnectionString"):
        monkeypatch.delenv(variable, raising=False)
    lab = wpslab.start()
    yield lab
    lab.close()


@pytest.fixture
def service(lab):
    with WebPubSubServiceClient.from_connection_string(lab.connection_string, hub=HUB) as service:
        yield service


@pytest.fixture
def start(lab):
    return lambda user_id="user1": start_client(lab, lab.connection_string, HUB, user_id)


def kinds(terminal):
    return [line.kind for line in terminal.lines]


def wait_until_closed(terminal):
    ended = threading.Event()
    terminal.on_change(lambda: ended.set() if terminal.state == "closed" else None)
    assert terminal.state == "closed" or ended.wait(10)


def test_client_is_connected_and_shows_usage_and_connected_frame(start, service):
    terminal = start()
    assert terminal.state == "connected"
    assert kinds(terminal) == ["usage", "frame"]
    assert json.loads(terminal.lines[1].text) == {
        "type": "system",
        "event": "connected",
        "userId": "user1",
        "connectionId": terminal.connection_id,
    }
    assert service.connection_exists(terminal.connection_id)


def test_client_without_a_user_id_is_nobody_in_particular(start):
    assert json.loads(start(None).lines[1].text).get("userId") is None


def test_joined_client_receives_its_own_message_as_json(start):
    terminal = start()
    assert terminal.enter("joingroup room") == '{"type":"ack","ackId":1,"success":true}'
    assert terminal.enter("sendtogroup room hello all") == '{"type":"ack","ackId":2,"success":true}'
    assert json.loads(terminal.wait_for("hello all")) == {
        "type": "message",
        "from": "group",
        "fromUserId": "user1",
        "group": "room",
        "dataType": "json",
        "data": "hello all",
    }


def test_rest_of_the_line_is_the_name_of_the_group(start, service):
    terminal = start()
    terminal.enter("  JoinGroup   room 1  ")
    assert service.group_exists("room 1")
    terminal.enter("leavegroup room 1")
    assert not service.group_exists("room 1")


def test_ack_that_says_no_is_shown_like_any_other(start):
    terminal = start()
    ack = json.loads(terminal.enter("event chat hi there"))
    assert (ack["success"], ack["ackId"]) == (False, 1)
    assert terminal.state == "connected"
    assert kinds(terminal)[-2:] == ["typed", "frame"]


def test_help_shows_the_usage_again_and_sends_nothing(start):
    terminal = start()
    assert terminal.enter("help") is None
    assert terminal.text().count(USAGE) == 2
    assert terminal.enter("joingroup room") == '{"type":"ack","ackId":1,"success":true}'


def test_empty_line_is_ignored(start):
    terminal = start()
    before = terminal.lines
    assert terminal.enter("  ") is None
    assert terminal.lines == before


@pytest.mark.parametrize(
    "line", ["joingroup", "leavegroup ", "sendtogroup room", "event chat", "quit", "HELP", "help me", "joingroups a"]
)
def test_line_that_is_no_command_gets_the_one_error(start, line):
    terminal = start()
    assert terminal.enter(line) == INVALID.format(line.strip())
    assert [line.kind for line in terminal.lines[-2:]] == ["typed", "error"]


def test_several_lines_at_once_are_a_value_error(start):
    with pytest.raises(ValueError, match="one line"):
        start().enter("joingroup a\njoingroup b")


def test_message_of_the_server_arrives(start, service):
    terminal = start()
    service.send_to_all("Hello World", content_type="text/plain")
    assert (
        terminal.wait_for("Hello World") == '{"type":"message","from":"server","dataType":"text","data":"Hello World"}'
    )


async def test_terminal_is_used_in_a_cell_of_a_running_loop(start):
    assert "success" in start().enter("joingroup room")


def test_waiting_for_a_frame_that_does_not_come_ends(start, monkeypatch):
    terminal = start()
    monkeypatch.setattr("wpslab.az.terminal.TIMEOUT", 0.05)
    with pytest.raises(ClientError, match="nothing like it"):
        terminal.wait_for("nothing like it")


def test_waiting_for_an_ack_that_does_not_come_ends_and_says_so(start, monkeypatch):
    terminal = start()
    monkeypatch.setattr(session, "TIMEOUT", 0.0)
    with pytest.raises(ClientError, match="No ack for joinGroup"):
        terminal.enter("joingroup room")
    assert "error" in kinds(terminal)  # the ack may come after it


def test_stop_closes_the_connection_and_says_so(start, service):
    terminal = start()
    terminal.stop()
    terminal.stop()
    assert terminal.state == "closed"
    assert str(terminal.lines[-1]) == "· ^C The client has ended."
    assert kinds(terminal).count("note") == 1
    assert not service.connection_exists(terminal.connection_id)


def test_ended_client_takes_no_line(start):
    terminal = start()
    terminal.stop()
    with pytest.raises(ClientError, match="has ended"):
        terminal.enter("help")
    with pytest.raises(ClientError, match="ended"):
        terminal.wait_for("more")
    assert terminal.wait_for("connected") == terminal.lines[1].text


def test_service_that_closes_the_connection_is_quoted(start, service):
    terminal = start()
    service.close_connection(terminal.connection_id, reason="bed time")
    wait_until_closed(terminal)
    assert terminal.lines[-1].kind == "error"
    assert "1000" in terminal.lines[-1].text
    assert "bed time" in terminal.lines[-1].text


def test_closing_the_lab_ends_the_client_and_leaves_no_thread(start, lab):
    terminal = start()
    lab.close()
    assert terminal.state == "closed"
    assert "the lab was closed" in terminal.text()
    assert not [thread.name for thread in threading.enumerate() if "wpslab" in thread.name]
    terminal.stop()
    terminal.enter_soon("help")
    with pytest.raises(wpslab.LabError, match="closed"):
        terminal.enter("help")


def test_refused_connection_is_said_in_words(lab):
    wrong = f"Endpoint={lab.endpoint};AccessKey={'x' * 44};Version=1.0;"
    with pytest.raises(ConnectionRefused, match="access token") as refused:
        start_client(lab, wrong, HUB)
    assert refused.value.status == 401


def test_illegal_hub_name_is_refused_with_400(lab):
    with pytest.raises(ConnectionRefused, match="hub"):
        start_client(lab, lab.connection_string, "1/not a hub")


@pytest.mark.parametrize("text", ["nonsense", "Endpoint=http://127.0.0.1:9;AccessKey=;"])
def test_malformed_connection_string_is_said_in_words(lab, text):
    with pytest.raises(ClientError, match="connection string cannot be used"):
        start_client(lab, text, HUB)


def test_closed_lab_is_an_error_of_the_lab(lab):
    connection_string = lab.connection_string
    lab.close()
    with pytest.raises(wpslab.LabError, match="closed"):
        start_client(lab, connection_string, HUB)


def test_listener_hears_of_each_change_until_it_is_removed(start):
    terminal, heard = start(), []
    remove = terminal.on_change(lambda: heard.append(terminal.lines[-1].kind))
    terminal.enter("help")
    remove()
    remove()
    terminal.enter("help")
    assert heard == ["typed", "usage"]


def test_lines_typed_without_waiting_are_sent_in_their_order(start):
    terminal = start()
    for number in range(20):
        terminal.enter_soon(f"joingroup room{number}")
    terminal.wait_for('"ackId":20,')
    typed = [line.text for line in terminal.lines if line.kind == "typed"]
    assert typed == [f"joingroup room{number}" for number in range(20)]


async def test_line_typed_too_late_is_no_error_of_the_lab(start, lab):
    terminal = start()
    terminal.enter_soon("joingroup room")
    terminal.stop_soon()
    terminal.enter_soon("joingroup room")
    await asyncio.to_thread(wait_until_closed, terminal)
    lab.raise_errors()


def test_screen_keeps_the_last_lines_and_goes_on_counting(start):
    terminal = start()
    for _ in range(KEPT):
        terminal.enter("help")
    assert len(terminal.lines) == KEPT
    assert terminal.lines[-1].number == 2 * KEPT + 2


def test_text_is_what_the_screen_shows(start):
    terminal = start()
    terminal.enter("joingroup room")
    terminal.enter("nope")
    assert str(terminal).splitlines()[-5:] == [
        terminal.lines[1].text,
        "> joingroup room",
        '{"type":"ack","ackId":1,"success":true}',
        "> nope",
        f"! {INVALID.format('nope')}",
    ]


def test_representations_are_short_and_hold_no_token(start, lab):
    terminal = start("<user>")
    assert repr(terminal) == "<az webpubsub client start: hub 'terminals', user '<user>'>"
    assert repr(start(None)) == "<az webpubsub client start: hub 'terminals'>"
    html = terminal._repr_html_()
    assert "&lt;user&gt;" in html
    assert "<user>" not in html
    assert "<pre>" in html
    assert "eyJ" not in html + str(vars(terminal))
