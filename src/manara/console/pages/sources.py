"""Sources: the editions in force, what each gave, what was set aside and why."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight
from manara.model import NotFoundError

router = page_router()

_MOST = 500


@router.get("/sources")
def sources(request: Request, sight: InSight) -> Response:
    """The datasets in force."""
    rows = sorted(sight.datasets(), key=lambda row: row["dataset"])
    return render(request, sight.visit, "sources.html", rows=rows)


@router.get("/sources/{dataset}")
def source(request: Request, sight: InSight, dataset: str) -> Response:
    """One dataset: where it came from, its history, its rejects."""
    row = next((one for one in sight.datasets() if one["dataset"] == dataset), None)
    if row is None:
        raise NotFoundError("no such dataset", where=dataset[:100])
    return render(
        request,
        sight.visit,
        "source.html",
        row=row,
        rejects=list(sight.view.rejects(dataset, _MOST)),
        history=list(sight.workspace.history(dataset))[::-1][:_MOST],
    )
