"""The architecture, as a test: who may import whom, and what stays out of the core."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "wpslab"

# A layer may import itself and what is listed. `base` is the package itself: its version and lazy names.
ALLOWED = {
    "core": set(),
    "protocols": {"core"},
    "net": {"core", "protocols", "base"},
    "emulator": {"core", "protocols", "net"},
    "address": set(),
    "upstream": {"net", "address"},
    "translator": {"net", "protocols"},
    "lab": {"client", "translator", "emulator", "net", "protocols", "core", "address", "upstream"},
    "course": {"lab", "emulator"},
    "client": {"address"},
    "az": {"lab", "emulator", "address", "client"},
    "widgets": {"translator", "course", "lab", "emulator", "address", "client", "az"},
    "cli": {"az", "translator", "lab", "emulator", "net", "core", "base", "address"},
    "base": {"lab", "emulator", "course", "az", "widgets"},
}
LAB_MODULES = {
    "lab",
    "management_client",
    "attached",
    "background",
    "card",
    "cells",
    "errors",
    "explain",
    "managed",
    "nested",
    "probe",
    "served",
    "server_log",
    "sight",
    "upstreams",
    "watch",
}
CLI_MODULES = {"cli", "cli_az", "az_certificate", "az_env", "az_folder", "doctor", "__main__"}
# Libraries without I/O that the pure layers may use, besides the standard library's pure parts.
PURE_LIBRARIES = {"jwt", "msgspec"}
IMPURE = {"aiohttp", "asyncio", "threading", "socket", "selectors", "ssl", "http", "urllib.request", "subprocess", "os"}
COURSE_LIBRARIES = {"IPython", "ipykernel", "ipywidgets", "anywidget", "azure", "websockets", "jupyterlab"}


def layer_of(module):
    parts = module.split(".")[1:]
    if not parts:
        return "base"
    if parts[0] == "emulator":
        return parts[1] if len(parts) > 1 and parts[1] in ("core", "protocols", "net") else "emulator"
    if parts[0] == "connection_string":
        return "address"
    if parts[0] in LAB_MODULES:
        return "lab"
    if parts[0] in CLI_MODULES:
        return "cli"
    return parts[0] if parts[0] in ALLOWED else "base"


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        yield path, ".".join(parts[:-1] if is_package else parts), is_package


def imports(path, module, is_package):
    """Every module a file imports, absolute, also those inside functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")
            base = base[: len(base) - node.level + is_package] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                name = f"{source}.{alias.name}"
                is_module = (PACKAGE.parent / name.replace(".", "/")).with_suffix(".py").exists() or (
                    PACKAGE.parent / name.replace(".", "/")
                ).is_dir()
                yield name if is_module else source


def test_a_layer_imports_only_what_stands_to_its_left():
    wrong = [
        f"{module} ({layer}) imports {name} ({layer_of(name)})"
        for path, module, is_package in modules()
        for name in imports(path, module, is_package)
        if name.split(".")[0] == "wpslab"
        and (layer := layer_of(module)) != layer_of(name)
        and layer_of(name) not in ALLOWED[layer]
    ]
    assert wrong == []


def test_core_and_protocols_do_no_io():
    wrong = [
        f"{module} imports {name}"
        for path, module, is_package in modules()
        if layer_of(module) in ("core", "protocols")
        for name in imports(path, module, is_package)
        if name in IMPURE
        or name.split(".")[0] in IMPURE
        or (name.split(".")[0] not in {"wpslab", *PURE_LIBRARIES, *sys.stdlib_module_names})
    ]
    assert wrong == []


def test_only_net_knows_aiohttp():
    wrong = [
        module
        for path, module, is_package in modules()
        if layer_of(module) != "net"
        and any(name.split(".")[0] == "aiohttp" for name in imports(path, module, is_package))
    ]
    assert wrong == []


def test_middleware_to_be_copied_imports_nothing_but_itself_and_the_standard_library():
    hosts = {"wpslab.upstream.server", "wpslab.upstream.functions_host"}
    wrong = [
        f"{module} imports {name}"
        for path, module, is_package in modules()
        if layer_of(module) == "upstream" and module not in hosts and ".functions_" not in module
        for name in imports(path, module, is_package)
        if not name.startswith("wpslab.upstream") and name.split(".")[0] not in sys.stdlib_module_names
    ]
    assert wrong == []


@pytest.mark.parametrize("module", ["wpslab", "wpslab.emulator", "wpslab.cli"])
def test_bare_emulator_imports_none_of_the_courses_packages(module):
    code = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert COURSE_LIBRARIES.isdisjoint(loaded)


def test_each_module_begins_with_a_sentence():
    wrong = [
        module
        for path, module, _ in modules()
        if not (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n")[0].endswith((".", "`", ":"))
    ]
    assert wrong == []
