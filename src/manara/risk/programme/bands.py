"""Five bands of severity: how often each, and what it does at which distance.

The table is the owner's: an engineer who knows the sites replaces the placeholders that come with
Manara. It says what is lost at a distance, and never what causes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError
from manara.risk.oed import Table, read_table
from manara.risk.programme.sites import Site

F64 = NDArray[np.float64]

#: What can be lost, in the order of the columns.
LOST = ("building", "contents", "interruption", "people")

_EARTH = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Bands:
    """Bands of severity.

    Attributes:
        names: of the bands, least first.
        killed: from how many killed on an attack belongs to each band, rising from 1.
        metres: distances at which each curve is given, rising.
        ratio: for each band, what share of each of `LOST` is lost there, shape (points, 4).
        placeholder: whether nobody has replaced the table that comes with Manara.
    """

    names: tuple[str, ...]
    killed: F64
    metres: tuple[F64, ...]
    ratio: tuple[F64, ...]
    placeholder: bool

    def chances(self, exponent: float) -> F64:
        """Return how likely each band is if sizes follow a power law, shape (bands,).

        Args:
            exponent: of the density, above 1.
        """
        above = (self.killed / self.killed[0]) ** (1 - exponent)
        return above - np.append(above[1:], 0.0)

    def reach(self) -> float:
        """Return the distance in metres beyond which nothing is lost."""
        return max(float(at[-1]) for at in self.metres)

    def lost(self, band: int, metres: F64) -> F64:
        """Return the shares lost at distances, shape (n, 4); nothing beyond the last point."""
        at, ratio = self.metres[band], self.ratio[band]
        found = np.stack(
            [np.interp(metres, at, ratio[:, kind], right=0.0) for kind in range(len(LOST))], axis=1
        )
        return np.asarray(found, np.float64)


def placeholder() -> str:
    """Return the text of the table that comes with Manara."""
    return files("manara.risk.programme").joinpath("bands.csv").read_text(encoding="utf-8")


def read_bands(path: Path) -> Bands:
    """Return the bands of a table.

    Raises:
        FormatError: a column is missing; distances or bands do not rise; a share above 1.
    """
    table = read_table(path)
    table.need("band", "killed_from", "metres", *LOST)
    names = list(dict.fromkeys(table.text("band")))
    rows = [np.flatnonzero(np.array(table.text("band")) == name) for name in names]
    killed, metres = table.number("killed_from"), table.number("metres")
    ratio = np.stack([table.number(name) for name in LOST], axis=1)
    _check(table, rows, killed, metres, ratio)
    return Bands(
        tuple(names),
        np.array([killed[at[0]] for at in rows]),
        tuple(metres[at] for at in rows),
        tuple(ratio[at] for at in rows),
        path.read_text(encoding="utf-8-sig") == placeholder(),
    )


def _check(
    table: Table, rows: list[NDArray[np.intp]], killed: F64, metres: F64, ratio: F64
) -> None:
    if not rows:
        raise FormatError("no band in it", where=table.name)
    for at in rows:
        if (np.diff(metres[at]) <= 0).any() or metres[at[0]]:
            raise FormatError("distances do not rise from 0", where=table.where(int(at[0])))
    least = np.array([killed[at[0]] for at in rows])
    if least[0] < 1 or (np.diff(least) <= 0).any():
        raise FormatError("killed_from does not rise from 1", where=table.name)
    if (ratio > 1).any():
        row = int(np.argwhere(ratio > 1)[0][0])
        raise FormatError("a share above 1", where=table.where(row))


def distances(sites: list[Site]) -> F64:
    """Return great-circle distances between sites in metres, shape (n, n)."""
    north = np.radians([one.latitude for one in sites])
    east = np.radians([one.longitude for one in sites])
    rise = np.sin((north[:, None] - north[None, :]) / 2) ** 2
    turn = np.sin((east[:, None] - east[None, :]) / 2) ** 2
    found = rise + np.cos(north)[:, None] * np.cos(north)[None, :] * turn
    return np.asarray(2 * _EARTH * np.arcsin(np.sqrt(np.clip(found, 0, 1))), np.float64)
