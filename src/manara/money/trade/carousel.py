"""Goods that come back to their first seller: the carousel check.

The miner of payment cycles runs over consignments: a company is an account once for each code, the
weight is the amount. How many such rings chance gives is told with each, since two traders in like
goods make rings too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.money.layout import I64
from manara.money.mining import Mined, mine
from manara.money.trade.checks import Check
from manara.money.trade.finding import Hit, day_text, sum_text

_DAY = 86_400


class Rings:
    """Rings in consignments.

    Attributes:
        cut_short: whether a search took too many steps, so that more may be there.
    """

    def __init__(self, consignments: pa.Table, check: Check) -> None:
        self._check = check
        self._table = _in_rings(consignments)
        self.cut_short = False

    def find(self) -> Iterator[Hit]:
        """Yield rings of like weight that chance does not explain."""
        if not len(self._table):
            return
        found = self._mined()
        self.cut_short = len(found.cut_short) > 0
        log_weight = np.log(self._table["weight"].to_numpy())
        order, start = _by_code(self._table["hs"], log_weight)
        hops = _hops(self._table)
        for k in range(len(found)):
            rows = found.payments(k)
            like = self._like(log_weight, order, start, rows)
            expected = expected_rings(hops[rows], like)
            if expected <= self._check["chance"]:
                yield self._hit(rows, like, expected)

    def _mined(self) -> Mined:
        table, check = self._table, self._check
        coded = {
            end: pc.binary_join_element_wise(table["hs"], table[end], "|")
            for end in ("exporter", "importer")
        }
        payments = pa.table(
            {
                "tx_id": table["id"],
                "ts": pc.multiply(table["day"].cast(pa.int64()), _DAY),
                "src": coded["exporter"],
                "dst": coded["importer"],
                "amount": table["weight"],
            }
        )
        return mine(
            payments,
            ["cycle"],
            f"{int(check['days'])}d",
            longest_cycle=int(check["longest"]),
            tolerance=check["weight"],
        )

    def _like(self, log_weight: NDArray[np.float64], order: I64, start: I64, rows: I64) -> float:
        """Return the share of consignments of the code that weigh like the first of a ring."""
        low, high = start[rows[0]]
        held = log_weight[order[low:high]]
        span = -math.log1p(-self._check["weight"])
        ends = np.searchsorted(held, log_weight[rows[0]] + np.array([-span, span]))
        return float(ends[1] - ends[0]) / len(held)

    def _hit(self, rows: I64, like: float, expected: float) -> Hit:
        ring = self._table.take(rows).to_pylist()
        ids = tuple(one["id"] for one in ring)
        first, last = ring[0], ring[-1]
        same = {one["currency"] for one in ring}
        stake = max(one["value"] for one in ring) if len(same) == 1 else 0.0
        way = " to ".join([*(one["exporter"] for one in ring), last["importer"]])
        steps = (
            (
                f"Goods of code {first['hs']} went from {way} between {day_text(first['day'])} and "
                f"{day_text(last['day'])}: back to the first seller.",
                ids,
                (),
            ),
            *(
                (
                    f"{day_text(one['day'])}: {one['weight']:,.3f} kg for "
                    f"{sum_text(one['value'], one['currency'])}, {one['exporter']} to "
                    f"{one['importer']}.",
                    (one["id"],),
                    (),
                )
                for one in ring
            ),
            (
                f"{like:.1%} of the consignments of this code weigh as much; from the number of "
                f"consignments between these companies {expected:.2g} such rings are expected by "
                "chance.",
                (),
                (),
            ),
        )
        figures = {
            "hs": first["hs"],
            "length": len(ring),
            "weights": [one["weight"] for one in ring],
            "values": [one["value"] for one in ring],
            "expected_by_chance": expected,
        }
        subjects = tuple(one["exporter"] for one in ring)
        return Hit("carousel", subjects, ids, (), steps, figures, stake, first["currency"])


def expected_rings(hops: I64, like: float) -> float:
    """Return how many rings of like weights chance gives along a way, in the order of time.

    Args:
        hops: consignments on each step of the way.
        like: share of consignments that weigh like the first, 0..1.

    Every choice of one consignment a step is a ring if all weigh like the first and their times rise;
    of the n! orders of n times one rises, and n of them do so from some seller of the ring on.
    """
    steps = len(hops)
    chosen: float = float(np.prod(hops.astype(float)))
    # One of the choices is the ring itself.
    return float((chosen - 1) * like ** (steps - 1) * steps / math.factorial(steps))


def _in_rings(consignments: pa.Table) -> pa.Table:
    """Return consignments with a weight, of companies that both send and receive the code."""
    table = consignments.filter(pc.is_valid(consignments["weight"]))
    while True:
        ends = [
            pc.binary_join_element_wise(table["hs"], table[end], "|")
            for end in ("exporter", "importer")
        ]
        kept = pc.and_(
            pc.is_in(ends[0], pc.unique(ends[1])), pc.is_in(ends[1], pc.unique(ends[0]))
        )
        left = table.filter(kept)
        if len(left) == len(table):
            return table.sort_by([("day", "ascending"), ("id", "ascending")])
        table = left


def _hops(table: pa.Table) -> I64:
    """Return for each consignment how many go the same way with the same code."""
    way = pc.binary_join_element_wise(table["hs"], table["exporter"], table["importer"], "|")
    codes = way.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    found: I64 = np.bincount(codes)[codes]
    return found


def _by_code(hs: pa.ChunkedArray, log_weight: NDArray[np.float64]) -> tuple[I64, I64]:
    """Return rows in the order of code and weight, and for each row where its code lies there."""
    codes = hs.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    ends = np.concatenate([[0], np.cumsum(np.bincount(codes))])
    order: I64 = np.lexsort((log_weight, codes))
    return order, np.column_stack([ends[codes], ends[codes + 1]])
