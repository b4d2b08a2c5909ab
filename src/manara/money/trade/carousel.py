"""Goods that come back to their first seller: the carousel check.

The miner of payment cycles runs over consignments: a company is an account once for each code, the
weight is the amount. How many such rings chance gives is told with each, since two traders in like
goods make rings too.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.model import Text, counted, phrase
from manara.money.layout import I64
from manara.money.mined import Mined
from manara.money.mining import mine
from manara.money.trade.checks import Check
from manara.money.trade.finding import Hit, day_of, sum_of

_DAY = 86_400
#: Of fewer consignments of a code it cannot be told which weights are usual.
_OTHERS = 20


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
        chance = _Chance(self._all, self._table, self._check["weight"])
        groups = defaultdict(list)
        offsets, members = found.offsets.tolist(), found.members.tolist()
        for begin, end in pairwise(offsets):
            rows = members[begin:end]
            like, expected = chance.of(rows)
            if expected <= self._check["chance"]:
                ring = self._table.take(rows).to_pylist()
                names = tuple(sorted(one["exporter"] for one in ring))
                groups[ring[0]["hs"], names].append(_Ring(ring, like, expected))
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
            budget=int(check["steps"]),
        )


class _Chance:
    """How often consignments that have nothing to do with one another would make a ring."""

    def __init__(self, whole: pa.Table, table: pa.Table, share: float) -> None:
        codes = pc.unique(table["hs"])
        whole = whole.filter(pc.is_in(whole["hs"], codes))
        self._codes, self._ways = _weights(whole, whole["hs"]), _weights(table, _way(table))
        self._code, self._way = table["hs"].to_pylist(), _way(table).to_pylist()
        self._weight, self._share = table["weight"].to_pylist(), share
        self._known: dict[tuple[Any, ...], tuple[float, float]] = {}

    def of(self, rows: list[int]) -> tuple[float, float]:
        """Return the share of others of the code that weigh like the first, and rings expected.

        Those on the way of the ring itself do not tell what is usual, unless there are few others.
        One more than was seen is taken, as the rule of succession has it.
        """
        key = (self._weight[rows[0]], *[self._way[row] for row in rows])
        if key not in self._known:
            self._known[key] = self._reckoned(rows)
        return self._known[key]

    def _reckoned(self, rows: list[int]) -> tuple[float, float]:
        held = self._codes[self._code[rows[0]]]
        ways = [self._ways[self._way[row]] for row in rows]
        weight = self._weight[rows[0]]
        alike, count = self._alike(held, weight), len(held)
        others = count - sum(map(len, ways))
        if others >= _OTHERS:
            alike, count = alike - sum(self._alike(way, weight) for way in ways), others
        like = (alike + 1) / (count + 1)
        return like, expected_rings(np.array([len(way) for way in ways]), like)

    def _alike(self, weights: NDArray[np.float64], weight: float) -> int:
        bounds = [weight * (1 - self._share), weight / (1 - self._share)]
        low, high = np.searchsorted(weights, bounds)
        return int(high - low)


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
    hop = phrase("{seller} to {buyer}", seller=last["exporter"], buyer=last["importer"])
    for one in ring[-2::-1]:
        hop = phrase("{seller} to {buyer}", seller=one["exporter"], buyer=hop)
    steps = (
        (
            phrase(
                "Goods of code {code} went from {way} between {first} and {last}: back to the "
                "first seller.",
                code=first["hs"], way=hop, first=day_of(first["day"]), last=day_of(last["day"]),
            ),
            tuple(one["id"] for one in ring),
            (),
        ),
        *((_hop(one), (one["id"],), ()) for one in ring),
        (
            phrase(
                "{like:.1%} of the consignments of this code weigh as much; from their number "
                "between these companies {expected:.2g} such rings are expected by chance.",
                like=like, expected=expected,
            ),
            (),
            (),
        ),
        (
            counted(
                "In all {num} ring of {consignments}, counted from each seller.",
                "In all {num} rings of {consignments}, counted from each seller.",
                len(rings),
                consignments=counted("{num} consignment", "{num} consignments", len(ids)),
            ),
            ids,
            (),
        ),
    )  # fmt: skip
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


def _hop(one: dict[str, Any]) -> Text:
    return phrase(
        "{day}: {weight:,.3f} kg for {sum}, {seller} to {buyer}.",
        day=day_of(one["day"]), weight=one["weight"],
        sum=sum_of(one["value"], one["currency"]), seller=one["exporter"], buyer=one["importer"],
    )  # fmt: skip


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


def _way(table: pa.Table) -> Any:
    """Return code, seller and buyer of consignments as one text."""
    return pc.binary_join_element_wise(table["hs"], table["exporter"], table["importer"], "|")


def _weights(table: pa.Table, keys: Any) -> dict[str, NDArray[np.float64]]:
    """Return the weights of the consignments of each key, rising."""
    coded = keys.combine_chunks().dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False)
    weight = table["weight"].to_numpy()
    order = np.lexsort((weight, codes))
    parts = np.split(weight[order], np.cumsum(np.bincount(codes))[:-1])
    return dict(zip(coded.dictionary.to_pylist(), parts, strict=True))
