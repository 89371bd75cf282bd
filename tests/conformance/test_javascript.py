"""The official JavaScript packages: `@azure/web-pubsub` and `@azure/web-pubsub-client` with the JSON protocol."""

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "node"
SCRIPT = FOLDER / "conformance.mjs"
CHECKS = re.findall(r"^  async (\w+)\(stage\)", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="session")
def node():
    """Where Node is, with the packages installed on the first run."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if not found or not npm:
        pytest.skip("needs Node.js and npm on this machine")
    if not is_installed():
        install(npm)
    return found


def is_installed():
    """Tell whether every package is there, in the version that is asked for."""
    wanted = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]
    found = {name: FOLDER / "node_modules" / name / "package.json" for name in wanted}
    return all(
        found[name].exists() and json.loads(found[name].read_text(encoding="utf-8"))["version"] == version
        for name, version in wanted.items()
    )


def install(npm):
    """Install beside the folder and move in at one stroke, so that tests in parallel do not see half of it."""
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix=".install-") as folder:
        shutil.copy(FOLDER / "package.json", folder)
        command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=50, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("npm did not install the official JavaScript packages in time")
        if done.returncode != 0:
            code = re.search(r"code (\w+)", done.stderr)
            pytest.skip(f"npm cannot install the official JavaScript packages: {code[1] if code else 'unknown error'}")
        with contextlib.suppress(OSError):  # another process was first
            if (FOLDER / "node_modules").exists() and not is_installed():  # of before the list was changed
                (FOLDER / "node_modules").rename(Path(folder) / "before")
            (Path(folder) / "node_modules").rename(FOLDER / "node_modules")


@pytest.fixture(scope="module")
def results(node, webpubsub):
    """Each check's error, None where it passed; all of them run in one process."""
    done = subprocess.run(
        [node, str(SCRIPT), f"js_{uuid.uuid4().hex[:8]}"],
        input=webpubsub.connection_string,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"name"')]
    assert done.returncode == 0, done.stderr
    return {line["name"]: line["error"] for line in lines}


@pytest.mark.parametrize("check", CHECKS)
def test_the_official_javascript_packages(results, check):
    assert results[check] is None, results[check]
