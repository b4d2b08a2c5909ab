"""The command that makes an exercise."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from manara.cli.output import json_option, print_json


@click.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--scenario", default="four-coasts", show_default=True, help="Which invented world.")
@click.option("--seed", default=7, show_default=True, help="Of all chance: same seed, same bytes.")
@click.option(
    "--size", default="small", show_default=True, help="small, medium, large or a number of people."
)
@json_option
def new(folder: Path, scenario: str, seed: int, size: str, as_json: bool) -> None:
    """Make an exercise in DIR: what each agency of each state would hold, and the answers.

    The scenarios are `four-coasts` and `archipelago`; all of them is invented. A small world has
    some hundreds of people, a medium one a hundred thousand, a large one five million (some
    gigabytes, some minutes). The agencies' files are in `nodes`, with a manifest that says when
    each becomes known; the answers are in `truth`, and no node looks there.
    """
    from manara.exercise.new import new_exercise

    live = sys.stderr.isatty()
    made = new_exercise(
        scenario,
        seed,
        size,
        folder,
        lambda step: click.echo(f"{step} …", err=True) if live else None,
    )
    if as_json:
        print_json({"folder": str(folder), "scenario": scenario, "seed": seed, "size": size} | made)
        return
    click.echo(", ".join(f"{count:,} {name}" for name, count in made.items()))
    click.echo(f"next: manara exercise run {folder}")
