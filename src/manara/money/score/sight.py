"""What is seen of payments: from tables to numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from manara.money.layout import I64
from manara.money.mining import mine
from manara.money.payments import Payments, take
from manara.money.score.around import BEFORE, COLUMNS, DAY, SPANS, describe
from manara.money.score.index import F64, Index, index_of
from manara.money.score.ways import CYCLES, describe_cycles

#: What is known of a payment, in this order; docs/explanation/money-score.md.
NAMES = (*COLUMNS, *CYCLES)
#: Payments of a cycle lie within this of its last.
_ROUND = 28 * DAY
#: Most steps of the search for cycles at one payment.
_STEPS = 20_000


class Sight(NamedTuple):
    """Payments of both tables and what stands around them.

    Attributes:
        given: the payments that passed, in the order of time.
        lists: ways to walk them.
        order: place in that order of each row of the table, -1 for rows set aside.
        closing: last payments of cycles, as places in the order.
        offsets: where each cycle's payments start, and the end.
        members: payments of cycles.
        cut_short: searches for cycles that were cut short.
    """

    given: Payments
    lists: Index
    order: I64
    closing: I64
    offsets: I64
    members: I64
    cut_short: int


def sight_of(table: pa.Table, train: int, hindsight: int) -> Sight:
    """Return the sight of a table.

    Args:
        table: payments of train, then those of test.
        train: how many are of train.
        hindsight: seconds after a payment when it is judged.
    """
    given = take(table)
    order = np.full(table.num_rows, -1, np.int64)
    order[given.row] = np.arange(len(given.row))
    index = index_of(given, _sizes(given, given.row < train), hindsight)
    found = mine(table, ["cycle"], _ROUND, sizes={"cycle": 3}, budget=_STEPS)
    return Sight(
        given, index, order, order[found.closing], found.offsets, order[found.members],
        len(found.cut_short),
    )  # fmt: skip


def _sizes(given: Payments, learnt: NDArray[np.bool_]) -> F64:
    """Return logarithms of amounts over the median of train in their currency, or in all."""
    # Less than half a thousandth was rounded to nothing.
    logs = np.log(np.maximum(given.amount, 0.5))
    known = logs[learnt]
    usual = np.full(int(given.currency.max(initial=-1)) + 2, np.median(known) if len(known) else 0)
    codes = given.currency[learnt]
    for code in np.unique(codes):
        usual[code] = np.median(known[codes == code])
    found: F64 = logs - usual[given.currency]
    return found


def described(sight: Sight, places: I64) -> NDArray[np.float32]:
    """Return `NAMES` of payments, a row for each place in the order of time."""
    ts = sight.given.ts
    spans = (*SPANS, BEFORE)
    lows = np.stack([np.searchsorted(ts, ts[places] - span) for span in spans])
    found = np.zeros((len(places), len(NAMES)), np.float32)
    describe(sight.lists, lows, places, found)
    cycles = found[:, len(COLUMNS) :]
    cycles[:, 2:] = np.nan
    place = np.full(len(ts), -1, np.int64)
    place[places] = np.arange(len(places))
    describe_cycles(sight.lists, sight.closing, sight.offsets, sight.members, place, cycles)
    return found
