"""Cli: one Azure CLI for one lab: reads a command line, has it answered where it belongs, and makes text of it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..client.errors import ClientError
from ..connection_string import ConnectionString
from ..errors import LabError
from .answer import Answer, present
from .call import Call, StartClient, State
from .commands import TABLE
from .commands_account import is_own_subscription
from .help_text import help_text
from .output import query, text_of
from .parsing import HelpWanted, Parsed, parse
from .problem import AzError
from .real import run_real
from .secret import is_about_secrets, keys_like, masked, masked_text, masked_words, secrets_in
from .where import rows

if TYPE_CHECKING:
    from ..lab import Lab

TIME_LIMIT = 600.0
"""How long the real az may take for one command, in seconds, where WPSLAB_AZ_SECONDS does not say otherwise."""

_OWN = "wpslab's own az"
_REAL = "the real az"
_SIGN_INS = ("service_principal", "identity", "username", "use_device_code")


class Cli:
    """The Azure CLI of one lab.

    Attributes:
        time_limit: how long the real az may take for one command, in seconds.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        write_error: Callable[[str], None] | None = None,
        start_client: StartClient | None = None,
        confirm: Callable[[str], bool] | None = None,
        is_coloured: bool = False,
        time_limit: float | None = None,
    ) -> None:
        self.time_limit = _time_limit() if time_limit is None else time_limit
        self._lab = lab
        self._state = State()
        self._write_error = write_error or _write_to_stderr
        self._start_client = start_client or self._open_terminal
        self._confirm = confirm
        self._is_coloured = is_coloured

    def run(self, words: Sequence[str]) -> Any:
        """Run a command, and return its answer as a plain object that shows itself without secrets.

        Returns:
            A dict, list, text or number; a client's terminal; None where az prints nothing.

        Raises:
            AzError: the command failed.
        """
        try:
            answer = self.execute(words)
        except AzError as error:
            raise AzError(self.mask(error.text), error.exit_code) from None
        return present(answer) if isinstance(answer, Answer) else answer

    def execute(self, words: Sequence[str]) -> Any:
        """Run a command, and return an `Answer`, what a client start returned, or None where az prints nothing.

        Raises:
            AzError: the command failed. Its text may hold secrets that were typed.
        """
        try:
            if list(words) == ["--where"]:
                return self._where()
            return self._on_azure(words) if self._lab.backend == "azure" else self._own(parse(TABLE, words))
        except (LabError, ClientError) as error:
            raise AzError(str(error)) from error

    def typed(self, words: Sequence[str]) -> str:
        """Return a command line as a shell takes it, without secrets."""
        return self.mask(f"az {shlex.join(masked_words(words))}")

    def mask(self, text: str) -> str:
        """Return a text without the access keys that this CLI has seen."""
        return masked_text(text, self._secrets())

    # Our own commands.

    def _own(self, parsed: Parsed | HelpWanted) -> Any:
        if isinstance(parsed, HelpWanted):
            text = help_text(TABLE, parsed.topic)
            return Answer(text, text, text, _OWN)
        command, values = parsed.command, parsed.values
        call = self._call(values)
        is_own = command.path == "account set" or self._lab.backend == "azure"
        if values["subscription"] and not is_own and not is_own_subscription(call, values["subscription"]):
            call.notice(f"Subscription '{values['subscription']}' not recognized.")
            raise AzError(
                f"Subscription '{values['subscription']}' not found. Check the spelling and casing and try again."
            )
        value = command.run(call)
        if command.where == "panel" or value is None:
            return value
        view = command.table_view if values["output"] == "table" and not values["query"] else None
        return self._answer(value, values["output"], values["query"], view)

    def _call(self, values: dict[str, Any]) -> Call:
        def notice(text: str) -> None:
            if not values["only_show_errors"]:
                self._write_error(f"WARNING: {text}")

        return Call(
            values,
            self._lab,
            self._state,
            notice=notice,
            start_client=self._start_client,
            ask_real=self._ask_real,
            confirm=self._confirm,
        )

    def _answer(self, value: Any, style: str, expression: str | None, view: str | None) -> Answer | None:
        return self._shown(query(value, expression), style, bool(expression), view, self._source())

    def _shown(self, found: Any, style: str, is_queried: bool, view: str | None, source: str) -> Answer | None:
        """Return an answer in a format of `--output`; `view` is the query that makes its table."""
        if found is None or style == "none":
            return None
        secrets = self._secrets()

        def write(data: Any) -> str:
            columns = query(data, view) if view else data
            return text_of(columns, style, is_queried=is_queried or bool(view), is_coloured=self._is_coloured)

        return Answer(found, write(found), masked_text(write(masked(found, secrets)), secrets), source, secrets)

    def _source(self) -> str:
        if self._lab.backend == "emulator":
            return "az on the emulator in this kernel"
        if self._lab.backend == "served":
            return f"az on wpslab serve at {self._lab.endpoint}"
        return f"{_OWN}, on {self._lab.endpoint} by its access key"

    def _where(self) -> Answer:
        found = rows(TABLE, self._lab)
        text = text_of(found, "table", is_queried=True)
        return Answer(found, text, text, _OWN)

    def _open_terminal(self, connection_string: str, hub: str, user_id: str | None) -> Any:
        from .terminal import start_client

        return start_client(self._lab, connection_string, hub, user_id)

    def _secrets(self) -> frozenset[str]:
        with contextlib.suppress(LabError):  # its resource was deleted; the key was seen before
            self._state.secrets.add(ConnectionString.parse(self._lab.connection_string).access_key)
        return frozenset(self._state.secrets)

    # The real az.

    def _on_azure(self, words: Sequence[str]) -> Any:
        try:
            parsed: Parsed | HelpWanted | None = parse(TABLE, words)
        except AzError:
            if list(words[:2]) in (["webpubsub", "service"], ["webpubsub", "client"]):
                raise
            parsed = None  # the real az knows more
        if isinstance(parsed, HelpWanted):
            is_own = list(words[:2]) in (["webpubsub", "service"], ["webpubsub", "client"])
            return self._own(parsed) if is_own else self._real(words)
        if parsed and parsed.command.where in ("data plane", "panel"):
            return self._own(parsed)
        if parsed is None:
            return self._real(words)
        return self._real_parsed([*words, *self._own_names(parsed), "--output", "json"], parsed)

    def _own_names(self, parsed: Parsed) -> list[str]:
        """Return the flags that name the lab's own resource where the command line names none, and of a sign-in."""
        words: list[str] = []
        for argument in parsed.command.arguments:
            if argument.own and not parsed.values[argument.key]:
                words += [argument.flags[0], self._lab.name if argument.own == "name" else self._lab.resource_group]
        if parsed.command.path == "login" and not any(parsed.values[each] for each in _SIGN_INS):
            words.append("--use-device-code")
        return words

    def _real(self, words: Sequence[str]) -> Answer | None:
        """Run a command that only the real az knows, and return its text; data where it is JSON."""
        text = self._text_of_real(words)
        if not text:
            return None
        value = _data(text)
        secrets = self._note_secrets(words, value, text)
        return Answer(text if value is None else value, text, masked_text(text, secrets), _REAL, secrets)

    def _real_parsed(self, words: Sequence[str], parsed: Parsed) -> Answer | None:
        """Run a command of the table by the real az; its answer has the same form as on an emulator."""
        text = self._text_of_real(words)
        found = _data(text) if text else None
        self._note_secrets(words, found, text)
        return self._shown(found, parsed.values["output"], bool(parsed.values["query"]), None, _REAL)

    def _text_of_real(self, words: Sequence[str]) -> str:
        outcome = run_real(words, self._write_masked, self.time_limit, may_ask=self._confirm is not None)
        if outcome.status:
            raise AzError(outcome.error or outcome.text.strip() or "az said nothing about why.", outcome.status)
        return outcome.text.rstrip("\r\n")

    def _note_secrets(self, words: Sequence[str], value: Any, text: str) -> frozenset[str]:
        self._state.secrets |= secrets_in(value)
        if is_about_secrets(words):
            self._state.secrets |= keys_like(text)
        return self._secrets()

    def _write_masked(self, line: str) -> None:
        self._write_error(self.mask(line))

    def _ask_real(self, words: list[str]) -> Any:
        outcome = run_real([*words, "--output", "json"], self._write_masked, self.time_limit)
        if outcome.status:
            raise AzError(outcome.error, outcome.status)
        return json.loads(outcome.text)


def _data(text: str) -> Any:
    """Return the data in a text; the text itself where it is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _time_limit() -> float:
    try:
        return float(os.environ.get("WPSLAB_AZ_SECONDS") or TIME_LIMIT)
    except ValueError:
        return TIME_LIMIT


def _write_to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
