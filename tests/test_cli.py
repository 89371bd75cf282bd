"""The command line, as processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import jwt
import pytest
from azure.ai.translation.text import TextTranslationClient
from azure.core.credentials import AzureKeyCredential
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from rich.console import Console
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import wpslab
from wpslab.az import AzError, az
from wpslab.cli import _event_handlers, _table
from wpslab.connection_string import ConnectionString
from wpslab.doctor import Finding
from wpslab.emulator import Emulator, EventHandler
from wpslab.emulator.core.tokens import client_access_url
from wpslab.emulator.protocols.hub_settings import read_settings
from wpslab.served import Served

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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux answers on all of 127.0.0.0/8")
def test_lab_on_another_machine_has_names_and_commands_by_the_access_key_and_manages_nothing():
    with serving("--host", "0.0.0.0", "--allow-remote-clients") as (_, line):
        lab = wpslab.start(line.replace("127.0.0.1", "127.0.0.2"))  # an address that is none of this machine's usual
        try:
            assert (lab.name, lab.resource_group) == ("wpslab-lab", "wpslab")
            names = f"--name {lab.name} --resource-group {lab.resource_group} --hub-name chat"
            assert az(f"webpubsub service user exist {names} --user-id ana") == {"existence": False}
            for command in ("webpubsub list", f"webpubsub service broadcast {names} --name other --payload hello"):
                with pytest.raises(AzError, match="another machine"):
                    az(command)
            with pytest.raises(wpslab.LabError, match="another machine"):
                _ = lab.arm_options
        finally:
            lab.close()


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


def test_serve_runs_the_translator_and_prints_how_it_is_found():
    with serving("--translator") as (process, line):
        target = ConnectionString.parse(line)
        variables = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
        assert list(variables) == ["TRANSLATOR_ENDPOINT", "TRANSLATOR_KEY", "TRANSLATOR_REGION"]
        assert variables["TRANSLATOR_ENDPOINT"] != target.endpoint
        translator = TextTranslationClient(
            endpoint=variables["TRANSLATOR_ENDPOINT"],
            credential=AzureKeyCredential(variables["TRANSLATOR_KEY"]),
            region=variables["TRANSLATOR_REGION"],
        )
        with translator:
            (answer,) = translator.translate(body=["Good morning"], from_language="en", to_language=["es"])
        assert answer.translations[0].text == "Buenos días"
        process.terminate()
        assert process.wait(10) == 0


def test_serve_as_json_has_the_translators_variables():
    with serving("--json", "--translator") as (_, line):
        assert sorted(json.loads(line)["variables"]) == ["TRANSLATOR_ENDPOINT", "TRANSLATOR_KEY", "TRANSLATOR_REGION"]


def test_serve_traces_to_standard_error_without_the_token():
    with serving("--trace") as (process, line):
        WebPubSubServiceClient.from_connection_string(line, hub="chat").send_to_all("hello")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
        assert "POST /api/hubs/chat/:send -> 202" in errors
        assert "eyJ" not in errors


@pytest.mark.parametrize("flags", [(), ("--trace",)])
def test_serve_tells_another_process_what_happened_or_that_it_does_not_remember(flags):
    with serving("--hub", "chat", *flags) as (_, line):
        served = Served(ConnectionString.parse(line))
        assert (served.trace_since(0).is_on, served.trace_since(0).entries) == (bool(flags), [])
        WebPubSubServiceClient.from_connection_string(line, hub="chat").send_to_all("hello")
        assert [entry.what for entry in served.trace_since(0).entries] == (["rest", "delivered"] if flags else [])
        assert list(served.snapshot().hubs) == ["chat"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--host", "0.0.0.0"], "--allow-remote-clients"),
        (["--access-key", "short"], "32 bytes"),
        (["--hub", "1chat"], "Invalid hub name"),
        (["--host", "192.0.2.1", "--allow-remote-clients"], "Cannot listen on 192.0.2.1"),
        (
            ["--event-handler", "1chat=http://x/y?code=s3cret"],
            "--event-handler 1chat=http://x/y?code=***: Invalid hub name",
        ),
        (
            ["--event-handler", "http://x/{type}?code=s3cret"],
            "there is no {type}; the parameters are {hub} and {event}",
        ),
    ],
)
def test_serve_says_what_is_wrong_with_its_flags(arguments, says):
    result = run("serve", *arguments)
    assert result.returncode == 2
    assert says in result.stderr
    assert "s3cret" not in result.stderr


EVENTS = ("connect", "connected", "disconnected")


@pytest.mark.parametrize(
    ("text", "hub", "template"),
    [
        ("http://localhost:8080/eventhandler", None, "http://localhost:8080/eventhandler"),
        ("http://localhost:8080/{hub}/{event}", None, "http://localhost:8080/{hub}/{event}"),
        ("http://localhost:8080/?code=a=b", None, "http://localhost:8080/?code=a=b"),
        ("chat=http://localhost:8080", "chat", "http://localhost:8080"),
        ("Chat=https://example.test/x?code=a==", "chat", "https://example.test/x?code=a=="),
    ],
)
def test_event_handler_is_a_url_of_all_hubs_or_of_the_hub_before_it(text, hub, template):
    assert _event_handlers([text]) == {hub: [EventHandler(template, "*", EVENTS)]}


def test_event_handlers_keep_their_order():
    texts = ["chat=http://a/", "http://b/", "CHAT=http://c/", "http://d/"]
    found = _event_handlers(texts)
    assert {hub: [each.url_template for each in handlers] for hub, handlers in found.items()} == {
        "chat": ["http://a/", "http://c/"],
        None: ["http://b/", "http://d/"],
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no absolute URL"),
        ("chat=", "no absolute URL"),
        ("chat=localhost", "no absolute URL"),
        ("localhost:8080", "no absolute URL"),
        ("=http://x/", "Invalid hub name ``"),
        ("a b=http://x/", "Invalid hub name `a b`"),
        ("chat=tunnel:///x", "tunnel:// is for awps-tunnel and Azure"),
        ("http://ann:pass@h/?code=s3cret", "no user and password"),
    ],
)
def test_event_handler_that_cannot_be_is_named_without_its_secrets(text, says):
    with pytest.raises(ValueError, match=f"^--event-handler .*{re.escape(says)}") as caught:
        _event_handlers([text])
    assert "s3cret" not in str(caught.value)
    assert "ann:" not in str(caught.value)


def test_serve_has_the_event_handlers_it_was_given_and_its_waits_are_short_when_told():
    everywhere = "http://127.0.0.1:1/all/{hub}?code=a=b"
    flags = ["--event-handler", everywhere, "--event-handler", "Chat=http://127.0.0.1:1/chat", "--short-waits"]
    with serving("--json", *flags) as (_, line):
        target = ConnectionString.parse(json.loads(line)["connectionString"])
        assert json.loads(line)["hubs"] == ["chat"]
        templates = {
            hub: [each.url_template for each in read_settings(Served(target).hub_settings(hub)).event_handlers]
            for hub in ("chat", "news")
        }
        assert templates == {"chat": ["http://127.0.0.1:1/chat", everywhere], "news": [everywhere]}
        url = client_access_url(target.endpoint, target.access_key, "news", now=time.time())
        # Azure's own waits between four attempts are nine seconds.
        with pytest.raises(InvalidStatus, match="500"):
            connect(url, open_timeout=5, proxy=None)


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
