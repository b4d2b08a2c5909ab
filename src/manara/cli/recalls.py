"""Commands that take back what partners got: recall."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from manara.cli.output import json_option, print_list, print_table
from manara.cli.partners import officer_option
from manara.store import Workspace


@click.group()
def recall() -> None:
    """Take back what partners got, or correct it, and see who has done so."""


@recall.command("send")
@click.argument("entities", metavar="[ENTITY]...", nargs=-1)
@click.option("--fact", "facts", multiple=True, help="A fact, by its id; repeatable.")
@click.option("--package", "packages", multiple=True, help="All in a package; repeatable.")
@click.option("--gone", is_flag=True, help="Whatever was sent and is not stated here any more.")
@click.option("--correct", is_flag=True, help="Send what is stated now in its place.")
@click.option("--reason", required=True, help="Why; every receiver gets to read it.")
@officer_option
@json_option
@click.pass_obj
def recall_send(
    folder: Path | None, /, officer: str, as_json: bool, reason: str, gone: bool, correct: bool,
    **named: tuple[str, ...],
) -> None:  # fmt: skip
    """Take what was sent about the ENTITYs back from every partner that got it.

    The messages wait in the outbox. Partners that have passed it on pass the recall on.
    """
    from manara.exchange import Node, Order, recall_facts

    order = Order(reason, gone=gone, correct=correct, **named)
    with Workspace.open(folder) as workspace:
        made = recall_facts(Node(workspace), order, by=officer or getpass.getuser())
    if as_json:
        print_list({"recall": s.id, "to": s.to, "facts": len(s.recalls)} for s in made)
        return
    print_table(("recall", "to", "facts"), ((s.id, s.to, len(s.recalls)) for s in made))
    click.echo("they wait in the outbox: `manara exchange send` or `manara exchange outbox`")


@recall.command("status")
@json_option
@click.pass_obj
def recall_status(folder: Path | None, as_json: bool) -> None:
    """Show each recall, whom it has reached, and who has not confirmed it yet."""
    from manara.exchange import Node, all_sent, spread

    rows: list[dict[str, Any]] = []
    with Workspace.open(folder) as workspace:
        for sent in all_sent(Node(workspace).workspace):
            if sent.recalls:
                passed, waiting = spread([sent])
                rows.append({
                    "recall": sent.id, "to": sent.to, "facts": len(sent.recalls),
                    "answered": sent.answered, "recalled": sent.recalled,
                    "reached": sorted(set(passed) - set(waiting)), "waiting": waiting,
                })  # fmt: skip
    if as_json:
        print_list(rows)
        return
    print_table(
        ("recall", "to", "facts", "gone there", "confirmed", "not confirmed"),
        (
            (
                row["recall"], row["to"], row["facts"], row["recalled"],
                ", ".join(row["reached"]) or "-", ", ".join(row["waiting"]) or "-",
            )
            for row in rows
        ),
    )  # fmt: skip


COMMANDS = (recall,)
