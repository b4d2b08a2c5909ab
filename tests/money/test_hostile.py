"""What cannot be mined is named; what would take too long is said to be cut short."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from manara.model import FormatError, UsageError
from manara.money import PATTERNS, Stream, mine

GOOD = {"tx_id": "a", "ts": 100, "src": "S", "dst": "T", "amount": 10.0, "currency": "EUR"}
BAD = [
    ({"ts": None}, "no time"),
    ({"src": None}, "no payer or payee"),
    ({"dst": "S"}, "payer and payee are the same"),
    ({"amount": None}, "amount is missing or not a number"),
    ({"amount": float("nan")}, "amount is missing or not a number"),
    ({"amount": 0.0}, "amount is not above zero"),
    ({"amount": -5.0}, "amount is not above zero"),
    ({"amount": 1e18}, "amount is a trillion or more"),
    ({"currency": "???"}, "unknown currency"),
]


@pytest.mark.parametrize(("change", "reason"), BAD)
def test_a_bad_row_is_named_and_the_good_ones_are_mined(
    change: dict[str, object], reason: str
) -> None:
    back = GOOD | {"tx_id": "b", "src": "T", "dst": "S", "ts": 110}
    rows = [GOOD, GOOD | {"tx_id": "x"} | change, back]
    found = mine(pa.Table.from_pylist(rows), ["cycle"])
    assert list(found.set_aside()) == [(1, "x", reason)]
    assert [found.payments(k).tolist() for k in range(len(found))] == [[0, 2]]


@pytest.mark.parametrize(("change", "reason"), BAD[1:])
def test_the_stream_names_the_same(change: dict[str, object], reason: str) -> None:
    answer = Stream(["cycle"]).arrive(**(GOOD | change))
    assert (answer.set_aside, answer.features) == (reason, None)


def test_an_id_seen_before_is_set_aside_and_the_first_stays() -> None:
    found = mine(pa.Table.from_pylist([GOOD, GOOD | {"ts": 120}]), ["cycle"])
    assert list(found.set_aside()) == [(1, "a", "tx_id seen before")]
    stream = Stream(["cycle"])
    assert not stream.arrive(**GOOD).set_aside
    assert stream.arrive(**GOOD).set_aside == "tx_id seen before"


def test_a_clock_that_runs_backwards_is_sorted_in_a_table_and_refused_in_a_stream() -> None:
    rows = [GOOD, GOOD | {"tx_id": "b", "ts": 90, "src": "T", "dst": "S"}]
    found = mine(pa.Table.from_pylist(rows), ["cycle"])
    assert found.late == 1
    assert [found.payments(k).tolist() for k in range(len(found))] == [[1, 0]]
    stream = Stream(["cycle"])
    stream.arrive(**rows[0])
    assert stream.arrive(**rows[1]).set_aside == "earlier than the payment before it"


def test_a_search_cut_short_is_flagged_and_one_without_limit_is_not() -> None:
    # Ten layers of two accounts each, the last closing to the first: many ways.
    steps = [(2 * a + x, 2 * a + 2 + y) for a in range(9) for x in (0, 1) for y in (0, 1)]
    steps.append((18, 0))
    columns = {
        "tx_id": np.arange(len(steps)),
        "ts": np.arange(len(steps)),
        "src": np.array([src for src, _ in steps]),
        "dst": np.array([dst for _, dst in steps]),
        "amount": np.ones(len(steps)),
    }
    whole = mine(columns, ["cycle"], budget=None)
    # Every choice of one of two accounts in the eight layers between.
    assert (len(whole), len(whole.cut_short)) == (2**8, 0)
    short = mine(columns, ["cycle"], budget=100)
    assert short.cut_short.tolist() == [[PATTERNS.index("cycle"), len(steps) - 1]]
    assert len(short) < len(whole)
    stream = Stream(["cycle"], budget=100)
    answers = [stream.arrive(i, i, src, dst, 1.0) for i, (src, dst) in enumerate(steps)]
    assert answers[-1].cut_short == ["cycle"]


def hub(count: int) -> dict[str, np.ndarray]:
    """Payments, each from a new account to one account, which pays each back at once."""
    others, one = np.arange(1, count + 1), np.zeros(count, np.int64)
    return {
        "tx_id": np.arange(2 * count),
        "ts": np.arange(2 * count),
        "src": np.column_stack([others, one]).ravel(),
        "dst": np.column_stack([one, others]).ravel(),
        "amount": np.ones(2 * count),
    }


def test_three_hundred_thousand_payments_on_one_account_are_all_counted() -> None:
    # The work must grow with the payments, not with their square: 10^5 steps each would be hours.
    found = mine(hub(150_000), ["fan-in", "fan-out", "gather-scatter"], budget=None)
    assert len(found.cut_short) == 0
    for pattern, least in (("fan-in", 4), ("fan-out", 4), ("gather-scatter", 3)):
        sizes = found.size[found.pattern == PATTERNS.index(pattern)].tolist()
        assert sizes[0] == least
        assert all(b == a + max(1, a // 4) for a, b in pairwise(sizes))
        assert 150_000 * 0.8 < sizes[-1] <= 150_000


def test_with_a_budget_every_payment_of_a_hub_has_its_cycle_or_a_flag() -> None:
    count = 50_000
    found = mine(hub(count), budget=500)
    cycle = PATTERNS.index("cycle")
    closed = set(found.closing[found.pattern == cycle].tolist())
    flagged = set(found.cut_short[found.cut_short[:, 0] == cycle, 1].tolist())
    assert closed | flagged == set(range(1, 2 * count, 2))
    cut = {PATTERNS[code] for code in found.cut_short[:, 0]}
    assert {"fan-in", "fan-out", "gather-scatter"} <= cut
    # A walk of 500 steps gives 501 payments; a gather-scatter has two.
    assert np.diff(found.offsets).max() == 2 * 501


def test_no_payments_and_no_columns() -> None:
    nothing = {name: np.zeros(0, np.int64) for name in ("tx_id", "ts", "src", "dst", "amount")}
    assert len(mine(nothing)) == 0
    with pytest.raises(FormatError, match="no column amount"):
        mine({name: nothing[name] for name in ("tx_id", "ts", "src", "dst")})


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"patterns": ["ring"]}, "ring: no such pattern"),
        ({"window": "soon"}, "soon: not a length of time"),
        ({"windows": {"fan-in": "1d"}}, "no such pattern with a window of its own"),
        ({"windows": {"cycle": "15d"}}, "longer than the base window"),
        ({"longest_cycle": 11}, "2 to 10 payments"),
        ({"count": "both"}, "both: no such count"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: dict[str, object], says: str) -> None:
    nothing = {name: np.zeros(0, np.int64) for name in ("tx_id", "ts", "src", "dst", "amount")}
    with pytest.raises(UsageError, match=says):
        mine(nothing, **asked)
