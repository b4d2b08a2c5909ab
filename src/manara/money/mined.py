"""What the miner found in a table of payments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from manara.money.layout import I64
from manara.money.miner import Found
from manara.money.payments import CURRENCIES, REASONS


class SomeIds(NamedTuple):
    """The ids of some rows, which are in order."""

    rows: I64
    values: pa.Array

    def take(self, rows: Any) -> Any:
        """Return the ids of rows."""
        return self.values.take(pa.array(np.searchsorted(self.rows, np.asarray(rows))))


class Aside(NamedTuple):
    """Rows that were set aside, the place in `REASONS` of each, and how many others came late."""

    row: I64
    reason: I64
    late: int


NONE_ASIDE = Aside(np.zeros(0, np.int64), np.zeros(0, np.int64), 0)


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
        tx_id: `take` gives the ids of rows: the column of the table, or of those rows that are
            members, cut short or set aside.
        account_names: name of each account; None where the number is the name.
        features: columns `FEATURES`, no rows if not asked for; of a table, a row for each of its
            rows, nothing but not-a-number in those set aside; of a part of a file, a row for each
            payment in the order of time.
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
        ids = self.tx_id.take(self.aside).to_pylist()
        for row, tx_id, reason in zip(self.aside.tolist(), ids, self.reason.tolist(), strict=True):
            yield row, tx_id, REASONS[reason]

    def currency_name(self, instance: int) -> str | None:
        """Return the currency of an instance's sums; None for none stated or several."""
        at = int(self.currency[instance])
        return CURRENCIES[at] if at >= 0 else None


def mined(
    found: Found,
    row: I64,
    aside: Aside,
    tx_id: Any,
    account_names: Any,
    features: NDArray[np.float32],
) -> Mined:
    """Return what was found, in rows of the table.

    Args:
        found: payments by number.
        row: of each number.
        aside: what was set aside.
        tx_id: see `Mined`, as the rest.
        account_names: see `Mined`.
        features: see `Mined`.
    """
    heads, facts = found.heads, found.facts
    return Mined(
        pattern=heads[:, 0].astype(np.int8),
        size=heads[:, 2],
        closing=row[heads[:, 1]],
        accounts=heads[:, 3:5],
        offsets=found.offsets,
        members=row[found.members],
        roles=found.roles,
        first=facts[:, 0],
        last=facts[:, 1],
        sum_in=facts[:, 2],
        sum_out=facts[:, 3],
        dwell=facts[:, 4],
        currency=facts[:, 5].astype(np.int16),
        cut_short=np.column_stack([found.short[:, 0], row[found.short[:, 1]]]),
        aside=aside.row,
        reason=aside.reason,
        late=aside.late,
        tx_id=tx_id,
        account_names=account_names,
        features=features,
    )
