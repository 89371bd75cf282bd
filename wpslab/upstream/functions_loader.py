"""Functions loader: a folder with a `function_app.py`, read into functions and their bindings."""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import inspect
import json
import logging
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import azure.functions as func

from .functions_settings import Settings

logger = logging.getLogger("wpslab.upstream.functions")

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
    with _without_advice():
        functions = app.get_functions()  # may be called only once
    return tuple(_read(function, settings) for function in functions)


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
        raise FileNotFoundError(f"There is no {FILE} in {path.parent.resolve()}.")
    name = f"function_app_{uuid.uuid4().hex}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_Source(name, str(path)))
    if spec is None or spec.loader is None:
        raise ValueError(f"{FILE} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.parent.resolve())
    sys.path.insert(0, folder)  # for modules beside the app; the real host leaves it there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(folder)
    return module


def _find_app(module: ModuleType) -> func.FunctionApp:
    for value in vars(module).values():
        if isinstance(value, func.FunctionApp):
            return value
    raise ValueError(f"{FILE} has no azure.functions.FunctionApp.")


@contextlib.contextmanager
def _without_advice() -> Iterator[None]:
    """Keep the library from telling, and from setting logging up to tell, that triggers have no auth level."""

    def is_other(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Auth level is not applied")

    root, handler = logging.getLogger(), logging.NullHandler()
    root.addHandler(handler)
    root.addFilter(is_other)
    try:
        yield
    finally:
        root.removeFilter(is_other)
        root.removeHandler(handler)


def _read(function: Any, settings: Settings) -> Function:
    name = function.get_function_name()
    inputs: list[Binding] = []
    outputs: list[Binding] = []
    for values in function.get_bindings_dict()["bindings"]:
        binding = _read_binding(values, name, settings)
        if binding.kind not in (*TRIGGERS, "http"):
            (inputs if binding.text("direction") == "IN" else outputs).append(binding)
    trigger = _read_binding(function.get_trigger().get_dict_repr(), name, settings)
    read = Function(name, function.get_user_function(), trigger, tuple(inputs), tuple(outputs))
    _check_kinds(read)
    _check_parameters(read)
    return read


def _read_binding(values: Mapping[str, Any], function: str, settings: Settings) -> Binding:
    label = f"the function {function!r}"
    properties = {name.lower(): _plain(value, label, settings) for name, value in values.items()}
    return Binding(properties["type"], properties["name"], properties)


def _plain(value: Any, label: str, settings: Settings) -> Any:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str):
        return settings.fill(value, label)
    if isinstance(value, list | tuple):
        return [_plain(each, label, settings) for each in value]
    return value


def _check_kinds(function: Function) -> None:
    if function.trigger.kind not in TRIGGERS:
        raise ValueError(f"This host runs {' and '.join(TRIGGERS)}; {function.label} has {function.trigger.kind}.")
    for bindings, known in ((function.inputs, INPUTS), (function.outputs, OUTPUTS)):
        for binding in bindings:
            if binding.kind not in known:
                raise ValueError(f"This host has no binding {binding.kind!r}, which {function.label} uses.")
    if function.trigger.kind != "httpTrigger" and any(each.kind == "webPubSubContext" for each in function.inputs):
        raise ValueError(f"webPubSubContext goes with an HTTP trigger, which {function.label} has not.")
    if function.trigger.kind == "webPubSubTrigger" and function.trigger.text("connection"):
        logger.warning("A trigger has 'connections', a list; 'connection' of %s is ignored.", function.label)


def _check_parameters(function: Function) -> None:
    bound = {each.name for each in (function.trigger, *function.inputs, *function.outputs)}
    parameters = set(inspect.signature(function.call).parameters)
    if lonely := sorted(parameters - bound):
        raise ValueError(f"No binding fills the parameter {lonely[0]!r} of {function.label}.")
    if lonely := sorted(bound - parameters):
        raise ValueError(f"The binding {lonely[0]!r} of {function.label} is none of its parameters.")
