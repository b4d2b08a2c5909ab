"""What payments judged likely make together: cases, and the patterns in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from manara.money.layout import I64, PATTERNS, ROLES
from manara.money.mining import Mined, mine
from manara.money.payments import Payments
from manara.money.score.index import F64

#: Payments of one account belong together if no more seconds lie between them: on payments before
#: those tested, 7 days matched true patterns better than 14 or 28.
_APART = 7 * 86_400
_WINDOW = "28d"
_SIZES = {"fan-in": 2, "fan-out": 2, "gather-scatter": 2, "bipartite": 2, "cycle": 3}
_SOUGHT = ("fan-in", "fan-out", "gather-scatter", "scatter-gather", "bipartite", "stack", "cycle")


class Evidence(NamedTuple):
    """What a payment makes with others.

    Attributes:
        case: all likely payments that hang together with it, rows in the order of time.
        pattern: name of the weightiest pattern that it makes with some of them; empty for none.
        rows: payments of the pattern, rows in the order of time.
        roles: what each does in it.
    """

    case: I64
    pattern: str
    rows: I64
    roles: list[str]


def evidence(
    table: pa.Table, given: Payments, order: I64, weight: F64, asked: I64, likely: float
) -> list[Evidence]:
    """Return for each payment asked for what it makes with likely ones.

    Args:
        table: the payments.
        given: those that passed, in the order of time.
        order: place in that order of each row.
        weight: probability of each row.
        asked: rows asked for.
        likely: probability from which on a payment counts.
    """
    places = np.flatnonzero(weight[given.row] >= likely)
    kept = given.row[places]
    cases = _cases(given, places)
    found = mine(table.take(np.sort(kept)), _SOUGHT, _WINDOW, sizes=_SIZES)
    case_of = np.full(len(weight), -1)
    case_of[kept] = cases
    best = _weightiest(found, np.sort(kept), weight, case_of)
    by_case = np.argsort(cases, kind="stable")
    ends = np.searchsorted(cases[by_case], np.arange(cases.max(initial=-1) + 2))
    answers = []
    for row in asked.tolist():
        case = cases[np.searchsorted(places, order[row])]
        rows = kept[by_case[ends[case] : ends[case + 1]]]
        answers.append(_answer(rows, found, np.sort(kept), int(best[row])))
    return answers


def _cases(given: Payments, places: I64) -> I64:
    """Return the number of the case of each of these payments: linked by accounts, near in time."""
    count = len(places)
    ends = np.concatenate([given.src[places], given.dst[places]])
    which = np.tile(np.arange(count), 2)
    order = np.lexsort((which, ends))
    ends, which = ends[order], which[order]
    ts = given.ts[places][which]
    tied = (np.diff(ends) == 0) & (np.diff(ts) <= _APART)
    links = coo_array(
        (np.ones(int(tied.sum())), (which[:-1][tied], which[1:][tied])), shape=(count, count)
    )
    numbers: I64 = connected_components(links, directed=False)[1].astype(np.int64)
    return numbers


def _weightiest(found: Mined, kept: I64, weight: F64, case_of: I64) -> I64:
    """Return for each row of the table the instance with the greatest sum of weights, -1 for none.

    All payments of an instance are of one case.
    Of like sums the pattern that says more counts, which is the later in `PATTERNS`.
    """
    best = np.full(len(weight), -1)
    sums = np.array([weight[kept[found.payments(k)]].sum() for k in range(len(found))])
    for k in np.lexsort((found.pattern, np.round(sums, 9))):
        rows = kept[found.payments(k)]
        if (case_of[rows] == case_of[rows[0]]).all():
            best[rows] = k
    return best


def _answer(case: I64, found: Mined, kept: I64, k: int) -> Evidence:
    if k < 0:
        return Evidence(case, "", np.zeros(0, np.int64), [])
    roles = found.roles[found.offsets[k] : found.offsets[k + 1]].tolist()
    return Evidence(
        case, PATTERNS[found.pattern[k]], kept[found.payments(k)], [ROLES[one] for one in roles]
    )
