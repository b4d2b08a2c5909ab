"""What is seen of a payment: against hand-made examples and a plain search over all payments."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from manara.money.score import NAMES
from manara.money.score.sight import described, sight_of

DAY = 86_400
START = 1_767_225_600


def seen(rows: str, hindsight: int) -> dict[str, list[float]]:
    """Return what is seen of payments written as `day payer payee amount` lines."""
    lines = [line.split() for line in rows.strip().splitlines()]
    table = pa.table(
        {
            "tx_id": [f"p{k}" for k in range(len(lines))],
            "ts": [START + int(float(line[0]) * DAY) for line in lines],
            "src": [line[1] for line in lines],
            "dst": [line[2] for line in lines],
            "amount": [float(line[3]) for line in lines],
        }
    )
    found = described(sight_of(table, len(table), hindsight * DAY), np.arange(len(table)))
    return {name: found[:, k].tolist() for k, name in enumerate(NAMES)}


RING = """
0 a b 100
1 b c 50
3 c a 200
9 x y 100
"""


def test_a_ring_is_seen_by_its_payments_once_it_has_closed() -> None:
    assert seen(RING, 0)["cycle_strangers"] == [0, 0, 3, 0]
    assert seen(RING, 2)["cycle_strangers"] == [0, 3, 3, 0]
    assert seen(RING, 3)["cycle_strangers"] == [3, 3, 3, 0]
    assert seen(RING, 3)["cycle_days"][:3] == [3, 3, 3]
    assert seen(RING, 3)["cycle_spread"][:3] == pytest.approx([np.log(4)] * 3)


def test_what_accounts_did_before_is_counted_by_span() -> None:
    found = seen("0 a b 10\n5 a c 10\n5.5 a b 20\n6 a d 40\n8 d e 40", 0)
    assert found["payer_paid_count_1d"] == [0, 0, 1, 2, 0]
    assert found["payer_paid_count_14d"] == [0, 1, 2, 3, 0]
    assert found["payer_paid_new_14d"] == [0, 1, 2, 2, 0]
    assert found["pair_count"] == [0, 0, 1, 0, 0]
    assert found["pair_gap"][2] == 5.5 * DAY
    assert found["pair_ratio"][2] == pytest.approx(np.log(2))
    assert found["payer_got_gap"][4] == 2 * DAY
    assert found["through_4d"][4] == 1
    assert found["match"][4] == 0
    assert found["match_gap"][4] == 2 * DAY


def test_ways_around_a_payment_are_counted() -> None:
    scatter_gather = "0 s m 9\n1 s n 9\n2 s o 9\n3 m t 9\n4 n t 9\n5 o t 9"
    found = seen(scatter_gather, 0)
    assert found["gather_new_most"] == [0, 0, 0, 0, 1, 2]
    assert found["scatter_new_most"] == [0] * 6
    later = seen(scatter_gather, 5)
    assert later["gather_new_most"] == [0, 0, 0, 2, 2, 2]
    assert later["scatter_new_most"] == [2, 2, 2, 0, 0, 0]
    layers = "0 a x 9\n1 a y 9\n2 b x 9\n3 b y 9\n4 c y 9"
    assert seen(layers, 0)["shared_most"] == [0, 0, 0, 1, 0]
    assert seen(layers, 9)["shared_most"] == [1, 1, 1, 1, 0]
    assert seen(layers, 9)["shared_payers"] == [1, 1, 1, 1, 0]


Pay = tuple[float, int, int]


def tallied(counts: list[int]) -> tuple[int, int, int]:
    met = [one for one in counts if one]
    return max(met, default=0), len(met), sum(met)


class Plain:
    """Ways around payment `i` by their definition, over all payments."""

    def __init__(self, payments: list[Pay], i: int, hindsight: int) -> None:
        day, self.payer, self.payee = payments[i]
        self.payments, self.i = payments, i
        self.seen = i + 1
        if hindsight:
            self.seen = sum(other[0] <= day + hindsight for other in payments)
        self.low = sum(other[0] < day - 21 for other in payments)

    def first(self, src: int, dst: int, low: int, high: int) -> int | None:
        """Return the first payment from one to the other in rows `low` to `high`."""
        rows = [k for k in range(low, high) if self.payments[k][1:] == (src, dst)]
        return rows[0] if rows else None

    def is_new(self, src: int, dst: int, low: int) -> bool:
        """Return whether the two's first payment since `low` is their first."""
        return self.first(src, dst, 0, self.seen) == self.first(src, dst, low, self.seen)

    def ways(self, people: int, kind: str, new: bool) -> tuple[int, int, int]:
        counts = []
        for one in range(people):
            links = [self.link(kind, one, other, new) for other in range(people)]
            counts.append(sum(links))
        return tallied(counts)

    def link(self, kind: str, one: int, other: int, new: bool) -> bool:
        low, seen, i = self.low, self.seen, self.i
        payer, payee = self.payer, self.payee
        if kind == "shared":  # one: another payer of the payee; other: a payee both share
            if one == payer or other in (payee, one):
                return False
            pairs = [(one, payee, low), (payer, other, low), (one, other, low)]
            if any(self.first(*pair, seen) is None for pair in pairs):
                return False
        elif kind == "gather":  # one: a source of the payer; other: a middle that pays the payee
            last = self.first(other, payee, low, seen)
            if one == payee or other in (payer, one) or last is None:
                return False
            if self.first(one, payer, low, i) is None or self.first(one, other, low, last) is None:
                return False
            pairs = [(one, payer, low), (other, payee, low), (one, other, low)]
        else:  # one: a target of the payee; other: another middle that the payer pays
            start = self.first(payer, other, low, seen)
            if one == payer or other in (payee, one) or start is None:
                return False
            if self.first(payee, one, i, seen) is None:
                return False
            if self.first(other, one, start, seen) is None:
                return False
            pairs = [(payee, one, i), (payer, other, low), (other, one, start)]
        return not new or all(self.is_new(*pair) for pair in pairs)


@pytest.mark.parametrize("hindsight", [0, 6])
@pytest.mark.parametrize("seed", range(4))
def test_ways_are_those_of_a_plain_search(seed: int, hindsight: int) -> None:
    chance, people = np.random.default_rng(seed), 6
    days = np.sort(chance.choice(np.arange(0, 50, 0.25), 45, replace=False)).tolist()
    ends = [chance.choice(people, 2, replace=False).tolist() for _ in days]
    payments = [(day, src, dst) for day, (src, dst) in zip(days, ends, strict=True)]
    found = seen("\n".join(f"{d} {s} {t} 5" for d, s, t in payments), hindsight)
    for i in range(len(payments)):
        plain = Plain(payments, i, hindsight)
        for kind, counted in (("shared", "payers"), ("gather", "sources"), ("scatter", "targets")):
            for middle in ("", "new_"):
                names = [f"{kind}_{middle}{what}" for what in ("most", counted, "sum")]
                expected = plain.ways(people, kind, bool(middle))
                assert tuple(found[name][i] for name in names) == expected, (i, names)
