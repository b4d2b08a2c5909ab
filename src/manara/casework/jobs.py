"""Long work: asked for in the registry, done by a process of its own, survives a restart."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Row, insert, select, update

from manara.casework.accounts import Right
from manara.casework.journal import Journal
from manara.model import NotFoundError, RefusedError, UsageError
from manara.store import Workspace, tables

#: What can be done, and in words.
KINDS: Mapping[str, str] = {
    "take-in": "take a file in",
    "resolve": "find out who is the same",
    "detect": "look for leads",
    "measure": "measure what thresholds cost",
}

#: What only the pages that ask for it can ask for, and in words.
OF_PAGES: Mapping[str, str] = {
    "deliver": "hand messages to partners over",
    "put-question": "put a blind question to a partner",
    "table": "make a table for a partner's blind questions",
    "take": "take a partner's file in",
    "recall": "take back what partners got",
    "exercise-day": "live through a day of an exercise",
    "risk": "work a risk programme out",
    "calculate": "work out a calculation of a risk programme",
}

#: Which right it takes to see what came of them.
RIGHT_OF: Mapping[str, Right] = dict.fromkeys((*KINDS, *OF_PAGES), Right.TAKE_IN) | {
    "risk": Right.PROTECT,
    "calculate": Right.PROTECT,
}

#: How often work is begun again that its process did not end.
ATTEMPTS = 3

#: Most jobs that wait at a time.
MOST_WAITING = 100

_UNFIT = re.compile(r"[^\w .()+@-]", re.UNICODE)


class Status(StrEnum):
    """How far a job has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of long work.

    Attributes:
        id: its id.
        kind: a key of `KINDS`.
        settings: how it is to be done; JSON values.
        account: who asked for it.
        purpose: for what.
        status: how far it has come.
        progress: what is being done.
        done: how many records that has done.
        result: what came of it, or the error that ended it; JSON values.
        attempts: how often it was begun.
        added_at: when it was asked for, UTC.
        ended_at: when it ended, UTC; None before.
    """

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

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in (Status.DONE, Status.FAILED)


class Jobs:
    """The long work of a workspace.

    Args:
        workspace: the workspace.
        journal: where it is told who asked for what.
    """

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self.journal = journal
        self._uploads = workspace.root / "uploads"

    def all(self, limit: int = 200, right: Right = Right.TAKE_IN) -> list[Job]:
        """Return the jobs that go with a right, the newest first."""
        table = tables.jobs
        kinds = [kind for kind, needed in RIGHT_OF.items() if needed == right]
        query = select(table).where(table.c.kind.in_(kinds))
        query = query.order_by(table.c.added_at.desc(), table.c.id).limit(limit)
        with self.journal.reading() as connection:
            return [_job(row) for row in connection.execute(query)]

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            NotFoundError: there is none of this id.
        """
        query = select(tables.jobs).where(tables.jobs.c.id == job_id)
        with self.journal.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError("no such job", where=job_id[:80])
        return _job(row)

    def ask(self, kind: str, *, by: str, purpose: str, settings: Mapping[str, Any]) -> Job:
        """Ask for work and return it as a job.

        Args:
            kind: a key of `KINDS` or `OF_PAGES`.
            by: who asks.
            purpose: for what.
            settings: ``kinds`` of detectors for ``detect``, the ``question`` for
                ``put-question``, ``to`` and ``purpose`` for ``table``, the parts of an `Order` for
                ``recall``, the ``day`` of an exercise, the ``programme`` for ``risk``, and
                its ``calculation`` for ``calculate``, else nothing. They stand in the audit log.

        Raises:
            UsageError: there is no such kind of work.
            RefusedError: too much is waiting.
        """
        if kind not in KINDS and kind not in OF_PAGES:
            raise UsageError("no such work", where=kind[:80], remedy=", ".join(KINDS))
        return self._put(_new_id(), kind, by, purpose, settings)

    def take_in(
        self,
        file: BinaryIO,
        name: str,
        *,
        by: str,
        purpose: str = "",
        kind: str = "take-in",
        **settings: Any,
    ) -> Job:
        """Keep a file that was sent and ask for it to be taken in; return that as a job.

        Args:
            file: its bytes.
            name: the name its sender gave it, of which only the last part is used.
            by: who sends it.
            purpose: for what.
            kind: ``take-in``, or ``take`` for a file of a partner.
            settings: ``dataset`` and ``tlp``, each ``""`` where nothing is said.
        """
        job_id, plain = _new_id(), plain_name(name)
        folder = self._uploads / job_id
        folder.mkdir(parents=True, mode=0o700)
        try:
            with (folder / plain).open("wb") as kept:
                shutil.copyfileobj(file, kept)
            return self._put(job_id, kind, by, purpose, {"name": plain, **settings})
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def file_of(self, job: Job) -> Path:
        """Return where the file is that a job is to take in."""
        return self._uploads / job.id / str(job.settings["name"])

    def begin(self) -> Job | None:
        """Return the next job, which is running from now on; None if none waits.

        Work that an ended process left unfinished comes first, so only one at a time may ask: the
        one that holds the lock of `manara.console.workers`.
        """
        table = tables.jobs
        with self.journal.writing() as (connection, _):
            _give_up(connection)
            query = (
                select(table)
                .where(table.c.status.in_([Status.RUNNING, Status.WAITING]))
                .order_by(table.c.status, table.c.added_at)
                .limit(1)
            )
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            values = {"status": Status.RUNNING, "attempts": row.attempts + 1}
            connection.execute(update(table).where(table.c.id == row.id).values(values))
        return self.get(row.id)

    def put_back(self, job: Job) -> None:
        """Let a job begin again whose server was stopped, which does not count as an attempt."""
        _change(self.journal, job.id, status=Status.WAITING, attempts=job.attempts - 1)

    def tell(self, job_id: str, progress: str, done: int) -> None:
        """Record how far a job has come."""
        _change(self.journal, job_id, progress=progress[:200], done=done)

    def end(self, job: Job, status: Status, result: Any) -> None:
        """Record what came of a job; its file is not needed any longer."""
        table = tables.jobs
        told = json.dumps(result, ensure_ascii=False, default=str)
        values = {"status": status, "result": told, "ended_at": datetime.now(UTC)}
        with self.journal.writing() as (connection, note):
            connection.execute(update(table).where(table.c.id == job.id).values(values))
            note(job.account, "job-end", job.id, kind=job.kind, status=status.value)
        shutil.rmtree(self._uploads / job.id, ignore_errors=True)

    def _put(self, job_id: str, kind: str, by: str, purpose: str, settings: Any) -> Job:
        table = tables.jobs
        values = {
            "id": job_id,
            "kind": kind,
            "settings": json.dumps(settings, ensure_ascii=False),
            "account": by,
            "purpose": purpose,
            "status": Status.WAITING,
            "progress": "",
            "result": "null",
            "done": 0,
            "attempts": 0,
            "added_at": datetime.now(UTC),
        }
        with self.journal.writing() as (connection, note):
            waiting = connection.execute(
                select(table.c.id).where(table.c.status == Status.WAITING).limit(MOST_WAITING)
            ).all()
            if len(waiting) == MOST_WAITING:
                raise RefusedError("too many jobs are waiting", 503, remedy="ask again later")
            connection.execute(insert(table).values(values))
            told = [f"{key}={value}" for key, value in settings.items() if value]
            note(by, "job", job_id, kind=kind, settings=told, purpose=purpose)
        return self.get(job_id)


def plain_name(name: str) -> str:
    """Return the last part of a file's name without what could lead elsewhere or be misread."""
    last = re.split(r"[\\/]", name)[-1]
    return _UNFIT.sub("_", last).strip(" .")[-100:] or "file"


def _new_id() -> str:
    return f"job-{secrets.token_hex(8)}"


def _give_up(connection: Connection) -> None:
    """Mark what has ended its process too often."""
    table = tables.jobs
    lost = json.dumps({"error": {"code": "lost", "message": "its process did not end it"}})
    often = (table.c.status == Status.RUNNING) & (table.c.attempts >= ATTEMPTS)
    values = {"status": Status.FAILED, "result": lost, "ended_at": datetime.now(UTC)}
    connection.execute(update(table).where(often).values(values))


def _change(journal: Journal, job_id: str, **values: object) -> None:
    table = tables.jobs
    with journal.writing() as (connection, _):
        connection.execute(update(table).where(table.c.id == job_id).values(values))


def _job(row: Row[Any]) -> Job:
    values = {name: getattr(row, name) for name in Job.__dataclass_fields__}
    values["settings"], values["result"] = json.loads(row.settings), json.loads(row.result)
    return Job(**values | {"status": Status(row.status)})
