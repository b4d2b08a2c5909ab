"""Commands around leads: detect, leads, lead, decide, recompute."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from manara.casework.decisions import decide
from manara.casework.journal import Journal
from manara.cli import showing
from manara.cli.look import as_of_option
from manara.cli.output import json_option, print_json, print_list, print_table
from manara.model import LEAD_OUTCOMES, UsageError
from manara.pipeline.flows import flows
from manara.store import Workspace


@click.command("detect")
@click.argument("kinds", metavar="[KIND]...", nargs=-1)
@click.option(
    "--per-day", type=click.FloatRange(0, min_open=True), help="For score: leads a day; 5."
)
@json_option
@click.pass_obj
def detect_command(
    folder: Path | None, kinds: tuple[str, ...], per_day: float | None, as_json: bool
) -> None:
    """Look for leads: network, money, trade, cyber, or each KIND; score only if it is named.

    What was found before is updated, not repeated; what is found no longer is marked so.
    """
    # Loaded here, because detectors bring compilers that looking at leads does not need.
    from manara.pipeline.detect import detect
    from manara.pipeline.detectors import detectors

    asked = detectors(kinds)
    if per_day is not None:
        if "score" not in kinds:
            raise UsageError("counts for score only", where="--per-day", remedy="name it: score")
        asked = [
            one._replace(settings={**one.settings, "per_day": per_day})
            if one.name == "score"
            else one
            for one in asked
        ]
    with Workspace.open(folder) as workspace:
        done = detect(workspace, asked, by=getpass.getuser())
    if as_json:
        print_list(asdict(one) for one in done)
        return
    print_table(
        ("detector", "new", "changed", "unchanged", "ended"),
        ((one.detector, one.new, one.changed, one.unchanged, one.ended) for one in done),
    )
    for one in done:
        for remark in one.remarks:
            click.echo(f"{one.detector}: {remark}", err=True)
    if kept := sum(one.dismissed for one in done):
        click.echo(f"{kept} found again stay dismissed: nothing in them is new", err=True)
    if again := sum(one.reopened for one in done):
        click.echo(f"{again} dismissed before are open again: something new shows them", err=True)


@click.command("leads")
@click.argument("kind", default="")
@click.option("--least", type=click.FloatRange(0, 1), default=0.0, help="Least score.")
@click.option("--limit", default=50, show_default=True, help="At most this many.")
@click.option("--ended", is_flag=True, help="Also those that are found no longer.")
@click.option("--dismissed", is_flag=True, help="Also those a person has dismissed as they stand.")
@as_of_option
@json_option
@click.pass_obj
def leads_command(
    folder: Path | None,
    kind: str,
    least: float,
    limit: int,
    ended: bool,
    dismissed: bool,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """List the leads, the gravest and most probable first; those of one KIND if it is given.

    A lead is a reason for a person to look, never a decision.
    """
    with Workspace.open(folder) as workspace:
        view = workspace.view(as_of)
        known = [lead for lead in view.leads(kind, ended=ended) if lead.finding.score >= least]
        decided = view.decisions()
        kept = view.suppressed()
    shown = [one for one in known if dismissed or one.id not in kept]
    found = shown[:limit]
    if as_json:
        print_list(showing.plain(lead, decided.get(lead.id)) for lead in found)
        return
    print_table(
        ("lead", "severity", "score", "kind", "decided", "title"),
        (
            (
                lead.id,
                lead.finding.severity.name.lower(),
                f"{lead.finding.score:.2f}",
                lead.finding.kind,
                decided[lead.id].outcome if lead.id in decided else "",
                lead.finding.title + ("" if lead.standing else "  (found no longer)"),
            )
            for lead in found
        ),
    )
    if hidden := len(known) - len(shown):
        click.echo(f"{hidden} dismissed and not listed; --dismissed lists them", err=True)
    elif not found:
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
        decision = view.decisions().get(found.id)
        kept = view.suppressed().get(found.id)
        shown = showing.evidence(view, found)
        called = showing.names(view, shown)
    if as_json:
        more = {"evidence": shown, "names": called, "flows": flows(shown)}
        print_json(showing.plain(found, decision) | more)
    else:
        showing.print_lead(found, decision, shown, called)
        if kept and kept.subjects != (found.id,):
            told = f"{kept.subjects[0]}, dismissed by {kept.by} on {kept.at:%Y-%m-%d}"
            click.echo(f"It is not listed: it shows nothing beyond {told}: {kept.ground}")


@click.command("decide")
@click.argument("lead_id", metavar="LEAD")
@click.argument("outcome", type=click.Choice(LEAD_OUTCOMES))
@click.option("--ground", required=True, help="The reason, in your own words.")
@click.option("--legal-basis", default="", help="The provision relied on.")
@click.option("--case", "case_id", help="A case that the lead becomes evidence of.")
@json_option
@click.pass_obj
def decide_command(
    folder: Path | None,
    lead_id: str,
    outcome: str,
    ground: str,
    legal_basis: str,
    case_id: str | None,
    as_json: bool,
) -> None:
    """Record what you decide about LEAD; a later decision takes the place of an earlier one.

    A dismissed lead is listed no more until other evidence shows it. Scores of leads of a kind
    follow what was confirmed and dismissed, at the next `manara detect`.
    """
    with Workspace.open(folder) as workspace:
        found = workspace.view().lead(lead_id)
        by, journal = getpass.getuser(), Journal(workspace)
        if case_id:
            from manara.casework import Cases

            Cases(workspace, by, journal=journal).known(case_id, found.id)
        made = decide(journal, found, outcome, by=by, ground=ground, legal_basis=legal_basis)
    if as_json:
        print_json({"decision": made.id} | asdict(made))
    else:
        click.echo(f"{found.id} {made.outcome} by {made.by}")


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


COMMANDS = (detect_command, leads_command, lead_command, decide_command, recompute_command)
