"""Functions loader: a folder with a `function_app.py`, read into functions and their bindings."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import inspect
import json
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import azure.functions as func

from .functions_settings import Settings

FILE = "function_app.py"
INPUTS = ("webPubSubConnection", "webPubSubContext")
OUTPUTS = ("webPubSub",)
TRIGGERS = ("httpTrigger", "webPubSubTrigger")


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding of a function: its type, the parameter it fills, its properties with settings put in."""

    kind: str
    name: str
    properties: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """Return a property, or None if it is not set. Names compare without case."""
        value = self.properties.get(name.lower())
        return None if value is None else str(value)

    def connections(self) -> list[str]:
        """Return the names of connection settings: those of `connections`."""
        value = self.properties.get("connections") or ()
        return [value] if isinstance(value, str) else list(value)

    @property
    def wants_bytes(self) -> bool:
        """Whether the function asked for bytes instead of text."""
        return (self.text("dataType") or "").lower() in ("binary", "stream")


@dataclass(frozen=True, slots=True)
class Function:
    """A function: what runs, what starts it, what it gets and what it gives."""

    name: str
    call: Callable[..., Any] = field(repr=False)
    trigger: Binding
    inputs: tuple[Binding, ...]
    outputs: tuple[Binding, ...]

    @property
    def label(self) -> str:
        """What errors call it."""
        return f"the function {self.name!r}"


def load_functions(folder: Path, settings: Settings) -> tuple[Function, ...]:
    """Run `function_app.py` and return its functions, in the order they stand there.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file has no FunctionApp, or a function that the host could not run.
    """
    app = _find_app(_import(folder / FILE))
    return tuple(_read(function, settings) for function in app.get_functions())


def route_prefix(folder: Path) -> str:
    """Return what stands before the routes: `api`, unless `host.json` says otherwise."""
    path = folder / "host.json"
    try:
        host = json.loads(path.read_text("utf-8")) if path.exists() else {}
        prefix = host.get("extensions", {}).get("http", {}).get("routePrefix", "api")
    except (ValueError, AttributeError) as error:
        raise ValueError(f"host.json is not what a host reads: {error}.") from None
    return str(prefix).strip("/")


class _Source(importlib.machinery.SourceFileLoader):
    """Loads the text as it is now, and leaves no compiled copy behind."""

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


def _import(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(f"There is no {FILE} in {path.parent.name}.")
    name = f"function_app_{uuid.uuid4().hex}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_Source(name, str(path)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _find_app(module: ModuleType) -> func.FunctionApp:
    for value in vars(module).values():
        if isinstance(value, func.FunctionApp):
            return value
    raise ValueError(f"{FILE} has no azure.functions.FunctionApp.")


def _read(function: Any, settings: Settings) -> Function:
    name = function.get_function_name()
    call = function.get_user_function()
    trigger = _read_binding(function.get_trigger().get_dict_repr(), name, settings)
    bindings = [
        (each.get("direction"), _read_binding(each, name, settings))
        for each in function.get_bindings_dict()["bindings"]
    ]
    others = [(direction, each) for direction, each in bindings if each.kind not in (*TRIGGERS, "http")]
    inputs = tuple(each for direction, each in others if direction == func._abc_direction_in) if False else tuple(
        each for direction, each in others if _is_input(direction)
    )
    outputs = tuple(each for direction, each in others if not _is_input(direction))
    read = Function(name, call, trigger, inputs, outputs)
    _check(read)
    return read
