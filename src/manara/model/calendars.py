"""Dates of the Islamic calendar (Hijri) and the Iranian one (Solar Hijri) in the Gregorian.

Hijri dates follow the Umm al-Qura tables of Saudi Arabia where they are defined (1343 to 1499 AH)
and the tabular calendar elsewhere; a month may begin a day earlier or later elsewhere, because
people look for the moon. Solar Hijri leap years follow the 33-year cycle, which agrees with the
calendar in force from 1178 to 1633 SH (Heydari-Malayeri 2004, *A concise review of the Iranian
calendar*).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple

from hijridate import Hijri

Calendar = Literal["Hijri", "Solar Hijri"]

#: Years of the Umm al-Qura tables.
_UMM_AL_QURA = range(1343, 1500)
#: First days of both calendars as proleptic Gregorian day numbers: 16 July 622 (Julian) for the
#: civil tabular calendar, the eve of 22 March 622 (Gregorian) for the Iranian, whose
#: cycle counts a leap day before its first year.
_ISLAMIC_EPOCH = date(622, 7, 19).toordinal()
_IRANIAN_EPOCH = date(622, 3, 21).toordinal()
#: Years that are converted; others are no birth or issue dates in use.
YEARS = range(1178, 1501)


class Span(NamedTuple):
    """Days, both ends included."""

    first: date
    last: date


def span(calendar: Calendar, year: int, month: int = 0, day: int = 0) -> Span | None:
    """Return the days that a date means in the Gregorian calendar, None if there is no such date.

    Args:
        calendar: ``Hijri`` or ``Solar Hijri``.
        year: within `YEARS`.
        month: 1..12, 0 if it is not stated.
        day: from 1, 0 if it is not stated.
    """
    if year not in YEARS or not 0 <= month <= 12 or (day and not month):
        return None
    start = _iranian
    if calendar == "Hijri":
        start = _umm_al_qura if year in _UMM_AL_QURA else _tabular
    first = start(year, month or 1)
    after = start(year + (month in (0, 12)), month % 12 + 1 if month else 1)
    if not day:
        return Span(first, after - timedelta(1))
    one = first + timedelta(day - 1)
    return Span(one, one) if day >= 1 and one < after else None


def _umm_al_qura(year: int, month: int) -> date:
    """Return the first day of a month by the tables of Saudi Arabia."""
    found = Hijri(year, month, 1).to_gregorian()
    return date(found.year, found.month, found.day)


def _tabular(year: int, month: int) -> date:
    """Return the first day of a month of the tabular Islamic calendar."""
    # 12 months of 30 and 29 days in turn; 11 years of 30 have a day more (cycle of type II).
    days = (year - 1) * 354 + (3 + 11 * year) // 30 + 29 * (month - 1) + month // 2
    return date.fromordinal(_ISLAMIC_EPOCH + days)


def _iranian(year: int, month: int) -> date:
    """Return the first day of a month of the Iranian calendar."""
    cycles, rest = divmod(year, 33)
    leaps = 8 * cycles + sum((25 * y + 11) % 33 < 8 for y in range(rest))
    days = 31 * (month - 1) - max(0, month - 7)
    return date.fromordinal(_IRANIAN_EPOCH + 365 * (year - 1) + leaps + days)


def iso_dates(found: Span) -> tuple[str, ...]:
    """Return days as the least ISO 8601 dates that hold them: a day, its months, or its years."""
    if found.first == found.last:
        return (found.first.isoformat(),)
    short = 7 if (found.last - found.first).days < 32 else 4
    return tuple(dict.fromkeys(day.isoformat()[:short] for day in found))


def neighbours(day: date) -> Iterator[date]:
    """Yield a day, the one before and the one after it."""
    yield from (day, day - timedelta(1), day + timedelta(1))
