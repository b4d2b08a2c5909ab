"""A probability for each payment of a table, learnt from the payments before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from manara.money.asking import seconds
from manara.money.layout import I64
from manara.money.payments import REASONS
from manara.money.score.index import F64
from manara.money.score.model import LATE, Model, learn, log_odds, sigmoid
from manara.money.score.sight import Sight, described, sight_of
from manara.money.score.tables import (
    LEAST,
    check_used,
    enough,
    joined,
    known_before,
    labels_of,
    table_of,
)

#: Payments of train without the label that are learnt from at most; each stands for several.
_MOST_FALSE = 150_000
#: Payments that are described and judged in one go.
_AT_ONCE = 200_000
#: First part of train's time whose payments are not learnt from: what was before is not known.
_WARM_UP = 0.15
#: How many payments the share of all stands for beside those set aside for one reason.
_PRIOR = 20


@dataclass(frozen=True, slots=True)
class Scored:
    """Payments of test, judged.

    Attributes:
        tx_id: the column of the table.
        probability: of each row of test, 0 to 1.
        threshold: probability from which on payments of train's late part were told best (F1).
        late: figures of that part at the threshold: payments, positives, precision, recall, f1.
        learnt: payments of train that were learnt from, before any were left out by chance.
        positives: how many of them are labelled true.
        unlabelled: payments of train without a label.
        overlapping: payments of train that are later than the first of test. They count as
            payments, but their labels are not learnt from,
        follows: unless they are half of train or more.
        aside: rows of test that cannot be seen as payments; they have the share of true ones among
            those of train that were set aside for the same reason.
        reason: place in `REASONS` of each.
        hindsight: seconds after a payment when it was judged.
        times: what the column ts was taken for.
        cut_short: searches for cycles that were cut short; more may be there.
        model: what was learnt.
        sight: what was seen, of both tables, and
        train: how many rows of it are train's.
        table: the payments of both.
        known: 1.0 for rows of train that are labelled true, else 0.0.
    """

    tx_id: Any
    probability: F64
    threshold: float
    late: dict[str, float]
    learnt: int
    positives: int
    unlabelled: int
    overlapping: int
    follows: bool
    aside: I64
    reason: I64
    hindsight: int
    times: str
    cut_short: int
    model: Model
    sight: Sight
    train: int
    table: pa.Table
    known: F64

    def set_aside(self) -> list[tuple[int, object, str]]:
        """Return row, tx_id and reason of each payment of test that cannot be seen as one."""
        return [
            (row, self.tx_id[row].as_py(), REASONS[reason])
            for row, reason in zip(self.aside.tolist(), self.reason.tolist(), strict=True)
        ]


def score(
    train: pa.Table | Mapping[str, Any],
    test: pa.Table | Mapping[str, Any],
    label: str,
    *,
    hindsight: str | int = 0,
    seed: int = 0,
    tell: Callable[[str, int], None] = lambda what, done: None,
) -> Scored:
    """Return a probability for each payment of test, in its order.

    Both tables have the columns of `manara.money.mine`. A payment is judged by what was known when
    it came or, with hindsight, some time after. Nothing of test but its payments is read.

    Args:
        train: payments that are known, with the label.
        test: payments to judge, later than those of train.
        label: column of train that says which are true: 1 or 0, true or false; empty if not known.
        hindsight: how long after a payment it is judged, such as `14d`; 0 for its arrival.
        seed: of all chance.
        tell: is told what is being done.

    Raises:
        FewLabelsError: there is too little to learn from; `guess` needs less.
        FormatError: a column is missing or of no use.
        UsageError: no such label, or LightGBM cannot be loaded.
    """
    after = seconds(hindsight) if hindsight else 0
    known, asked = table_of(train, "train"), table_of(test, "test")
    true, stated = labels_of(known, label)
    tell("looking at payments", len(known) + len(asked))
    both, times = joined(known, asked)
    sight = sight_of(both, len(known), after)
    given, count = sight.given, len(known)
    check_used(given, count)
    is_train = given.row < count
    before = known_before(given, count)
    overlapping = int((is_train & (given.ts > given.ts[~is_train].min(initial=2**62))).sum())
    labelled = np.zeros(len(is_train), np.bool_)
    labelled[is_train] = stated[given.row[is_train]]
    positive = np.zeros(len(is_train), np.bool_)
    positive[is_train] = true[given.row[is_train]]
    usable = np.flatnonzero(before & labelled)
    enough(positive[usable], labelled[usable], label)
    model = learn(*lessons(sight, usable, positive, seed, tell), seed, tell)
    chance = np.full(len(asked), np.nan)
    places = np.flatnonzero(~is_train)
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE]
        tell("judging", start)
        chance[given.row[some] - count] = sigmoid(log_odds(model, described(sight, some)))
    aside, reason = _set_aside(sight, true, stated, count, chance)
    return Scored(
        tx_id=asked["tx_id"],
        probability=chance,
        threshold=model.threshold,
        late=model.late,
        learnt=len(usable),
        positives=int(positive[usable].sum()),
        unlabelled=int((~stated).sum()),
        overlapping=overlapping,
        follows=not overlapping or not before[is_train].all(),
        aside=aside,
        reason=reason,
        hindsight=after,
        times=times,
        cut_short=sight.cut_short,
        model=model,
        sight=sight,
        train=count,
        table=both,
        known=true.astype(np.float64),
    )


def lessons(
    sight: Sight,
    usable: I64,
    positive: NDArray[np.bool_],
    seed: int,
    tell: Callable[[str, int], None],
) -> tuple[NDArray[np.float32], NDArray[np.bool_], F64, NDArray[np.bool_]]:
    """Return payments described, their labels, weights, and which are of the late part.

    Of the payments labelled false a part is drawn by chance, which stands for all.
    """
    ts = sight.given.ts[usable]
    warm = usable[ts >= ts[0] + _WARM_UP * (ts[-1] - ts[0])]
    if positive[warm].sum() >= positive[usable].sum() / 2:
        usable = warm
    late_from = usable[int(len(usable) * (1 - LATE))]
    marked = usable[positive[usable]]
    if min((marked >= late_from).sum(), (marked < late_from).sum()) < LATE * LEAST:
        late_from = marked[int(len(marked) * (1 - LATE))]
    false = usable[~positive[usable]]
    drawn = false
    if len(false) > _MOST_FALSE:
        chance = np.random.default_rng(seed)
        drawn = np.sort(chance.choice(false, _MOST_FALSE, replace=False))
    rows = np.sort(np.concatenate([marked, drawn]))
    tell("describing payments", len(rows))
    weight = np.where(positive[rows], 1.0, len(false) / max(len(drawn), 1))
    return described(sight, rows), positive[rows], weight, rows >= late_from


def _set_aside(
    sight: Sight, true: NDArray[np.bool_], stated: NDArray[np.bool_], count: int, chance: F64
) -> tuple[I64, I64]:
    """Fill the probabilities of rows set aside; return these rows and the reasons."""
    rows, reasons = sight.given.aside, sight.given.reason
    of_train = rows < count
    share = true.sum() / max(stated.sum(), 1)
    for reason in np.unique(reasons[~of_train]):
        alike = rows[of_train & (reasons == reason)]
        alike = alike[stated[alike]]
        found = (true[alike].sum() + _PRIOR * share) / (len(alike) + _PRIOR)
        chance[rows[~of_train & (reasons == reason)] - count] = found
    return rows[~of_train] - count, reasons[~of_train]
