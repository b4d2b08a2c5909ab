"""Dates in lists: what is read, with which precision, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.formats.dates import month_first, partial_dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1961", ["1961"]),
        ("24 Jun 1964", ["1964-06-24"]),
        ("24-JUN-1964", ["1964-06-24"]),
        ("24th of June, 1964", ["1964-06-24"]),
        ("Jun 1964", ["1964-06"]),
        ("Sept. 1964", ["1964-09"]),
        ("June 24, 1964", ["1964-06-24"]),
        ("circa 1955", ["1955"]),
        ("approximately 1955", ["1955"]),
        ("1955 to 1958", ["1955", "1958"]),
        ("between 1955 and 1958", ["1955", "1958"]),
        ("1955-1958", ["1955", "1958"]),
        ("circa Sep 1964 to Oct 1964", ["1964-09", "1964-10"]),
        ("1950s", ["1950", "1959"]),
        ("28/03/1961", ["1961-03-28"]),
        ("28.03.1961", ["1961-03-28"]),
        ("03/04/1961", ["1961-04-03"]),
        ("00/03/1961", ["1961-03"]),
        ("00/00/1961", ["1961"]),
        ("03/1961", ["1961-03"]),
        ("1961-00-00", ["1961"]),
        ("1961-03-00", ["1961-03"]),
        ("1961-03", ["1961-03"]),
        ("1961/03/28", ["1961-03-28"]),
        ("2001-02-23T00:00:00", ["2001-02-23"]),
        ("2001-02-23T00:00:04.625+0530", ["2001-02-23"]),
        ("a) 1965 b) 1966", ["1965", "1966"]),
        ("28/03/1961; 1962 ; Jul 1963", ["1961-03-28", "1962", "1963-07"]),
        ("1961, 1961", ["1961"]),
        ("1er févr. 1971", ["1971-02-01"]),
        ("3 août 1971, déc. 1972, 5 juil. 1973", ["1971-08-03", "1972-12", "1973-07-05"]),
        ("5 de mayo de 1970", ["1970-05-05"]),
        ("١٩٦١", ["1961"]),
        ("29 Feb 2000", ["2000-02-29"]),
    ],
)
def test_reads_a_date_with_the_precision_it_was_stated_with(text: str, expected: list[str]) -> None:
    assert partial_dates(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unknown",
        "in the mid-sixties",
        "31 Feb 1961",
        "29/02/1900",
        "28/13/1961",
        "1961-13-01",
        "00/00/0000",
        "0001-01-01",
        "24/06/1402 (Hijri Calendar)",
        "196119",
        "24 Jun",
    ],
)
def test_refuses_what_is_no_date(text: str) -> None:
    assert partial_dates(text) == []


def test_a_month_name_is_a_whole_word() -> None:
    assert partial_dates("Marrakech 1961") == ["1961"]
    assert partial_dates("5 Mayfield 1961") == ["1961"]


def test_month_first_reads_american_dates() -> None:
    assert month_first("03/28/2025") == ["2025-03-28"]
    assert month_first("03/04/2025") == ["2025-03-04"]
    assert month_first("28/03/2025") == []
    assert month_first("28 Mar 2025") == ["2025-03-28"]


@given(st.dates(date(1500, 1, 1), date(2199, 12, 31)))
def test_every_notation_of_a_day_is_read_as_that_day(day: date) -> None:
    expected = [day.isoformat()]
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%B %d, %Y"):
        assert partial_dates(day.strftime(pattern)) == expected, pattern
    assert month_first(day.strftime("%m/%d/%Y")) == expected


@given(st.text())
def test_any_text_gives_a_list_of_iso_dates(text: str) -> None:
    for value in partial_dates(text) + month_first(text):
        assert date.fromisoformat((value + "-01-01")[:10])
