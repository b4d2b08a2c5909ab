"""Commands that carry messages between nodes: exchange."""

from __future__ import annotations

import getpass
import logging
from contextlib import suppress
from pathlib import Path

import click

from manara.cli.output import (
    DONE_WITH_REJECTS,
    json_option,
    print_json,
    print_list,
    print_table,
)
from manara.cli.partners import given_file, new_file, officer_option, write
from manara.model import ManaraError
from manara.store import Workspace


@click.group()
def exchange() -> None:
    """Carry messages between nodes, by network or as files."""


@exchange.command("certificate")
@click.option("--to", "path", type=new_file, required=True, help="Write it to this file.")
@officer_option
@json_option
@click.pass_obj
def exchange_certificate(folder: Path | None, path: Path, officer: str, as_json: bool) -> None:
    """Make the certificate that this node shows partners on the network."""
    from manara.exchange import Node
    from manara.exchange.tls import fingerprint

    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        pem = node.certify(by=officer or getpass.getuser())
    write(path, pem)
    if as_json:
        print_json({"node": node.id, "sha256": fingerprint(pem)})
    else:
        click.echo(f"certificate of {node.id}, SHA-256 {fingerprint(pem)}")


@exchange.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True,
              help="TCP port; 0 for any that is free.")  # fmt: skip
@json_option
@click.pass_obj
def exchange_serve(folder: Path | None, host: str, port: int, as_json: bool) -> None:
    """Take messages of partners in over HTTPS until stopped (Ctrl-C)."""
    from manara.exchange import Node
    from manara.exchange.serving import serve

    def ready(address: str) -> None:
        if as_json:
            print_json({"address": address})
        else:
            click.echo(f"takes messages at {address}")

    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    with Workspace.open(folder) as workspace, suppress(KeyboardInterrupt):
        serve(Node(workspace), host=host, port=port, ready=ready)


@exchange.command("send")
@officer_option
@json_option
@click.pass_obj
def exchange_send(folder: Path | None, officer: str, as_json: bool) -> None:
    """Hand what waits in the outbox over by network, and take the receipts.

    What cannot be handed over waits on. The exit status is 1 if anything does.
    """
    from manara.exchange import Node
    from manara.exchange.delivery import deliver

    with Workspace.open(folder) as workspace:
        done = deliver(Node(workspace), by=officer or getpass.getuser())
    if as_json:
        print_list(each._asdict() for each in done)
    else:
        print_table(("to", "message", "state", "why"), done)
    if any(each.state != "delivered" for each in done):
        raise click.exceptions.Exit(DONE_WITH_REJECTS)


@exchange.command("outbox")
@click.option("--to", "target", type=click.Path(file_okay=False, path_type=Path),
              help="Move it to this folder, as files.")  # fmt: skip
@json_option
@click.pass_obj
def exchange_outbox(folder: Path | None, target: Path | None, as_json: bool) -> None:
    """List what waits to go, or move it to a folder that is carried to the partners."""
    from manara.exchange import Node
    from manara.exchange.outbox import Outbox
    from manara.exchange.resealing import seal_anew

    with Workspace.open(folder) as workspace:
        node, outbox = Node(workspace), Outbox(workspace)
        waiting = list(outbox.waiting())
        if target:
            waiting = [seal_anew(node, one, by=getpass.getuser()) for one in waiting]
        for message in waiting if target else ():
            place = (target or Path()) / message.to
            place.mkdir(parents=True, exist_ok=True)
            write(place / message.name, message.path.read_bytes())
            outbox.done(message)
    rows = [{"to": each.to, "message": each.name} for each in waiting]
    if as_json:
        print_list(rows)
    else:
        print_table(("to", "message"), ((row["to"], row["message"]) for row in rows))


@exchange.command("take")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=given_file)
@officer_option
@json_option
@click.pass_obj
def exchange_take(
    folder: Path | None, files: tuple[Path, ...], officer: str, as_json: bool
) -> None:
    """Take the messages in FILEs in: packages, recalls, requests, receipts.

    The receipts wait in the outbox. The exit status is 1 if a message was refused.
    """
    from manara.exchange import Node, take
    from manara.exchange.outbox import Outbox
    from manara.exchange.receipts import receiver_of

    rows = []
    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        for path in files:
            row = {"file": str(path), "kind": "", "refused": ""}
            try:
                row["kind"], receipt = take(
                    node, path.read_bytes(), by=officer or getpass.getuser()
                )
                if receipt:
                    Outbox(workspace).put(receiver_of(receipt), receipt)
            except ManaraError as error:
                row["refused"] = str(error)
            rows.append(row)
    if as_json:
        print_list(rows)
    else:
        print_table(("file", "kind", "refused"), (tuple(row.values()) for row in rows))
    if any(row["refused"] for row in rows):
        raise click.exceptions.Exit(DONE_WITH_REJECTS)


COMMANDS = (exchange,)
