"""The command that asks kept screenings again, only of what has changed on the lists."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path

import click
import msgspec

from manara.cli.output import Progress, json_option, print_list
from manara.cli.screening import print_hit
from manara.model import UsageError
from manara.pipeline.register import erase_expired, forget, kept_screenings
from manara.pipeline.rescreening import Difference, Rescreened, rescreening
from manara.store import Workspace


@click.command()
@click.argument("name", required=False)
@click.option("--forget", "erase", is_flag=True, help="Erase the kept screening NAME instead.")
@json_option
@click.pass_obj
def rescreen(folder: Path | None, name: str | None, erase: bool, as_json: bool) -> None:
    """Ask the kept screening NAME again, or all of them, only of what changed on the lists.

    Tells for each query the hits that are new, have changed or no longer stand, and keeps the new
    state. Screenings past their last day are erased.
    """
    by = getpass.getuser()
    with Workspace.open(folder) as workspace:
        if erase:
            if not name:
                raise UsageError("say which", where="--forget")
            forget(workspace, name, by=by)
            return
        erase_expired(workspace)
        names = [name] if name else kept_screenings(workspace)
        if not names:
            click.echo("nothing is kept", err=True)
        for each in names:
            progress = Progress()
            with rescreening(workspace, each, by=by, progress=progress) as found:
                progress.clear()
                _tell(found, as_json)


def _tell(found: Rescreened, as_json: bool) -> None:
    if as_json:
        print_list(
            {
                "screening": found.name,
                "query": msgspec.to_builtins(query),
                "differences": [asdict(one) for one in differences],
            }
            for query, differences in found.differences
        )
    else:
        for query, differences in found.differences:
            click.secho(query.name or ", ".join(query.documents), bold=True)
            for one in differences:
                print_hit(asdict(one), f"{one.kind}, {_moved(one)}")
    changed = "an unknown number of" if found.entities is None else f"{found.entities:,}"
    click.echo(
        f"{found.name}: {len(found.differences):,} of {found.queries:,} queries differ; {changed} "
        f"entities changed since {found.since:%Y-%m-%d %H:%M} UTC"
        + ("; all were asked again" if found.everything else ""),
        err=True,
    )


def _moved(one: Difference) -> str:
    before = "" if one.before is None else f"{one.before:.3f}"
    now = "" if one.kind == "gone" else f"{one.probability:.3f}"
    return " to ".join(filter(None, (before, now)))


COMMANDS = (rescreen,)
