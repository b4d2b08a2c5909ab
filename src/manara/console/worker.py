"""The process that does one job: ``python -m manara.console.worker FOLDER JOB``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from manara.casework.jobs import Job, Jobs
from manara.casework.journal import Journal
from manara.casework.worker import Telling, Work, do
from manara.store import Workspace


def _deliver(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.exchange import Node
    from manara.exchange.delivery import deliver
    from manara.exercise.manifest import is_played

    if is_played(workspace.root):
        from manara.exercise.playing import Partners, Play

        partners = Partners(Play(workspace, jobs.journal))
        return [each._asdict() for each in partners.deliver(by=job.account)]
    return [each._asdict() for each in deliver(Node(workspace), by=job.account)]


def _put_question(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.exchange import Node
    from manara.exchange.blind.asked import put_over
    from manara.exercise.manifest import is_played

    over = None
    if is_played(workspace.root):
        from manara.exercise.playing import Partners, Play

        over = Partners(Play(workspace, jobs.journal)).ask
    done = put_over(Node(workspace), job.settings["question"], over)
    # Whoever sees the jobs need not see the answer.
    return {"to": done.to, "problem": done.problem}


def _recall(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.exchange import Node, Order, recall_facts

    asked = job.settings
    order = Order(
        asked["reason"], tuple(asked["entities"]), packages=tuple(asked["packages"]),
        correct=bool(asked["correct"]),
    )  # fmt: skip
    made = recall_facts(Node(workspace), order, by=job.account)
    told = [{"recall": each.id, "to": each.to, "facts": len(each.recalls)} for each in made]
    return told + _deliver(workspace, jobs, job)


def _table(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.exchange import Node
    from manara.exchange.blind import make_table
    from manara.exchange.node import today
    from manara.exchange.outbox import Outbox

    to, purpose = job.settings["to"], job.settings["purpose"]
    table = make_table(Node(workspace), to, purpose, today(), by=job.account)
    Outbox(workspace).put(to, table)
    return {"to": to, "bytes": len(table), "delivered": _deliver(workspace, jobs, job)}


def _take(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.exchange import Node, take
    from manara.exchange.outbox import Outbox
    from manara.exchange.receipts import receiver_of

    kind, receipt = take(Node(workspace), jobs.file_of(job).read_bytes(), by=job.account)
    if receipt:
        Outbox(workspace).put(receiver_of(receipt), receipt)
        _deliver(workspace, jobs, job)
    return {"kind": kind}


def _live(workspace: Workspace, jobs: Jobs, job: Job) -> Any:
    from manara.exercise.playing import Partners, Play

    day, telling = date.fromisoformat(job.settings["day"]), Telling(jobs, job)
    play = Play(workspace, jobs.journal)
    lived = play.live(day, by=job.account, told=telling)
    Partners(play).live(day, telling)
    return lived._asdict()


#: How the work is done that only pages ask for, by its kind; see `manara.casework.jobs.OF_PAGES`.
WORK: Mapping[str, Work] = {
    "deliver": _deliver,
    "put-question": _put_question,
    "recall": _recall,
    "table": _table,
    "take": _take,
    "exercise-day": _live,
}


def main(folder: str, job_id: str) -> None:
    """Do the job of this id in the workspace in this folder."""
    with Workspace.open(Path(folder)) as workspace:
        jobs = Jobs(workspace, Journal(workspace))
        do(workspace, jobs, jobs.get(job_id), WORK)


if __name__ == "__main__":
    main(*sys.argv[1:])
