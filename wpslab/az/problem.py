"""Problem: a command that failed, with the text az prints and the status it ends with."""

from __future__ import annotations

USAGE = 2
NOT_FOUND = 3

REFERENCE = "https://aka.ms/cli_ref\nRead more about the command in reference docs"


class AzError(Exception):
    """Tell what az would print, without a Python traceback.

    Attributes:
        text: what az prints on standard error.
        exit_code: az's exit status: 2 for a wrong command line, 3 for something that is not there, else 1.
    """

    def __init__(self, text: str, exit_code: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.exit_code = exit_code

    def _render_traceback_(self) -> list[str]:
        return [f"ERROR: {self.text}"]


def usage_error(text: str, *parts: str) -> AzError:
    """Return the error for a wrong command line, with paragraphs between the sentence and az's closing words."""
    return AzError("\n\n".join([text, *filter(None, parts), REFERENCE]), USAGE)
