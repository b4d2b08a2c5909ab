"""Protective measures at sites, and the catalogue of kinds of measure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from manara.model import UsageError

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: All sets of the measures of one site are looked at: two to this power are still few.
MOST_A_SITE = 16

#: What a measure is told by in numbers.
PRICED = ("cost", "upkeep", "life", "likelihood", "consequence")


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
        for name in PRICED:
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
