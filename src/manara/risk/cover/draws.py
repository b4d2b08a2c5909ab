"""Losses of events by site as plain arrays: from a file, from any model, and after protection.

A plan never draws anew: it changes weights and losses of the same draws, so that what differs
between two plans is what the plans do (common random numbers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from manara.model import FormatError, UsageError
from manara.risk.oed import Table, read_table

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
T = TypeVar("T")


#: Perils of losses in files, see `manara.risk.cover.scheme.Peril`.
PERILS = ("MTR", "MNT", "CYB")


@dataclass(frozen=True, slots=True)
class Draws:
    """Ground-up losses: d draws (a sample of an event each), r losses of a site in a draw.

    Attributes:
        sites: names.
        draw: of each loss, shape (r,).
        site: place of each loss's site, shape (r,).
        loss: in money, shape (r,).
        perils: codes.
        peril: place of each draw's peril, shape (d,).
        weight: of each draw: how often it happens a year, shape (d,).
        year: of each draw, rising from 0 in any order, shape (d,).
        years: how many years were simulated; None where draws are single events with rates, each
            taken to be alone in its year.
        target: place of the site that each draw is an attack on, shape (d,).
        insurer: losses of all clients of the insurer in the draw, 0 if not known, shape (d,).
        industry: losses of all insurers, 0 if not known, shape (d,).
    """

    sites: tuple[str, ...]
    draw: I64
    site: I64
    loss: F64
    perils: tuple[str, ...]
    peril: I64
    weight: F64
    year: I64
    years: int | None
    target: I64
    insurer: F64
    industry: F64

    @property
    def total(self) -> F64:
        """Loss of all sites in each draw, shape (d,)."""
        return summed(self.draw, self.loss, len(self.peril))

    def protected(self, likelihood: F64, consequence: F64, attempts: F64 | None = None) -> Draws:
        """Return the same draws after protection of sites.

        Args:
            likelihood: what is left of the chance of success of attacks on each site, shape (n,).
            consequence: what is left of the losses of each site, shape (n,).
            attempts: factor on the attempts on each site, as an attacker who adapts shifts them
                (`manara.risk.attackers.Shift`); None leaves them.

        With simulated years a rate cannot change without drawing again; there the loss takes the
        factor, which is right in the mean and blunts bad years.
        """
        rate = likelihood if attempts is None else likelihood * attempts
        if self.years is None:
            weight = self.weight * rate[self.target]
            return replace(self, loss=self.loss * consequence[self.site], weight=weight)
        eased = consequence[self.site] * rate[self.target][self.draw]
        return replace(self, loss=self.loss * eased)


def summed(place: I64, amount: F64, count: int) -> F64:
    """Return the sums of amounts by place, shape (count,)."""
    found: F64 = np.bincount(place, amount, count).astype(np.float64)
    return found


def from_arrays(
    loss: F64, rate: F64, sites: Sequence[str], peril: Sequence[str] | None = None
) -> Draws:
    """Return draws from a model's losses.

    Args:
        loss: ground-up, shape (events, samples, sites) or (events, sites).
        rate: of each event a year, shape (events,).
        sites: names.
        peril: code of each event; MTR if None.
    """
    cube = loss[:, None, :] if loss.ndim == 2 else loss
    events, samples, count = cube.shape
    if rate.shape != (events,) or len(sites) != count:
        raise UsageError("rates, sites and losses of different length", where="draws")
    flat = cube.reshape(events * samples, count)
    draw, site = np.nonzero(flat)
    codes = ["MTR"] * events if peril is None else list(peril)
    perils = tuple(dict.fromkeys(codes))
    number = np.array([perils.index(code) for code in codes], np.int64)
    none = np.zeros(len(flat))
    return Draws(
        tuple(sites),
        draw,
        site,
        flat[draw, site],
        perils,
        np.repeat(number, samples),
        np.repeat(rate / samples, samples),
        np.arange(len(flat)),
        None,
        flat.argmax(1),
        none,
        none,
    )


def read_losses(path: Path, years: int | None = None) -> Draws:
    """Return the draws of a CSV file.

    Columns: ``event``, ``site``, ``loss``; ``sample`` (one if absent); ``peril`` (MTR if blank);
    ``rate`` of the event a year, or ``year`` of simulated years; ``target``, the site attacked (the
    one that lost most if blank); ``insurer_loss`` and ``industry_loss`` of the event if known.

    Args:
        path: the file.
        years: how many years were simulated, with the column ``year``; years without a loss count.

    Raises:
        FormatError: a column or value that is missing or no number.
    """
    table = read_table(path)
    table.need("event", "site", "loss")
    if table.has("rate") == table.has("year"):
        raise FormatError("not one of the columns rate and year", where=path.name)
    if table.has("year") == (years is None):
        told = "a column year goes with the number of years simulated"
        raise FormatError(told, where=path.name, remedy="--years N, also those without a loss")
    if not len(table):
        raise FormatError("no losses in it", where=path.name)
    return _draws(table, years)


def _draws(table: Table, years: int | None) -> Draws:
    sites, site = _coded(table.text("site"))
    year_names, year = _coded(table.text("year"))
    if years is not None and len(year_names) > years:
        raise FormatError(f"{len(year_names)} years, more than {years}", where=table.name)
    keys = list(zip(table.text("event"), table.text("sample"), year.tolist(), strict=True))
    _, draw = _coded(keys)
    samples = len(set(table.text("sample")))
    head = np.unique(draw, return_index=True)[1]
    perils, peril = _coded([text.upper() or "MTR" for text in table.text("peril")])
    for code in perils:
        if code not in PERILS:
            told = f"peril {code}, which is none of {', '.join(PERILS)}"
            raise FormatError(told, where=table.name)
    loss = table.number("loss")
    for name in ("peril", "rate"):
        _same(table, name, draw, head)
    most = np.lexsort((loss, draw))
    target = site[most[np.searchsorted(draw[most], np.arange(len(head)), "right") - 1]]
    place = {name: at for at, name in enumerate(sites)}
    for at, row in enumerate(head.tolist()):
        if name := table.text("target")[row]:
            if name not in place:
                raise FormatError(f"no losses of site {name}", where=table.where(row))
            target[at] = place[name]
    weight = (
        table.number("rate")[head] / samples if years is None else np.full(len(head), 1 / years)
    )
    return Draws(
        tuple(sites),
        draw,
        site,
        loss,
        tuple(perils),
        peril[head],
        weight,
        np.arange(len(head)) if years is None else year[head],
        years,
        target,
        table.number("insurer_loss")[head],
        table.number("industry_loss")[head],
    )


def _same(table: Table, name: str, draw: I64, head: I64) -> None:
    """Check that all lines of an event say the same.

    Raises:
        FormatError: one does not.
    """
    texts = table.text(name)
    for row, at in enumerate(draw.tolist()):
        if texts[row] != texts[int(head[at])]:
            raise FormatError(f"another {name} than its event before", where=table.where(row))


def _coded(values: Sequence[T]) -> tuple[list[T], I64]:
    """Return the different values in the order of first coming, and the place of each."""
    place: dict[T, int] = {}
    found = [place.setdefault(value, len(place)) for value in values]
    return list(place), np.array(found, np.int64)
