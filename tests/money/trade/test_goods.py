"""Goods that go round, that do not fit, and that are controlled."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manara.money.trade import examine
from manara.money.trade.carousel import expected_rings
from manara.money.trade.checks import chapter_titles, checks, codes, group_of

from .invented import declared, found_by


def hop(seller: str, buyer: str, day: int, weight: float = 512.3, **more: Any) -> dict[str, Any]:
    return {"exporter": seller, "importer": buyer, "day": day, "net_weight_kg": weight} | more


#: Ordinary trade in the same code, of other weights.
OTHERS = [hop(f"x{k}", f"y{k}", k, 40.0 + 9 * k) for k in range(60)]
RING = [hop("alpha", "beta", 1), hop("beta", "gamma", 11, 511.0), hop("gamma", "alpha", 30)]


def test_goods_that_come_back_are_a_ring_with_its_chance() -> None:
    (one,) = examine(declared(*RING, *OTHERS), None, ["carousel"]).findings
    assert one.declarations == ("d1", "d2", "d3")
    assert set(one.finding.subjects) == {"alpha", "beta", "gamma"}
    assert one.figures["expected_by_chance"] == 0
    assert "alpha to beta to gamma to alpha" in one.finding.explanation[0].text


@pytest.mark.parametrize(
    "rows",
    [
        [RING[0], RING[1], hop("gamma", "delta", 30)],
        [RING[0], RING[1], hop("gamma", "alpha", 30, 470.0)],
        [RING[0], RING[1], hop("gamma", "alpha", 300)],
        [RING[0], RING[1], hop("gamma", "alpha", 30, hs_code="090112")],
        [RING[0], hop("beta", "gamma", 31), hop("gamma", "alpha", 15)],
    ],
    ids=["open", "lighter", "late", "other goods", "out of order"],
)
def test_what_is_no_ring(rows: list[dict[str, Any]]) -> None:
    assert found_by("carousel", declared(*rows, *OTHERS)) == []


def test_a_second_round_is_told_with_the_first() -> None:
    again = [row | {"day": row["day"] + 40} for row in RING]
    (one,) = examine(declared(*RING, *again, *OTHERS), None, ["carousel"]).findings
    assert len(one.declarations) == 6


def test_two_traders_in_standard_lots_make_rings_by_chance() -> None:
    rows = [hop(*("ab" if k % 2 else "ba"), 3 * k, 20_000.0) for k in range(30)]
    assert found_by("carousel", declared(*rows)) == []


def test_expected_rings_are_those_of_random_days_and_weights() -> None:
    rng = np.random.default_rng(4)
    hops, like, rounds, rings = (4, 3, 2), 0.3, 4000, 0
    for _ in range(rounds):
        days = [rng.random(count) for count in hops]
        alike = [rng.random(count) < like for count in hops]
        alike[0][:] = True
        for one in np.ndindex(*hops):
            order = [days[step][at] for step, at in enumerate(one)]
            turns = sum(
                order == sorted(order) for order in (order[k:] + order[:k] for k in range(3))
            )
            rings += turns * all(alike[step][at] for step, at in enumerate(one))
    # One of the choices is the ring that was seen: it is not counted as chance.
    expected = expected_rings(np.array(hops), like) * 24 / 23
    assert rings / rounds == pytest.approx(expected, rel=0.1)
    assert expected == pytest.approx(24 * like**2 * 3 / math.factorial(3))


def company(name: str, chapter: str, days: range, **more: Any) -> list[dict[str, Any]]:
    return [
        {"importer": name, "exporter": f"maker {chapter}", "hs_code": f"{chapter}0190", "day": day}
        | more
        for day in days
    ]


LINE = [row for k in range(12) for row in company(f"grocer{k}", "09", range(20))]
#: Others, so that no chapter is what everybody trades in.
MANY = [row for k in range(40) for row in company(f"smith{k}", "72", range(5))]


def test_goods_that_neither_the_past_nor_the_line_explains() -> None:
    odd = company("grocer3", "88", range(30, 32))
    (one,) = examine(declared(*LINE, *MANY, *odd), None, ["goods-misfit"]).findings
    assert one.finding.subjects == ("grocer3",)
    assert set(one.declarations) == {f"d{len(LINE) + len(MANY) + k}" for k in (1, 2)}
    assert (one.figures["past_declarations"], one.figures["peers"]) == (20, 11)
    assert "Aircraft, spacecraft" in one.finding.explanation[0].text


@pytest.mark.parametrize(
    "odd",
    [
        company("grocer3", "88", range(5, 6)),
        company("grocer3", "88", range(30, 31), value=5.0),
        company("newcomer", "88", range(30, 31)),
        [row for k in range(12) for row in company(f"grocer{k}", "88", range(30, 31))],
    ],
    ids=["little past", "of little value", "no past", "all of the line do"],
)
def test_what_fits_or_cannot_be_told(odd: list[dict[str, Any]]) -> None:
    assert found_by("goods-misfit", declared(*LINE, *MANY, *odd)) == []


def test_a_declared_line_of_business_counts_before_the_main_chapter() -> None:
    grocers = [row | {"importer_business": "food"} for row in LINE]
    flyers = [
        row
        for k in range(12)
        for row in company(f"flyer{k}", "88", range(20), importer_business="food")
    ]
    odd = company("grocer3", "88", range(30, 32), importer_business="food")
    assert found_by("goods-misfit", declared(*grocers, *MANY, *flyers, *odd)) == []


def test_arms_are_told_alone_and_coarse_codes_only_with_another_finding() -> None:
    arms = {"hs_code": "9302.00"}
    chips = {"hs_code": "854231", "exporter": "fab"}
    given = declared(arms, chips)
    assert found_by("controlled-goods", given) == [(("d1",), ())]
    off = chips | {"broker": "quick", "broker_country": "QZ"}
    found = examine(declared(arms, off), None).findings
    kinds = {(one.finding.kind, one.declarations) for one in found}
    assert ("trade.broker-off-route", ("d2",)) in kinds
    assert ("trade.controlled-goods", ("d2",)) in kinds
    names = ["controlled-goods", "broker-off-route"]
    assert {one.finding.kind for one in examine(declared(chips, off), None, names).findings} == {
        f"trade.{name}" for name in names
    }
    (about,) = [one for one in found if one.finding.kind == "trade.controlled-goods"
                and one.declarations == ("d2",)]  # fmt: skip
    assert about.figures == {"group": "high-priority", "also": ["broker-off-route"]}


def test_a_finding_lists_a_thousand_rows_and_says_how_many_more() -> None:
    given = declared(*({"hs_code": "930200", "value": 1.0 + k} for k in range(1200)))
    (one,) = examine(given, None, ["controlled-goods"]).findings
    assert len(one.declarations) == 1000
    assert one.declarations[0] == "d1200"
    assert "200 more declarations" in one.finding.explanation[-2].text
    assert one.stake == pytest.approx(1200 * 1201 / 2)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"hs_code": "930200", "importer_country": "QZ"}, True),
        ({"hs_code": "930200", "importer_country": "QA", "exporter_country": "QA"}, False),
        ({"hs_code": "090111", "importer_country": "QZ"}, False),
        ({"hs_code": "930200", "importer_country": "QZ", "origin": None}, False),
    ],
)
def test_a_party_in_neither_country(row: dict[str, Any], found: bool) -> None:
    assert bool(found_by("broker-off-route", declared(row))) is found


@pytest.mark.parametrize(
    ("code", "words", "found"),
    [
        ("840999", "spare parts, rifles", True),
        ("840999", "بنادق", True),
        ("930330", "hunting rifles", False),
        ("950300", "toy pistols", False),
        ("380893", "ammonium nitrate", False),
        ("190590", "ammonium nitrate", True),
        ("190590", "biscuits", False),
    ],
)
def test_words_of_arms_over_a_harmless_code(code: str, words: str, found: bool) -> None:
    given = declared({"hs_code": code, "description": words})
    assert bool(found_by("misdescribed-goods", given)) is found


def test_every_check_has_reasons_sources_and_innocent_explanations() -> None:
    for name, check in checks().items():
        assert check.sources and check.innocent and check.prior.reason, name
        assert all(limit.reason for limit in check.limits.values()), name


def test_the_longest_prefix_says_what_goods_are() -> None:
    assert [group_of(code) for code in ("930690", "890610", "890690", "360500", "310230")] == [
        "arms", "military-vehicles", None, None, "precursor",
    ]  # fmt: skip


@pytest.mark.shared
def test_codes_and_chapters_are_those_of_the_harmonized_system(shared: Path) -> None:
    with (shared / "trade/hs/harmonized-system.csv").open(encoding="utf-8-sig") as file:
        known = {row["hscode"]: row["description"] for row in csv.DictReader(file)}
    shipped = {code for group in codes().groups.values() for code in group.codes}
    assert shipped <= known.keys()
    assert chapter_titles() == {code: text for code, text in known.items() if len(code) == 2}
