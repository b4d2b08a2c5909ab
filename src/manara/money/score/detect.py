"""Leads from the score: the most unusual payments, or those most like what was confirmed before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.model import Finding
from manara.money.book import Book, book_of
from manara.money.layout import I64
from manara.money.score.cases import evidence
from manara.money.score.decided import Decided, decided_on, enough, judged
from manara.money.score.explain import LIKELY as LIKELY_OF_THRESHOLD
from manara.money.score.index import F64
from manara.money.score.model import Model
from manara.money.score.sight import Sight, sight_of
from manara.money.score.tables import told_apart
from manara.money.score.telling import Telling
from manara.money.score.unusual import Base, compared
from manara.money.score.usual import LEAST_BASE, LIKELY, WARM_UP, based, chunks
from manara.store import View

#: To be changed whenever it may find something else.
VERSION = "4"
#: Leads a day, days after a payment when it is judged, leads of each outcome that a model needs.
SETTINGS: Mapping[str, Any] = {"per_day": 5, "hindsight_days": 14, "least": 20, "seed": 0}
_DAY = 86_400
#: Share of payments, the most unusual ones, that teach nothing as long as nobody decided on them.
_UNSURE = 0.02
#: So much of the beginning, at most, is the past of what follows and is not judged: everybody is
#: new to everybody there.
_PAST = 60 * _DAY


class Ranked(NamedTuple):
    """Payments of a workspace, ranked.

    Attributes:
        book: the payments.
        table: the same as the miner takes them.
        sight: what is seen of them.
        base: what they are compared with: themselves.
        weight: of each row: probability if there is a model, else score without labels.
        likely: weight from which on a payment counts as a member of a case.
        model: what decisions taught, None if there are too few.
        decided: what was decided.
    """

    book: Book
    table: pa.Table
    sight: Sight
    base: Base
    weight: F64
    likely: float
    model: Model | None
    decided: Decided


class Case(NamedTuple):
    """Payments that belong together.

    Attributes:
        account: the account that weighs most in them.
        rows: payments that belong together, in the order of time.
        strongest: the one that weighs most.
        pattern: name of the weightiest pattern in it, empty for none.
        pattern_rows: its payments.
    """

    account: str
    rows: I64
    strongest: int
    pattern: str
    pattern_rows: I64


def find(
    view: View, *, per_day: float, hindsight_days: int, least: int, seed: int
) -> Iterator[Finding]:
    """Yield the cases that weigh most in a view's payments, so many a day; one for each account.

    Args:
        view: what is known.
        per_day: leads for each day that the payments span.
        hindsight_days: days after a payment when it is judged.
        least: leads of each outcome from which on decisions make the model.
        seed: of all chance.
    """
    ranked = ranked_of(view, hindsight_days, least, seed)
    if ranked is None:
        return
    span = ranked.sight.given.ts[-1] - ranked.sight.given.ts[0]
    most = math.ceil(per_day * max(span / _DAY, 1))
    cases = strongest(ranked, most)
    yield from Telling(view, ranked, cases, per_day, least).findings()


def ranked_of(view: View, hindsight_days: int, least: int, seed: int) -> Ranked | None:
    """Return the payments of a view, ranked; None if there are too few to compare with."""
    book = book_of(view)
    table = _table(book.payments)
    if len(table) <= LEAST_BASE:
        return None
    sight = sight_of(table, len(table), hindsight_days * _DAY)
    ts = sight.given.ts
    if not len(ts):
        return None
    places = np.flatnonzero(ts >= ts[0] + min(_PAST, (ts[-1] - ts[0]) / 2))
    if (ts[places] >= ts[places[0]] + WARM_UP * (ts[-1] - ts[places[0]])).sum() < LEAST_BASE:
        return None
    base = based(sight, places, seed)
    score = np.zeros(len(table))
    for _, some, values in chunks(sight, places):
        score[sight.given.row[some]] = compared(base, values).score
    likely = max(float(np.quantile(base.scores, 1 - LIKELY)), 1e-9)
    leads = list(view.leads(ended=True))
    decided = decided_on(table["tx_id"].combine_chunks(), leads, view.decisions())
    if not enough(decided, least):
        return Ranked(book, table, sight, base, score, likely, None, decided)
    unsure = max(float(np.quantile(base.scores, 1 - _UNSURE)), 1e-9)
    model, chance = judged(sight, decided, score, unsure, seed)
    likely = LIKELY_OF_THRESHOLD * model.threshold
    return Ranked(book, table, sight, base, chance, likely, model, decided)


def strongest(ranked: Ranked, most: int) -> list[Case]:
    """Return the cases with the weightiest payments, one for each account, at most so many."""
    weight = ranked.weight
    known = np.zeros(len(weight), np.bool_)
    known[ranked.sight.given.row] = True
    rows = np.flatnonzero(known & (weight >= ranked.likely))
    rows = rows[np.argsort(-weight[rows], kind="stable")]
    sight = ranked.sight
    shown = evidence(ranked.table, sight, weight, rows, ranked.likely)
    found: dict[str, Case] = {}
    seen: set[int] = set()
    for row, one in zip(rows.tolist(), shown, strict=False):
        if len(found) == most:
            break
        if row not in seen:
            seen.update(one.case.tolist())
            account = _heaviest(ranked.table, one.case, weight)
            if account not in found:
                found[account] = Case(account, one.case, row, one.pattern, one.rows)
    return list(found.values())


def _heaviest(table: pa.Table, rows: I64, weight: F64) -> str:
    """Return the account whose payments among these weigh most; of like ones the first by id."""
    sums: dict[str, float] = {}
    for end in ("src", "dst"):
        for account, each in zip(table[end].take(rows).to_pylist(), weight[rows], strict=True):
            sums[account] = sums.get(account, 0.0) + float(each)
    return min(sums, key=lambda account: (-round(sums[account], 9), account))


def _table(payments: pa.Table) -> pa.Table:
    """Return payments of a book as the miner takes them, by time and id."""
    names: Sequence[tuple[str, str]] = (
        ("tx_id", "id"), ("ts", "time"), ("src", "source"), ("dst", "target"),
        ("amount", "amount"), ("currency", "currency"),
    )  # fmt: skip
    table = pa.table({new: payments[old] for new, old in names})
    place = table.column_names.index("amount")
    return told_apart(table.set_column(place, "amount", pc.cast(table["amount"], pa.float64())))
