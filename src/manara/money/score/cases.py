"""What payments judged likely make together: cases, and the patterns in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from manara.money.layout import I64, PATTERNS, ROLES
from manara.money.mining import Mined, mine
from manara.money.payments import Payments
from manara.money.score.index import F64
from manara.money.score.members import burst, tied
from manara.money.score.sight import Sight

#: Most payments of a case: nobody can look at hundreds at once.
MOST_OF_CASE = 60
#: Payments of one account belong together if no more seconds lie between them: on payments before
#: those tested, 7 days matched true patterns better than 14 or 28.
_APART = 7 * 86_400
_WINDOW = "28d"
_SIZES = {"fan-in": 2, "fan-out": 2, "gather-scatter": 2, "bipartite": 2, "cycle": 3}
_SOUGHT = ("fan-in", "fan-out", "gather-scatter", "scatter-gather", "bipartite", "stack", "cycle")
#: Patterns that likely payments seldom make by chance, cycles from this many payments on.
_TELLING = tuple(PATTERNS.index(name) for name in ("scatter-gather", "bipartite", "stack", "cycle"))
_TELLING_CYCLE = 4
#: A telling pattern belongs to a case that holds this share of its payments: on payments before
#: those tested, half matched true patterns better than a quarter, 60 % or two thirds.
_SHARED = 0.5


class Evidence(NamedTuple):
    """What a payment makes with others.

    Attributes:
        case: payments that belong together with it, rows in the order of time.
        pattern: name of the weightiest pattern that it makes with some of them; empty for none.
        rows: payments of the pattern, rows in the order of time.
        roles: what each does in it.
    """

    case: I64
    pattern: str
    rows: I64
    roles: list[str]


NOTHING = Evidence(np.zeros(0, np.int64), "", np.zeros(0, np.int64), [])


class _Told(NamedTuple):
    """Patterns among likely payments, which are told by their place among these.

    Attributes:
        found: the patterns.
        telling: which of them chance seldom makes.
        weight: sum over the payments of each.
        best: the weightiest pattern of each payment, a telling one if it has any; -1 for none.
        holding: the patterns that hold each payment, one payment after the other.
        starts: where each payment's begin in them, and the end.
    """

    found: Mined
    telling: NDArray[np.bool_]
    weight: F64
    best: I64
    holding: I64
    starts: I64


def evidence(
    table: pa.Table, sight: Sight, weight: F64, asked: I64, likely: float
) -> Iterator[Evidence]:
    """Yield for each payment asked for what it makes with likely ones.

    A case begins with the weightiest telling pattern of the payment (`_TELLING`), and takes in
    telling patterns of which it holds half, then what is tied to it. Where there is none it is all
    that hangs together by accounts, or if that is too much the weightiest other pattern; a star is
    the whole burst of its account.

    Args:
        table: the payments.
        sight: what is seen of them.
        weight: how likely each row is, the greater the more.
        asked: rows asked for; they count as likely.
        likely: weight from which on a payment counts.
    """
    given, order, lists = sight.given, sight.order, sight.lists
    places = np.flatnonzero(weight[given.row] >= likely)
    places = np.union1d(places, order[asked])
    kept = given.row[places]
    found = mine(table.take(kept), _SOUGHT, _WINDOW, sizes=_SIZES)
    telling = _telling(found)
    alone = np.ones(len(kept), np.bool_)
    alone[found.members[np.repeat(telling, np.diff(found.offsets))]] = False
    linked = _linked(given, places, alone)
    told = _told(found, telling, weight[kept], linked)
    by_link = np.argsort(linked, kind="stable")
    ends = np.searchsorted(linked[by_link], np.arange(linked.max(initial=-1) + 2))
    grown: dict[int, I64] = {}
    for at in np.searchsorted(places, order[asked]).tolist():
        k = int(told.best[at])
        if k >= 0 and told.telling[k]:
            if k not in grown:
                grown[k] = tied(
                    lists, weight[given.row], places[_grown(told, k)], likely, MOST_OF_CASE
                )
            case = grown[k]
        else:
            case = by_link[ends[linked[at]] : ends[linked[at] + 1]]
            if len(case) > MOST_OF_CASE:
                case = told.found.payments(k) if k >= 0 else np.array([at])
            case = places[case]
            more = np.union1d(case, burst(lists, case, int(places[at])))
            case = more if len(more) <= MOST_OF_CASE else case
        yield _answer(given.row[case], kept, told.found, k)


def _telling(found: Mined) -> NDArray[np.bool_]:
    """Return which patterns chance seldom makes."""
    short = (found.pattern == PATTERNS.index("cycle")) & (found.size < _TELLING_CYCLE)
    telling: NDArray[np.bool_] = np.isin(found.pattern, _TELLING) & ~short
    return telling


def _linked(given: Payments, places: I64, some: NDArray[np.bool_]) -> I64:
    """Return a number for each of these payments, alike if accounts link them, near in time.

    Only some are linked.
    """
    count = len(places)
    which = np.tile(np.flatnonzero(some), 2)
    ends = np.concatenate([given.src[places[some]], given.dst[places[some]]])
    order = np.lexsort((which, ends))
    ends, which = ends[order], which[order]
    ts = given.ts[places][which]
    tied = (np.diff(ends) == 0) & (np.diff(ts) <= _APART)
    links = coo_array(
        (np.ones(int(tied.sum())), (which[:-1][tied], which[1:][tied])), shape=(count, count)
    )
    numbers: I64 = connected_components(links, directed=False)[1].astype(np.int64)
    return numbers


def _told(found: Mined, telling: NDArray[np.bool_], weight: F64, linked: I64) -> _Told:
    """Return patterns as they are looked up.

    Those that are not telling count only if all their payments are linked. Of like sums the pattern
    that says more counts, which is the later in `PATTERNS`.
    """
    count, sizes = len(found), np.diff(found.offsets)
    of = np.repeat(np.arange(count), sizes)
    sums: F64 = np.round(np.bincount(of, weight[found.members], count), 9).astype(np.float64)
    first = linked[found.members[found.offsets[:-1]]] if count else np.zeros(0, np.int64)
    apart = np.bincount(of, linked[found.members] != first[of], count) > 0
    place = np.empty(count, np.int64)
    ranked = np.lexsort((found.pattern, sums, telling))
    place[ranked] = np.arange(count)
    place[apart & ~telling] = -1
    best = np.full(len(weight), -1)
    np.maximum.at(best, found.members, place[of])
    best[best >= 0] = ranked[best[best >= 0]]
    by_payment = np.argsort(found.members, kind="stable")
    starts = np.searchsorted(found.members[by_payment], np.arange(len(weight) + 1))
    return _Told(found, telling, sums, best, of[by_payment], starts)


def _grown(told: _Told, first: int) -> I64:
    """Return the payments of a telling pattern and of those that it grows into, in order."""
    rows = set(told.found.payments(first).tolist())
    while True:
        near = np.concatenate([told.holding[told.starts[k] : told.starts[k + 1]] for k in rows])
        some, held = np.unique(near[told.telling[near]], return_counts=True)
        some = some[held >= _SHARED * np.diff(told.found.offsets)[some]]
        more = set(rows)
        for k in some[np.lexsort((some, -told.weight[some]))].tolist():
            both = more.union(told.found.payments(k).tolist())
            if len(both) <= MOST_OF_CASE:
                more = both
        if len(more) == len(rows):
            return np.array(sorted(rows), np.int64)
        rows = more


def _answer(case: I64, kept: I64, found: Mined, k: int) -> Evidence:
    if k < 0:
        return Evidence(case, "", np.zeros(0, np.int64), [])
    roles = found.roles[found.offsets[k] : found.offsets[k + 1]].tolist()
    return Evidence(
        case,
        PATTERNS[found.pattern[k]],
        kept[found.payments(k)],
        [ROLES[one] for one in roles],
    )
