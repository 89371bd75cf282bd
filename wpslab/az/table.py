"""Table: what a command of the Azure CLI is made of: its words, its flags, and what runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .call import Call

Where = Literal["management", "data plane", "local", "panel"]
"""Who has to answer: Azure Resource Manager, the resource itself, the CLI alone, or a client."""

Take = Literal["text", "number", "flag", "truth", "texts", "pairs", "groups"]
"""What follows a flag: a text, a number, nothing, true or false, texts, key=value items, or repeated groups of them."""

Default = Literal["name", "resource group"]
"""Which name of the lab's own resource stands for a flag that is not given."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A flag with its spellings. The longest spelling of the first names its value: `--hub-name` is `hub_name`."""

    flags: tuple[str, ...]
    help: str = ""
    take: Take = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str | int | None = None
    own: Default | None = None

    @property
    def key(self) -> str:
        """The name of its value."""
        return next(flag for flag in self.flags if flag.startswith("--"))[2:].replace("-", "_")

    @property
    def label(self) -> str:
        """Its spellings as errors name it: `--name/-n`."""
        return "/".join(self.flags)


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it is typed, what it can be told, and what runs it.

    Attributes:
        note: what its help says besides.
        table_view: JMESPath for the columns of `--output table`, where az has columns of its own for a command.
    """

    path: str
    summary: str
    arguments: tuple[Argument, ...]
    run: Callable[[Call], Any]
    where: Where = "management"
    examples: tuple[tuple[str, str], ...] = ()
    note: str = ""
    table_view: str | None = None

    @property
    def all_arguments(self) -> tuple[Argument, ...]:
        """Its own flags and the global ones."""
        own = {flag for each in self.arguments for flag in each.flags}
        return (*self.arguments, *(each for each in GLOBAL_ARGUMENTS if own.isdisjoint(each.flags)))


@dataclass(frozen=True, slots=True)
class Group:
    """Words that several commands begin with."""

    path: str
    summary: str


@dataclass(frozen=True, slots=True)
class Table:
    """All commands, and the groups they stand in."""

    groups: tuple[Group, ...]
    commands: tuple[Command, ...]

    def command(self, path: Sequence[str]) -> Command | None:
        """Return the command of exactly these words."""
        wanted = " ".join(path)
        return next((each for each in self.commands if each.path == wanted), None)

    def group(self, path: Sequence[str]) -> Group | None:
        """Return the group of exactly these words."""
        wanted = " ".join(path)
        return next((each for each in self.groups if each.path == wanted), None)

    def inside(self, path: Sequence[str]) -> dict[str, Command | Group]:
        """Return what stands directly in a group, by its last word."""
        prefix = "".join(f"{word} " for word in path)
        entries: list[Command | Group] = [*self.groups, *self.commands]
        return {
            rest: each
            for each in entries
            if each.path.startswith(prefix) and (rest := each.path.removeprefix(prefix)) and " " not in rest
        }


OUTPUTS = ("json", "jsonc", "none", "table", "tsv", "yaml", "yamlc")

GLOBAL_ARGUMENTS = (
    Argument(("--debug",), "Increase logging verbosity to show all debug logs.", "flag"),
    Argument(("--help", "-h"), "Show this help message and exit.", "flag"),
    Argument(("--only-show-errors",), "Only show errors, suppressing warnings.", "flag"),
    Argument(("--output", "-o"), "Output format.", choices=OUTPUTS, default="json"),
    Argument(("--query",), "JMESPath query string. See http://jmespath.org/ for more information and examples."),
    Argument(
        ("--subscription",),
        "Name or ID of subscription. You can configure the default subscription using `az account set -s NAME_OR_ID`.",
    ),
    Argument(("--verbose",), "Increase logging verbosity. Use --debug for full debug logs.", "flag"),
)
