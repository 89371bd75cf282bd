"""Notebooks: run the chapters and write their outputs and the links between them back.

python scripts/run_notebooks.py                 all chapters
python scripts/run_notebooks.py notebooks/03*   only these
python scripts/run_notebooks.py --navigation    write the links only, run nothing
python scripts/run_notebooks.py --check         write nothing, fail if a link would change

Each chapter runs in a kernel of its own, with the Python that runs this script and an emulator of its own. What differs
from run to run is masked by the patterns of tests/notebooks/sanitize.cfg, so that a second run changes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
SANITIZE = ROOT / "tests" / "notebooks" / "sanitize.cfg"
MARKER = "<!-- nav -->"
CELL_SECONDS = 60
AT_ONCE = 2

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# No version: the file is the same whichever Python ran it.
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "pygments_lexer": "ipython3"}
KEPT_CELL_METADATA = ("tags", "jupyter")
# Its model id is random, and without the widget's state GitHub shows an error for it.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# Paths in tracebacks: what stands before a standard module, an installed package, this project, a cell's own file.
PATHS = (
    (re.compile(r"(?:~|/)[^\s:'\"<>]*?/python3\.\d+/(?:site-packages/)?"), "…/"),
    (re.compile(re.escape(f"{ROOT}/")), ""),
    (re.compile(r"/[^\s:'\"<>]*?/ipykernel_\d+/\d+\.py"), "<cell>"),
    (re.compile(re.escape(str(Path.home())) + r"(?=/)"), "~"),
)

# A frame of a traceback outside the notebook: its file, line, function and source. Lines differ by Python's version.
ANSI = r"(?:\x1b\[[0-9;]*m)*"
FRAME = re.compile(rf"{ANSI}File {ANSI}(?P<path>[^\x1b:]+):\d+{ANSI}, in {ANSI}(?P<function>[^\x1b(]+).*", re.DOTALL)


class NotebookError(Exception):
    """A chapter cannot be written back as it is."""


@dataclass(frozen=True)
class Mask:
    """A pattern of sanitize.cfg, and what stands for what it matches."""

    pattern: re.Pattern[str]
    replacement: str


def read_masks(path: Path = SANITIZE, *, writing: bool = True) -> list[Mask]:
    """Read the pairs that nbval reads; for writing, leave out those that only a comparison needs."""
    sections = re.findall(r"^\[(.*)\]$\n^regex: (.*)$\n^replace: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [
        Mask(re.compile(regex), replacement)
        for title, regex, replacement in sections
        if not (writing and title.startswith("compare "))
    ]


def mask(text: str, masks: list[Mask]) -> str:
    """Replace what differs from run to run."""
    for item in masks:
        text = item.pattern.sub(item.replacement, text)
    for pattern, replacement in PATHS:
        text = pattern.sub(replacement, text)
    return text


def masked(value: Any, masks: list[Mask]) -> Any:
    """Mask every string in a value of an output."""
    if isinstance(value, str):
        return mask(value, masks)
    if isinstance(value, list):
        return [masked(item, masks) for item in value]
    if isinstance(value, dict):
        return {key: masked(item, masks) for key, item in value.items()}
    return value


# The links between chapters


def chapters() -> list[Path]:
    """List the chapters in their order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def title_of(notebook: NotebookNode, path: Path) -> str:
    """Find the one first-level heading."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found = re.search(r"^# +(.+?) *$", cell.source, re.MULTILINE)
            if found:
                return found[1]
    raise NotebookError(f"{path.name}: no line '# Title' in a Markdown cell")


def link(words: str, path: Path, titles: dict[Path, str]) -> str:
    """Write a relative link to a chapter."""
    return f"{words}: [{titles[path]}]({path.name})"


def navigate(notebook: NotebookNode, path: Path, titles: dict[Path, str]) -> None:
    """Write the links to the chapters before and after into the first and the last Markdown cell.

    The marker ends the line: a line of Markdown that starts with a comment is HTML to its end, and shows no link.
    """
    order = list(titles)
    here = order.index(path)
    previous = [link("Previous", order[here - 1], titles)] if here else []
    following = [link("Next", order[here + 1], titles)] if here + 1 < len(order) else []
    start = [link("Back to the start", order[0], titles)] if here else []
    texts = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    for cell, links in ((texts[0], previous + following), (texts[-1], following or start)):
        lines = cell.source.split("\n")
        if sum(MARKER in line for line in lines) != 1:
            which = "first" if cell is texts[0] else "last"
            raise NotebookError(f"{path.name}: the {which} Markdown cell needs one line {MARKER}")
        new = " | ".join(links)
        cell.source = "\n".join(f"{new} {MARKER}".lstrip() if MARKER in line else line for line in lines)


# The outputs


def check_streams(notebook: NotebookNode, path: Path) -> None:
    """Refuse what a lesson must not show."""
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                raise NotebookError(f"{path.name}, cell {index}: it wrote to stderr:\n{output.text}")


def shorten_frame(part: str) -> str:
    """Keep where an error came through, without the source of code that is not the lesson's."""
    found = FRAME.fullmatch(part)
    return f"File {found['path']}, in {found['function']}()\n" if found else part


def normalise_output(output: NotebookNode, count: int, masks: list[Mask]) -> NotebookNode:
    """Keep of an output what a reader sees, masked."""
    clean = {key: masked(value, masks) for key, value in output.items() if key not in ("metadata", "output_type")}
    clean["output_type"] = output.output_type
    if "data" in clean:
        clean["data"].pop(WIDGET_VIEW, None)
        clean["metadata"] = {}
    if output.output_type == "execute_result":
        clean["execution_count"] = count
    if output.output_type == "error":
        clean["traceback"] = [shorten_frame(part) for part in clean["traceback"]]
    return nbformat.from_dict(clean)


def normalise(notebook: NotebookNode, masks: list[Mask]) -> None:
    """Make the notebook the same whenever and wherever it was run."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": LANGUAGE})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in KEPT_CELL_METADATA if key in cell.metadata}
        )
        cell.source = "\n".join(line.rstrip() for line in cell.source.rstrip().split("\n"))
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = [normalise_output(output, count, masks) for output in cell.outputs]


async def execute(notebook: NotebookNode, path: Path, turn: asyncio.Semaphore) -> None:
    """Run all cells in a fresh kernel."""
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        coalesce_streams=True,
        store_widget_state=False,
        record_timing=False,
        extra_arguments=["--log-level=40"],  # the kernel's warnings about itself are no output of a lesson
    )
    async with turn:
        try:
            await client.async_execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise NotebookError(f"{path.name}:\n{error}") from error


def write(notebook: NotebookNode, path: Path) -> bool:
    """Write the file if that changes it, and say whether it did."""
    nbformat.validate(notebook)
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    if text == path.read_text(encoding="utf-8"):
        return False
    path.write_text(text, encoding="utf-8")
    return True


async def process(path: Path, notebook: NotebookNode, masks: list[Mask], turn: asyncio.Semaphore, *, run: bool) -> bool:
    """Run one chapter and write it back; return whether that went well."""
    try:
        if run:
            await execute(notebook, path, turn)
            check_streams(notebook, path)
            normalise(notebook, masks)
        print(f"{path.name}: {'written' if write(notebook, path) else 'unchanged'}", flush=True)
        return True
    except NotebookError as error:
        print(f"{error}\n{path.name}: NOT written", file=sys.stderr, flush=True)
        return False


async def process_all(notebooks: dict[Path, NotebookNode], *, run: bool) -> bool:
    """Run the chapters, a few at once."""
    masks, turn = read_masks(), asyncio.Semaphore(AT_ONCE)
    done = await asyncio.gather(
        *(process(path, notebook, masks, turn, run=run) for path, notebook in notebooks.items())
    )
    return all(done)


def read_with_links() -> tuple[dict[Path, NotebookNode], list[str]]:
    """Read all chapters, set their links, and name those whose links were not right."""
    notebooks = {path: nbformat.read(path, as_version=4) for path in chapters()}
    titles = {path: title_of(notebook, path) for path, notebook in notebooks.items()}
    stale = []
    for path, notebook in notebooks.items():
        before = [cell.source for cell in notebook.cells]
        navigate(notebook, path, titles)
        if before != [cell.source for cell in notebook.cells]:
            stale.append(path.name)
    return notebooks, stale


def prepare_environment() -> None:
    """Give the kernels this Python, and the emulator of their own."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    for name in ("WEBPUBSUB_CONNECTION_STRING", "WebPubSubConnectionString"):
        os.environ.pop(name, None)


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("notebooks", nargs="*", type=Path, help="the chapters to run; all without any")
    parser.add_argument("--navigation", action="store_true", help="write the links only, run nothing")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a link would change")
    options = parser.parse_args(arguments)
    try:
        notebooks, stale = read_with_links()
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    if not notebooks:
        print("There is no notebook yet.", file=sys.stderr)
        return 1
    if options.check:
        for name in stale:
            print(f"{name}: its links are not those of the files there are; run make notebooks", file=sys.stderr)
        return 1 if stale else 0
    wanted = {path.resolve() for path in options.notebooks} or set(notebooks)
    missing = wanted - set(notebooks)
    if missing:
        print(f"Not a chapter: {', '.join(sorted(path.name for path in missing))}", file=sys.stderr)
        return 1
    prepare_environment()
    chosen = {path: notebook for path, notebook in notebooks.items() if path in wanted}
    return 0 if asyncio.run(process_all(chosen, run=not options.navigation)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
