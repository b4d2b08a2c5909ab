"""United Kingdom: OFSI consolidated list of asset freeze targets, CSV and XML (``ConList``).

A row or element is one name of a target, with the target's details and one of its addresses; rows
with the same Group ID are one entity. Layout: https://www.gov.uk/government/publications/
financial-sanctions-consolidated-list-of-targets (2022 format; closed in January 2026).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from manara.formats import uk
from manara.formats.base import Format, Head, Match
from manara.formats.cells import Cell, cell, not_empty
from manara.formats.dates import partial_dates
from manara.formats.delimited import rows
from manara.formats.xml import records
from manara.model import Record, Reject

_DATASET = "gb_hmt_sanctions"
_AUTHORITY = "Office of Financial Sanctions Implementation"
_KEY = "OFSI Group ID"
_REQUIRED = {"Name 6", "Group Type", "Alias Type", "Group ID"}

#: Column of the UK Sanctions List by column of the consolidated list, where the two differ.
_CSV = {
    "Name Non-Latin Script": "Name non-latin script",
    "Non-Latin Script Type": "Non-latin script type",
    "Non-Latin Script Language": "Non-latin script language",
    "DOB": "D.O.B",
    "Town of Birth": "Town of birth",
    "Country of Birth": "Country of birth",
    "Nationality": "Nationality(/ies)",
    "Passport Number": "Passport number",
    "Passport Details": "Passport additional information",
    "National Identification Number": "National Identifier number",
    "National Identification Details": "National Identifier additional information",
    **{f"Address {number}": f"Address Line {number}" for number in range(1, 7)},
    "Post/Zip Code": "Address Postal Code",
    "Country": "Address Country",
    "Group Type": "Designation Type",
    "Alias Type": "Name type",
    "Alias Quality": "Alias strength",
    "Regime": "Regime Name",
    "UK Sanctions List Date Designated": "Date Designated",
    "Group ID": _KEY,
}

#: The same by element of the XML form.
_XML = {
    **{f"name{number}": f"Name {number}" for number in range(1, 6)},
    "Name6": "Name 6",
    "NameNonLatinScript": "Name non-latin script",
    "NonLatinScriptType": "Non-latin script type",
    "NonLatinScriptLanguage": "Non-latin script language",
    "Individual_DateOfBirth": "D.O.B",
    "Individual_TownOfBirth": "Town of birth",
    "Individual_CountryOfBirth": "Country of birth",
    "Individual_Nationality": "Nationality(/ies)",
    "Individual_PassportNumber": "Passport number",
    "Individual_PassportDetails": "Passport additional information",
    "Individual_NINumber": "National Identifier number",
    "Individual_NIDetails": "National Identifier additional information",
    "Individual_Position": "Position",
    "Individual_Gender": "Gender",
    **{f"Address{number}": f"Address Line {number}" for number in range(1, 7)},
    "PostCode": "Address Postal Code",
    "Country": "Address Country",
    "PhoneNumber": "Phone number",
    "EmailAddress": "Email address",
    "OtherInformation": "Other Information",
    "GroupTypeDescription": "Designation Type",
    "AliasType": "Name type",
    "AliasQuality": "Alias strength",
    "RegimeName": "Regime Name",
    "DateListed": "Listed On",
    "DateDesignated": "Date Designated",
    "DateAdditionalSanctions": "Date of additional sanctions",
    "LastUpdated": "Last Updated",
    "GroupID": _KEY,
    "GrpStatus": "Status",
    "GroupStatus": "Status",
    "ListingType": "Designation source",
    "GroupSanctions": "Sanctions Imposed",
    "UKSanctionsListRef": "Unique ID",
    "UNRef": "UN Reference Number",
    "UKStatementOfReasons": "UK Statement of Reasons",
    "Entity_Type": "Type of entity",
    "Entity_Subsidiaries": "Subsidiaries",
    "Entity_ParentCompany": "Parent company",
    "Entity_BusinessRegNumber": "Business registration number (s)",
    "Ship_IMONumber": "IMO number",
    "Ship_CurrentOwners": "Current owner/operator (s)",
    "Ship_PreviousOwners": "Previous owner/operator (s)",
    "Ship_Flag": "Current believed flag of ship",
    "Ship_PreviousFlags": "Previous flags",
    "Ship_Type": "Type of ship",
    "Ship_Tonnage": "Tonnage of ship",
    "Ship_Length": "Length of ship",
    "Ship_YearBuilt": "Year Built",
    "Ship_HIN": "Hull identification number (HIN)",
}


def _recognise_csv(head: Head) -> Match | None:
    header = _header_row(head)
    if not header:
        return None
    published = partial_dates(head.first_line) if header > 1 else []
    return Match(_DATASET, published[0] if published else "")


def _header_row(head: Head) -> int:
    for number, line in enumerate(head.text.splitlines()[:5], 1):
        names = {name.strip('" ') for name in line.split(",")}
        if names >= _REQUIRED:
            return number
    return 0


def _read_csv(path: Path) -> Iterator[Record | Reject]:
    return not_empty(_targets(_csv_rows(path)), "target")


def _csv_rows(path: Path) -> Iterator[tuple[str, dict[str, Cell]] | Reject]:
    for row in rows(path, header_row=_header_row(Head.of(path)) or 1, required=_REQUIRED):
        if isinstance(row, Reject):
            yield row
            continue
        yield (
            row.locator,
            {_CSV.get(name, name): cell(text, row.at(name)) for name, text in row.values.items()},
        )


def _recognise_xml(head: Head) -> Match | None:
    return Match(_DATASET) if head.root == "ArrayOfFinancialSanctionsTarget" else None


def _read_xml(path: Path) -> Iterator[Record | Reject]:
    return not_empty(_targets(_xml_rows(path)), "target")


def _xml_rows(path: Path) -> Iterator[tuple[str, dict[str, Cell]]]:
    for node in records(path, "FinancialSanctionsTarget"):
        fields = {
            _XML.get(child.name, child.name): Cell(child.text, child.locator)
            for child in node.children()
            if child.text
        }
        yield node.locator, fields


def _targets(
    table: Iterable[tuple[str, Mapping[str, Cell]] | Reject],
) -> Iterator[Record | Reject]:
    previous = ""
    for row in table:
        if isinstance(row, Reject):
            yield row
            continue
        read = uk.read_row(*row, _KEY, "gb-hmt", _AUTHORITY, previous)
        previous = read.stated[0].entity_id if isinstance(read, Record) else previous
        yield read


FORMATS = (
    Format("gb-ofsi-csv", "UK: OFSI consolidated list (CSV)", "1", _recognise_csv, _read_csv),
    Format("gb-ofsi-xml", "UK: OFSI consolidated list (XML)", "1", _recognise_xml, _read_xml),
)
