"""Command line: `wpslab serve`, `wpslab token`, `wpslab doctor`."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

from . import __version__
from .cli_az import PORT as AZ_PORT
from .cli_az import AzDir, AzPort, AzSide, WithAz, az_env_command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from .doctor import Finding
    from .emulator import Emulator, EventHandler

INSTALL_COURSE = 'pip install "wpslab[course]"'

app = typer.Typer(
    name="wpslab",
    help="Azure Web PubSub on this machine, for learning and for tests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command `wpslab`."""
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="The port to listen on; 0 is a free one.", min=0, max=65535)] = 0,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    allow_remote_clients: Annotated[
        bool, typer.Option("--allow-remote-clients", help="Needed for a --host that other machines can reach.")
    ] = False,
    hub: Annotated[list[str] | None, typer.Option(help="A hub that exists from the start. Repeatable.")] = None,
    anonymous: Annotated[list[str] | None, typer.Option(help="A hub open to anonymous clients. Repeatable.")] = None,
    event_handler: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[HUB=]URL_TEMPLATE",
            help="A webhook for all events of that hub, or of all hubs; {hub} and {event} are replaced. Repeatable.",
        ),
    ] = None,
    short_waits: Annotated[
        bool, typer.Option("--short-waits", help="Retry webhooks after 0.05 s, not after 1 s, and wait 5 s at most.")
    ] = False,
    access_key: Annotated[str | None, typer.Option(help="The access key; by default fresh and random.")] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Remember what happens, and write it to standard error.")
    ] = False,
    translator: Annotated[
        bool, typer.Option("--translator", help="Run the Translator, too, and print its three variables.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Make the first line one JSON object.")] = False,
    az: WithAz = False,
    az_port: AzPort = AZ_PORT,
    az_dir: AzDir = None,
) -> None:
    """Run the emulator until Ctrl+C. The first line on standard output is its connection string."""
    from .emulator import Emulator, UpstreamOptions

    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    if trace:
        logging.getLogger("wpslab.emulator").setLevel(logging.DEBUG)
    logging.getLogger("wpslab.emulator.failures").addFilter(_explained)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        handlers = _event_handlers(event_handler or ())
        emulator = Emulator(
            hubs=hub or (),
            anonymous_hubs=anonymous or (),
            access_key=access_key,
            host=host,
            port=port,
            allow_remote_clients=allow_remote_clients,
            trace=trace,
            event_handlers=handlers.pop(None, ()),
            upstream_options=UpstreamOptions.short() if short_waits else None,
        ).start()
    except ValueError as error:
        raise typer.BadParameter(_with_flag(str(error))) from error
    except OSError as error:
        raise typer.BadParameter(f"Cannot listen on {host}, port {port}: {error.strerror or error}") from error
    try:
        for name, own in handlers.items():
            if name is not None:
                emulator.configure_hub(name, event_handlers=[*own, *emulator.hub_settings(name).event_handlers])
        side = AzSide.open(emulator, az_port, az_dir) if az else None
        variables = _start_translator() if translator else {}
        if as_json:
            typer.echo(_first_line(emulator, side, variables))
        else:
            typer.echo("\n".join([emulator.connection_string, *map("=".join, variables.items())]))
        typer.echo(f"Web PubSub emulator at {emulator.endpoint}. Ctrl+C ends it.", err=True)
        if side is not None and not as_json:
            side.explain()
        if host in ("0.0.0.0", "::"):
            typer.echo("On other machines, replace 127.0.0.1 by this machine's name or address.", err=True)
        while not stopped.wait(0.5):  # a wait without limit would not see Ctrl+C on Windows
            pass
    finally:
        emulator.stop()


def _explained(record: logging.LogRecord) -> bool:
    """Make the explanation of a failure of its log record."""
    from .explain import explain

    if isinstance(record.args, tuple) and record.args:
        record.msg, record.args = str(explain(record.args)).replace("\n", " "), None  # type: ignore[arg-type]
    return True


def _start_translator() -> dict[str, str]:
    """Start the Translator, which ends with the process; return the variables by which programs find it."""
    try:
        from .translator import Translator
        from .translator.environment import ENDPOINT, KEY, REGION

        started = Translator().start()
    except ImportError as error:
        raise typer.BadParameter(f"--translator needs the course's packages: {INSTALL_COURSE} ({error}).") from error
    return {ENDPOINT: started.endpoint, KEY: started.key, REGION: started.region or ""}


def _first_line(emulator: Emulator, side: AzSide | None, variables: dict[str, str]) -> str:
    return json.dumps(
        {
            "connectionString": emulator.connection_string,
            "endpoint": emulator.endpoint,
            "accessKey": emulator.access_key,
            "managementEndpoint": emulator.management.endpoint,
            "managementToken": emulator.management.token,
            "hubs": sorted(emulator.snapshot().hubs),
        }
        | ({} if side is None else side.members())
        | ({"variables": variables} if variables else {})
    )


def _event_handlers(texts: Iterable[str]) -> dict[str | None, list[EventHandler]]:
    """Read `[HUB=]URL_TEMPLATE`; handlers of all hubs stand under None. Raises ValueError."""
    from .emulator import EventHandler
    from .emulator.core.errors import BadRequest
    from .emulator.core.event_handler import mask_query
    from .emulator.core.names import hub_key

    found: dict[str | None, list[EventHandler]] = {}
    for text in texts:
        before, _, after = text.partition("=")
        hub, template = (None, text) if "/" in before or not after else (before, after)
        try:
            key = None if hub is None else hub_key(hub)
            handler = EventHandler(template, "*", ("connect", "connected", "disconnected"))
        except (BadRequest, ValueError) as error:
            raise ValueError(f"--event-handler {mask_query(text)}: {error}") from error
        found.setdefault(key, []).append(handler)
    return found


def _with_flag(sentence: str) -> str:
    return sentence.replace("allow_remote_clients=True", "--allow-remote-clients")


@app.command()
def token(
    hub: Annotated[str, typer.Option(help="The hub to connect to.")],
    user_id: Annotated[str | None, typer.Option(help="Who connects; without it, nobody in particular.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="Such as webpubsub.joinLeaveGroup. Repeatable.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="A group to be in from the start. Repeatable.")] = None,
    minutes: Annotated[int, typer.Option(help="How long it may be used to connect.", min=1)] = 60,
    connection_string: Annotated[str | None, typer.Option(help="Default: the environment's.")] = None,
) -> None:
    """Print a client access URL: an address with an access token, signed on this machine."""
    from .connection_string import VARIABLES, ConnectionString
    from .emulator.core.errors import BadRequest
    from .emulator.core.names import check_group, hub_key
    from .emulator.core.tokens import client_access_url

    text = connection_string or next((os.environ[name] for name in VARIABLES if os.environ.get(name)), None)
    if text is None:
        raise typer.BadParameter("Give --connection-string, or set WEBPUBSUB_CONNECTION_STRING.")
    try:
        target = ConnectionString.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"The connection string cannot be used: {error}") from error
    try:
        hub_key(hub)
        for name in group or ():
            check_group(name)
    except BadRequest as error:
        raise typer.BadParameter(str(error)) from error
    url = client_access_url(
        target.endpoint,
        target.access_key,
        hub,
        now=time.time(),
        minutes=minutes,
        user_id=user_id,
        roles=role or (),
        groups=group or (),
    )
    typer.echo(url)


@app.command(
    "az",
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,
        "help_option_names": [],
    },
)
def az(context: typer.Context) -> None:
    """Run a command of the Azure CLI on the service in WEBPUBSUB_CONNECTION_STRING, such as: webpubsub key show."""
    try:
        from .az.shell import main as run
    except ImportError as error:
        raise typer.BadParameter(f"wpslab az needs the course's packages: {INSTALL_COURSE} ({error}).") from error
    raise typer.Exit(run(context.args))


app.command("az-env")(az_env_command)


@app.command()
def doctor() -> None:
    """Check this machine for the course, and say what to do where something is missing."""
    from rich.console import Console

    from .doctor import examine

    findings = examine()
    Console(width=None if os.isatty(1) else 120).print(_table(findings))
    if any(finding.verdict == "problem" for finding in findings):
        raise typer.Exit(1)


def _table(findings: Iterable[Finding]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("", "what", "found", "what to do", title="wpslab doctor", title_justify="left")
    colours = {"ok": "green", "note": "yellow", "problem": "red"}
    for finding in findings:
        # Text takes brackets as they are; a plain string would lose ".[course]" as markup.
        verdict = Text(finding.verdict, colours[finding.verdict])
        table.add_row(verdict, Text(finding.what), Text(finding.found), Text(finding.advice))
    return table


if __name__ == "__main__":
    main()
