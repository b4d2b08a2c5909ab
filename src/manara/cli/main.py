"""The root command: its options, its sub-commands, and how it ends."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click
import msgspec

from manara import __version__
from manara.cli.output import BAD_INPUT, INTERNAL_ERROR
from manara.model import ManaraError

#: The commands in the order of the work, and the module each is in.
_COMMANDS = {
    "init": "workspace",
    "sources": "take_in",
    "ingest": "take_in",
    "run": "take_in",
    "resolve": "resolution",
    "review": "resolution",
    "screen": "screening",
    "compare": "comparing",
    "rescreen": "rescreening",
    "rates": "screening",
    "thresholds": "thresholds",
    "serve": "serving",
    "account": "accounts",
    "detect": "leads",
    "leads": "leads",
    "lead": "leads",
    "decide": "leads",
    "case": "cases",
    "retention": "retention",
    "subject-access": "retention",
    "recompute": "leads",
    "sightings": "cyber",
    "paths": "ties",
    "around": "ties",
    "money": "money",
    "risk": "risk",
    "find": "look",
    "show": "look",
    "export": "look",
    "practice": "practice",
    "taxii": "taxii",
    "network": "network",
    "disrupt": "disruption",
    "judge": "resolution",
    "split": "resolution",
    "withdraw": "workspace",
    "rejects": "take_in",
    "status": "workspace",
    "history": "workspace",
    "node": "partners",
    "partner": "partners",
    "package": "packages",
    "blind": "blind",
    "request": "requests",
    "recall": "recalls",
    "exchange": "exchanging",
    "log": "auditing",
    "verify": "auditing",
    "exercise": "exercise",
    "demo": "demo",
}


class _Group(click.Group):
    """Loads a command's module when the command is used, so that none waits for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"manara.cli.{_COMMANDS[cmd_name]}")
        commands: dict[str, click.Command] = {c.name: c for c in module.COMMANDS}
        return commands[cmd_name]


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="manara")
@click.option(
    "-w",
    "--workspace",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="MANARA_WORKSPACE",
    help="The workspace; else $MANARA_WORKSPACE, else the nearest one upward from here.",
)
@click.pass_context
def cli(context: click.Context, folder: Path | None) -> None:
    """Turn watch lists, registers and reports into resolved, sourced facts.

    A workspace is a folder that holds everything one office knows. Make one with `manara init`,
    put sources in with `manara ingest`, find out who is the same with `manara run`, and look with
    `manara find` and `manara show`.

    Exit status: 0 done, 1 done but some input was set aside (see `manara rejects`), 2 bad usage or
    input, 3 internal error.
    """
    context.obj = folder


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status.

    Args:
        arguments: without the program's name; None takes those of the process.
    """
    try:
        status = cli.main(arguments, prog_name="manara", standalone_mode=False)
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    except click.ClickException as error:
        error.show()
        status = BAD_INPUT
    except click.Abort:
        click.echo("manara: interrupted", err=True)
        status = BAD_INPUT
    except ManaraError as error:
        _tell(error, arguments)
        status = error.exit_status
    except BrokenPipeError:
        # The reader of our output went away, as `head` does: not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except Exception as error:
        if os.environ.get("MANARA_DEBUG"):
            traceback.print_exc()
        click.echo(f"manara: internal error: {type(error).__name__}: {error}", err=True)
        click.echo("Please report it; MANARA_DEBUG=1 shows where it happened.", err=True)
        status = INTERNAL_ERROR
    sys.exit(status)


def _tell(error: ManaraError, arguments: Sequence[str] | None) -> None:
    """Print an error on standard error: a sentence, or the JSON envelope if JSON was asked for."""
    words = sys.argv[1:] if arguments is None else arguments
    if "--json" in words:
        sys.stdout.flush()
        click.echo(msgspec.json.encode(error.envelope()).decode(), err=True)
    else:
        click.echo(f"manara: {error}", err=True)
