"""Azure CLI on the command line: `wpslab serve --az` and `wpslab az-env`."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import az_env
from .az_env import Shell

if TYPE_CHECKING:
    from .az_folder import AzFolder, Running
    from .emulator import Emulator

PORT = 8443

WithAz = Annotated[bool, typer.Option("--az", help="Let the real Azure CLI in, over https on this machine only.")]
AzPort = Annotated[int, typer.Option(help="The port for --az; 0 is a free one.", min=0, max=65535)]
AzDir = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Where the Azure CLI keeps what it knows of the emulator; a new folder."),
]


@dataclass(frozen=True, slots=True)
class AzSide:
    """The door for the Azure CLI of an emulator that runs."""

    folder: AzFolder
    running: Running

    @classmethod
    def open(cls, emulator: Emulator, port: int, wanted: Path | None) -> AzSide:
        """Open it. Raises typer.BadParameter with the reason in words."""
        from .az_certificate import INSTALL
        from .az_folder import AzFolder, Running

        folder = AzFolder.choose(wanted, os.environ)
        try:
            folder.prepare()
        except ValueError as error:
            raise typer.BadParameter(f"--az-dir: {error}") from error
        except OSError as error:
            raise typer.BadParameter(f"--az-dir {folder.path}: {error.strerror or error}") from error
        if other := folder.running():
            raise typer.BadParameter(
                f"{folder.path} belongs to an emulator that runs, at {other.endpoint}. Choose another --az-dir."
            )
        try:
            tls = folder.certificate.make(az_env.restored(os.environ))
        except ImportError as error:
            raise typer.BadParameter(f"--az needs the package trustme: {INSTALL}") from error
        try:
            port = emulator.open_secure_port(tls, port)
        except OSError as error:
            raise typer.BadParameter(f"Cannot listen on --az-port {port}: {error.strerror or error}") from error
        running = Running(f"https://127.0.0.1:{port}", emulator.management.tenant_id)
        folder.note(running)
        return cls(folder, running)

    def members(self) -> dict[str, str]:
        """Return what the JSON line of `wpslab serve` says of it."""
        return {
            "azEndpoint": self.running.endpoint,
            "azConfigDir": str(self.folder.path),
            "azCaBundle": str(self.folder.certificate.bundle),
        }

    def explain(self) -> None:
        """Write to standard error how to use it."""
        shell = Shell.usual()
        options = _option(self.folder)
        _say(f"The Azure CLI finds it at {self.running.endpoint}, in a shell in which this was entered:\n")
        for line in az_env.lines(az_env.variables(self.folder, self.running, os.environ), shell):
            _say(f"  {line}")
        _say(f"\nThe same in short:  {_evaluate(f'wpslab az-env{options}', shell)}")
        _say(f"To take it back:    {_evaluate(f'wpslab az-env{options} --undo', shell)}")
        _say_how_to_sign_in(self.folder, self.running, shell, identity=False)


def az_env_command(
    az_dir: AzDir = None,
    shell: Annotated[Shell | None, typer.Option(help="Whose language; by default this system's.")] = None,
    identity: Annotated[bool, typer.Option("--identity", help="For `az login --identity`.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take everything back, and remove the folder.")] = False,
) -> None:
    """Print what points the Azure CLI of one shell at `wpslab serve --az`: eval "$(wpslab az-env)"."""
    from .az_folder import AzFolder

    folder = AzFolder.choose(az_dir, os.environ)
    language = shell or Shell.usual()
    if undo:
        _undo(folder, language)
        return
    running = folder.running()
    if running is None:
        found = "The emulator has ended" if folder.is_ours else "There is no emulator"
        _say(f"{found}. Start one in another terminal: wpslab serve --az{_option(folder)}")
        raise typer.Exit(1)
    for line in az_env.lines(az_env.variables(folder, running, os.environ, identity=identity), language):
        typer.echo(line)
    _say_how_to_sign_in(folder, running, language, identity=identity)


def _undo(folder: AzFolder, shell: Shell) -> None:
    values = az_env.undone(os.environ)
    for line in az_env.lines(values or {}, shell):
        typer.echo(line)
    if values is None:
        _say("This shell was not pointed at an emulator; it stays as it is.")
    if running := folder.running():
        _say(f"The emulator at {running.endpoint} runs on: Ctrl+C in its terminal ends it.")
    try:
        removed = folder.remove()
    except OSError as error:
        _say(f"{folder.path} cannot be removed: {error.strerror or error}")
        raise typer.Exit(1) from error
    _say(f"{folder.path} is removed." if removed else f"There is no folder of ours at {folder.path}.")


def _say_how_to_sign_in(folder: AzFolder, running: Running, shell: Shell, *, identity: bool) -> None:
    if az_env.extension_folder(az_env.restored(os.environ)) is None:
        _say("You have no extensions of az. The one for `az webpubsub` comes from the internet:")
        _say("  az extension add --name webpubsub")
    commands = az_env.sign_in(folder, running, shell, identity=identity)
    if commands is None:
        _say("In this folder az is signed in already: nothing more to do.")
    else:
        _say(f"Then sign in there, once:\n\n  {commands}\n")


def _evaluate(command: str, shell: Shell) -> str:
    return f'eval "$({command})"' if shell is Shell.POSIX else f"{command} | Out-String | Invoke-Expression"


def _option(folder: AzFolder) -> str:
    """Return what names a folder that is not found without being named."""
    from .az_folder import AzFolder

    if folder == AzFolder.choose(None, os.environ):
        return ""
    return f" --az-dir {shlex.quote(str(folder.path))}"


def _say(text: str) -> None:
    typer.echo(text, err=True)
