"""The long work itself; `manara.console.worker` is the process that does a job."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import count
from typing import Any, TypeAlias

from manara.casework.jobs import Job, Jobs, Status
from manara.model import Handling, ManaraError
from manara.store import Workspace

#: What is measured: thresholds from one that alerts often to one that hardly does.
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)

#: Does a job and returns what came of it.
Work: TypeAlias = Callable[[Workspace, Jobs, Job], Any]

#: How often progress is recorded, in seconds.
_PAUSE = 1.0


class Telling:
    """Records progress now and then."""

    def __init__(self, jobs: Jobs, job: Job) -> None:
        self._jobs, self._job, self._last = jobs, job, 0.0

    def __call__(self, what: str, done: int) -> None:
        """Say what is being done and how far it has come."""
        now = time.monotonic()
        if now - self._last >= _PAUSE:
            self._last = now
            self._jobs.tell(self._job.id, what, done)


def do(workspace: Workspace, jobs: Jobs, job: Job, more: Mapping[str, Work] | None = None) -> None:
    """Do a job and record what came of it.

    Args:
        workspace: the workspace.
        jobs: its jobs.
        job: the job.
        more: how work is done that this package knows nothing of, by kind.
    """
    try:
        result = {**_WORK, **(more or {})}[job.kind](workspace, jobs, job)
    except ManaraError as error:
        jobs.end(job, Status.FAILED, error.envelope())
    except Exception as error:
        told = {"code": "internal", "message": type(error).__name__}
        jobs.end(job, Status.FAILED, {"error": told})
        raise
    else:
        jobs.end(job, Status.DONE, result)


def _take_in(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.pipeline import Request, ingest

    tlp = job.settings.get("tlp")
    request = Request(
        dataset=job.settings.get("dataset", ""),
        handling=Handling.of(tlp) if tlp else None,
        by=job.account,
    )
    path = str(jobs.file_of(job))
    return [asdict(one) for one in ingest(workspace, [path], request, Telling(jobs, job))]


def _resolve(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.pipeline.resolution import resolve

    return asdict(resolve(workspace, by=job.account, progress=Telling(jobs, job)))


def _detect(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.pipeline.detect import detect
    from manara.pipeline.detectors import detectors

    found = []
    for at, detector in enumerate(detectors(job.settings.get("kinds", ()))):
        jobs.tell(job.id, detector.name, at)
        found += [asdict(one) for one in detect(workspace, [detector], by=job.account)]
    return found


def _measure(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.pipeline.screening import rates_of, workspace_screen

    found = rates_of(workspace_screen(workspace), workspace, Telling(jobs, job))
    return [asdict(found.at(threshold)) for threshold in THRESHOLDS]


def _risk(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.casework.programmes import programme, work_out

    folder = programme(workspace, job.settings["programme"])
    steps = count(1)
    work_out(folder, lambda what: jobs.tell(job.id, what, next(steps)), by=job.account)
    return {"programme": folder.path.name}


def _calculate(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.casework.calculating import work
    from manara.casework.programmes import programme

    folder, kind = programme(workspace, job.settings["programme"]), job.settings["calculation"]
    work(workspace, folder, kind, Telling(jobs, job))
    return job.settings


_WORK: Mapping[str, Work] = {
    "take-in": _take_in,
    "resolve": _resolve,
    "detect": _detect,
    "measure": _measure,
    "risk": _risk,
    "calculate": _calculate,
}
