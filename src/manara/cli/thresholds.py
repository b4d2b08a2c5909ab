"""Commands about thresholds: what counts, what it costs, and settling it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from manara.cli.output import json_option, print_json, print_table
from manara.store import Workspace

ground_option = click.option("--ground", required=True, help="Why, in your own words.")


@click.group()
def thresholds() -> None:
    """Show and settle from when on somebody is alerted: screening, and typologies of payments.

    What is settled counts for the command line, the console and the HTTP service alike. Every
    change enters the audit log, with what it was known to cost.
    """


@thresholds.command("show")
@json_option
@click.pass_obj
def show_command(folder: Path | None, as_json: bool) -> None:
    """Show what counts, who settled it and why, and what is known of its cost on these lists."""
    from manara.casework.thresholds import told
    from manara.pipeline.screening import workspace_screen
    from manara.pipeline.thresholds import known_cost

    with _thresholds(folder) as (workspace, known):
        wanted, past, rows = known.screening(), known.history(), known.switches()
        cost = told(known_cost(wanted, workspace_screen(workspace), workspace))
    last = past[0][1] if past else None
    if as_json:
        since = {name: getattr(last, name) for name in ("by", "at", "ground")} if last else None
        switches = [_plain(one) for one in rows]
        chosen = msgspec.to_builtins(wanted) | {"cost": cost, "settled": since}
        print_json({"screening": chosen, "typologies": switches})
        return
    click.secho(f"screening: {wanted}", bold=True)
    click.echo(f"  {cost}")
    if last:
        click.echo(f"  settled {last.at:%Y-%m-%d %H:%M} by {last.by}: {last.ground}")
    heads = ("typology", "on", "leads", "confirmed", "dismissed")
    print_table(heads, ([str(cell) for cell in list(_plain(one).values())] for one in rows))


@thresholds.command("screening")
@click.option(
    "--probability", type=click.FloatRange(0, 1), help="Least probability of a hit from now on."
)
@click.option(
    "--false-alert-rate",
    "rate",
    type=click.FloatRange(0, 1),
    help="Choose it anew for the lists in force, to alert at most this share of clean people.",
)
@ground_option
@json_option
@click.pass_obj
def screening_command(
    folder: Path | None, probability: float | None, rate: float | None, ground: str, as_json: bool
) -> None:
    """Settle the threshold of screening, by a probability or by a rate of false alerts.

    Measure the lists first (manara rates), so that the audit log knows what it costs and buys.
    """
    from manara.pipeline.screening import workspace_screen
    from manara.pipeline.thresholds import Wanted

    after = Wanted.of(probability, rate)
    with _thresholds(folder) as (workspace, known):
        screen = workspace_screen(workspace)
        known.settle_screening(after, screen, by=getpass.getuser(), ground=ground)
    if as_json:
        print_json(msgspec.to_builtins(after))
    else:
        click.echo(f"screening: {after}")


@thresholds.command("typology")
@click.argument("typology_id", metavar="TYPOLOGY")
@click.argument("state", type=click.Choice(["on", "off"]))
@ground_option
@json_option
@click.pass_obj
def typology_command(
    folder: Path | None, typology_id: str, state: str, ground: str, as_json: bool
) -> None:
    """Look for TYPOLOGY from now on, or no longer; it beats what typologies.yaml says of it."""
    with _thresholds(folder) as (_, known):
        found = known.switch(typology_id, state == "on", by=getpass.getuser(), ground=ground)
    if as_json:
        print_json(_plain(found))
    else:
        click.echo(f"{typology_id}: {state}")


@thresholds.command("limit")
@click.argument("typology_id", metavar="TYPOLOGY")
@click.argument("feature")
@click.argument("bound", type=click.Choice(["at-least", "at-most"]))
@click.argument("value", type=float)
@ground_option
@json_option
@click.pass_obj
def limit_command(
    folder: Path | None,
    typology_id: str,
    feature: str,
    bound: str,
    value: float,
    ground: str,
    as_json: bool,
) -> None:
    """Settle a threshold inside TYPOLOGY from now on; its file's own value settles it no more."""
    limits = {feature: {bound.replace("-", "_"): value}}
    with _thresholds(folder) as (_, known):
        found = known.limit(typology_id, limits, by=getpass.getuser(), ground=ground)
    asked = {one.feature: str(one.bound) for one in found.typology.conditions}
    if as_json:
        print_json(_plain(found) | {"thresholds": asked})
    else:
        click.echo(f"{typology_id}: {'; '.join(f'{one} {told}' for one, told in asked.items())}")


@contextmanager
def _thresholds(folder: Path | None) -> Iterator[tuple[Workspace, Any]]:
    # Loaded here: the help needs none of it.
    from manara.casework.journal import Journal
    from manara.casework.thresholds import Thresholds

    with Workspace.open(folder) as workspace:
        yield workspace, Thresholds(workspace, Journal(workspace))


def _plain(one: Any) -> dict[str, Any]:
    counts = {name: getattr(one, name) for name in ("standing", "confirmed", "dismissed")}
    return {"typology": one.typology.id, "on": one.on, **counts}


COMMANDS = (thresholds,)
