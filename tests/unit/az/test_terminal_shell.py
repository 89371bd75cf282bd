import io
import json
import os
import signal
import subprocess
import sys

import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

from wpslab.az.terminal import run_in_terminal
from wpslab.az.terminal_input import USAGE
from wpslab.emulator import Emulator

HUB = "shells"
PROGRAM = """
import os, sys
from wpslab.az.terminal import run_in_terminal
sys.exit(run_in_terminal(os.environ["CONNECTION_STRING"], "shells", "user1", sys.stdin, sys.stdout, sys.stderr))
"""


@pytest.fixture(scope="module")
def emulator():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def run(emulator):
    def run(typed, connection_string=None):
        stdout, stderr = io.StringIO(), io.StringIO()
        stdin = io.StringIO(typed) if isinstance(typed, str) else typed
        status = run_in_terminal(connection_string or emulator.connection_string, HUB, "user1", stdin, stdout, stderr)
        return status, stdout.getvalue().splitlines(), stderr.getvalue()

    return run


@pytest.fixture
def start_program(emulator):
    processes = []

    def start(**streams):
        environment = {**os.environ, "CONNECTION_STRING": emulator.connection_string}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        processes.append(subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, text=True, **pipes))
        return processes[-1]

    yield start
    for process in processes:
        with process:
            process.kill()


def test_frames_go_to_stdout_and_the_usage_to_stderr(run):
    status, frames, errors = run("joingroup room\nsendtogroup room hello\n")
    assert status == 0
    assert json.loads(frames[0])["event"] == "connected"
    assert frames[1] == '{"type":"ack","ackId":1,"success":true}'
    assert {json.loads(frame)["type"] for frame in frames[2:]} == {"message", "ack"}
    assert errors == f"{USAGE}\n"


def test_help_and_invalid_input_go_to_stderr(run):
    status, frames, errors = run("help\n\n  nope \nleavegroup room")
    assert status == 0
    assert len(frames) == 2
    assert errors == f'{USAGE}\n{USAGE}\nInvalid input "nope", use help to show usage\n'


def test_refused_connection_is_an_error_and_status_1(run, emulator):
    wrong = f"Endpoint={emulator.endpoint};AccessKey={'x' * 44};Version=1.0;"
    status, frames, errors = run("", wrong)
    assert (status, frames) == (1, [])
    assert errors.startswith("ERROR: The service refused the connection with 401")


def test_malformed_connection_string_is_an_error_and_status_1(run):
    status, _, errors = run("", "nonsense")
    assert status == 1
    assert errors.startswith("ERROR: The connection string cannot be used")


def test_connection_closed_by_the_service_ends_a_program_that_waits_for_input(start_program, emulator):
    process = start_program()
    connection_id = json.loads(process.stdout.readline())["connectionId"]
    with WebPubSubServiceClient.from_connection_string(emulator.connection_string, hub=HUB) as service:
        service.close_connection(connection_id, reason="bed time")
    assert process.wait(10) == 1
    assert "bed time" in process.stderr.read()


def test_program_does_each_line_as_it_is_typed_and_ends_with_its_input(start_program):
    process = start_program()
    process.stdout.readline()
    for number in (1, 2):
        process.stdin.write(f"joingroup größe{number}\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"type": "ack", "ackId": number, "success": True}
    process.stdin.close()
    assert process.wait(10) == 0
    assert process.stdout.read() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a thing of Unix")
def test_on_a_terminal_frames_are_green_italics_and_control_c_ends_the_program(start_program):
    ours, theirs = os.openpty()
    process = start_program(stdin=theirs, stdout=theirs)
    os.close(theirs)
    screen = b""
    while b"\n" not in screen:
        screen += os.read(ours, 4096)
    assert screen.startswith(b'\x1b[3m\x1b[92m{"type":"system"')
    assert screen.endswith(b"}\x1b[0m\x1b[0m\r\n")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert "Traceback" not in process.stderr.read()
    os.close(ours)
