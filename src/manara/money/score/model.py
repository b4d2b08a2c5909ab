"""The model: boosted trees learnt in the order of time, and probabilities that mean something."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.model import UsageError
from manara.money.score.index import F64
from manara.money.score.sight import NAMES

Matrix = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: The part of the labelled payments, the latest ones, that rounds, calibration and threshold are
#: chosen on.
LATE = 0.25
#: Boosters whose margins are averaged, each with a seed of its own.
BOOSTERS = 2
_MOST_ROUNDS, _PATIENCE = 600, 60
#: More of these can only raise the probability.
_RAISING = (
    "shared_new_most", "gather_new_most", "scatter_new_most", "cycle_strangers",
)  # fmt: skip
_SETTINGS = {
    "objective": "binary",
    "metric": "binary_logloss",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


class Model(NamedTuple):
    """What was learnt.

    Attributes:
        boosters: trees; their margins are averaged.
        kept: columns of `NAMES` that the trees know: those that vary.
        slope: what a margin is multiplied by, and
        offset: what is added, to make the logarithm of the odds.
        threshold: probability from which on the F1 score of the late part was best.
        late: figures of the late part: payments, positives, precision, recall, f1.
        rounds: trees in each booster.
    """

    boosters: list[Any]
    kept: NDArray[np.int64]
    slope: float
    offset: float
    threshold: float
    late: dict[str, float]
    rounds: int


def library() -> ModuleType:
    """Return LightGBM.

    Raises:
        UsageError: it cannot be loaded.
    """
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        raise UsageError(
            f"LightGBM cannot be loaded: {error}",
            where="money score",
            remedy="install lightgbm, and the system's OpenMP library (Debian: apt install "
            "libgomp1; macOS: brew install libomp)",
        ) from error
    return lightgbm


def learn(
    values: Matrix, true: Mask, weight: F64, late: Mask, seed: int, tell: Callable[[str, int], None]
) -> Model:
    """Return a model of labelled payments.

    It is learnt on the early ones, rounds, calibration and threshold are chosen on the late ones,
    and then it is learnt again on all with as many rounds.

    Args:
        values: `NAMES` of each.
        true: its label.
        weight: how many payments it stands for.
        late: whether it is of the late part.
        seed: of all chance.
        tell: is told what is being done.
    """
    kept = np.flatnonzero(np.fmax.reduce(values, 0) > np.fmin.reduce(values, 0))
    values = np.ascontiguousarray(values[:, kept])
    tell("learning from the early part", int((~late).sum()))
    trial = _booster(values[~late], true[~late], weight[~late], kept, seed,
                     (values[late], true[late], weight[late]))  # fmt: skip
    rounds = max(trial.best_iteration or 0, 20)
    early = [trial]
    for k in range(1, BOOSTERS):
        early.append(_booster(values[~late], true[~late], weight[~late], kept, seed + k, rounds))
    margins = _margins(early, values[late], rounds)
    slope, offset = calibration(margins, true[late], weight[late])
    odds = slope * margins + offset
    threshold, figures = best_threshold(sigmoid(odds), true[late], weight[late])
    tell("learning from all", len(late))
    boosters = [_booster(values, true, weight, kept, seed + k, rounds) for k in range(BOOSTERS)]
    return Model(boosters, kept, slope, offset, threshold, figures, rounds)


def _booster(
    values: Matrix, true: Mask, weight: F64, kept: NDArray[np.int64], seed: int, until: Any
) -> Any:
    """Return trees: of so many rounds, or until payments held back tell to stop."""
    lightgbm = library()
    names = [NAMES[k] for k in kept]
    settings = _SETTINGS | {
        "seed": seed,
        "monotone_constraints": [int(name in _RAISING) for name in names],
    }
    data = lightgbm.Dataset(values, true.astype(np.float32), weight=weight, feature_name=names)
    if isinstance(until, int):
        return lightgbm.train(settings, data, until)
    held = lightgbm.Dataset(until[0], until[1].astype(np.float32), weight=until[2], reference=data)
    stop = lightgbm.early_stopping(_PATIENCE, verbose=False)
    return lightgbm.train(settings, data, _MOST_ROUNDS, valid_sets=[held], callbacks=[stop])


def _margins(boosters: list[Any], values: Matrix, rounds: int) -> F64:
    parts = [
        one.predict(values, raw_score=True, num_iteration=rounds, num_threads=1) for one in boosters
    ]
    mean: F64 = np.mean(parts, axis=0)
    return mean


def log_odds(model: Model, values: Matrix) -> F64:
    """Return the calibrated logarithm of the odds of payments described by `NAMES`."""
    margins = _margins(model.boosters, np.ascontiguousarray(values[:, model.kept]), model.rounds)
    return model.slope * margins + model.offset


def sigmoid(odds: F64) -> F64:
    """Return probabilities of logarithms of odds."""
    found: F64 = 1 / (1 + np.exp(-np.clip(odds, -500, 500)))
    return found


def calibration(margins: F64, true: Mask, weight: F64) -> tuple[float, float]:
    """Return slope and offset of the logarithm of the odds over the margin.

    Logistic regression with Platt's targets (Platt 1999, section 2.2): one more payment of each
    class than there are, so that neither is ever certain.
    """
    high, low = weight[true].sum(), weight[~true].sum()
    target = np.where(true, (high + 1) / (high + 2), 1 / (low + 2))
    columns = np.column_stack([margins, np.ones(len(margins))])
    found = np.array([1.0, 0.0])
    for _ in range(50):
        chance = sigmoid(columns @ found)
        slack = weight * np.maximum(chance * (1 - chance), 1e-12)
        step = np.linalg.solve(
            columns.T @ (columns * slack[:, None]) + 1e-9 * np.eye(2),
            columns.T @ (weight * (target - chance)),
        )
        found = found + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return max(float(found[0]), 1e-3), float(found[1])


def best_threshold(chance: F64, true: Mask, weight: F64) -> tuple[float, dict[str, float]]:
    """Return the probability from which on F1 is best, and figures there."""
    order = np.argsort(-chance, kind="stable")
    hits = np.cumsum((weight * true)[order])
    told = np.cumsum(weight[order])
    f1 = 2 * hits / (told + hits[-1])
    f1[:-1][np.diff(chance[order]) == 0] = 0
    at = int(f1.argmax())
    figures = {
        "payments": float(weight.sum()),
        "positives": float(hits[-1]),
        "precision": float(hits[at] / told[at]),
        "recall": float(hits[at] / hits[-1]),
        "f1": float(f1[at]),
    }
    return float(chance[order[at]]), figures
