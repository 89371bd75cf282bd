import asyncio
import json
import threading

import pytest

import wpslab
from wpslab.widgets import AckError, ClientPanel, ClientPanelError, ConnectionRefused, Frame, client_panel


def texts(panel, direction):
    return [frame.text for frame in panel.frames if frame.direction == direction]


async def test_new_panel_is_not_connected(make_panel):
    panel = make_panel()
    assert (panel.state, panel.connection_id, panel.groups, panel.frames) == ("disconnected", None, [], [])


async def test_connect_waits_for_the_connected_frame(make_panel, service):
    panel = make_panel()
    await panel.connect()
    assert panel.state == "connected"
    assert json.loads(panel.frames[0].text)["connectionId"] == panel.connection_id
    assert service.connection_exists(panel.connection_id)


async def test_connecting_a_connected_client_changes_nothing(make_panel):
    panel = make_panel()
    await panel.connect()
    connection_id = panel.connection_id
    await panel.connect()
    assert panel.connection_id == connection_id
    assert len(panel.frames) == 1


async def test_two_connects_at_once_make_one_connection(make_panel, lab):
    panel = make_panel()
    await asyncio.gather(panel.connect(), panel.connect())
    assert sum(len(hub.connections) for hub in lab.emulator.snapshot().hubs.values()) == 1


async def test_joined_group_is_listed_until_it_is_left(make_panel, service):
    panel = make_panel()
    await panel.connect()
    await panel.join_group("room1")
    assert panel.groups == ["room1"]
    assert service.group_exists("room1")
    await panel.leave_group("room1")
    assert panel.groups == []
    assert not service.group_exists("room1")


async def test_groups_of_the_token_are_listed_from_the_start(make_panel):
    panel = make_panel(groups=["b", "a"])
    await panel.connect()
    assert panel.groups == ["a", "b"]


async def test_message_to_a_group_comes_back_before_its_ack(make_panel):
    panel = make_panel()
    await panel.connect()
    await panel.join_group("room1")
    await panel.send_to_group("room1", {"order": 17}, data_type="json")
    received = [json.loads(text) for text in texts(panel, "←")]
    assert [message["type"] for message in received] == ["system", "ack", "message", "ack"]
    assert received[2]["data"] == {"order": 17}


async def test_no_echo_leaves_the_sender_out(make_panel):
    sender, other = make_panel("user1"), make_panel("user2")
    for panel in (sender, other):
        await panel.connect()
        await panel.join_group("room1")
    await sender.send_to_group("room1", "hello", no_echo=True)
    frame = await other.wait_for_frame("hello")
    assert json.loads(frame.text)["fromUserId"] == "user1"
    assert not any("hello" in text for text in texts(sender, "←"))


async def test_refused_join_raises_the_name_of_the_ack_error_and_shows_it(make_panel):
    panel = make_panel(roles=())
    await panel.connect()
    with pytest.raises(AckError) as refused:
        await panel.join_group("room1")
    assert refused.value.name == "Forbidden"
    assert "Forbidden" in panel.error
    assert (panel.state, panel.groups) == ("connected", [])


async def test_event_without_an_upstream_server_says_so(make_panel):
    panel = make_panel()
    await panel.connect()
    with pytest.raises(AckError, match="No upstream server handled the event"):
        await panel.send_event("order", "17")


async def test_error_line_is_empty_again_after_the_next_success(make_panel):
    panel = make_panel()
    await panel.connect()
    with pytest.raises(AckError):
        await panel.send_event("order", "17")
    await panel.join_group("room1")
    assert panel.error == ""


async def test_token_of_another_key_is_refused_with_401(make_panel, lab, monkeypatch):
    key = "AccessKey=" + "x" * 44
    wrong = ";".join(key if part.startswith("AccessKey=") else part for part in lab.connection_string.split(";"))
    monkeypatch.setattr(type(lab), "connection_string", wrong)
    panel = make_panel()
    with pytest.raises(ConnectionRefused, match="access token") as refused:
        await panel.connect()
    assert refused.value.status == 401
    assert panel.state == "disconnected"
    assert "401" in panel.error


async def test_service_that_does_not_answer_is_said_in_words(make_panel, lab, monkeypatch):
    nobody = f"Endpoint=http://127.0.0.1:9;AccessKey={'x' * 44};Version=1.0;"
    monkeypatch.setattr(type(lab), "connection_string", nobody)
    panel = make_panel()
    with pytest.raises(ConnectionRefused, match="Nobody answers") as refused:
        await panel.connect()
    assert refused.value.status is None
    assert panel.state == "disconnected"


async def test_requests_of_a_client_that_is_not_connected_fail(make_panel):
    panel = make_panel()
    with pytest.raises(ClientPanelError, match="not connected"):
        await panel.join_group("room1")


@pytest.mark.parametrize("group", ["", "   ", "g" * 1025])
async def test_illegal_group_name_is_a_value_error(make_panel, group):
    with pytest.raises(ValueError, match="group"):
        await make_panel().join_group(group)


async def test_service_that_closes_the_connection_is_quoted(make_panel, service):
    panel = make_panel()
    await panel.connect()
    await panel.join_group("room1")
    service.close_connection(panel.connection_id, reason="bed time")
    await panel.wait_for_state("disconnected")
    assert "1000" in panel.error
    assert "bed time" in panel.error
    assert (panel.connection_id, panel.groups) == (None, [])


async def test_client_connects_anew_after_it_was_closed(make_panel, service):
    panel = make_panel()
    await panel.connect()
    first = panel.connection_id
    service.close_connection(first)
    await panel.wait_for_state("disconnected")
    await panel.connect()
    assert panel.connection_id != first
    assert (panel.state, panel.error) == ("connected", "")
    await panel.join_group("room1")


async def test_disconnect_leaves_no_task_and_no_connection(make_panel, lab, service):
    panel = make_panel()
    await panel.connect()
    connection_id = panel.connection_id
    await panel.disconnect()
    await panel.disconnect()
    assert (panel.state, panel.error) == ("disconnected", "")
    assert not service.connection_exists(connection_id)
    assert not asyncio.all_tasks(lab.background.loop)


async def test_closing_the_lab_closes_the_socket_and_leaves_no_thread(make_panel, lab):
    panel = make_panel()
    await panel.connect()
    lab.close()
    assert panel.state == "disconnected"
    assert not [thread.name for thread in threading.enumerate() if "wpslab" in thread.name]


async def test_panel_of_a_closed_lab_says_that_the_lab_is_closed(make_panel, lab):
    panel = make_panel()
    lab.close()
    with pytest.raises(wpslab.LabError, match="closed"):
        await panel.connect()
    panel._handle_custom_msg({"do": "connect", "userId": "user1"}, [])
    assert "closed" in panel.error


async def test_closed_lab_is_said_on_the_panel_at_once(make_panel, lab):
    panel = make_panel()
    await panel.connect()
    lab.close()
    assert panel.lab_closed
    assert "The lab is closed." in panel.error


async def test_closing_the_panel_disconnects_it(make_panel):
    panel = make_panel()
    await panel.connect()
    panel.close()
    await panel.wait_for_state("disconnected")


async def test_simple_client_sends_text_and_is_closed_because_no_upstream_server_listens(make_panel):
    panel = make_panel(subprotocol=None)
    await panel.connect()
    assert (panel.state, panel.connection_id, panel.frames) == ("connected", None, [])
    await panel.send_text("hello")
    await panel.wait_for_state("disconnected")
    assert panel.frames == [Frame("→", "hello")]
    assert "1011" in panel.error


async def test_simple_client_cannot_join(make_panel):
    panel = make_panel(subprotocol=None)
    await panel.connect()
    with pytest.raises(ClientPanelError, match="simple client"):
        await panel.join_group("room1")


def test_other_subprotocols_are_a_value_error(lab):
    with pytest.raises(ValueError, match="subprotocol"):
        ClientPanel(lab, "widgets", subprotocol="mqtt")


async def test_waiting_for_a_frame_that_does_not_come_ends(make_panel, monkeypatch):
    monkeypatch.setattr(client_panel, "TIMEOUT", 0.05)
    panel = make_panel()
    with pytest.raises(ClientPanelError, match="nothing like it"):
        await panel.wait_for_frame("nothing like it")


async def test_buttons_do_what_the_methods_do(make_panel, click):
    panel = make_panel()
    await click(panel, "connect", userId="user7")
    assert (panel.state, panel.user_id) == ("connected", "user7")
    await click(panel, "join", group="room1")
    await click(panel, "send", group="room1", data='{"a": 1}', dataType="json", noEcho=False)
    assert any('"data":{"a":1}' in text.replace(" ", "") for text in texts(panel, "←"))
    await click(panel, "leave", group="room1")
    await click(panel, "event", event="order", data="17", dataType="text")
    assert "InternalServerError" in panel.error
    await click(panel, "disconnect")
    assert panel.state == "disconnected"


async def test_empty_user_field_makes_a_client_without_a_user(make_panel, click):
    panel = make_panel()
    await click(panel, "connect", userId=" ")
    assert panel.user_id is None
    assert json.loads(panel.frames[0].text).get("userId") is None


async def test_user_of_a_connected_client_cannot_be_changed(make_panel, click):
    panel = make_panel()
    await panel.connect()
    await click(panel, "connect", userId="somebody")
    assert panel.user_id == "user1"


@pytest.mark.parametrize(("typed", "says"), [("{nope", "not valid JSON"), ("NaN", "NaN"), ("null", "null")])
async def test_data_that_is_no_json_is_said_and_not_sent(make_panel, click, typed, says):
    panel = make_panel()
    await panel.connect()
    before = panel.frames
    await click(panel, "send", group="room1", data=typed, dataType="json", noEcho=False)
    assert says in panel.error
    assert panel.frames == before


async def test_failed_click_is_not_an_error_of_the_lab(make_panel, lab, click):
    panel = make_panel(roles=())
    await panel.connect()
    await click(panel, "join", group="room1")
    assert "Forbidden" in panel.error
    lab.raise_errors()


async def test_cleared_frames_leave_the_panel_but_not_the_record(make_panel, click):
    panel = make_panel()
    await panel.connect()
    await panel.join_group("room1")
    await click(panel, "clear")
    assert (panel.cleared, panel.shown_frames, len(panel.frames)) == (3, [], 3)
    await panel.leave_group("room1")
    assert repr(panel.snapshot()).splitlines()[1:] == [
        '→ {"type": "leaveGroup", "group": "room1", "ackId": 2}',
        '← {"type":"ack","ackId":2,"success":true}',
    ]
    await panel.wait_for_frame("connectionId")


def test_page_that_asks_whether_the_kernel_is_there_gets_an_answer_also_of_a_closed_lab(make_panel, lab, monkeypatch):
    panel, answers = make_panel(), []
    monkeypatch.setattr(panel, "send", answers.append)
    for action in ("visible", "hidden"):
        panel._handle_custom_msg({"do": action, "view": "v1"}, [])
    lab.close()
    panel._handle_custom_msg({"do": "visible", "view": "v1"}, [])
    assert answers == [{"do": "alive"}, {"do": "alive"}]


async def test_no_token_is_in_the_state_or_the_representations(make_panel):
    panel = make_panel()
    await panel.connect()
    shown = json.dumps([panel.get_state(), panel._repr_mimebundle_()], default=str) + repr(panel.snapshot())
    assert "eyJ" not in shown.replace(panel.connection_id, "")
    assert "access_token" not in shown
    assert "AccessKey" not in shown


def test_representations_are_short_and_stable(make_panel):
    panel = make_panel()
    data, _ = panel._repr_mimebundle_()
    assert data["text/plain"] == repr(panel) == "ClientPanel(hub='widgets', user_id='user1')"
    assert "JupyterLab" in data["text/html"]
    assert data["text/html"] == make_panel()._repr_mimebundle_()[0]["text/html"]


async def test_front_end_gets_the_frames_numbered(make_panel):
    panel = make_panel()
    await panel.connect()
    await panel.disconnect()
    assert [row[:2] for row in panel.frame_rows] == [[1, "←"]]


async def test_front_end_is_not_told_about_every_frame_of_a_flood(make_panel):
    panel, published = make_panel(groups=["room1"]), []
    await panel.connect()
    panel.observe(lambda change: published.append(change.new[-1][0]), "frame_rows")
    await asyncio.gather(*(panel.send_to_group("room1", f"message {number}") for number in range(60)))
    await panel.disconnect()
    assert published[-1] == 181  # connected, then 60 requests, their echoes and their acks
    assert len(published) < 60
