"""Dates as lists write them, read as ISO 8601 dates of the precision they were stated with."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

# English, French and Spanish, folded: lists of the United Nations mix the three.
_MONTHS = {
    form: number
    for number, forms in enumerate(
        (
            "january jan janvier janv enero ene",
            "february feb fevrier fevr fev febrero",
            "march mar mars marzo",
            "april apr avril avr abril abr",
            "may mai mayo",
            "june jun juin junio",
            "july jul juillet juil julio",
            "august aug aout agosto",
            "september sept sep septembre septiembre",
            "october oct octobre octubre",
            "november nov novembre noviembre",
            "december dec decembre diciembre dic",
        ),
        start=1,
    )
    for form in forms.split()
}
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})(?![a-z])\.?"
_TIME = r"(?:[t ]\d{2}:\d{2}[\d:.]*(?:z|[+-]\d{2}:?\d{2})?)?"

# Earlier alternatives win: what one has taken, even if it is no date, is not read again.
_DATE = re.compile(
    rf"""(?<!\d)(?:
      (?P<y1>\d{{4}})(?P<s1>[-/.])(?P<m1>\d{{1,2}})(?P=s1)(?P<d1>\d{{1,2}})(?!\d){_TIME}
    | (?P<a>\d{{1,2}})\s?(?P<s2>[-/.])\s?(?P<b>\d{{1,2}})\s?(?P=s2)\s?(?P<y2>\d{{4}})(?!\d)
    | (?P<d3>\d{{1,2}})(?:st|nd|rd|th|er)?[\s.-]*(?:of\s|de\s)?
      (?P<m3>{_MONTH})(?:\sde\b)?[\s,.-]*(?P<y3>\d{{4}})(?!\d)
    | (?<![a-z])(?P<m4>{_MONTH})\s*(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y4>\d{{4}})(?!\d)
    | (?<![a-z])(?P<m5>{_MONTH})(?:\sde\b)?[\s,.-]*(?P<y5>\d{{4}})(?!\d)
    | (?P<y6>\d{{4}})[-/](?P<m6>0\d|1[0-2])(?!\d)
    | (?P<m7>0\d|1[0-2]|\d)/(?P<y7>\d{{4}})(?!\d)
    | (?P<decade>\d{{3}}0)(?='?s\b)
    | (?P<y8>\d{{4}})(?!\d)
    )""",
    re.VERBOSE,
)
# Outside these a four-digit number is a year of another calendar, or no year at all.
_YEARS = range(1500, 2200)


def partial_dates(text: str) -> list[str]:
    """Return the dates in a text, in order, as ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.

    Numeric dates are read day first. Precision is kept: a month or day that is missing or zero is
    left out. A range gives its ends; words of doubt such as ``circa`` and times of day are passed
    over. Month names may be English, French or Spanish, digits of any script.

    Args:
        text: what a list says in a field for dates, such as ``a) 24 Jun 1964 b) circa 1966``.

    Returns:
        Each date once (ISO 8601-1:2019, sections 5.2.1 and 5.2.2); empty if there is none, and
        without those that no calendar has, such as ``31 Feb 1961``.
    """
    return _dates(text, "day")


def month_first(text: str) -> list[str]:
    """Return the dates in a text as `partial_dates` does, numeric ones read month first."""
    return _dates(text, "month")


def _dates(text: str, first: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text).casefold()
    folded = "".join(char for char in folded if not unicodedata.combining(char))
    found: dict[str, None] = {}
    for match in _DATE.finditer(folded):
        part = {name: value for name, value in match.groupdict().items() if value}
        if decade := part.get("decade"):
            found[f"{int(decade):04}"] = found[f"{int(decade) + 9:04}"] = None
            continue
        year, month, day = _parts(part, first)
        if value := _iso(year, month, day):
            found[value] = None
    return list(found)


def _parts(part: dict[str, str], first: str) -> tuple[int, int, int]:
    """Return year, month and day of a match, 0 where not stated."""
    if "a" in part:
        day, month = (part["a"], part["b"]) if first == "day" else (part["b"], part["a"])
        return int(part["y2"]), int(month), int(day)
    by_kind = {name[0]: value for name, value in part.items() if name[0] in "ymd"}
    month = by_kind.get("m", "0").rstrip(".")
    return (
        int(by_kind["y"]),
        _MONTHS.get(month) or int(month),
        int(by_kind.get("d", "0")),
    )


def _iso(year: int, month: int, day: int) -> str:
    """Return the date in ISO 8601 with the precision it has, or ``""`` if there is no such day."""
    if year not in _YEARS or month > 12:
        return ""
    if not month:
        return f"{year:04}"
    try:
        date(year, month, day or 1)
    except ValueError:
        return ""
    return f"{year:04}-{month:02}-{day:02}" if day else f"{year:04}-{month:02}"
