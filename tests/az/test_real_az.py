"""The real Azure CLI against `wpslab serve --az`, unmodified. `make test-az` runs it; see `docs/real_az.md`.

Every proxy is a dead end here, so whatever needs the internet fails.
"""

import json
import os
import queue
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

AZ = os.environ.get("WPSLAB_AZ") or shutil.which("az")
WPSLAB = [sys.executable, "-m", "wpslab"]
TENANT = "00000000-0000-0000-0000-000000000002"
TYPE = "Microsoft.SignalRService/WebPubSub"
NO_ROUTE = "http://127.0.0.1:9"
EXTENSION_MISSING = "this machine has no extension webpubsub of the Azure CLI: az extension add --name webpubsub"
QUICK = 5.0
"""Seconds a command may take that would take thirty if it had to wait for an operation."""

pytestmark = [
    pytest.mark.real_az,
    pytest.mark.skipif(AZ is None, reason="there is no az here: set WPSLAB_AZ, or run `make test-az`"),
    pytest.mark.skipif(os.name == "nt", reason="the lines are tried in a POSIX shell"),
    pytest.mark.timeout(180),
]


@contextmanager
def serving(folder, port=0):
    """Run `wpslab serve --az`; give what its first line says."""
    process = subprocess.Popen(
        [*WPSLAB, "serve", "--az", "--az-port", str(port), "--az-dir", str(folder), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=10)


class Shell:
    """A shell that is pointed at the emulator as a person does it, by `wpslab az-env`."""

    def __init__(self, folder, *options):
        command = [*WPSLAB, "az-env", "--shell", "posix", "--az-dir", str(folder), *options]
        printed = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        self.sign_in_line = next((line for line in printed.stderr.splitlines() if " az login" in line), None)
        names = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
        environ = {name: value for name, value in os.environ.items() if name not in names}
        environ |= {"HTTPS_PROXY": NO_ROUTE, "HTTP_PROXY": NO_ROUTE, "AZURE_CORE_NO_COLOR": "true"}
        environ["PATH"] = os.pathsep.join([str(Path(AZ).parent), environ["PATH"]])
        out = subprocess.run(
            ["sh", "-ec", f"{printed.stdout}\nexec env -0"], capture_output=True, text=True, check=True, env=environ
        ).stdout
        self.environ = dict(pair.split("=", 1) for pair in out.split("\0") if pair)

    def run(self, line, **variables):
        """Run a line; return its exit status, what it printed and its errors."""
        process = subprocess.Popen(
            ["sh", "-ec", line],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.environ, **variables},
            start_new_session=True,
        )
        try:
            out, errors = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the shell's child would go on, and keep its port
            process.communicate()
            raise
        return process.returncode, out, errors

    def az(self, arguments):
        """Run `az`, which must succeed; return what it printed as JSON, or as text where it is none."""
        status, out, errors = self.run(f"az {arguments}")
        assert status == 0, errors
        try:
            return json.loads(out)
        except ValueError:
            return out.strip()

    def sign_in(self):
        """Enter the line `wpslab az-env` prints."""
        status, _, errors = self.run(self.sign_in_line)
        assert status == 0, errors


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "az"


@pytest.fixture
def emulator(folder):
    with serving(folder) as said:
        yield said


@pytest.fixture
def shell(emulator, folder):
    shell = Shell(folder)
    shell.sign_in()
    return shell


@pytest.fixture
def extended(shell):
    """A shell with the extension."""
    if not any(each["name"] == "webpubsub" for each in shell.az("extension list")):
        pytest.skip(EXTENSION_MISSING)
    return shell


def registration(endpoint):
    return (
        f"az cloud register -n Local --endpoint-resource-manager {endpoint} "
        f"--endpoint-active-directory {endpoint}/adfs --endpoint-active-directory-resource-id {endpoint}/"
    )


# Signing in


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_every_line_of_the_short_answer_works_without_a_network(emulator, folder, host):
    endpoint = emulator["azEndpoint"].replace("127.0.0.1", host)
    lines = [
        registration(endpoint),
        "az cloud set -n Local",
        f"az login --service-principal -u any-id -p any-secret --tenant {TENANT}",
        "az group create -n myResourceGroup -l eastus",
    ]
    shell = Shell(folder)
    for line in lines:
        status, out, errors = shell.run(line)
        assert status == 0, errors
    assert json.loads(out)["name"] == "myResourceGroup"


def test_registration_needs_only_the_address_of_the_management_side(emulator, folder):
    shell = Shell(folder)
    shell.az(f"cloud register -n Local --endpoint-resource-manager {emulator['azEndpoint']}")
    assert shell.az("cloud show -n Local")["endpoints"]["activeDirectory"] == f"{emulator['azEndpoint']}/adfs"


def test_printed_line_signs_in_and_is_not_printed_again(shell, folder):
    account = shell.az("account show")
    assert (account["environmentName"], account["tenantId"], account["user"]["type"]) == (
        "wpslab",
        TENANT,
        "servicePrincipal",
    )
    assert Shell(folder).sign_in_line is None


def test_cli_that_knew_another_port_is_told_the_new_one(folder):
    for verb in ("register", "update"):
        with serving(folder):
            shell = Shell(folder)
            assert f"az cloud {verb} " in shell.sign_in_line
            shell.sign_in()
            assert shell.az("group list --query [].name") == ["wpslab"]


def test_managed_identity_signs_in(emulator, folder):
    shell = Shell(folder, "--identity")
    assert shell.sign_in_line.endswith("az login --identity")
    shell.sign_in()
    assert shell.az("group exists -n wpslab") is True


@pytest.mark.parametrize("options", ["", " --tenant " + TENANT])
def test_person_without_a_browser_signs_in_by_a_code_nobody_has_to_enter(shell, options):
    by_code = "" if sys.platform == "linux" else " --use-device-code"
    status, out, errors = shell.run(f"az login{by_code}{options}")
    assert status == 0, errors
    assert "signs you in by itself" in errors
    assert json.loads(out)[0]["user"] == {"name": "student@example.com", "type": "user"}


@pytest.mark.skipif(sys.platform != "linux", reason="only there BROWSER names the browser")
def test_person_with_a_browser_signs_in_by_a_page(shell):
    browser = f"{shlex.quote(sys.executable)} {shlex.quote(str(Path(__file__).with_name('browser.py')))} %s &"
    status, out, errors = shell.run("az login", BROWSER=browser)
    assert status == 0, errors
    assert json.loads(out)[0]["user"]["type"] == "user"
    assert shell.az("group exists -n wpslab") is True


def test_person_signs_in_by_password(shell):
    assert shell.az("login -u ann@contoso.com -p secret")[0]["user"]["name"] == "ann@contoso.com"
    assert shell.az("group exists -n wpslab") is True


def test_token_of_an_earlier_run_still_works(folder):
    with serving(folder) as said:
        shell = Shell(folder)
        shell.sign_in()
        port = said["azEndpoint"].rpartition(":")[2]
    with serving(folder, port):
        assert Shell(folder).sign_in_line is None
        assert shell.az("group list --query [].name") == ["wpslab"]


def test_persons_own_folder_is_not_touched(emulator, folder, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    shell = Shell(folder)
    shell.environ["HOME"] = str(home)
    shell.sign_in()
    shell.az("group list")
    assert list(home.iterdir()) == []


# Groups and resources


def test_group_lives_and_dies(shell):
    assert shell.az('group create -n g -l "East US" --tags a=b')["location"] == "eastus"
    assert shell.az("group exists -n g") is True
    assert shell.az("group show -n g")["tags"] == {"a": "b"}
    assert sorted(shell.az("group list --query [].name")) == ["g", "wpslab"]
    began = time.monotonic()
    shell.az("group delete -n g --yes")
    assert time.monotonic() - began < QUICK
    assert shell.az("group exists -n g") is False
    shell.az("group create -n g -l EastUS")
    shell.az("group delete -n g --yes --no-wait")
    shell.az("group wait -n g --deleted")


def test_missing_group_is_said_as_azure_says_it(shell):
    status, out, errors = shell.run("az group show -n nowhere")
    assert (status, out) == (3, "")
    assert "(ResourceGroupNotFound)" in errors
    assert shell.run("az group delete -n nowhere --yes")[0] == 3


def test_resource_is_listed_shown_and_deleted(shell):
    assert shell.az("resource list -g wpslab --query [].name") == ["wpslab-lab"]
    assert shell.az(f"resource list --resource-type {TYPE} --query [].name") == ["wpslab-lab"]
    shown = shell.az(f"resource show -g wpslab -n wpslab-lab --resource-type {TYPE}")
    assert shown["properties"]["provisioningState"] == "Succeeded"
    assert shell.az(f"resource show --ids {shown['id']}")["id"] == shown["id"]
    began = time.monotonic()
    shell.az(f"resource delete -g wpslab -n wpslab-lab --resource-type {TYPE}")
    assert time.monotonic() - began < QUICK
    assert shell.az("resource list -g wpslab") == []


def test_what_else_a_learner_may_ask_is_answered(shell):
    assert shell.az("provider show -n Microsoft.SignalRService --query registrationState") == "Registered"
    assert "eastus" in shell.az("account list-locations --query [].name")
    assert shell.az("account list --refresh --query [].tenantId") == [TENANT]
    assert shell.az("account get-access-token --query tenant") == TENANT
    assert shell.az('rest --method get --url "/subscriptions?api-version=2022-12-01"')["value"]


# Web PubSub, with the extension

NAME = "-n learner-1 -g wpslab"


@pytest.fixture
def created(extended):
    began = time.monotonic()
    made = extended.az(f"webpubsub create {NAME} -l eastus --sku Free_F1")
    assert time.monotonic() - began < QUICK
    assert made["provisioningState"] == "Succeeded"
    return extended


def test_key_that_is_shown_works_in_the_sdk(created):
    line = created.az(f"webpubsub key show {NAME} --query primaryConnectionString -o tsv")
    WebPubSubServiceClient.from_connection_string(line, hub="chat").send_to_all("hello")


def test_resource_of_web_pubsub_lives_and_dies(created):
    assert created.az(f"webpubsub show {NAME} --query sku.name") == "Free_F1"
    assert sorted(created.az("webpubsub list -g wpslab --query [].name")) == ["learner-1", "wpslab-lab"]
    assert created.az(f"webpubsub update {NAME} --tags a=b --query tags.a") == "b"
    old = created.az(f"webpubsub key show {NAME}")
    new = created.az(f"webpubsub key regenerate {NAME} --key-type primary")
    assert new["primaryKey"] != old["primaryKey"]
    assert new["secondaryKey"] == old["secondaryKey"]
    created.az(f"webpubsub restart {NAME}")
    created.az(f"webpubsub delete {NAME}")
    status, _, errors = created.run(f"az webpubsub show {NAME}")
    assert status == 3, errors


def test_hub_lives_and_dies(created):
    handler = "--event-handler url-template=http://localhost:9999/api user-event-pattern=* system-event=connected"
    hub = f"{NAME} --hub-name chat"
    made = created.az(f"webpubsub hub create {hub} {handler}")
    assert made["properties"]["eventHandlers"][0]["urlTemplate"] == "http://localhost:9999/api"
    assert (
        created.az(f"webpubsub hub update {hub} --allow-anonymous true")["properties"]["anonymousConnectPolicy"]
        == "allow"
    )
    assert created.az(f"webpubsub hub list {NAME} --query [].name") == ["chat"]
    created.az(f"webpubsub hub delete {hub}")
    assert created.run(f"az webpubsub hub show {hub}")[0] == 3


class Client:
    """`az webpubsub client start`, with what it has printed so far."""

    def __init__(self, shell, arguments):
        self._process = subprocess.Popen(
            ["sh", "-c", f"exec az webpubsub client start {arguments}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            env={**shell.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdin.close()
        self._process.stdout.close()

    def enter(self, line):
        self._process.stdin.write(line + "\n")

    def wait_for(self, text):
        """Return the next line that holds a text."""
        while True:
            line = self._lines.get(timeout=20)
            if text in line:
                return line

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line)


def test_client_shows_what_service_sends(created):
    hub = f"{NAME} --hub-name chat"
    with Client(created, f"{hub} --user-id ann") as client:
        connected = client.wait_for('"connected"')
        connection = json.loads(connected[connected.index("{") : connected.rindex("}") + 1])["connectionId"]
        created.az(f"webpubsub service broadcast {hub} --payload to-all")
        client.wait_for("to-all")
        created.az(f"webpubsub service user send {hub} --user-id ann --payload to-ann")
        client.wait_for("to-ann")
        created.az(f"webpubsub service connection send {hub} --connection-id {connection} --payload to-one")
        client.wait_for("to-one")
        client.enter("joingroup g")
        client.wait_for('"success":true')
        created.az(f"webpubsub service group send {hub} --group-name g --payload to-group")
        client.wait_for("to-group")
        assert created.az(f"webpubsub service connection exist {hub} --connection-id {connection}")["existence"] is True
        assert created.az(f"webpubsub service user exist {hub} --user-id nobody")["existence"] is False
        options = f"{hub} --connection-id {connection} --permission sendToGroup --group-name g"
        created.az(f"webpubsub service permission grant {options}")
        assert created.az(f"webpubsub service permission check {options}")["existence"] is True
        created.az(f"webpubsub service permission revoke {options}")
        created.az(f"webpubsub service connection close {hub} --connection-id {connection}")
