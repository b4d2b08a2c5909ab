"""How a lead is shown: its steps, who paid whom, its evidence in the order of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from manara.cli.output import print_table
from manara.model import EVENT_TABLES, Decision, Lead
from manara.pipeline.flows import ends, flows
from manara.store import View

#: More ties than a person takes in at a glance are left to `--json`.
_MOST_FLOWS = 20


def plain(lead: Lead, decision: Decision | None) -> dict[str, Any]:
    """Return a lead as JSON values."""
    finding = lead.finding
    return {
        "lead": lead.id,
        "kind": finding.kind,
        "subjects": finding.subjects,
        "score": finding.score,
        "severity": finding.severity.name.lower(),
        "title": finding.title,
        "explanation": [
            {"number": step.number, "text": step.text, "evidence": step.evidence}
            for step in finding.explanation
        ],
        "evidence": finding.evidence,
        "datasets": lead.datasets,
        "handling": lead.handling.label,
        "recipe": asdict(lead.recipe),
        "created": lead.created,
        "updated": lead.updated,
        "standing": lead.standing,
        "decision": decision and asdict(decision),
    }


def evidence(view: View, lead: Lead) -> list[dict[str, Any]]:
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


def names(view: View, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what to call the parties of payments, by id."""
    return view.captions(sorted({end for row in rows for end in ends(row) if end}))


def print_lead(
    lead: Lead, decision: Decision | None, rows: list[dict[str, Any]], called: Mapping[str, str]
) -> None:
    """Print a lead for a person."""
    finding = lead.finding
    click.secho(finding.title, bold=True)
    click.echo(f"lead      {lead.id}  ({finding.kind})")
    click.echo(f"score     {finding.score:.2f}, severity {finding.severity.name.lower()}")
    click.echo(f"handling  {lead.handling.label}")
    click.echo(f"found     {lead.created:%Y-%m-%d}, last changed {lead.updated:%Y-%m-%d}")
    if not lead.standing:
        click.echo("          the last run found it no longer")
    if decision:
        since = "" if decision.state == lead.state else "; its evidence has changed since"
        click.echo(f"decided   {decision.outcome} by {decision.by}, {decision.at:%Y-%m-%d}{since}")
        click.echo(f"          {decision.ground}")
    numbers = {row["id"]: at for at, row in enumerate(rows, 1)}
    click.echo("\nexplanation")
    for step in finding.explanation:
        cited = _cited([numbers[one] for one in step.evidence])
        click.echo(f"    {step.number}. {step.text}{cited}")
    _print_flows(flows(rows), called)
    click.echo("\nevidence")
    for at, row in enumerate(rows, 1):
        click.echo(f"    [{at}] {_said(row, called)}")
        if "dataset" in row:
            place = f"{row['dataset']}  {row['source_id'][:12]}  {row['locator']}"
            click.secho(f"        {place}  {row['handling']}", dim=True)
    click.echo("\nA lead is a reason for a person to look, never a decision.")


def _print_flows(found: Sequence[Mapping[str, Any]], called: Mapping[str, str]) -> None:
    if len(found) < 2:
        return
    click.echo("\nwho paid whom")
    print_table(
        ("payer", "payee", "payments", "sum", "", "first", "last"),
        (
            (
                called.get(flow["payer"], flow["payer"]),
                called.get(flow["payee"], flow["payee"]),
                flow["payments"],
                f"{flow['sum']:,.2f}",
                flow["currency"],
                f"{flow['first']:%Y-%m-%d}",
                f"{flow['last']:%Y-%m-%d}",
            )
            for flow in found[:_MOST_FLOWS]
        ),
    )
    if len(found) > _MOST_FLOWS:
        click.echo(f"and {len(found) - _MOST_FLOWS} more, see --json")


def _cited(numbers: Sequence[int]) -> str:
    """Return places in the evidence, neighbours as a range: `` [1-4], [7]``."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], number]
        else:
            spans.append([number])
    told = ", ".join(f"[{'-'.join(map(str, span))}]" for span in spans)
    return f" {told}" if told else ""


def _said(row: Mapping[str, Any], called: Mapping[str, str]) -> str:
    if "table" not in row:
        return f"{row['id']}: may no longer be seen, or is stated no longer"
    if row["table"] == "facts":
        return f"{row['entity_id']}  {row['schema']}.{row['prop']} = {row['value']}"
    if row["table"] == "payments":
        return _payment(row, called)
    told = [c.name for c in EVENT_TABLES[row["table"]] if c.name in row]
    return f"{row['table']}: " + ", ".join(f"{name} {row[name]}" for name in told)


def _payment(row: Mapping[str, Any], called: Mapping[str, str]) -> str:
    payer, payee = (called.get(end, end) or "not stated" for end in ends(row))
    sum_ = f"{row['amount'].normalize():,f} {row.get('currency', '')}" if "amount" in row else ""
    parts = (f"{row['time']:%Y-%m-%d %H:%M}", f"{payer} to {payee}", sum_.strip())
    told = [*parts, row.get("instrument"), row.get("purpose"), row.get("reference")]
    return "  ".join(part for part in told if part)
