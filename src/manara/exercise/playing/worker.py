"""The process that lives through days: ``python -m manara.exercise.playing.worker FOLDER JOB``."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

from manara.casework.jobs import Job, Jobs
from manara.casework.worker import Telling, main
from manara.exercise.playing.play import JOB, Play
from manara.store import Workspace


def _live(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    day = date.fromisoformat(job.settings["day"])
    return (
        Play(workspace, jobs.journal).live(day, by=job.account, told=Telling(jobs, job))._asdict()
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], {JOB: _live})
