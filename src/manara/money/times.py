"""When payments were made: seconds of whatever a column of times holds."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.model import FormatError
from manara.money.layout import I64

#: From this size on a number is not in seconds since 1970 but in the next finer unit, which begins
#: in March 1973; as seconds it would be the year 5138.
_FINER = 10**11
_UNITS = ("seconds", "milliseconds", "microseconds", "nanoseconds")
#: Numbers up to this are steps of a table: as seconds they would be all of three hours.
MOST_STEPS = 10_000
#: Steps repeat by the day if the hour tells this share of how the logarithms of their counts vary,
#: and that is so many times what cycles of 8, 12, 23 or 25 steps tell.
_TOLD_BY_HOUR, _TIMES_MORE = 0.25, 2.0
#: Fewest steps, three days, that can tell hours from days.
_LEAST_HOURS = 72
_HOUR, _DAY = 3600, 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = r"^\s*(?P<a>\d{1,2})[/.-](?P<b>\d{1,2})[/.-](?P<y>\d{4})(?P<rest>[ T].*)?$"


class Times(NamedTuple):
    """Times of rows.

    Attributes:
        ts: seconds since 1970, 0 where there are none.
        missing: rows without a time that can be read.
        taken: what they were taken for, in words.
    """

    ts: I64
    missing: NDArray[np.bool_]
    taken: str


def times_of_all(values: pa.Array) -> Times:
    """Return times of all rows of a table, as `times_of` and by what only all of them can tell.

    * Texts may be dates with day, month and year; the month is first if no first number is above 12
      and some second one is.
    * Numbers of which none is below 0 or above 10,000 are steps from the beginning: hours if how
      many payments there are follows the time of day, else days.

    Raises:
        FormatError: they are no times.
    """
    found = times_of(_year_first(values) if _is_text(values) else values)
    given = found.ts[~found.missing]
    if not found.taken.startswith("seconds") or not len(given):
        return found
    if given.min() < 0 or given.max() > MOST_STEPS:
        return found
    if _hourly(given):
        return found._replace(ts=found.ts * _HOUR, taken="steps of an hour")
    return found._replace(ts=found.ts * _DAY, taken="steps of a day")


def times_of(values: pa.Array) -> Times:
    """Return times: of timestamps, dates, numbers, or texts that are numbers or ISO 8601.

    Numbers are seconds since 1970; those of 10^11 or more milliseconds, of 10^14 or more
    microseconds, of 10^17 or more nanoseconds.

    Raises:
        FormatError: they are none of these.
    """
    if _is_text(values):
        values = _of_text(values)
    taken, kind = "dates and times", values.type
    try:
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            fine = pc.cast(values, pa.timestamp("us"), safe=False)
            values = pc.cast(pc.floor_temporal(fine, unit="second"), pa.timestamp("s"))
        elif pa.types.is_decimal(kind) or pa.types.is_floating(kind):
            values = pc.cast(values, pa.float64())
            values = pc.if_else(pc.less(pc.abs(values), 2.0**63), values, None)
            values, taken = pc.floor(values), ""
        else:
            taken = ""
        values = pc.cast(values, pa.int64(), safe=False)
    except pa.ArrowException as error:
        raise FormatError(
            f"ts is neither seconds nor timestamps: {error}",
            where="payments",
            remedy="give seconds since 1970 or times in ISO 8601",
        ) from error
    missing = values.is_null().to_numpy(zero_copy_only=False)
    ts: I64 = values.fill_null(0).to_numpy(zero_copy_only=False)
    return Times(ts, missing, taken) if taken else Times(*_coarse(ts, missing))


def whole_seconds(ts: int) -> int:
    """Return one number in seconds since 1970, by the rule of `times_of`."""
    while abs(ts) >= _FINER:
        ts //= 1000
    return ts


def _is_text(values: pa.Array) -> bool:
    return bool(pa.types.is_string(values.type) or pa.types.is_large_string(values.type))


def _coarse(ts: I64, missing: NDArray[np.bool_]) -> tuple[I64, NDArray[np.bool_], str]:
    """Return numbers in seconds, and what they were."""
    size = np.abs(ts)
    if size.max(initial=0) < _FINER:
        return ts, missing, f"{_UNITS[0]} since 1970"
    finer = np.searchsorted([_FINER, _FINER * 1000, _FINER * 1000**2], size, "right")
    names = [_UNITS[k] for k in np.unique(finer[~missing])]
    return ts // 1000**finer, missing, f"{' and '.join(names)} since 1970"


def _hourly(steps: I64) -> bool:
    """Return whether payments come and go by the hour of the day."""
    first, last = int(steps.min()), int(steps.max())
    if last - first + 1 < _LEAST_HOURS:
        return False
    counts = np.log1p(np.bincount(steps - first))
    told = {length: _told_by(counts, length) for length in (8, 12, 23, 24, 25)}
    most = max(share for length, share in told.items() if length != 24)
    return told[24] >= max(_TOLD_BY_HOUR, _TIMES_MORE * most)


def _told_by(counts: NDArray[np.float64], length: int) -> float:
    """Return the share of the variance of counts that their place in a cycle explains."""
    place = np.arange(len(counts)) % length
    means = np.bincount(place, counts) / np.bincount(place)
    total = float(np.var(counts))
    return 1 - float(np.mean((counts - means[place]) ** 2)) / total if total else 0.0


def _of_text(values: pa.Array) -> pa.Array:
    """Return numbers or timestamps of texts; null for what is neither, if they are mixed."""
    values = pc.utf8_trim_whitespace(values)
    values = pc.if_else(pc.equal(values, ""), None, values)
    for kind in (pa.int64(), pa.float64(), pa.timestamp("us"), pa.timestamp("us", "UTC")):
        with suppress(pa.ArrowException):
            return pc.cast(values, kind)
    values = pc.replace_substring_regex(values, " ?(UTC|GMT)$", "Z")
    seconds = pa.array([_second(one) for one in values.to_pylist()], pa.int64())
    dates = pc.all(pc.match_substring_regex(values, "[0-9][-/:]")).as_py()
    return seconds.cast(pa.timestamp("s")) if dates else seconds


def _year_first(values: pa.Array) -> pa.Array:
    """Return texts, dates that end with the year in the form of ISO 8601."""
    parts = pc.extract_regex(values, _DATE)
    if parts.null_count == len(parts):
        return values
    first, second, year, rest = (pc.struct_field(parts, name) for name in ("a", "b", "y", "rest"))
    highest = [pc.max(pc.cast(one, pa.int32())).as_py() for one in (first, second)]
    day, month = (second, first) if highest[0] <= 12 < highest[1] else (first, second)
    ends = [pc.utf8_lpad(one, 2, "0") for one in (month, day)]
    turned = pc.binary_join_element_wise(year, *ends, "-")
    whole = pc.binary_join_element_wise(turned, pc.fill_null(rest, ""), "")
    return pc.coalesce(whole, values)


def _second(text: str | None) -> int | None:
    for number in (int, float):
        with suppress(ValueError, OverflowError):
            return int(number(text or ""))
    with suppress(ValueError):
        found = datetime.fromisoformat((text or "").replace("/", "-"))
        return (found.replace(tzinfo=found.tzinfo or UTC) - _EPOCH) // timedelta(seconds=1)
    return None
