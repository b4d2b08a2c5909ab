"""Exchange rates: those of the day or of days just before, and what is compared by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from click.testing import CliRunner

from manara.cli.main import cli
from manara.model import FormatError
from manara.money.book import Book
from manara.money.trade import Rates, examine, rates_of_file
from tests.money.trade.invented import declared, paid, shown

#: Invented, in the form of the ECB's file: newest first, a comma at the end of each line.
RATES = """Date,USD,XTS,JPY,
2026-08-03,1.25,4,N/A,
2026-01-05,1.20,4.0,160,
2025-12-31,1.10,5,,
"""


@pytest.fixture
def rates(tmp_path: Path) -> Rates:
    (tmp_path / "rates.csv").write_text(RATES, "utf-8")
    return rates_of_file(tmp_path / "rates.csv")


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("currency", "on", "per"),
    [
        ("USD", "2026-01-05", 1.2),
        ("USD", "2026-01-04", 1.1),
        ("USD", "2026-01-12", 1.2),
        ("USD", "2026-01-13", None),
        ("USD", "2025-12-30", None),
        ("JPY", "2026-08-03", None),
        ("JPY", "2026-01-05", 160),
        ("XOF", "2026-01-05", None),
        ("EUR", "1999-01-01", 1),
    ],
)
def test_a_rate_holds_for_a_week(rates: Rates, currency: str, on: str, per: float | None) -> None:
    found = rates.on(currency, np.array([day(on)]))[0]
    assert found == per if per else np.isnan(found)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "rates.csv"),
        ("Day,USD\n2026-01-05,1\n", "rates.csv"),
        ("Date,USD\n05/01/2026,1\n", "row 2"),
        ("Date,USD\n2026-01-05,-1\n", "row 2, column USD"),
        ("Date,USD\n2026-01-05,1\n2026-01-06,one\n", "row 3, column USD"),
    ],
)
def test_what_is_no_table_of_rates_is_refused_by_name(
    tmp_path: Path, text: str, where: str
) -> None:
    (tmp_path / "rates.csv").write_text(text, "utf-8")
    with pytest.raises(FormatError) as refused:
        rates_of_file(tmp_path / "rates.csv")
    assert refused.value.where.endswith(where)


def in_dollars(book: Book) -> Book:
    """Return payments with the same numbers, of dollars."""
    dollars = pa.array(["USD"] * len(book.payments))
    place = book.payments.column_names.index("currency")
    return replace(book, payments=book.payments.set_column(place, "currency", dollars))


def test_a_payment_in_another_currency_is_compared_with_the_invoice(
    tmp_path: Path, rates: Rates
) -> None:
    # 1,000 XTS are 250 euros on 8 January, and these are 300 dollars.
    given = declared({"invoice": "N-1"}, {"invoice": "N-2"})
    rows = [(7, "stranger", "seller", 300.0, "invoice N-1"), (7, "x", "seller", 250.0, "inv N-2")]
    book = in_dollars(paid(tmp_path, *rows))
    check = ["third-party-payment"]
    assert examine(given, book, check).findings == ()
    assert shown(examine(given, book, check, rates)) == [(("d1",), ("p1",))]
    # Nobody knows a rate eight days later.
    late = in_dollars(paid(tmp_path, (15, "stranger", "seller", 300.0, "invoice N-1")))
    found = examine(given, late, check, rates)
    assert found.findings == ()
    [(name, why)] = found.not_checked
    assert name == "third-party-payment" and "1 payments" in why and "(p1)" in why
    assert "no rate within 7 days before of USD on 2026-01-16" in why
    [(name, why)] = examine(given, late, check).not_checked
    assert "(p1)" in why and why.endswith("no exchange rates were given")


def test_prices_in_several_currencies_are_one_market_at_the_rate_of_the_day(rates: Rates) -> None:
    # 4 XTS are a euro: each pays 10 euros a kilogram, but for the last, 10 times as much.
    rows = [
        {"day": 4, "importer": f"b{k % 8}", "net_weight_kg": 100.0 + k, "currency": code,
         "value": 10 * per * (100.0 + k) * (1 + k % 5 / 50)}
        for k in range(30)
        for code, per in (("XTS", 4.0), ("USD", 1.2))
    ]  # fmt: skip
    rows.append({"day": 4, "importer": "b9", "currency": "EUR", "value": 10_000.0})
    given = declared(*rows)
    check = ["unit-price"]
    assert examine(given, None, check).findings == ()
    found = examine(given, None, check, rates)
    assert [one.declarations for one in found.findings] == [("d61",)]
    assert found.findings[0].currency == "EUR" and found.not_checked == ()
    later = declared(*rows, {"day": 20, "currency": "USD"})
    [(name, why)] = examine(later, None, check, rates).not_checked
    assert name == "unit-price" and "USD on 2026-01-21" in why and why.startswith("1 declarations")
    assert pc.sum(later.table["value"]).as_py() > 0


def test_the_command_takes_rates(tmp_path: Path, rates: Rates) -> None:
    (tmp_path / "d.csv").write_text(
        "id,date,exporter,importer,hs_code,value,currency,net_weight_kg\n"
        "d1,2026-03-01,seller,buyer,090111,1000,XAF,100\n", "utf-8"
    )  # fmt: skip
    words = ["money", "trade", str(tmp_path / "d.csv"), "--checks", "unit-price"]
    done = CliRunner().invoke(cli, [*words, "--rates", str(tmp_path / "rates.csv")])
    assert done.exit_code == 0, done.output
    assert "no rate within 7 days before of XAF on 2026-03-01" in done.stderr
