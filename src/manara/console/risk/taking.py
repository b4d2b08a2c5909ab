"""The workspace's own incidents and places of grave leads, taken into a programme."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from manara.casework.accounts import Right
from manara.console.pages.rendering import page_router
from manara.console.pages.sight import InSight
from manara.console.risk.files import INCIDENTS, LEADS
from manara.console.risk.opening import Protecting, changed, entered
from manara.console.risk.programmes import overview
from manara.model import ManaraError, RefusedError, UsageError
from manara.risk.programme.editing import change_settings
from manara.risk.programme.folder import Folder

router = page_router()

#: What of the workspace may be taken, and what takes it; each says how many there were.
KINDS = ("incidents", "leads")


@router.post("/risk/{name}/take")
def take(
    request: Request,
    visit: Protecting,
    sight: InSight,
    name: str,
    kind: Annotated[str, Form(max_length=20)],
) -> Response:
    """Take what the reader may see of the workspace's incidents or leads: day, place, severity."""
    folder = entered(visit, name)
    try:
        if kind not in KINDS:
            raise UsageError("no such thing to take", where=kind)
        if Right.READ not in visit.rights:
            remedy = "ask a colleague who may also read the workspace"
            raise RefusedError("takes the right to read", 403, where=kind, remedy=remedy)
        count = _incidents(sight, folder) if kind == "incidents" else _leads(sight, folder)
    except ManaraError as error:
        status = error.status if isinstance(error, RefusedError) else 400
        return overview(request, visit, folder, status, problem=error)
    visit.read("incident-place" if kind == "incidents" else "lead-place", [f"{name}/{kind}"])
    changed(visit, folder, f"take {kind}", f"{count} of the workspace")
    # Settings have changed with it.
    folder = entered(visit, name)
    return overview(request, visit, folder, taken=kind, count=count)


def _incidents(sight: InSight, folder: Folder) -> int:
    from manara.risk.threat import workspace_incidents, write_incidents

    found = workspace_incidents(sight.view, sight.visit.sees)
    with folder.locked():
        write_incidents(folder.file(INCIDENTS), found)
    change_settings(folder, {"incidents": INCIDENTS})
    return len(found.items)


def _leads(sight: InSight, folder: Folder) -> int:
    from manara.risk.threat import workspace_leads, write_leads

    places = workspace_leads(sight.view, sight.visit.sees)
    with folder.locked():
        write_leads(folder.file(LEADS), places)
    change_settings(folder, {"leads": LEADS})
    return len({one.lead for one in places})
