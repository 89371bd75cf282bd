"""The rules for notebooks that a person would otherwise have to remember."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from notebook_files import ROOT, cells, chapters, parse, prose, read, recaps, script, tags

CHAPTERS = chapters()
KNOWN_TAGS = {"recap", "script", "raises-exception", "nbval-ignore-output"}
MOST_LINES, LONGEST = 8, 15

LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
HEADING = re.compile(r"^(#{1,6}) +\S", re.MULTILINE)

BANNED = {
    "the Output widget: nbclient, nbval and JupyterLab disagree about it": r"\bOutput\(|\bwidgets\.Output\b",
    "clear_output: as the Output widget": r"\bclear_output\b",
    "display_id: as the Output widget": r"\bdisplay_id\b|\bupdate_display\b",
    "In and Out: their numbers are nobody's to count": r"\b(?:In|Out)\[",
    "a magic or shell line but az: no cell hides work": r"(?m)^\s*(?:\w+ = )?(?:%(?!%?az\b)%?\w|!)",
    "a comment for nbval: use a cell tag": r"NBVAL_|PYTEST_VALIDATE",
    "time.sleep: wait for the event, with a timeout": r"\btime\.sleep\b",
    "IPython's clearing of state": r"\bget_ipython\(",
}

chapter = pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])


def test_there_are_chapters_and_the_first_is_the_start():
    assert CHAPTERS, "no notebook in notebooks/ yet"
    assert CHAPTERS[0].name == "00_start_here.ipynb"


# The file


@chapter
def test_notebook_is_valid_and_every_cell_has_an_id(path: Path):
    notebook = read(path)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


@chapter
def test_notebook_is_saved_for_any_python_and_without_widget_state(path: Path):
    notebook = read(path)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "version" not in notebook.metadata.get("language_info", {})
    assert "widgets" not in notebook.metadata


@chapter
def test_notebook_is_saved_executed_from_top_to_bottom(path: Path):
    counts = [cell.execution_count for cell in cells(read(path), "code")]
    assert counts == list(range(1, len(counts) + 1)), "run make notebooks: a cell without a count is never compared"


@chapter
def test_cells_carry_only_known_tags(path: Path):
    assert {tag for cell in read(path).cells for tag in tags(cell)} <= KNOWN_TAGS


# The text


@chapter
def test_one_first_level_heading_and_no_level_left_out(path: Path):
    notebook = read(path)
    levels = [len(hashes) for cell in cells(notebook, "markdown") for hashes in HEADING.findall(prose(cell))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    jumps = [(before, after) for before, after in pairwise(levels) if after > before + 1]
    assert not jumps, f"headings jump: {jumps}"
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")


@chapter
def test_header_names_goals_time_and_what_one_needs(path: Path):
    header = ""
    for cell in read(path).cells:
        if cell.cell_type == "code":
            break
        header += f"{cell.source}\n"
    assert re.search(r"\d+ (?:to \d+ )?minutes", header), "how long it takes"
    assert re.search(r"(?i)you need|prerequisites", header), "what one needs"
    goals = re.search(
        r"(?ims)^.*(?:goals|you will|you can|be able to).*?\n\n?((?:^(?:[-*]|\d+\.) .*\n(?: +.*\n)*)+)", header
    )
    assert goals, "a list of goals"
    assert 3 <= len(re.findall(r"(?m)^(?:[-*]|\d+\.) ", goals[1])) <= 5, "three to five goals"


def test_links_between_chapters_are_those_of_the_files_there_are():
    _, stale = script("run_notebooks").read_with_links()
    assert not stale, f"run make notebooks: {stale}"


@chapter
def test_links_resolve_and_say_where_they_lead(path: Path):
    for cell in cells(read(path), "markdown"):
        for words, target in LINK.findall(prose(cell)):
            assert words.strip().lower() not in {"", "here", "this", "link", "click here"}, f"({target})"
            assert_resolves(path, target)


@chapter
def test_every_picture_exists_and_has_a_text_for_those_who_do_not_see_it(path: Path):
    for cell in cells(read(path), "markdown"):
        assert not cell.get("attachments"), "pictures are files in notebooks/images"
        for words, target in IMAGE.findall(prose(cell)):
            assert len(words.split()) >= 3, f"alt text of {target}"
            assert_resolves(path, target)
        for element in HTML_IMAGE.findall(prose(cell)):
            alt = re.search(r'alt="([^"]*)"', element)
            assert alt, element
            assert len(alt[1].split()) >= 3, element
            assert_resolves(path, re.search(r'src="([^"]*)"', element)[1])


def assert_resolves(path: Path, target: str) -> None:
    """Check a relative link: the file is there, and inside the repository. A web address must be https."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        assert target.startswith("https://"), target
        return
    file, _, anchor = target.partition("#")
    if file:
        found = (path.parent / file).resolve()
        assert found.exists(), f"{path.name}: dead link {target}"
        assert found.is_relative_to(ROOT), target
    elif anchor:
        titles = [
            line.lstrip("# ").strip()
            for cell in cells(read(path), "markdown")
            for line in prose(cell).split("\n")
            if HEADING.match(line)
        ]
        assert anchor.lower() in {re.sub(r"[^\w -]", "", title).replace(" ", "-").lower() for title in titles}, target


@chapter
def test_there_is_a_recap_that_is_a_whole_script(path: Path):
    notebook = read(path)
    assert all(cell.cell_type == "markdown" for cell in notebook.cells if "recap" in tags(cell))
    assert len(recaps(notebook)) == 1, "one Markdown cell with the tag recap, with one fenced script in it"


# The code


@chapter
def test_cells_are_short_blank_lines_aside(path: Path):
    code = [cell.source.splitlines() for cell in cells(read(path), "code")]
    lengths = [sum(bool(line.strip()) for line in lines) for lines in code]
    assert max(lengths) <= LONGEST, f"the longest cell has {max(lengths)} lines"
    short = sum(length <= MOST_LINES for length in lengths)
    assert short >= 0.9 * len(lengths), f"{len(lengths) - short} of {len(lengths)} cells have over {MOST_LINES} lines"


@chapter
def test_first_cell_starts_the_lab_and_last_cell_closes_it(path: Path):
    code = cells(read(path), "code")
    assert "wpslab.start()" in code[0].source
    assert code[-1].source.strip().splitlines()[-1] == "lab.close()"


@chapter
@pytest.mark.parametrize("reason", BANNED, ids=[reason.split(":")[0] for reason in BANNED])
def test_no_cell_uses(path: Path, reason: str):
    for cell in cells(read(path), "code"):
        assert not re.search(BANNED[reason], cell.source), f"{reason}\n\n{cell.source}"


@chapter
def test_asyncio_run_stands_only_where_a_script_is_shown(path: Path):
    for cell in cells(read(path), "code"):
        if "asyncio.run(" in cell.source:
            assert tags(cell) & {"script", "raises-exception"}, cell.source


@chapter
def test_every_wait_for_a_message_has_a_timeout(path: Path):
    for cell in cells(read(path), "code"):
        endless = endless_waits(parse(cell.source))
        assert not endless, f"line {endless} waits without a timeout; ■ would not end it\n\n{cell.source}"


def endless_waits(node: ast.AST, *, timed: bool = False, in_function: bool = False) -> list[int]:
    """List the lines with a bare `recv()`, or an endless `async for` outside a function (a listener is cancelled)."""
    found = []
    if isinstance(node, (ast.AsyncWith, ast.With)):
        timed = timed or any("timeout" in ast.unparse(item.context_expr) for item in node.items)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("wait_for"):
        timed = True
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        in_function = True
    elif isinstance(node, ast.AsyncFor) and not timed and not in_function:
        found.append(node.lineno)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".recv"):
        limited = timed or any(keyword.arg == "timeout" for keyword in node.keywords)
        found += [] if limited else [node.lineno]
    for child in ast.iter_child_nodes(node):
        found += endless_waits(child, timed=timed, in_function=in_function)
    return found


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("await ws.recv()", [1]),
        ("await asyncio.wait_for(ws.recv(), 5)", []),
        ("ws.recv(timeout=5)", []),
        ("async with asyncio.timeout(5):\n    print(await ws.recv())", []),
        ("x = 1\nasync for frame in ws:\n    print(frame)", [2]),
        ("async def listen(ws):\n    async for frame in ws:\n        print(frame)", []),
    ],
)
def test_an_endless_wait_is_found(source: str, lines: list[int]):
    assert endless_waits(parse(source)) == lines


@chapter
def test_lessons_use_official_packages_and_no_wrapper_of_ours(path: Path):
    for cell in cells(read(path), "code"):
        for node in ast.walk(parse(cell.source)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            ours = {name for name in names if name.split(".")[0] == "wpslab"}
            # The middleware is code to copy, the Functions host stands for Azure's, and the rest is no Web PubSub.
            assert ours <= {
                "wpslab",
                "wpslab.course.supply_chain",
                "wpslab.upstream",
                "wpslab.upstream.functions_host",
                "wpslab.widgets",
            }, cell.source


def test_every_chapter_has_hubs_of_its_own():
    used: dict[str, str] = {}
    for path in CHAPTERS:
        source = "\n".join(cell.source for cell in cells(read(path), "code"))
        hubs = set(re.findall(r"""(?i)\bhub(?:Name)?\s*=\s*f?["'](\w+)["']|/hubs/(\w+)""", source))
        names = {name for pair in hubs for name in pair if name}
        assert names, f"{path.name} names no hub"
        for name in names:
            assert used.setdefault(name, path.name) == path.name, f"hub {name} is used by two chapters"


# The outputs


@chapter
def test_no_output_went_to_stderr(path: Path):
    for cell in cells(read(path), "code"):
        assert not [output for output in cell.outputs if output.get("name") == "stderr"], cell.source


@chapter
def test_outputs_hold_no_secret_port_token_or_id(path: Path):
    masks = script("run_notebooks").read_masks()
    for cell in cells(read(path), "code"):
        for text in strings(cell.outputs):
            left = [item.pattern.pattern for item in masks if item.pattern.sub(item.replacement, text) != text]
            assert not left, f"run make notebooks: {left}\n{text}"


@chapter
def test_sources_hold_no_secret(path: Path):
    for cell in read(path).cells:
        assert not re.search(r"eyJ[A-Za-z0-9_-]{20}|AccessKey=[A-Za-z0-9+/]{20}", cell.source), cell.source


@chapter
def test_a_cell_whose_output_is_ignored_is_followed_by_one_that_asserts(path: Path):
    code = cells(read(path), "code")
    for cell, following in zip(code, [*code[1:], None], strict=True):
        if "nbval-ignore-output" in tags(cell):
            assert following, "the last cell"
            assert re.search(r"(?m)^assert ", following.source), cell.source


@chapter
def test_only_cells_that_say_so_raise(path: Path):
    for cell in cells(read(path), "code"):
        raised = any(output.output_type == "error" for output in cell.outputs)
        assert raised == ("raises-exception" in tags(cell)), cell.source


def strings(value: object) -> list[str]:
    """List all strings in outputs."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, item in value.items() if key != "output_type" for text in strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return []
