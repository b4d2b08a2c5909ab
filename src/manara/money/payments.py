"""Payments as the miner takes them: numbered accounts, thousandths, in the order of time."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from babel.core import get_global
from numpy.typing import NDArray

from manara.model import FormatError
from manara.money.layout import I64
from manara.money.times import times_of

#: Amounts from here on are set aside: sums of a window must stay below 2^63 thousandths.
TOO_LARGE = Decimal(10) ** 12
#: Why a payment is set aside, in the order in which reasons are looked for.
REASONS = (
    "no time",
    "no payer or payee",
    "payer and payee are the same",
    "amount is missing or not a number",
    "amount is not above zero",
    "amount is a trillion or more",
    "unknown currency",
    "tx_id seen before",
)
NEEDED = ("tx_id", "ts", "src", "dst", "amount")
#: Tickers of virtual assets that are taken besides ISO 4217.
_VIRTUAL: tuple[str, ...] = ("BCH", "BNB", "BTC", "DAI", "DASH", "DOGE", "ETH", "LTC")
_VIRTUAL += ("SOL", "TON", "TRX", "USDC", "USDT", "XMR", "XRP", "ZEC")
#: Codes of currencies, past ones too; a payment's currency is its place here.
CURRENCIES = tuple(sorted({*get_global("all_currencies"), *_VIRTUAL}))


class Payments(NamedTuple):
    """Payments that passed, ordered by time, and those set aside.

    Attributes:
        row: their rows in the table.
        src: number of the payer.
        dst: number of the payee.
        ts: seconds since 1970.
        amount: thousandths of the currency.
        currency: place in `CURRENCIES`, -1 for none stated.
        accounts: name of each account, by number; None where numbers are the names.
        account_count: how many numbers there are.
        aside: rows set aside.
        reason: place in `REASONS` of each.
        late: how many payments stood after a later one in the table.
    """

    row: I64
    src: NDArray[np.int32]
    dst: NDArray[np.int32]
    ts: I64
    amount: I64
    currency: NDArray[np.int16]
    accounts: pa.Array | None
    account_count: int
    aside: I64
    reason: I64
    late: int


class Checked(NamedTuple):
    """Columns of a table of payments as the miner takes them, one value a row.

    Attributes:
        ts: seconds since 1970.
        amount: thousandths of the currency.
        currency: place in `CURRENCIES`, -1 for none stated.
        reason: place in `REASONS` of the first thing that is wrong with the row by itself, or -1.
    """

    ts: I64
    amount: I64
    currency: NDArray[np.int16]
    reason: I64


def take(table: pa.Table) -> Payments:
    """Return the payments of a table, in the order of time; rows of one second keep their order.

    Args:
        table: columns tx_id, ts (see `manara.money.times.times_of`), src, dst, amount (in units of
            the currency) and, where there is one, currency (ISO 4217).

    Raises:
        FormatError: a column is missing or of no use.
    """
    found = checked(table)
    ts, amount, currency, reason = found
    src, dst, accounts, count = _accounts(table["src"], table["dst"])
    _mark_repeated(table["tx_id"], reason)
    row = np.flatnonzero(reason < 0)
    kept = ts[row]
    late = int((kept < np.maximum.accumulate(kept)).sum()) if len(kept) else 0
    if late:
        row = row[np.argsort(kept, kind="stable")]
    aside = np.flatnonzero(reason >= 0)
    if late or len(aside):
        src, dst, ts, amount, currency = (
            src[row], dst[row], ts[row], amount[row], currency[row],
        )  # fmt: skip
    return Payments(
        row, src, dst, ts, amount, currency, accounts, count, aside, reason[aside], late
    )


def require(names: Collection[str]) -> None:
    """Raise unless all columns that are needed are there.

    Raises:
        FormatError: one is missing.
    """
    for name in NEEDED:
        if name not in names:
            raise FormatError(
                f"no column {name}",
                where="payments",
                remedy=f"name the columns {', '.join(NEEDED)}; currency may be there",
            )


def checked(table: pa.Table | pa.RecordBatch) -> Checked:
    """Return what the miner takes of the rows of a table, and what is wrong with each by itself.

    Raises:
        FormatError: a column is missing or of no use.
    """
    require(table.schema.names)
    ts, no_time, _ = times_of(_column(table["ts"]))
    amount, bad_amount, low_amount, high_amount = _amounts(table["amount"])
    no_party, same = _parties(_column(table["src"]), _column(table["dst"]))
    currency, no_currency = _currencies(table)
    reason = np.full(len(ts), -1, np.int64)
    checks = (no_time, no_party, same, bad_amount, low_amount, high_amount, no_currency)
    for code in range(len(checks) - 1, -1, -1):
        reason[checks[code]] = code
    return Checked(ts, amount, currency, reason)


def _column(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _amounts(
    column: Any,
) -> tuple[I64, NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return thousandths, and which are no number, not above zero, too large."""
    values = _column(column)
    try:
        units = pc.cast(values, pa.float64(), safe=False)
    except pa.ArrowException:
        units = pa.array([_number(one) for one in values.to_pylist()], pa.float64())
    found = units.fill_null(np.nan).to_numpy(zero_copy_only=False)
    bad = ~np.isfinite(found)
    low = found <= 0
    high = found >= float(TOO_LARGE)
    thousandths = np.rint(np.where(bad | high | low, 0, found) * 1000).astype(np.int64)
    return thousandths, bad, low, high


def _number(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None


def _parties(src: pa.Array, dst: pa.Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows miss a party, and which have one party on both sides."""
    if not (pa.types.is_integer(src.type) and pa.types.is_integer(dst.type)):
        src, dst = pc.cast(src, pa.large_string()), pc.cast(dst, pa.large_string())
    # Two missing parties are not one account.
    same = pc.equal(src, dst).fill_null(False).to_numpy(zero_copy_only=False)
    missing = pc.or_(src.is_null(), dst.is_null()).to_numpy(zero_copy_only=False)
    return missing, same


def _accounts(
    src: Any, dst: Any
) -> tuple[NDArray[np.int32], NDArray[np.int32], pa.Array | None, int]:
    """Return numbers of payers and payees, the names and how many; 0 where there is none."""
    src, dst = _column(src), _column(dst)
    whole = pa.types.is_integer(src.type) and pa.types.is_integer(dst.type)
    if whole and not src.null_count and not dst.null_count:
        ends = [one.to_numpy(zero_copy_only=False) for one in (src, dst)]
        least = min((int(end.min()) for end in ends if len(end)), default=0)
        most = max((int(end.max()) for end in ends if len(end)), default=-1)
        if direct(least, most, len(src)):
            return ends[0].astype(np.int32), ends[1].astype(np.int32), None, most + 1
    text = pa.large_string()
    both = pa.chunked_array([pc.cast(src, text), pc.cast(dst, text)])
    coded = both.dictionary_encode().combine_chunks()
    codes = coded.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes[: len(src)], codes[len(src) :], coded.dictionary, len(coded.dictionary)


def direct(least: int, most: int, rows: int) -> bool:
    """Return whether whole numbers that name accounts can stand for them as they are."""
    return least >= 0 and most < 4 * rows + 1_000_000


def _currencies(table: pa.Table | pa.RecordBatch) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    if "currency" not in table.schema.names:
        return np.full(table.num_rows, -1, np.int16), np.zeros(table.num_rows, np.bool_)
    values = pc.cast(_column(table["currency"]), pa.string())
    found = pc.index_in(values, pa.array(CURRENCIES)).fill_null(-1).to_numpy(zero_copy_only=False)
    stated = values.is_valid().to_numpy(zero_copy_only=False)
    return found.astype(np.int16), (found < 0) & stated


def increasing(values: pa.Array) -> bool:
    """Return whether each value is above the one before, so that none comes twice."""
    if values.null_count or pa.types.is_dictionary(values.type):
        return False
    return pc.all(pc.less(values[:-1], values[1:]), min_count=0).as_py() is True


def _mark_repeated(column: Any, reason: I64) -> None:
    """Mark rows whose tx_id a row before them has that is not set aside."""
    values = _column(column)
    if increasing(values):
        return
    coded = values.dictionary_encode()
    if len(coded.dictionary) == len(values):
        return
    rows = np.flatnonzero(reason < 0)
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)[rows]
    _, first = np.unique(codes, return_index=True)
    again = np.ones(len(rows), np.bool_)
    again[first] = False
    again[codes < 0] = False
    reason[rows[again]] = len(REASONS) - 1
