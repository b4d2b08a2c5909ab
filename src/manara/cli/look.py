"""Commands that look: find, show, export."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

import click

from manara.cli.output import json_option, print_json, print_list, print_table
from manara.cli.release import (
    Left,
    purpose_options,
    recipient_options,
    selection_options,
    take_asked,
    take_selection,
)
from manara.model import Fact, UsageError, vocabulary
from manara.pipeline import Dossier, dossier, export_csv, export_ftm, export_parquet, find
from manara.pipeline.stix_export import export_stix, log_release, stix_objects
from manara.store import Workspace


class Moment(click.ParamType[datetime]):
    """A date or a time in ISO 8601, in UTC unless it says otherwise; a date means its end."""

    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment as a time in UTC."""
        if isinstance(value, datetime):
            return value
        text = str(value)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is not a date or time in ISO 8601, such as 2026-05-31", param, ctx)
        if len(text) == 10:
            moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


as_of_option = click.option(
    "--as-of", type=Moment(), help="Answer as of this date or time (UTC) instead of now."
)


@click.command("find")
@click.argument("name")
@click.option("--limit", default=20, show_default=True, help="At most this many.")
@as_of_option
@json_option
@click.pass_obj
def find_command(
    folder: Path | None, name: str, limit: int, as_of: datetime | None, as_json: bool
) -> None:
    """Search names: every word of NAME must occur, in any order, without regard to case or accents.

    This is a plain search for names written the same way.
    """
    with Workspace.open(folder) as workspace:
        found = list(find(workspace.view(as_of), name, limit))
    if as_json:
        print_list(asdict(one) for one in found)
        return
    print_table(
        ("entity", "schema", "name", "datasets"),
        ((one.entity, one.schema, one.name, ", ".join(one.datasets)) for one in found),
    )
    if not found:
        click.echo("nothing found", err=True)


@click.command()
@click.argument("entity")
@as_of_option
@click.option("--past", is_flag=True, help="Also what is no longer stated, with its end.")
@json_option
@click.pass_obj
def show(
    folder: Path | None, entity: str, as_of: datetime | None, past: bool, as_json: bool
) -> None:
    """Show everything known about ENTITY, fact by fact: value, source, place, handling, since when.

    ENTITY is the id of an entity in any source; it stands for all that resolution found to be one
    with it.
    """
    with Workspace.open(folder) as workspace:
        known = dossier(workspace.view(as_of), entity, past=past)
    if as_json:
        print_json(known.to_dict())
    else:
        _print_dossier(known)


def _print_dossier(known: Dossier) -> None:
    click.secho(f"{known.caption}  ({known.schema})", bold=True)
    click.echo(f"entity    {known.entity}")
    others = [member for member in known.members if member != known.entity]
    if others:
        click.echo(f"one with  {', '.join(others)}")
    click.echo(f"known to  {', '.join(known.datasets)}")
    for judgement in known.judgements:
        by = f"{judgement.by} decided" if judgement.human else "rule"
        reason = "; ".join(judgement.reason)
        click.echo(f"because   {judgement.left} = {judgement.right}: {reason} ({by})")
    _print_facts(known.facts, known.handlings)
    for about, facts in groupby(known.linked, key=lambda fact: (fact.entity_id, fact.schema)):
        click.echo()
        click.secho(f"{about[1]}  {about[0]}", bold=True)
        _print_facts(facts, known.handlings)


def _print_facts(facts: Iterable[Fact], handlings: dict[str, str]) -> None:
    ranked = sorted(facts, key=lambda fact: (_rank(fact), fact.prop, fact.value))
    for prop, group in groupby(ranked, lambda fact: fact.prop):
        click.echo(f"\n{prop}")
        for fact in group:
            value = f"{fact.value}  [{fact.original_value}]" if fact.original_value else fact.value
            click.echo(f"    {value}" + (f"  ({fact.lang})" if fact.lang else ""))
            span = f"since {fact.first_seen:%Y-%m-%d}"
            if fact.last_seen:
                span += f", ended {fact.last_seen:%Y-%m-%d}"
            place = f"{fact.dataset}  {fact.source_id[:12]}  {fact.locator}"
            click.secho(f"        {place}  {handlings[fact.handling_id]}  {span}", dim=True)


def _rank(fact: Fact) -> int:
    """Return where a property comes: what names an entity first, then what is featured."""
    schema = vocabulary()[fact.schema]
    first = (*schema.caption, "alias", "weakAlias", *schema.featured)
    return first.index(fact.prop) if fact.prop in first else len(first)


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["ftm", "stix-json", "csv", "parquet"]),
    default="ftm",
    show_default=True,
    help="FollowTheMoney JSON lines, a STIX 2.1 bundle, or the facts as CSV or Parquet.",
)
@click.option("--by-source", is_flag=True, help="ftm: one entity per source record, unmerged.")
@selection_options
@recipient_options
@purpose_options
@as_of_option
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format ftm.")
@click.pass_obj
def export(
    folder: Path | None,
    /,
    form: str,
    by_source: bool,
    as_of: datetime | None,
    left_out: Path | None,
    output: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Print what is known, for other programs to read.

    `--format ftm` prints one canonical entity a line in FollowTheMoney's JSON, with the ids it was
    made of as referents; `--by-source` prints one a source record instead. `--format stix-json`
    prints a STIX 2.1 bundle; with `--recipient` and `--purpose` only of what handling rules let go.
    """
    selection, asked = take_selection(settings), take_asked(settings)
    release = asked.release()
    if as_json and form != "ftm":
        raise UsageError("is not JSON", where=f"--format {form}", remedy="leave --json out")
    if by_source and form != "ftm":
        raise UsageError("has no meaning for facts", where="--by-source", remedy="leave it out")
    if form != "stix-json" and (release or left_out or selection.entities or selection.leads):
        raise UsageError(
            "cannot be filtered by recipient, entity or lead",
            where=f"--format {form}",
            remedy="use --format stix-json",
        )
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise UsageError("Parquet is not for the screen", remedy="give --output FILE")
    with Workspace.open(folder) as workspace, ExitStack() as opened:
        view = workspace.view(as_of)
        if form == "ftm":
            _write(export_ftm(view, selection.datasets, by_source=by_source), output)
        elif form == "stix-json":
            left = Left(opened.enter_context(left_out.open("wb")) if left_out else None)
            organisation = workspace.settings.organisation
            if release:
                to = release.recipients[0].id
                log_release(workspace, "export", to, selection, release, getpass.getuser())
            _write(export_stix(stix_objects(view, selection, release, organisation, left)), output)
            left.tell()
        elif form == "csv":
            _write(export_csv(view, selection.datasets), output)
        else:
            _write(export_parquet(view, selection.datasets), output)


def _write(chunks: Iterator[bytes], output: Path | None) -> None:
    """Write to a file, complete or not at all, or to standard output."""
    if output is None:
        _drain(chunks, sys.stdout.buffer)
        return
    part = output.with_name(output.name + ".part")
    try:
        with part.open("wb") as file:
            _drain(chunks, file)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _drain(chunks: Iterator[bytes], file: BinaryIO) -> None:
    for chunk in chunks:
        file.write(chunk)
    file.flush()


COMMANDS = (find_command, show, export)
