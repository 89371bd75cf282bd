"""Environment: the variables that point the Azure CLI of one shell at the emulator, and how to get rid of them."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .az_folder import AzFolder, Running

CLOUD = "wpslab"
"""The name under which the CLI knows the emulator."""

BEFORE = "WPSLAB_AZ_BEFORE"
"""The variable that remembers what a shell had before: those of the names below that were set, as JSON."""

_PROXY = ("NO_PROXY",) if os.name == "nt" else ("NO_PROXY", "no_proxy")
_ELSEWHERE = ("AZURE_CLOUD_NAME", "ARM_CLOUD_METADATA_URL")
"""They would send the CLI to another cloud."""

_NAMES = (
    "AZURE_CONFIG_DIR",
    "REQUESTS_CA_BUNDLE",
    "AZURE_CORE_COLLECT_TELEMETRY",
    "AZURE_EXTENSION_DIR",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    *_PROXY,
    *_ELSEWHERE,
)
_LOCAL = ("localhost", "127.0.0.1")

Values = Mapping[str, str | None]
"""Variables and what they are to be set to; None where they are to be unset."""


class Shell(StrEnum):
    """Whose language the lines are in."""

    POSIX = "posix"
    POWERSHELL = "powershell"

    @classmethod
    def usual(cls) -> Shell:
        """Return the one this system has."""
        return cls.POWERSHELL if os.name == "nt" else cls.POSIX


def variables(folder: AzFolder, running: Running, environ: Mapping[str, str], *, identity: bool = False) -> Values:
    """Return what a shell has to set.

    Args:
        environ: what it has now.
        identity: whether it shall look like one in Azure, where programs have a managed identity.
    """
    before = restored(environ)
    values: dict[str, str | None] = dict(undone(environ) or {})  # of an earlier call, with other options
    values |= {
        "AZURE_CONFIG_DIR": str(folder.path),
        "REQUESTS_CA_BUNDLE": str(folder.certificate.bundle),
        "AZURE_CORE_COLLECT_TELEMETRY": "no",
    }
    if extensions := extension_folder(before):
        values["AZURE_EXTENSION_DIR"] = str(extensions)
    values |= {name: _without_proxy(before.get(name, "")) for name in _PROXY if name in before or name.isupper()}
    if identity:
        values |= {"IDENTITY_ENDPOINT": f"{running.endpoint}/msi/token", "IDENTITY_HEADER": "wpslab"}
    values |= {name: None for name in _ELSEWHERE if name in before}
    values[BEFORE] = json.dumps({name: before[name] for name in _NAMES if name in before})
    return values


def undone(environ: Mapping[str, str]) -> Values | None:
    """Return what a shell has to set to be as it was before, or None where it was not pointed at an emulator."""
    try:
        before = json.loads(environ.get(BEFORE, ""))
    except ValueError:
        return None
    if not isinstance(before, dict):
        return None
    return {**{name: before.get(name) for name in _NAMES if name in environ or name in before}, BEFORE: None}


def restored(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a shell as they were before."""
    values = {**environ, **(undone(environ) or {})}
    return {name: value for name, value in values.items() if value is not None}


def lines(values: Values, shell: Shell) -> list[str]:
    """Return the commands of a shell that set variables."""
    return [_line(name, value, shell) for name, value in values.items()]


def sign_in(folder: AzFolder, running: Running, shell: Shell, *, identity: bool = False) -> str | None:
    """Return the commands that make the emulator known to the CLI and sign in, or None where that is done."""
    known = folder.registered_endpoint()
    if known == running.endpoint and folder.is_signed_in() and not identity:
        return None
    commands = [f"az cloud set -n {CLOUD}"]
    if known != running.endpoint:
        commands.insert(0, _register(running.endpoint, "register" if known is None else "update"))
    commands.append(
        "az login --identity"
        if identity
        else f"az login --service-principal -u wpslab -p wpslab --tenant {running.tenant_id}"
    )
    if shell is Shell.POSIX:
        return " && ".join(commands)
    nested = commands.pop()
    for command in reversed(commands):  # only PowerShell 7 has &&
        nested = f"{command}; if ($?) {{ {nested} }}"
    return nested


def extension_folder(environ: Mapping[str, str]) -> Path | None:
    """Return where the person's own extensions of the CLI are, or None where there are none."""
    own = Path(environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure") / "cliextensions"
    folder = Path(environ.get("AZURE_EXTENSION_DIR") or own)
    return folder if folder.is_dir() else None


def _line(name: str, value: str | None, shell: Shell) -> str:
    if shell is Shell.POSIX:
        return f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"
    if value is None:
        return f"Remove-Item Env:{name} -ErrorAction SilentlyContinue"
    quoted = value.replace("'", "''")
    return f"$env:{name} = '{quoted}'"


def _register(endpoint: str, verb: str) -> str:
    return (
        f"az cloud {verb} -n {CLOUD} --endpoint-resource-manager {endpoint} "
        f"--endpoint-active-directory {endpoint}/adfs --endpoint-active-directory-resource-id {endpoint}/"
    )


def _without_proxy(value: str) -> str:
    hosts = [host.strip() for host in value.split(",") if host.strip()]
    return ",".join([*hosts, *(host for host in _LOCAL if host not in hosts and hosts != ["*"])])
