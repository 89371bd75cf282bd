"""Identity: tokens for programs that run in Azure under a managed identity, and so need no secret."""

from __future__ import annotations

from ..rest.http import RestResponse
from .answers import document
from .call import Call
from .directory import ACCESS_SECONDS

SYSTEM_ASSIGNED = "systemAssignedIdentity"


def machine_token(call: Call) -> RestResponse:
    """Answer as the endpoint of a virtual machine does."""
    if (call.request.header("metadata") or "").lower() != "true":
        return _refuse(400, "Required metadata header not specified.")
    return _token(call)


def app_token(call: Call) -> RestResponse:
    """Answer as the endpoint of an app does, which `IDENTITY_ENDPOINT` or `MSI_ENDPOINT` names."""
    if not call.request.header("x-identity-header") and not call.request.header("secret"):
        return _refuse(401, "The header X-IDENTITY-HEADER is missing.")
    return _token(call)


def _token(call: Call) -> RestResponse:
    resource = call.values.get("resource")
    if not resource:
        return _refuse(400, "The query parameter 'resource' is missing.")
    client_id = call.values.get("client_id") or call.values.get("clientid") or SYSTEM_ASSIGNED
    token = call.directory.access_token(call.authority, resource, call.now, app_id=client_id, user=None)
    return document(
        {
            "access_token": token,
            "client_id": client_id,
            "expires_in": str(ACCESS_SECONDS),
            "expires_on": str(int(call.now) + ACCESS_SECONDS),
            "not_before": str(int(call.now)),
            "resource": resource,
            "token_type": "Bearer",
        }
    )


def _refuse(status: int, sentence: str) -> RestResponse:
    return document({"error": "invalid_request", "error_description": sentence}, status)
