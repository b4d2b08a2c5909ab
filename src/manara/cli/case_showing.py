"""How a case is shown on a terminal."""

from __future__ import annotations

import click

from manara.casework import Case
from manara.cli.output import print_table


def print_case(case: Case) -> None:
    """Print a case for a person."""
    click.secho(case.title or case.id, bold=True)
    sealed = ", sealed" if case.sealed else ""
    click.echo(f"case         {case.id}, {case.status}{sealed}")
    if case.status == "erased":
        return
    click.echo(f"purpose      {case.purpose}")
    click.echo(f"legal basis  {case.legal_basis}")
    click.echo(f"opened       {case.opened_at:%Y-%m-%d %H:%M} by {case.opened_by}")
    click.echo(f"officers     {', '.join(sorted(case.officers))}")
    click.echo(f"handling     {case.handling.label}")
    click.echo(f"journal      {case.entries} entries, the last {case.head[:16]}")
    _print_people(case)
    _print_tasks(case)
    _print_evidence(case)
    for one in case.notes:
        click.echo(f"\n{one.at:%Y-%m-%d %H:%M} {one.by}: {one.values['text']}")
    for asked in case.pending():
        click.echo(f"\nrequest {asked.number} waits: {asked.action}, asked by {asked.by}")


def _print_people(case: Case) -> None:
    if case.people or case.partners:
        click.echo("\ninvolved")
    print_table(
        ("key", "name", "role", "entity"),
        ((one.key, one.values["name"], one.values["role"], one.values["entity"])
         for one in case.people),
    )  # fmt: skip
    for one in case.partners:
        click.echo(f"partner {one.values['node']}: {one.values['reason']}")


def _print_tasks(case: Case) -> None:
    if case.tasks:
        click.echo("\ntasks")
    print_table(
        ("key", "owner", "due", "result", "title"),
        ((task.key, task.owner, str(task.due or ""), task.result or "open", task.title)
         for task in case.tasks),
    )  # fmt: skip


def _print_evidence(case: Case) -> None:
    if case.evidence or case.documents:
        click.echo("\nevidence and documents")
    print_table(
        ("key", "kind", "label", "id"),
        ((one.key, one.values.get("kind", "document"),
          one.values.get("label") or one.values["name"], one.values["ref"][:21])
         for one in (*case.evidence, *case.documents)),
    )  # fmt: skip
    if case.custody:
        click.echo("\nchain of custody")
    whole = {None: "", True: "as received", False: "NOT AS RECEIVED"}
    print_table(
        ("item", "when", "what", "who", "how", "file"),
        ((one.values["item"], one.values["when"][:16].replace("T", " "), one.values["what"],
          one.values["who"], one.values["how"], whole[one.values["intact"]])
         for one in case.custody),
    )  # fmt: skip
