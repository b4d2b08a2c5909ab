"""Runs an exercise: each state's node alone, and all of them together, along one calendar."""

from __future__ import annotations

import gc
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import date
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import msgspec

from manara.exercise.manifest import Exercise, Filed, arriving, read_exercise, read_manifest
from manara.exercise.running.cooperate import Cooperation
from manara.exercise.running.days import Home, life_of, live, live_alone, look_again, site_of
from manara.exercise.running.nodes import Life, Memory, Site, node_id
from manara.exercise.running.screening import Alert, Sighted, fresh
from manara.model import UsageError

_Telling = Callable[[str], None]
#: The two ways in which the same days are lived through.
ALONE, TOGETHER = "alone", "together"
#: Nodes that live through a day at the same time.
_AT_ONCE = 2


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

    The same days are lived through twice: by nodes that know nothing of each other, and by nodes
    that ask each other. Until they first ask, both lives are one, which is lived once and copied.
    The first also screen who travels and pays; that takes no partner. What they know and find is
    under ``nodes/STATE/alone`` and ``together``; what is scored is in ``results``. The answers in
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
    # Each task makes many small objects and ends soon: looking for garbage seldom saves a
    # twentieth of the time.
    seldom = (gc.set_threshold, (100_000, 50, 100))
    with ProcessPoolExecutor(_AT_ONCE, get_context("spawn"), *seldom) as pool:
        run = _Run(folder, pool, told)
        with ExitStack() as stack:
            for day, files in _files(folder, days):
                run.live(day, files, stack)
        own, lives = run.lives(ALONE), run.lives(TOGETHER)
    asked = run.cooperation
    for name, life in lives.items():
        value: dict[str, object] = {"state": life.state, "node": name, "days": days}
        value |= {"refused": own[name].refused, ALONE: _told(own[name]), TOGETHER: _told(life)}
        value |= {"alerts": run.alerts[name], "sighted": run.sighted[name]}
        _json(results / f"{life.state}.json", value)
    between = {
        "questions": asked.questions,
        "hits": asked.hits,
        "left": [each._asdict() for each in asked.left],
        "leads": asked.leads,
    }
    _json(results / "exchange.json", between)
    return Ran(
        days,
        {ALONE: _leads(own), TOGETHER: _leads(lives)},
        asked.questions,
        len(asked.hits),
        sum(hit.outcome == "answered" for hit in asked.hits),
        len(asked.left),
        sum(map(len, run.alerts.values())),
        {life.state: life.refused for life in own.values() if life.refused},
        str(results),
    )


class _Run:
    """A run as it goes on: each node's own doing is a task of a pool, the exchange is done here.

    Attributes:
        alerts: of the screening by the nodes that are alone, by node.
        sighted: what the logs of these show of indicators, by node, once their lives are told.
        cooperation: of the others; it begins with their first day.
    """

    def __init__(self, folder: Path, pool: ProcessPoolExecutor, told: _Telling) -> None:
        self._folder, self._pool, self._told = folder, pool, told
        self._homes = {way: _homes(folder, way) for way in (ALONE, TOGETHER)}
        self._known: dict[str, dict[str, Memory]] = {ALONE: {}, TOGETHER: {}}
        self._sites: dict[str, Site] = {}
        self._came: dict[str, list[Filed]] = defaultdict(list)
        self.sighted: dict[str, list[Sighted]] = {}
        self.cooperation = Cooperation({})
        self.alerts: dict[str, list[Alert]] = defaultdict(list)

    def live(self, day: date, files: Mapping[str, Sequence[Filed]], stack: ExitStack) -> None:
        """Let all nodes live through a day, together and alone.

        Args:
            day: of the calendar.
            files: what comes, by node.
            stack: what closes the workspaces.
        """
        homes, known = self._homes[TOGETHER], self._known[TOGETHER]
        lived = {
            name: self._pool.submit(live, home, known.get(name), files[name], day)
            for name, home in homes.items()
        }
        for name, task in lived.items():
            known[name] = task.result()
            state, count = homes[name].state, len(files[name])
            self._told(f"{day}: {state} took in {count} files and looked")
        first = not self._sites
        if first:
            self._part(stack)
        alone = {
            name: self._pool.submit(
                live_alone, home, self._known[ALONE][name],
                files[name], self._came[name], day, lived=first,
            )
            for name, home in self._homes[ALONE].items()
        }  # fmt: skip
        self._ask(day)
        for name, beside in alone.items():
            self._known[ALONE][name], alerts = beside.result()
            self.alerts[name] += fresh(self.alerts[name], alerts)
            self._came[name] += files[name]

    def lives(self, way: str) -> dict[str, Life]:
        """Return what the nodes found in all their days."""
        homes, known = self._homes[way], self._known[way]
        tasks = {name: self._pool.submit(life_of, homes[name], known[name]) for name in homes}
        found = {name: task.result() for name, task in tasks.items()}
        if way == ALONE:
            self.sighted = {name: seen for name, (_, seen) in found.items()}
        return {name: life for name, (life, _) in found.items()}

    def _part(self, stack: ExitStack) -> None:
        """Let those that are alone begin as the others are, who meet now."""
        for name, home in self._homes[TOGETHER].items():
            shutil.copytree(home.root, self._homes[ALONE][name].root)
            self._known[ALONE][name] = self._known[TOGETHER][name]
            self._sites[name] = stack.enter_context(site_of(home, self._known[TOGETHER][name]))
        for site in self._sites.values():
            site.meet(other for other in self._sites.values() if other is not site)
        self.cooperation = Cooperation(self._sites)

    def _ask(self, day: date) -> None:
        """Let the nodes ask each other, and look at what they were told."""
        for name, site in self._sites.items():
            site.memory = self._known[TOGETHER][name]
        before = len(self.cooperation.hits)
        interest = {name: site.interest() for name, site in self._sites.items()}
        told = self.cooperation.exchange(interest, day)
        looking = {
            name: self._pool.submit(look_again, home, self._known[TOGETHER][name], day)
            for name, home in self._homes[TOGETHER].items()
            if name in told
        }
        for name, task in looking.items():
            self._known[TOGETHER][name] = task.result()
        new, questions = len(self.cooperation.hits) - before, self.cooperation.questions
        self._told(f"{day}: they asked each other, {new} of {questions} questions hit")


def _days(folder: Path, exercise: Exercise, waves: int) -> list[date]:
    """Return the last days on which files become known: what came before comes with the first."""
    manifests = (read_manifest(folder, state) for state in exercise.states)
    known = {one.known for files in manifests for one in files}
    if not known:
        raise UsageError("has no files", where=str(folder), remedy="make it anew")
    return sorted(known)[-waves:]


def _files(folder: Path, days: Sequence[date]) -> Iterator[tuple[date, dict[str, list[Filed]]]]:
    """Yield each day with what each node gets since the day before."""
    states = read_exercise(folder).states
    files = {state: read_manifest(folder, state) for state in states}
    for last, day in pairwise([date.min, *days]):
        yield (
            day,
            {node_id(state): arriving(known, last, day) for state, known in files.items()},
        )


def _homes(folder: Path, way: str) -> dict[str, Home]:
    """Return where each state's node lives, by its id; nothing is there any more."""
    states = read_exercise(folder).states
    nodes = tuple(map(node_id, states))
    found = {}
    for state, name in states.items():
        files = folder / "nodes" / state
        shutil.rmtree(files / way, ignore_errors=True)
        found[node_id(state)] = Home(files, files / way, state, name, nodes)
    return found


def _told(life: Life) -> dict[str, object]:
    return {"leads": life.leads, "earlier": life.earlier, "same": life.same}


def _leads(lives: Mapping[str, Life]) -> int:
    return sum(len(life.leads) for life in lives.values())


def _json(path: Path, value: object) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
