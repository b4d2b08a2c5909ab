"""Protective measures at sites, from a spreadsheet and a catalogue of kinds of measure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from manara.model import FormatError, UsageError
from manara.risk.attackers import Targets
from manara.risk.oed import Table, read_table

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: All sets of the measures of one site are looked at: two to this power are still few.
MOST_A_SITE = 16

_PRICED = ("cost", "upkeep", "life", "likelihood", "consequence")


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of protective measure.

    Attributes:
        id: its name in files.
        title: it in a few words.
        category: perimeter, access, people, procedures, building or resilience.
        does: what it does, and what it cannot.
        cost: to put in; a band of the catalogue, a placeholder.
        upkeep: share of the cost a year; a placeholder.
        life: years until it has to be renewed; a placeholder.
        likelihood: effect on the chance that an attack succeeds; a band, a placeholder.
        consequence: effect on the loss of one that does; a band, a placeholder.
        choice: of kinds with the same word a site takes at most one.
        requires: kinds that have to be there first.
    """

    id: str
    title: str
    category: str
    does: str
    cost: str
    upkeep: float
    life: int
    likelihood: str
    consequence: str
    choice: str = ""
    requires: tuple[str, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Kinds of measure, and what stands for a number that the owner has not set yet.

    Attributes:
        version: to be raised with every change.
        note: what the placeholders are and are not.
        sources: public papers whose categories it follows.
        costs: placeholder of each band of cost, in the owner's money.
        effects: placeholder of each band of effect, as a factor 0..1.
        measures: the kinds.
    """

    version: int
    note: str
    sources: tuple[str, ...]
    costs: dict[str, float]
    effects: dict[str, float]
    measures: tuple[Kind, ...]

    def numbers(self, kind: Kind) -> dict[str, float]:
        """Return the placeholders of a kind: cost, upkeep a year, life and two factors."""
        cost = self.costs[kind.cost]
        return {
            "cost": cost,
            "upkeep": cost * kind.upkeep,
            "life": float(kind.life),
            "likelihood": self.effects[kind.likelihood],
            "consequence": self.effects[kind.consequence],
        }


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures that could be taken, sorted by site; arrays of shape (m,).

    Attributes:
        ids: names of the measures, unique at a site.
        site: place of the site.
        cost: to put in, in money.
        upkeep: a year, in money.
        life: years until the cost comes again.
        likelihood: factor on the probability of success, 0..1.
        consequence: factor on the loss, 0..1.
        requires: bits of measures of the same site, counted from its first, that must be there.
        excludes: bits of measures of the same site that must not be there with it.
        mandatory: whether it has to be taken.
        placeholders: for each measure the names of its numbers that nobody has set.
    """

    ids: tuple[str, ...]
    site: I64
    cost: F64
    upkeep: F64
    life: F64
    likelihood: F64
    consequence: F64
    requires: I64
    excludes: I64
    mandatory: NDArray[np.bool_]
    placeholders: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        for name in _PRICED:
            array = getattr(self, name)
            top = 1.0 if name in ("likelihood", "consequence") else np.inf
            if not (np.isfinite(array) & (array >= 0) & (array <= top)).all():
                raise UsageError(f"out of 0..{top:g} or not finite", where=f"measures, {name}")
        if (self.life <= 0).any():
            raise UsageError("a life of no years", where="measures, life")
        if len(self.site) and np.bincount(self.site).max() > MOST_A_SITE:
            raise UsageError(
                f"more than {MOST_A_SITE} measures at one site",
                where="measures",
                remedy="leave out what is dearer and worse than another",
            )

    def first(self, sites: int) -> I64:
        """Return where the measures of each site begin, shape (sites + 1,)."""
        found: I64 = np.searchsorted(self.site, np.arange(sites + 1)).astype(np.int64)
        return found


@cache
def catalogue() -> Catalogue:
    """Return the catalogue of kinds of measure that comes with Manara."""
    text = files("manara.risk.plan").joinpath("catalogue.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(text, Loader=loader), Catalogue)  # noqa: S506


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
    for row, name in enumerate(names):
        if not name or name in names[:row]:
            told = f"site {name} a second time" if name else "no name of a site"
            raise FormatError(told, where=table.where(row))
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
    place = {name: at for at, name in enumerate(sites)}
    rows: list[tuple[int, int]] = []
    for row, name in enumerate(table.text("site")):
        if name not in place:
            raise FormatError(f"no site {name!r}", where=table.where(row))
        rows.append((place[name], row))
    rows.sort()
    return _sorted(table, rows)


def _sorted(table: Table, rows: list[tuple[int, int]]) -> Measures:
    known = {kind.id: kind for kind in catalogue().measures}
    names, choices, needs = (table.text(name) for name in ("measure", "choice", "requires"))
    given = {name: (table.text(name), table.number(name)) for name in _PRICED}
    numbers: list[list[float]] = []
    set_by: list[tuple[str, ...]] = []
    at_site: dict[tuple[int, str], int] = {}
    begin: dict[int, int] = {}
    chosen: list[str] = []
    for place, (site, row) in enumerate(rows):
        kind = known.get(names[row])
        if not names[row] or (site, names[row]) in at_site:
            told = f"measure {names[row]} a second time" if names[row] else "no name of a measure"
            raise FormatError(told, where=table.where(row))
        begin.setdefault(site, place)
        at_site[site, names[row]] = place - begin[site]
        chosen.append(choices[row] or (kind.choice if kind else ""))
        values, open_ = _priced(given, row, kind, table)
        numbers.append(values)
        set_by.append(open_)
    requires, excludes = np.zeros((2, len(rows)), np.int64)
    for place, (site, row) in enumerate(rows):
        kind = known.get(names[row])
        for other in needs[row].split() or (kind.requires if kind else ()):
            if (site, other) not in at_site:
                told = f"{names[row]} requires {other}, which its site does not list"
                raise FormatError(told, where=table.where(row))
            requires[place] |= 1 << at_site[site, other]
        if chosen[place]:
            end = begin[site] + sum(one == site for one, _ in rows[begin[site] :][:MOST_A_SITE])
            alike = [at for at in range(begin[site], end) if chosen[at] == chosen[place]]
            excludes[place] = sum(1 << (at - begin[site]) for at in alike if at != place)
    mandatory = np.array([text.lower() in ("yes", "1", "true") for text in table.text("mandatory")])
    order = [row for _, row in rows]
    cost, upkeep, life, likelihood, consequence = np.array(numbers, np.float64).reshape(-1, 5).T
    try:
        return Measures(
            tuple(names[row] for row in order),
            np.array([site for site, _ in rows], np.int64),
            cost,
            upkeep,
            life,
            likelihood,
            consequence,
            requires,
            excludes,
            mandatory[order].astype(np.bool_),
            tuple(set_by),
        )
    except UsageError as error:
        raise FormatError(
            error.message, where=f"{table.name}: {error.where}", remedy=error.remedy
        ) from error


def _priced(
    given: dict[str, Any], row: int, kind: Kind | None, table: Table
) -> tuple[list[float], tuple[str, ...]]:
    """Return the five numbers of a row, and the names of those that are placeholders."""
    spare = catalogue().numbers(kind) if kind else {"upkeep": 0.0, "likelihood": 1.0,
                                                    "consequence": 1.0}  # fmt: skip
    values, open_ = [], []
    for name in _PRICED:
        texts, numbers = given[name]
        if texts[row]:
            values.append(float(numbers[row]))
            continue
        if name not in spare:
            raise FormatError(
                f"no {name} of {table.text('measure')[row]}",
                where=table.where(row),
                remedy="only measures of the catalogue have placeholders",
            )
        values.append(spare[name])
        if kind:
            open_.append(name)
    return values, tuple(open_)
