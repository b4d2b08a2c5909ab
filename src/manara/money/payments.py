"""Payments as the miner takes them: numbered accounts, thousandths, in the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from babel.core import get_global
from numpy.typing import NDArray

from manara.model import FormatError
from manara.money.layout import I64

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


def take(table: pa.Table | Mapping[str, Any]) -> Payments:
    """Return the payments of a table, in the order of time; rows of one second keep their order.

    Args:
        table: columns tx_id, ts (seconds since 1970, or timestamps), src, dst, amount (in units of
            the currency) and, where there is one, currency (ISO 4217).

    Raises:
        FormatError: a column is missing or of no use.
    """
    if not isinstance(table, pa.Table):
        table = pa.table(dict(table))
    for name in NEEDED:
        if name not in table.column_names:
            raise FormatError(
                f"no column {name}",
                where="payments",
                remedy=f"name the columns {', '.join(NEEDED)}; currency may be there",
            )
    ts, no_time = _times(table["ts"])
    amount, bad_amount, low_amount, high_amount = _amounts(table["amount"])
    src, dst, accounts, count, no_party = _accounts(table["src"], table["dst"])
    currency, no_currency = _currencies(table)
    reason = np.full(len(ts), -1, np.int64)
    checks = (no_time, no_party, src == dst, bad_amount, low_amount, high_amount, no_currency)
    for code in range(len(checks) - 1, -1, -1):
        reason[checks[code]] = code
    _mark_repeated(table["tx_id"], reason)
    row = np.flatnonzero(reason < 0)
    kept = ts[row]
    late = int((kept < np.maximum.accumulate(kept)).sum()) if len(kept) else 0
    if late:
        row = row[np.argsort(kept, kind="stable")]
    aside = np.flatnonzero(reason >= 0)
    return Payments(
        row, src[row], dst[row], ts[row], amount[row], currency[row],
        accounts, count, aside, reason[aside], late,
    )  # fmt: skip


def _column(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _times(column: Any) -> tuple[I64, NDArray[np.bool_]]:
    values = _column(column)
    try:
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            values = _read_times(values)
        if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
            values = pc.cast(pc.cast(values, pa.timestamp("s"), safe=False), pa.int64())
        values = pc.cast(values, pa.int64(), safe=False)
    except pa.ArrowException as error:
        raise FormatError(
            f"ts is neither seconds nor timestamps: {error}",
            where="payments",
            remedy="give seconds since 1970 or times in ISO 8601",
        ) from error
    missing = values.is_null().to_numpy(zero_copy_only=False)
    return values.fill_null(0).to_numpy(zero_copy_only=False), missing


def _read_times(texts: pa.Array) -> pa.Array:
    """Return times of texts: seconds since 1970 or ISO 8601, UTC unless stated; null for none."""
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.float64()):
        try:
            return pc.cast(texts, kind, safe=False)
        except pa.ArrowInvalid:
            continue
    found = [_read_time(text) for text in texts.to_pylist()]
    if len(found) and not any(found):
        raise pa.ArrowInvalid(f"no time can be read, the first is {texts[0]}")
    return pa.array(found, pa.timestamp("us"))


def _read_time(text: str | None) -> datetime | None:
    try:
        if text and text.strip().isdigit():
            return datetime.fromtimestamp(int(text), UTC).replace(tzinfo=None)
        read = datetime.fromisoformat((text or "").strip().replace("/", "-"))
    except (ValueError, OverflowError, OSError):
        return None
    return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read


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


def _accounts(
    src: Any, dst: Any
) -> tuple[NDArray[np.int32], NDArray[np.int32], pa.Array | None, int, NDArray[np.bool_]]:
    """Return numbers of payers and payees, the names, how many, and rows without one of them."""
    src, dst = _column(src), _column(dst)
    missing = np.asarray(pc.or_(src.is_null(), dst.is_null()).to_numpy(zero_copy_only=False))
    if pa.types.is_integer(src.type) and pa.types.is_integer(dst.type) and not missing.any():
        ends = [one.to_numpy(zero_copy_only=False) for one in (src, dst)]
        least = min((int(end.min()) for end in ends if len(end)), default=0)
        most = max((int(end.max()) for end in ends if len(end)), default=-1)
        if least >= 0 and most < 4 * len(src) + 1_000_000:
            return ends[0].astype(np.int32), ends[1].astype(np.int32), None, most + 1, missing
    text = pa.large_string()
    both = pa.chunked_array([pc.cast(src, text), pc.cast(dst, text)])
    coded = both.dictionary_encode().combine_chunks()
    codes = coded.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
    # Two missing parties are not one account.
    return codes[: len(src)], codes[len(src) :], coded.dictionary, len(coded.dictionary), missing


def _currencies(table: pa.Table) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    if "currency" not in table.column_names:
        return np.full(table.num_rows, -1, np.int16), np.zeros(table.num_rows, np.bool_)
    values = pc.cast(_column(table["currency"]), pa.string())
    found = pc.index_in(values, pa.array(CURRENCIES)).fill_null(-1).to_numpy(zero_copy_only=False)
    stated = values.is_valid().to_numpy(zero_copy_only=False)
    return found.astype(np.int16), (found < 0) & stated


def _mark_repeated(column: Any, reason: I64) -> None:
    """Mark rows whose tx_id a row before them has that is not set aside."""
    values = _column(column)
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
