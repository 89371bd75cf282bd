"""The command line, as processes."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import jwt
import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from rich.console import Console

from wpslab.cli import _table
from wpslab.doctor import Finding
from wpslab.emulator import Emulator

WPSLAB = [sys.executable, "-m", "wpslab"]
KEY = "k" * 44


def run(*arguments, **variables):
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **variables}
    return subprocess.run([*WPSLAB, *arguments], capture_output=True, text=True, timeout=30, env=environment)


@contextmanager
def serving(*arguments):
    process = subprocess.Popen(
        [*WPSLAB, "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_connection_string_first_and_ends_cleanly(number):
    with serving("--hub", "chat") as (process, line):
        service = WebPubSubServiceClient.from_connection_string(line, hub="chat")
        service.send_to_all("hello")
        process.send_signal(number)
        assert process.wait(10) == 0


def test_serve_as_json_says_where_it_is():
    with serving("--json", "--hub", "Chat", "--anonymous", "lobby", "--access-key", KEY) as (_, line):
        said = json.loads(line)
        assert said["connectionString"] == f"Endpoint={said['endpoint']};AccessKey={KEY};Version=1.0;"
        assert said["accessKey"] == KEY
        assert said["hubs"] == ["chat", "lobby"]


def test_serve_traces_to_standard_error_without_the_token():
    with serving("--trace") as (process, line):
        WebPubSubServiceClient.from_connection_string(line, hub="chat").send_to_all("hello")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
        assert "POST /api/hubs/chat/:send -> 202" in errors
        assert "eyJ" not in errors


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--host", "0.0.0.0"], "--allow-remote-clients"),
        (["--access-key", "short"], "32 bytes"),
        (["--hub", "1chat"], "Invalid hub name"),
        (["--host", "192.0.2.1", "--allow-remote-clients"], "Cannot listen on 192.0.2.1"),
    ],
)
def test_serve_says_what_is_wrong_with_its_flags(arguments, says):
    result = run("serve", *arguments)
    assert result.returncode == 2
    assert says in result.stderr


def test_serve_says_that_a_port_is_taken():
    with Emulator() as emulator:
        port = emulator.port
        result = run("serve", "--port", str(port))
    assert result.returncode == 2
    assert f"port {port}" in result.stderr


def test_token_prints_a_url_with_which_a_client_connects():
    text = f"Endpoint=http://localhost:8080;AccessKey={KEY};Version=1.0;"
    arguments = ["--hub", "chat", "--user-id", "ann", "--role", "a", "--role", "b", "--group", "g", "--minutes", "5"]
    result = run("token", *arguments, WEBPUBSUB_CONNECTION_STRING=text)
    address, token = result.stdout.strip().split("?access_token=")
    assert address == "ws://localhost:8080/client/hubs/chat"
    claims = jwt.decode(token, KEY, algorithms=["HS256"], audience="http://localhost:8080/client/hubs/chat")
    assert (claims["sub"], claims["role"], claims["webpubsub.group"]) == ("ann", ["a", "b"], ["g"])
    assert claims["exp"] - claims["iat"] == 300


@pytest.mark.parametrize("text", ["", "nonsense"])
def test_token_says_that_its_connection_string_is_missing_or_wrong(text):
    result = run("token", "--hub", "chat", WEBPUBSUB_CONNECTION_STRING=text)
    assert result.returncode == 2
    assert "connection string" in result.stderr.lower() or "WEBPUBSUB_CONNECTION_STRING" in result.stderr


@pytest.mark.parametrize(
    ("flags", "says"), [(["--hub", "a b"], "hub name"), (["--hub", "a", "--group", ""], "group name")]
)
def test_token_refuses_names_the_service_would_refuse(flags, says):
    text = f"Endpoint=http://localhost:8080;AccessKey={KEY};Version=1.0;"
    result = run("token", *flags, WEBPUBSUB_CONNECTION_STRING=text)
    assert result.returncode == 2
    assert says in result.stderr


def test_doctor_finds_this_machine_fit():
    result = run("doctor", WEBPUBSUB_CONNECTION_STRING="")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "the emulator answers 200" in result.stdout


def test_doctor_finds_what_is_wrong_and_says_what_to_do():
    result = run("doctor", WEBPUBSUB_CONNECTION_STRING="nonsense", http_proxy="http://proxy.example:1", no_proxy="")
    assert result.returncode == 1
    assert "correct it, or unset it" in result.stdout
    assert "NO_PROXY=127.0.0.1" in result.stdout


def test_doctors_advice_is_shown_with_its_brackets(capsys):
    finding = Finding("problem", "jupyterlab", "not installed", "pip install -e .[course]")
    Console(width=120).print(_table([finding]))
    assert "pip install -e .[course]" in capsys.readouterr().out


def test_version_is_printed():
    assert run("--version").stdout.strip().count(".") == 2
