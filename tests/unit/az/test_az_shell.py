import io
import json
import subprocess
import sys

import pytest

from wpslab.az import shell
from wpslab.emulator import Emulator


@pytest.fixture
def emulator(monkeypatch):
    with Emulator() as emulator:
        monkeypatch.setenv("WEBPUBSUB_CONNECTION_STRING", emulator.connection_string)
        yield emulator


@pytest.fixture
def nowhere(monkeypatch):
    for variable in ("WEBPUBSUB_CONNECTION_STRING", "WebPubSubConnectionString"):
        monkeypatch.delenv(variable, raising=False)


def main(capsys, line):
    status = shell.main(line.split())
    shown = capsys.readouterr()
    return status, shown.out, shown.err


def test_answer_goes_to_standard_output_with_status_zero(emulator, capsys):
    status, out, err = main(capsys, "group show --name wpslab")
    assert (status, err) == (0, "")
    assert json.loads(out)["name"] == "wpslab"


def test_keys_are_printed_for_scripts(emulator, capsys):
    line = "webpubsub key show --query primaryConnectionString -o tsv"
    assert main(capsys, line) == (0, f"{emulator.connection_string}\n", "")


def test_command_without_output_prints_nothing(emulator, capsys):
    assert main(capsys, "webpubsub service broadcast --hub-name h --payload x") == (0, "", "")


@pytest.mark.parametrize(
    ("line", "status", "beginning"),
    [
        ("group show --name none", 3, "ERROR: (ResourceGroupNotFound)"),
        ("grop list", 2, "ERROR: 'grop' is misspelled or not recognized by the system."),
        ("webpubsub create -n abc -g wpslab -l eastus --sku Foo", 2, 'ERROR: {"error":'),
        ("group delete -n wpslab", 1, "WARNING: Unable to prompt for confirmation as no tty available. Use --yes."),
    ],
)
def test_failure_goes_to_standard_error_with_the_status_of_az(emulator, capsys, monkeypatch, line, status, beginning):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    got, out, err = main(capsys, line)
    assert (got, out) == (status, "")
    assert err.startswith(beginning)


def test_without_a_service_it_says_how_to_get_one(nowhere, capsys):
    status, out, err = main(capsys, "group list")
    assert (status, out) == (1, "")
    assert "wpslab serve" in err
    assert "export WEBPUBSUB_CONNECTION_STRING" in err


def test_help_and_usage_errors_need_no_service(nowhere, capsys):
    status, out, err = main(capsys, "webpubsub --help")
    assert (status, err) == (0, "")
    assert "Subgroups:" in out
    assert main(capsys, "webpubsub create")[0] == 2


def test_unusable_connection_string_is_an_error(monkeypatch, capsys):
    monkeypatch.setenv("WEBPUBSUB_CONNECTION_STRING", "nonsense")
    status, _, err = main(capsys, "group list")
    assert status == 1
    assert err.startswith("ERROR: The connection string in the environment variable")


def test_client_reads_standard_input_until_it_ends(emulator, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("joingroup room\n"))
    status, out, _ = main(capsys, "webpubsub client start --hub-name h --user-id user1")
    assert status == 0
    frames = [json.loads(line) for line in out.splitlines()]
    assert frames[0]["userId"] == "user1"
    assert frames[1] == {"type": "ack", "ackId": 1, "success": True}


def test_question_on_a_terminal_is_asked_until_it_is_answered(emulator, capsys, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("what?\nn\n"))
    status, _, err = main(capsys, "group delete --name wpslab")
    assert status == 1
    assert err.count("(y/n): ") == 2
    assert err.endswith("ERROR: Operation cancelled.\n")
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert main(capsys, "group delete --name wpslab")[0] == 0


def test_import_is_cheap():
    slow = {"jmespath", "tabulate", "yaml", "pygments", "IPython", "websockets", "aiohttp"}
    code = f"import sys, wpslab.az, wpslab.az.words, wpslab.az.commands; print({slow!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
