"""Dates of the Islamic and the Iranian calendar against published pairs of dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.model.calendars import YEARS, Calendar, iso_dates, span


@pytest.mark.parametrize(
    ("year", "month", "day", "expected"),
    [
        # Umm al-Qura, as published by KACST.
        (1400, 1, 1, "1979-11-20"),
        (1420, 9, 1, "1999-12-09"),
        (1437, 1, 1, "2015-10-14"),
        (1444, 9, 1, "2023-03-23"),
        (1445, 1, 1, "2023-07-19"),
        (1446, 10, 1, "2025-03-30"),
        # Before the tables: tabular. 1 Muharram 1300 and 1318, from Freeman-Grenville's tables.
        (1300, 1, 1, "1882-11-12"),
        (1318, 1, 1, "1900-05-01"),
    ],
)
def test_hijri(year: int, month: int, day: int, expected: str) -> None:
    found = span("Hijri", year, month, day)
    assert found
    assert iso_dates(found) == (expected,)


@pytest.mark.parametrize(
    ("year", "month", "day", "expected"),
    [
        # First days of the year as announced by the Calendar Center, University of Tehran.
        (1358, 1, 1, "1979-03-21"),
        (1375, 1, 1, "1996-03-20"),
        (1376, 1, 1, "1997-03-21"),
        (1379, 1, 1, "2000-03-20"),
        (1380, 1, 1, "2001-03-21"),
        (1400, 1, 1, "2021-03-21"),
        (1403, 1, 1, "2024-03-20"),
        (1404, 1, 1, "2025-03-21"),
        # Days that history books give in both calendars.
        (1299, 12, 3, "1921-02-22"),
        (1332, 5, 28, "1953-08-19"),
        (1357, 11, 22, "1979-02-11"),
        (1403, 12, 30, "2025-03-20"),
    ],
)
def test_solar_hijri(year: int, month: int, day: int, expected: str) -> None:
    found = span("Solar Hijri", year, month, day)
    assert found
    assert iso_dates(found) == (expected,)


@pytest.mark.parametrize(
    ("calendar", "year", "month", "day"),
    [
        ("Solar Hijri", 1402, 12, 30),  # no leap year
        ("Solar Hijri", 1402, 7, 31),
        ("Hijri", 1445, 1, 31),
        ("Hijri", 1445, 13, 1),
        ("Hijri", 900, 1, 1),
        ("Hijri", 1400, 0, 5),
    ],
)
def test_no_such_date(calendar: Calendar, year: int, month: int, day: int) -> None:
    assert span(calendar, year, month, day) is None


def test_years_and_months_are_spans() -> None:
    year, month = span("Hijri", 1387), span("Solar Hijri", 1360, 5)
    assert year
    assert month
    assert iso_dates(year) == ("1967", "1968")
    assert month == (date(1981, 7, 23), date(1981, 8, 22))
    assert iso_dates(month) == ("1981-07", "1981-08")


@given(st.sampled_from(["Hijri", "Solar Hijri"]), st.integers(YEARS[0], YEARS[-2]))
def test_months_follow_one_another(calendar: Calendar, year: int) -> None:
    months = [span(calendar, year, month) for month in range(1, 13)]
    whole = span(calendar, year)
    assert whole
    assert [m.first for m in months[1:] if m] == [m.last + timedelta(1) for m in months[:-1] if m]
    assert months[0]
    assert months[-1]
    assert (months[0].first, months[-1].last) == whole
    after = span(calendar, year + 1)
    assert after
    # A day more or less where the tables begin and end, nowhere else.
    seam = abs((after.first - whole.last).days - 1)
    assert seam == 0 or (calendar == "Hijri" and year in (1342, 1499) and seam == 1)
    # The published table gives its first year a day more than moons do.
    lengths = {353, 354, 355, 356} if calendar == "Hijri" else {365, 366}
    assert (whole.last - whole.first).days + 1 in lengths
