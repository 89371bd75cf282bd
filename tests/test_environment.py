"""What stands in more than one place says the same in all of them."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from notebook_files import ROOT, chapters, read, script

SIX = {
    "jupyterlab",
    "ipywidgets",
    "websockets",
    "azure-messaging-webpubsubservice",
    "nest-asyncio",
    "nbval",
}
PYPROJECT = ROOT / "pyproject.toml"
TEXT = PYPROJECT.read_text(encoding="utf-8")
PROJECT = tomllib.loads(TEXT)["project"]

# Put together here, so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    "|".join(["pypi" + r"\.org", "python" + "hosted", r"npmjs\.", r"deb\." + "debian", "anaconda" + r"\.org"])
)
MACHINE = re.compile(
    r"(?:^|[^A-Za-z0-9.])/(?:home/[a-z]|Users/[a-z]|ro{2}t\b|wor{1}k/|opt/[a-z]|tmp/[a-z])", re.MULTILINE
)


def requirements(lines: list[str], python: str) -> dict[str, str]:
    """Read requirements as name and version, leaving out what is not for that Python."""
    found = {}
    for line in lines:
        requirement, _, marker = line.partition(";")
        if marker:
            operator, version = re.search(r"python_version (<|>=) '3\.(\d+)'", marker).groups()
            minor = int(python.split(".")[1])
            if (minor < int(version)) != (operator == "<"):
                continue
        name, version = re.fullmatch(r"([A-Za-z0-9._-]+)\s*(\S*)", requirement.strip()).groups()
        found[name.lower()] = version
    return found


def conda(path: Path) -> tuple[dict[str, str], list[str]]:
    """Read the packages of an environment.yml, and the local folders it installs."""
    listed = re.findall(r"^ +- (.+)$", path.read_text(encoding="utf-8").partition("dependencies:")[2], re.MULTILINE)
    folders = [line for line in listed if line.startswith("-e")]
    return requirements([line for line in listed if line not in {*folders, "pip:", "pip"}], "3.12"), folders


EMULATOR = requirements(PROJECT["dependencies"], "3.12")
COURSE = requirements(PROJECT["optional-dependencies"]["course"], "3.12")


def test_course_names_the_six_packages():
    assert set(COURSE) >= SIX


def test_environment_for_home_names_the_six_packages_with_the_versions_of_pyproject():
    packages, folders = conda(ROOT / "environment.yml")
    assert packages.pop("python") == "=3.12"
    assert set(packages) >= SIX
    assert packages == {name: version for name, version in COURSE.items() if name in packages}
    assert folders == ["-e .[course]"]


def test_environment_of_binder_has_every_package_of_pyproject_and_no_local_folder():
    packages, folders = conda(ROOT / "binder" / "environment.yml")
    assert packages.pop("python") == "=3.12"
    assert packages == EMULATOR | COURSE
    assert not folders
    assert not (ROOT / "binder" / "runtime.txt").exists()


def test_binder_installs_the_project_without_its_packages():
    script_file = ROOT / "binder" / "postBuild"
    assert script_file.stat().st_mode & 0o111
    text = script_file.read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert "pip install --no-deps ." in text


@pytest.mark.parametrize("extra", ["dependencies", "course", "real-az", "test"])
def test_every_dependency_says_why_it_is_there(extra: str):
    block = re.search(rf"(?ms)^{extra} = \[\n(.*?)^\]", TEXT)[1].splitlines()
    for before, line in zip(["", *block], block, strict=False):
        if line.strip().startswith('"'):
            reason = "#" in line or before.strip().startswith("#") or same_package(before, line)
            assert reason, f"no reason beside {line.strip()}"


def same_package(before: str, line: str) -> bool:
    """Tell whether two lines are one dependency for different Pythons."""
    return "python_version" in before and "python_version" in line


def test_readme_lists_every_chapter_with_its_time():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in chapters():
        first = read(path).cells[0].source
        title, minutes = re.search(r"^# (.+)$", first, re.MULTILINE)[1], re.search(r"\d+ minutes", first)[0]
        row = next((line for line in readme.splitlines() if f"(notebooks/{path.name})" in line), "")
        assert title.lower() in row.lower(), f"README has no row for {path.name}: {title}"
        assert minutes in row


def test_links_of_the_documents_resolve():
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]
    for path in documents:
        text = re.sub(r"(?ms)^```.*?^```$", "", path.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if not target.startswith("https://"):
                file, _, anchor = target.partition("#")
                found = path.parent / file if file else path
                assert found.exists(), f"{path.name}: dead link {target}"
                assert not anchor or anchor in anchors(found), f"{path.name}: no heading for {target}"


def anchors(path: Path) -> set[str]:
    """List the anchors that GitHub makes of a document's headings."""
    headings = re.findall(r"(?m)^#+ (.+)$", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-").lower() for heading in headings}


def test_readme_agrees_with_the_address_in_pyproject():
    links = script("links")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert links.fill(readme, links.blocks(PYPROJECT)) == readme, "run make links"


def test_address_stands_nowhere_else():
    address = PROJECT["urls"]["Repository"].partition("://")[2]
    holders = [path for path in tracked_texts() if address in text_of(path)]
    assert {path.name for path in holders} == {"pyproject.toml", "README.md"}
    links = script("links")
    outside = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, content in links.blocks(PYPROJECT).items():
        assert content in outside, name
        outside = outside.replace(content, "")
    assert address not in outside


@pytest.mark.parametrize(
    ("address", "start"),
    [
        ("https://github.com/someone/wpslab", "https://mybinder.org/v2/gh/someone/wpslab/v1.0?"),
        ("https://gitlab.com/group/wpslab", "https://mybinder.org/v2/gl/group%2Fwpslab/v1.0?"),
        ("https://git.example.com/wpslab", "https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.com%2Fwpslab/v1.0?"),
    ],
)
def test_binder_link_leads_to_a_release_wherever_the_repository_lives(address: str, start: str):
    url = script("links").binder_url(address, "v1.0")
    assert url == f"{start}labpath=notebooks/00_start_here.ipynb"


def test_no_text_names_a_machine_or_a_package_registry():
    for path in tracked_texts():
        for pattern in (REGISTRIES, MACHINE):
            found = pattern.search(text_of(path))
            assert not found, f"{path.relative_to(ROOT)}: {found[0].strip()}"


def tracked_texts() -> list[Path]:
    """List the files that git holds or would hold; all files where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listing.stdout.split("\0") if listing.returncode == 0 else []
    made = re.compile(r"^(?:\..+|node_modules|__pycache__|build|dist)$")
    found = [ROOT / name for name in names if name] or [
        path for path in ROOT.rglob("*") if not any(made.match(part) for part in path.relative_to(ROOT).parts)
    ]
    return [path for path in found if path.is_file() and path.suffix not in {".png", ".pyc", ".ico"}]


def text_of(path: Path) -> str:
    """Read a file as text, whatever is in it."""
    return path.read_text(encoding="utf-8", errors="replace")
