"""How large attacks get: a power law in the tail, two rivals beside it, and the largest to expect.

Clauset, Shalizi and Newman, "Power-law distributions in empirical data", SIAM Review 51 (2009):
discrete power law, cut-off by least Kolmogorov-Smirnov distance, goodness of fit by semi-parametric
bootstrap; Vuong's likelihood ratio against lognormal and stretched exponential. The chance of one
event as large as asked for is that of Clauset and Woodard, Annals of Applied Statistics 7 (2013).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import erfc, log_ndtr

from manara.model import FormatError, UsageError
from manara.risk.threat.kernels import exponent, scan, zeta

F64 = NDArray[np.float64]

#: Killed in the largest attack on record, those of 11 September 2001, in the data of 1968 to 2006.
LARGEST = 2749

MODELS = ("power law", "lognormal", "stretched exponential")

#: Logarithm of the share above values, of a continuous model with parameters.
_Upper = Callable[[F64, F64], F64]

#: Fewer values in the tail make a fit an accident.
_LEAST = 20


class Tail(msgspec.Struct, frozen=True):
    """One model of the values from the cut-off on.

    Attributes:
        model: its name.
        parameters: the exponent; or mean, and logarithm of the deviation, of the logarithm; or
            logarithms of scale and power of the exponent.
        log_likelihood: of the tail, natural logarithm.
        against_power_law: normalised likelihood ratio, negative if this model fits better.
        p_value: of that ratio; large if the data cannot tell the two apart.
        one_as_large: chance that so many events hold one of the size asked for or larger.
        low: 5 % quantile of that chance over resampled data with the cut-off held.
        high: 95 % quantile of it.
    """

    model: str
    parameters: tuple[float, ...]
    log_likelihood: float
    against_power_law: float
    p_value: float
    one_as_large: float
    low: float
    high: float


class Severity(msgspec.Struct, frozen=True):
    """What is known of the sizes of events.

    Attributes:
        events: how many have a size of 1 or more.
        mean: of these sizes.
        largest: of them.
        alpha: exponent of the density in the tail.
        alpha_deviation: its standard error.
        xmin: from where the tail is.
        tail: events in it.
        distance: Kolmogorov-Smirnov.
        goodness: p-value; below 0.1 speaks against a power law.
        simulations: that it rests on.
        size: asked for in `one_as_large`.
        ahead: events among which one so large is looked for.
        models: the power law and its rivals.
        band: least and greatest chance over models and resampled data.
    """

    events: int
    mean: float
    largest: int
    alpha: float
    alpha_deviation: float
    xmin: int
    tail: int
    distance: float
    goodness: float
    simulations: int
    size: int
    ahead: int
    models: tuple[Tail, ...]
    band: tuple[float, float]


def read_sizes(path: Path) -> NDArray[np.int64]:
    """Return sizes: whole numbers one a line, or the counts of a CSV file of incidents.

    Raises:
        FormatError: a line is no whole number, or there is none.
    """
    lines = path.read_text(encoding="utf-8-sig").split()
    if lines and not lines[0].isdigit():
        from manara.risk.threat.incidents import read_incidents

        return np.array([one.killed for one in read_incidents(path).items], np.int64)
    for at, text in enumerate(lines, 1):
        if not text.isdigit():
            raise FormatError(f"{text[:50]!r} is no whole number", where=f"{path.name}, value {at}")
    return np.array(lines, np.int64)


def fit_severity(
    sizes: NDArray[np.int64],
    *,
    size: int = LARGEST,
    ahead: int | None = None,
    simulations: int = 1000,
    resamples: int = 100,
    seed: int = 0,
) -> Severity:
    """Return the fit of a heavy tail, what speaks for it, and the chance of the largest.

    Args:
        sizes: of the events; those below 1 are left out.
        size: of the event whose chance is asked for.
        ahead: number of events among which it may be; as many as observed if None.
        simulations: invented data sets for the goodness of fit.
        resamples: resampled data sets for the band of chances.
        seed: of all chance.

    Raises:
        UsageError: too few values.
    """
    kept = sizes[sizes >= 1]
    values, counts = np.unique(kept, return_counts=True)
    if len(kept) < _LEAST or len(values) < 3:
        raise UsageError(
            f"{len(kept)} values; {_LEAST} of three sizes are needed", where="severity"
        )
    ahead = len(kept) if ahead is None else ahead
    tail = _Data(values.astype(np.float64), counts.astype(np.float64))
    alpha, place, distance = scan(tail.values, tail.counts)
    random = np.random.default_rng(seed)
    worse = [_invented(tail, alpha, place, random) >= distance for _ in range(simulations)]
    upper = _Data(tail.values[place:], tail.counts[place:])
    fits = [_rival(model, upper) for model in MODELS]
    chances = _chances(kept, fits, size, ahead, resamples, random, float(upper.values[0]))
    models = tuple(
        _told(
            model,
            fits[at],
            fits[0],
            upper,
            _one(fits[at], upper, len(kept), size, ahead),
            chances[at],
        )
        for at, model in enumerate(MODELS)
    )
    n = float(upper.counts.sum())
    return Severity(
        events=len(kept),
        mean=float(kept.mean()),
        largest=int(values[-1]),
        alpha=alpha,
        alpha_deviation=(alpha - 1) / n**0.5,
        xmin=int(tail.values[place]),
        tail=int(n),
        distance=distance,
        goodness=float(np.mean(worse)) if simulations else float("nan"),
        simulations=simulations,
        size=size,
        ahead=ahead,
        models=models,
        band=(min(one.low for one in models), max(one.high for one in models)),
    )


class _Data(NamedTuple):
    values: F64
    counts: F64


class _Fit(NamedTuple):
    """Parameters, and the log-probability of each distinct value of the tail."""

    model: str
    parameters: tuple[float, ...]
    logs: F64


def _invented(data: _Data, alpha: float, place: int, random: np.random.Generator) -> float:
    """Return the distance of the best fit to data invented with the fitted tail."""
    total = int(data.counts.sum())
    in_tail = random.binomial(total, data.counts[place:].sum() / total)
    body = data.counts[:place]
    below = random.multinomial(total - in_tail, body / body.sum()) if place else np.zeros(0)
    drawn, often = np.unique(
        _power_law(alpha, data.values[place], in_tail, random), return_counts=True
    )
    some = below > 0
    values = np.concatenate([data.values[:place][some], drawn])
    counts = np.concatenate([below[some].astype(np.float64), often.astype(np.float64)])
    return float(scan(values, counts)[2])


def _power_law(alpha: float, least: float, n: int, random: np.random.Generator) -> F64:
    """Return n draws from a discrete power law: exact in a table, continuous far beyond it."""
    table = np.arange(1.0, 1001.0) + least
    above = np.array([zeta(alpha, x) for x in table]) / zeta(alpha, least)
    uniform = random.random(n)
    place = np.searchsorted(-above, -uniform, side="left").astype(np.float64)
    far = place >= len(table)
    edge = table[-1] - 0.5
    beyond = np.floor(edge * (uniform[far] / above[-1]) ** (-1 / (alpha - 1)) + 0.5)
    drawn = least + place
    drawn[far] = beyond
    return drawn


def _rival(model: str, data: _Data, begin: Sequence[float] | None = None) -> _Fit:
    values, counts = data
    logs = np.log(values)
    n, least = counts.sum(), values[0]
    if model == "power law":
        alpha = exponent(float(counts @ logs / n), float(least))
        return _Fit(model, (alpha,), -alpha * logs - np.log(zeta(alpha, float(least))))
    if begin is None:
        begin = (float(logs.mean()), 0.4) if model == "lognormal" else (-1.0, -1.0)
    upper = _UPPER[model]

    def cost(given: F64) -> float:
        found = counts @ _log_chance(upper, values, least, given)
        return -float(found) if np.isfinite(found) else 1e12

    best = minimize(cost, begin, method="Nelder-Mead", options={"maxiter": 600, "xatol": 1e-5})
    given = tuple(best.x.tolist())
    return _Fit(model, given, _log_chance(upper, values, float(least), best.x))


def _log_chance(upper: _Upper, values: F64, least: float, given: F64) -> F64:
    """Return log P(X = x | X >= least) of a continuous model rounded to whole numbers."""
    # A search steps where the model has no tail left: that is no fit, and no error.
    with np.errstate(all="ignore"):
        low, high = upper(values - 0.5, given), upper(values + 0.5, given)
        inside = low + np.log(-np.expm1(high - low))
        return inside - float(upper(np.array([least - 0.5]), given)[0])


def _log_above_lognormal(x: F64, given: F64) -> F64:
    return np.asarray(log_ndtr((given[0] - np.log(x)) / np.exp(given[1])))


def _log_above_stretched(x: F64, given: F64) -> F64:
    return np.asarray(-np.exp(given[0] + np.exp(given[1]) * np.log(x)))


_UPPER: dict[str, _Upper] = {
    "lognormal": _log_above_lognormal,
    "stretched exponential": _log_above_stretched,
}


def _one(fit: _Fit, data: _Data, events: int, size: int, ahead: int) -> float:
    """Return the chance that one of so many events is so large."""
    least = float(data.values[0])
    if size <= least:
        return float("nan")
    if fit.model == "power law":
        above = zeta(fit.parameters[0], float(size)) / zeta(fit.parameters[0], least)
    else:
        ends = _UPPER[fit.model](np.array([size - 0.5, least - 0.5]), np.array(fit.parameters))
        above = float(np.exp(ends[0] - ends[1]))
    each = above * float(data.counts.sum()) / events
    return float(-np.expm1(ahead * np.log1p(-min(each, 1 - 1e-15))))


def _chances(
    kept: NDArray[np.int64],
    fits: Sequence[_Fit],
    size: int,
    ahead: int,
    resamples: int,
    random: np.random.Generator,
    least: float,
) -> F64:
    """Return the chance of one so large, by model and resampled data, shape (models, resamples)."""
    found = np.empty((len(MODELS), resamples))
    for draw in range(resamples):
        values, counts = np.unique(random.choice(kept, len(kept)), return_counts=True)
        data = _Data(values.astype(np.float64), counts.astype(np.float64))
        place = int(np.searchsorted(data.values, least))
        upper = _Data(data.values[place:], data.counts[place:])
        for at, fit in enumerate(fits):
            again = _rival(fit.model, upper, fit.parameters)
            found[at, draw] = _one(again, upper, len(kept), size, ahead)
    return found


def _told(model: str, fit: _Fit, law: _Fit, data: _Data, one: float, chances: F64) -> Tail:
    """Return a model beside the power law (Vuong 1989, as Clauset and others, appendix C)."""
    ratio, p = 0.0, 1.0
    if fit is not law:
        gap, n = law.logs - fit.logs, data.counts.sum()
        mean = data.counts @ gap / n
        deviation = (data.counts @ (gap - mean) ** 2 / n) ** 0.5
        ratio = float(mean * n**0.5 / deviation)
        p = float(erfc(abs(ratio) / 2**0.5))
    low, high = np.quantile(chances, (0.05, 0.95)).tolist() if chances.size else (one, one)
    return Tail(model, fit.parameters, float(data.counts @ fit.logs), ratio, p, one, low, high)
