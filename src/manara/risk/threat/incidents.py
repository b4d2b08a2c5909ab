"""Past incidents reduced to date, place, kind and count: nothing else of them is kept.

Read from the georeferenced events of UCDP (CSV), from a plain CSV file, or from the ``incidents``
table of a workspace.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.formats.delimited import Row, rows
from manara.model import FormatError, Handling, Reject
from manara.store import View
from manara.store.files import replacing

#: UCDP's `type_of_violence`, in words.
_UCDP_KINDS = {"1": "state-based", "2": "non-state", "3": "one-sided"}

_EPOCH = date(1970, 1, 1).toordinal()

_WORKSPACE = """
SELECT id, CAST("time" AS DATE) AS day, time_precision, place, country, kind, latitude, longitude,
    killed, handling_id FROM incidents ORDER BY "time", id
"""


def anything(rule: Handling) -> bool:
    """Return that what comes under a rule may be used, whichever it is."""
    return True


class Incident(NamedTuple):
    """One incident.

    Attributes:
        day: days since 1970-01-01.
        exact: whether the day itself is known, not only the week, month or year.
        area: name of the place or of the degree square, ``""`` if nothing is known.
        kind: of the incident or of the site struck, ``""`` if unknown.
        latitude: degrees, WGS 84; NaN if unknown.
        longitude: degrees, WGS 84; NaN if unknown.
        killed: people, 0 if unknown.
    """

    day: int
    exact: bool
    area: str
    kind: str
    latitude: float
    longitude: float
    killed: int


@dataclass(frozen=True, slots=True)
class Incidents:
    """Incidents in the order of time.

    Attributes:
        items: the incidents.
        source: name of the file, or ``workspace``.
        sha256: of the file, or the state of the workspace.
        rejects: what could not be used, with place and rule.
    """

    items: tuple[Incident, ...]
    source: str
    sha256: str
    rejects: tuple[Reject, ...]

    def days(self) -> NDArray[np.float64]:
        """Return the days of the incidents whose day is known, shape (n,), rising."""
        return np.array([one.day for one in self.items if one.exact], np.float64)

    @property
    def first(self) -> int:
        """Day of the first incident."""
        return self.items[0].day

    @property
    def last(self) -> int:
        """Day of the last incident."""
        return self.items[-1].day


def read_incidents(path: Path) -> Incidents:
    """Return the incidents of a CSV file.

    A file with the columns `date_start`, `date_prec` and `best` is taken to be of UCDP GED. Any
    other needs `date` (YYYY-MM-DD) and may have `area`, `kind`, `latitude`, `longitude`, `count`,
    and `exact`: ``no`` where only the month or year is known.

    Raises:
        FormatError: no such columns, or no incident in it.
    """
    items: list[Incident] = []
    rejects: list[Reject] = []
    for row in rows(path):
        found = row if isinstance(row, Reject) else _incident(row, path.name)
        if isinstance(found, Incident):
            items.append(found)
        else:
            rejects.append(found)
    return _ordered(items, path.name, hashlib.sha256(path.read_bytes()).hexdigest(), rejects)


def workspace_incidents(view: View, may: Callable[[Handling], bool] = anything) -> Incidents:
    """Return the incidents that a workspace knows of.

    Args:
        view: of it.
        may: says whether what comes under a rule may be used.

    Raises:
        FormatError: it knows of none.
    """
    open_to = {name for name, rule in view.handlings().items() if may(rule)}
    items = []
    for row in view.sql(_WORKSPACE).to_pylist():
        if row["handling_id"] not in open_to:
            continue
        north, east = (
            row[name] if row[name] is not None else math.nan for name in ("latitude", "longitude")
        )
        area = row["place"] or row["country"] or square(north, east)
        exact = row["time_precision"] not in ("month", "year")
        items.append(
            Incident(_number(row["day"]), exact, area, row["kind"], north, east, row["killed"] or 0)
        )
    return _ordered(items, "workspace", str(view.as_of), [])


def write_incidents(path: Path, incidents: Incidents) -> None:
    """Write incidents as a plain table that `read_incidents` reads: date, place, kind and count."""
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("date", "exact", "area", "kind", "latitude", "longitude", "count"))
        for one in incidents.items:
            spot = ("" if math.isnan(x) else x for x in (one.latitude, one.longitude))
            exact = "yes" if one.exact else "no"
            table.writerow((day(one.day), exact, one.area, one.kind, *spot, one.killed))


def day(number: int) -> date:
    """Return the date of a day counted from 1970-01-01."""
    return date.fromordinal(number + _EPOCH)


def square(latitude: float, longitude: float) -> str:
    """Return the name of the degree square of a place, such as ``5N 26E``; ``""`` for NaN."""
    if math.isnan(latitude) or math.isnan(longitude):
        return ""
    south, west = math.floor(latitude), math.floor(longitude)
    return f"{abs(south)}{'N' if south >= 0 else 'S'} {abs(west)}{'E' if west >= 0 else 'W'}"


def _ordered(items: list[Incident], source: str, sha256: str, rejects: list[Reject]) -> Incidents:
    if not items:
        raise FormatError("no incident in it", where=source)
    return Incidents(tuple(sorted(items, key=lambda one: one.day)), source, sha256, tuple(rejects))


def _incident(row: Row, name: str) -> Incident | Reject:
    ucdp = {"date_start", "date_prec", "best"} <= row.values.keys()
    if not ucdp and "date" not in row.values:
        raise FormatError(
            "neither UCDP events nor a column date",
            where=name,
            remedy="name the columns date, area, kind, latitude, longitude, count",
        )
    try:
        return _of_ucdp(row) if ucdp else _plain(row)
    except _BadCellError as bad:
        return Reject(row.at(bad.column), bad.rule, bad.reason, row.values[bad.column][:500])


class _BadCellError(Exception):
    def __init__(self, column: str, rule: str, reason: str) -> None:
        self.column, self.rule, self.reason = column, rule, reason


def _of_ucdp(row: Row) -> Incident:
    values = row.values
    names = ("latitude", "longitude") if "latitude" in values else ("lat", "lon")
    north, east = _spot(row, *names)
    area = values.get("adm_1") or values.get("country") or square(north, east)
    kind = _UCDP_KINDS.get(values.get("type_of_violence", ""), "")
    when = _day(row, "date_start")
    # Precision 1 is an exact day; from 2 on the day is one of several (UCDP GED codebook).
    return Incident(when, values["date_prec"] == "1", area, kind, north, east, _count(row, "best"))


def _plain(row: Row) -> Incident:
    north, east = _spot(row, "latitude", "longitude")
    area = row.values.get("area", "").strip() or square(north, east)
    kind = row.values.get("kind", "").strip()
    exact = row.values.get("exact", "").strip().lower() != "no"
    return Incident(_day(row, "date"), exact, area, kind, north, east, _count(row, "count"))


def _day(row: Row, column: str) -> int:
    try:
        return _number(date.fromisoformat(row.values[column].strip()[:10]))
    except ValueError:
        raise _BadCellError(column, "date", "not a date YYYY-MM-DD") from None


def _number(one: date) -> int:
    return one.toordinal() - _EPOCH


def _spot(row: Row, north: str, east: str) -> Iterator[float]:
    for column, most in ((north, 90.0), (east, 180.0)):
        text = row.values.get(column, "").strip()
        try:
            value = float(text) if text else math.nan
        except ValueError:
            value = math.inf
        if abs(value) > most:
            raise _BadCellError(column, "coordinate", f"not degrees from -{most:g} to {most:g}")
        yield value


def _count(row: Row, column: str) -> int:
    text = row.values.get(column, "").strip()
    if text and not (text.isascii() and text.isdigit()):
        raise _BadCellError(column, "count", "not a whole number from 0")
    return int(text or 0)
