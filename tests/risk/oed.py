"""Small OED programmes for tests: a row is a dict of the fields it fills."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from manara.risk.terms import Losses, Programme

Row = dict[str, Any]


def write(path: Path, rows: list[Row]) -> Path:
    """Write rows as a CSV file with all their fields as columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, names, restval="")
        out.writeheader()
        out.writerows(rows)
    return path


def site(number: int = 1, **fields: Any) -> Row:
    """Return a location of account A."""
    return {"PortNumber": "P", "AccNumber": "A", "LocNumber": number, **fields}


def policy(name: str = "one", **fields: Any) -> Row:
    """Return a policy of account A."""
    return {"PortNumber": "P", "AccNumber": "A", "PolNumber": name, **fields}


def programme(
    folder: Path,
    sites: list[Row],
    policies: list[Row],
    info: list[Row] | None = None,
    scope: list[Row] | None = None,
    perils: tuple[str, ...] = (),
) -> Programme:
    """Return the programme of these rows."""
    return Programme.read(
        write(folder / "location.csv", sites),
        write(folder / "account.csv", policies),
        write(folder / "info.csv", info) if info else None,
        write(folder / "scope.csv", scope) if scope else None,
        perils,
    )


def run(found: Programme, *losses: tuple[float, ...]) -> Losses:
    """Return the losses after terms of one event: four coverages for each location."""
    return found.run(np.array([losses], np.float64).reshape(-1, 1))


def by_site(losses: np.ndarray[Any, Any]) -> list[float]:
    """Return the first event's losses of locations."""
    return [round(float(one), 6) for one in losses[:, 0].reshape(-1, 4).sum(axis=1)]
