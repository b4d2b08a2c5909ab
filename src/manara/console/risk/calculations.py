"""Calculations beside a programme: losses, terms, games, interdiction, experts, by upload."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from manara.casework.calculations import KINDS, Asked, asked, drop, found, home, keep, models
from manara.casework.calculations import results as files_of
from manara.casework.jobs import plain_name
from manara.console.pages.rendering import page_router, render
from manara.console.pages.risk_charts import Curves, by_return_period
from manara.console.risk.files import MOST
from manara.console.risk.opening import Protecting, changed, data_of, entered, job_of, opened
from manara.console.risk.programmes import form_of
from manara.model import ManaraError, NotFoundError, RefusedError, UsageError

router = page_router()

#: Perspectives that are money; people are counted beside.
_MONEY = ("gul", "il", "ri")


@router.get("/risk/{name}/calculations")
def overview(request: Request, visit: Protecting, name: str) -> Response:
    """All kinds of calculation, with the last of each."""
    folder = opened(visit, name, "calculations")
    rows = [(kind, found(folder, kind), job_of(visit, name, kind)) for kind in KINDS]
    return render(
        request,
        visit,
        "risk-calculations.html",
        **data_of(visit, folder, "calculations"),
        rows=rows,
    )


@router.get("/risk/{name}/calculations/{kind}")
def one(request: Request, visit: Protecting, name: str, kind: str) -> Response:
    """One kind: what it takes, and what it last came to."""
    return _shown(request, visit, name, kind)


@router.post("/risk/{name}/calculations/{kind}")
def ask(
    request: Request,
    visit: Protecting,
    name: str,
    kind: str,
    form: Annotated[FormData, Depends(form_of)],
) -> Response:
    """Keep the files that were sent, and ask for the calculation."""
    folder = entered(visit, name)
    home(folder, kind)
    try:
        last = job_of(visit, name, kind)
        if last and not last.ended:
            raise RefusedError("is being worked out", 409, where=kind, remedy="wait until it is")
        # In the programme's folder, whose rights keep others out.
        with tempfile.TemporaryDirectory(prefix=".sent-", dir=folder.path) as there:
            files = _sent(form, Path(there))
            options = {
                key: str(form.get(key) or "")[:40] for key in (*KINDS[kind].options, "model")
            }
            names = {part: path.name for part, path in files.items()}
            keep(folder, kind, files, Asked(names, options, visit.account.id, datetime.now(UTC)))
    except ManaraError as error:
        status = error.status if isinstance(error, RefusedError) else 400
        return _shown(request, visit, name, kind, status, error)
    changed(visit, folder, f"calculation {kind}", *names.values())
    visit.console.jobs.ask(
        "calculate",
        by=visit.account.id,
        purpose=visit.purpose,
        settings={"programme": name, "calculation": kind},
    )
    visit.console.workers.wake()
    return RedirectResponse(f"/risk/{name}/calculations/{kind}", 303)


@router.post("/risk/{name}/calculations/{kind}/drop")
def throw_away(request: Request, visit: Protecting, name: str, kind: str) -> Response:
    """Throw the last calculation of a kind away, with the files that were sent."""
    folder = entered(visit, name)
    last = job_of(visit, name, kind)
    if last and not last.ended:
        told = RefusedError("is being worked out", 409, where=kind, remedy="wait until it is")
        return _shown(request, visit, name, kind, 409, told)
    drop(folder, kind)
    changed(visit, folder, f"drop calculation {kind}")
    return RedirectResponse(f"/risk/{name}/calculations/{kind}", 303)


@router.get("/risk/{name}/calculations/{kind}/results.zip")
def fetch(visit: Protecting, name: str, kind: str) -> Response:
    """The answer and the tables of a calculation."""
    folder = entered(visit, name)
    if found(folder, kind) is None:
        raise NotFoundError("not worked out yet", where=kind)
    opened(visit, name, f"calculations/{kind}/results.zip")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for called, path in files_of(folder, kind):
            archive.write(path, called)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{kind}.zip"'}
    return Response(packed.getvalue(), headers=headers, media_type="application/zip")


def _sent(form: FormData, there: Path) -> dict[str, Path]:
    """Return the files of a form by what each is, in a folder for each of them."""
    files: dict[str, Path] = {}
    for part, value in form.multi_items():
        if not isinstance(value, UploadFile) or not value.filename:
            continue
        if part in files:
            raise UsageError("was sent twice", where=part[:40])
        path = there / str(len(files)) / plain_name(value.filename)
        content = value.file.read(MOST + 1)
        if len(content) > MOST:
            raise RefusedError(f"larger than {MOST >> 20} MiB", 413, where=path.name)
        path.parent.mkdir()
        path.write_bytes(content)
        files[part] = path
    return files


def _shown(
    request: Request,
    visit: Protecting,
    name: str,
    kind: str,
    status: int = 200,
    problem: ManaraError | None = None,
) -> Response:
    folder = entered(visit, name)
    home(folder, kind)
    opened(visit, name, f"calculations/{kind}")
    worked = found(folder, kind)
    return render(
        request,
        visit,
        "risk-calculation.html",
        status=status,
        **data_of(visit, folder, "calculations"),
        kind=kind,
        takes=KINDS[kind],
        models=models(visit.console.workspace) if kind == "losses" else [],
        problem=problem,
        given=asked(folder, kind),
        found=worked,
        curves=_curves(worked.told) if worked and kind == "losses" else None,
        job=job_of(visit, name, kind),
    )


def _curves(told: Mapping[str, Any]) -> Curves | None:
    lines = {key: one["aep"] for key, one in told["perspectives"].items() if key in _MONEY}
    return by_return_period(lines)
