"""Patterns of a table of payments, each with the payments that make it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from manara.money import engine
from manara.money.asking import asked as read_asked
from manara.money.layout import I64, ROLE_IN, ROLE_OUT, Asked, new_state
from manara.money.payments import CURRENCIES, REASONS, Payments, take

#: Payments that go through the kernel in one call; after each the words are unpacked.
_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Mined:
    """Instances of patterns as flat arrays, and what could not be done.

    Instance k has the payments `members[offsets[k]:offsets[k + 1]]`, rows of the table in the order
    of time, with their `roles` (places in `ROLES`). It belongs to `closing[k]`, its last payment.

    Attributes:
        pattern: place in `PATTERNS`.
        size: counterparties, ways, shared payees or payments, by the pattern.
        closing: row of the last payment.
        accounts: numbers of the accounts it is around, -1 where there is but one; two columns.
        offsets: where each one's members start, and the end.
        members: rows of the table.
        roles: what each member does.
        first: time of the first payment, seconds since 1970.
        last: time of the last.
        sum_in: thousandths paid with the role `in` (of a cycle: by its last payment).
        sum_out: thousandths paid with the role `out` (of a cycle: by its first payment).
        dwell: seconds between the mean times of `in` and `out`, or of the first and last payment
            where there is but one role.
        currency: place in `CURRENCIES`; -1 for none stated, -2 for several: no sums.
        cut_short: pattern and closing row of searches that were cut short; two columns.
        aside: rows of the table that were set aside.
        reason: place in `REASONS` of each.
        late: payments that stood after a later one in the table.
        tx_id: the column of the table.
        account_names: name of each account; None where the number is the name.
        features: a row for each row of the table, columns `FEATURES`; no rows if not asked for,
            and nothing but not-a-number in rows set aside.
    """

    pattern: NDArray[np.int8]
    size: I64
    closing: I64
    accounts: I64
    offsets: I64
    members: I64
    roles: NDArray[np.int8]
    first: I64
    last: I64
    sum_in: I64
    sum_out: I64
    dwell: I64
    currency: NDArray[np.int16]
    cut_short: I64
    aside: I64
    reason: I64
    late: int
    tx_id: Any
    account_names: Any
    features: NDArray[np.float32]

    def __len__(self) -> int:
        """Return how many instances there are."""
        return len(self.pattern)

    def payments(self, instance: int) -> I64:
        """Return the rows of an instance's payments."""
        found: I64 = self.members[self.offsets[instance] : self.offsets[instance + 1]]
        return found

    def set_aside(self) -> Iterator[tuple[int, object, str]]:
        """Yield row, tx_id and reason of each payment that was set aside."""
        for row, reason in zip(self.aside.tolist(), self.reason.tolist(), strict=True):
            yield row, self.tx_id[row].as_py(), REASONS[reason]

    def currency_name(self, instance: int) -> str | None:
        """Return the currency of an instance's sums; None for none stated or several."""
        at = int(self.currency[instance])
        return CURRENCIES[at] if at >= 0 else None


def mine(
    table: pa.Table | Mapping[str, Any],
    patterns: Any = None,
    window: str | int = "14d",
    *,
    features: bool = False,
    **limits: Any,
) -> Mined:
    """Return all instances of patterns in a table of payments.

    Every instance is found, save where `cut_short` says otherwise. An instance belongs to its last
    payment and is reported once, whatever comes later.

    Args:
        table: payments: tx_id, ts (seconds since 1970, or timestamps), src, dst, amount and, where
            present, currency; one row each, in any order.
        patterns: names of `PATTERNS`; None for all.
        window: all payments of an instance lie within this of its last, such as `14d`.
        features: whether to describe each payment too.
        limits: windows, sizes and limits: see `manara.money.asking.asked`.

    Raises:
        FormatError: a column is missing or of no use.
        UsageError: a pattern or a limit that there is not.
    """
    wanted = read_asked(patterns, window, **limits)
    if not isinstance(table, pa.Table):
        table = pa.table(dict(table))
    given = take(table)
    described = np.empty((table.num_rows if features else 0, len(engine.FEATURES)), np.float32)
    heads, offsets, members, roles, short = _instances(given, wanted, described)
    first, last = given.ts[members[offsets[:-1]]], given.ts[members[offsets[1:] - 1]]
    sums = _sums(given, offsets, members, roles)
    sides = [roles == ROLE_IN, roles == ROLE_OUT]
    if features:
        described[given.aside] = np.nan
    return Mined(
        pattern=heads[:, 0].astype(np.int8),
        size=heads[:, 2],
        closing=given.row[heads[:, 1]],
        accounts=heads[:, 3:5],
        offsets=offsets,
        members=given.row[members],
        roles=roles,
        first=first,
        last=last,
        sum_in=sums[0],
        sum_out=sums[1],
        dwell=_dwell(given.ts[members] - given.ts[:1].sum(), offsets, sides, last - first),
        currency=_currency(given, offsets, members),
        cut_short=np.column_stack([short[:, 0], given.row[short[:, 1]]]),
        aside=given.aside,
        reason=given.reason,
        late=given.late,
        tx_id=table["tx_id"],
        account_names=given.accounts,
        features=described,
    )


def room(ts: I64, base: int) -> int:
    """Return the most payments that are ever in the window together."""
    if not len(ts):
        return 1
    return int((np.arange(len(ts)) - np.searchsorted(ts, ts - base)).max()) + 1


def unpacked(words: I64) -> tuple[I64, I64, I64, NDArray[np.int8], I64]:
    """Return heads, offsets, members, roles and searches cut short, from the kernel's words."""
    instances, count, short = engine.sizes(words)
    heads = np.zeros((instances, 5), np.int64)
    offsets, members = np.zeros(instances + 1, np.int64), np.zeros(count, np.int64)
    roles, cut = np.zeros(count, np.int8), np.zeros((short, 2), np.int64)
    engine.unpack(words, heads, offsets, members, roles, cut)
    return heads, offsets, members, roles, cut


def _instances(
    given: Payments, wanted: Asked, features: NDArray[np.float32]
) -> tuple[I64, I64, I64, NDArray[np.int8], I64]:
    """Return all instances, members as places among the payments that passed."""
    state = new_state(room(given.ts, wanted.base), given.account_count)
    columns = (given.src, given.dst, given.ts, given.amount, given.currency)
    parts = [unpacked(np.zeros(0, np.int64))]
    for start in range(0, len(given.ts), _AT_ONCE):
        stop = min(start + _AT_ONCE, len(given.ts))
        words = engine.run(state, wanted, *columns, start, stop, features, given.row)
        parts.append(unpacked(words))
    heads, offsets, members, roles, short = zip(*parts, strict=True)
    lengths = np.concatenate([np.diff(one) for one in offsets])
    return (
        np.concatenate(heads),
        np.concatenate([[0], np.cumsum(lengths)]),
        np.concatenate(members),
        np.concatenate(roles),
        np.concatenate(short),
    )


def _by_instance(values: I64, offsets: I64) -> I64:
    """Return the sum of the members' values for each instance."""
    totals = np.concatenate([np.zeros(1, values.dtype), np.cumsum(values)])
    found: I64 = totals[offsets[1:]] - totals[offsets[:-1]]
    return found


def _sums(given: Payments, offsets: I64, members: I64, roles: NDArray[np.int8]) -> tuple[I64, I64]:
    amounts = given.amount[members]
    into = _by_instance(np.where(roles == ROLE_IN, amounts, 0), offsets)
    out = _by_instance(np.where(roles == ROLE_OUT, amounts, 0), offsets)
    steps = roles[offsets[:-1]] > ROLE_OUT
    into[steps] = amounts[offsets[1:] - 1][steps]
    out[steps] = amounts[offsets[:-1]][steps]
    return into, out


def _dwell(ts: I64, offsets: I64, sides: list[NDArray[np.bool_]], span: I64) -> I64:
    """Return seconds between the mean times of both roles, or the whole span if there is one."""
    means = []
    for side in sides:
        count = _by_instance(side.astype(np.int64), offsets)
        total = _by_instance(np.where(side, ts, 0), offsets)
        means.append(np.where(count > 0, total / np.maximum(count, 1), np.nan))
    apart = np.abs(means[0] - means[1])
    return np.where(np.isnan(apart), span, np.rint(np.nan_to_num(apart))).astype(np.int64)


def _currency(given: Payments, offsets: I64, members: I64) -> NDArray[np.int16]:
    if not len(members):
        return np.zeros(0, np.int16)
    codes = given.currency[members]
    low = np.minimum.reduceat(codes, offsets[:-1])
    high = np.maximum.reduceat(codes, offsets[:-1])
    return np.where(low == high, low, -2).astype(np.int16)
