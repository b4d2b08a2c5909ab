"""United Kingdom: UK Sanctions List (FCDO), the UK's one list since January 2026, XML and CSV.

In the XML an element is one designation; in the CSV a row is one name of a designation, and rows
with the same Unique ID are one entity. Layout:
https://www.gov.uk/government/publications/the-uk-sanctions-list
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from manara.formats import uk
from manara.formats.base import Format, Head, Match, Subject, subject
from manara.formats.cells import NOTHING, Cell, cell, not_empty, note
from manara.formats.dates import partial_dates
from manara.formats.delimited import rows
from manara.formats.xml import Node, records
from manara.model import Record, Reject

_DATASET = "gb_fcdo_sanctions"
_AUTHORITY = "Foreign, Commonwealth and Development Office"
_KEY = "Unique ID"
_PREFIX = "gb-fcdo"
_REQUIRED = {_KEY, "OFSI Group ID", "Name 6", "Designation Type"}
_GENERATED = re.compile(r"<DateGenerated>([^<]+)<|Report Date:\s*([^,\r\n]+)", re.IGNORECASE)

#: Column of the CSV form by element of the XML form.
_XML = {
    **{f"Name{number}": f"Name {number}" for number in range(1, 7)},
    "NameType": "Name type",
    "AliasStrength": "Alias strength",
    "NameNonLatinScript": "Name non-latin script",
    "NonLatinScriptType": "Non-latin script type",
    "NonLatinScriptLanguage": "Non-latin script language",
    "UniqueID": _KEY,
    "OFSIGroupID": "OFSI Group ID",
    "UNReferenceNumber": "UN Reference Number",
    "RegimeName": "Regime Name",
    "IndividualEntityShip": "Designation Type",
    "DesignationSource": "Designation source",
    "SanctionsImposed": "Sanctions Imposed",
    "OtherInformation": "Other Information",
    "UKStatementofReasons": "UK Statement of Reasons",
    "DateDesignated": "Date Designated",
    "LastUpdated": "Last Updated",
    **{f"AddressLine{number}": f"Address Line {number}" for number in range(1, 7)},
    "AddressPostalCode": "Address Postal Code",
    "AddressCountry": "Address Country",
    "PhoneNumber": "Phone number",
    "EmailAddress": "Email address",
    "DOB": "D.O.B",
    "Nationality": "Nationality(/ies)",
    "NationalIdentifierNumber": "National Identifier number",
    "NationalIdentifierAdditionalInformation": "National Identifier additional information",
    "PassportNumber": "Passport number",
    "PassportAdditionalInformation": "Passport additional information",
    "TownOfBirth": "Town of birth",
    "CountryOfBirth": "Country of birth",
    "TypeOfEntity": "Type of entity",
    "Subsidiary": "Subsidiaries",
    "ParentCompany": "Parent company",
    "BusinessRegistrationNumber": "Business registration number (s)",
    "IMONumber": "IMO number",
    "CurrentOwnerOperator": "Current owner/operator (s)",
    "PreviousOwnerOperator": "Previous owner/operator (s)",
    "CurrentBelievedFlagOfShip": "Current believed flag of ship",
    "PreviousFlag": "Previous flags",
    "TypeOfShip": "Type of ship",
    "TonnageOfShip": "Tonnage of ship",
    "LengthOfShip": "Length of ship",
    "YearBuilt": "Year Built",
    "HullIdentificationNumber": "Hull identification number (HIN)",
}

#: Elements whose children belong together, as the fields of a row of the CSV do.
_TOGETHER = ("Name", "NonLatinName", "Address", "Passport", "NationalIdentifier", "Location")


def _published(head: Head) -> str:
    generated = _GENERATED.search(head.text)
    dates = partial_dates(generated.group(1) or generated.group(2)) if generated else []
    return dates[0] if dates else ""


def _recognise_xml(head: Head) -> Match | None:
    ours = head.root == "Designations" and "<Designation" in head.text.partition("<Designations")[2]
    return Match(_DATASET, _published(head)) if ours else None


def _read_xml(path: Path) -> Iterator[Record | Reject]:
    return not_empty(map(_designation, records(path, "Designation")), "designation")


def _designation(node: Node) -> Record | Reject:
    parts = list(_parts(node))
    listing = {name: field for at, part in parts if at == node.locator for name, field in part}
    number = listing.get(_KEY, NOTHING).text
    latin = any(uk.latin_name(dict(part)) for _, part in parts)
    if not number or not (latin or any("Name non-latin script" in dict(part) for _, part in parts)):
        lacks = "a name" if number else "a Unique ID"
        return Reject(node.locator, "record", f"a designation without {lacks}", node.content[:500])
    record = Record(node.locator, [])
    kind = listing.get("Designation Type", NOTHING)
    target = subject(record, uk.schema_of(kind), f"{_PREFIX}-{number}")
    if target.schema == "LegalEntity":
        note(target, "Type", kind)
    for at, part in parts:
        uk.state(record, target, at, dict(part), "alias" if latin else "name")
    uk.state_sanction(record, target, node.locator, listing, _AUTHORITY)
    _indicators(target, node)
    return record


def _parts(node: Node) -> Iterator[tuple[str, list[tuple[str, Cell]]]]:
    """Yield locator and fields of each part of a designation that is stated as a whole."""
    for child in node.children():
        if child.name == "SanctionsImposedIndicators":
            continue
        if child.name in _TOGETHER and len(child.element):
            yield child.locator, [_field(leaf) for leaf in child.children() if leaf.text]
        elif len(child.element):
            yield from _parts(child)
        elif child.text:
            yield node.locator, [_field(child)]


def _field(node: Node) -> tuple[str, Cell]:
    return _XML.get(node.name, node.name), Cell(node.text, node.locator)


def _indicators(target: Subject, node: Node) -> None:
    """Keep which measures are flagged; a measure that is not says nothing."""
    for flag in node.all("SanctionsImposedIndicators"):
        for measure in flag.children():
            if measure.text.casefold() == "true":
                note(target, measure.name, Cell(measure.text, measure.locator))


def _recognise_csv(head: Head) -> Match | None:
    return Match(_DATASET, _published(head)) if _header_row(head) else None


def _header_row(head: Head) -> int:
    for number, line in enumerate(head.text.splitlines()[:5], 1):
        names = {name.strip('" ') for name in line.split(",")}
        if names >= _REQUIRED:
            return number
    return 0


def _read_csv(path: Path) -> Iterator[Record | Reject]:
    return not_empty(_rows(path), "designation")


def _rows(path: Path) -> Iterator[Record | Reject]:
    previous = ""
    for row in rows(path, header_row=_header_row(Head.of(path)) or 1, required=_REQUIRED):
        if isinstance(row, Reject):
            yield row
            continue
        cells = {name: cell(text, row.at(name)) for name, text in row.values.items()}
        read = uk.read_row(row.locator, cells, _KEY, _PREFIX, _AUTHORITY, previous)
        previous = read.stated[0].entity_id if isinstance(read, Record) else previous
        yield read


FORMATS = (
    Format("gb-fcdo-xml", "UK Sanctions List (XML)", "1", _recognise_xml, _read_xml),
    Format("gb-fcdo-csv", "UK Sanctions List (CSV)", "1", _recognise_csv, _read_csv),
)
