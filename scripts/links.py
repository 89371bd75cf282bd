"""Links: write what is made from the repository's address into README.md, between markers.

python scripts/links.py           write
python scripts/links.py --check   write nothing, fail if README.md would change

The address stands once, in pyproject.toml under [project.urls].
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"


def binder_url(address: str, tag: str) -> str:
    """Make the Binder address of a release."""
    parts = urlsplit(address)
    providers = {"github.com": "gh", "gitlab.com": "gl"}
    repository = parts.path.strip("/").removesuffix(".git")
    if parts.hostname == "gitlab.com":
        repository = quote(repository, safe="")
    if parts.hostname not in providers:
        return f"https://mybinder.org/v2/git/{quote(address, safe='')}/{tag}?labpath={FIRST_NOTEBOOK}"
    return f"https://mybinder.org/v2/{providers[parts.hostname]}/{repository}/{tag}?labpath={FIRST_NOTEBOOK}"


def blocks(pyproject: Path) -> dict[str, str]:
    """Make each block of README.md that holds the address."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    address, version = project["urls"]["Repository"].rstrip("/"), project["version"]
    folder = address.removesuffix(".git").rsplit("/", 1)[-1]
    badge = "[![Open the course on Binder](https://mybinder.org/badge_logo.svg)]"
    return {
        "badge": f"{badge}({binder_url(address, f'v{version}')})",
        "clone": f"```console\n$ git clone {address}\n$ cd {folder}\n```",
        "questions": f"Something else? Ask at <{address}/issues> and add what `wpslab doctor` printed.",
    }


def fill(text: str, made: dict[str, str]) -> str:
    """Put each block between its markers."""
    for name, content in made.items():
        start, end = f"<!-- made by make links: {name} -->", f"<!-- end of {name} -->"
        pattern = re.compile(re.escape(start) + r".*?" + re.escape(end), re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise SystemExit(f"README.md needs {start} and {end} once")
        filled = f"{start}\n{content}\n{end}"
        text = pattern.sub(lambda _, filled=filled: filled, text)
    return text


def main(arguments: list[str]) -> int:
    """Write or check README.md."""
    readme = ROOT / "README.md"
    before = readme.read_text(encoding="utf-8")
    after = fill(before, blocks(ROOT / "pyproject.toml"))
    if "--check" in arguments:
        if after != before:
            print("README.md does not agree with pyproject.toml; run make links", file=sys.stderr)
        return int(after != before)
    readme.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
