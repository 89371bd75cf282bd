"""Errors: what the service refuses, by the six-digit codes of its contract."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[int, str] = {
    400000: "One of the request inputs is not valid.",
    400001: "The scope parameter is not valid.",
    400002: "The category parameter is not valid.",
    400003: "The language parameter is missing or not valid.",
    400004: "The target script is missing or not valid.",
    400005: "An input text is missing or not valid.",
    400006: "The language and the script do not go together.",
    400018: "The source script is missing or not valid.",
    400020: "An element of the input array is not valid.",
    400021: "The api-version parameter is missing or not valid.",
    400035: "The source language is not valid.",
    400036: "The target language is missing or not valid.",
    400042: "The value of an option is not valid.",
    400043: "The client trace id is not a GUID.",
    400050: "An input text is too long.",
    400070: "There are not as many target scripts as target languages.",
    400071: "The text type is not valid.",
    400072: "The input array has too many elements.",
    400074: "The body of the request is not valid JSON.",
    400077: "The request is too large.",
    400079: "There is no custom system for this pair of languages.",
    400080: "There is no transliteration between these scripts of this language.",
    401000: "The request is not authorized: the credentials, or the region that goes with them, are missing or wrong.",
    403000: "The operation is not allowed.",
    403001: "The free quota is used up.",
    404000: "There is no such operation.",
    405000: "The method is not supported here.",
    408001: "The custom system is loading.",
    408002: "The request took too long to arrive.",
    415000: "The Content-Type header is missing or not valid: application/json is meant.",
    429000: "Too many requests.",
    429001: "Too many characters a minute.",
    429002: "Too many requests at once.",
    500000: "Something unexpected happened.",
    501000: "This stand-in of the service does not have the operation.",
    503000: "The service is not available at the moment.",
}


class TranslatorError(Exception):
    """Tell the caller of the API what is wrong.

    Args:
        code: HTTP status and three digits.
        message: by default the one of the code.
        retry_after: seconds after which the caller may try again, where the answer says so.
    """

    def __init__(self, code: int, message: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(message or MESSAGES.get(code, "The request failed."))
        self.code = code
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.code // 1000
