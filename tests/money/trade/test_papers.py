"""Invoices and transport documents: phantom, unpaid, paid by others, used twice, unlike sides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from manara.money.trade import examine

from .invented import declared, found_by, paid

#: Two hundred days of ordinary trade of one pair, an invoice every ten.
ORDINARY = [
    {"day": 10 * k, "invoice": f"N-{k:03}", "transport_document": f"B{k}"}
    | {"net_weight_kg": 100.0 + k, "value": 1000.0 + 10 * k}
    for k in range(40)
]
#: A payment for each, thirty days later.
SETTLED = [(10 * k + 30, "buyer", "seller", 1000.0 + 10 * k, f"inv N-{k:03}") for k in range(40)]


def test_ordinary_trade_gives_nothing(tmp_path: Path) -> None:
    found = examine(declared(*ORDINARY), paid(tmp_path, *SETTLED))
    assert not found.findings


def test_a_payment_for_an_invoice_that_nobody_declared(tmp_path: Path) -> None:
    book = paid(tmp_path, *SETTLED, (200, "buyer", "seller", 7000, "invoice N-777"))
    assert found_by("phantom-invoice", declared(*ORDINARY), book) == [((), ("p41",))]


@pytest.mark.parametrize(
    ("payment", "phantom"),
    [
        ((200, "buyer", "haulier", 700, "invoice 9 freight"), False),
        ((200, "buyer", "shell", 700, "invoice 9, shipment of machines"), True),
        ((200, "stranger", "seller", 700, "invoice 9"), False),
        ((200, "buyer", "seller", 700, "your invoices"), False),
        ((10, "buyer", "seller", 700, "invoice 9"), False),
        ((380, "buyer", "seller", 700, "invoice 9"), False),
        ((300, "buyer", "seller", 700, "invoice N-000"), True),
        ((150, "buyer", "seller", 700, "invoice N-000"), False),
    ],
    ids=["services", "goods of nobody", "no importer", "no number", "before the data", "after them",
         "far from its goods", "near its goods"],
)  # fmt: skip
def test_what_is_a_phantom_and_what_is_not(
    tmp_path: Path, payment: tuple[int, str, str, float, str], phantom: bool
) -> None:
    book = paid(tmp_path, *SETTLED, payment)
    expected = [((), ("p41",))] if phantom else []
    assert found_by("phantom-invoice", declared(*ORDINARY), book) == expected


def test_a_number_typed_wrongly_is_neither_phantom_nor_unpaid(tmp_path: Path) -> None:
    payments = [*SETTLED]
    payments[12] = (150, "buyer", "seller", 1120.0, "inv N-0l2 8")
    book, given = paid(tmp_path, *payments), declared(*ORDINARY)
    assert found_by("phantom-invoice", given, book) == []
    assert found_by("unpaid-declaration", given, book) == []


def test_goods_that_were_never_paid(tmp_path: Path) -> None:
    book = paid(tmp_path, *SETTLED[:12], *SETTLED[13:])
    assert found_by("unpaid-declaration", declared(*ORDINARY), book) == [(("d13",), ())]


def test_an_importer_that_pays_elsewhere_is_not_blamed(tmp_path: Path) -> None:
    book = paid(tmp_path, *SETTLED[::2])
    assert found_by("unpaid-declaration", declared(*ORDINARY), book) == []


def test_goods_of_the_last_months_may_still_be_paid(tmp_path: Path) -> None:
    book = paid(tmp_path, *SETTLED[:38])
    assert found_by("unpaid-declaration", declared(*ORDINARY), book) == []


@pytest.mark.parametrize(
    ("payment", "third"),
    [
        ((150, "uncle", "seller", 1120.0, "inv N-012"), "uncle"),
        ((150, "buyer", "uncle", 1120.0, "inv N-012"), "uncle"),
        ((150, "uncle", "seller", 60.0, "inv N-012"), None),
    ],
)
def test_an_invoice_paid_by_or_to_another(
    tmp_path: Path, payment: tuple[int, str, str, float, str], third: str | None
) -> None:
    payments = [*SETTLED]
    payments[12] = payment
    found = examine(declared(*ORDINARY), paid(tmp_path, *payments), ["third-party-payment"])
    assert [one.figures["third_party"] for one in found.findings] == [third] * bool(third)
    assert [one.payments for one in found.findings] == [("p13",)] * bool(third)


def test_an_invoice_paid_twice_and_one_paid_in_parts(tmp_path: Path) -> None:
    again = (160, "buyer", "seller", 1120.0, "inv N-012")
    parts = [
        (300, "buyer", "seller", 670.0, "inv N-034"),
        (370, "buyer", "seller", 670, "inv N-034"),
    ]
    book = paid(tmp_path, *SETTLED[:34], *SETTLED[35:], again, *parts)
    found = examine(declared(*ORDINARY), book, ["multiple-invoicing"])
    assert [(one.declarations, one.payments) for one in found.findings] == [
        (("d13",), ("p13", "p40"))
    ]
    assert found.findings[0].stake == pytest.approx(1120)


def again(**changes: Any) -> dict[str, Any]:
    return ORDINARY[12] | changes


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (again(transport_document="B90", day=130), "invoice declared more than once"),
        (again(importer="other"), "invoice declared more than once"),
        (again(invoice="N-900"), "transport document under several invoices"),
        (again(invoice="N-900", transport_document="B90", day=150), "goods declared again"),
        (again(invoice="N-900", transport_document="B90", day=320), None),
        (again(invoice="N-900", transport_document="B90", value=9999.0), None),
        (again(value=9999.0), None),
    ],
)
def test_goods_and_invoices_used_again(row: dict[str, Any], rule: str | None) -> None:
    found = examine(declared(*ORDINARY, row), None, ["multiple-invoicing"]).findings
    assert [one.figures["rule"] for one in found] == [rule] * bool(rule)
    assert [set(one.declarations) for one in found] == [{"d13", "d41"}] * bool(rule)


def test_standard_lots_and_split_invoices_are_a_habit() -> None:
    standard = [row | {"net_weight_kg": 20_000.0, "value": 5000.0} for row in ORDINARY]
    split = [row | {"transport_document": f"C{k}"} for k, row in enumerate(ORDINARY)]
    assert found_by("multiple-invoicing", declared(*standard)) == []
    assert found_by("multiple-invoicing", declared(*ORDINARY, *split)) == []


def sides(**changes: Any) -> list[dict[str, Any]]:
    """Return forty consignments, declared on both sides; the thirteenth's import is changed."""
    exports = [row | {"direction": "export"} for row in ORDINARY]
    imports = [
        row | {"direction": "import", "day": row["day"] + 20, "value": row["value"] * 1.08}
        for row in ORDINARY
    ]
    imports[12] |= changes
    return [*exports, *imports]


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ({}, False),
        ({"value": 1120 * 0.7}, True),
        ({"value": 1120 * 1.5}, True),
        ({"value": 1120 * 1.3}, False),
        ({"net_weight_kg": 112 * 0.85}, True),
        ({"net_weight_kg": 112 * 0.95}, False),
        ({"value": 77.0, "currency": "XXX"}, False),
    ],
)
def test_both_sides_of_a_consignment_are_compared(changes: dict[str, Any], gap: bool) -> None:
    expected = [(("d13", "d53"), ())] if gap else []
    assert found_by("mirror-gap", declared(*sides(**changes))) == expected


def test_goods_that_never_arrive_where_all_others_do() -> None:
    rows = sides()
    del rows[52]
    assert found_by("one-sided-declaration", declared(*rows)) == [(("d13",), ())]
    few = [row for row in rows if row["day"] % 20 or row["direction"] == "export"]
    assert found_by("one-sided-declaration", declared(*few)) == []


def test_goods_still_on_the_way_at_the_end_are_not_missing() -> None:
    assert found_by("one-sided-declaration", declared(*sides()[:-2])) == []
