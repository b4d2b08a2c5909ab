"""Files of a programme: what there is, down as it stands, up only if it can be read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import File, Form, Request, UploadFile
from starlette.responses import FileResponse, Response

from manara.casework.jobs import plain_name
from manara.console.pages.rendering import page_router
from manara.console.risk.opening import Protecting, changed, entered, opened, sites_of
from manara.model import FormatError, ManaraError, NotFoundError, RefusedError, Reject, UsageError
from manara.risk.programme.editing import change_settings
from manara.risk.programme.folder import (
    ACTIONS,
    COVER,
    EXPERTS,
    EXPERTS_ANSWERS,
    EXPERTS_TRUTH,
    FILLED,
    MEASURES,
    SETTINGS,
    SEVERITY,
    SITES,
    Folder,
)

router = page_router()

INCIDENTS, LEADS = "incidents.csv", "leads.csv"

#: Most bytes of a file.
MOST = 20 << 20

#: Reads a file that was sent, keeps it if it can be used, and returns what of it cannot.
Keeper = Callable[[Folder, Path], list[Reject]]


class Listed(NamedTuple):
    """A file of a programme; ``name`` is ``""`` where there is none yet."""

    kind: str
    name: str
    size: int


def _sites(folder: Folder, path: Path) -> list[Reject]:
    from manara.risk.programme.sites import read_sites, write_sites

    found, rejects = read_sites(path)
    if found:
        part = folder.file(SITES + ".part")
        write_sites(part, found)
        part.replace(folder.file(SITES))
    elif not rejects:
        raise FormatError("no sites in it", where=path.name)
    return rejects


def _answers(folder: Folder, path: Path) -> list[Reject]:
    from manara.risk.programme.workbooks import file_of, read_workbook

    found = read_workbook(path, [one.site for one in sites_of(folder)])
    if not found.answers:
        raise UsageError("no answers in it", where=path.name, remedy="fill in the sheet answers")
    _replace(path, file_of(folder, found.assessor))
    return list(found.rejects)


def _incidents(folder: Folder, path: Path) -> list[Reject]:
    from manara.risk.threat import read_incidents

    found = read_incidents(path)
    _replace(path, folder.file(INCIDENTS))
    change_settings(folder, {"incidents": INCIDENTS})
    return list(found.rejects)


def _measures(folder: Folder, path: Path) -> list[Reject]:
    from manara.risk.plan import read_measures

    # In the order of their names, as it is with the ids of arrays.
    read_measures(path, tuple(one.site for one in sites_of(folder)))
    _replace(path, folder.file(MEASURES))
    return []


def _cover(folder: Folder, path: Path) -> list[Reject]:
    from manara.risk.cover import read_cover

    read_cover(path)
    _replace(path, folder.file(COVER))
    return []


def _severity(folder: Folder, path: Path) -> list[Reject]:
    from manara.risk.portfolio import Severity

    Severity.read(path)
    _replace(path, folder.file(SEVERITY))
    return []


def _actions(folder: Folder, path: Path) -> list[Reject]:
    from manara.risk.programme.actions import read_actions

    read_actions(path)
    _replace(path, folder.file(ACTIONS))
    return []


def _experts_answers(folder: Folder, path: Path) -> list[Reject]:
    from manara.risk.excalibur import read_answers

    read_answers(path)
    _replace(path, folder.file(EXPERTS_ANSWERS))
    return []


def _experts_truth(folder: Folder, path: Path) -> list[Reject]:
    from manara.risk.excalibur import read_truths

    read_truths(path)
    _replace(path, folder.file(EXPERTS_TRUTH))
    return []


def _experts_inputs(folder: Folder, path: Path) -> list[Reject]:
    from manara.risk.programme.opinions import read_rows

    read_rows(path)
    _replace(path, folder.file(EXPERTS))
    return []


#: What can be sent, and what keeps it.
KINDS: Mapping[str, Keeper] = {
    "sites": _sites,
    "answers": _answers,
    "incidents": _incidents,
    "measures": _measures,
    "cover": _cover,
    "severity": _severity,
    "actions": _actions,
    "experts-answers": _experts_answers,
    "experts-truth": _experts_truth,
    "experts-inputs": _experts_inputs,
}

#: Names of what can be fetched.
_NAMES = {
    "sites": SITES,
    "incidents": INCIDENTS,
    "leads": LEADS,
    "measures": MEASURES,
    "cover": COVER,
    "severity": SEVERITY,
    "actions": ACTIONS,
    "experts-answers": EXPERTS_ANSWERS,
    "experts-truth": EXPERTS_TRUTH,
    "experts-inputs": EXPERTS,
    "settings": SETTINGS,
}


@router.post("/risk/{name}/files")
def send(
    request: Request,
    visit: Protecting,
    name: str,
    kind: Annotated[str, Form(max_length=20)],
    file: Annotated[UploadFile, File()],
) -> Response:
    """Take a file into a programme, if it can be read; say what of it cannot be used."""
    from manara.console.risk.programmes import overview

    folder = entered(visit, name)
    sent = plain_name(file.filename or "")
    try:
        rejects = _take(folder, kind, file, sent)
    except ManaraError as error:
        return overview(request, visit, folder, 400, problem=error, sent=sent)
    changed(visit, folder, f"file {kind}", sent)
    # Settings may have changed with it.
    folder = entered(visit, name)
    return overview(request, visit, folder, rejects=rejects, sent=sent)


@router.get("/risk/{name}/files/{kind}")
def fetch(visit: Protecting, name: str, kind: str) -> Response:
    """A file of a programme; of sites, the template until there are any."""
    folder = entered(visit, name)
    if kind not in _NAMES or not folder.file(_NAMES[kind]).is_file():
        raise NotFoundError("no such file", where=kind[:80])
    opened(visit, name, _NAMES[kind])
    return FileResponse(folder.file(_NAMES[kind]), filename=f"{name}-{_NAMES[kind]}")


def listed(folder: Folder) -> Iterator[Listed]:
    """Yield the files of a programme, filled questionnaires too."""
    for kind, name in _NAMES.items():
        path = folder.file(name)
        yield Listed(
            kind, name if path.is_file() else "", path.stat().st_size if path.is_file() else 0
        )
    for path in sorted(folder.file(FILLED).glob("*.xlsx")):
        yield Listed("answers", path.name, path.stat().st_size)


def _take(folder: Folder, kind: str, file: UploadFile, sent: str) -> list[Reject]:
    if kind not in KINDS:
        raise UsageError("no such file", where=kind, remedy=", ".join(KINDS))
    # In the folder itself, whose rights keep others out.
    with tempfile.TemporaryDirectory(prefix=".sent-", dir=folder.path) as there:
        path = Path(there) / sent
        content = file.file.read(MOST + 1)
        if len(content) > MOST:
            raise RefusedError(f"larger than {MOST >> 20} MiB", 413, where=sent)
        path.write_bytes(content)
        return KINDS[kind](folder, path)


def _replace(path: Path, kept: Path) -> None:
    part = kept.with_name(kept.name + ".part")
    shutil.copyfile(path, part)
    part.replace(kept)
