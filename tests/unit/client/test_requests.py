import json

import pytest

from wpslab.client import requests


def test_frame_holds_no_echo_only_where_it_is_wanted():
    assert json.loads(requests.send_to_group("g", "hi").encode(3)) == {
        "type": "sendToGroup",
        "group": "g",
        "ackId": 3,
        "dataType": "text",
        "data": "hi",
    }
    assert json.loads(requests.send_to_group("g", "hi", no_echo=True).encode(3))["noEcho"] is True


def test_event_names_its_target_event():
    assert json.loads(requests.send_event("order", [1], "json").encode(1)) == {
        "type": "event",
        "event": "order",
        "ackId": 1,
        "dataType": "json",
        "data": [1],
    }


@pytest.mark.parametrize("name", ["", "1st", "a b", "x" * 129])
def test_illegal_event_name_is_a_value_error(name):
    with pytest.raises(ValueError, match="event name"):
        requests.send_event(name, "data")


def test_text_that_is_no_string_is_a_type_error():
    with pytest.raises(TypeError, match="data_type='json'"):
        requests.send_to_group("g", {"a": 1})


def test_unknown_data_type_is_a_value_error():
    with pytest.raises(ValueError, match="'text' or 'json'"):
        requests.send_to_group("g", "data", "xml")


def test_unknown_button_is_a_value_error():
    with pytest.raises(ValueError, match="no button 'fly'"):
        requests.from_front_end({"do": "fly"})


@pytest.mark.parametrize(("typed", "value"), [("17", 17), ('"hello"', "hello"), ('{"a": [true]}', {"a": [True]})])
def test_typed_json_is_decoded(typed, value):
    request = requests.from_front_end({"do": "send", "group": "g", "data": typed, "dataType": "json", "noEcho": False})
    assert request.members["data"] == value
