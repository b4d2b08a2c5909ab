"""What yearly losses amount to: average, deviation, exceedance curves, tail value at risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Return periods shown where nobody asked for others, in years.
RETURN_PERIODS = (2, 5, 10, 20, 25, 30, 50, 75, 100, 150, 200, 250, 500, 1000, 5000)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """When events happen.

    Attributes:
        event: Row of the event of each occurrence.
        period: Year of each occurrence, from 0.
        periods: How many years there are.
    """

    event: NDArray[np.int64]
    period: NDArray[np.int64]
    periods: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Losses by return period, one entry for each.

    Attributes:
        years: Return periods, rising.
        loss: The loss reached once in so many years.
        tvar: The mean of the losses that reach it: tail value at risk.
    """

    years: Floats
    loss: Floats
    tvar: Floats


@dataclass(frozen=True, slots=True)
class Metrics:
    """What one perspective loses in a year.

    Attributes:
        aal: Average annual loss.
        aal_se: Its standard error from the number of samples; nan for one sample.
        sd: Standard deviation of the loss of a year.
        oep: The largest loss of an event in a year (occurrence exceedance probability).
        aep: The loss of all events of a year (aggregate exceedance probability).
    """

    aal: float
    aal_se: float
    sd: float
    oep: Curve
    aep: Curve


def metrics(losses: Floats, when: Occurrences, years: tuple[float, ...]) -> Metrics:
    """Return what losses of events amount to.

    Every pair of a year and a sample stands for a year of its own (ORD's "full uncertainty").

    Args:
        losses: Events by samples.
        when: When the events happen.
        years: Return periods wanted; those longer than there are years are left out.
    """
    samples = losses.shape[1]
    size = when.periods * samples
    times = np.bincount(when.event, minlength=len(losses))
    aal = float(times @ losses.mean(axis=1)) / when.periods
    error = np.nan
    if samples > 1:
        spread = losses.var(axis=1, ddof=1) / samples
        error = float(np.sqrt((times**2) @ spread)) / when.periods
    largest, whole = by_year(losses, when)
    sd = np.sqrt(max(float(whole @ whole) - size * aal**2, 0.0) / max(size - 1, 1))
    return Metrics(aal, error, float(sd), curve(largest, size, years), curve(whole, size, years))


def by_year(losses: Floats, when: Occurrences) -> tuple[Floats, Floats]:
    """Return the largest and the whole loss of each year in which something happened.

    Args:
        losses: Events by samples.
        when: When the events happen.
    """
    if not len(when.event):
        return np.zeros(0), np.zeros(0)
    order = np.argsort(when.period, kind="stable")
    period = when.period[order]
    starts = np.flatnonzero(np.diff(period, prepend=-1))
    rows = losses[when.event[order]]
    largest, whole = (join.reduceat(rows, starts, axis=0) for join in (np.maximum, np.add))
    return largest.ravel(), whole.ravel()


def curve(losses: Floats, size: int, years: tuple[float, ...]) -> Curve:
    """Return the exceedance curve of yearly losses.

    Between the losses of two ranks the curve is linear in the return period, and the tail is the
    mean of all larger losses and the one on the curve, as in Oasis LMF.

    Args:
        losses: One for each year, in any order; years without loss may be left out.
        size: How many years there are.
        years: Return periods wanted; those longer than `size` are left out.
    """
    wanted = np.array(sorted(one for one in years if one <= size), np.float64)
    top = np.ceil(size / wanted - 1e-9).astype(np.int64)
    falling = np.zeros(max(len(losses), int(top.max(initial=0))) + 1)
    falling[: len(losses)] = -np.sort(-losses)
    here, above = falling[top - 1], falling[np.maximum(top - 2, 0)]
    first, second = size / top, size / np.maximum(top - 1, 1)
    step = np.where(top > 1, second - first, 1.0)
    loss = here + np.where(top > 1, (wanted - first) * (above - here) / step, 0.0)
    loss[here == 0] = 0.0
    larger = np.append(0.0, np.cumsum(falling))[top - 1]
    return Curve(wanted, loss, (larger + loss) / top)
