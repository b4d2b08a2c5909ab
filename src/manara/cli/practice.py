"""Commands for documents of good practice: practice."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from manara.cli.look import as_of_option
from manara.cli.output import json_option, print_json, print_list, print_table
from manara.pipeline.practice import practice as one_practice
from manara.pipeline.practice import practices
from manara.store import Workspace

_language_option = click.option("--language", default="", help="Language, such as fr or ara.")


@click.group()
def practice() -> None:
    """Read playbooks, indicators, lessons and guidance of one's own and of partners."""


@practice.command("list")
@click.argument("words", nargs=-1)
@_language_option
@as_of_option
@json_option
@click.pass_obj
def practice_list(
    folder: Path | None, words: tuple[str, ...], language: str, as_of: datetime | None,
    as_json: bool,
) -> None:  # fmt: skip
    """List the documents in which all WORDS occur, the best answer first; without any, all."""
    with Workspace.open(folder) as workspace:
        found = practices(workspace.view(as_of), " ".join(words), language)
    if as_json:
        print_list(
            {name: value for name, value in asdict(one).items() if name != "body"} for one in found
        )
        return
    print_table(
        ("entity", "kind", "language", "version", "date", "handling", "title"),
        (
            (o.entity, o.kind, o.language, o.version or "-", o.date or "-", o.handling, o.title)
            for o in found
        ),
    )


@practice.command("show")
@click.argument("document")
@_language_option
@as_of_option
@json_option
@click.pass_obj
def practice_show(
    folder: Path | None, document: str, language: str, as_of: datetime | None, as_json: bool
) -> None:
    """Show DOCUMENT, by the id that its translations share or by its own."""
    with Workspace.open(folder) as workspace:
        one = one_practice(workspace.view(as_of), document, language)
    if as_json:
        print_json(asdict(one))
        return
    click.secho(one.title, bold=True)
    told = (one.kind, one.language, one.version and f"version {one.version}", one.date, one.author)
    click.echo(", ".join(filter(None, told)))
    click.echo(one.handling)
    for part in filter(None, (one.summary, one.body)):
        click.echo(f"\n{part}")


COMMANDS = (practice,)
