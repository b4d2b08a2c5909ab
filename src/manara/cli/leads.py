"""Commands around leads: detect, leads, lead, recompute."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from manara.cli.look import as_of_option
from manara.cli.output import json_option, print_json, print_list, print_table
from manara.model import EVENT_TABLES, Lead
from manara.store import View, Workspace


@click.command("detect")
@click.argument("kinds", metavar="[KIND]...", nargs=-1)
@json_option
@click.pass_obj
def detect_command(folder: Path | None, kinds: tuple[str, ...], as_json: bool) -> None:
    """Look for leads: networks, and what other detectors there are; all of them, or each KIND.

    What was found before is updated, not repeated; what is found no longer is marked so.
    """
    # Loaded here, because detectors bring compilers that looking at leads does not need.
    from manara.pipeline.detect import detect
    from manara.pipeline.detectors import detectors

    with Workspace.open(folder) as workspace:
        done = detect(workspace, detectors(kinds), by=getpass.getuser())
    if as_json:
        print_list(asdict(one) for one in done)
        return
    print_table(
        ("detector", "new", "changed", "unchanged", "ended"),
        ((one.detector, one.new, one.changed, one.unchanged, one.ended) for one in done),
    )


@click.command("leads")
@click.argument("kind", default="")
@click.option("--least", type=click.FloatRange(0, 1), default=0.0, help="Least score.")
@click.option("--limit", default=50, show_default=True, help="At most this many.")
@click.option("--ended", is_flag=True, help="Also those that are found no longer.")
@as_of_option
@json_option
@click.pass_obj
def leads_command(
    folder: Path | None,
    kind: str,
    least: float,
    limit: int,
    ended: bool,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """List the leads, the gravest and most probable first; those of one KIND if it is given.

    A lead is a reason for a person to look, never a decision.
    """
    with Workspace.open(folder) as workspace:
        known = workspace.view(as_of).leads(kind, ended=ended)
        found = [lead for lead in known if lead.finding.score >= least][:limit]
    if as_json:
        print_list(_row(lead) for lead in found)
        return
    print_table(
        ("lead", "severity", "score", "kind", "title"),
        (
            (
                lead.id,
                lead.finding.severity.name.lower(),
                f"{lead.finding.score:.2f}",
                lead.finding.kind,
                lead.finding.title + ("" if lead.standing else "  (found no longer)"),
            )
            for lead in found
        ),
    )
    if not found:
        click.echo("no leads; `manara detect` looks for them", err=True)


@click.command("lead")
@click.argument("lead_id", metavar="LEAD")
@as_of_option
@json_option
@click.pass_obj
def lead_command(folder: Path | None, lead_id: str, as_of: datetime | None, as_json: bool) -> None:
    """Show LEAD: its explanation step by step, and each fact and event it rests on."""
    with Workspace.open(folder) as workspace:
        view = workspace.view(as_of)
        found = view.lead(lead_id)
        shown = _evidence(view, found)
    if as_json:
        print_json(_row(found) | {"evidence": shown})
    else:
        _print(found, shown)


@click.command("recompute")
@click.argument("lead_id", metavar="LEAD")
@json_option
@click.pass_obj
def recompute_command(folder: Path | None, lead_id: str, as_json: bool) -> None:
    """Find LEAD anew from what was known when it was found, and tell whether it comes out the same.

    Exit status 0 if it does, byte for byte, and 1 if not.
    """
    from manara.pipeline.detect import recompute
    from manara.pipeline.detectors import DETECTORS

    with Workspace.open(folder) as workspace:
        found = workspace.view().lead(lead_id)
        then = workspace.view(found.recipe.as_of)
        differences = recompute(then, found, DETECTORS.values())
    if as_json:
        print_json({"lead": found.id, "same": not differences, "differences": differences})
    else:
        click.echo("the same, byte for byte" if not differences else "\n".join(differences))
    if differences:
        click.get_current_context().exit(1)


def _row(lead: Lead) -> dict[str, Any]:
    finding = lead.finding
    return {
        "lead": lead.id,
        "kind": finding.kind,
        "subjects": finding.subjects,
        "score": finding.score,
        "severity": finding.severity.name.lower(),
        "title": finding.title,
        "explanation": [asdict(step) for step in finding.explanation],
        "evidence": finding.evidence,
        "datasets": lead.datasets,
        "handling": lead.handling.label,
        "recipe": asdict(lead.recipe),
        "created": lead.created,
        "updated": lead.updated,
        "standing": lead.standing,
    }


def _evidence(view: View, lead: Lead) -> list[dict[str, Any]]:
    """Return the facts and events of a lead in its order; those seen no more only by their id."""
    known = view.evidence(lead.finding.evidence)
    labels = view.handling_labels()
    rows = []
    for one in lead.finding.evidence:
        row = known.get(one, {"id": one})
        if "handling_id" in row:
            row["handling"] = labels[row["handling_id"]]
        rows.append({key: value for key, value in row.items() if value is not None})
    return rows


def _print(lead: Lead, shown: list[dict[str, Any]]) -> None:
    finding = lead.finding
    click.secho(finding.title, bold=True)
    click.echo(f"lead      {lead.id}  ({finding.kind})")
    click.echo(f"score     {finding.score:.2f}, severity {finding.severity.name.lower()}")
    click.echo(f"handling  {lead.handling.label}")
    click.echo(f"found     {lead.created:%Y-%m-%d}, last changed {lead.updated:%Y-%m-%d}")
    if not lead.standing:
        click.echo("          the last run found it no longer")
    numbers = {row["id"]: at for at, row in enumerate(shown, 1)}
    click.echo("\nexplanation")
    for step in finding.explanation:
        cited = ", ".join(f"[{numbers[one]}]" for one in step.evidence)
        click.echo(f"    {step.number}. {step.text}" + (f" {cited}" if cited else ""))
    click.echo("\nevidence")
    for at, row in enumerate(shown, 1):
        click.echo(f"    [{at}] {_said(row)}")
        if "dataset" in row:
            place = f"{row['dataset']}  {row['source_id'][:12]}  {row['locator']}"
            click.secho(f"        {place}  {row['handling']}", dim=True)
    click.echo("\nA lead is a reason for a person to look, never a decision.")


def _said(row: dict[str, Any]) -> str:
    if "table" not in row:
        return f"{row['id']}: may no longer be seen, or is stated no longer"
    if row["table"] == "facts":
        return f"{row['entity_id']}  {row['schema']}.{row['prop']} = {row['value']}"
    told = [c.name for c in EVENT_TABLES[row["table"]] if c.name in row]
    return f"{row['table']}: " + ", ".join(f"{name} {row[name]}" for name in told)


COMMANDS = (detect_command, leads_command, lead_command, recompute_command)
