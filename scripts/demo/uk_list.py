"""The forms of the UK Sanctions List."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

from demo.output import XSI, csv_text, optional, sub, write_text, write_xml
from demo.party import NOTE, Listing, Name, Party
from demo.uk import (
    KINDS,
    LANGUAGES,
    Row,
    birth_text,
    columns,
    country_name,
    day_text,
    name_parts,
    numbers_of,
)

_COLUMNS = columns(
    "Last Updated,Unique ID,OFSI Group ID,UN Reference Number,Name 6,Name 1,Name 2,Name 3,Name 4,"
    "Name 5,Name type,Alias strength,Title,Name non-latin script,Non-latin script type,"
    "Non-latin script language,Regime Name,Designation Type,Designation source,Sanctions Imposed,"
    "Other Information,UK Statement of Reasons,Address Line 1,Address Line 2,Address Line 3,"
    "Address Line 4,Address Line 5,Address Line 6,Address Postal Code,Address Country,Phone number,"
    "Website,Email address,Date Designated,D.O.B,Nationality(/ies),National Identifier number,"
    "National Identifier additional information,Passport number,Passport additional information,"
    "Position,Gender,Town of birth,Country of birth,Type of entity,Subsidiaries,Parent company,"
    "Business registration number (s),IMO number,Current owner/operator (s),"
    "Previous owner/operator (s),Current believed flag of ship,Previous flags,Type of ship,"
    "Tonnage of ship,Length of ship,Year Built,Hull identification number (HIN)"
)


def _issuers(party: Party, kind: str) -> str:
    return "|".join(f"{country_name(paper.country)} (invented)" for paper in party.numbers(kind))


def _row(listing: Listing, owners: Mapping[str, Party], name: Name, index: int) -> Row:
    party = listing.party
    row = {
        "Last Updated": day_text(listing.updated or listing.listed),
        "Unique ID": f"DEM{listing.number:04d}",
        **name_parts(name),
        "Name type": "Primary Name" if index == 0 else "Alias",
        "Alias strength": "" if index == 0 else "Low" if name.weak else "Good",
        "Name non-latin script": party.native if index == 0 else "",
        "Non-latin script type": party.script if index == 0 and party.native else "",
        "Non-latin script language": LANGUAGES.get(party.lang, "") if party.native else "",
        "Regime Name": f"Fictional regime {listing.programme}",
        "Designation Type": KINDS[party.kind],
        "Designation source": "UK",
        "Sanctions Imposed": "Asset freeze|Travel Ban",
        "Other Information": NOTE,
        "Date Designated": day_text(listing.listed),
        "D.O.B": "|".join(birth_text(birth, ("dd", "mm")) for birth in party.births),
        "National Identifier number": "|".join(numbers_of(party, "national")),
        "National Identifier additional information": _issuers(party, "national"),
        "Passport number": "|".join(numbers_of(party, "passport")),
        "Passport additional information": _issuers(party, "passport"),
        "Business registration number (s)": "|".join(numbers_of(party, "registration")),
        "Gender": party.gender.capitalize(),
    }
    if party.kind == "person":
        row |= {
            "Title": party.title,
            "Position": party.position,
            "Nationality(/ies)": "|".join(country_name(code) for code in party.countries),
            "Town of birth": party.birth_place[0],
            "Country of birth": country_name(party.birth_place[1]),
        }
    if party.kind == "vessel":
        row |= {
            "IMO number": "|".join(numbers_of(party, "imo")),
            "Current owner/operator (s)": owners[party.owner].name if party.owner else "",
            "Current believed flag of ship": country_name(party.countries[0]),
            "Previous flags": "|".join(country_name(code) for code in party.past_flags),
            "Type of ship": party.type,
            "Tonnage of ship": party.tonnage,
            "Year Built": party.built,
        }
    for address in party.addresses:
        row |= {"Address Line 1": address.street, "Address Line 6": address.city}
        row["Address Country"] = country_name(address.country)
    return row


def write_csv(
    path: Path, listings: Sequence[Listing], owners: Mapping[str, Party], published: date
) -> None:
    """Write the UK Sanctions List as CSV: a report date, then one row for each name."""
    rows = [
        _row(listing, owners, name, index)
        for listing in listings
        for index, name in enumerate(listing.party.names)
    ]
    table = [[row.get(column, "") for column in _COLUMNS] for row in rows]
    head = f"Report Date: {published:%d-%b-%Y}\r\n"
    write_text(path, head + csv_text([_COLUMNS, *table]))


def _many(parent: ET.Element, path: str, values: str) -> None:
    """Add one element for each value separated by ``|`` inside a holder: ``Holder/Item``."""
    if values:
        holder_tag, item_tag = path.split("/")
        holder = sub(parent, holder_tag)
        for value in values.split("|"):
            sub(holder, item_tag, value)


def _documents(person: ET.Element, party: Party) -> None:
    for kind, holder, stem in (
        ("passport", "PassportDetails", "Passport"),
        ("national", "NationalIdentifierDetails", "NationalIdentifier"),
    ):
        if party.numbers(kind):
            details = sub(person, holder)
            for document in party.numbers(kind):
                element = sub(details, stem)
                sub(element, f"{stem}Number", document.number)
                sub(
                    element,
                    f"{stem}AdditionalInformation",
                    f"{country_name(document.country)} (invented)",
                )


def _individual(record: ET.Element, party: Party, row: Row) -> None:
    person = sub(sub(record, "IndividualDetails"), "Individual")
    _many(person, "DOBs/DOB", row["D.O.B"])
    _many(person, "Nationalities/Nationality", row["Nationality(/ies)"])
    _documents(person, party)
    _many(person, "Positions/Position", row["Position"])
    if row["Country of birth"]:
        location = sub(sub(person, "BirthDetails"), "Location")
        optional(location, "TownOfBirth", row["Town of birth"])
        sub(location, "CountryOfBirth", row["Country of birth"])
    _many(person, "Genders/Gender", row["Gender"])


def _ship(record: ET.Element, row: Row) -> None:
    ship = sub(sub(record, "ShipDetails"), "Ship")
    _many(ship, "IMONumbers/IMONumber", row["IMO number"])
    _many(ship, "CurrentOwnerOperators/CurrentOwnerOperator", row["Current owner/operator (s)"])
    flag = row["Current believed flag of ship"]
    _many(ship, "CurrentBelievedFlagOfShips/CurrentBelievedFlagOfShip", flag)
    _many(ship, "PreviousFlags/PreviousFlag", row["Previous flags"])
    _many(ship, "TypeOfShipDetails/TypeOfShip", row["Type of ship"])
    _many(ship, "TonnageOfShipDetails/TonnageOfShip", row["Tonnage of ship"])
    _many(ship, "YearsBuilt/YearBuilt", row["Year Built"])


def _names(record: ET.Element, party: Party) -> None:
    holder = sub(record, "Names")
    for index, name in enumerate(party.names):
        element = sub(holder, "Name")
        for column, text in sorted(name_parts(name).items()):
            sub(element, column.replace(" ", ""), text)
        sub(element, "NameType", "Primary Name" if index == 0 else "Alias")
        if index:
            sub(element, "AliasStrength", "Low" if name.weak else "Good")
    if party.native:
        native = sub(sub(record, "NonLatinNames"), "NonLatinName")
        sub(native, "NameNonLatinScript", party.native)
        sub(native, "NonLatinScriptType", party.script)
        sub(native, "NonLatinScriptLanguage", LANGUAGES[party.lang])


def write_xml_form(
    path: Path, listings: Sequence[Listing], owners: Mapping[str, Party], published: date
) -> None:
    """Write the UK Sanctions List as XML."""
    root = ET.Element("Designations", {"xmlns:xsi": XSI})
    sub(root, "DateGenerated", day_text(published))
    for listing in listings:
        party = listing.party
        row = _row(listing, owners, party.names[0], 0)
        record = sub(root, "Designation")
        for tag, column in (("LastUpdated", "Last Updated"), ("DateDesignated", "Date Designated"),
                            ("UniqueID", "Unique ID")):  # fmt: skip
            sub(record, tag, row[column])
        _names(record, party)
        sub(record, "RegimeName", row["Regime Name"])
        sub(record, "IndividualEntityShip", row["Designation Type"])
        sub(record, "DesignationSource", "UK")
        sub(record, "SanctionsImposed", row["Sanctions Imposed"])
        sub(record, "OtherInformation", NOTE)
        for address in party.addresses:
            element = sub(sub(record, "Addresses"), "Address")
            optional(element, "AddressLine1", address.street)
            optional(element, "AddressLine6", address.city)
            sub(element, "AddressCountry", country_name(address.country))
        if party.kind == "person":
            _individual(record, party, row)
        elif party.kind == "vessel":
            _ship(record, row)
        elif row["Business registration number (s)"]:
            entity = sub(sub(record, "EntityDetails"), "Entity")
            numbers = row["Business registration number (s)"]
            _many(entity, "BusinessRegistrationNumbers/BusinessRegistrationNumber", numbers)
    write_xml(path, root)
