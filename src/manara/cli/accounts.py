"""Commands about who may sign in to the console."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from manara.cli.output import json_option, print_json, print_list, print_table
from manara.model import PURPOSES, Tlp, UsageError
from manara.store import Workspace

_ROLES = (
    *("analyst", "officer", "liaison", "supervisor", "data-protection-officer", "auditor"),
    *("trainer", "risk-manager", "administrator"),
)
_LEVELS = [level.label for level in Tlp]

role_option = click.option(
    "--role", "roles", multiple=True, type=click.Choice(_ROLES), help="A role; repeatable."
)
group_option = click.option(
    "--group", "groups", multiple=True, help="A group that handling rules name; repeatable."
)
purpose_option = click.option(
    "--purpose",
    "purposes",
    multiple=True,
    type=click.Choice(list(PURPOSES)),
    help="For what the person may look at data; repeatable.",
)


@click.group()
def account() -> None:
    """Manage who may sign in to the console: accounts, roles, purposes, levels.

    Everything done here enters the audit log.
    """


@account.command("list")
@json_option
@click.pass_obj
def list_command(folder: Path | None, as_json: bool) -> None:
    """List the accounts."""
    with _accounts(folder) as accounts:
        rows = [_plain(each) for each in accounts.all()]
    if as_json:
        print_list(rows)
        return
    shown = ("account", "name", "roles", "purposes", "clearance", "second_factor", "disabled")
    print_table(
        [name.replace("_", " ") for name in shown],
        ([_cell(row[name]) for name in shown] for row in rows),
    )


@account.command("add")
@click.argument("account_id", metavar="ACCOUNT")
@click.option("--name", required=True, help="The person's name.")
@role_option
@group_option
@purpose_option
@click.option(
    "--clearance",
    type=click.Choice(_LEVELS, case_sensitive=False),
    default=Tlp.AMBER_STRICT.label,
    show_default=True,
    help="The highest level the person may see.",
)
@click.option("--language", type=click.Choice(["en", "fr", "ar"]), default="en",
              show_default=True, help="Language of the pages.")  # fmt: skip
@click.option("--subject", default="", help="The person's id at the single sign-on.")
@json_option
@click.pass_obj
def add_command(
    folder: Path | None, /, account_id: str, name: str, as_json: bool, **settings: Any
) -> None:
    """Add ACCOUNT and print the path of a link, good for one day and once, to set its password."""
    settings["clearance"] = Tlp.parse(settings["clearance"])
    with _accounts(folder) as accounts:
        secret = accounts.add(account_id, name, by=getpass.getuser(), **settings)
    _tell_link(secret, as_json)


@account.command("role")
@click.argument("account_id", metavar="ACCOUNT")
@role_option
@group_option
@purpose_option
@click.option(
    "--clearance",
    type=click.Choice(_LEVELS, case_sensitive=False),
    help="The highest level the person may see.",
)
@json_option
@click.pass_obj
def role_command(folder: Path | None, account_id: str, as_json: bool, /, **settings: Any) -> None:
    """Give ACCOUNT other roles, groups, purposes or another level; what is not named stays."""
    changes = {name: value for name, value in settings.items() if value}
    with _accounts(folder) as accounts:
        changed = accounts.change(account_id, by=getpass.getuser(), **changes)
    _tell(_plain(changed), as_json)


@account.command("disable")
@click.argument("account_id", metavar="ACCOUNT")
@click.option("--undo", is_flag=True, help="Let it sign in again.")
@json_option
@click.pass_obj
def disable_command(folder: Path | None, account_id: str, undo: bool, as_json: bool) -> None:
    """Let ACCOUNT sign in no more and end its sessions; what it did stays recorded."""
    with _accounts(folder) as accounts:
        changed = accounts.change(account_id, by=getpass.getuser(), disabled=not undo)
    _tell(_plain(changed), as_json)


@account.command("reset")
@click.argument("account_id", metavar="ACCOUNT")
@json_option
@click.pass_obj
def reset_command(folder: Path | None, account_id: str, as_json: bool) -> None:
    """Forget password and second factors of ACCOUNT and print the path of a link to set anew."""
    with _accounts(folder) as accounts:
        secret = accounts.reset(account_id, by=getpass.getuser())
    _tell_link(secret, as_json)


@account.command("second-factor")
@click.option("--nobody", is_flag=True, help="Ask nobody; who has one uses it.")
@click.option("--everybody", is_flag=True, help="Ask everybody.")
@role_option
@click.option("--ground", default="", help="Why; needed for a change.")
@json_option
@click.pass_obj
def factor_command(
    folder: Path | None,
    nobody: bool,
    everybody: bool,
    roles: tuple[str, ...],
    ground: str,
    as_json: bool,
) -> None:
    """Show of whom a second factor is asked, or ask it of nobody, of everybody or of some roles.

    Who has none is led to set one up before the console shows anything else. Programs with a token
    and whoever comes by the single sign-on are not asked.
    """
    if nobody + everybody + bool(roles) > 1:
        raise UsageError("exclude each other", where="--nobody, --everybody and --role")
    with _accounts(folder) as accounts:
        from manara.casework.requirements import EVERYBODY, Requirements

        requirements = Requirements(accounts.journal)
        if nobody or everybody or roles:
            asked = [EVERYBODY] if everybody else list(roles)
            requirements.require_factor(asked, by=getpass.getuser(), ground=ground)
        found = requirements.factor()
        known = [each for each in accounts.all() if not (each.second_factor or each.disabled)]
    missing = [each.id for each in known]
    owing = [each.id for each in known if found.meets(each)]
    if as_json:
        print_json({"asked_of": list(found.roles), "without": missing, "owing": owing})
        return
    click.echo(f"asked of: {', '.join(found.roles) or 'nobody'}")
    click.echo(f"without one: {', '.join(missing) or 'nobody'}")


@contextmanager
def _accounts(folder: Path | None) -> Iterator[Any]:
    # Loaded here: the names of roles above are enough for the help.
    from manara.casework.accounts import Accounts
    from manara.casework.journal import Journal

    with Workspace.open(folder) as workspace:
        yield Accounts(Journal(workspace))


def _plain(account: Any) -> dict[str, Any]:
    return {
        "account": account.id,
        "name": account.name,
        "roles": sorted(account.roles),
        "groups": sorted(account.groups),
        "purposes": sorted(account.purposes),
        "clearance": account.clearance.label,
        "language": account.language,
        "second_factor": account.second_factor,
        "last_seen": account.last_seen,
        "disabled": account.disabled,
    }


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _tell(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['account']}: {', '.join(row['roles']) or 'no role'}")


def _tell_link(secret: str, as_json: bool) -> None:
    path = f"/welcome?link={secret}"
    if as_json:
        print_json({"path": path})
    else:
        click.echo(f"Let the person open this path of the console within a day: {path}")


COMMANDS = (account,)
