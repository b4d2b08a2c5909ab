"""Prices against the pair's own past: only earlier days count, and only what is far."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from manara.money.trade import examine
from manara.money.trade.checks import checks
from manara.money.trade.own_price import departures

from .invented import declared

CHECK = checks()["own-price"]


def prices(*values: float, start: int = 0) -> list[dict[str, Any]]:
    return [
        {"id": f"d{start + k}", "day": start + k, "value": 10.0 * value, "weight": 10.0}
        for k, value in enumerate(values)
    ]


def told(rows: list[dict[str, Any]]) -> list[str]:
    return [one.row["id"] for one in departures(rows, CHECK)]


def test_a_price_that_leaves_what_it_was_is_found_with_its_figures() -> None:
    past = [10, 10.5, 9.5, 10, 10.2, 9.8, 10, 10.1, 9.9, 10]
    (found,) = departures(prices(*past, 31, 10), CHECK)
    assert found.row["id"] == "d10"
    assert found.before == 10
    assert abs(found.median - 10) < 1e-9
    assert found.deviations > 8


def test_fewer_than_ten_before_or_less_than_double_is_not_told() -> None:
    assert told(prices(*[10] * 9, 31)) == []
    assert told(prices(*[10] * 10, 19.9)) == []
    assert told(prices(*[10] * 10, 20.1)) == ["d10"]
    assert told(prices(*[10] * 10, 4.9)) == ["d10"]


def test_the_same_day_is_no_past() -> None:
    rows = prices(*[10] * 9, 31)
    same = [row | {"day": 8} if row["id"] in ("d8", "d9") else row for row in rows]
    later = [{"id": "x", "day": 9, "value": 310.0, "weight": 10.0}]
    assert told(same) == []
    assert told([*same, *later]) == ["x"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.1, 1e4), min_size=11, max_size=25), st.randoms(use_true_random=False),
    st.sampled_from([0.5, 4.0, 1024.0]),
)  # fmt: skip
def test_order_and_scale_change_nothing(values: list[float], chance: Any, scale: float) -> None:
    rows = prices(*values)
    other = [row | {"value": row["value"] * scale} for row in rows]
    chance.shuffle(other)
    assert told(other) == told(rows)


def test_it_is_a_check_among_others_and_apart_for_each_pair_and_code() -> None:
    rows = [{"day": day, "value": 1000.0} for day in range(10)]
    rows += [{"day": 11, "value": 5000.0}, {"day": 11, "value": 5000.0, "importer": "other"}]
    rows += [{"day": 11, "value": 5000.0, "hs_code": "090121"}]
    found = examine(declared(*rows), None, ["own-price"]).findings
    assert [(one.finding.subjects, one.declarations) for one in found] == [
        (("seller", "buyer"), ("d11",))
    ]
    assert found[0].stake == 4000.0
    assert "10 declarations before is 10.0000" in found[0].finding.explanation[1].text
