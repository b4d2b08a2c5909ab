"""The command that answers over HTTP."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

import click

from manara.cli.output import json_option, print_json
from manara.store import Workspace


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Name or address to listen at."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="TCP port; 0 for any that is free.",
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of tokens, one a line, of which a request must bring one.",
)
@json_option
@click.pass_obj
def serve(
    folder: Path | None, host: str, port: int, token_file: Path | None, as_json: bool
) -> None:
    """Answer screening requests over HTTP until stopped (Ctrl-C).

    Where taxii.toml names collections, TAXII 2.1 is answered as well, to its own accounts.

    Only this machine can ask, unless a token file is given. New editions of lists are picked up
    while it runs. Each request is logged on standard error, never what was asked.
    """
    from manara.console import serve as serve_workspace

    def ready(address: str) -> None:
        if as_json:
            print_json({"address": address})
        else:
            click.echo(f"Manara answers at {address}")

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    with Workspace.open(folder) as workspace, suppress(KeyboardInterrupt):
        serve_workspace(workspace, host=host, port=port, token_file=token_file, ready=ready)


COMMANDS = (serve,)
