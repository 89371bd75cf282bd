"""Output: a command's answer as the text az prints: JSON, JSONC, YAML, a table, or tab-separated values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .problem import USAGE, AzError

QUERY_REFERENCE = "To learn more about --query, please visit: 'https://learn.microsoft.com/cli/azure/query-azure-cli'"
_NOT_IN_TABLES = ("id", "type", "etag")


def query(value: Any, expression: str | None) -> Any:
    """Return what a JMESPath expression finds, with the keys of the answer sorted and those of the query as written.

    Raises:
        AzError: the expression does not fit the answer.
    """
    if expression is None:
        return value
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(expression, _sorted(value))
    except JMESPathError as error:
        text = f"Invalid jmespath query supplied for `--query`: {error}\n{QUERY_REFERENCE}"
        raise AzError(text, USAGE) from None


def check_query(expression: str) -> None:
    """Raise AzError where an expression is no JMESPath."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        jmespath.compile(expression)
    except JMESPathError:
        text = f"argument --query: invalid jmespath_type value: {expression!r}\n{QUERY_REFERENCE}"
        raise AzError(text, USAGE) from None


def text_of(value: Any, style: str, *, is_queried: bool = False, is_coloured: bool = False) -> str:
    """Return an answer in a format of `--output`, without the last line end. None and `none` are nothing.

    Args:
        value: what json.loads could return.
        style: json, jsonc, yaml, yamlc, table, tsv or none.
        is_queried: whether `--query` chose and ordered the columns.
        is_coloured: whether jsonc and yamlc are coloured, as on a terminal.
    """
    if value is None:
        return ""
    text = _WRITERS[style](value, is_queried)
    if is_coloured and style in ("jsonc", "yamlc"):
        text = _coloured(text, "json" if style == "jsonc" else "yaml")
    return text.removesuffix("\n")


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _json(value: Any, is_queried: bool) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


def _yaml(value: Any, is_queried: bool) -> str:
    import yaml

    text: str = yaml.safe_dump(value, default_flow_style=False, allow_unicode=True)
    return text


def _table(value: Any, is_queried: bool) -> str:
    from tabulate import tabulate

    rows = [_cells(each, is_queried) for each in (value if isinstance(value, list) else [value])]
    if not any(rows):
        return ""
    text: str = tabulate(rows, headers="keys", tablefmt="simple", disable_numparse=True)
    return text


def _cells(row: Any, is_queried: bool) -> dict[str, Any]:
    if isinstance(row, Mapping):
        keys = list(row) if is_queried else sorted(row)
        shown = [
            key
            for key in keys
            if key not in _NOT_IN_TABLES and row[key] is not None and not isinstance(row[key], dict | list)
        ]
        return {key[:1].upper() + key[1:]: row[key] for key in shown}
    if isinstance(row, list):
        return {f"Column{number}": cell for number, cell in enumerate(row, 1)}
    return {"Result": row}


def _tsv(value: Any, is_queried: bool) -> str:
    rows = value if isinstance(value, list) else [value]
    return "\n".join(_tsv_row(row, is_queried) for row in rows)


def _tsv_row(row: Any, is_queried: bool) -> str:
    if isinstance(row, Mapping):
        return "\t".join(_tsv_cell(row[key]) for key in (row if is_queried else sorted(row)))
    if isinstance(row, list):
        return "\t".join(map(_tsv_cell, row))
    return str(row).lower() if isinstance(row, bool) else _tsv_cell(row)


def _tsv_cell(cell: Any) -> str:
    # az counts a list, leaves an object out, and writes the rest as Python does.
    if isinstance(cell, list):
        return str(len(cell))
    return "" if isinstance(cell, Mapping) else str(cell)


def _none(value: Any, is_queried: bool) -> str:
    return ""


def _coloured(text: str, language: str) -> str:
    from pygments import highlight
    from pygments.formatters import TerminalFormatter
    from pygments.lexers import get_lexer_by_name

    coloured: str = highlight(text, get_lexer_by_name(language), TerminalFormatter())
    return coloured


_WRITERS: Mapping[str, Callable[[Any, bool], str]] = {
    "json": _json,
    "jsonc": _json,
    "yaml": _yaml,
    "yamlc": _yaml,
    "table": _table,
    "tsv": _tsv,
    "none": _none,
}
