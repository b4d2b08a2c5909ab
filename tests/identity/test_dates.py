"""Birth dates as people state them, in three calendars and several scripts' digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.identity.dates import gregorian, readings
from manara.model.types.date import DateType


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("1961-05-07", ("1961-05-07",)),
        ("1972", ("1972",)),
        ("١٩٧٠", ("1970",)),
        ("1387 AH", ("1967", "1968")),
        ("1387 A.H.", ("1967", "1968")),
        ("1387 هـ", ("1967", "1968")),
        ("1360/05/12 SH", ("1981-08-03",)),
        ("1360/05/12 H.S.", ("1981-08-03",)),
        ("۱۳۶۰/۵/۱۲ شمسی", ("1981-08-03",)),
        ("12/05/1360 SH", ("1981-08-03",)),
        ("5/1360 SH", ("1981-07", "1981-08")),
        # A day of the Islamic calendar is a day earlier or later elsewhere.
        ("1400-01-01 AH", ("1979-11-20", "1979-11-19", "1979-11-21")),
        # Without a mark it may be of either.
        ("1378", ("1958", "1959", "1999", "2000")),
        ("1360-13-01", ()),
        ("1100", ("1100",)),
        ("soon", ()),
        ("", ()),
    ],
)
def test_what_a_birth_date_may_mean(text: str, dates: tuple[str, ...]) -> None:
    assert gregorian([text]) == dates


def test_a_reading_says_how_it_was_read() -> None:
    hijri, solar = readings("1378")
    assert str(hijri.note) == "1378 read as Hijri = 1958/1959"
    assert str(solar.note) == "1378 read as Solar Hijri = 1999/2000"
    assert readings("1961")[0].note is None


@given(st.text(max_size=40))
def test_any_text_gives_dates_or_nothing(text: str) -> None:
    assert all(DateType().clean(date) == date for date in gregorian([text]))
