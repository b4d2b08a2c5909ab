"""The form of the European Union's consolidated financial sanctions list (FSF 1.1, XML)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

from demo.output import sub, write_xml
from demo.party import NOTE, Birth, Listing, Name, Party
from demo.places import COUNTRIES

_NAMESPACE = "http://eu.europa.ec/fpi/fsd/export"
_DOCUMENTS = {
    "passport": ("passport", "National passport"),
    "national": ("id", "National identification card"),
    "registration": ("regnumber", "Registration Number"),
}
_LANGUAGES = {"ara": "AR", "fas": "FA", "rus": "RU", "ukr": "UK", "kor": "KO"}
_LEGAL_ACT = {
    "regulationType": "amendment",
    "publicationDate": "2024-02-28",
    "numberTitle": "2024/0000 (OJ L0) fictional",
    "publicationUrl": "https://example.org/fictional-regulation",
}


def _country(code: str) -> dict[str, str]:
    name = COUNTRIES[code].english.upper() if code else "UNKNOWN"
    return {"countryIso2Code": code or "00", "countryDescription": name}


class _Numbers:
    """Numbers the parts of the file, as the publisher does."""

    def __init__(self) -> None:
        self._last = 5000

    def part(self, entity: ET.Element, tag: str, **attributes: str) -> ET.Element:
        self._last += 1
        element = sub(entity, tag, **attributes, regulationLanguage="en", logicalId=str(self._last))
        if tag == "birthdate":
            sub(element, "regulationSummary", **_LEGAL_ACT)
        return element


def _names(numbers: _Numbers, entity: ET.Element, party: Party) -> None:
    native = [(Name("", party.native), _LANGUAGES.get(party.lang, ""))] if party.native else []
    for index, (name, lang) in enumerate([(name, "") for name in party.names] + native):
        gender = party.gender[:1].upper() if index == 0 else ""
        person = party.kind == "person" and not lang
        first, _, middle = name.given.partition(" ")
        about = {"gender": gender} if gender else {}
        numbers.part(
            entity, "nameAlias", firstName=first, middleName=middle,
            lastName=name.family if person else "", wholeName=name.whole,
            function=party.position if index == 0 else "", **about,
            title=party.title if index == 0 else "", nameLanguage=lang,
            strong="false" if name.weak else "true",
        )  # fmt: skip


def _birth(numbers: _Numbers, entity: ET.Element, birth: Birth, place: tuple[str, str]) -> None:
    parts = birth.first.split("-")
    when = {"year": parts[0]} if not birth.last else {}
    if len(parts) == 3:
        when |= {"birthdate": birth.first, "dayOfMonth": str(int(parts[2]))}
    if len(parts) > 1:
        when |= {"monthOfYear": str(int(parts[1]))}
    if birth.last:
        when = {"yearRangeFrom": birth.first, "yearRangeTo": birth.last}
    numbers.part(
        entity, "birthdate", circa=str(birth.circa).lower(), calendarType="GREGORIAN",
        city=place[0], zipCode="", **when, region="", place="", **_country(place[1]),
    )  # fmt: skip


def _documents(numbers: _Numbers, entity: ET.Element, party: Party) -> None:
    for document in party.documents:
        code, description = _DOCUMENTS[document.kind]
        element = numbers.part(
            entity, "identification", diplomatic="false", knownExpired="false", knownFalse="false",
            reportedLost="false", revokedByIssuer="false", issuedBy="", latinNumber="",
            nameOnDocument="", number=document.number, region="", **_country(document.country),
            identificationTypeCode=code, identificationTypeDescription=description,
        )  # fmt: skip
        element.insert(0, ET.Element("remark"))
        element[0].text = "invented number"


def _entity(root: ET.Element, numbers: _Numbers, listing: Listing) -> None:
    party = listing.party
    person = party.kind == "person"
    entity = sub(
        root, "sanctionEntity", designationDate=listing.listed.isoformat(), designationDetails="",
        unitedNationId="", euReferenceNumber=f"EU.{88000 + listing.number}.99",
        logicalId=f"88{listing.number:04d}",
    )  # fmt: skip
    sub(entity, "remark", NOTE)
    regulation = sub(
        entity, "regulation", regulationType="amendment", organisationType="council",
        publicationDate=listing.listed.isoformat(), entryIntoForceDate=listing.listed.isoformat(),
        numberTitle=_LEGAL_ACT["numberTitle"], programme=listing.programme,
        logicalId=str(70000 + listing.number),
    )  # fmt: skip
    sub(regulation, "publicationUrl", _LEGAL_ACT["publicationUrl"])
    kind = ("person", "P") if person else ("enterprise", "E")
    sub(entity, "subjectType", code=kind[0], classificationCode=kind[1])
    _names(numbers, entity, party)
    for code in party.countries if person else ():
        numbers.part(entity, "citizenship", region="", **_country(code))
    for birth in party.births:
        _birth(numbers, entity, birth, party.birth_place)
    for address in party.addresses:
        numbers.part(
            entity, "address", city=address.city, street=address.street, poBox="", zipCode="",
            region="", place="", asAtListingTime="false", **_country(address.country),
        )  # fmt: skip
    _documents(numbers, entity, party)


def write(path: Path, listings: Sequence[Listing], published: date) -> None:
    """Write an edition of the list."""
    about = {"generationDate": f"{published}T15:51:25.849+02:00", "globalFileId": "999999"}
    root = ET.Element("export", {"xmlns": _NAMESPACE, **about})
    numbers = _Numbers()
    for listing in listings:
        _entity(root, numbers, listing)
    write_xml(path, root)
