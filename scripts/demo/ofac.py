"""The forms of the US Treasury's SDN list: classic XML and legacy CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

from demo.output import XSI, optional, sub, write_text, write_xml
from demo.party import NOTE, Birth, Listing, Name, Party
from demo.places import COUNTRIES

_NAMESPACE = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML"
_TYPES = {"person": "Individual", "company": "Entity", "vessel": "Vessel", "aircraft": "Aircraft"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ID_TYPES = {
    "passport": "Passport",
    "national": "National ID No.",
    "registration": "Registration Number",
    "lei": "Legal Entity Number",
    "imo": "Vessel Registration Identification",
    "msn": "Aircraft Manufacturer's Serial Number (MSN)",
}


def country(code: str) -> str:
    """Return the name the Treasury uses for a country."""
    return COUNTRIES[code].treasury if code else ""


def birth_text(birth: Birth) -> str:
    """Return a date of birth in the Treasury's wording, such as ``circa 1961``."""
    if birth.last:
        return f"{birth.first} to {birth.last}"
    parts = birth.first.split("-")
    if len(parts) > 1:
        parts[1] = _MONTHS[int(parts[1]) - 1]
    return ("circa " if birth.circa else "") + " ".join(reversed(parts))


def _uid(listing: Listing, offset: int = 0) -> str:
    return f"8{listing.number:03d}" + (f"{offset:02d}" if offset else "")


def _identifiers(party: Party) -> Iterator[tuple[str, str, str]]:
    """Yield type, number and country of everything the Treasury calls an identification."""
    for document in party.documents:
        prefix = "IMO " if document.kind == "imo" else ""
        yield ID_TYPES[document.kind], prefix + document.number, country(document.country)
    for currency, address in party.wallets:
        yield f"Digital Currency Address - {currency}", address, ""
    if party.gender:
        yield "Gender", party.gender.capitalize(), ""
    if party.kind == "aircraft":
        yield "Aircraft Model", party.type, ""
        yield "Aircraft Manufacture Date", party.built, ""
    if party.kind == "company":
        yield "Organization Established Date", party.built, ""


def _names(element: ET.Element, name: Name) -> None:
    sub(element, "lastName", name.family.upper() if name.given else name.family)
    optional(element, "firstName", name.given)


def _akas(entry: ET.Element, listing: Listing) -> None:
    if len(listing.party.names) > 1:
        holder = sub(entry, "akaList")
        for index, name in enumerate(listing.party.names[1:], 1):
            aka = sub(holder, "aka")
            sub(aka, "uid", _uid(listing, index))
            sub(aka, "type", "f.k.a." if name.former else "a.k.a.")
            sub(aka, "category", "weak" if name.weak else "strong")
            _names(aka, name)


def _items(entry: ET.Element, listing: Listing, tag: str, field: str, values: list[str]) -> None:
    """Add a list of items of which the first is marked as the main one."""
    item = {"nationality": "nationality"}.get(tag, f"{tag}Item")
    if values:
        holder = sub(entry, f"{tag}List")
        for index, value in enumerate(values):
            element = sub(holder, item)
            sub(element, "uid", _uid(listing, 50 + 10 * len(tag) % 40 + index))
            sub(element, field, value)
            sub(element, "mainEntry", "true" if index == 0 else "false")


def _ids(entry: ET.Element, listing: Listing) -> None:
    found = list(_identifiers(listing.party))
    if found:
        holder = sub(entry, "idList")
        for index, (kind, number, issuer) in enumerate(found, 20):
            element = sub(holder, "id")
            sub(element, "uid", _uid(listing, index))
            sub(element, "idType", kind)
            sub(element, "idNumber", number)
            optional(element, "idCountry", issuer)


def _addresses(entry: ET.Element, listing: Listing) -> None:
    if listing.party.addresses:
        holder = sub(entry, "addressList")
        for index, address in enumerate(listing.party.addresses, 40):
            element = sub(holder, "address")
            sub(element, "uid", _uid(listing, index))
            optional(element, "address1", address.street)
            optional(element, "city", address.city)
            sub(element, "country", country(address.country))


def _vessel(entry: ET.Element, listing: Listing, owners: Mapping[str, Party]) -> None:
    party = listing.party
    info = sub(entry, "vesselInfo")
    sub(info, "callSign", f"ZZF{listing.number:02d}")
    sub(info, "vesselType", party.type)
    sub(info, "vesselFlag", country(party.countries[0]))
    if party.owner:
        sub(info, "vesselOwner", owners[party.owner].name)
    sub(info, "grossRegisteredTonnage", f"{int(party.tonnage):,}")


def _birth_place(party: Party) -> list[str]:
    town, code = party.birth_place
    return [f"{town}, {country(code)}"] if town else []


def _entry(root: ET.Element, listing: Listing, owners: Mapping[str, Party]) -> None:
    party = listing.party
    entry = sub(root, "sdnEntry")
    sub(entry, "uid", _uid(listing))
    name = party.names[0]
    optional(entry, "firstName", name.given)
    sub(entry, "lastName", name.family.upper() if name.given else name.family)
    optional(entry, "title", party.position)
    sub(entry, "sdnType", _TYPES[party.kind])
    sub(entry, "remarks", NOTE)
    sub(sub(entry, "programList"), "program", listing.programme)
    _ids(entry, listing)
    _akas(entry, listing)
    _addresses(entry, listing)
    if party.kind == "person":
        _items(entry, listing, "nationality", "country", [country(c) for c in party.countries])
        _items(entry, listing, "dateOfBirth", "dateOfBirth", [birth_text(b) for b in party.births])
        _items(entry, listing, "placeOfBirth", "placeOfBirth", _birth_place(party))
    if party.kind == "vessel":
        _vessel(entry, listing, owners)


def write(
    path: Path, listings: Sequence[Listing], owners: Mapping[str, Party], published: date
) -> None:
    """Write an edition of the list as classic XML."""
    root = ET.Element("sdnList", {"xmlns:xsi": XSI, "xmlns": _NAMESPACE})
    about = sub(root, "publshInformation")
    sub(about, "Publish_Date", f"{published:%m/%d/%Y}")
    sub(about, "Record_Count", str(len(listings)))
    for listing in listings:
        _entry(root, listing, owners)
    write_xml(path, root)


def _remarks(party: Party) -> str:
    parts = [f"DOB {birth_text(birth)}" for birth in party.births]
    parts += [f"POB {place}" for place in _birth_place(party)]
    if party.kind == "person":
        parts += [f"nationality {country(code)}" for code in party.countries]
    for kind, number, issuer in _identifiers(party):
        parts.append(f"{kind} {number}" + (f" ({issuer})" if issuer else ""))
    parts += [f"a.k.a. '{name.whole}'" for name in party.names[1:] if name.weak]
    return "; ".join([*parts, NOTE])


def _legacy(rows: Sequence[Sequence[str]], quoted: frozenset[int]) -> str:
    """Return rows in the legacy form: ``-0-`` for nothing, a SUB character at the end."""
    lines = []
    for row in rows:
        cells = [
            "-0- " if not cell else f'"{cell.replace(chr(34), chr(39))}"' if i in quoted else cell
            for i, cell in enumerate(row)
        ]
        lines.append(",".join(cells) + "\r\n")
    return "".join(lines) + "\x1a"


def _legacy_name(name: Name) -> str:
    return f"{name.family.upper()}, {name.given}" if name.given else name.family


def write_legacy(folder: Path, listings: Sequence[Listing], owners: Mapping[str, Party]) -> None:
    """Write the same edition as ``sdn.csv``, ``alt.csv`` and ``add.csv``."""
    sdn, alt, add = [], [], []
    for listing in listings:
        party, uid = listing.party, _uid(listing)
        kind = "" if party.kind == "company" else _TYPES[party.kind].lower()
        ship = ["", "", "", "", "", ""]
        if party.kind == "vessel":
            owner = owners[party.owner].name if party.owner else ""
            flag = country(party.countries[0])
            ship = [f"ZZF{listing.number:02d}", party.type, "", party.tonnage, flag, owner]
        name = _legacy_name(party.names[0])
        title = party.position
        sdn.append([uid, name, kind, listing.programme, title, *ship, _remarks(party)])
        for index, other in enumerate(party.names[1:], 1):
            if not other.weak:
                form = "fka" if other.former else "aka"
                alt.append([uid, _uid(listing, index), form, _legacy_name(other), ""])
        for index, place in enumerate(party.addresses, 40):
            nation = country(place.country)
            add.append([uid, _uid(listing, index), place.street, place.city, nation, ""])
    write_text(folder / "sdn.csv", _legacy(sdn, frozenset(range(1, 12))))
    write_text(folder / "alt.csv", _legacy(alt, frozenset({2, 3, 4})))
    write_text(folder / "add.csv", _legacy(add, frozenset({2, 3, 4, 5})))
