"""Secret: access keys in what a notebook shows, and `***` in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "***"

_ACCESS_KEY = re.compile(r"(AccessKey=)[^;\"'\s]+", re.IGNORECASE)
# What an address may carry: the key of a function, a signature, the token of a client.
_IN_QUERY = re.compile(r"([?&](?:code|sig|access_token)=)[^&\"'\s]+", re.IGNORECASE)
_JSON_WEB_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
# What Azure's access keys and client secrets look like, for texts whose fields are not known.
_KEY_LIKE = re.compile(r"(?<![\w+/=-])[\w+/-]{40,}={0,2}(?![\w+/=-])")
_SECRET_MEMBERS = frozenset({"primarykey", "secondarykey", "accesstoken", "accesskey", "password"})


def secrets_in(value: Any) -> frozenset[str]:
    """Return the texts that stand under names such as `primaryKey` in an answer."""
    if isinstance(value, Mapping):
        own = (each for name, each in value.items() if name.lower() in _SECRET_MEMBERS and isinstance(each, str))
        return frozenset(own).union(*map(secrets_in, value.values()))
    if isinstance(value, list):
        return frozenset().union(*map(secrets_in, value))
    return frozenset()


def keys_like(text: str) -> frozenset[str]:
    """Return everything in a text that looks like an access key."""
    return frozenset(_KEY_LIKE.findall(text))


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
