"""What a stated birth date may mean: in the Gregorian, the Islamic and the Iranian calendar."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from manara.model.calendars import YEARS, Calendar, iso_dates, neighbours, span
from manara.model.text import Text, phrase
from manara.model.types.date import DateType

#: Years in which somebody was born whom a list of today names.
_BORN = range(1850, 2101)
#: Solar Hijri is marked SH, H.S., AP (*anno Persico*) or شمسی, Hijri AH, H. or هـ.
_SOLAR = re.compile(r"\b(?:s\.?\s?h|h\.?\s?s|a\.?\s?p|solar|shamsi)\b|شمس|ش", re.IGNORECASE)
_LUNAR = re.compile(r"\b(?:a\.?\s?h|h|h\.?\s?q|hijri|qamari|lunar)\b|هجر|قمر|ه|ق", re.IGNORECASE)
_PARTS = re.compile(
    r"(\d{4})(?:\s*[-/.]\s*(\d{1,2})(?:\s*[-/.]\s*(\d{1,2}))?)?"
    r"|(\d{1,2})\s*[-/.]\s*(?:(\d{1,2})\s*[-/.]\s*)?(\d{4})"
)


class Reading(NamedTuple):
    """One meaning of a stated date.

    Attributes:
        dates: ISO 8601 dates of any precision, any of which it may be.
        note: how it was read, None for a date of the Gregorian calendar.
    """

    dates: tuple[str, ...]
    note: Text | None


@lru_cache(maxsize=16_384)
def readings(text: str) -> tuple[Reading, ...]:
    """Return what a birth date may mean, none if it is no date.

    Digits may be of any script. A year of 1178 to 1500 is of the calendar that its mark names
    (``1387 AH``, ``1360/05/12 SH``, ``١٣٦٠/٥/١٢ هـ ش``), and without a mark of either in which
    somebody alive in the last 150 years was born. A year alone falls in two Gregorian years; a day
    of the Islamic calendar is a day earlier or later elsewhere.
    """
    plain = "".join(str(unicodedata.digit(c, c)) for c in text[:64]).replace("ـ", "")
    found = _PARTS.search(plain)
    if found is None or int(found[1] or found[6]) not in YEARS:
        clean = DateType().clean(plain)
        return (Reading((clean,), None),) if clean else ()
    year, month, day = (
        (found[1], found[2], found[3]) if found[1] else (found[6], found[5] or found[4], found[4])
    )
    if not found[1] and not found[5]:
        day = None
    rest = plain[: found.start()] + " " + plain[found.end() :]
    calendars: Iterable[Calendar] = ("Hijri", "Solar Hijri")
    if _SOLAR.search(rest):
        calendars = ("Solar Hijri",)
    elif _LUNAR.search(rest):
        calendars = ("Hijri",)
    made = (_reading(text, c, int(year), int(month or 0), int(day or 0)) for c in calendars)
    return tuple(reading for reading in made if reading)


def _reading(text: str, calendar: Calendar, year: int, month: int, day: int) -> Reading | None:
    days = span(calendar, year, month, day)
    if days is None or days.first.year not in _BORN:
        return None
    dates = iso_dates(days)
    note = phrase("{text} read as {calendar} = {dates}",
                  text=text.strip(), calendar=Text(calendar), dates="/".join(dates))  # fmt: skip
    if day and calendar == "Hijri":
        dates = tuple(one.isoformat() for one in neighbours(days.first))
    return Reading(dates, note)


def gregorian(texts: Iterable[str]) -> tuple[str, ...]:
    """Return all ISO 8601 dates that stated birth dates may mean, each once."""
    return tuple(dict.fromkeys(d for text in texts for r in readings(text) for d in r.dates))
