"""What typologies find: features once, thresholds on them, and the payments that show it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain, zip_longest
from math import ceil
from typing import Any, NamedTuple

import pyarrow as pa

from manara.money import features as f
from manara.money.book import Book, engine
from manara.money.topics import with_topics
from manara.money.typology import Typology, reporting_lines
from manara.store.engine import Engine

_RANGE = re.compile(r"\{(\d+)-(\d+)\}")

#: Payments that one of a feature means at least.
_COUNTS = {"in_count": 1, "in_payers": 1, "in_regular_payers": 3, "out_count": 1, "out_payees": 1}
_NEVER = 2**31

#: Accounts and others as numbers, since numbers are grouped several times quicker than texts.
_NAMED = """
SELECT n.name, r.* FROM found AS r JOIN names AS n ON n.account = r.account
ORDER BY n.name, r.span, r.currency
"""

#: The payments of hits.
EVIDENCE = """
SELECT h.number, l.id, l."time", l.amount, l.inward, n.name AS other, l.cash, l.near, l.relay,
    l.abroad, l.is_loan, l.is_travel, l.is_charity, l.is_relief, l.is_trade, l.is_arms,
    l.is_precursor, l.is_salary, l.is_savings
FROM hits AS h JOIN legs AS l ON l.account = h.account AND l.currency = h.currency
LEFT JOIN names AS n ON n.account = l.other
WHERE l.s >= h.begins AND l.s < h.ends
ORDER BY h.number, l."time", l.id
"""


class Hit(NamedTuple):
    """An account and a span of time that meet a typology.

    Attributes:
        typology: the typology.
        account: id of the account.
        currency: ISO 4217.
        begins: begin of the span, UTC.
        ends: its end.
        row: value by feature.
    """

    typology: Typology
    account: str
    currency: str
    begins: datetime
    ends: datetime
    row: Mapping[str, Any]


class Rules:
    """Payments made ready for typologies; see `rules`."""

    def __init__(self, session: Engine, book: Book, typologies: Iterable[Typology]) -> None:
        self._session = session
        self._ready: set[int] = set()
        self._least: dict[int, int] = {}
        self._marks: set[str] = set()
        self._asked: set[str] = set()
        for one in typologies:
            least = self._least.get(one.days, _NEVER)
            self._least[one.days] = min(least, least_payments(one))
            self._marks |= needed_marks(one)
            self._asked.update(condition.feature for condition in one.conditions)
        pay, names = _numbered(with_topics(book.payments))
        session.read("pay", pay)
        session.read("names", names)
        lines = reporting_lines()
        columns = {"currency": list(lines), "line": list(lines.values())}
        session.read("lines", pa.table(columns))
        session.materialise("flagged", f.FLAGGED)
        session.define("legs", f.LEGS_OF)

    def hits(self, typology: Typology, *others: Typology) -> list[Hit]:
        """Return what meets a typology, sorted by account, span and currency.

        Args:
            typology: the typology.
            others: further versions of the same span; what meets any of them is returned, as a hit
                of the first whatever it meets.
        """
        table = self._features(typology.days)
        query = " OR ".join(f"({_condition(one)})" for one in (typology, *others))
        self._session.define("found", f"SELECT * FROM {table} WHERE {query}")  # noqa: S608
        half = typology.days * 43_200
        found = []
        for row in self._session.fetch(_NAMED).to_pylist():
            begins, ends = (_moment((row["span"] + halves) * half) for halves in (0, 2))
            found.append(Hit(typology, row["name"], row["currency"], begins, ends, row))
        return found

    def evidence(self, hits: Sequence[Hit]) -> list[list[dict[str, Any]]]:
        """Return the payments of each hit that its typology names as evidence, by time."""
        columns: dict[str, list[Any]] = {
            "number": list(range(len(hits))),
            "account": [hit.row["account"] for hit in hits],
            "currency": [hit.currency for hit in hits],
            "begins": [int(hit.begins.timestamp()) for hit in hits],
            "ends": [int(hit.ends.timestamp()) for hit in hits],
        }
        self._session.read("hits", pa.table(columns, _HITS))
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in self._session.fetch(EVIDENCE).to_pylist():
            found[row["number"]].append(row)
        return [
            [row for row in found[at] if any(shows(row, leg) for leg in hit.typology.evidence)]
            for at, hit in enumerate(hits)
        ]

    def _features(self, days: int) -> str:
        """Return the name of the table with the features of spans of so many days."""
        name = f"features_{days}"
        if days not in self._ready:
            half = [days * 43_200]
            session = self._session
            marks = " OR ".join(sorted(self._marks)) or "FALSE"
            session.materialise("halves", f.HALVES.replace("TRUE", marks), half)
            session.materialise("busy", f.BUSY, [self._least[days]])
            session.materialise("busy_legs", f.BUSY_LEGS, half)
            session.materialise("pairs", f.PAIRS)
            session.materialise("pairs_in_span", f.PAIRS_IN_SPAN)
            session.materialise("sums", f.SUMS)
            session.materialise("marks", f.MARKS)
            # The two dearest, left empty unless they are asked for.
            mirrors = f.MIRRORS if "mirror_share" in self._asked else f.NO_MIRRORS
            session.materialise("mirrors", mirrors)
            if "cycle_count" in self._asked:
                session.materialise("ring_counts", f.RINGS, half)
            else:
                session.materialise("ring_counts", f.NO_RINGS)
            session.materialise("quiet", f.QUIET)
            session.materialise(name, f.FEATURES_OF)
            self._ready.add(days)
        return name


@contextmanager
def rules(book: Book, typologies: Iterable[Typology]) -> Iterator[Rules]:
    """Give payments made ready for these typologies."""
    with engine() as made:
        yield Rules(made, book, typologies)


def least_payments(typology: Typology) -> int:
    """Return how many payments an account has at least in a span that meets a typology.

    One with a condition on payments of a particular kind needs one of these, and they are looked
    at however few they are.
    """
    if needed_marks(typology):
        return _NEVER
    least = {1: 0.0, 0: 0.0}
    for condition in typology.conditions:
        inward, _ = f.LEGS[f.FEATURES[condition.feature].legs]
        if condition.feature in _COUNTS and inward is not None:
            each = _COUNTS[condition.feature] * (condition.at_least or 0)
            least[inward] = max(least[inward], each)
    return max(1, ceil(sum(least.values())))


def needed_marks(typology: Typology) -> set[str]:
    """Return marks of which a payment needs one for its account to meet a typology; see `LEGS`."""
    for condition in typology.conditions:
        _, marks = f.LEGS[f.FEATURES[condition.feature].legs]
        if marks and (condition.at_least or 0) > 0:
            return set(marks)
    return set()


def shows(row: Mapping[str, Any], leg: str) -> bool:
    """Return whether a payment is one of a key of `LEGS`."""
    inward, marks = f.LEGS[leg]
    return inward in (None, row["inward"]) and (not marks or any(row[mark] for mark in marks))


def case_book(payments: str) -> Book:
    """Return the payments of a typology's case; see `Case`."""
    rows = [line.split(maxsplit=5) for line in _expanded(payments)]
    table: dict[str, list[Any]] = defaultdict(list)
    for number, (day, payer, payee, amount, *more) in enumerate(rows, 1):
        instrument, purpose = [*more, "", ""][:2]
        ends = [None if end == "-" else end for end in (payer, payee)]
        values = (
            f"p{number}", datetime.fromisoformat(day), *ends, amount, "XTS", instrument, purpose,
        )  # fmt: skip
        for name, value in zip(_CASE, values, strict=True):
            table[name].append(value)
    texts = pa.table(dict(table), _CASE_SCHEMA)
    at = _CASE.index("amount")
    made = texts.set_column(at, "amount", texts["amount"].cast(pa.decimal128(38, 18)))
    none = pa.nulls(len(rows), pa.string())
    for name in ("source_country", "target_country", "purpose_code", "channel"):
        made = made.append_column(name, none)
    return Book(made)


def case_finds(typology: Typology, payments: str) -> set[str]:
    """Return the accounts that a typology finds in the payments of a case."""
    with rules(case_book(payments), [typology]) as ready:
        return {hit.account for hit in ready.hits(typology)}


def _expanded(payments: str) -> Iterator[str]:
    """Yield the lines of a case, one with ranges as often as they count."""
    for line in filter(None, map(str.strip, payments.splitlines())):
        # Texts and bounds take turns: text, low, high, text, low, high, text.
        parts = _RANGE.split(line)
        lows, highs = parts[1::3], parts[2::3]
        count = min(
            (int(high) - int(low) for low, high in zip(lows, highs, strict=True)), default=0
        )
        for at in range(count + 1):
            numbers = [f"{int(low) + at:02}" for low in lows]
            yield "".join(chain.from_iterable(zip_longest(parts[::3], numbers, fillvalue="")))


def _moment(seconds: int) -> datetime:
    """Return seconds since 1970 as a time; a span may reach beyond the first or last there is."""
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return (datetime.max if seconds > 0 else datetime.min).replace(tzinfo=UTC)


def _condition(typology: Typology) -> str:
    return " AND ".join(condition.sql for condition in typology.conditions)


def _numbered(payments: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return payments with parties as numbers, and the name of each number."""
    chunks = [*payments["source"].chunks, *payments["target"].chunks]
    coded = pa.chunked_array(chunks, pa.string()).dictionary_encode().unify_dictionaries()
    whole = coded.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = (
            whole.chunk(0) if whole.num_chunks else pa.array([], pa.string()).dictionary_encode()
        )
    codes = whole.indices.cast(pa.int64())
    half = len(payments)
    for name, part in (("source", codes[:half]), ("target", codes[half:])):
        payments = payments.set_column(payments.column_names.index(name), name, part)
    numbers = pa.array(range(len(whole.dictionary)), pa.int64())
    return payments, pa.table({"account": numbers, "name": whole.dictionary})


_CASE = ("id", "time", "source", "target", "amount", "currency", "instrument", "purpose")
_CASE_SCHEMA = pa.schema(
    [(name, pa.timestamp("us") if name == "time" else pa.string()) for name in _CASE]
)
_HITS = pa.schema(
    [(name, pa.string() if name == "currency" else pa.int64())
     for name in ("number", "account", "currency", "begins", "ends")]
)  # fmt: skip
