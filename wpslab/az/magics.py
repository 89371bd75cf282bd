"""Magics: `%az` and `%%az`, and the function they call."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ..errors import LabError
from .answer import Shown
from .cli import Cli
from .problem import AzError
from .words import split_commands

if TYPE_CHECKING:
    from ..lab import Lab

_clis: WeakKeyDictionary[Lab, Cli] = WeakKeyDictionary()  # what was installed in one cell is installed in the next


def az(text: str, /, **variables: Any) -> Any:
    """Run commands of the Azure CLI on this kernel's lab, which is started where there is none.

    Args:
        text: one command a line, with or without the word az.
        variables: what `$name` in it stands for.

    Returns:
        The answer of the last command; those before are printed.

    Raises:
        AzError: a command failed, and those after it did not run; or the lab cannot be started.
    """
    return run_commands(text, variables)


def run_commands(text: str, variables: Mapping[str, Any]) -> Any:
    """Run the commands in a text. See `az`."""
    commands = split_commands(text, variables)
    if not commands:
        return None
    cli = _cli()
    answer: Any = None
    for number, words in enumerate(commands, 1):
        if number > 1:
            _show(answer)
        if len(commands) > 1:
            _write(f"$ {cli.typed(words)}")
        answer = cli.run(words)
    return answer


def load(ipython: Any) -> None:
    """Give a notebook the magics `%az` and `%%az`. Twice is as good as once."""
    from IPython.core.magic import no_var_expand

    @no_var_expand
    def line_or_cell(line: str, cell: str | None = None) -> Any:
        if cell is not None:
            return run_commands(f"{line}\n{cell}", ipython.user_ns)
        return run_commands(line if line.strip() else "az --help", ipython.user_ns)

    line_or_cell.__doc__ = _HELP
    ipython.register_magic_function(line_or_cell, "line_cell", "az")


_HELP = """Run commands of the Azure CLI.

%az COMMAND           one command; its answer is the value: keys = %az webpubsub key show
%%az                  several, one a line; a backslash at its end continues a line, # begins a comment
%az --where           which command runs where
%az --help            the commands; %az COMMAND --help the flags of one

$name and ${name} stand for Python variables, also in double quotes; in single quotes they stay as they are.
"""


def _cli() -> Cli:
    from ..lab import current, start

    try:
        lab = current()
        if lab is None:
            lab = start()
            _write(f"No lab ran in this kernel, so wpslab.start() started one, on {lab.backend}.")
    except LabError as error:
        raise AzError(str(error)) from error
    return _clis.setdefault(lab, Cli(lab))


def _show(answer: Any) -> None:
    """Show what a command answered before the next one runs."""
    if answer is None:
        return
    if isinstance(answer, Shown):
        _write(repr(answer))
        return
    try:
        from IPython.display import display
    except ImportError:
        _write(repr(answer))
    else:
        display(answer)  # type: ignore[no-untyped-call]  # a client, which has a look of its own


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
