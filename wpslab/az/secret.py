"""Secret: access keys in what a notebook shows, and `***` in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MASK = "***"

_ACCESS_KEY = re.compile(r"((?:Access|Account|SharedAccess)Key=)[^;\"'\s]+", re.IGNORECASE)
# What an address may carry: the key of a function, a signature, the token of a client.
_IN_QUERY = re.compile(r"([?&](?:code|sig|access_token)=)[^&\"'\s]+", re.IGNORECASE)
_JSON_WEB_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
# What Azure's access keys and client secrets look like, for texts whose fields are not known.
_KEY_LIKE = re.compile(r"(?<![\w+/=-])[\w+/-]{40,}={0,2}(?![\w+/=-])")
_SECRET_MEMBERS = frozenset({"primarykey", "secondarykey", "accesstoken", "accesskey", "password"})
_SECRET_MEMBER = re.compile(r"(key|secret|password|token)\Z", re.IGNORECASE)
_SECRET_WORDS = ("key", "secret", "credential", "connection-string")
_SECRET_FLAGS = ("--pass", "--access-k", "--account-k", "--client-s", "--secret", "--sas", "--value")
_SHORTEST = 16
"""Shorter texts under another name, such as `key`, are names or tags."""


def secrets_in(value: Any) -> frozenset[str]:
    """Return the texts that stand under names such as `primaryKey` in an answer."""
    if isinstance(value, Mapping):
        own = (each for name, each in value.items() if isinstance(each, str) and _is_secret(name, each))
        return frozenset(own).union(*map(secrets_in, value.values()))
    if isinstance(value, list):
        return frozenset().union(*map(secrets_in, value))
    return frozenset()


def _is_secret(name: str, value: str) -> bool:
    return name.lower() in _SECRET_MEMBERS or (len(value) >= _SHORTEST and bool(_SECRET_MEMBER.search(name)))


def keys_like(text: str) -> frozenset[str]:
    """Return everything in a text that looks like an access key."""
    return frozenset(_KEY_LIKE.findall(text))


def is_about_secrets(words: Sequence[str]) -> bool:
    """Tell whether the answer to a command is likely to be made of secrets, whatever its members are called."""
    return any(hint in word for word in words if not word.startswith("-") for hint in _SECRET_WORDS)


def masked_words(words: Sequence[str]) -> list[str]:
    """Return a command line without what follows flags such as `--password`, abbreviated and glued ones too."""
    shown: list[str] = []
    is_secret = False
    for word in words:
        if is_secret:
            shown.append(MASK)
            is_secret = False
        elif word.startswith(_SECRET_FLAGS):
            flag, equals, _ = word.partition("=")
            shown.append(f"{flag}={MASK}" if equals else flag)
            is_secret = not equals
        elif word.startswith("-p"):
            shown.append(word if word == "-p" else f"-p{MASK}")
            is_secret = word == "-p"
        else:
            shown.append(word)
    return shown


def masked_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without the secrets, also where a query turned one round."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK).replace(secret[::-1], MASK)
    for pattern in (_ACCESS_KEY, _IN_QUERY):
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return _JSON_WEB_TOKEN.sub(MASK, text)


def masked(value: Any, secrets: Iterable[str] = ()) -> Any:
    """Return an answer without its secrets. What is no secret stays as it is."""
    known = frozenset(secrets) | secrets_in(value)
    if isinstance(value, Mapping):
        return {name: masked(each, known) for name, each in value.items()}
    if isinstance(value, list):
        return [masked(each, known) for each in value]
    return masked_text(value, known) if isinstance(value, str) else value
