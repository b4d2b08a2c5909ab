"""Is a network expanding (members, places, ties), is it diversifying (domains of crime)?

Each period is compared with all before it, by exact tests, and with what its sources reported at
all: a network that is seen twice as often because twice as much was written does not grow.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Literal

import msgspec
import numpy as np
from scipy.stats import binom, hypergeom

from manara.graph.arrays import F64, I64
from manara.model import UsageError

#: One-sided p-value of a period that speaks for a change; an alarm needs two in a row.
ALPHA = 0.05
#: Draws of the bootstrap.
DRAWS = 2000

Direction = Literal["up", "down", ""]


class Period(msgspec.Struct, frozen=True):
    """One period beside all before it.

    Attributes:
        observed: the count.
        expected: what the periods before and the effort of this one lead to expect.
        ratio: observed over expected; None where nothing was expected.
        p_more: exact probability of as many or more if nothing changed.
        p_less: exact probability of as few or fewer.
        alarm: ``up`` or ``down`` from the second period in a row that speaks for it.
    """

    observed: int
    expected: float
    ratio: float | None
    p_more: float
    p_less: float
    alarm: Direction


class Trend(msgspec.Struct, frozen=True):
    """How a count went over the periods.

    Attributes:
        periods: from the second one, which is the first that has one before it.
        alarm: of the last period.
        slope: mean change a period, as a share of what is usual; None of fewer than three periods.
        slope_low: lower end of its 90 % interval.
        slope_high: upper end.
    """

    periods: list[Period]
    alarm: Direction
    slope: float | None
    slope_low: float | None
    slope_high: float | None


def expansion(counts: Mapping[str, I64], effort: Mapping[str, I64], *, seed: int = 1) -> Trend:
    """Return how a count grows, given how much each source reported.

    The exact test of two Poisson rates (Przyborowski and Wilenski 1940): given the total, the count
    of this period is binomial, with its share of the effort; sources are convolved.

    Args:
        counts: by source, members, places or ties seen in each period; [t].
        effort: by source, rows that it reported in each period, about whomever; [t].
        seed: of the bootstrap.

    Raises:
        UsageError: fewer than two periods, or counts and effort do not fit.
    """
    return _trend(counts, effort, seed, share=False)


def diversification(other: Mapping[str, I64], rows: Mapping[str, I64], *, seed: int = 1) -> Trend:
    """Return how the share of rows outside a network's main domain grows.

    Fisher's exact test: given the totals, the rows of this period outside the main domain are
    hypergeometric; sources are convolved. The main domain is to be chosen before, not by the period
    that is tested.

    Args:
        other: by source, rows of the network in another domain than its main one; [t].
        rows: by source, all rows of the network with a domain; [t].
        seed: of the bootstrap.

    Raises:
        UsageError: fewer than two periods, or the numbers do not fit.
    """
    return _trend(other, rows, seed, share=True)


def _trend(
    counts: Mapping[str, I64], effort: Mapping[str, I64], seed: int, *, share: bool
) -> Trend:
    sources = sorted(counts)
    if not sources or set(sources) != set(effort):
        raise UsageError("counts and effort are not of the same sources", where="trend")
    y = np.array([counts[source] for source in sources], np.int64)
    e = np.array([effort[source] for source in sources], np.int64)
    if y.shape != e.shape or y.shape[1] < 2 or (y < 0).any() or (e < 0).any():
        raise UsageError("not as many counts as efforts, of two periods or more", where="trend")
    if ((y > 0) & (e == 0)).any() or (share and (y > e).any()):
        raise UsageError(
            "a source counts more than it reported",
            where="trend",
            remedy="effort is all rows of the source in the period",
        )
    periods: list[Period] = []
    before: Direction = ""
    for at in range(1, y.shape[1]):
        expected, more, less = _compare(y[:, : at + 1], e[:, : at + 1], share=share)
        now: Direction = "up" if more <= ALPHA else "down" if less <= ALPHA else ""
        observed = int(y[:, at].sum())
        ratio = _short(observed / expected) if expected > 0 else None
        alarm: Direction = now if now == before else ""
        periods.append(Period(observed, _short(expected), ratio, _short(more), _short(less), alarm))
        before = now
    return Trend(periods, periods[-1].alarm, *_slope(y, e, seed))


def _compare(y: I64, e: I64, *, share: bool) -> tuple[float, float, float]:
    """Return what was to be expected of the last period, and p-values of more and of less."""
    parts = []
    expected = 0.0
    for count, effort in zip(y, e, strict=True):
        total, whole, now = int(count.sum()), int(effort.sum()), int(effort[-1])
        earlier = whole - now
        if not earlier or not now:
            # A source that only now begins, or is silent now, has nothing to be compared with.
            parts.append(np.eye(1, total + 1, int(count[-1]))[0])
            expected += float(count[-1])
            continue
        values = np.arange(total + 1)
        parts.append(
            hypergeom.pmf(values, whole, total, now)
            if share
            else binom.pmf(values, total, now / whole)
        )
        expected += float(count[:-1].sum()) * now / earlier
    chance = reduce(np.convolve, parts)
    observed = int(y[:, -1].sum())
    more, less = chance[observed:].sum(), chance[: observed + 1].sum()
    return expected, min(1.0, float(more)), min(1.0, float(less))


def _slope(y: I64, e: I64, seed: int) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return slope and 90 % interval: moving blocks of residuals (Kuensch 1989).

    What is usual in a period is what its sources see on average at the effort they made in it.
    """
    usual = (y.sum(axis=1) / np.maximum(e.sum(axis=1), 1)) @ e
    seen = usual > 0
    if seen.sum() < 3:
        return None, None, None
    time, rate = np.flatnonzero(seen).astype(np.float64), y.sum(axis=0)[seen] / usual[seen]
    line = np.polyfit(time, rate, 1)
    fitted = np.polyval(line, time)
    residual = rate - fitted
    count = len(time)
    block = max(1, round(count ** (1 / 3)))
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, count - block + 1, (DRAWS, -(-count // block)))
    places = (starts[:, :, None] + np.arange(block)).reshape(DRAWS, -1)[:, :count]
    centred = time - time.mean()
    drawn: F64 = ((fitted + residual[places]) @ centred) / (centred**2).sum()
    low, high = np.quantile(drawn, [0.05, 0.95])
    return _short(line[0]), _short(low), _short(high)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
