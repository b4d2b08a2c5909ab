"""Long work: in which order it is begun, what becomes of what is left behind, what it tells."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from manara.casework.jobs import ATTEMPTS, Job, Jobs, Status
from manara.casework.journal import Journal
from manara.casework.worker import do
from manara.model import NotFoundError, UsageError
from manara.store import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "office") as workspace:
        yield workspace


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    return Jobs(workspace, Journal(workspace))


def ask(jobs: Jobs, kind: str = "resolve") -> Job:
    return jobs.ask(kind, by="ana", purpose="investigation", settings={})


def begun(jobs: Jobs) -> Job:
    job = jobs.begin()
    assert job
    return job


def test_what_was_left_behind_comes_first_and_then_the_oldest(jobs: Jobs) -> None:
    first, second = ask(jobs), ask(jobs)
    assert begun(jobs).id == first.id
    # Its process is gone; nobody has told what came of it.
    assert begun(jobs).id == first.id and jobs.get(first.id).attempts == 2
    jobs.end(jobs.get(first.id), Status.DONE, {})
    assert begun(jobs).id == second.id
    jobs.end(jobs.get(second.id), Status.DONE, {})
    assert jobs.begin() is None


def test_what_ends_its_process_again_and_again_is_given_up(jobs: Jobs) -> None:
    bad, good = ask(jobs), ask(jobs)
    for _ in range(ATTEMPTS):
        assert begun(jobs).id == bad.id
    assert begun(jobs).id == good.id
    lost = jobs.get(bad.id)
    assert lost.status is Status.FAILED and lost.result["error"]["code"] == "lost"


def test_a_server_that_is_stopped_makes_no_failed_attempt(jobs: Jobs) -> None:
    ask(jobs)
    for _ in range(ATTEMPTS + 2):
        jobs.put_back(begun(jobs))
    assert begun(jobs).attempts == 1


def test_a_file_is_taken_in_and_not_kept(workspace: Workspace, jobs: Jobs) -> None:
    line = b'{"id":"z","schema":"Person","properties":{"name":["Zenobia"]}}\n'
    more = {"dataset": "zed", "tlp": "TLP:AMBER"}
    asked = jobs.take_in(io.BytesIO(line), "zed.json", by="ana", **more)
    path = jobs.file_of(asked)
    assert path.read_bytes() == line
    do(workspace, jobs, begun(jobs))
    done = jobs.get(asked.id)
    assert done.status is Status.DONE and done.result[0]["facts"] == 1
    assert not path.exists()
    (row,) = workspace.view().datasets()
    assert row["dataset"] == "zed" and row["handling"] == "TLP:AMBER"


def test_what_fails_says_why_and_the_log_knows_who_asked(workspace: Workspace, jobs: Jobs) -> None:
    asked = jobs.ask("detect", by="ana", purpose="analysis", settings={"kinds": ["nonsense"]})
    do(workspace, jobs, begun(jobs))
    failed = jobs.get(asked.id)
    assert failed.status is Status.FAILED and failed.result["error"]["code"] == "usage"
    log = b"".join(jobs.journal.log.lines())
    assert log.count(asked.id.encode()) == 2 and b'"purpose":"analysis"' in log


def test_what_is_no_work_is_refused(jobs: Jobs) -> None:
    with pytest.raises(UsageError, match="no such work"):
        ask(jobs, "rm -rf")
    with pytest.raises(NotFoundError):
        jobs.get("job-0")
