"""Each recap script runs as a plain Python file, with nothing but official packages and a connection string."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from notebook_files import chapters, read, recaps

from wpslab.emulator import Emulator

RECAPS = [(path.stem, code) for path in chapters() for code in recaps(read(path))]
OFFICIAL = {"azure", "websockets", *sys.stdlib_module_names}

recap = pytest.mark.parametrize("code", [code for _, code in RECAPS], ids=[name for name, _ in RECAPS])


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


@recap
def test_recap_runs_outside_the_notebook(code: str, tmp_path: Path):
    file = tmp_path / "recap.py"
    file.write_text(code, encoding="utf-8")
    with Emulator() as emulator:
        done = subprocess.run(
            [sys.executable, str(file)],
            env=os.environ | {"WEBPUBSUB_CONNECTION_STRING": emulator.connection_string, "PYTHONUTF8": "1"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert done.stdout
