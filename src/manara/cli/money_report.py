"""The command that drafts a suspicious-transaction report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from manara.cli.output import json_option, print_json
from manara.formats import profile
from manara.model import UsageError
from manara.pipeline.money_report import PROFILE_FILE, draft, write_draft
from manara.store import Workspace


@click.command("report")
@click.argument("lead_id", metavar="LEAD")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="XML file to write; what shows each sentence is written beside it.",
)
@click.option(
    "--profile",
    "profile_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"YAML of the unit's codes and of who reports; else {PROFILE_FILE} of the workspace.",
)
@click.option("--rentity-id", type=int, help="The unit's number of the reporting entity.")
@click.option("--reference", default="", help="Your own number for the report; else the lead's id.")
@click.option("--currency", help="Local currency, ISO 4217.")
@click.option(
    "--rate",
    "rates",
    multiple=True,
    metavar="CODE=NUMBER",
    help="One unit of another currency in the local one; repeatable.",
)
@json_option
@click.pass_obj
def report_command(
    folder: Path | None,
    lead_id: str,
    out: Path,
    profile_file: Path | None,
    rentity_id: int | None,
    reference: str,
    currency: str | None,
    rates: tuple[str, ...],
    as_json: bool,
) -> None:
    """Draft a goAML-shaped suspicious-transaction report of LEAD, each sentence with its evidence.

    It is a draft: a person checks it, approves it and sends it. Handling rules decide whether the
    lead's evidence may go to the unit; if not, nothing is written.
    """
    with Workspace.open(folder) as workspace:
        own = workspace.root / PROFILE_FILE
        chosen = profile(
            profile_file or (own if own.exists() else None),
            rentity_id=rentity_id,
            currency=currency,
            rates=dict(map(_rate, rates)),
        )
        made = draft(workspace.view(), lead_id, chosen, datetime.now(UTC), reference=reference)
    beside = write_draft(made, out)
    if as_json:
        print_json({"report": str(out), "evidence": str(beside), **made.to_dict()})
        return
    sentences = len(made.narrative.sentences)
    click.echo(f"wrote {out}: {len(made.payments)} transactions, {sentences} sentences")
    click.echo(f"wrote {beside}: what shows each sentence")
    if made.narrative.left_out:
        click.echo(f"{len(made.narrative.left_out)} payments stand among the transactions only")
    for one in made.left_aside:
        click.echo(f"left aside: {one}")
    click.echo("This is a draft: a person must check and approve it before it is sent.")


def _rate(text: str) -> tuple[str, str]:
    code, mark, number = text.partition("=")
    if not mark:
        raise UsageError("not CODE=NUMBER", where=f"--rate {text}", remedy="write EUR=655.957")
    return code.strip().upper(), number.strip()


COMMANDS = (report_command,)
