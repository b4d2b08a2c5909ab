"""Long work over the API: ask for it, follow it by server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from manara.casework.accounts import Right
from manara.casework.jobs import RIGHT_OF, Job, Jobs, Status
from manara.console.access import Visit, rule, visit
from manara.console.api.route import ApiRoute
from manara.console.api.shapes import Cursor, Id, Items, Limit, Text, page_of
from manara.model import NotFoundError

router = APIRouter(tags=["jobs"], route_class=ApiRoute, dependencies=[rule(Right.TAKE_IN)])

Asking = Annotated[Visit, Depends(visit)]
Level = Literal["", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT"]

#: How often a job that is followed is looked at, in seconds.
_PAUSE = 0.5


class NewJob(BaseModel):
    """Work to do; for ``detect`` by which detectors, all if none is named."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["resolve", "detect", "measure"]
    detectors: list[Text] = []


class JobShown(BaseModel):
    """A piece of long work and how far it has come."""

    id: str
    kind: str
    settings: dict[str, Any]
    account: str
    purpose: str
    status: Status
    progress: str
    done: int
    result: Any
    attempts: int
    added_at: datetime
    ended_at: datetime | None


@router.get("/jobs")
def jobs(asking: Asking, cursor: Cursor = None, limit: Limit = 50) -> Items[JobShown]:
    """The jobs, the newest first; of long ago, only the last thousand."""
    known = sorted(asking.console.jobs.all(1000), key=_place)
    found, following = page_of(known, _place, cursor, limit)
    return Items(items=[_shown(one) for one in found], next=following)


@router.post("/jobs", status_code=202)
def ask(asking: Asking, response: Response, job: NewJob) -> JobShown:
    """Ask for work."""
    settings = {"kinds": job.detectors} if job.kind == "detect" else {}
    made = asking.console.jobs.ask(
        job.kind, by=asking.account.id, purpose=asking.purpose, settings=settings
    )
    return _begun(asking, response, made)


@router.post("/jobs/take-in", status_code=202)
def take_in(
    asking: Asking,
    response: Response,
    file: Annotated[UploadFile, File()],
    dataset: Annotated[Text, Form()] = "",
    tlp: Annotated[Level, Form()] = "",
) -> JobShown:
    """Send a file to take in, as ``multipart/form-data``; its name and dataset say what it is."""
    made = asking.console.jobs.take_in(
        file.file,
        file.filename or "",
        by=asking.account.id,
        purpose=asking.purpose,
        dataset=dataset,
        tlp=tlp,
    )
    return _begun(asking, response, made)


@router.get("/jobs/{job_id}")
def job(asking: Asking, job_id: Id) -> JobShown:
    """One job."""
    return _shown(_job(asking.console.jobs, job_id))


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse)
async def events(asking: Asking, job_id: Id) -> StreamingResponse:
    """How a job comes on, as server-sent events ``job``, until it has ended."""
    known = asking.console.jobs
    first = await run_in_threadpool(_job, known, job_id)
    return StreamingResponse(_events(known, first), media_type="text/event-stream")


async def _events(known: Jobs, job: Job) -> AsyncIterator[str]:
    told = None
    while True:
        if job != told:
            yield f"event: job\ndata: {_shown(job).model_dump_json()}\n\n"
            told = job
        if job.ended:
            return
        await asyncio.sleep(_PAUSE)
        job = await run_in_threadpool(known.get, job.id)


def _job(known: Jobs, job_id: str) -> Job:
    found = known.get(job_id)
    if RIGHT_OF[found.kind] != Right.TAKE_IN:
        raise NotFoundError("no such job", where=job_id)
    return found


def _begun(asking: Visit, response: Response, job: Job) -> JobShown:
    asking.console.workers.wake()
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return _shown(job)


def _place(job: Job) -> list[Any]:
    return [-job.added_at.timestamp(), job.id]


def _shown(job: Job) -> JobShown:
    return JobShown(**{name: getattr(job, name) for name in JobShown.model_fields})
