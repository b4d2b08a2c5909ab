"""The forms of the consolidated list of the British treasury (OFSI)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

from demo.output import XSI, csv_text, optional, sub, write_text, write_xml
from demo.party import NOTE, Listing, Party
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
    "Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,Non-Latin Script Type,"
    "Non-Latin Script Language,DOB,Town of Birth,Country of Birth,Nationality,Passport Number,"
    "Passport Details,National Identification Number,National Identification Details,Position,"
    "Address 1,Address 2,Address 3,Address 4,Address 5,Address 6,Post/Zip Code,Country,"
    "Other Information,Group Type,Alias Type,Alias Quality,Regime,Listed On,"
    "UK Sanctions List Date Designated,Last Updated,Group ID"
)
_ELEMENTS = {
    "Name Non-Latin Script": "NameNonLatinScript", "Non-Latin Script Type": "NonLatinScriptType",
    "Non-Latin Script Language": "NonLatinScriptLanguage", "DOB": "Individual_DateOfBirth",
    "Town of Birth": "Individual_TownOfBirth", "Country of Birth": "Individual_CountryOfBirth",
    "Nationality": "Individual_Nationality", "Passport Number": "Individual_PassportNumber",
    "Passport Details": "Individual_PassportDetails", "Position": "Individual_Position",
    "National Identification Number": "Individual_NINumber",
    "National Identification Details": "Individual_NIDetails", "Post/Zip Code": "PostCode",
    "Other Information": "OtherInformation", "Group Type": "GroupTypeDescription",
    "Alias Type": "AliasType", "Alias Quality": "AliasQuality", "Regime": "RegimeName",
    "Listed On": "DateListed", "UK Sanctions List Date Designated": "DateDesignated",
    "Last Updated": "LastUpdated", "Group ID": "GroupID",
}  # fmt: skip


def _other_information(party: Party, owners: Mapping[str, Party]) -> str:
    parts = [NOTE]
    parts += [f"(Business Reg No):{number}." for number in numbers_of(party, "registration")]
    for number in numbers_of(party, "imo"):
        parts += [f"(IMO number):{number}.", f"(Ship type):{party.type}."]
        parts += [f"(Current flag):{country_name(party.countries[0])}."]
        parts += [f"(Current owner/operator):{owners[party.owner].name}."] if party.owner else []
    parts += [f"(Gender):{party.gender.capitalize()}"] if party.gender else []
    return " ".join(parts)


def _person_columns(party: Party) -> Row:
    town, code = party.birth_place
    passports = party.numbers("passport")
    return {
        "Title": party.title,
        "Position": party.position,
        "Nationality": " ".join(country_name(code) for code in party.countries),
        "Town of Birth": town,
        "Country of Birth": country_name(code),
        "Passport Number": " ".join(p.number for p in passports),
        "Passport Details": " ".join(
            f"{country_name(p.country)} passport, invented" for p in passports
        ),
        "National Identification Number": " ".join(numbers_of(party, "national")),
    }


def _rows(listing: Listing, owners: Mapping[str, Party]) -> Iterator[Row]:
    """Yield one row for each name of a party."""
    party = listing.party
    shared = _person_columns(party) if party.kind == "person" else {}
    if party.births:
        shared["DOB"] = birth_text(party.births[0], ("00", "00"))
    for address in party.addresses:
        shared |= {"Address 1": address.street, "Address 6": address.city}
        shared["Country"] = country_name(address.country)
    shared |= {
        "Other Information": _other_information(party, owners),
        "Group Type": KINDS[party.kind],
        "Regime": f"Fictional regime {listing.programme}",
        "Listed On": day_text(listing.listed),
        "UK Sanctions List Date Designated": day_text(listing.listed),
        "Last Updated": day_text(listing.updated or listing.listed),
        "Group ID": f"77{listing.number:04d}",
    }
    for index, name in enumerate(party.names):
        kind = "Primary name" if index == 0 else "FKA" if name.former else "AKA"
        quality = "" if index == 0 else "Low quality" if name.weak else "Good quality"
        native = {}
        if index == 0 and party.native:
            native = {
                "Name Non-Latin Script": party.native,
                "Non-Latin Script Type": party.script,
                "Non-Latin Script Language": LANGUAGES[party.lang],
            }
        yield {
            **shared,
            **name_parts(name),
            **native,
            "Alias Type": kind,
            "Alias Quality": quality,
        }


def write_csv(
    path: Path, listings: Sequence[Listing], owners: Mapping[str, Party], published: date
) -> None:
    """Write OFSI's list as CSV: a dated first line, then one row for each name."""
    rows = [row for listing in listings for row in _rows(listing, owners)]
    table = [[row.get(column, "") for column in _COLUMNS] for row in rows]
    write_text(path, csv_text([["Last Updated", day_text(published)], _COLUMNS, *table]))


def write_xml_form(path: Path, listings: Sequence[Listing], owners: Mapping[str, Party]) -> None:
    """Write the same edition of OFSI's list as XML."""
    namespace = "http://schemas.hmtreasury.gov.uk/ofsi/consolidatedlist"
    root = ET.Element("ArrayOfFinancialSanctionsTarget", {"xmlns:xsi": XSI, "xmlns": namespace})
    for listing in listings:
        for row in _rows(listing, owners):
            target = sub(root, "FinancialSanctionsTarget")
            for column, value in row.items():
                plain = column.replace(" ", "")
                plain = plain[0].lower() + plain[1:] if plain in _LOWER else plain
                optional(target, _ELEMENTS.get(column, plain), _xml_value(column, value))
            for tag, value in _own_elements(listing.party, owners).items():
                optional(target, tag, value)
            sub(target, "GrpStatus", "A")
    write_xml(path, root)


def _own_elements(party: Party, owners: Mapping[str, Party]) -> Row:
    """Return what only the XML has elements for; the CSV has it in ``Other Information``."""
    elements = {
        "Individual_Gender": party.gender.capitalize(),
        "Entity_BusinessRegNumber": " ".join(numbers_of(party, "registration")),
    }
    if party.kind == "vessel":
        elements |= {
            "Ship_IMONumber": " ".join(numbers_of(party, "imo")),
            "Ship_Type": party.type,
            "Ship_Flag": country_name(party.countries[0]),
            "Ship_CurrentOwners": owners[party.owner].name if party.owner else "",
            "Ship_YearBuilt": party.built,
        }
    return elements


_LOWER = {f"Name{n}" for n in range(1, 6)}
_DATES = {"Listed On", "UK Sanctions List Date Designated", "Last Updated"}


def _xml_value(column: str, value: str) -> str:
    if column in _DATES:
        day, month, year = value.split("/")
        return f"{year}-{month}-{day}T00:00:00"
    return value
