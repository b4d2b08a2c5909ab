"""A score for each payment of a table without any label: typologies' signs, rare among peers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from manara.model import Text, UsageError, phrase
from manara.money.asking import seconds
from manara.money.layout import I64
from manara.money.payments import REASONS
from manara.money.score.cases import NOTHING, evidence
from manara.money.score.index import F64
from manara.money.score.model import Matrix
from manara.money.score.reasons import said
from manara.money.score.sight import NAMES, Sight, described, sight_of
from manara.money.score.tables import check_used, joined, known_before, table_of
from manara.money.score.unusual import SIGNS, Base, compared, peers_of, percentiles
from manara.money.score.usual import based, chunks, followed

_DAY = 86_400
#: Signs of which fewer peers than this share show as much are told.
_TOLD = 0.1


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """Payments of test, ranked without labels.

    Attributes:
        tx_id: the column of the table.
        score: of each row of test: 0 if nothing about it is unusual, the greater the more so; not
            a number for rows set aside.
        percentile: share of the base's payments with a lower score; no probability.
        threshold: score from which on train has so many payments a day as are to be looked at.
        per_day: how many these are.
        base: what was compared with.
        aside: rows of test that cannot be seen as payments.
        reason: place in `REASONS` of each.
        hindsight: seconds after a payment when it was judged.
        times: what the column ts was taken for.
        cut_short: searches for cycles that were cut short; more may be there.
        sight: what was seen, of both tables, and
        train: how many rows of it are train's.
        table: the payments of both.
    """

    tx_id: Any
    score: F64
    percentile: F64
    threshold: float
    per_day: float
    base: Base
    aside: I64
    reason: I64
    hindsight: int
    times: str
    cut_short: int
    sight: Sight
    train: int
    table: pa.Table

    def set_aside(self) -> list[tuple[int, object, str]]:
        """Return row, tx_id and reason of each payment of test that cannot be seen as one."""
        return [
            (row, self.tx_id[row].as_py(), REASONS[reason])
            for row, reason in zip(self.aside.tolist(), self.reason.tolist(), strict=True)
        ]


class Unusual(msgspec.Struct, frozen=True):
    """Why a payment is unusual.

    Attributes:
        tx_id: the payment.
        score: of it.
        percentile: share of the base's payments with a lower score.
        reasons: what is unusual about it, in sentences, the most unusual first.
        case: tx_id of unusual payments that belong together with it, in the order of time.
        pattern: the weightiest pattern that it makes with some of them; empty for none.
        payments: tx_id of the payments of the pattern, in the order of time.
        roles: what each does in it.
    """

    tx_id: Any
    score: float
    percentile: float
    reasons: list[str]
    case: list[Any]
    pattern: str
    payments: list[Any]
    roles: list[str]


def rank(
    train: pa.Table | Mapping[str, Any],
    test: pa.Table | Mapping[str, Any],
    *,
    hindsight: str | int = 0,
    per_day: float = 20,
    seed: int = 0,
    tell: Callable[[str, int], None] = lambda what, done: None,
) -> Unlabelled:
    """Return how unusual each payment of test is among those of train, in test's order.

    No label is read. Both tables have the columns of `manara.money.mine`; test follows train.

    Args:
        train: payments known, what is usual.
        test: payments to judge.
        hindsight: how long after a payment it is judged, such as `14d`; 0 for its arrival.
        per_day: how many payments a day somebody can look at, for the threshold.
        seed: of all chance.
        tell: is told what is being done.

    Raises:
        FormatError: a column is missing, or train has fewer than `LEAST_BASE` payments before test.
        UsageError: nobody looks at anything.
    """
    if not per_day > 0:
        raise UsageError("is not above zero", where="per day", remedy="give payments a day")
    after = seconds(hindsight) if hindsight else 0
    known, asked = table_of(train, "train"), table_of(test, "test")
    tell("looking at payments", len(known) + len(asked))
    (both, times), count = joined(known, asked), len(known)
    sight = sight_of(both, count, after)
    given = sight.given
    check_used(given, count)
    is_train = given.row < count
    before = np.flatnonzero(known_before(given, count))
    base = based(sight, before, seed)
    score = np.full(len(asked), np.nan)
    places = np.flatnonzero(~is_train)
    for start, some, values in chunks(sight, places):
        tell("judging", start)
        score[given.row[some] - count] = compared(base, values).score
    aside = given.aside >= count
    return Unlabelled(
        tx_id=asked["tx_id"],
        score=score,
        percentile=np.where(np.isnan(score), np.nan, percentiles(base, score)),
        threshold=threshold_of(base, given.ts[before], per_day),
        per_day=per_day,
        base=base,
        aside=given.aside[aside] - count,
        reason=given.reason[aside],
        hindsight=after,
        times=times,
        cut_short=sight.cut_short,
        sight=sight,
        train=count,
        table=both,
    )


def threshold_of(base: Base, ts: I64, per_day: float) -> float:
    """Return the score from which on there are some so many payments a day; infinity for none.

    Args:
        base: what was compared with.
        ts: times of the payments that it stands for, seconds, rising.
        per_day: payments a day.
    """
    daily = len(ts) * _DAY / max(ts[-1] - ts[0], _DAY)
    most = int(len(base.scores) * min(per_day / daily, 1.0))
    return float(base.scores[-most]) if most else float("inf")


def explain_unusual(found: Unlabelled, top: int = 100) -> list[Unusual]:
    """Return explanations of the most unusual payments, the most unusual first.

    Args:
        found: payments ranked.
        top: how many of them.
    """
    score = np.nan_to_num(found.score, nan=-1.0)
    rows = np.argsort(-score, kind="stable")[: min(top, len(score) - len(found.aside))]
    if not len(rows):
        return []
    sight, asked = found.sight, rows + found.train
    weight, likely = followed(sight, found.train, found.hindsight)
    some = score[rows] > 0
    made = evidence(found.table, sight, weight, asked[some], likely)
    # About the others nothing is unusual, and so they make nothing.
    shown = [next(made) if one else NOTHING for one in some]
    values = described(sight, sight.order[asked])
    told = told_reasons(found.base, values)
    ids = found.table["name"]
    return [
        Unusual(
            tx_id=found.tx_id[row].as_py(),
            score=float(score[row]),
            percentile=float(found.percentile[row]),
            reasons=[str(each) for each in why],
            case=ids.take(one.case).to_pylist() or [found.tx_id[row].as_py()],
            pattern=one.pattern,
            payments=ids.take(one.rows).to_pylist(),
            roles=one.roles,
        )
        for row, one, why in zip(rows.tolist(), shown, told, strict=True)
    ]


def told_reasons(base: Base, values: Matrix) -> list[list[Text]]:
    """Return for each payment described by `NAMES` what is unusual about it, in sentences."""
    found = compared(base, values)
    told = []
    for row, share, peers in zip(values, found.share, found.peers, strict=True):
        order = [k for k in np.argsort(share, kind="stable") if share[k] < _TOLD]
        told.append([_reason(base, row, k, float(share[k]), int(peers[k])) for k in order])
    return told


def _reason(base: Base, row: Matrix, sign: int, share: float, group: int) -> Text:
    name = SIGNS[sign].name
    who, count = peers_of(base, sign, group)
    much = phrase("one as close") if SIGNS[sign].falling else phrase("as much or more")
    return phrase(
        "{value}; {shown:,} of {count:,} payments of {who} show {much}",
        value=said(name, float(row[NAMES.index(name)])),
        shown=round(share * (1 + count)) - 1,
        count=count,
        who=who,
        much=much,
    )
