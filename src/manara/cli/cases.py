"""Commands about cases: opening them, adding to them, and what takes a second account."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from manara.casework import CUSTODY, Case, Cases
from manara.casework.cases import OWN
from manara.casework.decisions import decide
from manara.cli.case_bundle import bundle_command
from manara.cli.case_showing import print_case
from manara.cli.look import Moment
from manara.cli.output import json_option, print_json, print_list, print_table, say
from manara.cli.partners import given_file, officer_option
from manara.cli.take_in import handling_of
from manara.model import UsageError
from manara.store import Workspace

_tlp = click.option("--tlp", help="Who may see it (TLP 2.0); else as the case.")
_to = click.option("--releasable-to", help="The only recipients it may go to, separated by commas.")


@click.group("case")
def case_group() -> None:
    """Work on cases: people, tasks, notes, evidence with its chain of custody, court bundles."""


@case_group.command("open")
@click.argument("title")
@click.option("--legal-basis", required=True, help="The provision it rests on.")
@click.option("--purpose", required=True, help="What it is for, such as investigation.")
@click.option("--lead", help="A lead that it begins with: becomes evidence and is escalated.")
@click.option("--tlp", help="Who may see its own words (TLP 2.0); AMBER+STRICT without.")
@_to
@click.option("--retain-until", type=click.DateTime(["%Y-%m-%d"]),
              help="Day after which it falls due for review.")  # fmt: skip
@officer_option
@json_option
@click.pass_obj
def case_open(
    folder: Path | None, title: str, legal_basis: str, purpose: str, lead: str | None,
    tlp: str | None, releasable_to: str | None, retain_until: datetime | None, officer: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Open a case called TITLE; legal basis and purpose are required."""
    last = retain_until.date() if retain_until else None
    rule = handling_of(tlp, releasable_to, last) or OWN
    with _cases(folder, officer) as cases:
        begun = cases.workspace.view().lead(lead) if lead else None
        case = cases.open(title, legal_basis=legal_basis, purpose=purpose, handling=rule)
        if begun:
            cases.known(case.id, begun.id)
            for subject in begun.finding.subjects:
                cases.involve(case.id, subject, "subject")
            decide(cases.journal, begun, "escalated", by=cases.by, ground=f"opened {case.id}",
                   legal_basis=legal_basis)  # fmt: skip
    # The id alone, so that a shell can take it.
    say({"case": case.id}, case.id, as_json)


@case_group.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that are closed or erased.")
@officer_option
@json_option
@click.pass_obj
def case_list(folder: Path | None, every: bool, officer: str, as_json: bool) -> None:
    """List the cases that you may know of, the newest first."""
    with _cases(folder, officer) as cases:
        found = [case for case in cases.all() if every or case.status == "open"]
    if as_json:
        print_list(case.to_dict() for case in found)
        return
    print_table(
        ("case", "status", "opened", "by", "evidence", "tasks", "waits", "title"),
        ((case.id, _status(case), f"{case.opened_at:%Y-%m-%d}", case.opened_by,
          len(case.evidence), sum(task.result is None for task in case.tasks),
          len(case.pending()), case.title) for case in found),
    )  # fmt: skip


@case_group.command("show")
@click.argument("case_id", metavar="CASE")
@click.option("--purpose", default="", help="For what you read it; else the purpose of the case.")
@officer_option
@json_option
@click.pass_obj
def case_show(folder: Path | None, case_id: str, purpose: str, officer: str, as_json: bool) -> None:
    """Show CASE: all that is in it. That you read it stands in the audit log."""
    with _cases(folder, officer) as cases:
        case = cases.get(case_id)
        why = purpose or case.purpose
        cases.journal.note(cases.by, "read", "case", purpose=why, ids=[case.id])
    if as_json:
        print_json(case.to_dict())
    else:
        print_case(case)


@case_group.command("add")
@click.argument("case_id", metavar="CASE")
@click.option("--person", help="A person or organisation: id of an entity, or a name.")
@click.option("--role", default="involved", show_default=True, help="With --person: as what.")
@click.option("--file", "file", type=given_file, help="A file that is evidence.")
@click.option("--how", default="", help="With --file: how it was got.")
@click.option("--from", "who", default="", help="With --file: who handed it over or seized it.")
@click.option("--when", type=Moment(), help="With --file: when (UTC); else now.")
@click.option("--document", type=given_file, help="A file that proves nothing, such as an order.")
@click.option("--evidence", help="A fact, an event or a lead that is evidence, by its id.")
@click.option("--partner", help="Another node that takes part.")
@click.option("--reason", default="", help="With --partner: why.")
@click.option("--account", help="Another account that works on the case.")
@_tlp
@_to
@officer_option
@json_option
@click.pass_obj
def case_add(
    folder: Path | None, /, case_id: str, officer: str, as_json: bool, **given: Any
) -> None:
    """Add to CASE a person, a file, a fact, an event, a lead, a partner or an account."""
    kinds = ("person", "file", "document", "evidence", "partner", "account")
    named = [kind for kind in kinds if given[kind]]
    if len(named) != 1:
        raise UsageError("name one thing to add", remedy=" or ".join(f"--{kind}" for kind in kinds))
    rule = handling_of(given["tlp"], given["releasable_to"], None)
    kind, key = named[0], ""
    with _cases(folder, officer) as cases:
        if kind == "person":
            key = cases.involve(case_id, given["person"], given["role"], rule)
        elif kind == "file":
            key = cases.file(case_id, given["file"], given["file"].name, how=given["how"],
                             who=given["who"], when=given["when"], handling=rule)  # fmt: skip
        elif kind == "document":
            key = cases.document(case_id, given["document"], given["document"].name, rule)
        elif kind == "evidence":
            key = cases.known(case_id, given["evidence"])
        elif kind == "partner":
            cases.partner(case_id, given["partner"], given["reason"])
        else:
            cases.officer(case_id, given["account"])
    say({"case": case_id, "key": key}, f"added {kind} {key}".strip(), as_json)


@case_group.command("note")
@click.argument("case_id", metavar="CASE")
@click.argument("text")
@_tlp
@_to
@officer_option
@json_option
@click.pass_obj
def case_note(
    folder: Path | None, case_id: str, text: str, tlp: str | None, releasable_to: str | None,
    officer: str, as_json: bool,
) -> None:  # fmt: skip
    """Add a note to CASE; without a rule of its own it comes under the strictest of the case."""
    with _cases(folder, officer) as cases:
        cases.note(case_id, text, handling_of(tlp, releasable_to, None))
    say({"case": case_id}, "noted", as_json)


@case_group.command("task")
@click.argument("case_id", metavar="CASE")
@click.argument("title")
@click.option("--owner", default="", help="The account that does it; else your own.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="Until when.")
@click.option("--done", help="TITLE is the key of a task, such as T1, and this came of it.")
@officer_option
@json_option
@click.pass_obj
def case_task(
    folder: Path | None, case_id: str, title: str, owner: str, due: datetime | None,
    done: str | None, officer: str, as_json: bool,
) -> None:  # fmt: skip
    """Add a task to CASE, or say what came of one."""
    with _cases(folder, officer) as cases:
        if done is None:
            day: date | None = due.date() if due else None
            key = cases.task(case_id, title, owner or cases.by, day)
        else:
            cases.done(case_id, title, done)
            key = title
    say({"case": case_id, "task": key}, f"task {key}{'' if done is None else ' done'}", as_json)


@case_group.command("custody")
@click.argument("case_id", metavar="CASE")
@click.argument("item")
@click.argument("what", type=click.Choice(CUSTODY))
@click.option("--how", required=True, help="By what means, or under what authority.")
@click.option("--who", default="", help="Who did it; else your own account.")
@click.option("--when", type=Moment(), help="When it was done (UTC); else now.")
@click.option("--result", default="", help="What came of it.")
@click.option("--to", default="", help="Who holds it from then on.")
@officer_option
@json_option
@click.pass_obj
def case_custody(
    folder: Path | None, /, case_id: str, item: str, what: str, officer: str, as_json: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Record WHAT was done with ITEM of CASE, such as E1; its file is checked against its SHA-256.

    Exit status 1 if the file is not as it was received.
    """
    with _cases(folder, officer) as cases:
        intact = cases.custody(case_id, item, what, **given)
    told = {None: "", True: "; its file is as received", False: "; ITS FILE IS NOT AS RECEIVED"}
    say({"case": case_id, "item": item, "intact": intact}, f"recorded{told[intact]}", as_json)
    if intact is False:
        raise click.exceptions.Exit(1)


@case_group.command("close")
@click.argument("case_id", metavar="CASE")
@click.option("--reason", required=True, help="Why, in your own words.")
@officer_option
@json_option
@click.pass_obj
def case_close(folder: Path | None, case_id: str, reason: str, officer: str, as_json: bool) -> None:
    """Ask for CASE to be closed; a second account confirms it."""
    _ask(folder, officer, case_id, "close", reason, as_json)


@case_group.command("seal")
@click.argument("case_id", metavar="CASE")
@click.option("--reason", required=True, help="Why, in your own words.")
@click.option("--lift", is_flag=True, help="Let others see it again.")
@officer_option
@json_option
@click.pass_obj
def case_seal(
    folder: Path | None, case_id: str, reason: str, lift: bool, officer: str, as_json: bool
) -> None:
    """Ask for CASE to be sealed: only accounts that work on it know that it exists."""
    _ask(folder, officer, case_id, "seal", reason, as_json, open=lift)


@case_group.command("erase")
@click.argument("case_id", metavar="CASE")
@click.option("--reason", required=True, help="Why, in your own words.")
@officer_option
@json_option
@click.pass_obj
def case_erase(folder: Path | None, case_id: str, reason: str, officer: str, as_json: bool) -> None:
    """Ask for CASE to be erased, with the files that only it holds; another account confirms."""
    _ask(folder, officer, case_id, "erase", reason, as_json)


@case_group.command("confirm")
@click.argument("case_id", metavar="CASE")
@click.argument("number", type=int, required=False)
@officer_option
@json_option
@click.pass_obj
def case_confirm(
    folder: Path | None, case_id: str, number: int | None, officer: str, as_json: bool
) -> None:
    """Confirm request NUMBER of CASE, which another account has made; the only one without."""
    with _cases(folder, officer) as cases:
        waiting = [one.number for one in cases.get(case_id).pending()]
        if number is None and len(waiting) != 1:
            told = ", ".join(map(str, waiting)) or "nothing waits"
            raise UsageError("say which request", where=case_id, remedy=told)
        action = cases.confirm(case_id, waiting[0] if number is None else number)
        if action == "erase":
            from manara.casework.erasure import erase_case

            erase_case(cases, case_id)
    say({"case": case_id, "action": action}, f"confirmed: {action}", as_json)


@case_group.command("refuse")
@click.argument("case_id", metavar="CASE")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why, in your own words.")
@officer_option
@json_option
@click.pass_obj
def case_refuse(
    folder: Path | None, case_id: str, number: int, reason: str, officer: str, as_json: bool
) -> None:
    """Refuse request NUMBER of CASE."""
    with _cases(folder, officer) as cases:
        action = cases.refuse(case_id, number, reason)
    say({"case": case_id, "action": action}, f"refused: {action}", as_json)


@case_group.command("reopen")
@click.argument("case_id", metavar="CASE")
@click.option("--reason", required=True, help="Why, in your own words.")
@officer_option
@json_option
@click.pass_obj
def case_reopen(
    folder: Path | None, case_id: str, reason: str, officer: str, as_json: bool
) -> None:
    """Open a closed CASE again."""
    with _cases(folder, officer) as cases:
        cases.reopen(case_id, reason)
    say({"case": case_id}, "open again", as_json)


case_group.add_command(bundle_command)


def _ask(
    folder: Path | None, officer: str, case_id: str, action: str, reason: str, as_json: bool,
    **detail: Any,
) -> None:  # fmt: skip
    with _cases(folder, officer) as cases:
        number = cases.ask(case_id, action, reason, **detail)
    told = f"request {number} waits: another account runs `manara case confirm {case_id} {number}`"
    say({"case": case_id, "request": number}, told, as_json)


@contextmanager
def _cases(folder: Path | None, officer: str) -> Iterator[Cases]:
    with Workspace.open(folder) as workspace:
        yield Cases(workspace, officer or getpass.getuser())


def _status(case: Case) -> str:
    return f"{case.status}, sealed" if case.sealed else case.status


COMMANDS = (case_group,)
