"""ARM: what makes one line of the management SDKs work on every backend."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .emulator import Management
from .errors import LabError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken
    from azure.core.pipeline import PipelineRequest

AZ_SECONDS = 60.0
"""How long the Azure CLI has to hand out a token or to say which subscription it uses."""


class LocalCredential:
    """The token of an emulator, in the form the Azure SDKs want a credential."""

    def __init__(self, management: Management) -> None:
        self._management = management

    def __repr__(self) -> str:
        return "<LocalCredential ***>"

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return the token, whatever it is for."""
        from azure.core.credentials import AccessToken

        return AccessToken(self._management.token, int(time.time()) + 3600)


class AzureCliCredential:
    """Whoever is signed in at the Azure CLI, in the form the Azure SDKs want a credential."""

    def __repr__(self) -> str:
        return "<AzureCliCredential>"

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return a token for one scope. Raises LabError where nobody is signed in."""
        from azure.core.credentials import AccessToken

        answer = ask_az("account", "get-access-token", "--scope", scopes[0])
        return AccessToken(answer["accessToken"], int(answer["expires_on"]))


def options_of(credential: Any, endpoint: str | None) -> dict[str, Any]:
    """Return what a management client needs besides its credential and subscription.

    The policy signs requests of synchronous and asynchronous clients alike, and of plain http, which Azure's own
    policy refuses.

    Args:
        credential: anything with `get_token`.
        endpoint: where the management side answers; None is Azure itself.
    """
    from azure.core.pipeline.policies import SansIOHTTPPolicy

    class Bearer(SansIOHTTPPolicy[Any, Any]):
        def __init__(self) -> None:
            self._token: AccessToken | None = None

        def on_request(self, request: PipelineRequest[Any]) -> None:
            if self._token is None or self._token.expires_on - time.time() < 300:
                self._token = credential.get_token("https://management.azure.com/.default")
            request.http_request.headers["Authorization"] = f"Bearer {self._token.token}"

    options: dict[str, Any] = {"authentication_policy": Bearer()}
    if endpoint is not None:
        options |= {"base_url": endpoint, "polling_interval": 1}
    return options


def ask_az(*words: str) -> Any:
    """Return what the Azure CLI on this machine answers, read from its JSON.

    Raises:
        LabError: it is not installed, nobody is signed in, or it failed.
    """
    program = shutil.which("az")
    if program is None:
        raise LabError(
            "On Azure this needs the Azure CLI, which is not installed here. Install it "
            "(https://learn.microsoft.com/cli/azure/install-azure-cli), run `az login`, and try again."
        )
    try:
        done = subprocess.run(
            [program, *words, "--output", "json"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=AZ_SECONDS,
            text=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LabError(f"az {words[0]} gave no answer within {AZ_SECONDS:.0f} seconds.") from None
    if done.returncode:
        raise LabError(f"az {' '.join(words[:2])} ended with status {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout or "null")


def resource_name(endpoint: str) -> str:
    """Return the name of a resource on Azure, which is the first part of its host."""
    return (urlsplit(endpoint).hostname or "").partition(".")[0]


def find_on_azure(endpoint: str) -> Management:
    """Return where a resource on Azure is, as the Azure CLI knows it.

    Raises:
        LabError: the CLI is not installed, nobody is signed in, or the resource is in another subscription.
    """
    name = resource_name(endpoint)
    account = ask_az("account", "show")
    found = ask_az("resource", "list", "--name", name, "--resource-type", "Microsoft.SignalRService/WebPubSub")
    if not found:
        raise LabError(
            f"{name} is not in the subscription {account['name']!r} that az uses. Choose another one: "
            "az account set --subscription NAME."
        )
    return Management(
        endpoint="https://management.azure.com",
        token="",
        subscription_id=account["id"],
        tenant_id=account["tenantId"],
        resource_group=found[0]["resourceGroup"],
        name=found[0]["name"],
        location=found[0]["location"],
    )
