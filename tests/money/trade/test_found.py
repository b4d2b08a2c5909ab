"""Invented worlds: what is injected is found, and what does not matter changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from bench._trade_world import World, world
from bench.trade import counts, examined
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.money.trade import Examined, TradeFinding


@pytest.fixture(scope="module")
def made() -> World:
    return world(21, 4000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trade")


@pytest.fixture(scope="module")
def found(made: World, folder: Path) -> Examined:
    return examined(made, folder)


def plain(one: TradeFinding) -> tuple[Any, ...]:
    return one.finding.kind, one.finding.subjects, sorted(one.declarations), sorted(one.payments)


def same(first: Examined, second: Examined) -> bool:
    return sorted(map(plain, first.findings)) == sorted(map(plain, second.findings))


def test_what_papers_alone_show_is_found(made: World, found: Examined) -> None:
    figures = counts(made, found)
    for name in ("mirror-gap", "third-party-payment", "phantom-invoice", "broker-off-route",
                 "misdescribed-goods"):  # fmt: skip
        assert figures[name]["cases"] > 0
        assert figures[name]["found"] == figures[name]["cases"], name
    assert figures["multiple-invoicing"]["found"] > 0.8 * figures["multiple-invoicing"]["cases"]


def test_without_crime_the_exact_checks_are_silent(folder: Path) -> None:
    kinds = {one.finding.kind for one in examined(world(22, 4000, crime=False), folder).findings}
    exact = {"mirror-gap", "multiple-invoicing", "broker-off-route", "misdescribed-goods"}
    assert not kinds & {f"trade.{name}" for name in exact}


def test_every_finding_shows_what_it_rests_on(made: World, found: Examined) -> None:
    declared = set(made.declarations["id"].to_pylist())
    paid = set(made.payments["id"].to_pylist())
    for one in found.findings:
        assert declared.issuperset(one.declarations) and paid.issuperset(one.payments)
        assert one.declarations or one.payments
        assert one.finding.explanation[0].evidence
        assert "not calibrated" in one.finding.explanation[-1].text
        assert one.innocent and one.sources and one.stake >= 0


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_rows_does_not_matter(
    made: World, folder: Path, found: Examined, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    shuffled = World(
        made.declarations.take(rng.permutation(len(made.declarations))),
        made.payments.take(rng.permutation(len(made.payments))),
        made.truth,
    )
    again = examined(shuffled, folder)
    assert [plain(one) for one in again.findings] == [plain(one) for one in found.findings]
    assert [one.finding for one in again.findings] == [one.finding for one in found.findings]


@settings(max_examples=2, deadline=None)
@given(st.sampled_from([2.0**-10, 8.0, 2.0**20]))
def test_the_unit_of_the_currency_does_not_matter(
    made: World, folder: Path, found: Examined, unit: float
) -> None:
    declarations, payments = made.declarations, made.payments
    values = pc.multiply(declarations["value"], unit)
    amounts = pc.multiply(payments["amount"], unit)
    scaled = World(
        declarations.set_column(declarations.column_names.index("value"), "value", values),
        payments.set_column(payments.column_names.index("amount"), "amount", amounts),
        made.truth,
    )
    assert same(examined(scaled, folder), found)


def test_trade_in_other_goods_by_others_changes_nothing(
    made: World, folder: Path, found: Examined
) -> None:
    other = world(23, 1500, crime=False)
    names = made.declarations.column_names
    columns = {name: other.declarations[name].to_pylist() for name in names}
    for name in ("id", "exporter", "importer", "transport_document"):
        columns[name] = [f"other {one}" for one in columns[name]]
    for name in ("exporter_business", "importer_business"):
        columns[name] = ["another line"] * len(other.declarations)
    columns["hs_code"] = ["970110"] * len(other.declarations)
    columns["origin"] = columns["destination"] = ["QZ"] * len(other.declarations)
    more = pa.table(columns, schema=made.declarations.schema)
    both = World(pa.concat_tables([made.declarations, more]), made.payments, made.truth)
    again = examined(both, folder)
    # Which chapters everybody trades in is told from all companies: that alone may shift.
    ours = [one for one in again.findings if not one.finding.subjects[0].startswith("other")]
    misfit = "trade.goods-misfit"
    assert [plain(one) for one in ours if one.finding.kind != misfit] == [
        plain(one) for one in found.findings if one.finding.kind != misfit
    ]


def test_files_of_text_give_what_tables_give(made: World, folder: Path, found: Examined) -> None:
    text = pa.table(
        {name: made.declarations[name].cast(pa.string()) for name in made.declarations.column_names}
    )
    pq.write_table(made.payments, folder / "payments.parquet")
    assert same(examined(World(text, made.payments, {}), folder), found)
