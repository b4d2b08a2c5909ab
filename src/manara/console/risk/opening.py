"""How a page comes to a programme: by its name, with the right to it, and not unseen."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends

from manara.casework.accounts import Right
from manara.casework.jobs import Job
from manara.casework.members import Part, members, need
from manara.casework.programmes import programme
from manara.console.access import Visit, needs
from manara.risk.programme.folder import SITES, Folder
from manara.risk.programme.sites import Site, read_sites

#: A parameter of a route: who visits, with the right to the programmes.
Protecting = Annotated[Visit, Depends(needs(Right.PROTECT))]


def entered(visit: Visit, name: str, part: Part = Part.WORK) -> Folder:
    """Return a programme that the visitor may use.

    Args:
        visit: who wants to.
        name: of the programme.
        part: that takes.

    Raises:
        NotFoundError: there is none of this name, or the visitor has no part in it.
        RefusedError: the visitor's part is a smaller one.
    """
    folder = programme(visit.console.workspace, name)
    need(folder, visit.account.id, part)
    return folder


def opened(visit: Visit, name: str, what: str, part: Part = Part.WORK) -> Folder:
    """Return a programme; the audit log and the programme's own know who looked at what of it.

    Args:
        visit: who looks.
        name: of the programme.
        what: is looked at.
        part: see `entered`.

    Raises:
        NotFoundError: see `entered`.
        RefusedError: see `entered`.
    """
    folder = entered(visit, name, part)
    seen(visit, folder, what)
    return folder


def seen(visit: Visit, folder: Folder, what: str) -> None:
    """Tell both logs that somebody looks at something of a programme."""
    visit.read("programme", [f"{folder.path.name}/{what}"])
    folder.log("read", [what], by=visit.account.id)


def changed(visit: Visit, folder: Folder, what: str, *detail: str) -> None:
    """Tell both logs that somebody changed something in a programme."""
    visit.note("programme-change", folder.path.name, what=what, detail=list(detail))
    folder.log(what, detail, by=visit.account.id)


def sites_of(folder: Folder) -> list[Site]:
    """Return the sites of a programme."""
    path = folder.file(SITES)
    return read_sites(path)[0] if path.is_file() else []


def job_of(visit: Visit, name: str, calculation: str = "") -> Job | None:
    """Return the last job that works a programme out, or did; or one of its calculations."""
    wanted = {"programme": name} | ({"calculation": calculation} if calculation else {})
    jobs = visit.console.jobs.all(right=Right.PROTECT)
    return next((one for one in jobs if one.settings == wanted), None)


def data_of(visit: Visit, folder: Folder, here: str) -> dict[str, Any]:
    """Return what every page of a programme shows.

    Args:
        visit: who looks.
        folder: of the programme.
        here: which page it is; a key of the words ``section``.
    """
    return {
        "programme": folder.path.name,
        "settings": folder.settings,
        "section": here,
        "working": members(folder.path).part(visit.account.id) >= Part.WORK,
    }
