"""Periods of OFAC's advanced XML, read as dates of the precision they stand for."""

from __future__ import annotations

import calendar

from manara.formats.xml import Node

_Day = tuple[int, int, int]


def dates_of(period: Node) -> tuple[list[str], str]:
    """Return the dates a ``DatePeriod`` stands for, and the source's own text of it.

    The office writes less precise dates as the period they cover: the year 1963 as 1 January to
    31 December 1963. A whole year or month is given as such, any other period by its two ends.
    """
    start = _day(period.first("Start", "From")) or _day(period.first("Start", "To"))
    end = _day(period.first("End", "To")) or _day(period.first("End", "From")) or start
    if start is None or end is None:
        start = start or end
        return ([_iso(start)] if start else []), period.content
    return list(dict.fromkeys(_precise(start, end))), _original(period)


def day_of(node: Node) -> tuple[str, str]:
    """Return the day an element of year, month and day states, and the source's own text."""
    day = _day(node)
    return (_iso(day) if day else ""), node.content


def _precise(start: _Day, end: _Day) -> list[str]:
    if start == end or 0 in (*start, *end):
        return [_iso(start), _iso(end)]
    if start[1:] == (1, 1) and end[1:] == (12, 31):
        return [f"{start[0]:04}", f"{end[0]:04}"]
    if start[2] == 1 and end[2] == calendar.monthrange(end[0], end[1])[1]:
        return [_iso((*start[:2], 0)), _iso((*end[:2], 0))]
    return [_iso(start), _iso(end)]


def _original(period: Node) -> str:
    ends = [period.first("Start"), period.first("End")]
    approximate = any(end is not None and end.get("Approximate") == "true" for end in ends)
    return f"Approximate {period.content}" if approximate else period.content


def _day(node: Node | None) -> _Day | None:
    """Return year, month and day, 0 where not stated."""
    parts = [node.value(part) if node else "" for part in ("Year", "Month", "Day")]
    year, month, day = (int(part) if part.isdecimal() else 0 for part in parts)
    if not year or month > 12 or (month and day > calendar.monthrange(year, month)[1]):
        return None
    return year, month, day


def _iso(day: _Day) -> str:
    year, month, number = day
    if not month:
        return f"{year:04}"
    return f"{year:04}-{month:02}-{number:02}" if number else f"{year:04}-{month:02}"
