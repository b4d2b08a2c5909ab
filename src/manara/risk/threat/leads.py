"""Where the grave leads of a workspace lie: severity, place and day, and nothing about whom.

They are no incidents and change no rate. What is under way near a site is a ground to look at it.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from manara.formats.delimited import rows
from manara.model import Handling, Reject, Severity
from manara.model.audience import Tlp
from manara.risk.threat.incidents import anything
from manara.store import View
from manara.store.files import replacing

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


def workspace_leads(view: View, may: Callable[[Handling], bool] = anything) -> list[LeadPlace]:
    """Return where the events lie that a workspace's grave leads rest on.

    Left out are leads that nobody finds any longer, that were dismissed, or that are for named
    recipients only (TLP:RED), and events under such a rule.

    Args:
        view: of it.
        may: says whether what comes under a rule may be used.
    """
    dismissed = {one for one, each in view.decisions().items() if each.outcome == "dismissed"}
    closed = {
        name for name, rule in view.handlings().items() if rule.tlp == Tlp.RED or not may(rule)
    }
    grave = [
        lead
        for lead in view.leads()
        if lead.finding.severity >= _GRAVE
        and lead.id not in dismissed
        and lead.handling.tlp != Tlp.RED
        and may(lead.handling)
    ]
    events = view.evidence(fact for one in grave for fact in one.finding.evidence)
    spots = {
        key: (round(row["latitude"], _DIGITS), round(row["longitude"], _DIGITS))
        for key, row in events.items()
        if row["handling_id"] not in closed
        and row.get("latitude") is not None
        and row.get("longitude") is not None
    }
    located = [lead for lead in grave if not spots.keys().isdisjoint(lead.finding.evidence)]
    return [
        LeadPlace(number, lead.updated.date(), int(lead.finding.severity), *spot)
        for number, lead in enumerate(located, 1)
        for spot in sorted({spots[one] for one in lead.finding.evidence if one in spots})
    ]


def write_leads(path: Path, places: Iterable[LeadPlace]) -> None:
    """Write places of leads as a table that `read_leads` reads."""
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(_COLUMNS)
        table.writerows(places)


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
