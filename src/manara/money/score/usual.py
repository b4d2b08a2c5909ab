"""What is usual: payments that others are compared with, and which stand out in the end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from manara.model import FormatError
from manara.money.layout import I64
from manara.money.score.index import F64
from manara.money.score.model import Matrix
from manara.money.score.sight import Sight, described
from manara.money.score.tables import known_before
from manara.money.score.unusual import Base, base_of, compared

#: Payments that others are compared with at most, drawn by chance.
MOST_BASE = 150_000
#: Fewest payments that others can be compared with: of fewer, none can be one in a thousand.
LEAST_BASE = 1000
#: First part of train's time whose payments are not compared with: what was before is not known.
WARM_UP = 0.15
#: Share of payments, the most unusual ones, that count as members of a case: on payments before
#: those tested, 4 % matched true patterns better than 3 % or less, and as well as 7 %.
LIKELY = 0.04
_AT_ONCE = 200_000
_DAY = 86_400
#: What followed a payment within this time is known when cases are put together.
_FOLLOWED = 14 * _DAY
#: So long before the first payment of test those of train may belong to cases.
_BEFORE = 28 * _DAY
#: Payments that others are compared with to put cases together.
_FEW = 50_000


def based(sight: Sight, places: I64, seed: int, most: int = MOST_BASE) -> Base:
    """Return the base that some of the payments at places make, less those of the beginning.

    Args:
        sight: the payments.
        places: those known, in the order of time.
        seed: of all chance.
        most: how many are drawn.

    Raises:
        FormatError: there are too few.
    """
    ts = sight.given.ts[places]
    if len(places):
        places = places[ts >= ts[0] + WARM_UP * (ts[-1] - ts[0])]
    if len(places) < LEAST_BASE:
        raise FormatError(
            f"only {len(places)} payments to compare others with",
            where="train",
            remedy=f"give at least {LEAST_BASE}, before the first of test and after the first "
            f"{WARM_UP:.0%} of train's time",
        )
    if len(places) > most:
        drawn = np.random.default_rng(seed).choice(places, most, replace=False)
        places = np.sort(drawn)
    return base_of(np.concatenate([values for _, _, values in chunks(sight, places)]))


def chunks(sight: Sight, places: I64) -> Iterator[tuple[int, I64, Matrix]]:
    """Yield payments described by `NAMES`, so many at once: how many before, places, values."""
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE]
        yield start, some, described(sight, some)


def followed(sight: Sight, train: int, hindsight: int) -> tuple[F64, float]:
    """Return how unusual each row is by what followed it, and from where on it counts as likely.

    A payment that looked like any other when it came is a member of the pattern that others made of
    it later. Rows of train that are long before test have 0.

    Args:
        sight: the payments of both tables.
        train: how many are of train.
        hindsight: seconds after a payment when it was judged; less than 14 days count as these.

    Raises:
        FormatError: there are too few payments of train to compare others with.
    """
    given, score = sight.given, np.zeros(len(sight.order))
    seen = np.searchsorted(given.ts, given.ts + max(hindsight, _FOLLOWED), "right")
    later = sight._replace(lists=sight.lists._replace(seen=seen.astype(np.int64)))
    first = given.ts[given.row >= train].min(initial=2**62)
    base = based(later, np.flatnonzero(known_before(given, train)), 0, _FEW)
    for _, some, values in chunks(later, np.flatnonzero(given.ts >= first - _BEFORE)):
        score[given.row[some]] = compared(base, values).score
    return score, max(float(np.quantile(base.scores, 1 - LIKELY)), 1e-9)
