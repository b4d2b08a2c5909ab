"""A probability for each payment where too few are labelled to learn from: unusual ones first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from manara.money.layout import I64
from manara.money.score.index import F64
from manara.money.score.model import best_threshold, calibration, sigmoid
from manara.money.score.tables import known_before, labels_of, table_of
from manara.money.score.unlabelled import Unlabelled, rank
from manara.money.score.unusual import compared
from manara.money.score.usual import chunks

#: Payments labelled false that the few true ones are compared with at most, drawn by chance.
_MOST_FALSE = 50_000


@dataclass(frozen=True, slots=True)
class Guessed:
    """Payments of test, judged by how unusual they are and by the few labels there are.

    Attributes:
        probability: of each row of test, 0 to 1; of those set aside the share of all.
        threshold: probability from which on payments of train were told best (F1).
        learnt: payments of train with a label, before test.
        positives: how many of them are labelled true.
        ranked: the payments, ranked without labels.
    """

    probability: F64
    threshold: float
    learnt: int
    positives: int
    ranked: Unlabelled


def guess(
    train: pa.Table | Mapping[str, Any],
    test: pa.Table | Mapping[str, Any],
    label: str,
    *,
    hindsight: str | int = 0,
    seed: int = 0,
    tell: Callable[[str, int], None] = lambda what, done: None,
) -> Guessed:
    """Return a probability for each payment of test, in its order, however few labels there are.

    Payments stand in the order of `rank`. The logarithm of its score is made a probability by a
    logistic regression on train's labels (Platt 1999, section 2.2): few labels place a curve, where
    they could not teach trees. Arguments and errors as in `rank`, and as in `score` for the label.
    """
    found = rank(train, test, hindsight=hindsight, seed=seed, tell=tell)
    true, stated = labels_of(table_of(train, "train"), label)
    given, count = found.sight.given, found.train
    usable = np.flatnonzero(known_before(given, count))
    usable = usable[stated[given.row[usable]]]
    marked, false = (usable[true[given.row[usable]] == one] for one in (True, False))
    drawn = false
    if len(false) > _MOST_FALSE:
        drawn = np.random.default_rng(seed).choice(false, _MOST_FALSE, replace=False)
    places = np.concatenate([marked, drawn])
    positive = np.arange(len(places)) < len(marked)
    weight = np.where(positive, 1.0, len(false) / max(len(drawn), 1))
    chance = np.full(len(found.score), (len(marked) + 1) / (len(usable) + 2))
    threshold = 1.0
    if len(places):
        margins = _margins(found, places)
        slope, offset = calibration(margins, positive, weight)
        judged = ~np.isnan(found.score)
        chance[judged] = sigmoid(slope * np.log1p(found.score[judged]) + offset)
        if len(marked):
            odds = slope * margins + offset
            threshold, _ = best_threshold(sigmoid(odds), positive, weight)
    return Guessed(chance, threshold, len(usable), len(marked), found)


def _margins(found: Unlabelled, places: I64) -> F64:
    """Return the logarithms of the scores of payments, those without labels read."""
    parts = [compared(found.base, each).score for _, _, each in chunks(found.sight, places)]
    margins: F64 = np.log1p(np.concatenate(parts))
    return margins
