"""Documents: where a cloud has its doors, and where its tokens are to be had."""

from __future__ import annotations

from ..rest.http import RestResponse
from .answers import document
from .call import Call

CLOUD = "wpslab"
"""The name of the cloud."""

_FIRST_LIST, _FIRST_OBJECT = "2019-05-01", "2022-09-01"


def cloud(call: Call) -> RestResponse:
    """Describe the cloud: as an object, or in the API versions between, as a list of all clouds."""
    root = call.root
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
    return document([found] if _FIRST_LIST <= call.values.get("api-version", "") < _FIRST_OBJECT else found)


def openid(call: Call) -> RestResponse:
    """Describe an authority."""
    return document(
        {
            "issuer": call.authority,
            "authorization_endpoint": f"{call.oauth}/authorize",
            "token_endpoint": f"{call.oauth}/token",
            "device_authorization_endpoint": f"{call.oauth}/devicecode",
            "response_types_supported": ["code"],
            "response_modes_supported": ["form_post"],
            "scopes_supported": ["openid", "profile", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["HS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256", "plain"],
        }
    )
