"""Commands of data protection: what falls due, erasure by two people, right of access."""

from __future__ import annotations

import getpass
from collections.abc import Collection, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from manara.casework.retention import AHEAD, Retention
from manara.cli.output import json_option, print_json, print_list, print_table, say
from manara.cli.partners import new_file, officer_option, write
from manara.model import UsageError
from manara.store import Workspace


@click.group("retention", invoke_without_command=True)
@click.option("--due", "only_due", is_flag=True, help="Only what is to be decided about now.")
@click.option("--days", default=AHEAD, show_default=True, help="Look so many days ahead.")
@json_option
@click.pass_context
def retention_group(context: click.Context, only_due: bool, days: int, as_json: bool) -> None:
    """Show what falls due for deletion and by which rule, and what waits for a second account."""
    if context.invoked_subcommand:
        return
    with Workspace.open(context.obj) as workspace:
        queue = Retention(workspace)
        queue.finish()
        found = [one for one in queue.due(ahead=days) if one.due or not only_due]
        waiting = queue.waiting()
    if as_json:
        print_list([*(one._asdict() for one in found), *(one._asdict() for one in waiting)])
        return
    print_table(
        ("item", "rows", "last day", "state", "rule"),
        ((one.item, one.rows, str(one.last_day or ""), _state(one), one.rule) for one in found),
    )
    for asked in waiting:
        click.echo(f"request {asked.number} waits: erase {asked.item}, asked by {asked.by}: "
                   f"{asked.reason}")  # fmt: skip
    if not found and not waiting:
        click.echo("nothing falls due")


@retention_group.command("prolong")
@click.argument("item")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The new day.")
@click.option("--reason", required=True, help="Why; without personal data, because it stays.")
@officer_option
@json_option
@click.pass_obj
def retention_prolong(
    folder: Path | None, item: str, until: datetime, reason: str, officer: str, as_json: bool
) -> None:
    """Keep ITEM longer. What its rule hides stays hidden; only its bytes are kept."""
    with Workspace.open(folder) as workspace:
        who = officer or getpass.getuser()
        Retention(workspace).prolong(item, until.date(), reason, by=who)
    say({"item": item, "until": until.date()}, f"kept until {until.date()}", as_json)


@retention_group.command("erase")
@click.argument("item")
@click.option("--reason", required=True, help="Why; without personal data, because it stays.")
@officer_option
@json_option
@click.pass_obj
def retention_erase(
    folder: Path | None, item: str, reason: str, officer: str, as_json: bool
) -> None:
    """Ask for ITEM to be erased, or with entity:ID all about a person; a second account confirms.

    Tells what would go. Files that state any of it are erased whole.
    """
    from manara.casework.erasure import reach

    with Workspace.open(folder) as workspace:
        queue = Retention(workspace)
        number = queue.ask(item, reason, by=officer or getpass.getuser())
        would = reach(workspace, queue.wanted(item))
    counts = {name: len(ids) for name, ids in would.gone._asdict().items()}
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
    text = (
        f"request {number} waits: another account runs `manara retention confirm {number}`\n{told}"
    )
    if would.cases:
        text += f"\nstands in the way: evidence in {', '.join(would.cases)}"
    say({"request": number, "counts": counts, "cases": would.cases}, text, as_json)


@retention_group.command("confirm")
@click.argument("number", type=int, required=False)
@officer_option
@json_option
@click.pass_obj
def retention_confirm(folder: Path | None, number: int | None, officer: str, as_json: bool) -> None:
    """Erase for good what request NUMBER of another account asks for; the only one without.

    Prints a receipt with a salt that is kept nowhere else: whoever has it can show which ids went.
    """
    with Workspace.open(folder) as workspace:
        queue = Retention(workspace)
        waiting = [one.number for one in queue.waiting()]
        if number is None and len(waiting) != 1:
            told = ", ".join(map(str, waiting)) or "nothing waits"
            raise UsageError("say which request", where="retention", remedy=told)
        asked = waiting[0] if number is None else number
        done = queue.confirm(asked, by=officer or getpass.getuser())
    told = ", ".join(f"{name} {count:,}" for name, count in done.counts.items() if count)
    text = f"erased: {told or 'nothing was left'}\nreceipt {done.digest} salt {done.salt}"
    say(done._asdict(), text, as_json)


@retention_group.command("refuse")
@click.argument("number", type=int)
@officer_option
@json_option
@click.pass_obj
def retention_refuse(folder: Path | None, number: int, officer: str, as_json: bool) -> None:
    """Refuse request NUMBER."""
    with Workspace.open(folder) as workspace:
        Retention(workspace).refuse(number, by=officer or getpass.getuser())
    say({"request": number}, "refused", as_json)


@click.command("subject-access")
@click.argument("who", metavar="NAME|ENTITY")
@click.option("--tell", multiple=True, metavar="DATASET",
              help="Let the person know of this dataset although its audience is narrower; "
              "repeatable.")  # fmt: skip
@click.option("--out", type=new_file, help="Write the answer to the person to this file (HTML).")
@officer_option
@json_option
@click.pass_obj
def subject_access(
    folder: Path | None, who: str, tell: tuple[str, ...], out: Path | None, officer: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Show the officer all that is held about a person; --out writes what the person may be told.

    That it was read stands in the audit log. A name that several have lists them, each with its id.
    """
    from manara.casework.right_of_access import PURPOSE, access, access_page, people_called

    with Workspace.open(folder) as workspace:
        people = people_called(workspace.view(), who)
        if len(people) > 1:
            if as_json:
                print_list({"entity": entity, "name": name} for entity, name in people)
            else:
                print_table(("entity", "name"), people)
            raise UsageError("means several", where=who, remedy="take one of these ids")
        found = access(workspace, people[0][0], sent=_sent(workspace), tell=tell)
        journal = Retention(workspace).journal
        journal.note(officer or getpass.getuser(), "read", "entity", purpose=PURPOSE,
                     ids=list(found.members))  # fmt: skip
        if out:
            write(out, access_page(found, workspace.settings.organisation).encode())
    if as_json:
        print_json(asdict(found) | {"answer": found.told()})
        return
    click.echo(f"{found.caption}  {found.entity}")
    rows = (*found.facts, *found.events)
    told = sum(row["told"] for row in rows)
    click.echo(f"{len(found.facts)} facts and {len(found.events)} events, of which the person may "
               f"be told {told}; {len(found.leads)} leads, {len(found.cases)} cases, "
               f"{len(found.sources)} sources")  # fmt: skip
    for one in found.recipients:
        click.echo(f"sent to {one['to']} for {one['purpose']}, {one['at']:%Y-%m-%d}")
    for one in found.reads:
        click.echo(f"read by {one['by']} for {one['purpose']}, {one['at']:%Y-%m-%d %H:%M}")
    click.echo(f"wrote {out}" if out else "--json shows all of it; --out writes the answer")


def _sent(workspace: Workspace) -> Iterator[tuple[str, str, datetime, Collection[str]]]:
    """Yield what went to partners: to whom, for what, when, ids."""
    from manara.exchange.sent import all_sent

    for one in all_sent(workspace):
        ids = {each for fact in one.facts for each in (fact.id, fact.entity)}
        yield one.to, one.purpose, one.at, ids


def _state(one: Any) -> str:
    if one.request:
        return f"request {one.request}"
    if one.prolonged:
        return f"kept until {one.prolonged}"
    return "due" if one.due else "coming"


COMMANDS = (retention_group, subject_access)
