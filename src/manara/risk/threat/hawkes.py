"""Attacks breed attacks: a self-exciting process beside a steady rate and the last 90 days.

The Hawkes process with an exponential kernel (Hawkes, Biometrika 58, 1971; likelihood by Ogata and
Ozaki's recursion). Events of one day excite those that stand after them. Fitted by maximum
likelihood; the intervals are Wald's, on the logarithms of the parameters.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from manara.model import UsageError
from manara.risk.threat.kernels import excited, intensity

F64 = NDArray[np.float64]

#: Fewer events tell nothing of excitement.
LEAST = 20

#: Of a normal distribution, for intervals of 90 %.
_WIDTH = 1.6448536269514722

#: Days of the naive forecast that a last-quarter rate is.
_RECENT = 90.0

#: More events in all simulated years are no forecast: the process runs away.
_MOST = 5_000_000


class Span(msgspec.Struct, frozen=True):
    """An estimate with its interval of 90 %."""

    value: float
    low: float
    high: float


class Hawkes(msgspec.Struct, frozen=True):
    """A fitted self-exciting process.

    Attributes:
        events: how many it was fitted to.
        days: length of the period.
        base: events a day that nothing earlier set off.
        branching: mean number of events that one sets off.
        memory: days over which excitement falls to 1/e.
        log_likelihood: of the process.
        poisson_log_likelihood: of a steady rate.
    """

    events: int
    days: float
    base: Span
    branching: Span
    memory: Span
    log_likelihood: float
    poisson_log_likelihood: float


class Contest(msgspec.Struct, frozen=True):
    """Three forecasts on days that none was fitted to; log-likelihoods per event, natural logs.

    Attributes:
        split: first of these days, counted from 1970-01-01.
        events: how many fell on them.
        hawkes: of the self-exciting process.
        poisson: of the steady rate before the split.
        recent: of the rate of the last 90 days, renewed at each event.
        fit: the process fitted before the split.
    """

    split: float
    events: int
    hawkes: float
    poisson: float
    recent: float
    fit: Hawkes


def fit_hawkes(times: F64, start: float | None = None, end: float | None = None) -> Hawkes:
    """Return the most likely self-exciting process.

    Args:
        times: days of the events, rising, shape (n,).
        start: first day of the period; the first event's if None.
        end: last day of it; the last event's if None.

    Raises:
        UsageError: fewer than 20 events, or all on one day.
    """
    start = float(times[0]) if start is None and len(times) else start or 0.0
    end = float(times[-1]) if end is None and len(times) else end or 0.0
    length, n = end - start, len(times)
    if n < LEAST or length <= 0:
        raise UsageError(
            f"{n} dated events over {length:g} days; {LEAST} over several days are needed",
            where="threat",
        )
    at = times - start
    best = min(
        (
            minimize(_cost, np.log([n / length * (1 - b), b, d]), (at, length), "L-BFGS-B", True)
            for b, d in ((0.5, 0.1), (0.8, 1.0), (0.3, 0.01))
        ),
        key=lambda found: float(found.fun),
    )
    spans = _spans(best.x, at, length)
    base, branching, decay = spans
    memory = Span(1 / decay.value, 1 / decay.high, 1 / decay.low)
    steady = n * float(np.log(n / length)) - n
    return Hawkes(n, length, base, branching, memory, -float(best.fun), steady)


def _cost(logs: F64, at: F64, length: float) -> tuple[float, F64]:
    """Return the negative log-likelihood and its gradient by the logarithms of the parameters."""
    base, branching, decay = np.exp(np.clip(logs, -30.0, 5.0)).tolist()
    grow = np.empty(3)
    total = excited(at, base, branching, decay, grow)
    rest = length - at
    faded = np.exp(-decay * rest)
    total -= base * length + branching * float(np.sum(1 - faded))
    grow -= (length, np.sum(1 - faded), branching * np.sum(rest * faded))
    return -total, -grow * (base, branching, decay)


def _spans(logs: F64, at: F64, length: float) -> list[Span]:
    step = 1e-4
    bend = np.empty((3, 3))
    for i in range(3):
        move = np.zeros(3)
        move[i] = step
        bend[i] = (_cost(logs + move, at, length)[1] - _cost(logs - move, at, length)[1]) / 2 / step
    # At the edge, where no excitement is found, the curvature says nothing: the interval is wide.
    spread = np.sqrt(np.clip(np.diag(np.linalg.pinv(0.5 * (bend + bend.T))), 0.0, 100.0))
    return [
        Span(float(np.exp(x)), float(np.exp(x - _WIDTH * s)), float(np.exp(x + _WIDTH * s)))
        for x, s in zip(logs, spread, strict=True)
    ]


def contest(times: F64, split: float) -> Contest:
    """Return how three forecasts do from a day on, all fitted to what was before it.

    Args:
        times: days of the events, rising.
        split: the first day that is forecast.

    Raises:
        UsageError: too few events before, or none after.
    """
    before, after = times[times < split], times[times >= split]
    if not len(after):
        raise UsageError("no event after the split", where="threat")
    fit = fit_hawkes(before, end=split)
    end, n = float(times[-1]), len(after)
    decay = 1 / fit.memory.value
    rates = intensity(times, fit.base.value, fit.branching.value, decay)[len(before) :]
    grown = np.sum(np.exp(-decay * np.maximum(split - times, 0.0)) - np.exp(-decay * (end - times)))
    hawkes = np.sum(np.log(rates)) - fit.base.value * (end - split) - fit.branching.value * grown
    steady = fit.events / fit.days
    poisson = n * np.log(steady) - steady * (end - split)
    return Contest(
        split, n, float(hawkes / n), float(poisson / n), _recent(times, split, end) / n, fit
    )


def _recent(times: F64, split: float, end: float) -> float:
    """Return the log-likelihood of the rate of the last 90 days; half an event stands for none."""
    after = times[times >= split]
    upto = np.arange(len(times) - len(after), len(times))
    within = upto - np.searchsorted(times, after - _RECENT, side="right")
    total = float(np.sum(np.log((within + 0.5) / _RECENT)))
    # Each event counts in the rate for the 90 days after it, as far as they are in the period.
    held = np.clip(np.minimum(times + _RECENT, end) - np.maximum(times, split), 0.0, None)
    return total - float(np.sum(held)) / _RECENT - 0.5 / _RECENT * (end - split)


def next_year(fit: Hawkes, times: F64, now: float, draws: int, seed: int) -> Span | None:
    """Return the events of the 365 days from now, None if they run away.

    Simulated as a branching process that goes on from the excitement there is.

    Args:
        fit: the process.
        times: days of the events it goes on from.
        now: the day that is known up to.
        draws: how many years are simulated.
        seed: of all chance.

    Returns:
        Mean with the interval of 90 % of single years.
    """
    random = np.random.default_rng(seed)
    decay, year = 1 / fit.memory.value, 365.0
    # Beyond 1 the process has no end; a year of it has.
    branching = fit.branching.value
    left = branching * float(np.sum(np.exp(-decay * (now - times))))
    counts = np.zeros(draws)
    who = np.repeat(np.arange(draws), random.poisson(fit.base.value * year, draws))
    when = random.uniform(0.0, year, len(who))
    children = random.poisson(left, draws)
    who = np.concatenate([who, np.repeat(np.arange(draws), children)])
    when = np.concatenate([when, random.exponential(1 / decay, int(children.sum()))])
    while len(who):
        inside = when < year
        who, when = who[inside], when[inside]
        counts += np.bincount(who, minlength=draws)
        if counts.sum() > _MOST:
            return None
        children = random.poisson(branching, len(who))
        who, when = np.repeat(who, children), np.repeat(when, children)
        when = when + random.exponential(1 / decay, len(who))
    low, high = np.quantile(counts, (0.05, 0.95)).tolist()
    return Span(float(counts.mean()), low, high)
