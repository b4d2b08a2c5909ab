"""Works out the calculations of a risk programme: files in, an answer and its tables out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np

from manara.casework.calculations import (
    FOUND,
    GIVEN,
    MODELS,
    TABLES,
    Found,
    asked,
    home,
    models,
    number,
)
from manara.model import NotFoundError
from manara.risk.programme.folder import Folder
from manara.store import Workspace
from manara.store.files import replacing

#: Most draws (events by samples) of losses: some 500 MB in all perspectives.
MOST_DRAWS = 20_000_000

#: Most accounts, games and targets that a page shows; tables hold all.
SHOWN = 20


class _Task(NamedTuple):
    """`files` by what each is, `options`, a folder `out` for tables; `tell` is told of progress."""

    workspace: Workspace
    files: Mapping[str, Path]
    options: Mapping[str, str]
    out: Path
    tell: Callable[[str, int], None]


#: An answer as JSON values, and what of the files has no effect, a line each.
_Answer: TypeAlias = tuple[Any, list[str]]


def work(workspace: Workspace, folder: Folder, kind: str, tell: Callable[[str, int], None]) -> None:
    """Work out what was asked for, and keep it.

    Args:
        workspace: Whose models may be used.
        folder: Of the programme.
        kind: One of `KINDS`.
        tell: Is told what is done, and how much of it.

    Raises:
        ManaraError: A file cannot be used.
    """
    wanted, place = asked(folder, kind), home(folder, kind)
    if wanted is None:
        raise NotFoundError("nothing was asked for", where=kind)
    files = {part: place / GIVEN / part / name for part, name in wanted.files.items()}
    out = place / TABLES
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    folder.log(f"calculation {kind}", [*wanted.files.values()], by=wanted.by)
    told, notes = _WORK[kind](_Task(workspace, files, wanted.options, out, tell))
    with replacing(place / FOUND) as part:
        part.write_bytes(msgspec.json.encode(Found(wanted, datetime.now(UTC), told, notes)))


def _losses(task: _Task) -> _Answer:
    from manara.risk.calculations.yearly import Run, of_events, of_model

    samples, seed = (int(number("losses", task.options, name)) for name in ("samples", "seed"))
    run = Run(samples, seed, (), task.out, "csv", False, MOST_DRAWS)
    location, account = task.files["location"], task.files.get("account")
    if name := task.options.get("model"):
        from manara.risk.losses import Files

        # Only what is listed can be asked for, so no name leads anywhere else.
        if name not in models(task.workspace):
            raise NotFoundError("no such model", where=name[:80])
        files = Files(location, account, *(task.files.get(x) for x in _BESIDE))
        told = of_model(files, task.workspace.root / MODELS / name, run, task.tell)
    else:
        years = int(number("losses", task.options, "simulated-years"))
        severity = task.files.get("severity")
        told = of_events(location, account, task.files["events"], severity, years, run)
    return told.plain(), told.notes


#: Files beside locations and accounts, in the order of `manara.risk.losses.Files`.
_BESIDE = ("ri-info", "ri-scope", "keys")


def _terms(task: _Task) -> _Answer:
    from manara.risk.calculations.insured import apply_terms

    found = apply_terms(
        task.files["location"],
        task.files["account"],
        task.files["ground-up"],
        task.out,
        task.files.get("ri-info"),
        task.files.get("ri-scope"),
    )
    order = sorted(found.accounts.items(), key=lambda one: -one[1][0])
    told = {"events": found.events, "locations": found.locations, **found.total}
    return told | {"accounts": order[:SHOWN], "count": len(order)}, found.notes


def _game(task: _Task) -> _Answer:
    from manara.risk.calculations.games import solve_games, write_games

    told = solve_games(task.files["game"], number("game", task.options, "strength") or None)
    games = told if isinstance(told, list) else [told]
    write_games(task.out / "coverage.csv", games)
    return [_shown(one) for one in games[:SHOWN]], []


def _shown(game: Mapping[str, Any]) -> dict[str, Any]:
    """Return a game with the targets that are covered most, and how many there are."""
    shares = [name for name in ("coverage", "attack") if name in game]
    order = np.argsort(-np.array(game["coverage"]), kind="stable")[:SHOWN].tolist()
    targets = [[at, *(game[name][at] for name in shares)] for at in order]
    rest = {key: value for key, value in game.items() if key not in shares}
    return rest | {"targets": targets, "count": len(game["coverage"])}


def _interdict(task: _Task) -> _Answer:
    from manara.risk.interdiction import read_instance, solve

    problem = read_instance(task.files["instance"])
    plan = solve(problem, number("interdict", task.options, "seconds"))
    items = {
        str(at): [int(problem.value[at]), int(problem.cost[at]), int(problem.weight[at])]
        for at in {*plan.protected, *plan.taken}
    }
    return msgspec.to_builtins(plan) | {"items": items, "count": len(problem.value)}, []


def _experts(task: _Task) -> _Answer:
    from manara.risk.excalibur import read_study
    from manara.risk.experts import combine, plain

    study = read_study(task.files["answers"], task.files["truth"])
    return plain(study, combine(study)), []


_WORK: Mapping[str, Callable[[_Task], _Answer]] = {
    "losses": _losses,
    "terms": _terms,
    "game": _game,
    "interdict": _interdict,
    "experts": _experts,
}
