"""Runs an exercise: each state's node alone, and all of them together, along one calendar."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import date
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec

from manara.exercise.manifest import Exercise, Filed, arriving, read_exercise, read_manifest
from manara.exercise.running.cooperate import Cooperation
from manara.exercise.running.nodes import Life, Site, node_id
from manara.exercise.running.screening import Alert, screen
from manara.model import UsageError
from manara.store import Workspace, unsynced

_Telling = Callable[[str], None]
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
        alerts: alerts about travellers and parties of payments.
        refused: files that were not taken in, by state.
        results: the folder of what was recorded.
    """

    days: list[date]
    leads: dict[str, int]
    questions: int
    hits: int
    answered: int
    left: int
    alerts: int
    refused: dict[str, list[str]]
    results: str


def run_exercise(folder: Path, *, waves: int = 3, told: _Telling = lambda text: None) -> Ran:
    """Run an exercise from its files alone, and return what it came to.

    The same days are lived through twice, at the same time in two processes: by nodes that know
    nothing of each other, and by nodes that ask each other. The first also screen who travels and
    pays; that takes no partner. What they know and find is under
    ``nodes/STATE/alone`` and ``together``; what is scored is in ``results``. The answers in
    ``truth`` are not looked at. A run begins anew, so nothing in it waits for the disk.

    Args:
        folder: of the exercise.
        waves: on how many of the last days on which files become known the nodes look and ask.
        told: called with each step in a sentence.

    Raises:
        UsageError: there is no exercise in the folder.
    """
    if waves < 1:
        raise UsageError("on no day", where="waves", remedy="give 1 or more")
    exercise = read_exercise(folder)
    days = _days(folder, exercise, waves)
    results = folder / "results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir()
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        other = beside.submit(_alone, folder, days)
        lives, asked = _together(folder, days, told)
        own, alerts = other.result()
    for name, life in lives.items():
        value: dict[str, object] = {"state": life.state, "node": name, "days": days}
        value |= {"refused": own[name].refused, ALONE: _told(own[name]), TOGETHER: _told(life)}
        value["alerts"] = alerts[name]
        _json(results / f"{life.state}.json", value)
    _json(results / "exchange.json", asked)
    return Ran(
        days,
        {ALONE: _leads(own), TOGETHER: _leads(lives)},
        asked["questions"],
        len(asked["hits"]),
        sum(hit.outcome == "answered" for hit in asked["hits"]),
        len(asked["left"]),
        sum(map(len, alerts.values())),
        {life.state: life.refused for life in own.values() if life.refused},
        str(results),
    )


def _days(folder: Path, exercise: Exercise, waves: int) -> list[date]:
    """Return the last days on which files become known: what came before comes with the first."""
    manifests = (read_manifest(folder, state) for state in exercise.states)
    known = {one.known for files in manifests for one in files}
    if not known:
        raise UsageError("has no files", where=str(folder), remedy="make it anew")
    return sorted(known)[-waves:]


def _alone(folder: Path, days: Sequence[date]) -> tuple[dict[str, Life], dict[str, list[Alert]]]:
    """Return what the nodes find who know nothing of each other, and whom their screening meets."""
    alerts: dict[str, list[Alert]] = defaultdict(list)
    with ExitStack() as stack:
        stack.enter_context(unsynced())
        sites = _sites(stack, folder, ALONE)
        for day, files in _files(folder, days):
            for name, site in sites.items():
                site.take_in(files[name])
                site.resolve()
                alerts[name] += screen(site, files[name], day, list(sites))
                site.look(day, sites)
        return {name: site.life(sites) for name, site in sites.items()}, dict(alerts)


def _together(
    folder: Path, days: Sequence[date], told: _Telling
) -> tuple[dict[str, Life], dict[str, Any]]:
    """Return what the nodes find who ask each other, and what went between them."""
    with ExitStack() as stack:
        stack.enter_context(unsynced())
        sites = _sites(stack, folder, TOGETHER)
        for site in sites.values():
            site.meet(other for other in sites.values() if other is not site)
        cooperation = Cooperation(sites)
        for day, files in _files(folder, days):
            for name, site in sites.items():
                site.take_in(files[name])
                site.resolve()
                site.look(day, sites)
                told(f"{day}: {site.state} took in {len(files[name])} files and looked")
            before = len(cooperation.hits)
            interest = {name: site.interest() for name, site in sites.items()}
            for name in cooperation.exchange(interest, day):
                sites[name].resolve()
                sites[name].look(day, sites)
            new = len(cooperation.hits) - before
            told(f"{day}: they asked each other, {new} of {cooperation.questions} questions hit")
        asked = {
            "questions": cooperation.questions,
            "hits": cooperation.hits,
            "left": [each._asdict() for each in cooperation.left],
            "leads": cooperation.leads,
        }
        return {name: site.life(sites) for name, site in sites.items()}, asked


def _files(folder: Path, days: Sequence[date]) -> Iterator[tuple[date, dict[str, list[Filed]]]]:
    """Yield each day with what each node gets since the day before."""
    states = read_exercise(folder).states
    files = {state: read_manifest(folder, state) for state in states}
    for last, day in pairwise([date.min, *days]):
        yield (
            day,
            {node_id(state): arriving(known, last, day) for state, known in files.items()},
        )


def _sites(stack: ExitStack, folder: Path, way: str) -> dict[str, Site]:
    """Return a new node of each state by its id."""
    found = {}
    for state, name in read_exercise(folder).states.items():
        home = folder / "nodes" / state
        shutil.rmtree(home / way, ignore_errors=True)
        workspace = stack.enter_context(Workspace.create(home / way, organisation=name))
        site = Site(home, workspace, state, name)
        found[site.id] = site
    return found


def _told(life: Life) -> dict[str, object]:
    return {"leads": life.leads, "earlier": life.earlier, "same": life.same}


def _leads(lives: Mapping[str, Life]) -> int:
    return sum(len(life.leads) for life in lives.values())


def _json(path: Path, value: object) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
