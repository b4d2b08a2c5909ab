"""PNRGOV: bookings that carriers send to a state, with the travellers and legs of each.

The segments are those of the IATA/ICAO/WCO PNRGOV message implementation guide, versions 10 to 14,
which agree in what is read here: RCI, DAT, TVL, TIF and SSR of type DOCS. Contacts, fares, bags
and seats stay in the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

from manara.formats.edifact import Message, Segment, format_of
from manara.formats.travellers import Document, Leg, Traveller, day, is_visa, moment, record
from manara.model import Record, Reject

#: Titles behind the given name: glued to it only where it has three letters or more.
_TITLE = re.compile(r"(?:\s+(?:MR|MRS|MS|MISS|MSTR|DR)|(?<=\w{3})(?:MR|MRS|MISS|MSTR))$")


class _Docs(NamedTuple):
    """What an SSR of type DOCS says (IATA resolution 830d): of whom, and the document."""

    traveller: str
    kind: str
    issuer: str
    number: str
    nationality: str
    born: str
    sex: str
    expires: str
    family: str
    given: str
    segment: Segment


def _bookings(message: Message) -> Iterator[Record | Reject]:
    """Yield one record a traveller of a booking, and what breaks a rule as rejects."""
    made = day(message.made, date.max) or datetime.now(UTC).date()
    starts = [at for at, one in enumerate(message.segments) if one.tag == "SRC"]
    flight = message.segments[: starts[0]] if starts else message.segments
    leaving = [leg for leg, _ in _legs(message, flight) if leg]
    if not leaving:
        yield Reject(f"{message.at}, TVL", "flight", "no flight with a time of departure", "")
    number = 0
    for begin, end in zip(starts, [*starts[1:], len(message.segments)], strict=True):
        segments = message.segments[begin + 1 : end]
        legs = []
        for leg, fault in _legs(message, segments):
            if leg:
                legs.append(leg)
            elif fault:
                yield fault
        booking, booked = _booking(segments)
        for one in _travellers(message, segments, made):
            if isinstance(one, Reject):
                yield one
                continue
            number += 1
            otherwise = f"pnrgov-{message.reference}-{number}"
            told = one._replace(booking=booking)
            yield record(told, otherwise, legs or leaving, "booked", message.reference, booked)


def _booking(segments: list[Segment]) -> tuple[str, datetime | None]:
    """Return the record locator of a booking, and when it was made."""
    locator, booked = "", None
    for segment in segments:
        if segment.tag == "RCI" and not locator:
            locator = segment.part(1, 2)
            booked = moment(_backward(segment.part(1, 4)), segment.part(1, 5)[:4])
        elif segment.tag == "DAT" and segment.part(1) == "700" and not booked:
            booked = moment(_backward(segment.part(1, 2)), segment.part(1, 3)[:4])
    return locator, booked


def _legs(message: Message, segments: list[Segment]) -> Iterator[tuple[Leg | None, Reject | None]]:
    """Yield the legs of a booking; open and waitlisted ones without a departure are none."""
    for segment in segments:
        if segment.tag != "TVL" or not segment.part(1):
            continue
        leaves = moment(_backward(segment.part(1, 1)), segment.part(1, 2))
        arrives = moment(_backward(segment.part(1, 3)) or _backward(segment.part(1, 1)),
                         segment.part(1, 4))  # fmt: skip
        if leaves is None:
            told = "no departure as DDMMYY:HHMM"
            yield None, Reject(f"{message.at}, {segment.at}", "flight", told, segment.text[:500])
            continue
        service = f"{segment.part(4)}{segment.part(5)}"
        yield Leg(service, segment.part(2), segment.part(3), leaves, arrives), None


def _backward(text: str) -> date | None:
    """Return a day DDMMYY; some send YYMMDD, which is taken where the other is none."""
    return day(f"{text[4:6]}{text[2:4]}{text[:2]}", date.max) or day(text, date.max)


def _travellers(
    message: Message, segments: list[Segment], made: date
) -> Iterator[Traveller | Reject]:
    """Yield the travellers of a booking, each with the DOCS that are said of them."""
    names = [segment for segment in segments if segment.tag == "TIF"]
    said: list[list[_Docs]] = [[] for _ in names]
    last = -1
    for segment in segments:
        if segment.tag == "TIF":
            last += 1
        elif segment.tag == "SSR" and segment.part(1) == "DOCS":
            docs = _docs(segment)
            whose = _whose(docs, names, last)
            if whose < 0:
                told = "the DOCS do not say of which traveller of the booking"
                yield Reject(f"{message.at}, {segment.at}", "traveller", told, segment.text[:500])
            else:
                said[whose].append(docs)
    for name, docs_of in zip(names, said, strict=True):
        yield from _traveller(message, name, docs_of, made)


def _docs(segment: Segment) -> _Docs:
    free = ":".join(segment.elements[0][8:]) if segment.elements else ""
    fields = [one.strip() for one in free.split("/")] + [""] * 9
    _, kind, issuer, number, nationality, born, sex, expires, family, *given = fields
    names = " ".join(filter(None, given[:2]))
    return _Docs(
        segment.part(2, 3), kind, issuer, number, nationality, born, sex, expires, family, names,
        segment,
    )  # fmt: skip


def _whose(docs: _Docs, names: list[Segment], last: int) -> int:
    """Return the place of the traveller that DOCS are about; -1 for none.

    It is whom its reference names, else the one whose name it stands under, else the one of that
    family name, or the only one.
    """
    by_number = [at for at, one in enumerate(names) if one.part(2, 3) == docs.traveller]
    if docs.traveller and len(by_number) == 1:
        return by_number[0]
    if last >= 0:
        return last
    kin = [at for at, one in enumerate(names) if one.part(1) == docs.family]
    alone = kin if len(kin) == 1 else range(len(names))
    return alone[0] if len(alone) == 1 else -1


def _traveller(
    message: Message, name: Segment, said: list[_Docs], made: date
) -> Iterator[Traveller | Reject]:
    at = f"{message.at}, {name.at}"
    family, given = name.part(1), _TITLE.sub("", name.part(2))
    if not family:
        yield Reject(at, "name", "a traveller without a name", name.text[:500])
        return
    one = Traveller(at, family, given, " ".join(filter(None, (name.part(2), family))))
    for docs in said:
        place = f"{message.at}, {docs.segment.at}"
        days = {}
        for field, text in (("born", docs.born), ("expires", docs.expires)):
            found = day(text, made, past=field == "born") if text else None
            if text and not found:
                yield Reject(place, "date", "no day as DDMMMYY", docs.segment.text[:500])
            days[field] = found.isoformat() if found else ""
        if docs.family and docs.given and not is_visa(docs.kind):
            one = one._replace(family=docs.family, given=_TITLE.sub("", docs.given), at=place)
        if docs.number and not is_visa(docs.kind):
            document = Document(docs.number, docs.kind, docs.issuer, days["expires"])
            one = one._replace(documents=(*one.documents, document))
        born_at = place if days["born"] else ""
        one = one._replace(
            sex=docs.sex or one.sex, nationality=docs.nationality or one.nationality,
            born=days["born"] or one.born, born_at=born_at or one.born_at,
        )  # fmt: skip
    yield one


FORMAT = format_of("PNRGOV", "PNRGOV bookings", _bookings)
