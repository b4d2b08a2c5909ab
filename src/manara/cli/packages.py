"""Commands about what goes to partners and comes from them: package."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from manara.cli.officers import officer_of
from manara.cli.output import DONE_WITH_REJECTS, json_option, print_json, print_list, print_table
from manara.cli.partners import given_file, new_file, officer_option, write
from manara.store import Workspace

file_option = click.option(
    "--file", "path", type=new_file, help="Where to write the package; else into the outbox."
)


@click.group()
def package() -> None:
    """Share entities and leads with a partner, as far as their handling rules allow."""


def _request(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.argument("entities", metavar="[ENTITY]...", nargs=-1),
        click.option("--to", required=True, help="The partner."),
        click.option("--purpose", required=True, help="What it may be used for."),
        click.option("--lead", "leads", multiple=True, help="A lead; repeatable."),
        click.option("--linked", is_flag=True, help="Also what is one step from the entities."),
        click.option("--basis", default="", help="The law or agreement it is sent under."),
        click.option("--case", default="", help="Reference of the case it is sent for."),
        click.option("--consent", "consents", multiple=True,
                     help="An originator that has consented; repeatable."),
        click.option("--days", type=click.IntRange(1), default=30, show_default=True,
                     help="How long the package may be opened."),
        click.option("--answers", default="", help="The request that it answers."),
        officer_option,
        json_option,
        click.pass_obj,
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@package.command("prepare")
@_request
def package_prepare(folder: Path | None, /, officer: str, as_json: bool, **asked: Any) -> None:
    """Show what of the ENTITYs and leads would go, and what is held back by which rule.

    Nothing leaves: `manara package release` makes the package.
    """
    from manara.exchange import Node, prepare

    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        by = officer_of(node, officer, asked["to"])
        draft, selection = prepare(node, _asked(asked), by=by)
    _show(draft.id, selection, as_json)


@package.command("drafts")
@json_option
@click.pass_obj
def package_drafts(folder: Path | None, as_json: bool) -> None:
    """List what was prepared and is not released yet."""
    from manara.exchange import Node, drafts

    with Workspace.open(folder) as workspace:
        waiting = drafts(Node(workspace))
    if as_json:
        print_list(waiting)
        return
    print_table(
        ("draft", "for", "purpose", "entities", "leads", "prepared by"),
        (
            (
                d.id,
                d.request.to,
                d.request.purpose,
                len(d.request.entities),
                len(d.request.leads),
                d.by,
            )
            for d in waiting
        ),
    )


@package.command("release")
@click.argument("draft")
@file_option
@officer_option
@json_option
@click.pass_obj
def package_release(
    folder: Path | None, draft: str, path: Path | None, officer: str, as_json: bool
) -> None:
    """Release DRAFT: write the package, signed and sealed for its receiver.

    Where four eyes were agreed, another officer than the one who prepared it must.
    """
    from manara.exchange import Node, drafts, release

    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        (to, *more) = [each.request.to for each in drafts(node) if each.id.startswith(draft)] or [
            ""
        ]
        by = officer_of(node, officer, to) if to and not more else officer
        released = release(node, draft, by=by)
        _hand_over(workspace, released, path)
    _show(released.id, released.selection, as_json, path)


@package.command("refuse")
@click.argument("draft")
@click.option("--reason", required=True, help="Why it may not go.")
@officer_option
@json_option
@click.pass_obj
def package_refuse(
    folder: Path | None, draft: str, reason: str, officer: str, as_json: bool
) -> None:
    """Refuse to release DRAFT; it stays to be looked at."""
    from manara.exchange import Node, refuse

    with Workspace.open(folder) as workspace:
        refused = refuse(Node(workspace), draft, reason, by=officer or getpass.getuser())
    if as_json:
        print_json({"package": refused.id, "refused_by": refused.refused_by})
    else:
        click.echo(f"{refused.id} is not released: {refused.ground}")


@package.command("export")
@file_option
@_request
def package_export(
    folder: Path | None, /, path: Path | None, officer: str, as_json: bool, **asked: Any
) -> None:
    """Prepare and release in one step, where one officer may."""
    from manara.exchange import Node, prepare, release

    with Workspace.open(folder) as workspace:
        node = Node(workspace)
        who = officer_of(node, officer, asked["to"])
        released = release(node, prepare(node, _asked(asked), by=who)[0].id, by=who)
        _hand_over(workspace, released, path)
    _show(released.id, released.selection, as_json, path)


@package.command("import")
@click.argument("path", metavar="FILE", type=given_file)
@click.option("--receipt", type=new_file, help="Write the receipt for its sender to this file.")
@officer_option
@json_option
@click.pass_obj
def package_import(
    folder: Path | None, path: Path, receipt: Path | None, officer: str, as_json: bool
) -> None:
    """Take the package in FILE in, under the rules it came with."""
    from manara.exchange import Node, import_package

    with Workspace.open(folder) as workspace:
        done = import_package(Node(workspace), path.read_bytes(), by=officer or getpass.getuser())
    if receipt:
        write(receipt, done.receipt)
    if as_json:
        shown = done._asdict() | {"refused": [each._asdict() for each in done.refused]}
        del shown["receipt"]
        print_json(shown)
    else:
        click.echo(f"package   {done.package} of {done.sender}, for {done.purpose}")
        told = f"{done.facts} facts, {done.events} events ({done.added} new), {done.leads} leads"
        click.echo(f"taken in  {told}")
        click.echo(f"its log   {done.log}")
        if done.recalled or done.passed:
            click.echo(f"taken back  {done.recalled} facts, told {', '.join(done.passed) or '-'}")
        print_table(("not taken in", "rule", "why"), (each[1:] for each in done.refused))
    if done.refused:
        raise click.exceptions.Exit(DONE_WITH_REJECTS)


@package.command("receipt")
@click.argument("path", metavar="FILE", type=given_file)
@officer_option
@json_option
@click.pass_obj
def package_receipt(folder: Path | None, path: Path, officer: str, as_json: bool) -> None:
    """Note the receipt in FILE, by which a partner confirms what it took in."""
    from manara.exchange import Node, take_receipt

    with Workspace.open(folder) as workspace:
        told = take_receipt(Node(workspace), path.read_bytes(), by=officer or getpass.getuser())
    if as_json:
        print_json({"package": told.package, "from": told.sender, "facts": told.facts,
                    "events": told.events, "leads": told.leads})  # fmt: skip
    else:
        click.echo(
            f"{told.sender} took in {told.facts} facts, {told.events} events, {told.leads} leads"
        )
        if told.recalled:
            click.echo(f"{told.recalled} facts are gone there")


def _hand_over(workspace: Workspace, released: Any, path: Path | None) -> None:
    from manara.exchange.outbox import Outbox

    if path:
        write(path, released.sealed)
    else:
        Outbox(workspace).put(released.to, released.sealed, released.own)


def _asked(values: dict[str, Any]) -> Any:
    from manara.exchange import Request

    lists: dict[str, Any] = {
        name: list(values.pop(name)) for name in ("entities", "leads", "consents")
    }
    return Request(**lists, **values)


def _show(package_id: str, selection: Any, as_json: bool, path: Path | None = None) -> None:
    facts = [fact for fact, _ in selection.facts]
    if as_json:
        print_json(
            {
                "package": package_id,
                "file": str(path) if path else None,
                "facts": [fact.id for fact in facts],
                "events": [event.id for event, _ in selection.events],
                "leads": [lead.id for lead, _ in selection.leads],
                "held": [each._asdict() for each in selection.held],
            }
        )
        return
    click.echo(f"package  {package_id}")
    rows: list[tuple[str, str, str]] = [
        ("goes", f"{fact.entity_id} {fact.prop} = {fact.value}", rule.label)
        for fact, rule in selection.facts
    ]
    rows += [("goes", event.what, rule.label) for event, rule in selection.events]
    rows += [("goes", lead.finding.title, rule.label) for lead, rule in selection.leads]
    rows += [("stays", each.what, f"{each.rule}: {each.reason}") for each in selection.held]
    print_table(("", "what", "under which rule"), rows)
    if path:
        click.echo(f"written to {path}")


COMMANDS = (package,)
