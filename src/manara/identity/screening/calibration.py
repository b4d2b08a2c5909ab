"""From a score in nats to the probability that two records are one person or one organisation."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from importlib.resources import files
from math import exp, log

import msgspec
import numpy as np
from numpy.typing import ArrayLike

#: No names, dates and countries prove anything: what they say never exceeds this probability.
CEILING = 0.9995
#: Log odds a nat beyond the ends of the table: the order of scores is kept everywhere.
_OUTER_SLOPE = 0.25
#: Least rise of the log odds a nat inside the table, for the same reason.
_LEAST_SLOPE = 0.02

#: Nats of score that a list e times as long must outweigh: as many more strangers come as near.
_LIST_SLOPE = 2.5
#: The size of list at which scores count as they are, and that of the smallest told apart.
_USUAL_NAMES, _FEW_NAMES = 5000.0, 2000.0


def crowd(names: int) -> float:
    """Return what it says against a hit that a list holds so many names, in nats of score."""
    return _LIST_SLOPE * log((names + _FEW_NAMES) / _USUAL_NAMES)


class Calibration(msgspec.Struct, frozen=True):
    """A rising, piecewise linear map from scores to log odds.

    Attributes:
        scores: ascending, in nats.
        logits: natural log odds at these scores, ascending.
    """

    scores: tuple[float, ...]
    logits: tuple[float, ...]

    def probability(self, score: float) -> float:
        """Return the probability at a score: above 0, below `CEILING`, rising strictly."""
        x, y = self.scores, self.logits
        at = bisect_right(x, score)
        if at == 0:
            logit = y[0] + _OUTER_SLOPE * (score - x[0])
        elif at == len(x):
            logit = y[-1] + _OUTER_SLOPE * (score - x[-1])
        else:
            share = (score - x[at - 1]) / (x[at] - x[at - 1])
            logit = y[at - 1] + share * (y[at] - y[at - 1])
        return CEILING / (1 + exp(-max(-60.0, min(30.0, logit))))


def fit_calibration(scores: ArrayLike, same: ArrayLike, bins: int = 40) -> Calibration:
    """Return the calibration under which these labelled pairs are as likely as can be.

    Isotonic regression (pool adjacent violators: Ayer et al. 1955) over bins of equal width, each
    bin's share smoothed by half a pair on either side (Jeffreys), joined by lines.

    Args:
        scores: [n] scores in nats.
        same: [n] whether each pair is one person.
        bins: most bins; with fewer pairs a bin for every five.

    Raises:
        ValueError: fewer than ten pairs, or all of one label.
    """
    x, y = np.asarray(scores, np.float64), np.asarray(same, bool)
    if len(x) < 10 or y.all() or not y.any():
        raise ValueError("calibration needs at least ten pairs, of both labels")
    order = np.argsort(x, kind="stable")
    pools: list[tuple[float, float, float]] = []  # summed scores, hits, pairs
    edges = np.linspace(x.min(), x.max(), max(2, min(bins, len(x) // 5)) + 1)[1:-1]
    for part in np.split(order, np.searchsorted(x[order], edges)):
        if not len(part):
            continue
        pool = (float(x[part].sum()), float(y[part].sum()), float(len(part)))
        while pools and pools[-1][1] * pool[2] >= pool[1] * pools[-1][2]:
            before = pools.pop()
            pool = (before[0] + pool[0], before[1] + pool[1], before[2] + pool[2])
        pools.append(pool)
    centres = np.array([pool[0] / pool[2] for pool in pools])
    hits, pairs = (np.array([pool[at] for pool in pools]) for at in (1, 2))
    logits = np.log((hits + 0.5) / (pairs - hits + 0.5))
    logits = np.maximum.accumulate(logits - _LEAST_SLOPE * centres) + _LEAST_SLOPE * centres
    return Calibration(tuple(centres.round(4).tolist()), tuple(logits.round(4).tolist()))


def calibration() -> Calibration:
    """Return the calibration of hits on a list: fitted by `scripts/fit_calibration.py`."""
    return _shipped("calibration")


def pair_calibration() -> Calibration:
    """Return the calibration of two records put side by side, fitted by the same script."""
    return _shipped("pairs")


@cache
def _shipped(name: str) -> Calibration:
    raw = files("manara.identity.screening").joinpath(f"data/{name}.json").read_bytes()
    return msgspec.json.decode(raw, type=Calibration)
