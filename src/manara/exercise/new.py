"""Making an exercise: the world, what is planted in it, the files and the answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from manara.exercise.codes import CODES
from manara.exercise.manifest import Exercise
from manara.exercise.money import pay
from manara.exercise.people import populate
from manara.exercise.plots import PLOTS, Planted
from manara.exercise.scenario import Size, read_scenario
from manara.exercise.tables import World
from manara.exercise.things import furnish
from manara.exercise.travel import travel
from manara.exercise.writing import write_world
from manara.exercise.writing.desk import texts, times
from manara.exercise.writing.truth import Truth
from manara.model import UsageError

_Told = Callable[[str], None]
#: Fewer people than this have no room for the plots.
_FEWEST = 800


def make_world(
    scenario: str, seed: int, size: str, told: _Told = lambda text: None
) -> tuple[World, list[Planted]]:
    """Return a world with its plots.

    Raises:
        NotFoundError: there is no such scenario.
        UsageError: it has no such size.
    """
    chosen = read_scenario(scenario)
    if size.isdecimal() and int(size) >= _FEWEST:
        wanted = Size(int(size), 10 * int(size), 4 * int(size))
        chosen = msgspec.structs.replace(chosen, sizes={**chosen.sizes, size: wanted})
    if size not in chosen.sizes:
        names = ", ".join(chosen.sizes)
        raise UsageError(
            "no such size", where=size, remedy=f"use {names}, or a number of people from {_FEWEST}"
        )
    world = World(chosen, seed, size)
    for step, make in (
        ("people", populate),
        ("payments of everyday life", pay),
        ("travel", travel),
        ("registers", furnish),
    ):
        told(step)
        make(world)
    told("plots")
    planted = [PLOTS[spec.kind](world, spec, number) for number, spec in enumerate(chosen.plots)]
    return world, planted


def new_exercise(
    scenario: str, seed: int, size: str, folder: Path, told: _Told = lambda text: None
) -> dict[str, int]:
    """Make an exercise in a folder, and return how many there are of what.

    The same scenario, seed and size give the same bytes.

    Args:
        scenario: one of `manara.exercise.scenario.scenarios`.
        seed: of all chance.
        size: ``small``, ``medium``, ``large`` or a number of people, who pay and cross as often as
            those of a large world.
        folder: where to; it is new or empty.
        told: called with each step in a few words.

    Raises:
        NotFoundError: there is no such scenario.
        UsageError: there is no such size, or the folder holds something.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("is not empty", where=str(folder), remedy="name a new folder")
    world, planted = make_world(scenario, seed, size, told)
    folder.mkdir(parents=True, exist_ok=True)
    desk = write_world(world, folder, told)
    told("answers")
    _answers(world, planted, desk.truth, folder)
    files = sum(len(one) for one in desk.manifest.values())
    desk.close()
    about = Exercise(
        scenario,
        seed,
        size,
        world.start,
        world.end,
        {one.code: one.name for one in world.scenario.states},
    )
    (folder / "exercise.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(about), indent=1) + b"\n"
    )
    tables = ("people", "companies", "accounts", "payments", "crossings", "bookings", "firearms")
    return {
        **{name: world.tables[name].rows for name in tables},
        "plots": sum(not one.decoy for one in planted),
        "decoys": sum(one.decoy for one in planted),
        "files": files,
    }


def _answers(world: World, planted: list[Planted], truth: Truth, folder: Path) -> None:
    """Write what was planted, and the ties and firearms that registers do not show."""
    plots = msgspec.json.encode([one.to_dict() for one in planted])
    (folder / "truth" / "plots.json").write_bytes(msgspec.json.format(plots, indent=1) + b"\n")
    ties = world.tables["relations"]
    rows = np.flatnonzero(ties["plot"] >= 0)
    truth.table(
        "ties",
        {
            "kind": texts(CODES["relation"], ties["kind"][rows]),
            "a": pa.array(ties["a"][rows]),
            "b": pa.array(ties["b"][rows]),
            "plot": pa.array(ties["plot"][rows]),
        },
    )
    accounts = world.tables["accounts"]
    truth.table(
        "owners",
        {
            "account": pa.array(np.arange(accounts.rows, dtype=np.int64)),
            "owner": pa.array(np.asarray(accounts["owner"], np.int64)),
        },
    )
    table = world.tables["custody"]
    rows = np.flatnonzero(table["plot"] >= 0)
    truth.table(
        "firearms",
        {
            "firearm": pa.array(table["firearm"][rows]),
            "time": times(world, table["time"][rows]),
            "kind": texts(CODES["firearm"], table["kind"][rows]),
            "holder": pa.array(table["holder"][rows]),
            "state": texts([one.code for one in world.scenario.states], table["state"][rows]),
            "plot": pa.array(table["plot"][rows]),
        },
    )
