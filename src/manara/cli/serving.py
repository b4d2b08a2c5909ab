"""The command that answers over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from manara.cli.output import json_option, print_json
from manara.store import Workspace

_Command = TypeVar("_Command", bound=Callable[..., Any])

#: Where to listen, to whom, and how.
_ADDRESS = (
    click.option(
        "--host", default="127.0.0.1", show_default=True, help="Name or address to listen at."
    ),
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=8000,
        show_default=True,
        help="TCP port; 0 for any that is free.",
    ),
    click.option(
        "--token-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File of tokens, one a line, of which a request must bring one.",
    ),
    click.option(
        "--certificate",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File with the server's certificate in PEM; then https is spoken.",
    ),
    click.option(
        "--key",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File with the private key of the certificate in PEM.",
    ),
)


def address_options(command: _Command) -> _Command:
    """Return a command with the options that say where to listen."""
    for option in reversed(_ADDRESS):
        command = option(command)
    return command


def check_certificate(options: Mapping[str, Any]) -> None:
    """Return if certificate and key are given both or neither.

    Raises:
        UsageError: one of them is missing.
    """
    if (options["certificate"] is None) != (options["key"] is None):
        raise click.UsageError("--certificate and --key go together")


@click.command()
@address_options
@click.option(
    "--console/--no-console",
    "with_console",
    default=True,
    help="Whether the console and its API are opened as well.",
)
@json_option
@click.pass_obj
def serve(folder: Path | None, /, as_json: bool, **options: Any) -> None:
    """Open the console, and answer screening requests over HTTP, until stopped (Ctrl-C).

    The console asks for an account; at the first start a link is printed by which the first
    administrator sets a password. It can be used once, for 24 hours.

    Where taxii.toml names collections, TAXII 2.1 is answered as well, to its own accounts.

    Only this machine can ask, unless a token file is given. New editions of lists are picked up
    while it runs. Each request is logged on standard error, never what was asked.
    """
    from manara.console.server import serve as serve_workspace

    def ready(address: str) -> None:
        if as_json:
            print_json({"address": address})
        else:
            click.echo(f"Manara answers at {address}")

    def first(link: str) -> None:
        if as_json:
            print_json({"link": link})
        else:
            click.echo(f"There is no account yet. Set the administrator's password at {link}")

    check_certificate(options)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    with Workspace.open(folder) as workspace, suppress(KeyboardInterrupt):
        serve_workspace(workspace, **options, ready=ready, first=first)


COMMANDS = (serve,)
