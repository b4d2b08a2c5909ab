"""PAXLST: passenger lists that carriers send before departure (advance passenger information).

The segments are those of the WCO/IATA/ICAO guidelines on advance passenger information, appendix
on the UN/EDIFACT message PAXLST, directories D.02B to D.12B, which agree in what is read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from manara.formats.edifact import Message, Segment, format_of
from manara.formats.travellers import Document, Leg, Traveller, day, is_visa, moment, record
from manara.model import Record, Reject

#: Parties (code list 3035) who travel: passengers, crew, and both in transit.
_TRAVELLERS = frozenset({"FL", "FM", "DDU", "DDT"})
#: Places (code list 3227) where a leg begins and ends, and times (code list 2005) of it.
_FROM, _TO, _LEAVES, _ARRIVES = "125", "87", "189", "232"
#: Of a traveller: birth (2005), birth place and issuer of the document (3227), expiry (2005).
_BORN, _BIRTH_PLACE, _ISSUER, _EXPIRES = "329", "180", "91", "36"


def _list(message: Message) -> Iterator[Record | Reject]:
    """Yield one record a traveller, and what breaks a rule as rejects."""
    made = day(message.made, date.max) or datetime.now(UTC).date()
    head, travellers = _groups(message)
    legs = [_leg(part) for part in _legs(head)]
    for leg in legs:
        if leg.leaves is None:
            told = f"the flight {leg.service or '(no number)'} has no time of departure (DTM+189)"
            yield Reject(f"{message.at}, TDT", "flight", told, leg.service)
    if not legs:
        yield Reject(message.at, "flight", "no flight: TDT is missing", "")
    for number, segments in enumerate(travellers, 1):
        one, faults = _traveller(message, segments, made)
        yield from faults
        if not one.family:
            name = segments[0]
            yield Reject(f"{message.at}, {name.at}", "name", "a traveller without a name",
                         name.text[:500])  # fmt: skip
            continue
        otherwise = f"paxlst-{message.reference}-{number}"
        yield record(one, otherwise, legs, "checked-in", message.reference, None)


def _groups(message: Message) -> tuple[list[Segment], list[list[Segment]]]:
    """Return what stands before the travellers, and the segments of each."""
    head: list[Segment] = []
    travellers: list[list[Segment]] = []
    for segment in message.segments:
        if segment.tag == "NAD" and segment.part(1) in _TRAVELLERS:
            travellers.append([segment])
        elif segment.tag == "CNT":
            break
        else:
            (travellers[-1] if travellers else head).append(segment)
    return head, travellers


def _legs(head: list[Segment]) -> Iterator[list[Segment]]:
    """Yield the segments of each leg: a new one begins with each flight and each departure."""
    found: list[Segment] = []
    flight: list[Segment] = []
    for segment in head:
        if segment.tag == "TDT":
            if found:
                yield flight + found
            flight, found = [segment], []
        elif flight and segment.tag in ("LOC", "DTM"):
            if segment.tag == "LOC" and segment.part(1) == _FROM and found:
                yield flight + found
                found = []
            found.append(segment)
    if flight:
        yield flight + found


def _leg(segments: list[Segment]) -> Leg:
    places: dict[str, str] = {}
    times: dict[str, datetime | None] = {}
    for segment in segments[1:]:
        if segment.tag == "LOC":
            places.setdefault(segment.part(1), segment.part(2))
        else:
            times.setdefault(segment.part(1), _time(segment.part(1, 2)))
    return Leg(
        segments[0].part(2), places.get(_FROM, ""), places.get(_TO, ""), times.get(_LEAVES),
        times.get(_ARRIVES),
    )  # fmt: skip


def _time(text: str) -> datetime | None:
    """Return a time YYMMDDHHMM or CCYYMMDDHHMM (code list 2379: 201, 203)."""
    return moment(day(text[:-4], date.max), text[-4:])


def _traveller(
    message: Message, segments: list[Segment], made: date
) -> tuple[Traveller, list[Reject]]:
    """Return a traveller with what breaks a rule; other segments stay in the source."""
    name, faults = segments[0], list[Reject]()
    parts = [name.part(4, number) for number in (1, 2, 3)]
    told: dict[str, str] = {}
    documents: list[Document] = []
    for segment in segments[1:]:
        kind, value = segment.part(1), segment.part(1, 2)
        if segment.tag == "ATT" and kind == "2":
            told["sex"] = segment.part(3)
        elif segment.tag == "NAT":
            told["nationality"] = segment.part(2)
        elif segment.tag == "RFF" and kind == "AVF":
            told["booking"] = value
        elif segment.tag == "LOC" and kind == _BIRTH_PLACE:
            told["birth_country"] = segment.part(2)
        elif segment.tag == "DOC":
            documents.append(Document(segment.part(2), kind))
        elif segment.tag == "LOC" and kind == _ISSUER and documents:
            documents[-1] = documents[-1]._replace(issuer=segment.part(2))
        elif segment.tag == "DTM" and kind in (_BORN, _EXPIRES):
            found = day(value, made, past=kind == _BORN)
            if not found:
                faults.append(Reject(f"{message.at}, {segment.at}", "date",
                                     "no day as YYMMDD", segment.text[:500]))  # fmt: skip
            elif kind == _BORN:
                told |= {"born": found.isoformat(), "born_at": f"{message.at}, {segment.at}"}
            elif documents:
                documents[-1] = documents[-1]._replace(expires=found.isoformat())
    shown = tuple(one for one in documents if one.number and not is_visa(one.kind))
    family, given = parts[0], " ".join(filter(None, parts[1:]))
    return Traveller(f"{message.at}, {name.at}", family, given, documents=shown, **told), faults


FORMAT = format_of("PAXLST", "PAXLST passenger list", _list)
