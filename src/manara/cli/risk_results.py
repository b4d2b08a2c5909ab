"""Commands of a risk programme: screened sites, register and report."""

from __future__ import annotations

from pathlib import Path

import click

from manara.cli.output import DONE_WITH_REJECTS, json_option, print_json, print_table
from manara.cli.risk_programme import (
    FOLDER,
    account_option,
    folder_argument,
    opened,
    share,
    tell,
)


@click.command("screen")
@folder_argument
@account_option
@json_option
@click.pass_context
def screen_command(context: click.Context, folder: Path, as_json: bool, account: str) -> None:
    """Show which sites need a detailed assessment, and why: phase I.

    A site may need it for what it is today, or for what it becomes when more prominent sites are
    hardened and attackers turn to it. For the owner's eyes.
    """
    from manara.risk.programme import phase_one

    programme, by = opened(folder, account)
    programme.log("screen", by=by)
    found = phase_one(programme)
    if as_json:
        print_json(
            {
                "sites": found.screened,
                "protection": list(found.protected.values()),
                "rejects": {k: [one._asdict() for one in v] for k, v in found.rejects.items()},
            }
        )
    else:
        currency = programme.settings.currency
        print_table(
            (
                "site",
                "prominence",
                "protection",
                f"risk {currency}",
                "if others harden",
                "phase II",
            ),
            (
                (
                    one.site,
                    one.prominence,
                    share(one.protection),
                    f"{one.risk:,.0f}",
                    f"x {one.substitution:.1f}",
                    "; ".join(one.reasons) if one.phase_two else "no",
                )
                for one in found.screened
            ),
        )
        tell(found.rejects)
    if found.rejects:
        context.exit(DONE_WITH_REJECTS)


@click.command("register")
@folder_argument
@account_option
@json_option
def register_command(folder: Path, as_json: bool, account: str) -> None:
    """Write and show the risk register: each step of ISO 31000 for each site.

    Every number comes with its model, data date, uncertainty and attacker. The actions go to
    actions.csv with owner, date and review trigger; what people change there is kept. For the
    owner's eyes.
    """
    from manara.risk.programme import assess_programme, make_register, write_actions
    from manara.risk.programme.folder import ACTIONS

    programme, by = opened(folder, account)
    programme.log("register", by=by)
    found = make_register(assess_programme(programme))
    write_actions(programme.file(ACTIONS), found.actions)
    if as_json:
        print_json({"risks": found.risks, "actions": found.actions})
        return
    print_table(
        ("risk", "treatment", "owner", "due"),
        ((one.id, one.treatment, one.owner, one.due) for one in found.risks),
    )
    click.echo(f"{len(found.actions)} action(s) in {ACTIONS}")


@click.command("report")
@folder_argument
@click.option("--out", type=FOLDER, help="Folder for the report; else DIR/report.")
@click.option("--published", is_flag=True, help="Bands only: no site named, no ranking.")
@click.option(
    "--language",
    type=click.Choice(("en", "fr", "ar")),
    default="en",
    show_default=True,
    help="Of the report: English, French or Arabic.",
)
@account_option
@json_option
def report_command(
    folder: Path,
    out: Path | None,
    published: bool,
    language: str,
    as_json: bool,
    account: str,
) -> None:
    """Write the report for the board: HTML, PDF where WeasyPrint is there, and tables.

    The report names sites by what they are worth to an attacker: it is for the owner alone. With
    --published figures are rounded to bands, and neither sites nor rankings are in it.
    """
    from manara.risk.programme import assess_programme
    from manara.risk.programme.folder import REPORT
    from manara.risk.programme.report import write_report

    programme, by = opened(folder, account)
    programme.log("report", ["published"] if published else [], by=by)
    found = assess_programme(programme)
    out = out or programme.file(REPORT)
    made = write_report(found, out, published=published, language=language)
    if as_json:
        files = [str(path) for path in made.files]
        print_json({"files": files, "notes": made.notes, "sentences": made.sentences})
        return
    for sentence in made.sentences:
        click.echo(sentence)
    for path in made.files:
        click.echo(str(path))
    for note in made.notes:
        click.echo(note, err=True)


COMMANDS = (screen_command, register_command, report_command)
