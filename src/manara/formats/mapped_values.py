"""Numbers and times of a table as people write them, a column at a time.

What is written in the usual ways is read all at once; every other different cell by itself, as
`manara.formats.mapped_event` reads it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.formats import columns
from manara.formats.mapped_event import number, time
from manara.formats.mapped_run import starts
from manara.formats.payment import UnusableError
from manara.model import ColumnType

_PLAIN = {sign: rf"^-?\d{{1,20}}({re.escape(sign)}\d{{1,18}})?$" for sign in ".,"}
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_FORM = re.compile(r"%([A-Za-z])|([-/.:, TZ])")
#: Forms of ISO 8601 that are read without a form; the last ends with its offset.
_ISO = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
)
_SECOND = 1_000_000
_HOUR = 3600 * _SECOND


def sums(texts: pa.Array, decimal: str) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Return numbers, null for ``""``, those with a minus, and those that cannot be read here.

    Args:
        texts: the numbers.
        decimal: their decimal sign, ``.`` or ``,``.
    """
    kind = columns.ARROW[ColumnType.DECIMAL]
    cells = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    plain = pc.match_substring_regex(cells, _PLAIN[decimal])
    nothing = pa.scalar(None, pa.string())
    usual = pc.if_else(plain, cells, nothing)
    if decimal == ",":
        usual = pc.replace_substring(usual, ",", ".")
    made = usual.cast(kind)
    bad = np.zeros(len(texts), bool)
    signed = columns.mask(pc.starts_with(usual, "-"))
    if not pc.all(plain).as_py():
        rest = pc.if_else(plain, nothing, cells)
        others, bad = columns.distinct(rest, lambda text: _number(text, decimal), kind)
        made = pc.coalesce(made, others)
        signed |= columns.mask(pc.less(others, 0))
    return made, signed, bad


def _number(text: str, decimal: str) -> Decimal:
    found = number(text, decimal)
    if found.is_signed() and not found:
        raise UnusableError("amount", "nothing, with a minus")  # Arrow has no such sum
    return found


def times(
    texts: pa.Array, forms: tuple[str, ...], zone: str
) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Return times in UTC, null for ``""``, those that are days, and those that are none.

    Args:
        texts: the times.
        forms: `datetime.strptime` formats; empty for ISO 8601.
        zone: time zone of times without an offset, IANA name.
    """
    found = np.zeros(len(texts), np.int64)
    is_day = np.zeros(len(texts), bool)
    begins = starts(texts)
    left = np.diff(begins) > 0
    is_empty = ~left
    # Of several forms only the first is sure to be the one that a text is read by.
    for form in _ISO if not forms else forms[:1]:
        fixed = _fixed(form)
        if fixed is None:
            continue
        rows = np.flatnonzero(left & (np.diff(begins) == fixed.width))
        if len(rows):
            data = np.frombuffer(texts.buffers()[2], np.uint8)
            microseconds, fits = fixed.read(data[begins[rows, None] + np.arange(fixed.width)])
            if zone != "UTC" and not form.endswith("Z"):
                microseconds, sure = _to_utc(microseconds, zone)
                fits &= sure
            rows = rows[fits]
            found[rows], is_day[rows], left[rows] = microseconds[fits], fixed.is_day, False
    bad = np.zeros(len(texts), bool)
    for row in np.flatnonzero(left).tolist():
        try:
            at, precision = time(texts[row].as_py(), forms, zone)
        except UnusableError:
            bad[row] = True
        else:
            found[row], is_day[row] = _microseconds(at), precision == "day"
    made = pa.array(found, mask=is_empty | bad).view(pa.timestamp("us"))
    return made, is_day, bad


class _Fixed(NamedTuple):
    """A form in which everything has its place.

    Attributes:
        width: its length.
        places: directive, place and width of each number in it.
        marks: place and code of each other character.
        is_day: it tells no hour.
    """

    width: int
    places: tuple[tuple[str, int, int], ...]
    marks: tuple[tuple[int, int], ...]
    is_day: bool

    def read(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return microseconds since 1970 of texts, a row of bytes each, and which are sure."""
        digits = cells.astype(np.int64) - ord("0")
        fits = np.ones(len(cells), bool)
        for at, mark in self.marks:
            fits &= cells[:, at] == mark
        parts = dict.fromkeys("HMS", np.zeros(len(cells), np.int64))
        for name, at, width in self.places:
            part = digits[:, at : at + width]
            fits &= ((part >= 0) & (part <= 9)).all(axis=1)
            parts[name] = part @ (10 ** np.arange(width)[::-1])
        year, month, day = parts["Y"], parts["m"], parts["d"]
        fits &= (year > 1) & (year < 9999) & (month >= 1) & (month <= 12) & (day >= 1)
        fits &= (parts["H"] < 24) & (parts["M"] < 60) & (parts["S"] < 60)
        first = np.where(fits, (year - 1970) * 12 + month - 1, 0).astype("M8[M]")
        start = first.astype("M8[D]")
        fits &= day <= ((first + 1).astype("M8[D]") - start).astype(np.int64)
        seconds = parts["H"] * 3600 + parts["M"] * 60 + parts["S"]
        days = start.astype(np.int64) + day - 1
        return (days * 86_400 + seconds) * _SECOND, fits


@lru_cache(maxsize=256)
def _fixed(form: str) -> _Fixed | None:
    """Return a form as one in which everything has its place, None if it is not."""
    places, marks, at, end = [], [], 0, 0
    for found in _FORM.finditer(form):
        if found.start() != end:
            return None
        end = found.end()
        if found[2]:
            marks.append((at, ord(found[2])))
            at += 1
        elif found[1] in _WIDTHS:
            places.append((found[1], at, _WIDTHS[found[1]]))
            at += _WIDTHS[found[1]]
        else:
            return None
    names = [name for name, *_ in places]
    if end != len(form) or len({*names}) < len(names) or not {"Y", "m", "d"} <= {*names}:
        return None
    return _Fixed(at, tuple(places), tuple(marks), "H" not in names)


def _to_utc(local: np.ndarray, zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Return local times in UTC and which are sure: those of hours without a change of clocks."""
    hours, at = np.unique(local // _HOUR, return_inverse=True)
    shifts = np.zeros(len(hours), np.int64)
    sure = np.ones(len(hours), bool)
    for place, hour in enumerate(hours.tolist()):
        start = datetime(1970, 1, 1) + timedelta(hours=hour)
        ends = [_shift(each, zone) for each in (start, start + timedelta(microseconds=_HOUR - 1))]
        shifts[place], sure[place] = ends[0], ends[0] == ends[1]
    return local - shifts[at], sure[at]


def _shift(local: datetime, zone: str) -> int:
    offset = local.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()
    return offset // timedelta(microseconds=1)


def _microseconds(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
