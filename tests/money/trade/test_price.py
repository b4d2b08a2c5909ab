"""Prices per kilogram: against an oracle in SQL, and cases reckoned by hand."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import pytest
from bench._trade_world import world
from bench.trade import plain_deviations

from manara.money.trade import checks, declarations_of, examine
from manara.money.trade.price import distributions, judged

from .invented import declared, found_by

CHECK = checks()["unit-price"]


def lots(prices: list[float], **changes: object) -> list[dict[str, object]]:
    """Return declarations of a hundred kilograms by ten pairs in turn."""
    return [
        {"exporter": f"s{k % 10}", "value": 100 * price} | changes for k, price in enumerate(prices)
    ]


def test_distributions_are_those_of_the_database() -> None:
    rng = np.random.default_rng(2)
    values, cell = rng.standard_t(2, 3000), rng.integers(0, 200, 3000)
    cell = np.unique(cell, return_inverse=True)[1]
    found = distributions(values, cell)
    rows = duckdb.sql(
        "SELECT count(*), median(v), mad(v), quantile_cont(v, 0.25), quantile_cont(v, 0.75) "
        "FROM (SELECT unnest($1) AS v, unnest($2) AS c) GROUP BY c ORDER BY c",
        params=[values.tolist(), cell.tolist()],
    ).fetchall()
    for column, oracle in zip(found[1:], zip(*rows, strict=True), strict=True):
        assert np.allclose(column, oracle)


def test_the_price_far_above_is_found_with_the_figures_of_its_cell() -> None:
    prices = [round(10 * 1.05 ** (k % 5 - 2), 6) for k in range(40)]
    given = declared(*lots(prices), {"exporter": "odd", "value": 5000.0, "day": 3})
    (one,) = examine(given, None, ["unit-price"]).findings
    assert (one.finding.subjects, one.declarations) == (("odd", "buyer"), ("d41",))
    assert one.figures["n"] == 41
    assert one.figures["median_per_kg"] == pytest.approx(10)
    assert one.figures["mad_log"] == pytest.approx(math.log(1.05))
    spread = 1.4826 * math.log(1.05)
    assert one.figures["deviations"] == pytest.approx(math.log(5) / spread)
    assert one.stake == pytest.approx(4000)
    assert one.figures["cell"] == "code, corridor and quarter"
    assert "robust deviations above" in one.finding.explanation[2].text


def test_a_price_far_below_moves_money_the_other_way() -> None:
    given = declared(*lots([10.0] * 40), {"exporter": "odd", "value": 200.0})
    (one,) = examine(given, None, ["unit-price"]).findings
    assert one.figures["deviations"] < 0
    assert "from exporter to importer" in one.finding.explanation[3].text


def test_double_and_half_the_median_are_nothing_even_where_prices_hardly_vary() -> None:
    assert not found_by("unit-price", declared(*lots([10.0] * 40), *lots([19.0, 5.5])))


def test_a_thin_corridor_is_compared_with_the_code() -> None:
    given = declared(*lots([10.0] * 40), {"origin": "QZ", "exporter": "odd", "value": 9000.0})
    (one,) = examine(given, None, ["unit-price"]).findings
    assert one.figures["cell"] == "code"


def test_no_pair_of_partners_is_its_own_measure() -> None:
    alone = declared(*({"value": 1000.0} for _ in range(60)), {"value": 9000.0})
    assert len(judged(alone.table, CHECK).row) == 0
    most = declared(*lots([10.0] * 30), *({"exporter": "big"} for _ in range(40)))
    assert len(judged(most.table, CHECK).row) == 0


def test_currencies_and_sides_of_the_border_are_not_compared() -> None:
    other = {"exporter": "odd", "value": 9000.0}
    assert not found_by("unit-price", declared(*lots([10.0] * 40), other | {"currency": "XXX"}))
    sided = lots([10.0] * 40, direction="export")
    assert not found_by("unit-price", declared(*sided, other | {"direction": "import"}))


def test_flags_on_a_world_are_those_of_plain_sql() -> None:
    table = declarations_of(world(7, 4000).declarations).table
    prices = judged(table, CHECK)
    ours = dict(zip(table["id"].take(prices.row).to_pylist(), prices.deviations, strict=True))
    assert ours == pytest.approx(plain_deviations(table))
