"""The questionnaire in the browser: section by section, saved as one goes, and side by side."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, RedirectResponse, Response

from manara.casework.members import Part
from manara.console.access import Visit
from manara.console.pages.rendering import page_router, render, spoken_in
from manara.console.risk.opening import Protecting, changed, data_of, entered, opened, sites_of
from manara.console.risk.programmes import form_of
from manara.model import NotFoundError, UsageError
from manara.risk.programme.folder import FILLED, Folder
from manara.risk.programme.questionnaire import (
    CLAIM,
    Assessment,
    Category,
    Line,
    Questions,
    protection,
    questions,
)
from manara.risk.programme.sites import Site
from manara.risk.programme.workbooks import put_lines, read_workbook, write_workbook

router = page_router()

Asked = Annotated[str, Query(max_length=60)]

#: Most letters of evidence, and of a note.
MOST = 2000


_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Progress(NamedTuple):
    """How many questions of a section somebody has answered, and how many there are."""

    section: str
    title: str
    answered: int
    asked: int


@router.get("/risk/{name}/questionnaire")
def overview(request: Request, visit: Protecting, name: str) -> Response:
    """Every site with the reader's progress, and what all assessors say together."""
    folder = opened(visit, name, "questionnaire", Part.ASSESS)
    sites, filled = sites_of(folder), assessments(folder)
    own = _own(visit, filled)
    asked = questions(spoken_in(request, visit).code)
    rows = [(one, _progress(one, own, asked), protection(one.site, filled)) for one in sites]
    told = data_of(visit, folder, "questionnaire") | {
        "rows": rows,
        "words": asked,
        "filled": filled,
    }
    return render(request, visit, "risk-questionnaire.html", **told, me=_me(visit))


@router.get("/risk/{name}/questionnaire/answers")
def section(
    request: Request, visit: Protecting, name: str, site: Asked, section: Asked = ""
) -> Response:
    """The questions of one section about one site."""
    folder = opened(visit, name, "questionnaire", Part.ASSESS)
    asked = questions(spoken_in(request, visit).code)
    here, category = _place(folder, asked, site, section)
    own = _own(visit, assessments(folder))
    lines = own.lines if own else {}
    return render(
        request,
        visit,
        "risk-answers.html",
        **data_of(visit, folder, "questionnaire"),
        site=here,
        category=category,
        progress=_progress(here, own, asked),
        scale=asked.scale,
        claim=CLAIM,
        lines={one.id: lines.get((site, one.id), Line()) for one in category.questions},
        most=MOST,
    )


@router.post("/risk/{name}/questionnaire/answers")
def save(
    visit: Protecting, name: str, form: Annotated[FormData, Depends(form_of)], request: Request
) -> Response:
    """Keep what was written in a section, and go on to the next."""
    folder = entered(visit, name, Part.ASSESS)
    asked = questions()
    site, which = str(form.get("site", "")), str(form.get("section", ""))
    here, category = _place(folder, asked, site, which)
    lines = {(site, one.id): _line(form, one.id) for one in category.questions}
    put_lines(folder, _me(visit), lines, datetime.now(UTC).date())
    changed(visit, folder, "answers", here.site, category.id)
    if form.get("stay"):
        answered = sum(bool(one.answer) for one in lines.values())
        return JSONResponse({"answered": answered, "asked": len(lines)})
    return RedirectResponse(_following(folder, asked, here, category), 303)


@router.get("/risk/{name}/questionnaire/side-by-side")
def compare(request: Request, visit: Protecting, name: str, site: Asked) -> Response:
    """What each assessor answered about a site, and how far they agree."""
    folder = opened(visit, name, "side-by-side")
    asked = questions(spoken_in(request, visit).code)
    here, _ = _place(folder, asked, site, "")
    filled = [one for one in assessments(folder) if any(a.site == site for a in one.answers)]
    answers = [{a.question: a for a in one.answers if a.site == site} for one in filled]
    told: dict[str, Any] = {
        "site": here,
        "words": asked,
        "filled": filled,
        "answers": answers,
        "claim": CLAIM,
    }
    told["known"] = protection(site, filled)
    return render(
        request, visit, "risk-compare.html", **data_of(visit, folder, "questionnaire"), **told
    )


@router.get("/risk/{name}/workbook")
def workbook(request: Request, visit: Protecting, name: str) -> Response:
    """The reader's questionnaire as a workbook, with what is answered so far."""
    folder = opened(visit, name, "workbook", Part.ASSESS)
    own = _own(visit, assessments(folder))
    day = own.day if own else datetime.now(UTC).date()
    code = spoken_in(request, visit).code
    lines = own.lines if own else {}
    file = io.BytesIO()
    write_workbook(file, sites_of(folder), _me(visit), day=day, lines=lines, language=code)
    headers = {"Content-Disposition": f'attachment; filename="{name}-questionnaire.xlsx"'}
    return Response(file.getvalue(), headers=headers, media_type=_WORKBOOK)


def assessments(folder: Folder) -> list[Assessment]:
    """Return all filled questionnaires of a programme."""
    names = [one.site for one in sites_of(folder)]
    return [read_workbook(path, names) for path in sorted(folder.file(FILLED).glob("*.xlsx"))]


def _me(visit: Visit) -> str:
    """Return the name that somebody answers under."""
    return visit.account.name or visit.account.id


def _own(visit: Visit, filled: list[Assessment]) -> Assessment | None:
    return next((one for one in filled if one.assessor == _me(visit)), None)


def _place(folder: Folder, asked: Questions, site: str, section: str) -> tuple[Site, Category]:
    """Return a site and a section by their names; the first section if none is named."""
    here = next((one for one in sites_of(folder) if one.site == site), None)
    wanted = section or asked.categories[0].id
    category = next((one for one in asked.categories if one.id == wanted), None)
    if here is None or category is None:
        raise NotFoundError("no such site or section", where=(site if here is None else section))
    return here, category


def _progress(site: Site, own: Assessment | None, asked: Questions) -> list[Progress]:
    met = {one.question for one in own.answers if one.site == site.site} if own else set()
    return [
        Progress(each.id, each.title, sum(q.id in met for q in each.questions), len(each.questions))
        for each in asked.categories
    ]


def _line(form: FormData, question: str) -> Line:
    told = Line(*(str(form.get(f"{part}-{question}") or "").strip() for part in Line._fields))
    allowed = {"", "n", *(str(step.score) for step in questions().scale)}
    if told.answer not in allowed:
        raise UsageError("is not 0 to 4, nor n", where=f"{question}: {told.answer[:20]}")
    if max(len(told.evidence), len(told.remark)) > MOST:
        raise UsageError(f"longer than {MOST} letters", where=question)
    return told


def _following(folder: Folder, asked: Questions, here: Site, category: Category) -> str:
    """Return the page after a section: the next one, of the next site after the last."""
    base = f"/risk/{folder.path.name}/questionnaire"
    at = asked.categories.index(category) + 1
    site: Site | None = here
    if at == len(asked.categories):
        sites, at = sites_of(folder), 0
        after = sites.index(here) + 1
        site = sites[after] if after < len(sites) else None
    if site is None:
        return base
    return f"{base}/answers?" + urlencode({"site": site.site, "section": asked.categories[at].id})
