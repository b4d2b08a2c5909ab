"""The facilitator's page: the calendar, what comes next, messages, what trainees decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, NamedTuple

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from manara.casework.accounts import Right
from manara.casework.jobs import Job, Status
from manara.console.access import Console, rule
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight
from manara.exercise.playing import JOB, Play, debriefing, trainees_of
from manara.model import RefusedError, UsageError

router = page_router()

_TRAIN = [rule(Right.TRAIN)]
_HOME = "/exercise/facilitate"


class Date(NamedTuple):
    """A day of the calendar: when it began, None if it is to come, and files by agency."""

    day: date
    began: datetime | None
    files: Counter[str]


def play_of(request: Request) -> Play:
    """Return the exercise that is played."""
    play: Play = request.app.state.play
    return play


@router.get(_HOME, dependencies=_TRAIN)
def facilitate(request: Request, sight: InSight) -> Response:
    """The page of whoever runs the exercise; it shows answers."""
    play, console = play_of(request), sight.visit.console
    people = trainees_of(console.accounts.all())
    found, job = debriefing(play, people), _job(console)
    new = [one for one in sight.leads() if play.diary.day_of(one.created) == play.diary.day]
    sight.visit.note("exercise-answers", play.state)
    return render(
        request,
        sight.visit,
        "exercise-facilitate.html",
        job=job,
        moving=date.fromisoformat(job.settings["day"]) if job else None,
        calendar=list(_calendar(play)),
        coming=_next(play, job),
        today=play.diary.day,
        new=new,
        debriefing=found,
        trainees=[(people[one.account], one) for one in found.trainees],
        seen={one.id: one.finding for one in sight.leads()},
    )


@router.post("/exercise/advance", dependencies=_TRAIN)
def advance(request: Request, sight: InSight, day: Annotated[str, Form(max_length=20)]) -> Response:
    """Ask for the days until a day to be lived through."""
    play, console = play_of(request), sight.visit.console
    job = _job(console)
    if job and not job.ended:
        raise RefusedError("a day is under way", 409, remedy="wait until its job has ended")
    wanted = next((one for one in _next(play, job) if one.isoformat() == day), None)
    if play.diary.ended or wanted is None:
        raise UsageError("is no day to come", where=day)
    settings = {"day": day}
    console.jobs.ask(JOB, by=sight.visit.account.id, purpose=sight.visit.purpose, settings=settings)
    console.workers.wake()
    return RedirectResponse(_HOME, 303)


@router.post("/exercise/message", dependencies=_TRAIN)
def message(
    request: Request, sight: InSight, text: Annotated[str, Form(max_length=4000)] = ""
) -> Response:
    """Tell the trainees something; they see it on Today."""
    play_of(request).tell(text, by=sight.visit.account.id)
    return RedirectResponse(_HOME, 303)


@router.post("/exercise/end", dependencies=_TRAIN)
def end(request: Request, sight: InSight, sure: Annotated[str, Form()] = "") -> Response:
    """End the exercise and open the debriefing."""
    if not sure:
        raise UsageError("the box is not ticked", where="sure")
    play_of(request).end(by=sight.visit.account.id)
    return RedirectResponse("/exercise/debriefing", 303)


def _job(console: Console) -> Job | None:
    """Return the job that lived through days last, if any."""
    return next((one for one in console.jobs.all() if one.kind == JOB), None)


def _next(play: Play, job: Job | None) -> list[date]:
    """Return the days to which the exercise may go on: the present one again if that failed."""
    again = [day for _, day in play.diary.days[-1:] if job and job.status is Status.FAILED]
    return [*again, *play.coming]


def _calendar(play: Play) -> Iterator[Date]:
    began = {day: at for at, day in play.diary.days}
    for day in play.days:
        files = Counter(one.agency for one in play.files if one.known == day)
        yield Date(day, began.get(day), files)
