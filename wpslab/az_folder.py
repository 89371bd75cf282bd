"""Folder: where the Azure CLI keeps what it knows of the emulator, apart from the person's own `~/.azure`."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import ssl
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from .az_certificate import Certificate
from .az_env import CLOUD

_MARKER = "wpslab-az-folder.json"
_PROBE_SECONDS = 3.0


class Running(msgspec.Struct, frozen=True, rename="camel"):
    """An emulator that lets the Azure CLI in, and the tenant that signs people in."""

    endpoint: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class AzFolder:
    """A folder for `AZURE_CONFIG_DIR`, made by us: only such a one is ever written to or removed."""

    path: Path

    @classmethod
    def choose(cls, wanted: Path | None, environ: Mapping[str, str]) -> AzFolder:
        """Return the folder that is asked for, or the one this shell has been pointed at, or the usual one."""
        if wanted is not None:
            return cls(wanted.expanduser().resolve())
        current = cls(Path(environ.get("AZURE_CONFIG_DIR") or os.devnull))
        return current if current.is_ours else cls(_cache(environ) / "wpslab" / "az")

    @property
    def is_ours(self) -> bool:
        """Whether we made it."""
        return (self.path / _MARKER).is_file()

    @property
    def certificate(self) -> Certificate:
        """Its certificate, whether it is there or not."""
        return Certificate.of(self.path)

    def prepare(self) -> None:
        """Make it, for its owner only.

        Raises:
            ValueError: there is something else in it.
            OSError: it cannot be made.
        """
        if self.path.resolve() in (Path.home().resolve(), (Path.home() / ".azure").resolve()):
            raise ValueError(f"{self.path} is not for this: choose a new folder.")
        if self.path.exists() and not self.is_ours and (not self.path.is_dir() or any(self.path.iterdir())):
            raise ValueError(f"{self.path} is not empty, and was not made by wpslab: choose a new folder.")
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)  # fails where it is somebody else's
        if not self.is_ours:
            (self.path / _MARKER).write_text("{}", "ascii")

    def note(self, running: Running) -> None:
        """Write down who answers."""
        (self.path / _MARKER).write_bytes(msgspec.json.encode(running))

    def running(self) -> Running | None:
        """Return who answers now, by this folder's certificate; None where the one that was noted has ended."""
        try:
            found = msgspec.json.decode((self.path / _MARKER).read_bytes(), type=Running)
            context = ssl.create_default_context(cafile=self.certificate.ca)
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
            )
            with opener.open(f"{found.endpoint}/metadata/endpoints", timeout=_PROBE_SECONDS):
                return found
        except (OSError, ValueError):  # of msgspec, ssl and urllib, too
            return None

    def remove(self) -> bool:
        """Remove it with all that is in it, if it is ours; return whether it was there."""
        if self.is_ours:
            shutil.rmtree(self.path)
            return True
        return False

    # What the CLI wrote

    def registered_endpoint(self) -> str | None:
        """Return under which address the CLI knows the emulator, or None."""
        return self._option("clouds.config", CLOUD, "endpoint_resource_manager")

    def is_signed_in(self) -> bool:
        """Tell whether the CLI uses the emulator and is signed in there, other than by a managed identity."""
        if self._option("config", "cloud", "name") != CLOUD:
            return False
        try:
            profile = json.loads((self.path / "azureProfile.json").read_text("utf-8-sig"))
            return any(
                each["environmentName"] == CLOUD and "assignedIdentityInfo" not in each["user"]
                for each in profile["subscriptions"]
            )
        except (OSError, ValueError, LookupError, TypeError):
            return False

    def _option(self, file: str, section: str, name: str) -> str | None:
        parser = configparser.RawConfigParser()
        try:
            parser.read(self.path / file, "utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            return None
        return parser.get(section, name, fallback=None)


def _cache(environ: Mapping[str, str]) -> Path:
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    given = Path(environ.get("XDG_CACHE_HOME") or "")
    return given if given.is_absolute() else Path.home() / ".cache"
