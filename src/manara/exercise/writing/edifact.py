"""Messages of carriers on the travellers of a flight: PAXLST and PNRGOV in UN/EDIFACT.

The segments are those of the WCO/IATA/ICAO guidelines on advance passenger information (PAXLST,
directory D.12B) and of the PNRGOV principles and implementation guide (version 13.1), the common
subset of both.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple


class Passenger(NamedTuple):
    """A traveller on a flight; ``booked`` is an ISO 8601 time."""

    given: str
    family: str
    sex: str
    country: str
    document: str
    born: date | None
    locator: str
    booked: str


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

#: Number of the flight, airports from and to, time of departure in ISO 8601.
Leg = tuple[str, str, str, str]


def paxlst(leg: Leg, people: Sequence[Passenger], number: int) -> str:
    """Return an interchange with the passenger list of a flight."""
    service, origin, destination, leave = leg
    day = _day(leave)
    body = [
        "BGM+745",
        f"NAD+MS+++{service[:2]} PASSENGER OFFICE",
        "COM+000 0000:TE",
        f"TDT+20+{service}+++{service[:2]}",
        f"LOC+125+{origin}",
        f"DTM+189:{day}{_hour(leave)}:201",
        f"LOC+87+{destination}",
        f"DTM+232:{day}{_hour(leave)}:201",
    ]
    for one in people:
        body += [
            f"NAD+FL+++{plain(one.family)}:{plain(one.given)}",
            f"ATT+2++{one.sex}",
            *([f"DTM+329:{one.born:%y%m%d}"] if one.born else []),
            f"LOC+178+{origin}",
            f"LOC+179+{destination}",
            f"NAT+2+{one.country.upper()}X",
            f"RFF+AVF:{one.locator}",
            *([f"DOC+P:110:111+{plain(one.document)}"] if one.document else []),
            *([f"LOC+91+{one.country.upper()}X"] if one.document else []),
        ]
    body.append(f"CNT+42:{len(people)}")
    return _interchange("PAXLST:D:12B:UN:IATA", body, service, day, _hour(leave), number)


def pnrgov(leg: Leg, people: Sequence[Passenger], number: int) -> str:
    """Return an interchange with the bookings on a flight, each with its travellers."""
    service, origin, destination, leave = leg
    day, hour = _day(leave), _hour(leave)
    carrier, flight = service[:2], service[2:]
    bookings = [
        (locator, list(held))
        for locator, held in groupby(
            sorted(people, key=lambda one: one.locator), lambda p: p.locator
        )
    ]
    fly = f"TVL+{day[4:6]}{day[2:4]}{day[:2]}:{hour}+{origin}+{destination}+{carrier}+{flight}"
    body = ["MSG+:22", f"ORG+{carrier}:{origin}", fly, f"EQN+{len(bookings)}"]
    for locator, held in bookings:
        made = held[0].booked
        body += [
            "SRC",
            f"RCI+{carrier}:{locator}::{_backward(made)}:{_hour(made)}",
            f"DAT+700:{_backward(made)}:{_hour(made)}",
            f"ORG+{carrier}:{origin}+00000000:{origin}",
        ]
        for place, one in enumerate(held, 1):
            body += [
                f"TIF+{plain(one.family)}+{plain(one.given)}:A:{place}:1",
                f"SSR+DOCS:HK:1:{carrier}:::::/P/{one.country.upper()}X/{plain(one.document)}/"
                f"{one.country.upper()}X/{_worded(one.born)}/{one.sex}//{plain(one.family)}/{plain(one.given)}",
            ]
        body += [f"{fly}:Y", f"RPI+{len(held)}+HK"]
    return _interchange("PNRGOV:13:1:IA", body, service, day, hour, number)


def _interchange(kind: str, body: list[str], service: str, day: str, hour: str, number: int) -> str:
    """Return segments in the envelope of ISO 9735: UNB, UNH, the body, UNT with its count, UNZ."""
    control = _reference(service, day, number)
    message = [f"UNH+1+{kind}", *body]
    whole = [
        f"UNB+UNOA:4+{service[:2]}AIR+APIUNIT+{day}:{hour}+{control}++{kind[:6]}",
        *message,
        f"UNT+{len(message) + 1}+1",
        f"UNZ+1+{control}",
    ]
    return "UNA:+.? '" + "".join(f"{segment}'" for segment in whole)


def reference(leg: Leg, number: int) -> str:
    """Return the control reference of the interchange with a message of that number."""
    return _reference(leg[0], _day(leg[3]), number)


def _reference(service: str, day: str, number: int) -> str:
    return f"{service}{day}{number:04d}"


def plain(text: str) -> str:
    """Return a text in capitals of ISO 9735's character set A, its separators released."""
    spread = unicodedata.normalize("NFKD", text).upper()
    kept = "".join(
        letter for letter in spread if letter.isascii() and (letter.isalnum() or letter in " -")
    )
    return kept.strip() or "UNKNOWN"


def _worded(day: date | None) -> str:
    """Return a day as DDMMMYY, as DOCS have it."""
    return f"{day.day:02d}{_MONTHS[day.month - 1]}{day:%y}" if day else ""


def _day(time: str) -> str:
    return time[2:4] + time[5:7] + time[8:10]


def _backward(time: str) -> str:
    return time[8:10] + time[5:7] + time[2:4]


def _hour(time: str) -> str:
    return time[11:13] + time[14:16]
