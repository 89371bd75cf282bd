"""The lab is on Azure: a stand-in plays the real az, and an emulator the resource."""

import json
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

from wpslab.az.answer import Answer
from wpslab.az.cli import Cli
from wpslab.az.problem import AzError
from wpslab.emulator import Emulator

PROGRAM = """#!{python}
import json, sys, time
from pathlib import Path
with Path({log!r}).open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
{body}
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a program called az on the path; the words of each of its runs come back from `runs()`."""
    folder, log = tmp_path / "bin", tmp_path / "log"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(body):
        program = folder / "az"
        program.write_text(PROGRAM.format(python=sys.executable, log=str(log), body=body), "utf-8")
        program.chmod(0o755)
        return lambda: [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []

    return install


@pytest.fixture(scope="module")
def resource():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def written():
    return []


@pytest.fixture
def lab(resource):
    return SimpleNamespace(
        backend="azure",
        is_managed_here=False,
        name="my-wps",
        resource_group="myGroup",
        location="eastus",
        endpoint=resource.endpoint,
        connection_string=resource.connection_string,
        management=None,
    )


@pytest.fixture
def cli(lab, written):
    return Cli(lab, write_error=written.append, time_limit=30)


# How an answer is always asked for: it gets its format here, as an emulator's does.
JSON = ("--output", "json")


def run(cli, line):
    return cli.run(line.split())


def test_management_command_is_handed_to_the_real_az_word_by_word(install, cli):
    runs = install("print(json.dumps({'name': 'x'}))")
    answer = cli.run(["group", "create", "--name", "two words; $(rm) '\"", "-l", "eastus"])
    assert runs() == [["group", "create", "--name", "two words; $(rm) '\"", "-l", "eastus", *JSON]]
    assert answer == {"name": "x"}
    assert answer._repr_html_().count("the real az")


def test_answer_is_data_and_shows_itself_in_the_wanted_format_as_on_an_emulator(install, cli):
    install("print(json.dumps([{'name': 'x'}]))")
    answer = run(cli, "group list -o table")
    assert answer == [{"name": "x"}]
    assert repr(answer) == "Name\n------\nx"
    install("print('false')")
    assert not run(cli, "group exists -n x -o tsv")
    install("print('null')")
    assert run(cli, "group show -n x --query nothing") is None


def test_command_without_output_returns_nothing(install, cli):
    install("")
    assert run(cli, "group delete -n x --yes") is None


def test_own_resource_is_named_where_none_is(install, cli):
    runs = install("print('{}')")
    run(cli, "webpubsub hub create --hub-name h")
    run(cli, "webpubsub show -n other")
    run(cli, "webpubsub show --name other -g elsewhere")
    assert runs() == [
        ["webpubsub", "hub", "create", "--hub-name", "h", "--name", "my-wps", "--resource-group", "myGroup", *JSON],
        ["webpubsub", "show", "-n", "other", "--resource-group", "myGroup", *JSON],
        ["webpubsub", "show", "--name", "other", "-g", "elsewhere", *JSON],
    ]


@pytest.mark.parametrize("line", ["group delete --yes", "webpubsub delete", "webpubsub create --sku Free_F1"])
def test_nothing_is_made_or_deleted_that_was_not_named(install, cli, line):
    runs = install("sys.exit(2)")
    with pytest.raises(AzError):
        run(cli, line)
    assert runs() == [line.split()]


def test_sign_in_is_by_device_code(install, cli):
    runs = install("print('[]')")
    run(cli, "login --tenant t")
    run(cli, "login --use-device-code")
    run(cli, "login --service-principal -u a -p b --tenant t")
    assert runs() == [
        ["login", "--tenant", "t", "--use-device-code", *JSON],
        ["login", "--use-device-code", *JSON],
        ["login", "--service-principal", "-u", "a", "-p", "b", "--tenant", "t", *JSON],
    ]


def test_command_that_only_the_real_az_knows_is_handed_over_too(install, cli):
    runs = install("print('[]')")
    run(cli, "resource list -g x")
    run(cli, "webpubsub update --set tags.a=b --foo")
    assert runs() == [["resource", "list", "-g", "x"], ["webpubsub", "update", "--set", "tags.a=b", "--foo"]]


def test_exit_status_and_words_of_a_failure_are_kept(install, cli, written):
    install(
        "print('WARNING: soon gone', file=sys.stderr)\n"
        "print('ERROR: (ResourceNotFound) none\\nCode: ResourceNotFound', file=sys.stderr)\n"
        "sys.exit(3)"
    )
    with pytest.raises(AzError) as caught:
        run(cli, "webpubsub show")
    assert caught.value.exit_code == 3
    assert caught.value.text == "(ResourceNotFound) none\nCode: ResourceNotFound"
    assert written == ["WARNING: soon gone"]


def test_notices_are_shown_while_the_program_still_runs(install, lab, tmp_path):
    go = tmp_path / "go"
    install(
        f"print('To sign in, use the code ABC', file=sys.stderr, flush=True)\n"
        f"while not Path({str(go)!r}).exists(): time.sleep(0.01)\n"
        "print('[]')"
    )
    seen = threading.Event()
    answers = []
    cli = Cli(lab, write_error=lambda line: seen.set(), time_limit=30)
    runner = threading.Thread(target=lambda: answers.append(run(cli, "login")))
    runner.start()
    assert seen.wait(20)
    assert answers == []
    go.touch()
    runner.join(20)
    assert answers == [[]]


def test_time_limit_ends_the_program(install, lab):
    install("time.sleep(600)")
    begun = time.monotonic()
    with pytest.raises(AzError, match=r"did not end within 0\.5 seconds"):
        run(Cli(lab, time_limit=0.5), "group list")
    assert time.monotonic() - begun < 20


def test_program_has_no_input_to_wait_for(install, cli):
    install("print(json.dumps({'read': sys.stdin.read()}))")
    assert run(cli, "group list") == {"read": ""}


@pytest.mark.parametrize("flags", ["", "-o tsv", "--query primaryKey", "--query primaryKey -o tsv", "-o table"])
def test_keys_of_another_resource_are_masked_in_what_is_shown(install, cli, flags):
    key = "bm90IGEga2V5IG9mIGFueSByZXNvdXJjZSBvbiBBenVyZSE="
    text = json.dumps(key if "--query" in flags else {"primaryKey": key})
    install(f"print({text!r})")
    answer = run(cli, f"webpubsub key show -n other -g g {flags}")
    assert key not in repr(answer) + answer._repr_html_()
    assert (answer if "--query" in flags else answer["primaryKey"]) == key


def test_token_is_masked_in_what_is_shown(install, cli):
    install("print(json.dumps({'accessToken': 'secret-token', 'tenant': 't'}))")
    answer = run(cli, "account get-access-token")
    assert answer["accessToken"] == "secret-token"
    assert "secret-token" not in repr(answer) + repr(answer["accessToken"])


def test_without_the_real_az_a_management_command_says_what_to_do(monkeypatch, tmp_path, cli):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AzError) as caught:
        run(cli, "group list")
    assert "https://learn.microsoft.com/cli/azure/install-azure-cli" in caught.value.text
    assert "az webpubsub service" in caught.value.text


def test_data_plane_needs_no_real_az(monkeypatch, tmp_path, cli, lab):
    monkeypatch.setenv("PATH", str(tmp_path))
    hub = "azure_own"
    assert run(cli, f"webpubsub service broadcast --hub-name {hub} --payload hi") is None
    answer = run(cli, f"webpubsub service user exist --hub-name {hub} --user-id u -n MY-WPS -g myGroup")
    assert answer == {"existence": False}
    assert "by its access key" in answer._repr_html_()
    with WebPubSubServiceClient.from_connection_string(lab.connection_string, hub=hub) as service:
        assert not service.user_exists("u")


def test_data_plane_of_another_resource_takes_its_key_from_the_real_az(install, cli, resource):
    runs = install(f"print(json.dumps({{'primaryConnectionString': {resource.connection_string!r}}}))")
    line = "webpubsub service connection exist --hub-name h --connection-id c -n other"
    assert run(cli, line) == {"existence": False}
    assert runs() == [
        ["webpubsub", "key", "show", "--name", "other", "--resource-group", "myGroup", "--output", "json"],
    ]


def test_client_is_always_ours(monkeypatch, tmp_path, lab):
    monkeypatch.setenv("PATH", str(tmp_path))
    cli = Cli(lab, start_client=lambda *words: words)
    assert run(cli, "webpubsub client start --hub-name h --user-id u") == (lab.connection_string, "h", "u")


def test_wrong_data_plane_command_is_refused_here(install, cli):
    runs = install("")
    with pytest.raises(AzError, match="the following arguments are required: --payload"):
        run(cli, "webpubsub service broadcast --hub-name h")
    assert runs() == []


def test_where_says_which_command_the_real_az_runs(install, cli, monkeypatch, tmp_path):
    install("")
    text = repr(run(cli, "--where"))
    rows = dict(line.split("  ", 1) for line in text.splitlines()[2:])
    assert rows["az group create, show, list, …"].strip() == "the real az"
    assert "by the lab's connection string" in rows["az webpubsub service broadcast"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "the real az, which is not installed here" in repr(run(cli, "--where"))


def test_execute_has_the_real_keys_for_scripts(install, cli):
    install("print(json.dumps('Endpoint=https://h;AccessKey=abc;'))")
    answer = cli.execute(["webpubsub", "key", "show", "--query", "primaryConnectionString", "-o", "tsv"])
    assert isinstance(answer, Answer)
    assert answer.text == "Endpoint=https://h;AccessKey=abc;"
    assert answer.shown == "Endpoint=https://h;AccessKey=***;"
