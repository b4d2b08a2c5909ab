"""Losses of your own sites in a set of events: each a place, a band of severity and a yearly rate.

Use it so::

    from manara.risk import portfolio

    sites = portfolio.Sites.make(names, latitude, longitude, values)
    events = portfolio.Events.make(names, latitude, longitude, band, rate)
    found = portfolio.losses(sites, events, samples=10, seed=1)
    metrics = portfolio.metrics(found.ground_up, events, years=10_000, seed=1)

`values` has a row for each site and the columns of `KINDS` (buildings, contents, interruption:
money; people: heads). `metrics` has `aal`, `oep`, `aep` with their `tvar` by return period (see
`manara.risk.exceedance`). `expected` gives, without any sampling, the expected loss of each event
and the expected yearly loss of each site; `expected_insured` what is insured of each event. Losses
do not depend on rates: to see other rates (a protected site, another tail model), give `metrics`
events with other rates and the same losses. Random numbers belong to the names of event and site
and to the sample; so a change of one site or event changes nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from manara.model import UsageError
from manara.risk import draws, exceedance
from manara.risk.portfolio import kernels
from manara.risk.portfolio.severity import KINDS, Severity

__all__ = [
    "KINDS",
    "Events",
    "Expected",
    "Layers",
    "Losses",
    "Severity",
    "Sites",
    "expected",
    "expected_insured",
    "losses",
    "metrics",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites, one entry for each.

    Attributes:
        names: What tells a site apart; its random numbers go by it.
        latitude: Degrees, WGS 84.
        longitude: Degrees, WGS 84.
        values: Sites by `KINDS`.
        deductible: Of the whole money loss of a site in one event.
        limit: The most that is insured of it, after the deductible.
        account: Number of the account a site belongs to, from 0.
    """

    names: NDArray[np.uint64]
    latitude: Floats
    longitude: Floats
    values: Floats
    deductible: Floats
    limit: Floats
    account: NDArray[np.int64]

    @classmethod
    def make(
        cls,
        names: Sequence[str],
        latitude: ArrayLike,
        longitude: ArrayLike,
        values: ArrayLike,
        *,
        deductible: ArrayLike = 0.0,
        limit: ArrayLike = np.inf,
        account: ArrayLike = 0,
    ) -> Sites:
        """Return sites; a single deductible, limit or account holds for all.

        Raises:
            UsageError: A number is missing, or outside what it can be.
        """
        count = len(names)
        found = cls(
            draws.names((name,) for name in names),
            *_places(latitude, longitude, count),
            _column(values, (count, len(KINDS)), "values"),
            _column(deductible, (count,), "deductible"),
            _column(limit, (count,), "limit"),
            np.array(np.broadcast_to(np.asarray(account, np.int64), (count,))),
        )
        if (found.account < 0).any():
            raise UsageError("an account below 0", where="account")
        return found


@dataclass(frozen=True, slots=True)
class Events:
    """Events, one entry for each.

    Attributes:
        names: What tells an event apart; its random numbers go by it.
        latitude: Degrees, WGS 84.
        longitude: Degrees, WGS 84.
        band: Band of severity, from 0.
        rate: How often it happens in a year.
    """

    names: NDArray[np.uint64]
    latitude: Floats
    longitude: Floats
    band: NDArray[np.int64]
    rate: Floats

    @classmethod
    def make(
        cls,
        names: Sequence[str],
        latitude: ArrayLike,
        longitude: ArrayLike,
        band: ArrayLike,
        rate: ArrayLike,
    ) -> Events:
        """Return events; a single band or rate holds for all.

        Raises:
            UsageError: A number is missing, or outside what it can be.
        """
        count = len(names)
        return cls(
            draws.names((name,) for name in names),
            *_places(latitude, longitude, count),
            np.array(np.broadcast_to(np.asarray(band, np.int64), (count,))),
            _column(rate, (count,), "rate"),
        )


class Layers(NamedTuple):
    """Layers of accounts, one entry for each; an account may have none, one or several.

    `account`: number of the account. `attachment`: what the account bears of one event. `limit`:
    the most the layer pays above it. `share`: the part of this that it pays, 0 to 1.
    """

    account: NDArray[np.int64]
    attachment: Floats
    limit: Floats
    share: Floats


class Losses(NamedTuple):
    """Money losses, events by samples: `ground_up`, before terms; `gross`, what is insured."""

    ground_up: Floats
    gross: Floats


class Expected(NamedTuple):
    """Expected ground-up losses of each event, `by_event`, and of each site a year, `by_site`."""

    by_event: Floats
    by_site: Floats


def losses(
    sites: Sites,
    events: Events,
    layers: Layers | None = None,
    *,
    samples: int = 10,
    seed: int = 1,
    severity: Severity | None = None,
    people: bool = False,
) -> Losses:
    """Return what each event costs: terms of sites first, then layers of accounts.

    Args:
        sites: The sites.
        events: What may happen.
        layers: What pays beyond the sites' own terms; without it everything after these is
            insured. With it, an account without a layer is not insured.
        samples: Draws for each event.
        seed: Of the random numbers.
        severity: What the bands do; those that come with Manara if not given.
        people: Count people harmed instead of money; terms are left out.

    Raises:
        UsageError: A band or account is not known.
    """
    severity = severity or Severity.read()
    _check(events, severity)
    accounts = int(sites.account.max(initial=0)) + 1
    found = Losses(*(np.zeros((len(events.names), samples)) for _ in range(2)))
    kernels.strike(
        _grid(sites, severity, people)[0],
        kernels.Blows(events.latitude, events.longitude, events.band, events.names),
        _bands(severity),
        _layers(layers, accounts),
        np.uint64(seed),
        *found,
    )
    return found


def expected(
    sites: Sites, events: Events, *, severity: Severity | None = None, people: bool = False
) -> Expected:
    """Return expected ground-up losses, without sampling.

    Args:
        sites: The sites.
        events: What may happen.
        severity: What the bands do; those that come with Manara if not given.
        people: Count people harmed instead of money.

    Raises:
        UsageError: A band is not known.
    """
    severity = severity or Severity.read()
    _check(events, severity)
    grid, order = _grid(sites, severity, people)
    by_event, in_grid = np.zeros(len(events.names)), np.zeros(len(order))
    blows = kernels.Blows(events.latitude, events.longitude, events.band, events.names)
    kernels.expect(grid, blows, _bands(severity), events.rate, by_event, in_grid)
    by_site = np.empty_like(in_grid)
    by_site[order] = in_grid
    return Expected(by_event, by_site)


def expected_insured(
    sites: Sites,
    events: Events,
    layers: Layers | None = None,
    *,
    severity: Severity | None = None,
) -> Floats:
    """Return the expected insured loss of each event, without sampling.

    The terms of a site meet the distribution of its loss, the layers of an account that of the sum
    over its sites, which are independent in an event.

    Args:
        sites: The sites.
        events: What may happen.
        layers: As in `losses`.
        severity: What the bands do; those that come with Manara if not given.

    Raises:
        UsageError: A band or account is not known.
    """
    from manara.risk import sums
    from manara.risk.portfolio.layered import MANY, insure

    severity = severity or Severity.read()
    _check(events, severity)
    found = np.zeros(len(events.names))
    insure(
        _grid(sites, severity, people=False)[0],
        kernels.Blows(events.latitude, events.longitude, events.band, events.names),
        _bands(severity),
        _layers(layers, int(sites.account.max(initial=0)) + 1),
        sums.gamma_means(MANY),
        found,
    )
    return found


def metrics(
    losses: Floats,
    events: Events,
    *,
    years: int = 10_000,
    seed: int = 1,
    periods: tuple[float, ...] = exceedance.RETURN_PERIODS,
    clocks: tuple[Floats, NDArray[np.int64]] | None = None,
) -> exceedance.Metrics:
    """Return what losses amount to in a year.

    The average and its deviation follow from the rates; exceedance from simulated years, in which
    each event happens by itself, at its rate.

    Args:
        losses: Events by samples.
        events: The events with their rates.
        years: How many years are simulated.
        seed: Of the random numbers.
        periods: Return periods wanted; those longer than `years` are left out.
        clocks: Where some years are busier than others: when years end by each of some clocks,
            shape (clocks, years), rising to `years`; and the clock of each event.
    """
    largest, whole = np.zeros(years), np.zeros(years)
    ends, clock = clocks or (np.zeros((0, years)), np.zeros(0, np.int64))
    kernels.occur(losses, events.rate, events.names, np.uint64(seed), ends, clock, largest, whole)
    mean, _, error = exceedance.moments(losses, pairs=True)
    return exceedance.Metrics(
        float(events.rate @ mean),
        float(np.sqrt(events.rate**2 @ error)),
        float(np.sqrt(events.rate @ np.square(losses).mean(axis=1))),
        exceedance.curve(largest[largest > 0], years, periods),
        exceedance.curve(whole[whole > 0], years, periods),
    )


def _places(latitude: ArrayLike, longitude: ArrayLike, count: int) -> tuple[Floats, Floats]:
    found = []
    for name, values, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        column = np.array(values, np.float64)
        if column.shape != (count,) or not (np.abs(column) <= most).all():
            raise UsageError(f"not {count} numbers from -{most} to {most}", where=name)
        found.append(column)
    return found[0], found[1]


def _column(values: ArrayLike, shape: tuple[int, ...], name: str) -> Floats:
    try:
        column = np.array(np.broadcast_to(np.asarray(values, np.float64), shape))
    except ValueError as error:
        raise UsageError(f"not of shape {shape}", where=name) from error
    if not (column >= 0).all():
        raise UsageError("a number below 0, or none", where=name)
    return column


def _check(events: Events, severity: Severity) -> None:
    if not ((events.band >= 0) & (events.band < len(severity.names))).all():
        raise UsageError(f"not from 0 to {len(severity.names) - 1}", where="band")


def _bands(severity: Severity) -> kernels.Bands:
    return kernels.Bands(severity.reach, severity.curves.astype(np.float32), severity.quantiles())


def _grid(sites: Sites, severity: Severity, people: bool) -> tuple[kernels.Grid, NDArray[np.int64]]:
    """Return sites as the kernel has them, and their order there."""
    strip = np.floor(sites.latitude * kernels.DEGREE / kernels.STRIP).astype(np.int64)
    order = np.lexsort((sites.longitude, strip))
    first, last = int(strip.min(initial=0)), int(strip.max(initial=0))
    values = np.zeros((len(order), len(severity.curves)), np.float32)
    for at, curve in enumerate(severity.kinds):
        if people == (KINDS[at] == "people"):
            values[:, curve] += sites.values[order, at]
    free = people
    grid = kernels.Grid(
        np.searchsorted(strip[order], np.arange(first, last + 2)),
        first,
        sites.latitude[order],
        sites.longitude[order],
        sites.names[order],
        values,
        (np.zeros(len(order)) if free else sites.deductible[order]).astype(np.float32),
        (np.full(len(order), np.inf) if free else sites.limit[order]).astype(np.float32),
        sites.account[order].astype(np.int32),
    )
    return grid, order


def _layers(layers: Layers | None, accounts: int) -> kernels.Layers:
    if layers is None:
        return kernels.Layers(
            np.arange(accounts + 1),
            np.zeros(accounts),
            np.full(accounts, np.inf),
            np.ones(accounts),
        )
    account, *terms = (np.asarray(values) for values in layers)
    if len(account) and not ((account >= 0) & (account < accounts)).all():
        raise UsageError(f"no site of account {int(account.max())}", where="layers")
    order = np.argsort(account, kind="stable")
    start = np.searchsorted(account[order], np.arange(accounts + 1))
    attach, limit, share = (values[order].astype(np.float64) for values in terms)
    return kernels.Layers(start, attach, limit, share)
