"""Sites and measures from CSV files, whose blanks the catalogue fills with placeholders."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from manara.model import FormatError, UsageError
from manara.risk.attackers import Targets
from manara.risk.oed import Table, read_table
from manara.risk.plan.measures import I64, MOST_A_SITE, PRICED, Kind, Measures, catalogue

_YES = {"yes": True, "true": True, "1": True, "": False, "no": False, "false": False, "0": False}

#: What measures that are not in the catalogue have where nothing is told.
_NONE = {"upkeep": 0.0, "likelihood": 1.0, "consequence": 1.0}


class _Row(NamedTuple):
    """One measure of a file."""

    site: int
    name: str
    choice: str
    requires: tuple[str, ...]
    mandatory: bool
    numbers: list[float]
    open_: tuple[str, ...]
    where: str


def read_targets(path: Path) -> Targets:
    """Return sites as attackers see them, from a CSV file.

    Columns: ``site``, ``loss``, ``attempts`` a year; ``success`` (1 where blank) and ``worth``
    (the loss where blank).

    Raises:
        FormatError: a column or value that is missing or no number, or a site named twice.
    """
    table = read_table(path)
    table.need("site", "loss", "attempts")
    names = table.text("site")
    known: set[str] = set()
    for row, name in enumerate(names):
        if not name or name in known:
            told = f"site {name} a second time" if name else "no name of a site"
            raise FormatError(told, where=table.where(row))
        known.add(name)
    loss = table.number("loss")
    worth = np.where([not text for text in table.text("worth")], loss, table.number("worth"))
    success = table.number("success", 1.0)
    try:
        return Targets(tuple(names), table.number("attempts"), success, loss, worth)
    except UsageError as error:
        raise FormatError(error.message, where=f"{path.name}, {error.where}") from error


def read_measures(path: Path, sites: tuple[str, ...]) -> Measures:
    """Return the measures of a CSV file, sorted by site.

    Columns: ``site``, ``measure`` (of the catalogue, or any other name); ``cost``, ``upkeep``,
    ``life``, ``likelihood``, ``consequence``, ``choice``, ``requires`` (names with spaces between)
    and ``mandatory`` (yes). What is blank is taken from the catalogue, as a placeholder.

    Raises:
        FormatError: a value that is missing, no number, or names what is not there.
    """
    table = read_table(path)
    table.need("site", "measure")
    rows = _rows(table, {name: at for at, name in enumerate(sites)})
    first = np.searchsorted([row.site for row in rows], np.arange(len(sites) + 1))
    requires, excludes = np.zeros((2, len(rows)), np.int64)
    for begin, end in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
        _rules(rows, begin, end, requires, excludes)
    numbers = np.array([row.numbers for row in rows], np.float64).reshape(-1, len(PRICED))
    cost, upkeep, life, likelihood, consequence = numbers.T
    try:
        return Measures(
            tuple(row.name for row in rows),
            np.array([row.site for row in rows], np.int64),
            cost,
            upkeep,
            life,
            likelihood,
            consequence,
            requires,
            excludes,
            np.array([row.mandatory for row in rows], np.bool_),
            tuple(row.open_ for row in rows),
        )
    except UsageError as error:
        raise FormatError(error.message, where=f"{path.name}: {error.where}") from error


def _rows(table: Table, place: dict[str, int]) -> list[_Row]:
    """Return the measures of a file, sorted by site."""
    known = {kind.id: kind for kind in catalogue().measures}
    texts = {name: table.text(name) for name in (*PRICED, "choice", "requires", "mandatory")}
    numbers = {name: table.number(name) for name in PRICED}
    found = []
    for row, (site, name) in enumerate(zip(table.text("site"), table.text("measure"), strict=True)):
        where, kind = table.where(row), known.get(name)
        must = _YES.get(texts["mandatory"][row].lower())
        if site not in place:
            raise FormatError(f"no site {site!r}", where=where)
        if not name:
            raise FormatError("no name of a measure", where=where)
        if must is None:
            raise FormatError(f"mandatory is {texts['mandatory'][row]!r}, not yes", where=where)
        given = {one: float(numbers[one][row]) for one in PRICED if texts[one][row]}
        choice = texts["choice"][row] or (kind.choice if kind else "")
        needs = tuple(texts["requires"][row].split()) or (kind.requires if kind else ())
        values, open_ = _priced(name, given, kind, where)
        found.append(_Row(place[site], name, choice, needs, must, values, open_, where))
    return sorted(found, key=lambda row: row.site)


def _priced(
    name: str, given: dict[str, float], kind: Kind | None, where: str
) -> tuple[list[float], tuple[str, ...]]:
    """Return the numbers of a measure, and the names of those that are placeholders."""
    values = (catalogue().numbers(kind) if kind else _NONE) | given
    if missing := [one for one in PRICED if one not in values]:
        remedy = "only measures of the catalogue have placeholders"
        raise FormatError(f"no {missing[0]} of {name}", where=where, remedy=remedy)
    open_ = tuple(one for one in PRICED if one not in given) if kind else ()
    return [values[one] for one in PRICED], open_


def _rules(rows: list[_Row], begin: int, end: int, requires: I64, excludes: I64) -> None:
    """Work out which measures of a site require and exclude which, as bits."""
    bit: dict[str, int] = {}
    alike: dict[str, int] = {}
    for at in range(begin, end):
        row = rows[at]
        if row.name in bit:
            raise FormatError(f"measure {row.name} a second time", where=row.where)
        if at - begin == MOST_A_SITE:
            remedy = "leave out what is dearer and worse than another"
            raise FormatError(f"more than {MOST_A_SITE} at a site", where=row.where, remedy=remedy)
        bit[row.name] = 1 << (at - begin)
        alike[row.choice] = alike.get(row.choice, 0) | bit[row.name]
    for at in range(begin, end):
        row = rows[at]
        for other in row.requires:
            if other not in bit:
                told = f"{row.name} requires {other}, which its site does not list"
                raise FormatError(told, where=row.where)
            requires[at] |= bit[other]
        if row.choice:
            excludes[at] = alike[row.choice] & ~bit[row.name]
