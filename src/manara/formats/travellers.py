"""What carriers tell of a traveller, as statements and movements; PAXLST and PNRGOV have the same.

A traveller is known by the document shown and the birth date that it was shown with, so that the
same traveller in two messages is one. Without either, a traveller is one of that message.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from manara.formats.base import subject
from manara.model import Record, StatedEvent

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NUMERIC = re.compile(r"(\d{2}|\d{4})(\d{2})(\d{2})")
_WORDED = re.compile(r"(\d{2})([A-Z]{3})(\d{2}|\d{4})")
_SEXES = {"M": "male", "F": "female"}
#: Document types (ICAO Doc 9303-3): what begins so is a passport; a visa is no document of its own.
_PASSPORT, _VISA = "P", "V"


class Leg(NamedTuple):
    """A flight from one airport to the next; codes are IATA's, times local to the airport."""

    service: str
    origin: str
    destination: str
    leaves: datetime | None
    arrives: datetime | None


class Document(NamedTuple):
    """A document with its type, issuer and last day, each as the message has it."""

    number: str
    kind: str = ""
    issuer: str = ""
    expires: str = ""


class Traveller(NamedTuple):
    """A traveller of a message; ``at`` is where the name stands, ``written`` the name there."""

    at: str
    family: str
    given: str
    written: str = ""
    sex: str = ""
    born: str = ""
    born_at: str = ""
    nationality: str = ""
    birth_country: str = ""
    documents: tuple[Document, ...] = ()
    booking: str = ""


def entity_id(one: Traveller, otherwise: str) -> str:
    """Return the id of a traveller: by document and birth date, else the one that is given."""
    if not one.documents or not one.born:
        return "-".join(filter(None, re.split(r"[^0-9A-Za-z.]+", otherwise)))
    document = one.documents[0]
    return _made("traveller", document.issuer, document.number, one.born)


def _made(kind: str, *parts: str) -> str:
    """Return an id made of particulars without telling them to whoever sees the id."""
    key = "\x1f".join("".join(part.split()).upper() for part in parts)
    return f"{kind}-{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}"


def record(
    one: Traveller,
    otherwise: str,
    legs: Sequence[Leg],
    stage: str,
    reference: str,
    booked: datetime | None,
) -> Record:
    """Return what a message says of a traveller, with a movement for each leg that has a time.

    Args:
        one: the traveller.
        otherwise: the id of a traveller who shows no document.
        legs: the flights.
        stage: ``booked`` or ``checked-in``.
        reference: of the message.
        booked: when the booking was made, if the message says so.
    """
    found = Record(one.at, [])
    person = subject(found, "Person", entity_id(one, otherwise))
    person.add("name", " ".join(filter(None, (one.given, one.family))), one.at,
               original=one.written)  # fmt: skip
    person.add("firstName", one.given, one.at)
    person.add("lastName", one.family, one.at)
    person.add("gender", _SEXES.get(one.sex, ""), one.at, original=one.sex)
    person.add("birthDate", one.born, one.born_at or one.at)
    person.add("nationality", one.nationality, one.at)
    person.add("birthCountry", one.birth_country, one.at)
    shown = ""
    for document in one.documents:
        passport = document.kind.startswith(_PASSPORT)
        person.add("passportNumber" if passport else "idNumber", document.number, one.at)
        paper = subject(
            found,
            "Passport" if passport else "Identification",
            _made("document", document.issuer, document.number),
        )
        paper.add("holder", person.id, one.at)
        paper.add("number", document.number, one.at)
        paper.add("type", document.kind, one.at)
        paper.add("country", document.issuer, one.at)
        paper.add("endDate", document.expires, one.at)
        shown = shown or paper.id
    events = tuple(
        StatedEvent("movements", _movement(leg, person.id, stage, reference, shown, one, booked),
                    one.at)
        for leg in legs if leg.leaves
    )  # fmt: skip
    return Record(found.locator, found.stated, events)


def _movement(
    leg: Leg,
    person: str,
    stage: str,
    reference: str,
    document: str,
    one: Traveller,
    booked: datetime | None,
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "time": leg.leaves,
        "time_precision": "minute",
        "reference": reference,
        "subject": person,
        "stage": stage,
        "means": "air",
        "service": leg.service,
        "origin": leg.origin,
        "destination": leg.destination,
        "document": document,
        "booking": one.booking,
    }
    if leg.arrives and leg.leaves and leg.arrives > leg.leaves:
        values["time_end"] = leg.arrives
    return values | ({"booked_at": booked} if booked else {})


def is_visa(kind: str) -> bool:
    """Return whether a document type is that of a visa, which says nothing of who shows it."""
    return kind.startswith(_VISA)


def day(text: str, made: date, *, past: bool = False) -> date | None:
    """Return a day of a message, or None if there is none such.

    Args:
        text: YYMMDD, YYYYMMDD, DDMMMYY or DDMMMYYYY.
        made: the day on which the message was made.
        past: whether it is before that day, as a birth is; else a year of two digits is of this
            century.
    """
    if numeric := _NUMERIC.fullmatch(text):
        parts = numeric[1], numeric[2], numeric[3]
    elif (worded := _WORDED.fullmatch(text)) and worded[2] in _MONTHS:
        parts = worded[3], str(_MONTHS.index(worded[2]) + 1), worded[1]
    else:
        return None
    year = int(parts[0]) + (2000 if len(parts[0]) == 2 else 0)
    try:
        found = date(year, int(parts[1]), int(parts[2]))
        if past and len(parts[0]) == 2 and found > made:
            found = found.replace(year=year - 100)
    except ValueError:
        return None
    return found


def moment(day_: date | None, clock: str) -> datetime | None:
    """Return a time from a day and HHMM; without a clock there is none."""
    if day_ is None or not re.fullmatch(r"([01]\d|2[0-3])[0-5]\d", clock):
        return None
    return datetime(day_.year, day_.month, day_.day, int(clock[:2]), int(clock[2:]), tzinfo=UTC)
