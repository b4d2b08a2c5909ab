"""Expert judgement scored and combined by Cooke's classical model.

Cooke, *Experts in Uncertainty* (1991); Cooke and Goossens, "TU Delft expert judgment data base",
Reliability Engineering & System Safety 93 (2008). Every expert states quantiles of unknown numbers.
Of some of them, the seeds, the true value is known: on these an expert is scored for calibration
(how probable the observed hits of the intervals are if the expert's probabilities are right) and
information (how far the distributions are from knowing nothing). Their product, where calibration
reaches a cut-off, is the expert's weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

F64 = NDArray[np.float64]

#: By how much of its width the range of all answers is widened on both sides (Cooke 1991).
OVERSHOOT = 0.1

#: Least width of an interval, as a share of the range.
_NARROWEST = 1e-9


@dataclass(frozen=True, slots=True)
class Study:
    """What experts answered, and what turned out.

    Attributes:
        quantiles: the probabilities asked for, rising, in 0..1.
        experts: their ids.
        items: ids of the questions.
        logarithmic: for each question whether it is asked on a logarithmic scale.
        answers: shape (experts, items, quantiles); NaN where an expert gave none.
        truth: shape (items,); NaN for what is not known, which are not seeds.
    """

    quantiles: tuple[float, ...]
    experts: tuple[str, ...]
    items: tuple[str, ...]
    logarithmic: tuple[bool, ...]
    answers: F64
    truth: F64


@dataclass(frozen=True, slots=True)
class Score:
    """How well somebody, or a combination, did.

    Attributes:
        id: of the expert; ``performance`` or ``equal`` for a combination.
        calibration: p-value of the seeds' hits, 0..1.
        information: mean relative information over the seeds.
        information_all: the same over all questions.
        combined: calibration times information over the seeds.
        weight: in the performance-weighted combination, 0..1.
    """

    id: str
    calibration: float
    information: float
    information_all: float
    combined: float
    weight: float


@dataclass(frozen=True, slots=True)
class Combination:
    """A study scored, with two combined opinions side by side.

    Attributes:
        scores: of the experts, then of the two combinations.
        cutoff: least calibration of an expert who counts: with it the combination does best.
        performance: quantiles of each question, weighted by performance; shape (items, quantiles).
        equal: the same by equal weights.
    """

    scores: tuple[Score, ...]
    cutoff: float
    performance: F64
    equal: F64


def combine(study: Study, overshoot: float = OVERSHOOT) -> Combination:
    """Return the scores of experts and of their combinations.

    Args:
        study: answers and truth.
        overshoot: share by which the range of answers is widened on both sides.
    """
    scaled = _Scaled(study, overshoot)
    experts = [scaled.scores(answers) for answers in scaled.answers]
    calibration = np.array([one[0] for one in experts])
    single = np.array([one[0] * one[1] for one in experts])
    tried = {}
    for cutoff in sorted({float(value) for value in calibration if value > 0}):
        weight = np.where(calibration >= cutoff, single, 0.0)
        if weight.sum() > 0:
            opinion = scaled.opinion(weight)
            tried[cutoff] = (scaled.scores(opinion), weight / weight.sum(), opinion)
    equal = scaled.opinion(np.ones(len(experts)))
    best = max(tried, key=lambda cutoff: tried[cutoff][0][0] * tried[cutoff][0][1], default=None)
    chosen = tried[best] if best is not None else (scaled.scores(equal), _even(experts), equal)
    named = [
        *zip(study.experts, experts, chosen[1], strict=True),
        ("performance", chosen[0], 1.0),
        ("equal", scaled.scores(equal), 0.0),
    ]
    scores = tuple(
        Score(name, cal, info, every, cal * info, float(weight))
        for name, (cal, info, every), weight in named
    )
    return Combination(scores, best or 0.0, scaled.stated(chosen[2]), scaled.stated(equal))


def _even(experts: Sequence[object]) -> F64:
    return np.full(len(experts), 1 / len(experts))


class _Scaled:
    """A study on the scale of its background: logarithms where that is asked for."""

    def __init__(self, study: Study, overshoot: float) -> None:
        self._logs = np.array(study.logarithmic)
        self.answers = np.array([self._scale(one.T).T for one in study.answers])
        self._truth = self._scale(study.truth)
        self._seeds = np.isfinite(self._truth)
        self._steps = np.diff([0.0, *study.quantiles, 1.0])
        self._quantiles = np.array(study.quantiles)
        known = np.concatenate([self.answers.transpose(0, 2, 1).reshape(-1, len(self._truth)),
                                self._truth[None]])  # fmt: skip
        low, high = np.nanmin(known, axis=0), np.nanmax(known, axis=0)
        self._low = low - overshoot * (high - low)
        self._high = high + overshoot * (high - low)

    def _scale(self, values: F64) -> F64:
        """Return values, the items last, as logarithms where asked for."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self._logs, np.log(np.where(self._logs, values, 1.0)), values)

    def stated(self, opinion: F64) -> F64:
        """Return quantiles on the scale in which they were asked for."""
        with np.errstate(over="ignore"):
            return np.where(self._logs[:, None], np.exp(opinion), opinion)

    def scores(self, answers: F64) -> tuple[float, float, float]:
        """Return calibration, information over the seeds and over all items; shape (items, q)."""
        given = np.isfinite(answers).all(axis=1)
        seeds = given & self._seeds
        info = self._information(answers)
        calibration = self._calibration(answers[seeds], self._truth[seeds])
        return calibration, _mean(info[seeds]), _mean(info[given])

    def _calibration(self, answers: F64, truth: F64) -> float:
        """Return the p-value of the likelihood ratio test of the hits of each interval."""
        count = len(truth)
        if not count:
            return 0.0
        # A truth on a quantile belongs to the interval below it.
        hit = (answers < truth[:, None]).sum(axis=1)
        share = np.bincount(hit, minlength=len(self._steps)) / count
        some = share > 0
        distance = float((share[some] * np.log(share[some] / self._steps[some])).sum())
        return float(chi2.sf(2 * count * distance, len(self._steps) - 1))

    def _information(self, answers: F64) -> F64:
        """Return the relative information of each item against the background; shape (items,)."""
        edges = np.column_stack([self._low, answers, self._high])
        width = (self._high - self._low)[:, None]
        # Two equal quantiles would be endlessly informative.
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.maximum(np.diff(edges, axis=1) / width, _NARROWEST)
        found: F64 = (self._steps * np.log(self._steps / part)).sum(axis=1)
        return found

    def opinion(self, weight: F64) -> F64:
        """Return the quantiles of the weighted mixture of experts; shape (items, quantiles)."""
        found = np.full((len(self._truth), len(self._quantiles)), np.nan)
        for item in range(len(found)):
            given = np.isfinite(self.answers[:, item]).all(axis=1) & (weight > 0)
            if given.any():
                found[item] = self._mixture(item, weight * given)
        return found

    def _mixture(self, item: int, weight: F64) -> F64:
        ends = self._low[item], self._high[item]
        levels = np.array([0.0, *self._quantiles, 1.0])
        used = np.flatnonzero(weight)
        edges = [np.array([ends[0], *self.answers[one, item], ends[1]]) for one in used]
        points = np.unique(np.concatenate(edges))
        share = weight[used] / weight.sum()
        whole = sum(w * np.interp(points, e, levels) for w, e in zip(share, edges, strict=True))
        found: F64 = np.interp(self._quantiles, whole, points)
        return found


def _mean(values: F64) -> float:
    return float(values.mean()) if len(values) else 0.0


def plain(study: Study, found: Combination) -> Mapping[str, object]:
    """Return a combination as JSON values, questions by their id."""
    return {
        "quantiles": study.quantiles,
        "cutoff": found.cutoff,
        "scores": found.scores,
        "items": [
            {
                "item": item,
                "performance": found.performance[at].tolist(),
                "equal": found.equal[at].tolist(),
            }
            for at, item in enumerate(study.items)
        ],
    }
