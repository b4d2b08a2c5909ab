"""Commands that bring material in: sources, ingest, run, rejects."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from manara.cli.output import (
    BAD_INPUT,
    DONE,
    DONE_WITH_REJECTS,
    Progress,
    json_option,
    print_json,
    print_list,
    print_table,
)
from manara.formats import catalogue, load_mapping
from manara.model import Grade, Handling, Tlp
from manara.pipeline import Ingested, Request, RunSummary, ingest, run, update_sources
from manara.store import Workspace


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def sources(context: click.Context, as_json: bool) -> None:
    """List the official lists Manara can read, with publisher, licence, address and format."""
    if context.invoked_subcommand:
        return
    entries = catalogue()
    if as_json:
        print_list(entries)
        return
    for entry in entries:
        click.secho(f"{entry.dataset}  {entry.title}", bold=True)
        for label in ("publisher", "licence", "address", "format", "rhythm", "note"):
            text = getattr(entry, label)
            if text:
                click.echo(f"    {label:<10} {text}")


@sources.command("update")
@click.argument("datasets", nargs=-1)
@json_option
@click.pass_obj
def sources_update(folder: Path | None, datasets: tuple[str, ...], as_json: bool) -> None:
    """Download official lists that changed and take them in.

    Without DATASET every list of the catalogue that the workspace already holds is asked for;
    name one to take it in for the first time. A list whose server says that it did not change
    (ETag), or whose bytes are the same (SHA-256), costs nothing.
    """
    progress = Progress()
    with Workspace.open(folder) as workspace:
        request = Request(by=getpass.getuser())
        _finish(_told(update_sources(workspace, datasets, request, progress), progress), as_json)


_HANDLING = (
    click.option(
        "--tlp", help="Who may see it: CLEAR, GREEN, AMBER, AMBER+STRICT or RED (TLP 2.0)."
    ),
    click.option("--releasable-to", help="The only recipients it may go to, separated by commas."),
    click.option(
        "--retain-until",
        type=click.DateTime(["%Y-%m-%d"]),
        help="Day after which it is no longer used.",
    ),
)


def handling_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that state a handling rule; see `handling_of`."""
    for option in reversed(_HANDLING):
        command = option(command)
    return command


def _request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--dataset", default="", help="Name of the dataset the source is of."),
        click.option(
            "--mapping",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="YAML mapping that says how to read a plain CSV or XLSX table.",
        ),
        handling_options,
        click.option("--grade", help="The source's grade in the Admiralty code, such as B2."),
        click.option(
            "--allow-shrink",
            is_flag=True,
            help="Accept an edition that drops more than half of its dataset's entities.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("ingest")
@click.argument("targets", metavar="FILE|DIR|URL...", nargs=-1, required=True)
@_request_options
@json_option
@click.pass_obj
def ingest_command(
    folder: Path | None,
    targets: tuple[str, ...],
    dataset: str,
    mapping: Path | None,
    tlp: str | None,
    releasable_to: str | None,
    retain_until: Any,
    grade: str | None,
    allow_shrink: bool,
    as_json: bool,
) -> None:
    """Take sources in: files, folders or addresses, plain or packed (gzip, zip).

    The format is recognised by content. Each source becomes an edition of its dataset: what an
    edition no longer states is marked as ended, never erased. What cannot be used is set aside
    with its place and reason (`manara rejects`); a file that is broken as a whole is refused, and
    the edition before it stays in force.

    Official lists of the catalogue come in as TLP:CLEAR, everything else as TLP:AMBER+STRICT
    unless you say otherwise.
    """
    request = Request(
        dataset=dataset,
        mapping=load_mapping(mapping) if mapping else None,
        handling=handling_of(tlp, releasable_to, retain_until.date() if retain_until else None),
        grade=Grade.parse(grade) if grade else None,
        allow_shrink=allow_shrink,
        by=getpass.getuser(),
    )
    progress = Progress()
    with Workspace.open(folder) as workspace:
        _finish(_told(ingest(workspace, targets, request, progress), progress), as_json)


def handling_of(
    tlp: str | None, releasable_to: str | None, retain_until: date | None
) -> Handling | None:
    """Return the rule that the options of `handling_options` state, None if they state none."""
    if not tlp and releasable_to is None and not retain_until:
        return None
    names = None
    if releasable_to is not None:
        names = [name.strip() for name in releasable_to.split(",") if name.strip()]
    return Handling.of(tlp or Tlp.AMBER_STRICT, releasable_to=names, retain_until=retain_until)


def _told(outcomes: Any, progress: Progress) -> list[Ingested]:
    done = list(outcomes)
    progress.clear()
    return done


def _finish(done: list[Ingested], as_json: bool) -> None:
    """Print what became of the sources and exit with the status that says so."""
    if as_json:
        print_list(asdict(one) for one in done)
    else:
        print_table(
            ("source", "dataset", "status", "records", "facts", "added", "ended", "rejects"),
            (
                (d.name, d.dataset, d.status, d.records, d.facts, d.added, d.removed, d.rejects)
                for d in done
            ),
        )
        if events := sum(one.events for one in done):
            click.echo(f"{events:,} new events")
    for one in done:
        if one.handling:
            click.echo(f"manara: {one.name}: its markings make it {one.handling}", err=True)
        if one.reason:
            click.echo(f"manara: {one.name}: {one.status}: {one.reason}", err=True)
    raise click.exceptions.Exit(_status(done))


def _status(done: list[Ingested]) -> int:
    if any(one.status == "refused" for one in done):
        return BAD_INPUT
    return DONE_WITH_REJECTS if any(one.rejects for one in done) else DONE


@click.command("run")
@json_option
@click.pass_obj
def run_command(folder: Path | None, as_json: bool) -> None:
    """Do what is new: take in the inbox, find who is the same, write the report.

    Files waiting in the workspace's `inbox` folder are taken in, and sources whose reader has
    improved are read again. Then entities are resolved across all sources, and report.html is
    written.
    """
    progress = Progress()
    with Workspace.open(folder) as workspace:
        summary = run(workspace, by=getpass.getuser(), progress=progress)
        progress.clear()
    if as_json:
        print_json(asdict(summary))
    else:
        print_summary(summary)
    raise click.exceptions.Exit(_status(summary.ingested))


def print_summary(summary: RunSummary) -> None:
    """Print what a run found, in a few lines."""
    print_table(
        ("", ""),
        (
            ("sources", summary.sources),
            ("facts", summary.facts),
            ("entities", summary.entities),
            ("people known to several lists", summary.people_in_several),
            ("organisations known to several lists", summary.organisations_in_several),
            ("other things known to several lists", summary.others_in_several),
            ("rejects", summary.rejects),
            ("seconds", f"{summary.seconds:.1f}"),
        ),
    )
    click.echo(f"report  {summary.report}")
    for one in summary.ingested:
        if one.reason:
            click.echo(f"manara: {one.name}: {one.status}: {one.reason}", err=True)


@click.command()
@click.option("--dataset", default="", help="Only of this dataset.")
@click.option("--limit", default=0, help="At most this many; 0 for all.", show_default=True)
@json_option
@click.pass_obj
def rejects(folder: Path | None, dataset: str, limit: int, as_json: bool) -> None:
    """List what was set aside of the editions in force: where it stands and which rule it broke."""
    with Workspace.open(folder) as workspace:
        rows = list(workspace.view().rejects(dataset, limit or None))
    if as_json:
        print_list(rows)
        return
    print_table(
        ("dataset", "place", "rule", "reason", "text"),
        (
            (row["dataset"], row["locator"], row["rule"], row["reason"], row["excerpt"][:60])
            for row in rows
        ),
    )


COMMANDS = (sources, ingest_command, run_command, rejects)
