"""Documents: where a cloud has its doors, and where its tokens are to be had."""

from __future__ import annotations

from typing import Any

from ..rest.http import RestResponse
from .answers import document

CLOUD = "wpslab"
"""The name of the cloud."""

_FIRST_LIST, _FIRST_OBJECT = "2019-05-01", "2022-09-01"


def cloud(root: str, api_version: str) -> RestResponse:
    """Describe the cloud: as an object, or in the API versions between, as a list of all clouds."""
    found = {
        "name": CLOUD,
        "portal": root,
        "authentication": {
            "loginEndpoint": f"{root}/adfs",
            "audiences": [f"{root}/"],
            "tenant": "common",
            "identityProvider": "ADFS",
        },
        "resourceManager": root,
        "graphAudience": f"{root}/graph/",
        "microsoftGraphResourceId": f"{root}/graph/",
        "suffixes": {},
    }
    return document([found] if _FIRST_LIST <= api_version < _FIRST_OBJECT else found)


def openid(authority: str, oauth: str) -> RestResponse:
    """Describe an authority.

    Args:
        authority: its address.
        oauth: the address below which its endpoints are.
    """
    body: dict[str, Any] = {
        "issuer": authority,
        "authorization_endpoint": f"{oauth}/authorize",
        "token_endpoint": f"{oauth}/token",
        "device_authorization_endpoint": f"{oauth}/devicecode",
        "response_types_supported": ["code"],
        "response_modes_supported": ["form_post"],
        "scopes_supported": ["openid", "profile", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["HS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "code_challenge_methods_supported": ["S256", "plain"],
    }
    return document(body)
