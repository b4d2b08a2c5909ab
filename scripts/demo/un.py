"""The form of the United Nations Security Council consolidated list (XML)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

from demo.output import XSI, optional, sub, write_xml
from demo.party import NOTE, Birth, Document, Listing, Party
from demo.places import COUNTRIES

_DOCUMENTS = {"passport": "Passport", "national": "National Identification Number"}


def _country(code: str) -> str:
    return COUNTRIES[code].united_nations if code else ""


def _values(parent: ET.Element, tag: str, values: Sequence[str]) -> None:
    if any(values):
        holder = sub(parent, tag)
        for value in filter(None, values):
            sub(holder, "VALUE", value)


def _name(record: ET.Element, party: Party) -> None:
    name = party.names[0]
    parts = [part.upper() for part in (*name.given.split(" ", 1), name.family) if part]
    for tag, part in zip(("FIRST_NAME", "SECOND_NAME", "THIRD_NAME"), parts, strict=False):
        sub(record, tag, part)


def _aliases(record: ET.Element, party: Party, prefix: str) -> None:
    for name in party.names[1:]:
        alias = sub(record, f"{prefix}_ALIAS")
        company = "f.k.a." if name.former else "a.k.a."
        person = "Low" if name.weak else "Good"
        sub(alias, "QUALITY", company if prefix == "ENTITY" else person)
        sub(alias, "ALIAS_NAME", name.whole)
    if len(party.names) == 1:
        alias = sub(record, f"{prefix}_ALIAS")
        sub(alias, "QUALITY")
        sub(alias, "ALIAS_NAME")


def _addresses(record: ET.Element, party: Party, prefix: str) -> None:
    for address in party.addresses:
        element = sub(record, f"{prefix}_ADDRESS")
        optional(element, "STREET", address.street)
        optional(element, "CITY", address.city)
        sub(element, "COUNTRY", _country(address.country))
    if not party.addresses:
        sub(sub(record, f"{prefix}_ADDRESS"), "COUNTRY")


def _birth(record: ET.Element, birth: Birth) -> None:
    element = sub(record, "INDIVIDUAL_DATE_OF_BIRTH")
    if birth.last:
        sub(element, "TYPE_OF_DATE", "BETWEEN")
        sub(element, "FROM_YEAR", birth.first)
        sub(element, "TO_YEAR", birth.last)
        return
    sub(element, "TYPE_OF_DATE", "APPROXIMATELY" if birth.circa else "EXACT")
    if len(birth.first) == 10:
        sub(element, "DATE", birth.first)
    else:
        sub(element, "YEAR", birth.first[:4])


def _document(record: ET.Element, document: Document) -> None:
    element = sub(record, "INDIVIDUAL_DOCUMENT")
    sub(element, "TYPE_OF_DOCUMENT", _DOCUMENTS[document.kind])
    sub(element, "NUMBER", document.number)
    sub(element, "ISSUING_COUNTRY", _country(document.country))
    sub(element, "NOTE", "invented number")


def _individual(record: ET.Element, party: Party) -> None:
    for birth in party.births:
        _birth(record, birth)
    town, country = party.birth_place
    place = sub(record, "INDIVIDUAL_PLACE_OF_BIRTH")
    optional(place, "CITY", town)
    sub(place, "COUNTRY", _country(country))
    for document in party.documents:
        _document(record, document)
    if not party.documents:
        sub(record, "INDIVIDUAL_DOCUMENT")


def _record(parent: ET.Element, listing: Listing) -> None:
    party = listing.party
    prefix = "INDIVIDUAL" if party.kind == "person" else "ENTITY"
    record = sub(parent, prefix)
    sub(record, "DATAID", f"90{listing.number:05d}")
    sub(record, "VERSIONNUM", "1")
    _name(record, party)
    sub(record, "UN_LIST_TYPE", listing.programme)
    sub(record, "REFERENCE_NUMBER", f"DM{prefix[0].lower()}.{listing.number:03d}")
    sub(record, "LISTED_ON", listing.listed.isoformat())
    if party.gender and listing.number % 3 == 0:
        sub(record, "GENDER", party.gender.capitalize())
    optional(record, "NAME_ORIGINAL_SCRIPT", party.native)
    sub(record, "COMMENTS1", NOTE)
    _values(record, "TITLE", [party.title])
    _values(record, "DESIGNATION", [party.position])
    if prefix == "INDIVIDUAL":
        _values(record, "NATIONALITY", [_country(code) for code in party.countries])
    _values(record, "LIST_TYPE", ["UN List"])
    _values(record, "LAST_DAY_UPDATED", [str(listing.updated) if listing.updated else ""])
    _aliases(record, party, prefix)
    _addresses(record, party, prefix)
    if prefix == "INDIVIDUAL":
        _individual(record, party)
    sub(record, "SORT_KEY")
    sub(record, "SORT_KEY_LAST_MOD")


def write(path: Path, listings: Sequence[Listing], published: date) -> None:
    """Write an edition of the list."""
    root = ET.Element(
        "CONSOLIDATED_LIST",
        {
            "xmlns:xsi": XSI,
            "xsi:noNamespaceSchemaLocation": "https://www.un.org/sc/resources/sc-sanctions.xsd",
            "dateGenerated": f"{published}T23:00:04.625Z",
        },
    )
    individuals, entities = sub(root, "INDIVIDUALS"), sub(root, "ENTITIES")
    for listing in listings:
        _record(individuals if listing.party.kind == "person" else entities, listing)
    write_xml(path, root)
