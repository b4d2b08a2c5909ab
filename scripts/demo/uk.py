"""The forms of the two British lists: OFSI's consolidated list, and the UK Sanctions List."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

from demo.output import XSI, csv_text, optional, sub, write_text, write_xml
from demo.party import NOTE, Birth, Listing, Name, Party
from demo.places import COUNTRIES

_KINDS = {"person": "Individual", "company": "Entity", "vessel": "Ship"}
_LANGUAGES = {"ara": "Arabic", "fas": "Persian", "rus": "Russian", "ukr": "Ukrainian",
              "kor": "Korean"}  # fmt: skip


def _columns(text: str) -> list[str]:
    return text.split(",")


_OFSI_COLUMNS = _columns(
    "Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,Non-Latin Script Type,"
    "Non-Latin Script Language,DOB,Town of Birth,Country of Birth,Nationality,Passport Number,"
    "Passport Details,National Identification Number,National Identification Details,Position,"
    "Address 1,Address 2,Address 3,Address 4,Address 5,Address 6,Post/Zip Code,Country,"
    "Other Information,Group Type,Alias Type,Alias Quality,Regime,Listed On,"
    "UK Sanctions List Date Designated,Last Updated,Group ID"
)
_UKSL_COLUMNS = _columns(
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
_OFSI_ELEMENTS = {
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
Row = dict[str, str]


def _country(code: str) -> str:
    return COUNTRIES[code].english if code else ""


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _dob(birth: Birth, unknown: tuple[str, str]) -> str:
    parts = birth.first.split("-")
    day, month = unknown
    if len(parts) > 1:
        month = parts[1]
    if len(parts) > 2:
        day = parts[2]
    return f"{day}/{month}/{parts[0]}"


def _name_parts(name: Name) -> Row:
    given = {f"Name {n}": part for n, part in enumerate(name.given.split(" ", 4), 1) if part}
    return {"Name 6": name.family.upper() if given else name.family, **given}


def _numbers(party: Party, kind: str) -> list[str]:
    return [document.number for document in party.numbers(kind)]


def _other_information(party: Party, owners: Mapping[str, Party]) -> str:
    parts = [NOTE]
    parts += [f"(Business Reg No):{number}." for number in _numbers(party, "registration")]
    for number in _numbers(party, "imo"):
        parts += [f"(IMO number):{number}.", f"(Ship type):{party.type}."]
        parts += [f"(Current flag):{_country(party.countries[0])}."]
        parts += [f"(Current owner/operator):{owners[party.owner].name}."] if party.owner else []
    parts += [f"(Gender):{party.gender.capitalize()}"] if party.gender else []
    return " ".join(parts)


def _person_columns(party: Party) -> Row:
    town, code = party.birth_place
    passports = party.numbers("passport")
    return {
        "Title": party.title,
        "Position": party.position,
        "Nationality": " ".join(_country(code) for code in party.countries),
        "Town of Birth": town,
        "Country of Birth": _country(code),
        "Passport Number": " ".join(p.number for p in passports),
        "Passport Details": " ".join(
            f"{_country(p.country)} passport, invented" for p in passports
        ),
        "National Identification Number": " ".join(_numbers(party, "national")),
    }


def _ofsi_rows(listing: Listing, owners: Mapping[str, Party]) -> Iterator[Row]:
    """Yield one row for each name of a party."""
    party = listing.party
    shared = _person_columns(party) if party.kind == "person" else {}
    if party.births:
        shared["DOB"] = _dob(party.births[0], ("00", "00"))
    for address in party.addresses:
        shared |= {"Address 1": address.street, "Address 6": address.city}
        shared["Country"] = _country(address.country)
    shared |= {
        "Other Information": _other_information(party, owners),
        "Group Type": _KINDS[party.kind],
        "Regime": f"Fictional regime {listing.programme}",
        "Listed On": _day(listing.listed),
        "UK Sanctions List Date Designated": _day(listing.listed),
        "Last Updated": _day(listing.updated or listing.listed),
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
                "Non-Latin Script Language": _LANGUAGES[party.lang],
            }
        yield {
            **shared,
            **_name_parts(name),
            **native,
            "Alias Type": kind,
            "Alias Quality": quality,
        }


def write_ofsi(
    path: Path, listings: Sequence[Listing], owners: Mapping[str, Party], published: date
) -> None:
    """Write OFSI's list as CSV: a dated first line, then one row for each name."""
    rows = [row for listing in listings for row in _ofsi_rows(listing, owners)]
    table = [[row.get(column, "") for column in _OFSI_COLUMNS] for row in rows]
    write_text(path, csv_text([["Last Updated", _day(published)], _OFSI_COLUMNS, *table]))


def write_ofsi_xml(path: Path, listings: Sequence[Listing], owners: Mapping[str, Party]) -> None:
    """Write the same edition of OFSI's list as XML."""
    namespace = "http://schemas.hmtreasury.gov.uk/ofsi/consolidatedlist"
    root = ET.Element("ArrayOfFinancialSanctionsTarget", {"xmlns:xsi": XSI, "xmlns": namespace})
    for listing in listings:
        for row in _ofsi_rows(listing, owners):
            target = sub(root, "FinancialSanctionsTarget")
            for column, value in row.items():
                plain = column.replace(" ", "")
                plain = plain[0].lower() + plain[1:] if plain in _LOWER else plain
                optional(target, _OFSI_ELEMENTS.get(column, plain), _xml_value(column, value))
            sub(target, "GrpStatus", "A")
    write_xml(path, root)


_LOWER = {f"Name{n}" for n in range(1, 6)}
_DATES = {"Listed On", "UK Sanctions List Date Designated", "Last Updated"}


def _xml_value(column: str, value: str) -> str:
    if column in _DATES:
        day, month, year = value.split("/")
        return f"{year}-{month}-{day}T00:00:00"
    return value


def _uksl_row(listing: Listing, owners: Mapping[str, Party], name: Name, index: int) -> Row:
    party = listing.party
    row = {
        "Last Updated": _day(listing.updated or listing.listed),
        "Unique ID": f"DEM{listing.number:04d}",
        **_name_parts(name),
        "Name type": "Primary Name" if index == 0 else "Alias",
        "Alias strength": "" if index == 0 else "Low" if name.weak else "Good",
        "Name non-latin script": party.native if index == 0 else "",
        "Non-latin script type": party.script if index == 0 and party.native else "",
        "Non-latin script language": _LANGUAGES.get(party.lang, "") if party.native else "",
        "Regime Name": f"Fictional regime {listing.programme}",
        "Designation Type": _KINDS[party.kind],
        "Designation source": "UK",
        "Sanctions Imposed": "Asset freeze|Travel Ban",
        "Other Information": NOTE,
        "Date Designated": _day(listing.listed),
        "D.O.B": "|".join(_dob(birth, ("dd", "mm")) for birth in party.births),
        "National Identifier number": "|".join(_numbers(party, "national")),
        "Passport number": "|".join(_numbers(party, "passport")),
        "Business registration number (s)": "|".join(_numbers(party, "registration")),
        "Gender": party.gender.capitalize(),
    }
    if party.kind == "person":
        row |= {
            "Title": party.title,
            "Position": party.position,
            "Nationality(/ies)": "|".join(_country(code) for code in party.countries),
            "Town of birth": party.birth_place[0],
            "Country of birth": _country(party.birth_place[1]),
        }
    if party.kind == "vessel":
        row |= {
            "IMO number": "|".join(_numbers(party, "imo")),
            "Current owner/operator (s)": owners[party.owner].name if party.owner else "",
            "Current believed flag of ship": _country(party.countries[0]),
            "Previous flags": "|".join(_country(code) for code in party.past_flags),
            "Type of ship": party.type,
            "Tonnage of ship": party.tonnage,
            "Year Built": party.built,
        }
    for address in party.addresses:
        row |= {"Address Line 1": address.street, "Address Line 6": address.city}
        row["Address Country"] = _country(address.country)
    return row


def write_uksl_csv(
    path: Path, listings: Sequence[Listing], owners: Mapping[str, Party], published: date
) -> None:
    """Write the UK Sanctions List as CSV: a report date, then one row for each name."""
    rows = [
        _uksl_row(listing, owners, name, index)
        for listing in listings
        for index, name in enumerate(listing.party.names)
    ]
    table = [[row.get(column, "") for column in _UKSL_COLUMNS] for row in rows]
    head = f"Report Date: {published:%d-%b-%Y}\r\n"
    write_text(path, head + csv_text([_UKSL_COLUMNS, *table]))


def _many(parent: ET.Element, path: str, values: str) -> None:
    """Add one element for each value separated by ``|`` inside a holder: ``Holder/Item``."""
    if values:
        holder_tag, item_tag = path.split("/")
        holder = sub(parent, holder_tag)
        for value in values.split("|"):
            sub(holder, item_tag, value)


def _documents(parent: ET.Element, holder: str, item: str, stem: str, numbers: str) -> None:
    if numbers:
        details = sub(parent, holder)
        for number in numbers.split("|"):
            element = sub(details, item)
            sub(element, f"{stem}Number", number)
            sub(element, f"{stem}AdditionalInformation", "invented number")


def _individual(record: ET.Element, row: Row) -> None:
    person = sub(sub(record, "IndividualDetails"), "Individual")
    _many(person, "DOBs/DOB", row["D.O.B"])
    _many(person, "Nationalities/Nationality", row["Nationality(/ies)"])
    passports, nationals = row["Passport number"], row["National Identifier number"]
    _documents(person, "PassportDetails", "Passport", "Passport", passports)
    _documents(person, "NationalIdentifierDetails", "NationalIdentifier", "NationalIdentifier",
               nationals)  # fmt: skip
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


def _uksl_names(record: ET.Element, party: Party) -> None:
    holder = sub(record, "Names")
    for index, name in enumerate(party.names):
        element = sub(holder, "Name")
        for column, text in sorted(_name_parts(name).items()):
            sub(element, column.replace(" ", ""), text)
        sub(element, "NameType", "Primary Name" if index == 0 else "Alias")
        if index:
            sub(element, "AliasStrength", "Low" if name.weak else "Good")
    if party.native:
        native = sub(sub(record, "NonLatinNames"), "NonLatinName")
        sub(native, "NameNonLatinScript", party.native)
        sub(native, "NonLatinScriptType", party.script)
        sub(native, "NonLatinScriptLanguage", _LANGUAGES[party.lang])


def write_uksl(
    path: Path, listings: Sequence[Listing], owners: Mapping[str, Party], published: date
) -> None:
    """Write the UK Sanctions List as XML."""
    root = ET.Element("Designations", {"xmlns:xsi": XSI})
    sub(root, "DateGenerated", _day(published))
    for listing in listings:
        party = listing.party
        row = _uksl_row(listing, owners, party.names[0], 0)
        record = sub(root, "Designation")
        for tag, column in (("LastUpdated", "Last Updated"), ("DateDesignated", "Date Designated"),
                            ("UniqueID", "Unique ID")):  # fmt: skip
            sub(record, tag, row[column])
        _uksl_names(record, party)
        sub(record, "RegimeName", row["Regime Name"])
        sub(record, "IndividualEntityShip", row["Designation Type"])
        sub(record, "DesignationSource", "UK")
        sub(record, "SanctionsImposed", row["Sanctions Imposed"])
        sub(record, "OtherInformation", NOTE)
        for address in party.addresses:
            element = sub(sub(record, "Addresses"), "Address")
            optional(element, "AddressLine1", address.street)
            optional(element, "AddressLine6", address.city)
            sub(element, "AddressCountry", _country(address.country))
        if party.kind == "person":
            _individual(record, row)
        elif party.kind == "vessel":
            _ship(record, row)
        elif row["Business registration number (s)"]:
            entity = sub(sub(record, "EntityDetails"), "Entity")
            numbers = row["Business registration number (s)"]
            _many(entity, "BusinessRegistrationNumbers/BusinessRegistrationNumber", numbers)
    write_xml(path, root)
