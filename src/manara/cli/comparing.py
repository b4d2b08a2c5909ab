"""The command that puts two names side by side."""

from __future__ import annotations

from typing import Any

import click

from manara.cli.output import json_option, print_json
from manara.identity import NameEntry, Query, compare
from manara.model import UsageError


@click.command(name="compare")
@click.argument("name")
@click.argument("other")
@click.option(
    "--kind",
    type=click.Choice(["person", "organisation", "vessel"]),
    help="What both name, where that is known.",
)
@json_option
def compare_names(name: str, other: str, kind: str | None, as_json: bool) -> None:
    """Show how probable it is that NAME and OTHER are one, and why.

    Answers for two names that somebody has a reason to compare, not for hits on a list.
    """
    if not name.strip() or not other.strip():
        raise UsageError("nothing to compare", remedy="give two names")
    found = compare(Query(name, kind=kind or ""), NameEntry("", other, kind or ""))
    told = [str(step) for step in found.explanation]
    answer: dict[str, Any] = {"name": name, "other": other, "probability": found.probability}
    if as_json:
        print_json(answer | {"explanation": told})
        return
    click.echo(f"{found.probability:.3f}  {name}  {other}")
    for line in told or ["no word is alike"]:
        click.echo(f"       {line}")


COMMANDS = (compare_names,)
