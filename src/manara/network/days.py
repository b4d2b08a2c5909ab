"""Days of ties, as numbers that can be compared."""

from __future__ import annotations

import calendar
import re
from datetime import date

from manara.graph.paths import ALWAYS

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ].*)?)?)?")


def day_of(text: str, *, last: bool) -> int:
    """Return the number of a day (ISO 8601; a year or month counts as its first or last day).

    Args:
        text: the day; empty for one that is not known, which no other day contradicts.
        last: whether it ends a period, not begins it.

    Raises:
        ValueError: it is no such day.
    """
    if not text:
        return ALWAYS[1] if last else ALWAYS[0]
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError("a day is a year, a year and month, or a date (ISO 8601)")
    year, month, day = (int(part) if part else 0 for part in found.groups())
    month = month or (12 if last else 1)
    day = day or (calendar.monthrange(year, month)[1] if last else 1)
    return date(year, month, day).toordinal()
