"""An exercise that is played: whose agency, by which calendar, and the steps of the facilitator."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from manara.casework.accounts import Account, Right
from manara.casework.journal import Journal
from manara.exercise.manifest import Filed, arriving, read_exercise, read_manifest
from manara.exercise.playing.diary import DAY, END, MESSAGE, Diary
from manara.exercise.running.nodes import Site
from manara.model import NotFoundError, RefusedError, UsageError
from manara.pipeline.ingest import Progress
from manara.store import Workspace

#: The job that lives through days; see `manara.casework.jobs.OF_PAGES`.
JOB = "exercise-day"


class Lived(NamedTuple):
    """The days until a day: how many files came, and those that were not taken in, with why."""

    day: date
    files: int
    refused: list[str]


class Play:
    """An exercise as it is played in one workspace, ``play/STATE`` in the exercise's folder.

    Args:
        workspace: the workspace.
        journal: its audit log.

    Attributes:
        state: code of the state that is played.
        name: the state's name.
        folder: of the exercise.
        exercise: what it is.
        files: what the state's agencies hand over, by the day.
        days: of the calendar on which something is handed over.
        diary: what has happened so far.

    Raises:
        UsageError: there is no exercise two folders above, or the state has no files.
    """

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self.workspace, self.journal = workspace, journal
        self.state, self.folder = workspace.root.name, workspace.root.parents[1]
        self.exercise = read_exercise(self.folder)
        self.name = self.exercise.states[self.state]
        self.files = read_manifest(self.folder, self.state)
        self.days = sorted({one.known for one in self.files})
        if not self.days:
            raise UsageError("has no files", where=self.name, remedy="play another state")
        self.diary = Diary(journal.log)

    @property
    def coming(self) -> list[date]:
        """The days that are still to come."""
        today = self.diary.day
        return [day for day in self.days if today is None or day > today]

    @property
    def taken(self) -> dict[str, date]:
        """By file that was taken in, the day of the exercise on which it was."""
        lived = [day for _, day in self.diary.days]
        return {
            one.file: next(day for day in lived if day >= one.known)
            for one in self.files
            if lived and one.known <= lived[-1]
        }

    def new_on(self, day: date) -> list[Filed]:
        """Return the files that come with a day, lived or to come: what came since the day before.

        Of the days to come, all between the present day and that day count.
        """
        before = (one for _, one in self.diary.days if one < day)
        return arriving(self.files, max(before, default=date.min), day)

    def check(self, day: date) -> None:
        """Return if the exercise may go on to a day.

        Raises:
            RefusedError: the exercise has ended.
            UsageError: it is no day to come.
        """
        if self.diary.ended:
            raise RefusedError("the exercise has ended", 409)
        if day not in self.coming:
            raise UsageError("is no day to come", where=day.isoformat())

    def live(self, day: date, *, by: str, told: Progress = lambda what, done: None) -> Lived:
        """Live through the days until a day, and return what came.

        From the moment on at which its files begin to come in, it is that day. What was begun and
        not finished may be done again.

        Args:
            day: one of `coming`, or the present day.
            by: who moves the exercise on.
            told: told how far it has come.
        """
        if self.diary.day != day:
            self.check(day)
            self.journal.note(by, DAY, day.isoformat())
        files = self.new_on(day)
        site = Site(self.folder / "nodes" / self.state, self.workspace, self.state, self.name)
        told("take-in", len(files))
        site.take_in(files)
        told("resolve", 0)
        site.resolve()
        told("detect", 0)
        site.look(day, [site.id])
        return Lived(day, len(files), site.refused)

    def tell(self, text: str, *, by: str) -> None:
        """Tell the trainees something.

        Raises:
            UsageError: it is nothing.
        """
        if not text.strip():
            raise UsageError("says nothing", where="message", remedy="write what you tell them")
        self.journal.note(by, MESSAGE, self.state, text=text.strip())

    def end(self, *, by: str) -> None:
        """End the exercise; the second time changes nothing."""
        if not self.diary.ended:
            self.journal.note(by, END, self.state)


def played(folder: Path, state: str = "") -> Path:
    """Return the workspace in which an exercise is played.

    Args:
        folder: of the exercise.
        state: code or name of the state; ``""`` for the only one, or the first of the exercise.

    Raises:
        UsageError: there is no exercise in the folder.
        NotFoundError: it has no such state.
    """
    states = read_exercise(folder).states
    begun = [code for code in states if (folder / "play" / code).is_dir()]
    named = [
        code
        for code, name in states.items()
        if state.casefold() in (code.casefold(), name.casefold())
    ]
    if state and not named:
        raise NotFoundError("no such state", where=state, remedy=", ".join(states))
    return folder / "play" / (named or begun or list(states))[0]


def trainees_of(accounts: Iterable[Account]) -> dict[str, Account]:
    """Return by id the accounts that are trainees: who decides and does not train others."""
    return {
        one.id: one
        for one in accounts
        if Right.DECIDE in one.rights and Right.TRAIN not in one.rights and not one.disabled
    }
