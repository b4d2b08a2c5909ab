"""The tables to score by: payments of both as one, and what is labelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.model import FormatError, UsageError
from manara.money.payments import CURRENCIES, NEEDED, REASONS, Payments
from manara.money.times import times_of_all

_TRUE = ("1", "1.0", "true", "t", "yes", "y")
_FALSE = ("0", "0.0", "false", "f", "no", "n")
#: Fewest payments of each of the two classes that something can be learnt from.
LEAST = 20


def table_of(given: pa.Table | Mapping[str, Any], what: str) -> pa.Table:
    """Return a table that has the columns that payments need.

    Raises:
        FormatError: one is missing.
    """
    table = given if isinstance(given, pa.Table) else pa.table(dict(given))
    for name in NEEDED:
        if name not in table.column_names:
            raise FormatError(
                f"no column {name}",
                where=what,
                remedy=f"name the columns {', '.join(NEEDED)}; currency may be there",
            )
    return table


def joined(train: pa.Table, test: pa.Table) -> tuple[pa.Table, str]:
    """Return the payments of both tables, those of train before, and what times were taken for.

    Ids are as given in `name`; in `tx_id` they are numbers, so that an id that both tables use does
    not make two payments one. Times are seconds.

    Raises:
        FormatError: a table has payments, but no time of them can be read.
    """
    columns = {"name": pa.chunked_array(_parts("tx_id", train, test))}
    for name in (*NEEDED, "currency"):
        parts = _parts(name, train, test)
        if name in NEEDED or any(len(part) > part.null_count for part in parts):
            columns[name] = pa.chunked_array(_numbers(parts) if name == "tx_id" else parts)
    both = pa.table(columns)
    times = times_of_all(both["ts"].combine_chunks())
    for what, rows in (("train", slice(0, len(train))), ("test", slice(len(train), None))):
        if len(times.missing[rows]) and times.missing[rows].all():
            raise FormatError(
                f"no ts can be read as a time: {both['ts'][rows.start].as_py()!r} is one",
                where=f"{what}, ts",
                remedy="give seconds since 1970, times in ISO 8601, dates as day/month/year, or "
                "steps of an hour or a day from 0 to 10,000",
            )
    ts = pa.array(times.ts, mask=times.missing)
    both = both.set_column(both.column_names.index("ts"), "ts", ts)
    return told_apart(both), times.taken


def told_apart(table: pa.Table) -> pa.Table:
    """Return payments with a currency of ISO 4217 each, whatever was stated; null for none.

    Currencies only tell payments apart here, so names that are no code (`US Dollar`, `3`) get codes
    that no payment has, as long as there are any.
    """
    if "currency" not in table.column_names:
        return table
    texts = pc.utf8_upper(pc.utf8_trim_whitespace(pc.cast(table["currency"], pa.string())))
    names = [name for name in pc.unique(texts).to_pylist() if name]
    free = iter(sorted(set(CURRENCIES).difference(names)))
    codes = [name if name in CURRENCIES else next(free, None) for name in names]
    found = pa.array(codes, pa.string()).take(pc.index_in(texts, pa.array(names, pa.string())))
    return table.set_column(table.column_names.index("currency"), "currency", found)


def check_used(given: Payments, train: int) -> None:
    """Check that payments of train passed.

    Raises:
        FormatError: fewer than one in a hundred did; it names the reason of most.
    """
    aside = given.reason[given.aside < train]
    if len(aside) > 0.99 * train:
        most = REASONS[np.bincount(aside).argmax()]
        raise FormatError(
            f"{len(aside)} of {train} payments cannot be used, most because: {most}",
            where="train",
            remedy="look at that column of the file",
        )


def known_before(given: Payments, train: int) -> NDArray[np.bool_]:
    """Return which payments are train's and no later than the first of test.

    Where that leaves less than half of train's, test does not follow train, be it that both were
    drawn by chance or that one row has a wrong time; then all of train's are returned.

    Args:
        given: payments of train, then of test, in the order of time.
        train: rows of train.
    """
    is_train = given.row < train
    before: NDArray[np.bool_] = is_train & (given.ts <= given.ts[~is_train].min(initial=2**62))
    return before if 2 * before.sum() >= is_train.sum() else is_train


def _parts(name: str, *tables: pa.Table) -> list[pa.Array]:
    """Return a column of each table, in one type; nothing but nulls where there is none."""
    parts = [
        _plain(table[name]) if name in table.column_names else pa.nulls(len(table), pa.string())
        for table in tables
    ]
    return parts if len({part.type for part in parts}) == 1 else _alike(name, parts)


def _numbers(parts: list[pa.Array]) -> list[pa.Array]:
    """Return a number for each value, alike only for like values of the same part."""
    found, start = [], 0
    for part in parts:
        coded = part.dictionary_encode()
        found.append(pc.add(pc.cast(coded.indices, pa.int64()), start))
        start += len(coded.dictionary)
    return found


def _plain(column: pa.ChunkedArray) -> pa.Array:
    values = column.combine_chunks()
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _alike(name: str, parts: list[pa.Array]) -> list[pa.Array]:
    """Return columns of two types in one that can hold both."""
    kinds = [part.type for part in parts]
    texts = any(pa.types.is_string(kind) or pa.types.is_large_string(kind) for kind in kinds)
    if name == "amount" and not texts:
        return [pc.cast(part, pa.float64(), safe=False) for part in parts]
    return [pc.cast(part, pa.string(), safe=False) for part in parts]


def labels_of(train: pa.Table, label: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which payments are labelled true, and which are labelled at all.

    Raises:
        UsageError: there is no such column, or it is one of the payments' own.
        FormatError: a value is neither true nor false.
    """
    if label not in train.column_names or label in (*NEEDED, "currency"):
        raise UsageError(
            "no such column of labels",
            where=f"train, {label}",
            remedy=f"name one of {', '.join(set(train.column_names) - {*NEEDED, 'currency'})}",
        )
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(pc.cast(_plain(train[label]), pa.string())))
    true = pc.is_in(texts, pa.array(_TRUE)).to_numpy(zero_copy_only=False)
    false = pc.is_in(texts, pa.array(_FALSE)).to_numpy(zero_copy_only=False)
    texts = pc.if_else(pc.is_in(texts, pa.array(["", "nan"])), None, texts)
    stated = pc.is_valid(texts).to_numpy(zero_copy_only=False)
    odd = np.flatnonzero(stated & ~true & ~false)
    if len(odd):
        raise FormatError(
            f"{len(odd)} labels are neither true nor false: {texts[int(odd[0])].as_py()!r} is one",
            where=f"train, {label}, row {odd[0]}",
            remedy="write 1 or 0, true or false, yes or no; leave empty what is not known",
        )
    return true, stated


class FewLabelsError(FormatError):
    """Raised if fewer payments are labelled than trees can learn from."""

    code = "few-labels"


def enough(true: NDArray[np.bool_], stated: NDArray[np.bool_], label: str) -> None:
    """Check that there is something to learn from.

    Raises:
        FewLabelsError: a class has fewer than `LEAST` payments.
    """
    for name, count in (("true", int(true.sum())), ("false", int((stated & ~true).sum()))):
        if count < LEAST:
            raise FewLabelsError(
                f"only {count} payments that can be learnt from are labelled {name}",
                where=f"train, {label}",
                remedy=f"give at least {LEAST} payments of each class, before the first of test",
            )
