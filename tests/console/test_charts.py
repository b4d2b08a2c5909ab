"""Small charts: everything is inside the drawing, and says what the rows say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from manara.console.pages.charts import (
    MOST_BOXES,
    MOST_NODES,
    flow_chart,
    lanes,
    small_graph,
    timeline,
)
from manara.pipeline.flows import flows

parties = st.sampled_from([f"p{at}" for at in range(30)])
payments = st.lists(
    st.builds(
        lambda payer, payee, day, amount: payment(payer, payee, day, amount),
        parties,
        parties,
        st.integers(1, 28),
        st.integers(1, 10**9),
    ),
    max_size=60,
)


def payment(payer: str, payee: str, day: int, amount: int) -> dict[str, Any]:
    return {
        "table": "payments",
        "payer_account": payer,
        "payee_account": payee,
        "time": datetime(2026, 3, day, tzinfo=UTC),
        "amount": Decimal(amount),
        "currency": "EUR",
    }


@given(payments)
def test_payments_in_time_stay_inside(rows: list[dict[str, Any]]) -> None:
    chart = timeline(rows, {"p0"})
    assert (chart is None) == (len(rows) < 2)
    if chart:
        assert len(chart.stems) == len(rows)
        assert [stem.row["time"] for stem in chart.stems] == sorted(row["time"] for row in rows)
        for stem in chart.stems:
            assert 0 <= stem.x <= chart.width
            assert 0 <= stem.y <= 2 * chart.half
            side = "in" if stem.row["payee_account"] == "p0" else "other"
            side = "out" if side == "other" and stem.row["payer_account"] == "p0" else side
            assert stem.side == side
            assert (stem.y > chart.half) == (side == "out")


@given(payments)
def test_who_paid_whom_stays_inside_and_counts_what_it_leaves_out(
    rows: list[dict[str, Any]],
) -> None:
    told = flows(rows)
    chart = flow_chart(told, {"p0"})
    assert (chart is None) == (not rows)
    if chart:
        assert len(chart.boxes) <= MOST_BOXES
        assert len(chart.arrows) + chart.left_out == len(told)
        wide, tall = chart.box
        for box in chart.boxes:
            assert 0 <= box.x <= chart.width - wide + 0.1
            assert 0 <= box.y <= chart.height - tall


def test_payers_stand_before_those_they_pay() -> None:
    rows = [payment("giver", "middle", 1, 10), payment("middle", "last", 2, 10)]
    chart = flow_chart(flows(rows), {"middle"})
    assert chart
    place = {box.id: box.x for box in chart.boxes}
    assert place["giver"] < place["middle"] < place["last"]
    assert [box.id for box in chart.boxes if box.main] == ["middle"]


@given(st.lists(st.tuples(parties, parties), max_size=80))
def test_a_small_graph_has_each_tie_once_and_overlaps_nothing(pairs: list[tuple[str, str]]) -> None:
    real = {frozenset(pair) for pair in pairs if pair[0] != pair[1]}
    chart = small_graph(pairs, ["p0"])
    assert (chart is None) == (not real)
    if chart:
        assert {frozenset((a.id, b.id)) for a, b in chart.lines} == real
        assert len(chart.lines) == len(real)
        assert len({(dot.x, dot.y) for dot in chart.dots}) == len(chart.dots)
        for dot in chart.dots:
            assert 0 <= dot.x <= chart.width
            assert 0 <= dot.y <= chart.height


def test_too_many_are_left_out_and_counted() -> None:
    pairs = [("hub", f"n{at}") for at in range(100)]
    chart = small_graph(pairs, ["hub"])
    assert chart
    assert len(chart.dots) == MOST_NODES
    assert chart.left_out == 101 - MOST_NODES
    assert chart.dots[0].id == "hub"


@given(
    st.lists(st.tuples(st.sampled_from(["payments", "movements", "custody"]), st.integers(0, 900)))
)
def test_events_in_time_have_a_line_for_each_table(found: list[tuple[str, int]]) -> None:
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    rows: list[dict[str, Any]] = [
        {"table": table, "time": begin + timedelta(days=day)} for table, day in found
    ]
    chart = lanes(rows)
    if chart is None:
        assert len(rows) < 2
        return
    place = {table: y for y, table in chart.lines}
    assert set(place) == {table for table, _ in found}
    assert len(set(place.values())) == len(place)
    assert [(y, row) for _, y, row in chart.dots] == [(place[row["table"]], row) for row in rows]
    by_time = sorted(chart.dots, key=lambda dot: dot[2]["time"])
    assert [x for x, _, _ in by_time] == sorted(x for x, _, _ in chart.dots)
    assert all(0 <= x <= chart.width and 0 <= y <= chart.height for x, y, _ in chart.dots)
    assert all(0 <= x <= chart.width for x, _ in chart.ticks)
