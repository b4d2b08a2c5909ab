"""Dates of any precision."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from manara.model.types.base import PropertyType

_DATE = re.compile(
    r"([12]\d{3})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{2})(?::(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
    r"(Z|[+-]\d{2}(?::?\d{2})?)?)?)?)?",
    re.ASCII,
)

#: Length of the canonical form by how many parts are given, from the year to the second.
_LENGTHS = (0, 4, 7, 10, 13, 16, 19)


class DateType(PropertyType):
    """A date or time of ISO 8601, to the precision the source knows.

    ``1961``, ``1961-05``, ``1961-05-07``, ``1961-05-07T21``, ``…T21:48`` and ``…T21:48:52`` are
    all dates, each a prefix of the next; missing parts are unknown, not zero. Times are UTC: an
    offset from UTC is applied, fractions of a second are dropped. Years run from 1000 to 2999.
    Other ways to write a date are the business of whoever reads the source.
    """

    name = "date"
    max_length = 32

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the date; see `PropertyType.clean`."""
        return _clean(text)


@lru_cache(maxsize=65_536)
def _clean(text: str) -> str | None:
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    *texts, offset = found.groups()
    parts = [int(text) for text in texts if text]
    year, month, day, hour, minute, second = parts + [1, 1, 1, 0, 0, 0][len(parts) :]
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        if offset and offset != "Z":
            moment = datetime.fromisoformat(f"{moment:%Y-%m-%dT%H:%M:%S}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    text = moment.isoformat()[: _LENGTHS[len(parts)]]
    return text if text[0] in "12" else None
