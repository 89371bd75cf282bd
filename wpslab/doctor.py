"""Doctor: checks whether a machine can run the course, and says in words what to do."""

from __future__ import annotations

import os
import re
import shutil
import sys
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from .connection_string import VARIABLES, ConnectionString

OLDEST_PYTHON = (3, 11)
_INSTALL = 'pip install -e ".[course]" in the course\'s folder'
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*>=\s*([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `problem` stops the course, a `note` does not."""

    verdict: Literal["ok", "note", "problem"]
    what: str
    found: str
    advice: str = ""


def examine() -> list[Finding]:
    """Check Python, packages, the loopback network, a proxy, the connection string, a browser and `az`."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _loopback,
        _proxy,
        _connection_string,
        _browser,
        _azure_cli,
    )
    return [finding for check in checks for finding in check()]


def _python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield Finding("problem", "Python", found, "install Python 3.11 or newer")
    else:
        yield Finding("ok", "Python", found)


def _packages() -> Iterator[Finding]:
    has_course = _is_installed("jupyterlab") or _is_installed("ipykernel")
    if not has_course:
        yield Finding("note", "packages of the course", "not installed", f"only for the notebooks: {_INSTALL}")
    for requirement in metadata.requires("wpslab") or ():
        needed, _, condition = requirement.partition(";")
        condition = condition.replace('"', "'")
        match = _REQUIREMENT.match(needed)
        if match is None or "extra == 'test'" in condition or not _applies(condition):
            continue
        if "extra == " in condition and not (has_course and "extra == 'course'" in condition):
            continue
        name, oldest = match.groups()
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Finding("problem", name, "not installed", _INSTALL)
            continue
        if _numbers(version) < _numbers(oldest):
            yield Finding("problem", name, version, f"needs {oldest} or newer: {_INSTALL}")
        else:
            yield Finding("ok", name, version)


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _applies(condition: str) -> bool:
    match = re.search(r"""python_version\s*(<|>=)\s*["']([0-9.]+)["']""", condition)
    if match is None:
        return True
    is_older = sys.version_info[:2] < _numbers(match[2])
    return is_older if match[1] == "<" else not is_older


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _loopback() -> Iterator[Finding]:
    from .emulator import Emulator

    try:
        with Emulator() as emulator:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            request = urllib.request.Request(f"{emulator.endpoint}/api/health", method="HEAD")
            with opener.open(request, timeout=5) as answer:
                found = f"the emulator answers {answer.status}"
    except OSError as error:
        advice = "a firewall or security tool blocks 127.0.0.1; allow Python to listen there"
        yield Finding("problem", "loopback network", str(error), advice)
    else:
        yield Finding("ok", "loopback network", found)


def _proxy() -> Iterator[Finding]:
    if urllib.request.getproxies().get("http") and not urllib.request.proxy_bypass("127.0.0.1"):
        yield Finding("problem", "proxy", "HTTP_PROXY also covers 127.0.0.1", "set NO_PROXY=127.0.0.1,localhost")


def _connection_string() -> Iterator[Finding]:
    from .probe import ProbeError, probe

    for variable in VARIABLES:
        text = os.environ.get(variable)
        if not text:
            continue
        try:
            target = ConnectionString.parse(text)
            who = "a wpslab serve" if probe(target) else "Azure Web PubSub"
        except (ValueError, ProbeError) as error:
            yield Finding("problem", variable, str(error), "correct it, or unset it to use the emulator")
        else:
            yield Finding("ok", variable, f"{who} at {target.endpoint}")
        return
    yield Finding("ok", "connection string", "none set: the emulator in the kernel answers")


def _browser() -> Iterator[Finding]:
    try:
        webbrowser.get()
    except webbrowser.Error:
        yield Finding(
            "note", "browser", "none found", "start JupyterLab with --no-browser and open the address it prints"
        )
    else:
        yield Finding("ok", "browser", "found")


def _azure_cli() -> Iterator[Finding]:
    if shutil.which("az"):
        yield Finding("ok", "Azure CLI (az)", "found")
    else:
        yield Finding("note", "Azure CLI (az)", "not installed", "only needed to work on a real Azure subscription")
