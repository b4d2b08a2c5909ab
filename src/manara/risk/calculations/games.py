"""Security games from JSON files."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from manara.model import FormatError
from manara.risk.game import ARRAYS, Game, equilibrium
from manara.risk.quantal import respond

#: The short names of a game's arrays, as published games are written.
_SHORT = {
    "Au": "attacker_uncovered",
    "Ac": "attacker_covered",
    "Du": "defender_uncovered",
    "Dc": "defender_covered",
    "m": "resources",
}


def solve_games(path: Path, strength: float | None = None) -> Any:
    """Return where few guards go, as JSON values: one answer, or a list where the file has one.

    Args:
        path: A game or a list of games: `attacker_uncovered`, `attacker_covered`,
            `defender_uncovered`, `defender_covered` (a number for each target) and `resources`; or,
            short, `Au`, `Ac`, `Du`, `Dc` and `m`.
        strength: Of an attacker who mostly, not always, takes the best, per unit of worth; None
            for one who always does.

    Raises:
        FormatError: The file holds something else.
    """
    try:
        told = msgspec.json.decode(path.read_bytes())
    except msgspec.DecodeError as error:
        raise FormatError(f"no JSON: {error}", where=path.name) from error
    games = told if isinstance(told, list) else [told]
    read = [_game(one, f"{path.name}, game {at}") for at, one in enumerate(games)]
    if not read:
        raise FormatError("no game", where=path.name)
    found = [_answered(one, strength) for one in read]
    return found if isinstance(told, list) else found[0]


def write_games(path: Path, games: Sequence[Mapping[str, Any]]) -> None:
    """Write how often each target is covered, and attacked if that is told, as a table.

    Args:
        path: A CSV file.
        games: As `solve_games` tells them.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        shares = [name for name in ("coverage", "attack") if name in games[0]]
        rows.writerow(["game", "target", *shares])
        for at, game in enumerate(games):
            columns = (game[name] for name in shares)
            rows.writerows((at, *row) for row in zip(count(), *columns, strict=False))


def _answered(game: Game, strength: float | None) -> dict[str, Any]:
    if strength is None:
        best = equilibrium(game)
        told: dict[str, Any] = {"value": best.value, "target": best.target, "level": best.level}
        return told | {"coverage": best.coverage.tolist()}
    met = respond(game, strength)
    return {
        "value": met.value,
        "coverage": met.coverage.tolist(),
        "attack": met.attack.tolist(),
    }


def _game(values: Any, where: str) -> Game:
    if not isinstance(values, dict):
        raise FormatError("not a JSON object", where=where)
    named = {_SHORT.get(name, name): value for name, value in values.items()}
    missing = [name for name in (*ARRAYS, "resources") if name not in named]
    if missing:
        raise FormatError(f"no {missing[0]}", where=where, remedy="see `manara risk game --help`")
    try:
        best, met, bad, well = (np.array(named[name], np.float64) for name in ARRAYS)
        return Game(best, met, bad, well, float(named["resources"]))
    except (TypeError, ValueError) as error:
        raise FormatError(f"not numbers: {error}", where=where) from error
