"""The debriefing: what each trainee found, dismissed and missed, and the path to each plot."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from manara.casework.accounts import Right
from manara.console.exercise.facilitate import play_of
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight, Sight
from manara.exercise.playing import Play, debriefing, trainees_of
from manara.model import NotFoundError

router = page_router()


@router.get("/exercise/debriefing")
def overview(request: Request, sight: InSight) -> Response:
    """One's own debriefing; for the facilitator that of all in a table."""
    play = _open(request, sight)
    if Right.TRAIN not in sight.visit.rights:
        return _page(request, sight, play, sight.visit.account.id)
    people = trainees_of(sight.visit.console.accounts.all())
    found = debriefing(play, people)
    sight.visit.note("exercise-answers", play.state)
    shown = [(people[one.account], one) for one in found.trainees]
    return render(
        request, sight.visit, "exercise-debriefings.html", debriefing=found, trainees=shown
    )


@router.get("/exercise/debriefing/{account_id}")
def debriefing_of(request: Request, sight: InSight, account_id: str) -> Response:
    """The debriefing of one trainee: for the facilitator, and for the trainee."""
    play = _open(request, sight)
    if account_id != sight.visit.account.id:
        sight.visit.require(Right.TRAIN)
    return _page(request, sight, play, account_id)


def _open(request: Request, sight: Sight) -> Play:
    """Return the exercise if its answers may be seen: by the facilitator, by all when it has ended.

    Raises:
        NotFoundError: they may not; said as of any page that is not there.
    """
    play = play_of(request)
    if Right.TRAIN not in sight.visit.rights and not play.diary.ended:
        raise NotFoundError("nothing here", where=request.url.path)
    return play


def _page(request: Request, sight: Sight, play: Play, account_id: str) -> Response:
    people = trainees_of(sight.visit.console.accounts.all())
    if account_id not in people:
        raise NotFoundError("no such trainee", where=account_id[:80])
    found = debriefing(play, people)
    entities = {one for plot in found.plots for step in plot.path for one in step.entities}
    trainee = next(one for one in found.trainees if one.account == account_id)
    sight.visit.read("debriefing", [account_id])
    return render(
        request,
        sight.visit,
        "exercise-debriefing.html",
        account=people[account_id],
        debriefing=found,
        trainee=trainee,
        verdicts={one.plot: one for one in trainee.plots},
        captions=sight.captions(sorted(entities)),
        seen={one.id: one.finding for one in sight.leads()},
    )
