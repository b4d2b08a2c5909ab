"""Commands of a risk programme: its folder, what comes into it, and who may see it."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from manara.cli.output import DONE_WITH_REJECTS, json_option, print_json, print_table
from manara.model import Reject, UsageError

if TYPE_CHECKING:
    from manara.risk.programme.folder import Folder

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)

#: Where a programme keeps incidents, and places of leads.
INCIDENTS, LEADS = "incidents.csv", "leads.csv"

#: Rejects printed for a person.
_SHOWN = 20

folder_argument = click.argument("folder", metavar="DIR", type=FOLDER)


account_option = click.option(
    "--account",
    default="",
    help="Who you are, where the programme's workspace has accounts; else your name on the system.",
)


@click.command("init")
@folder_argument
@click.option("--organisation", required=True, help="Whose sites these are.")
@click.option("--currency", default="EUR", show_default=True, help="Of all amounts, ISO 4217.")
@json_option
def init_command(folder: Path, organisation: str, currency: str, as_json: bool) -> None:
    """Make a folder for a risk programme: settings and templates to fill in.

    A programme is for sites that the organisation owns or is authorised to protect. Every use of it
    is written to access.jsonl.
    """
    from manara.risk.programme.folder import make
    from manara.risk.programme.templates import fill

    made = make(folder, organisation, currency)
    fill(made)
    made.log("init", [organisation])
    if as_json:
        print_json({"programme": str(folder.resolve())})
        return
    click.echo(f"made the risk programme {folder.resolve()}")
    click.echo(f"next: manara risk sites import FILE --programme {folder}")


@click.group("sites")
def sites() -> None:
    """The organisation's own sites."""


@sites.command("import")
@click.argument("file", metavar="FILE", type=_FILE)
@click.option("--programme", "folder", type=FOLDER, default=Path(), help="Folder; else this one.")
@click.option("--policies", type=_FILE, help="OED account file beside an OED location file.")
@account_option
@json_option
@click.pass_context
def import_command(
    context: click.Context,
    file: Path,
    folder: Path,
    as_json: bool,
    policies: Path | None,
    account: str,
) -> None:
    """Take sites into a programme: an OED location file, or the spreadsheet template.

    They replace those there are, in sites.csv. What cannot be used is named with its place and the
    rule it breaks; the rest goes in, and the exit status is 1. Take in only sites that the
    organisation owns or is authorised to protect. With --policies the terms of the sites and the
    layers of their accounts go to cover.yaml; what has no place there is refused by name.
    """
    from manara.risk.programme import read_sites, write_sites
    from manara.risk.programme.folder import SITES

    programme, by = opened(folder, account)
    found, rejects = read_sites(file)
    if policies:
        from manara.risk.programme.oed_cover import import_cover

        import_cover(programme, file, policies)
    if found:
        write_sites(programme.file(SITES), found)
    programme.log("sites import", [file.name, *([policies.name] if policies else [])], by=by)
    if as_json:
        print_json({"sites": found, "rejects": [one._asdict() for one in rejects]})
    else:
        click.echo(f"{len(found)} site(s) in {SITES}")
        tell({file.name: rejects})
    if rejects or not found:
        context.exit(DONE_WITH_REJECTS)


@click.command("incidents")
@folder_argument
@account_option
@json_option
@click.pass_obj
def incidents_command(home: Path | None, folder: Path, as_json: bool, account: str) -> None:
    """Take the incidents of the workspace into the programme DIR: date, place, kind and count.

    They replace its incidents.csv. What was taken in so is complete up to the last incident, unless
    risk.toml says up to when.
    """
    from manara.risk.programme import change_settings
    from manara.risk.threat import workspace_incidents, write_incidents
    from manara.store import Workspace

    programme, by = opened(folder, account)
    with Workspace.open(home) as workspace:
        found = workspace_incidents(workspace.view())
    with programme.locked():
        write_incidents(programme.file(INCIDENTS), found)
    change_settings(programme, {"incidents": INCIDENTS})
    programme.log("incidents", [f"{len(found.items)} of the workspace"], by=by)
    if as_json:
        print_json({"incidents": len(found.items)})
    else:
        click.echo(f"{len(found.items)} incident(s) in {INCIDENTS}")


@click.command("leads")
@folder_argument
@account_option
@json_option
@click.pass_obj
def leads_command(home: Path | None, folder: Path, as_json: bool, account: str) -> None:
    """Take the places of the workspace's grave leads into the programme DIR, and nothing else.

    They replace its leads.csv. Grave are leads of severity 3 and 4; places are told to about a
    kilometre. A site near one needs a closer look. Dismissed leads and TLP:RED stay out.
    """
    from manara.risk.programme import change_settings
    from manara.risk.threat import workspace_leads, write_leads
    from manara.store import Workspace

    programme, by = opened(folder, account)
    with Workspace.open(home) as workspace:
        places = workspace_leads(workspace.view())
    with programme.locked():
        write_leads(programme.file(LEADS), places)
    change_settings(programme, {"leads": LEADS})
    count = len({one.lead for one in places})
    programme.log("leads", [f"{count} of the workspace"], by=by)
    if as_json:
        print_json({"leads": count, "places": len(places)})
    else:
        click.echo(f"{count} lead(s) with {len(places)} place(s) in {LEADS}")


@click.command("questionnaire")
@folder_argument
@click.option("--assessor", default="", help="Who will fill it in.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Workbook to write.")
@account_option
@json_option
def questionnaire_command(
    folder: Path, assessor: str, out: Path | None, as_json: bool, account: str
) -> None:
    """Write the questionnaire as a workbook: every question for every site.

    Each answer is a number from 0 to 4, or n where the question does not apply, and asks for
    evidence. Hand one to each assessor, and take them in with `manara risk answers`.
    """
    from manara.risk.programme import read_sites, write_workbook
    from manara.risk.programme.folder import QUESTIONNAIRE, SITES

    programme, by = opened(folder, account)
    found, _ = read_sites(programme.file(SITES))
    path = out or programme.file(QUESTIONNAIRE)
    write_workbook(path, found, assessor)
    programme.log("questionnaire", [assessor], by=by)
    if as_json:
        print_json({"workbook": str(path), "sites": len(found)})
    else:
        click.echo(f"wrote {path}: {len(found)} site(s)")


@click.command("answers")
@folder_argument
@click.argument("file", metavar="FILE", type=_FILE)
@account_option
@json_option
@click.pass_context
def answers_command(
    context: click.Context, folder: Path, file: Path, as_json: bool, account: str
) -> None:
    """Take a filled questionnaire in, and show how well each site is protected by it.

    An answer of 2 or more without evidence counts as 1. A later workbook of the same assessor
    replaces the earlier one.
    """
    from manara.risk.programme import protection, read_sites, read_workbook
    from manara.risk.programme.folder import SITES
    from manara.risk.programme.workbooks import file_of

    programme, by = opened(folder, account)
    names = [one.site for one in read_sites(programme.file(SITES))[0]]
    found = read_workbook(file, names)
    if not found.answers:
        raise UsageError("no answers in it", where=file.name, remedy="fill in the sheet answers")
    kept = file_of(programme, found.assessor)
    if not (kept.exists() and kept.samefile(file)):
        shutil.copyfile(file, kept)
    programme.log("answers", [found.assessor], by=by)
    scored = [protection(name, [found]) for name in names]
    if as_json:
        rejects = [one._asdict() for one in found.rejects]
        print_json({"assessor": found.assessor, "protection": scored, "rejects": rejects})
    else:
        print_table(
            ("site", "protection", "stated", "answered", "without evidence", "nothing in place"),
            (
                (
                    one.site,
                    share(one.score),
                    share(one.stated),
                    f"{one.answered:.0%}",
                    len(one.unproven),
                    len(one.gaps),
                )
                for one in scored
            ),
        )
        tell({file.name: found.rejects})
    if found.rejects:
        context.exit(DONE_WITH_REJECTS)


@click.command("members")
@folder_argument
@click.option("--owner", default="", help="Account that owns it and names the others.")
@click.option("--colleague", "colleagues", multiple=True, help="Account that sees all of it.")
@click.option("--assessor", "assessors", multiple=True,
              help="Account that answers the questionnaire, and sees nothing else.")  # fmt: skip
@json_option
def members_command(
    folder: Path, owner: str, colleagues: tuple[str, ...], assessors: tuple[str, ...], as_json: bool
) -> None:
    """Say who may see the programme DIR of a workspace in the console; show it if nobody is named.

    For whoever administers the machine: a programme that was moved into a workspace has no owner,
    and nobody sees it. Afterwards its owner does the same in the console.
    """
    from manara.casework.accounts import Accounts
    from manara.casework.journal import Journal
    from manara.casework.members import Members, home_of, members, name_members
    from manara.risk.programme.folder import Folder
    from manara.store import Workspace

    programme = Folder.open(folder)
    home = home_of(programme)
    if home is None:
        raise UsageError("is in no workspace", where=str(folder), remedy="move it to OFFICE/risk/")
    if owner or colleagues or assessors:
        named = Members(owner or members(folder).owner, colleagues, assessors)
        with Workspace.open(home) as workspace, programme.locked():
            journal = Journal(workspace)
            name_members(programme, named, Accounts(journal).all())
            journal.note(getpass.getuser(), "programme-members", folder.absolute().name)
        programme.log("members", [named.owner, *named.colleagues, *named.assessors])
    found = members(folder)
    if as_json:
        print_json(found)
        return
    click.echo(f"owner: {found.owner or 'nobody'}")
    click.echo(f"colleagues: {', '.join(found.colleagues) or 'none'}")
    click.echo(f"assessors: {', '.join(found.assessors) or 'none'}")


def opened(folder: Path, account: str) -> tuple[Folder, str]:
    """Return a programme and the account that uses it, "" where there are none."""
    from manara.risk.programme.folder import Folder

    programme = Folder.open(folder)
    if folder.absolute().parent.name != "risk":
        return programme, ""
    # Of a workspace, if at all: only then is it worth loading what knows of accounts.
    from manara.cli.officers import member_of

    return programme, member_of(programme, account)


def share(value: float | None) -> str:
    """Return a share as text."""
    return "not known" if value is None else f"{value:.0%}"


def tell(rejects: Mapping[str, Iterable[Reject]]) -> None:
    """Print what was set aside, by file; of much only the first."""
    told = [(name, one) for name, found in rejects.items() for one in found]
    for name, one in told[:_SHOWN]:
        click.echo(f"{name}, {one.locator}: {one.rule}: {one.reason}", err=True)
    if len(told) > _SHOWN:
        click.echo(f"and {len(told) - _SHOWN} more set aside", err=True)


COMMANDS = (
    init_command,
    sites,
    incidents_command,
    leads_command,
    questionnaire_command,
    answers_command,
    members_command,
)
