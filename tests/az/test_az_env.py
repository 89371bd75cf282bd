"""`wpslab serve --az` and `wpslab az-env`: variables, the folder behind them, and both commands as processes."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer

from wpslab import az_env
from wpslab.az_env import BEFORE, Shell
from wpslab.az_folder import AzFolder, Running
from wpslab.cli_az import AzSide
from wpslab.emulator import Emulator

WPSLAB = [sys.executable, "-m", "wpslab"]
RUNNING = Running("https://127.0.0.1:8443", "00000000-0000-0000-0000-000000000002")
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")


@pytest.fixture
def folder(tmp_path):
    folder = AzFolder(tmp_path / "az")
    folder.prepare()
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home without an Azure CLI in it."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", BEFORE, *az_env._NAMES):
        monkeypatch.delenv(name, raising=False)
    return home


def after(values, environ):
    """The variables of a shell that set these."""
    return {name: value for name, value in {**environ, **values}.items() if value is not None}


# Variables


def test_shell_is_pointed_at_the_folder_and_told_what_to_trust(folder):
    values = az_env.variables(folder, RUNNING, {})
    assert values["AZURE_CONFIG_DIR"] == str(folder.path)
    assert values["REQUESTS_CA_BUNDLE"] == str(folder.certificate.bundle)
    assert values["AZURE_CORE_COLLECT_TELEMETRY"] == "no"
    assert values["NO_PROXY"] == "localhost,127.0.0.1"
    assert "AZURE_EXTENSION_DIR" not in values
    assert "IDENTITY_ENDPOINT" not in values


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"NO_PROXY": "intranet", "REQUESTS_CA_BUNDLE": "/company.pem", "PATH": "/bin"},
        {"AZURE_CLOUD_NAME": "AzureChinaCloud", "ARM_CLOUD_METADATA_URL": "https://a", "AZURE_CONFIG_DIR": "/mine"},
    ],
)
@pytest.mark.parametrize("identities", [[False], [True, False], [False, True, True]])
def test_shell_is_as_before_when_all_is_taken_back(folder, environ, identities):
    now = environ
    for identity in identities:
        now = after(az_env.variables(folder, RUNNING, now, identity=identity), now)
        assert az_env.restored(now) == environ
        assert ("IDENTITY_ENDPOINT" in now) == identity
    assert after(az_env.undone(now), now) == environ


def test_what_sends_the_cli_to_another_cloud_is_unset(folder):
    values = az_env.variables(folder, RUNNING, {"AZURE_CLOUD_NAME": "AzureChinaCloud"})
    assert values["AZURE_CLOUD_NAME"] is None


@pytest.mark.parametrize(
    ("before", "then"),
    [
        ("intranet, localhost", "intranet,localhost,127.0.0.1"),
        ("localhost,127.0.0.1", "localhost,127.0.0.1"),
        ("*", "*"),
        ("", "localhost,127.0.0.1"),
    ],
)
def test_this_machine_is_added_to_what_no_proxy_is_asked_for(folder, before, then):
    assert az_env.variables(folder, RUNNING, {"NO_PROXY": before})["NO_PROXY"] == then


@pytest.mark.skipif(os.name == "nt", reason="there NO_PROXY is no_proxy")
def test_no_proxy_in_small_letters_is_extended_where_it_is_set(folder):
    assert az_env.variables(folder, RUNNING, {"no_proxy": "intranet"})["no_proxy"] == "intranet,localhost,127.0.0.1"
    assert "no_proxy" not in az_env.variables(folder, RUNNING, {})


def test_extensions_the_person_has_are_used(folder, home):
    extensions = home / ".azure" / "cliextensions"
    extensions.mkdir(parents=True)
    now = after(az_env.variables(folder, RUNNING, {}), {})
    assert now["AZURE_EXTENSION_DIR"] == str(extensions)
    assert az_env.variables(folder, RUNNING, now)["AZURE_EXTENSION_DIR"] == str(extensions)
    other = home / "others"
    other.mkdir()
    assert az_env.variables(folder, RUNNING, {"AZURE_EXTENSION_DIR": str(other)})["AZURE_EXTENSION_DIR"] == str(other)


@pytest.mark.parametrize("garbage", ["", "no json", "[]", "1"])
def test_shell_that_was_not_pointed_anywhere_has_nothing_to_take_back(garbage):
    assert az_env.undone({BEFORE: garbage, "NO_PROXY": "mine"}) is None


@POSIX
def test_lines_survive_a_shell_whatever_is_in_them():
    value = 'it\'s $HOME; "`id`" \\ \n end'
    script = "\n".join([*az_env.lines({"A": value, "B": None}, Shell.POSIX), 'printf \'%s|%s\' "$A" "${B-unset}"'])
    out = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, env={"B": "set"}).stdout
    assert out == f"{value}|unset"


def test_lines_of_powershell_quote_as_it_does():
    lines = az_env.lines({"A": "it's $HOME", "B": None}, Shell.POWERSHELL)
    assert lines == ["$env:A = 'it''s $HOME'", "Remove-Item Env:B -ErrorAction SilentlyContinue"]


# Signing in


def write(folder, endpoint, *, active="wpslab", signed_in="wpslab", **user):
    """Write what the CLI writes."""
    (folder.path / "clouds.config").write_text(f"[wpslab]\nendpoint_resource_manager = {endpoint}\n")
    (folder.path / "config").write_text(f"[cloud]\nname = {active}\n")
    (folder.path / "azureProfile.json").write_text(
        json.dumps({"subscriptions": [{"environmentName": signed_in, "user": user}]}), "utf-8-sig"
    )


def commands(folder):
    line = az_env.sign_in(folder, RUNNING, Shell.POSIX)
    return line and [command.split(" -")[0] for command in line.split(" && ")]


def test_cli_that_knows_nothing_is_told_everything(folder):
    assert commands(folder) == ["az cloud register", "az cloud set", "az login"]


def test_cli_that_knows_the_emulator_under_another_address_is_told_the_new_one(folder):
    write(folder, "https://127.0.0.1:1")
    assert commands(folder) == ["az cloud update", "az cloud set", "az login"]


def test_cli_that_is_not_signed_in_any_more_has_only_to_sign_in(folder):
    write(folder, RUNNING.endpoint, signed_in="AzureCloud")
    assert commands(folder) == ["az cloud set", "az login"]
    write(folder, RUNNING.endpoint, active="AzureCloud")
    assert commands(folder) == ["az cloud set", "az login"]


def test_cli_that_is_signed_in_has_nothing_to_do(folder):
    write(folder, RUNNING.endpoint)
    assert commands(folder) is None


def test_managed_identity_is_signed_in_each_time_it_is_asked_for(folder):
    write(folder, RUNNING.endpoint)
    assert az_env.sign_in(folder, RUNNING, Shell.POSIX, identity=True).endswith("az login --identity")
    write(folder, RUNNING.endpoint, assignedIdentityInfo="MSI")
    assert commands(folder) == ["az cloud set", "az login"]


@pytest.mark.parametrize("file", ["clouds.config", "config", "azureProfile.json"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[[[", b"null", b"{}"])
def test_files_that_cannot_be_read_count_as_missing(folder, file, content):
    write(folder, RUNNING.endpoint)
    (folder.path / file).write_bytes(content)
    assert commands(folder)[-1] == "az login"


def test_commands_for_powershell_stop_at_the_first_that_fails(folder):
    line = az_env.sign_in(folder, RUNNING, Shell.POWERSHELL, identity=True)
    assert re.fullmatch(
        r"az cloud register .*; if \(\$\?\) \{ az cloud set .*; if \(\$\?\) \{ az login --identity \} \}", line
    )


# The folder


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_folder_is_for_its_owner_only(folder):
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_folder_with_something_else_in_it_is_neither_used_nor_removed(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="not empty"):
        AzFolder(own).prepare()
    assert not AzFolder(own).remove()
    assert [path.name for path in own.iterdir()] == ["thesis.txt"]


def test_persons_own_folder_is_never_used_even_if_it_is_not_there_yet(home):
    for path in (home, home / ".azure", home / "x" / ".." / ".azure"):
        with pytest.raises(ValueError, match="choose a new folder"):
            AzFolder(path).prepare()
    assert list(home.iterdir()) == []


def test_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="not made by wpslab"):
        AzFolder(tmp_path / "file").prepare()


def test_shell_that_was_pointed_at_a_folder_means_that_one(folder, tmp_path, home):
    assert AzFolder.choose(None, {"AZURE_CONFIG_DIR": str(folder.path)}) == folder
    assert AzFolder.choose(tmp_path / "other", {"AZURE_CONFIG_DIR": str(folder.path)}).path == tmp_path / "other"
    assert home in AzFolder.choose(None, {"AZURE_CONFIG_DIR": str(home / ".azure")}).path.parents


def test_nobody_runs_in_a_folder_where_nobody_was_noted(folder):
    assert folder.running() is None
    assert AzFolder(folder.path / "missing").running() is None


# As processes


def run(*arguments, **variables):
    return subprocess.run(
        [*WPSLAB, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "COLUMNS": "300", "NO_COLOR": "1", **variables},
    )


@contextmanager
def serving(*arguments):
    """Run `wpslab serve --az`; give the process and its first line."""
    process = subprocess.Popen(
        [*WPSLAB, "serve", "--az", "--az-port", "0", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@POSIX
def test_serve_prints_the_lines_after_its_connection_string_and_ends_cleanly(tmp_path):
    with serving("--az-dir", tmp_path / "az") as (process, line):
        assert line.startswith("Endpoint=http://127.0.0.1:")
        printed = run("az-env", "--az-dir", tmp_path / "az")
        assert all(line.startswith("export ") for line in printed.stdout.splitlines())
        assert "az cloud register" in printed.stderr
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
        assert process.returncode == 0
    assert "Traceback" not in said
    for line in printed.stdout.splitlines():
        assert line in said


def test_serve_as_json_says_where_the_cli_finds_it(tmp_path):
    with serving("--json", "--az-dir", tmp_path / "az") as (_, line):
        said = json.loads(line)
        assert said["azEndpoint"].startswith("https://127.0.0.1:")
        assert said["azConfigDir"] == str(tmp_path / "az")
        assert Path(said["azCaBundle"]).is_file()


@POSIX
def test_lines_work_in_a_shell_and_so_does_taking_them_back(tmp_path):
    script = f"""
        wpslab() {{ '{sys.executable}' -m wpslab "$@" 2>/dev/null; }}
        eval "$(wpslab az-env --az-dir {tmp_path}/az)"
        echo "$AZURE_CONFIG_DIR $REQUESTS_CA_BUNDLE"
        test -d "$AZURE_CONFIG_DIR" && eval "$(wpslab az-env --undo)"
        echo "${{AZURE_CONFIG_DIR-unset}} $REQUESTS_CA_BUNDLE"
        test -e {tmp_path}/az || echo removed
    """
    with serving("--az-dir", tmp_path / "az"):
        environ = {**os.environ, "REQUESTS_CA_BUNDLE": "/company.pem"}
        out = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30, env=environ).stdout
    assert out.splitlines() == [
        f"{tmp_path}/az {tmp_path}/az/ca-and-public-roots.pem",
        "unset /company.pem",
        "removed",
    ]


def test_az_env_says_that_the_emulator_has_ended_or_never_was(tmp_path):
    never = run("az-env", "--az-dir", tmp_path / "az")
    assert (never.returncode, never.stdout) == (1, "")
    assert "There is no emulator" in never.stderr
    with serving("--az-dir", tmp_path / "az"):
        assert run("az-env", "--az-dir", tmp_path / "az").returncode == 0
    ended = run("az-env", "--az-dir", tmp_path / "az")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "has ended" in ended.stderr


def test_undo_where_nothing_was_done_changes_nothing(tmp_path):
    done = run("az-env", "--undo", "--az-dir", tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert tmp_path.is_dir()


def test_second_emulator_needs_a_folder_of_its_own(tmp_path):
    with serving("--az-dir", tmp_path / "az"):
        second = run("serve", "--az", "--az-port", "0", "--az-dir", tmp_path / "az")
    assert second.returncode == 2
    assert "Choose another --az-dir" in second.stderr


def test_serve_says_that_a_port_or_a_folder_cannot_be_used(tmp_path):
    with serving("--az-dir", tmp_path / "az", "--json") as (_, line):
        port = json.loads(line)["azEndpoint"].rpartition(":")[2]
        taken = run("serve", "--az", "--az-port", port, "--az-dir", tmp_path / "other")
    assert (taken.returncode, taken.stdout) == (2, "")
    assert f"Cannot listen on --az-port {port}" in taken.stderr
    refused = run("serve", "--az", "--az-dir", tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "not made by wpslab" in refused.stderr


def test_serve_says_which_package_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    with Emulator() as emulator, pytest.raises(typer.BadParameter, match=r"trustme.*real-az"):
        AzSide.open(emulator, 0, tmp_path / "az")


def test_command_line_starts_without_what_only_az_needs():
    code = "import sys, wpslab.cli; print(*{'ssl', 'urllib.request', 'trustme', 'cryptography'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


def test_emulator_that_is_started_again_is_trusted_as_before(tmp_path):
    authorities = []
    for _ in range(2):
        with serving("--az-dir", tmp_path / "az"):
            authorities.append((tmp_path / "az" / "ca.pem").read_bytes())
            assert run("az-env", "--az-dir", tmp_path / "az").returncode == 0
    assert authorities[0] == authorities[1]
