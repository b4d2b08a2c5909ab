"""Commands for blind questions: does a partner know this one, without showing whom: blind."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from manara.cli.officers import officer_of
from manara.cli.output import json_option, print_json
from manara.cli.partners import officer_option
from manara.model import UsageError
from manara.store import Workspace


@click.group()
def blind() -> None:
    """Ask whether a partner knows somebody or something, without saying whom or what."""


@blind.command("table")
@click.option("--to", required=True, help="The partner.")
@click.option("--purpose", required=True, help="What it may ask for.")
@officer_option
@json_option
@click.pass_obj
def blind_table(folder: Path | None, to: str, purpose: str, officer: str, as_json: bool) -> None:
    """Let a partner ask this month for what it may learn of for a purpose.

    The table tells it nothing without answers of this node, and waits in the outbox.
    """
    from manara.exchange import Node
    from manara.exchange.blind import make_table
    from manara.exchange.node import today
    from manara.exchange.outbox import Outbox

    with Workspace.open(folder) as workspace:
        table = make_table(Node(workspace), to, purpose, today(), by=officer or getpass.getuser())
        Outbox(workspace).put(to, table)
    if as_json:
        print_json({"to": to, "purpose": purpose, "bytes": len(table)})
    else:
        click.echo(f"a table of {len(table):,} bytes for {to} waits in the outbox")


@blind.command("ask")
@click.argument("name", default="")
@click.option("--to", required=True, help="The partner.")
@click.option("--birth-date", "births", multiple=True, help="Date of birth, ISO 8601.")
@click.option(
    "--document",
    "documents",
    multiple=True,
    help="Number of a document, account, vessel, wallet, vehicle …, as KIND:NUMBER or alone; "
    "a firearm as serial:MAKE:NUMBER; repeatable.",
)
@click.option("--place", "places", multiple=True, help="Place of birth or residence; repeatable.")
@click.option("--entity", default="", help="Ask for what is known here of this entity instead.")
@click.option("--purpose", required=True, help="What the answer is for.")
@click.option("--basis", required=True, help="The law or agreement it is asked under.")
@click.option("--case", required=True, help="Reference of the case.")
@click.option("--second-officer", default="", help="Who approved it, where four eyes are agreed.")
@officer_option
@json_option
@click.pass_obj
def blind_ask(
    folder: Path | None, /, name: str, to: str, births: tuple[str, ...],
    documents: tuple[str, ...], places: tuple[str, ...], entity: str, purpose: str, basis: str,
    case: str, second_officer: str, officer: str, as_json: bool,
) -> None:  # fmt: skip
    """Ask a partner whether it knows the person NAME, or the thing with a number.

    The partner learns who asked, when, for which case and purpose, and nothing else. A hit is a
    reason for `manara request send`, never a decision.
    """
    from manara.exchange import Node
    from manara.exchange.blind import Person, ask, kept_table, person_of, stated_number
    from manara.exchange.delivery import ask_over

    if bool(entity) == bool(name or documents):
        raise UsageError(
            "asks for nobody, or for two", where="blind ask",
            remedy="give a NAME, a --document or an --entity",
        )  # fmt: skip
    by = officer or getpass.getuser()
    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        asked = (
            person_of(workspace.view(), entity)
            if entity
            else Person(
                (name,) if name else (), births, tuple(map(stated_number, documents)), places
            )
        )
        table = kept_table(node, to, purpose)
        officers = [officer_of(node, by, to)]
        officers += [officer_of(node, second_officer, to)] if second_officer else []
        asking = ask(node, table, asked, case=case, basis=basis, officers=officers)
        match = asking.read(ask_over(node, to, asking.message), by=officers[0])
    if as_json:
        print_json({"to": to, "strong": match.strong, **match._asdict()})
    elif match.hit:
        told = "" if match.strong else ", which is a hint only"
        click.echo(f"hit at {to}: {', '.join(match.agreed)} agreed{told}")
    else:
        click.echo(f"no hit at {to}")


COMMANDS = (blind,)
