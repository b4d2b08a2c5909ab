"""Runs an exercise: each state's node alone, and all of them together, along one calendar."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import msgspec

from manara.exercise.manifest import Exercise, Filed, read_exercise, read_manifest
from manara.exercise.running.cooperate import Cooperation
from manara.exercise.running.nodes import Site, node_id
from manara.model import UsageError
from manara.store import Workspace

_Told = Callable[[str], None]
#: The two ways in which the same days are lived through.
ALONE, TOGETHER = "alone", "together"


class Ran(msgspec.Struct, frozen=True):
    """What a run came to.

    Attributes:
        days: of the calendar on which the nodes looked.
        leads: leads of all nodes, alone and together.
        questions: blind questions asked.
        hits: those that were hits.
        answered: requests that were answered.
        left: facts that left a node.
        refused: files that were not taken in, by state.
        results: the folder of what was recorded.
    """

    days: list[date]
    leads: dict[str, int]
    questions: int
    hits: int
    answered: int
    left: int
    refused: dict[str, list[str]]
    results: str


def run_exercise(folder: Path, *, waves: int = 4, told: _Told = lambda text: None) -> Ran:
    """Run an exercise from its files alone, and return what it came to.

    What the nodes know and find is under ``nodes/STATE/alone`` and ``together``; what is scored is
    in ``results``. The answers in ``truth`` are not looked at. A run begins anew.

    Args:
        folder: of the exercise.
        waves: on how many days, evenly over the calendar, the nodes take in, look and ask.
        told: called with each step in a sentence.

    Raises:
        UsageError: there is no exercise in the folder.
    """
    if waves < 1:
        raise UsageError("on no day", where="waves", remedy="give 1 or more")
    exercise = read_exercise(folder)
    days = list(_days(exercise, waves))
    files = {state: read_manifest(folder, state) for state in exercise.states}
    results = folder / "results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir()
    with ExitStack() as stack:
        alone = _sites(stack, folder, exercise, ALONE)
        together = _sites(stack, folder, exercise, TOGETHER)
        for site in together.values():
            site.meet(other for other in together.values() if other is not site)
        cooperation = Cooperation(together)
        for last, day in zip([date.min, *days], days, strict=False):
            _day(alone, together, cooperation, _known(files, last, day), day, told)
        _write(results, days, alone, together, cooperation)
        return Ran(
            days,
            {ALONE: _leads(alone), TOGETHER: _leads(together)},
            cooperation.questions,
            len(cooperation.hits),
            sum(hit.outcome == "answered" for hit in cooperation.hits),
            len(cooperation.left),
            {site.state: site.refused for site in alone.values() if site.refused},
            str(results),
        )


def _days(exercise: Exercise, waves: int) -> Iterator[date]:
    """Yield the days on which the nodes look: the last one is that of the calendar."""
    whole = (exercise.end - exercise.start).days
    for wave in range(1, waves + 1):
        yield exercise.start + timedelta(round(whole * wave / waves))


def _known(
    files: Mapping[str, Sequence[Filed]], after: date, until: date
) -> dict[str, list[Filed]]:
    return {
        node_id(state): [one for one in known if one.readable and after < one.known <= until]
        for state, known in files.items()
    }


def _sites(stack: ExitStack, folder: Path, exercise: Exercise, way: str) -> dict[str, Site]:
    """Return a new node of each state by its id."""
    found = {}
    for state, name in exercise.states.items():
        home = folder / "nodes" / state
        shutil.rmtree(home / way, ignore_errors=True)
        workspace = stack.enter_context(Workspace.create(home / way, organisation=name))
        site = Site(home, workspace, state, name)
        found[site.id] = site
    return found


def _day(
    alone: Mapping[str, Site],
    together: Mapping[str, Site],
    cooperation: Cooperation,
    files: Mapping[str, Sequence[Filed]],
    day: date,
    told: _Told,
) -> None:
    """Let a day come: each node takes in and looks; then they ask each other and look again."""
    interest = {}
    for name, site in alone.items():
        for one in (site, together[name]):
            one.take_in(files[name])
            one.resolve()
        site.look(day, alone)
        interest[name] = [*site.interest(), *together[name].interest()]
        told(f"{day}: {site.state} knows of {len(site.leads)} leads alone")
    got = cooperation.exchange(interest, day)
    for name, site in together.items():
        if name in got:
            site.resolve()
        site.look(day, together)
        told(f"{day}: {site.state} knows of {len(site.leads)} leads with what partners told it")


def _leads(sites: Mapping[str, Site]) -> int:
    return sum(len(site.leads) for site in sites.values())


def _write(
    results: Path,
    days: list[date],
    alone: Mapping[str, Site],
    together: Mapping[str, Site],
    cooperation: Cooperation,
) -> None:
    """Write what each node found and what left it, for the score."""
    for name, site in alone.items():
        told: dict[str, object] = {"state": site.state, "node": name, "days": days}
        told["refused"] = site.refused
        for way, one in ((ALONE, site), (TOGETHER, together[name])):
            records = one.records(one.workspace.view(), together)
            told[way] = {"leads": list(one.leads.values()), "same": records.same()}
        _json(results / f"{site.state}.json", told)
    asked = {
        "questions": cooperation.questions,
        "hits": cooperation.hits,
        "left": [each._asdict() for each in cooperation.left],
    }
    _json(results / "exchange.json", asked)


def _json(path: Path, value: object) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
