"""Browser fixtures: a JupyterLab of our own, and a Chromium looking at it: the system's, or else Playwright's own.

Pictures that tests take are kept in build/screenshots, and one of the page for each test that fails.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install wpslab[test]")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY = re.compile(r"http://(?:localhost|127\.0\.0\.1):(\d+)/")
LIGHT = "JupyterLab Light"
SETTINGS = {
    "notification": {"fetchNews": "false", "checkForUpdates": False},
    "themes": {"theme": LIGHT, "adaptive-theme": False},
}
MILLISECONDS = 20_000

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
NO_CHROMIUM = (
    f"no Chromium on this machine: {sys.executable} -m playwright install chromium (Debian: apt install chromium)"
)
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(120))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@dataclass
class JupyterLab:
    """A running JupyterLab and the folder it shows."""

    address: str
    folder: Path
    settings: Path
    theme: str = LIGHT

    def set_theme(self, theme: str) -> None:
        """Choose the theme of notebooks opened from now on."""
        self.theme = theme
        write_settings(self.settings, {**SETTINGS, "themes": {"theme": theme, "adaptive-theme": False}})

    def write_notebook(self, name: str, *cells: str | nbformat.NotebookNode) -> None:
        """Write a notebook of these cells, a text being one of code."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        )
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)


def write_settings(folder: Path, settings: dict[str, object]) -> None:
    home = folder / "@jupyterlab" / "apputils-extension"
    home.mkdir(parents=True, exist_ok=True)
    for name, values in settings.items():
        (home / f"{name}.jupyterlab-settings").write_text(json.dumps(values))


@pytest.fixture(scope="session")
def jupyterlab(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """Start JupyterLab on a free port in an empty folder, with settings and runtime files of its own."""
    home = tmp_path_factory.mktemp("jupyter")
    folder = home / "notebooks"
    folder.mkdir()
    write_settings(home / "settings", SETTINGS)
    places = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    environment = {
        **{name: value for name, value in os.environ.items() if name.upper() != "WEBPUBSUB_CONNECTION_STRING"},
        **{name: str(home / place) for name, place in places.items()},
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += ["--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={folder}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            port = read_port(process)
            yield JupyterLab(f"http://127.0.0.1:{port}", folder, home / "settings")
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:  # now and then a worker thread of JupyterLab's waits for ever
                process.kill()


def read_port(process: subprocess.Popen[str]) -> str:
    """Read what JupyterLab says until it names its address; what it says later is read and forgotten."""
    said = []
    for line in process.stderr:
        said.append(line)
        if found := READY.search(line):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return found.group(1)
    raise RuntimeError("JupyterLab ended before it was ready:\n" + "".join(said[-20:]))


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A profile of Chromium, without a window. Where there is no Chromium, the test is skipped."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*CHROMIUM_FLAGS, *(["--no-sandbox"] if as_root else [])]
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        except sync_api.Error as error:
            if CHROMIUM is None and "Executable doesn't exist" in str(error):
                pytest.skip(NO_CHROMIUM)
            raise
        yield browser.new_context()  # one for all, so that JupyterLab's own scripts are loaded once
        browser.close()


@dataclass
class NotebookPage:
    """A notebook open in the browser, and what the console complained about."""

    page: object
    complaints: list[str] = field(default_factory=list)

    def run_all(self) -> None:
        """Run all cells, without waiting for them."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('runmenu:run-all'); }")

    def keep_picture(self, name: str, part: object = None) -> None:
        """Keep a picture of a part, or of the page."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        (part or self.page).screenshot(path=PICTURES / f"{name}.png")

    @property
    def outputs(self) -> object:
        """What stands under the cells. Source code is not in it."""
        return self.page.locator(".jp-OutputArea")


class Window:
    """The page of JupyterLab that the tests use one after the other: to load it anew takes longer than most tests."""

    def __init__(self, context: object) -> None:
        self._context = context
        self._page: object | None = None
        self._theme = ""
        self._complaints: list[str] = []

    def open(self, jupyterlab: JupyterLab, name: str, width: int, height: int) -> NotebookPage:
        """Open a notebook, its kernel ready."""
        if self._page is None:
            self._load(jupyterlab)
        page = self._page
        self._show_in(jupyterlab.theme)
        page.emulate_media(reduced_motion="no-preference")
        page.set_viewport_size({"width": width, "height": height})
        self._complaints = []
        page.evaluate("path => { window.jupyterapp.commands.execute('docmanager:open', { path }); }", name)
        page.wait_for_function(
            """path => {
              const current = window.jupyterapp.shell.currentWidget;
              return current?.context?.path === path && current.sessionContext?.session?.kernel?.status === 'idle';
            }""",
            arg=name,
        )
        return NotebookPage(page, self._complaints)

    def clear(self) -> None:
        """Close the notebooks without saving them, and end their kernels."""
        self._page.evaluate(
            """async () => {
              const app = window.jupyterapp;
              for (const widget of [...app.shell.widgets('main')]) widget.dispose();
              await app.serviceManager.sessions.shutdownAll();
            }"""
        )

    def close(self) -> None:
        """Close the page."""
        if self._page is not None:
            self._page.close()

    def _show_in(self, theme: str) -> None:
        if self._theme == theme:
            return
        self._theme = theme
        self._page.evaluate(
            "theme => { window.jupyterapp.commands.execute('apputils:change-theme', { theme }); }", theme
        )
        self._page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)

    def _load(self, jupyterlab: JupyterLab) -> None:
        self._theme = jupyterlab.theme
        self._page = page = self._context.new_page()
        page.set_default_timeout(MILLISECONDS)
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        page.on("console", lambda message: self._complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{jupyterlab.address}/lab?reset")
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget")
        page.evaluate("() => window.jupyterapp.shell.collapseLeft()")


@pytest.fixture(scope="session")
def window(chromium: object) -> Iterator[Window]:
    """The page that all tests use."""
    made = Window(chromium)
    yield made
    made.close()


@pytest.fixture
def open_notebook(
    jupyterlab: JupyterLab, window: Window, request: pytest.FixtureRequest
) -> Iterator[Callable[..., NotebookPage]]:
    """Open a notebook of some cells, its kernel ready."""
    opened: list[NotebookPage] = []

    def open_it(name: str, *cells: str | nbformat.NotebookNode, width: int = 1280, height: int = 900) -> NotebookPage:
        jupyterlab.write_notebook(name, *cells)
        opened.append(window.open(jupyterlab, name, width, height))
        return opened[-1]

    yield open_it
    if FAILED in request.node.stash and opened:
        opened[-1].keep_picture(f"failed_{re.sub(r'[^a-z0-9]+', '_', request.node.name.lower())}")
    window.clear()
    jupyterlab.set_theme(LIGHT)
