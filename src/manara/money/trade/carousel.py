"""Goods that come back to their first seller: the carousel check.

The miner of payment cycles runs over consignments: a company is an account once for each code, the
weight is the amount. How many such rings chance gives is told with each, since two traders in like
goods make rings too.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

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
        self._all = consignments.filter(pc.is_valid(consignments["weight"]))
        self._table = _in_rings(self._all)
        self.cut_short = False

    def find(self) -> Iterator[Hit]:
        """Yield rings of like weight that chance does not explain."""
        if not len(self._table):
            return
        found = self._mined()
        self.cut_short = len(found.cut_short) > 0
        hops, whole = _hops(self._table), self._all
        weights = _weights(whole.filter(pc.is_in(whole["hs"], pc.unique(self._table["hs"]))))
        groups = defaultdict(list)
        for k in range(len(found)):
            rows = found.payments(k)
            like = self._like(weights, int(rows[0]))
            expected = expected_rings(hops[rows], like)
            if expected <= self._check["chance"]:
                ring = self._table.take(rows).to_pylist()
                members = tuple(sorted(one["exporter"] for one in ring))
                groups[ring[0]["hs"], members].append(_Ring(ring, like, expected))
        for rings in groups.values():
            yield _hit(rings)

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

    def _like(self, weights: Mapping[str, NDArray[np.float64]], row: int) -> float:
        """Return the share of consignments of the code that weigh like one of them."""
        held, share = weights[self._table["hs"][row].as_py()], self._check["weight"]
        weight = self._table["weight"][row].as_py()
        ends = np.searchsorted(held, [weight * (1 - share), weight / (1 - share)])
        return float(ends[1] - ends[0]) / len(held)


class _Ring(NamedTuple):
    """Consignments in the order of time, the share of like weight, rings expected by chance."""

    consignments: list[dict[str, Any]]
    like: float
    expected: float


def _hit(rings: list[_Ring]) -> Hit:
    """Return the rings of one code among the same companies: a second round is another ring."""
    rings.sort(key=lambda one: [(row["day"], row["id"]) for row in one.consignments])
    ring, like, expected = rings[0]
    ids = tuple(dict.fromkeys(row["id"] for one in rings for row in one.consignments))
    first, last = ring[0], ring[-1]
    rows = [row for one in rings for row in one.consignments]
    alike = len({row["currency"] for row in rows}) == 1
    way = " to ".join([*(one["exporter"] for one in ring), last["importer"]])
    steps = (
        (
            f"Goods of code {first['hs']} went from {way} between {day_text(first['day'])} and "
            f"{day_text(last['day'])}: back to the first seller.",
            tuple(one["id"] for one in ring),
            (),
        ),
        *((_hop(one), (one["id"],), ()) for one in ring),
        (
            f"{like:.1%} of the consignments of this code weigh as much; from their number between "
            f"these companies {expected:.2g} such rings are expected by chance.",
            (),
            (),
        ),
        (
            f"In all {len(rings)} rings of {len(ids)} consignments, counted from each seller.",
            ids,
            (),
        ),
    )
    figures = {
        "hs": first["hs"],
        "length": len(ring),
        "rings": len(rings),
        "weights": [one["weight"] for one in ring],
        "values": [one["value"] for one in ring],
        "expected_by_chance": expected,
    }
    subjects = tuple(one["exporter"] for one in ring)
    stake = max(row["value"] for row in rows) if alike else 0.0
    return Hit("carousel", subjects, ids, (), steps, figures, stake, first["currency"])


def _hop(one: dict[str, Any]) -> str:
    return (
        f"{day_text(one['day'])}: {one['weight']:,.3f} kg for "
        f"{sum_text(one['value'], one['currency'])}, {one['exporter']} to {one['importer']}."
    )


def expected_rings(hops: I64, like: float) -> float:
    """Return how many rings of like weights chance gives along a way, in the order of time.

    Args:
        hops: consignments on each step of the way.
        like: share of consignments that weigh like the first, 0..1.

    Every choice of one consignment a step is a ring if all weigh like the first and their times
    rise; of the n! orders of n times one rises, and n do from some seller of the ring on.
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
        kept = pc.and_(pc.is_in(ends[0], pc.unique(ends[1])), pc.is_in(ends[1], pc.unique(ends[0])))
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


def _weights(table: pa.Table) -> dict[str, NDArray[np.float64]]:
    """Return the weights of each code, rising."""
    coded = table["hs"].combine_chunks().dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False)
    weight = table["weight"].to_numpy()
    order = np.lexsort((weight, codes))
    parts = np.split(weight[order], np.cumsum(np.bincount(codes))[:-1])
    return dict(zip(coded.dictionary.to_pylist(), parts, strict=True))
