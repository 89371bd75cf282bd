"""Notebook files: the chapters as the tests read them, and the script that writes them."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
FENCED = re.compile(r"^```(python|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
AZ = re.compile(r"^(\s*(?:\w+ = )?)%az\b(?:.*\\\n)*.*$", re.MULTILINE)
ANY_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def script(name: str) -> ModuleType:
    """Import a module from scripts/, which is no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def chapters() -> list[Path]:
    """List the chapters in their order."""
    return script("run_notebooks").chapters()


def read(path: Path) -> NotebookNode:
    """Read a chapter as it stands in the file, without repairing it."""
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT)


def tags(cell: NotebookNode) -> set[str]:
    """Tell a cell's tags."""
    return set(cell.metadata.get("tags", ()))


def cells(notebook: NotebookNode, kind: str) -> list[NotebookNode]:
    """List the cells of one kind."""
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def prose(cell: NotebookNode) -> str:
    """Give a Markdown cell's text without its fenced code."""
    return ANY_FENCE.sub("", cell.source)


def recaps(notebook: NotebookNode) -> list[tuple[str, str]]:
    """Extract the recap scripts, with their language: the fenced code of the Markdown cells with the tag recap."""
    return [
        found for cell in cells(notebook, "markdown") if "recap" in tags(cell) for found in FENCED.findall(cell.source)
    ]


def without_az(source: str) -> str:
    """Put plain Python where `%az` or `%%az` stands, the one magic of the course."""
    return "" if source.startswith("%%az") else AZ.sub(r"\1None", source)


def parse(source: str) -> ast.Module:
    """Parse a cell, in which `await` may stand outside a function."""
    tree = compile(without_az(source), "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert isinstance(tree, ast.Module)
    return tree
