"""What yearly losses amount to: average, deviation, exceedance curves, tail value at risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

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


class Moments(NamedTuple):
    """Of the losses of events: `mean`, `variance`, and the `error` of the mean, squared."""

    mean: Floats
    variance: Floats
    error: Floats


def moments(losses: Floats, pairs: bool = False) -> Moments:
    """Return mean and variance of each event; nan where there are too few samples.

    Args:
        losses: Events by samples.
        pairs: Whether samples come in pairs that depend on each other, as ours do.
    """
    count = losses.shape[1]
    mean = losses.mean(axis=1)
    if count == 1:
        return Moments(mean, mean * np.nan, mean * np.nan)
    variance = losses.var(axis=1, ddof=1)
    error = variance / count
    if pairs and count > 3:
        of_pairs = (losses[:, 0 : count - 1 : 2] + losses[:, 1::2]) / 2
        many = of_pairs.shape[1]
        error = 4 * many * of_pairs.var(axis=1, ddof=1) / count**2
        # Opposites lie further apart than chance would have them, so the plain variance misleads.
        alone = count % 2 / count**2
        variance = (losses.var(axis=1) + error) / (1 - alone)
        error = error + alone * variance
    return Moments(mean, variance, error)


def metrics(
    losses: Floats,
    when: Occurrences,
    years: tuple[float, ...],
    pairs: bool = False,
    together: bool = False,
) -> Metrics:
    """Return what losses of events amount to.

    Every pair of a year and a sample stands for a year of its own (ORD's "full uncertainty").

    Args:
        losses: Events by samples.
        when: When the events happen.
        years: Return periods wanted; those longer than there are years are left out.
        pairs: Whether samples come in pairs that depend on each other, as ours do.
        together: Whether losses of one sample depend on each other, as terms by year make them.
    """
    size = when.periods * losses.shape[1]
    times = np.bincount(when.event, minlength=len(losses))
    mean, _, squared = moments(losses, pairs)
    aal = float(times @ mean) / when.periods
    if together:
        squared, times = moments((times @ losses)[None], pairs).error, np.ones(1, np.int64)
    error = float(np.sqrt(times**2 @ squared)) / when.periods
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
