import json

import pytest

from wpslab.az.terminal_input import COMMANDS, USAGE, InvalidInput, read_line


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ("joingroup room 1", {"type": "joinGroup", "group": "room 1", "ackId": 7}),
        ("leavegroup room", {"type": "leaveGroup", "group": "room", "ackId": 7}),
        ("sendtogroup room hello all", {"type": "sendToGroup", "group": "room", "data": "hello all", "ackId": 7}),
        ("event chat hi there", {"type": "event", "event": "chat", "data": "hi there", "ackId": 7}),
        (
            "SendToGroup\troom \t two  blanks",
            {"type": "sendToGroup", "group": "room", "data": "two  blanks", "ackId": 7},
        ),
        ('event e {"a": 1}', {"type": "event", "event": "e", "data": '{"a": 1}', "ackId": 7}),
        ("sendtogroup größe grüße", {"type": "sendToGroup", "group": "größe", "data": "grüße", "ackId": 7}),
        ("event 1! x", {"type": "event", "event": "1!", "data": "x", "ackId": 7}),
    ],
)
def test_command_becomes_its_frame(line, frame):
    text = read_line(line).encode(7)
    assert json.loads(text) == frame
    assert list(json.loads(text)) == list(frame)


def test_help_asks_for_nothing():
    assert read_line("help") is None


@pytest.mark.parametrize("line", ["Help", "help joingroup", "joingroup", "sendtogroup a", "event", "exit", "{}", "é"])
def test_anything_else_is_invalid(line):
    with pytest.raises(InvalidInput) as invalid:
        read_line(line)
    assert str(invalid.value) == f'Invalid input "{line}", use help to show usage'


def test_usage_has_a_line_for_each_command():
    first, *lines, last = USAGE.splitlines()
    assert "Usage" in first
    assert set(last) == {"-"}
    assert [tuple(line.split("  ", 1)[0] for line in lines)] == [tuple(command for command, _ in COMMANDS)]
