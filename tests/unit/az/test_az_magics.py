import os
import re
import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

import wpslab
from wpslab.az import AzError, az
from wpslab.az.magics import load
from wpslab.az.terminal import ClientTerminal
from wpslab.connection_string import VARIABLES


@pytest.fixture
def lab(monkeypatch):
    for variable in ("WEBPUBSUB_CONNECTION_STRING", "WebPubSubConnectionString"):
        monkeypatch.delenv(variable, raising=False)
    lab = wpslab.start()
    yield lab
    lab.close()


@pytest.fixture
def notebook(lab):
    shell = InteractiveShell.instance()
    load(shell)
    load(shell)
    yield shell
    InteractiveShell.clear_instance()


def cell(notebook, text):
    done = notebook.run_cell(text)
    done.raise_error()
    return done.result


def test_line_magic_returns_its_answer(notebook):
    assert cell(notebook, "%az group exists --name wpslab") == 1


def test_line_magic_can_be_assigned_and_is_silent_then(notebook, capsys):
    cell(notebook, "found = %az group show --name wpslab")
    assert capsys.readouterr().out == ""
    assert notebook.user_ns["found"]["location"] == "eastus"


def test_line_magic_expands_variables_and_leaves_json_alone(notebook):
    cell(notebook, "hubName = 'h'; text = 'hello'")
    assert cell(notebook, """%az webpubsub service broadcast --hub-name $hubName --payload '{"a":1}'""") is None
    assert cell(notebook, """%az webpubsub service broadcast --hub-name "$hubName" --payload "${text}!" """) is None


def test_line_magic_may_be_continued(notebook):
    assert cell(notebook, "%az group show \\\n  --name wpslab \\\n  --query name -o tsv") == "wpslab"


def test_line_magic_alone_prints_help(notebook):
    assert "webpubsub" in cell(notebook, "%az")


def test_cell_magic_runs_one_command_after_the_other(notebook, capsys):
    cell(notebook, "groupName = 'my group'")
    answer = cell(
        notebook,
        "%%az\n# my groups\naz group list --query '[].name' -o tsv\naz extension add -n webpubsub\n"
        "\naz group exists \\\n--name $groupName",
    )
    assert answer == 0
    assert capsys.readouterr().out == (
        "$ az group list --query '[].name' -o tsv\nwpslab\n"
        "$ az extension add -n webpubsub\n"
        "$ az group exists --name 'my group'\nOut[0]: false\n"
    )


def test_cell_magic_with_one_command_prints_nothing_besides(notebook, capsys):
    cell(notebook, "%%az\naz group exists --name wpslab")
    assert capsys.readouterr().out == "Out[0]: true\n"


def test_first_command_that_fails_ends_the_cell(notebook, capsys):
    text = "%%az\ngroup show --name none\ngroup create --name made -l eastus"
    with pytest.raises(AzError, match="ResourceGroupNotFound"):
        cell(notebook, text)
    assert cell(notebook, "%az group exists --name made") == 0


def test_failure_shows_what_az_prints_and_no_traceback(notebook, capsys):
    notebook.run_cell("%az group show --name none")
    shown = capsys.readouterr().out
    assert shown.startswith("ERROR: (ResourceGroupNotFound)")
    assert "Traceback" not in shown


def test_unknown_name_is_refused_before_any_command_runs(notebook, capsys):
    with pytest.raises(AzError, match="There is no Python variable `nam`"):
        cell(notebook, "%%az\ngroup create --name made -l eastus\ngroup show --name $nam")
    assert cell(notebook, "%az group exists --name made") == 0


def test_client_is_returned_for_the_panel(notebook):
    client = cell(notebook, "%az webpubsub client start --hub-name h --user-id user1")
    assert isinstance(client, ClientTerminal)
    assert client.user_id == "user1"


def test_client_that_cannot_connect_is_a_failure_of_the_command(notebook, capsys):
    with pytest.raises(AzError) as caught:
        cell(notebook, "%az webpubsub client start --hub-name 'no hub'")
    assert caught.value.exit_code == 1


def test_key_is_masked_in_cell_and_command_line(notebook, capsys, lab):
    key = re.search("AccessKey=([^;]+)", lab.connection_string)[1]
    cell(notebook, f"key = '{key}'")
    cell(notebook, "%%az\nwebpubsub key show\ngroup exists --name $key\nwebpubsub key show --query primaryKey -o tsv")
    shown = capsys.readouterr().out
    assert key not in shown
    assert "$ az group exists --name ***" in shown.replace("'", "")
    az("login --password secret1\nlogin -p secret1")
    assert "secret1" not in capsys.readouterr().out
    with pytest.raises(AzError) as caught:
        az("webpubsub $key", key=key)
    assert key not in caught.value.text


def test_extension_stays_installed_from_one_command_to_the_next(lab, capsys):
    assert az("version")["extensions"] == {}
    assert az("extension add -n webpubsub") is None
    assert az("version")["extensions"] == {"webpubsub": "1.7.1"}
    assert az("extension list --query [].name -o tsv") == ["webpubsub"]
    az("extension add -n webpubsub")
    assert capsys.readouterr().err == "WARNING: Extension 'webpubsub' 1.7.1 is already installed.\n"
    az("extension add -n webpubsub --upgrade --only-show-errors")
    assert capsys.readouterr().err == ""
    az("extension remove -n webpubsub")
    with pytest.raises(AzError, match="is not installed"):
        az("extension show -n webpubsub")


def test_sign_in_and_account_are_those_of_the_lab(lab):
    (account,) = az("az login --tenant $tenant", tenant=lab.tenant_id)
    assert account["id"] == lab.subscription_id
    assert account["cloudName"] == az("account show")["environmentName"] == "AzureCloud"
    assert az("account set -s $id", id=lab.subscription_id) is None
    with pytest.raises(AzError, match="doesn't exist in cloud"):
        az("account set -s other")
    with pytest.raises(AzError, match="Tenant 'other' not found"):
        az("login --tenant other")
    with pytest.raises(AzError, match="Subscription 'other' not found"):
        az("group list --subscription other")
    with pytest.raises(AzError, match="usage error: --name NAME"):
        az("extension add")


IN_A_FRESH_PROCESS = """
import wpslab
from wpslab.az import AzError, az

assert az("group exists -n wpslab")
wpslab.start().close()
try:
    az("group exists -n wpslab")
except AzError as error:
    print(error.text)
"""


def test_without_a_lab_one_is_started_with_a_word_and_none_after_one_was_closed():
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", IN_A_FRESH_PROCESS], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.splitlines() == [
        "No lab ran in this kernel, so wpslab.start() started one, on emulator.",
        "The lab of this kernel is closed. Run the cell with wpslab.start() again.",
    ]


def test_text_without_a_command_does_nothing(lab):
    assert az("# nothing\n\n") is None


def test_where_is_a_table_that_stays_the_same(lab):
    text = repr(az("--where"))
    assert text.splitlines()[0].split() == ["Command", "Runs"]
    assert "az webpubsub client start" in text
    assert "the emulator's management API" in text
    assert lab.endpoint not in text
