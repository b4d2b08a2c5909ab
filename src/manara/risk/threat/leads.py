"""Where the grave leads of a workspace lie: severity, place and day, and nothing about whom.

They are no incidents and change no rate. What is under way near a site is a ground to look at it.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from manara.formats.delimited import rows
from manara.model import Lead, Reject, Severity
from manara.model.audience import Tlp
from manara.store import View

#: Leads of less severity are left out.
_GRAVE = Severity.HIGH
#: Digits kept of a place in degrees: about a kilometre, so that no house can be told.
_DIGITS = 2
_COLUMNS = ("lead", "last", "severity", "latitude", "longitude")
#: Mean radius of the Earth in km (IUGG).
_RADIUS = 6371.0088


class LeadPlace(NamedTuple):
    """One place of a lead.

    Attributes:
        lead: its number in the file, by which its places are known as one lead's.
        last: the day on which it last changed.
        severity: 3 or 4.
        latitude: degrees, WGS 84.
        longitude: degrees, WGS 84.
    """

    lead: int
    last: date
    severity: int
    latitude: float
    longitude: float


def workspace_leads(view: View) -> list[LeadPlace]:
    """Return where the events lie that a workspace's grave leads rest on.

    Left out are leads that nobody finds any longer, that were dismissed, or that are for named
    recipients only (TLP:RED), and events under such a rule.
    """
    dismissed = {one for one, each in view.decisions().items() if each.outcome == "dismissed"}
    closed = {name for name, rule in view.handlings().items() if rule.tlp == Tlp.RED}
    found: list[LeadPlace] = []
    for lead in view.leads():
        open_ = lead.id not in dismissed and lead.handling.tlp != Tlp.RED
        if open_ and lead.finding.severity >= _GRAVE:
            number = found[-1].lead + 1 if found else 1
            found += _places(view, lead, number, closed)
    return found


def _places(view: View, lead: Lead, number: int, closed: set[str]) -> Iterator[LeadPlace]:
    events = view.evidence(lead.finding.evidence).values()
    spots = {
        (round(row["latitude"], _DIGITS), round(row["longitude"], _DIGITS))
        for row in events
        if row["handling_id"] not in closed
        and row.get("latitude") is not None
        and row.get("longitude") is not None
    }
    for spot in sorted(spots):
        yield LeadPlace(number, lead.updated.date(), int(lead.finding.severity), *spot)


def write_leads(path: Path, places: Iterable[LeadPlace]) -> None:
    """Write places of leads as a table that `read_leads` reads."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(_COLUMNS)
        table.writerows(places)
    part.replace(path)


def read_leads(path: Path) -> tuple[list[LeadPlace], list[Reject]]:
    """Return the places of leads in a CSV file, and what could not be used.

    Raises:
        FormatError: it cannot be read as a table.
    """
    found, rejects = [], []
    for row in rows(path):
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        try:
            lead, last, severity, north, east = (row.values[name].strip() for name in _COLUMNS)
            place = LeadPlace(
                int(lead), date.fromisoformat(last), int(severity), float(north), float(east)
            )
            if not (abs(place.latitude) <= 90 and abs(place.longitude) <= 180):
                raise ValueError("a place that is not on Earth")
            found.append(place)
        except (KeyError, ValueError) as error:
            rejects.append(Reject(row.locator, "lead", f"no place of a lead: {error}"))
    return found, rejects


def leads_near(places: Sequence[LeadPlace], latitude: float, longitude: float, reach: float) -> int:
    """Return how many leads have a place within a reach of a point.

    Args:
        places: of leads.
        latitude: of the point, degrees.
        longitude: likewise.
        reach: km along the great circle, by the haversine formula.
    """
    near = (one for one in places if _distance(one, latitude, longitude) <= reach)
    return len({one.lead for one in near})


def _distance(place: LeadPlace, latitude: float, longitude: float) -> float:
    north, south = math.radians(place.latitude), math.radians(latitude)
    east = math.radians(place.longitude - longitude)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * _RADIUS * math.asin(math.sqrt(half))
