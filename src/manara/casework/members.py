"""Who may see a risk programme: its owner, and the colleagues that the owner names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from pathlib import Path

import msgspec

from manara.casework.accounts import Account, Right
from manara.model import FormatError, NotFoundError, RefusedError, UsageError
from manara.risk.programme.folder import Folder
from manara.store import settings
from manara.store.files import replacing

#: The file of a programme that says so.
MEMBERS = "members.json"


class Part(IntEnum):
    """What somebody may do in a programme; each may do what the one before may."""

    NONE = 0
    ASSESS = 1
    WORK = 2
    OWN = 3


class Members(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Accounts of a programme.

    Attributes:
        owner: sees all, and names the others; "" while nobody does.
        colleagues: see all.
        assessors: answer the questionnaire, and see nothing else.
    """

    owner: str = ""
    colleagues: tuple[str, ...] = ()
    assessors: tuple[str, ...] = ()

    def part(self, account: str) -> Part:
        """Return what an account may do."""
        if not account:
            return Part.NONE
        if account == self.owner:
            return Part.OWN
        if account in self.colleagues:
            return Part.WORK
        return Part.ASSESS if account in self.assessors else Part.NONE


def members(folder: Path) -> Members:
    """Return who may see the programme in a folder; nobody where nobody was named.

    Raises:
        FormatError: the file that says so cannot be read.
    """
    path = folder / MEMBERS
    if not path.is_file():
        return Members()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Members)
    except msgspec.DecodeError as error:
        raise FormatError(str(error), where=str(path)) from error


def name_members(folder: Folder, named: Members, known: Iterable[Account]) -> None:
    """Write down who may see a programme.

    Args:
        folder: of the programme.
        named: who.
        known: all accounts.

    Raises:
        UsageError: nobody owns it, or an account is not there or no risk manager's.
    """
    if not named.owner:
        raise UsageError("somebody owns a programme", where=folder.path.name)
    managers = {one.id for one in known if Right.PROTECT in one.rights}
    for account in (named.owner, *named.colleagues, *named.assessors):
        if account not in managers:
            remedy = "give it the role risk-manager"
            raise UsageError("is no account of a risk manager", where=account[:80], remedy=remedy)
    rest = [one for one in named.colleagues if one != named.owner]
    others = [one for one in named.assessors if one != named.owner and one not in rest]
    clean = Members(named.owner, tuple(sorted(set(rest))), tuple(sorted(set(others))))
    with replacing(folder.file(MEMBERS)) as part:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(clean)) + b"\n")


def of_parts(parts: Mapping[str, Part]) -> Members:
    """Return the members by what each may do."""
    owners = [account for account, part in parts.items() if part is Part.OWN]
    return Members(
        owners[0] if owners else "",
        tuple(account for account, part in parts.items() if part is Part.WORK),
        tuple(account for account, part in parts.items() if part is Part.ASSESS),
    )


def need(folder: Folder, account: str, part: Part) -> Part:
    """Return what an account may do in a programme.

    Raises:
        NotFoundError: it may see nothing of it; no word says that it is there.
        RefusedError: it may do less than is needed.
    """
    may = members(folder.path).part(account)
    if may is Part.NONE:
        raise NotFoundError("no such programme", where=folder.path.name)
    if may < part:
        raise RefusedError(
            "is for the programme's owner"
            if part is Part.OWN
            else "is for its owner and colleagues",
            403,
            where=folder.path.name,
            remedy="ask the owner of the programme",
        )
    return may


def home_of(folder: Folder) -> Path | None:
    """Return the workspace that a programme is in; None for a programme of its own."""
    shelf = folder.path.absolute().parent
    home = shelf.parent
    return home if shelf.name == "risk" and (home / settings.FILE).is_file() else None
