"""The risk programmes of a workspace: folders in its folder ``risk``, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from manara import __version__
from manara.casework.members import MEMBERS, Members
from manara.model import NotFoundError, UsageError
from manara.risk.programme.folder import REPORT, RESULTS, SETTINGS, Folder, named
from manara.store import Workspace

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def shelf(workspace: Workspace) -> Path:
    """Return the folder that the programmes of a workspace are in."""
    return workspace.root / "risk"


def programmes(workspace: Workspace) -> list[str]:
    """Return the names of the programmes there are."""
    return sorted(path.parent.name for path in shelf(workspace).glob(f"*/{SETTINGS}"))


def programme(workspace: Workspace, name: str) -> Folder:
    """Return a programme by its name.

    Raises:
        NotFoundError: there is none of this name.
        FormatError: its settings cannot be read.
    """
    # Only what is listed can be asked for, so no name leads anywhere else.
    if name not in programmes(workspace):
        raise NotFoundError("no such programme", where=name[:80])
    return Folder.open(shelf(workspace) / name)


def new_programme(
    workspace: Workspace, name: str, organisation: str, currency: str, *, by: str
) -> Folder:
    """Return a new programme, with templates in it, owned by whoever makes it.

    Raises:
        UsageError: the name is taken or will not do, or the currency is none.
    """
    from manara.risk.programme.folder import make
    from manara.risk.programme.templates import fill

    if not _NAME.fullmatch(name):
        remedy = "use small letters, digits and -, at most 40"
        raise UsageError("is no name of a programme", where=name[:80], remedy=remedy)
    if not organisation.strip() or not organisation.isprintable():
        raise UsageError("says whose sites these are", where="organisation")
    path = shelf(workspace) / name
    if path.exists():
        raise UsageError("is taken", where=name, remedy="choose another name")
    made = make(path, organisation.strip(), currency)
    made.file(MEMBERS).write_bytes(msgspec.json.encode(Members(owner=by)))
    fill(made)
    made.log("init", [organisation], by=by)
    return made


def work_out(folder: Folder, tell: Callable[[str], None], *, by: str) -> None:
    """Work a programme out and write its list of actions, and its reports in all languages.

    Args:
        folder: of the programme.
        tell: is told what is being done.
        by: the account that asked for it.

    Raises:
        ManaraError: a file is missing or cannot be read.
    """
    from manara.risk.programme import assess_programme, make_register, write_actions
    from manara.risk.programme.folder import ACTIONS
    from manara.risk.programme.report import write_report
    from manara.risk.programme.speech import LANGUAGES

    folder.log("report", by=by)
    found = assess_programme(folder, tell)
    tell("report")
    with folder.locked():
        write_actions(folder.file(ACTIONS), make_register(found).actions)
    # The report rests on the list as it is now.
    after = {ACTIONS: folder.inputs()[ACTIONS]}
    found = replace(found, inputs=found.inputs | after)
    for language in LANGUAGES:
        for published in (False, True):
            write_report(
                found,
                folder.file(REPORT),
                published=published,
                language=language,
                printing=False,
            )


def results(folder: Folder, language: str = "en") -> dict[str, Any] | None:
    """Return what a programme found when it was last worked out, as JSON values.

    None if it never was, or by another version of Manara.

    Args:
        folder: of the programme.
        language: that its words are told in, as long as that was written then; else English.
    """
    found = _results(folder, "en")
    told = _results(folder, language) if found and language != "en" else None
    return told if found and told and told["made"] == found["made"] else found


def _results(folder: Folder, language: str) -> dict[str, Any] | None:
    path = folder.file(REPORT) / named(RESULTS, language)
    if not path.is_file():
        return None
    told: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return told if told["version"] == __version__ else None
