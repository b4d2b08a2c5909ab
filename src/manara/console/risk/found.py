"""What a programme found: three phases, the register, the reports. Nothing is worked out here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import Form, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from manara.casework.programmes import results
from manara.console.pages.rendering import page_router, render, spoken_in
from manara.console.risk.opening import Protecting, changed, data_of, entered, job_of, opened
from manara.console.risk.programmes import is_stale
from manara.model import NotFoundError, UsageError
from manara.model.language import LANGUAGES
from manara.risk.programme.folder import ACTIONS, REPORT, named
from manara.risk.programme.questionnaire import questions

router = page_router()

Field = Annotated[str, Form(max_length=400)]

#: Pages by their section, and what is fetched by its name.
PAGES = {
    "phase-1": "risk-phase-1.html",
    "phase-2": "risk-phase-2.html",
    "phase-3": "risk-phase-3.html",
    "register": "risk-register.html",
}
_TYPES = {"html": "text/html", "pdf": "application/pdf"}
REPORTS: Mapping[str, str] = {
    named(f"{name}.{kind}", code): media
    for name in ("report", "published")
    for kind, media in _TYPES.items()
    for code in LANGUAGES
}

#: Parts of the waterfall, in the order in which they pay.
PARTS = ("owner", "stand_alone", "insurer", "pool", "retrocession", "state", "pro_rata", "nobody")


@router.get("/risk/{name}/found/{phase}")
def phase(request: Request, visit: Protecting, name: str, phase: str) -> Response:
    """What a phase found, or the register."""
    if phase not in PAGES:
        raise NotFoundError("no such page", where=phase[:80])
    return _shown(request, visit, name, phase)


@router.post("/risk/{name}/actions")
def act(
    request: Request,
    visit: Protecting,
    name: str,
    action: Field,
    owner: Field = "",
    due: Field = "",
    trigger: Field = "",
    status: Field = "",
) -> Response:
    """Change who does an action, by when, its review trigger or its state."""
    from manara.risk.programme.actions import change_action, read_actions
    from manara.risk.programme.speech import speech

    folder = entered(visit, name)
    changes = {"owner": owner, "due": due, "trigger": trigger, "status": status}
    kept, voice = (
        read_actions(folder.file(ACTIONS)).get(action),
        speech(spoken_in(request, visit).code),
    )
    for part in ("owner", "trigger"):
        # Manara's own words come back as they were told; they are kept as they are written.
        if kept and changes[part] == voice.say(getattr(kept, part)):
            changes[part] = getattr(kept, part)
    try:
        change_action(folder, action, **changes)
    except UsageError as error:
        return _shown(request, visit, name, "register", 400, problem=error)
    changed(visit, folder, "action", action)
    at = list(read_actions(folder.file(ACTIONS))).index(action) + 1
    return RedirectResponse(f"/risk/{name}/found/register#act-{at}", 303)


@router.get("/risk/{name}/report/{file}")
def report(visit: Protecting, name: str, file: str) -> Response:
    """The report for the board, the one for others, or the tables for actuaries."""
    folder = entered(visit, name)
    out = folder.file(REPORT)
    if file == "tables.zip" and (out / "tables").is_dir():
        opened(visit, name, file)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted((out / "tables").rglob("*.*")):
                archive.write(path, path.relative_to(out).as_posix())
        headers = {"Content-Disposition": f'attachment; filename="{name}-tables.zip"'}
        return Response(packed.getvalue(), headers=headers, media_type="application/zip")
    page = (out / file).with_suffix(".html")
    if file not in REPORTS or not page.is_file():
        raise NotFoundError("no such report", where=file[:80], remedy="work the programme out")
    opened(visit, name, file)
    path = page if file.endswith(".html") else _printed(page)
    return FileResponse(path, media_type=REPORTS[file], filename=f"{name}-{file}")


def _printed(page: Path) -> Path:
    from manara.risk.programme.report import printed

    return printed(page)


def _shown(
    request: Request,
    visit: Protecting,
    name: str,
    phase: str,
    status: int = 200,
    problem: UsageError | None = None,
) -> Response:
    from manara.risk.programme.actions import STATES, read_actions
    from manara.risk.programme.actions import told as told_in
    from manara.risk.programme.speech import speech

    folder, code = opened(visit, name, phase), spoken_in(request, visit).code
    told = results(folder, code)
    shown: dict[str, Any] = data_of(visit, folder, phase) | {"found": told, "problem": problem}
    if told is None:
        return render(request, visit, "risk-nothing.html", **shown, job=job_of(visit, name))
    shown["categories"] = questions(code).categories
    actions = read_actions(folder.file(ACTIONS)).values()
    shown["actions"] = [told_in(one, speech(code)) for one in actions]
    return render(
        request, visit, PAGES[phase], status=status, **shown, stale=is_stale(folder, told),
        states=STATES, parts=PARTS, currency=folder.settings.currency,
    )  # fmt: skip
