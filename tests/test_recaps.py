"""Each recap script runs outside its notebook, with nothing but official packages and a connection string.

A recap in shell is run by bash, with the course's own commands as `az`.
"""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from notebook_files import chapters, read, recaps

from wpslab.emulator import Emulator, EventHandler
from wpslab.translator import Translator

RECAPS = [(path.stem, *found) for path in chapters() for found in recaps(read(path))]
SHELLS = [(name, code) for name, language, code in RECAPS if language == "bash"]
SCRIPTS = [(name, code) for name, language, code in RECAPS if language == "python"]
OFFICIAL = {"azure", "websockets", "starlette", "uvicorn", *sys.stdlib_module_names}

recap = pytest.mark.parametrize("code", [code for _, code in SCRIPTS], ids=[name for name, _ in SCRIPTS])


def test_there_are_recaps():
    assert RECAPS, "no Markdown cell with the tag recap in notebooks/ yet"


@recap
def test_recap_imports_only_official_packages(code: str):
    assert "wpslab" not in code
    for node in ast.walk(ast.parse(code)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert {name.split(".")[0] for name in names} <= OFFICIAL


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize("code", [code for _, code in SHELLS], ids=[name for name, _ in SHELLS])
def test_recap_in_shell_runs_with_the_courses_az(code: str, tmp_path: Path):
    assert "wpslab" not in code
    az = tmp_path / "az"
    az.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wpslab az "$@"\n', encoding="utf-8")
    az.chmod(0o755)
    with Emulator() as emulator:
        done = subprocess.run(
            ["bash", "-c", code],
            env=os.environ
            | {
                "WEBPUBSUB_CONNECTION_STRING": emulator.connection_string,
                "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert done.stdout


@recap
def test_recap_runs_outside_the_notebook(code: str, tmp_path: Path):
    file = tmp_path / "recap.py"
    file.write_text(code, encoding="utf-8")
    port = free_port()
    # Without engines: what the phrasebook says is the same with and without Apertium.
    with Emulator() as emulator, Translator(engines=()) as translator:
        # As `wpslab serve --event-handler` does; only the scripts with an upstream server serve there.
        url = f"http://127.0.0.1:{port}/eventhandler"
        handler = EventHandler(url, "*", ("connect", "connected", "disconnected"))
        for hub in ("upstream_server_recap", "translator_chat_recap", "control_tower_recap"):
            emulator.configure_hub(hub, event_handlers=[handler])
        done = subprocess.run(
            [sys.executable, str(file)],
            env=os.environ
            | {
                "WEBPUBSUB_CONNECTION_STRING": emulator.connection_string,
                "TRANSLATOR_ENDPOINT": translator.endpoint,
                "TRANSLATOR_KEY": translator.key,
                "TRANSLATOR_REGION": translator.region,
                "PYTHONUTF8": "1",
                "PORT": str(port),
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert done.stdout
