"""The forms of Canada's autonomous sanctions list (XML) and the US denied persons list (text)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from demo.output import XSI, csv_text, optional, sub, write_text, write_xml
from demo.party import Listing
from demo.places import COUNTRIES

_REGIMES = ("RU", "IR", "LY", "SN")
_BIS_COLUMNS = (
    "Name", "Street_Address", "City", "State", "Country", "Postal_Code", "Effective_Date",
    "Expiration_Date", "Standard_Order", "Last_Update", "Action", "FR_Citation",
)  # fmt: skip


def write_canada(path: Path, listings: Sequence[Listing]) -> None:
    """Write an edition of Canada's list."""
    root = ET.Element("data-set", {"xmlns:xsi": XSI})
    for listing in listings:
        party = listing.party
        name = party.names[0]
        regime = COUNTRIES[_REGIMES[listing.number % len(_REGIMES)]]
        record = sub(root, "record")
        sub(record, "Country", f"{regime.english} / {regime.french}")
        if party.kind == "person":
            sub(record, "LastName", name.family)
            sub(record, "GivenName", name.given)
        else:
            sub(record, "EntityOrShip", name.whole)
        if party.kind == "vessel":
            sub(record, "TitleOrShip", party.type)
            sub(record, "ShipIMONumber", party.numbers("imo")[0].number)
        birth = party.births[0].first if party.births else ""
        built = party.built if party.kind == "vessel" else ""
        optional(record, "DateOfBirthOrShipBuildDate", birth or built)
        optional(record, "Aliases", "; ".join(other.whole for other in party.names[1:]))
        sub(record, "Schedule", "1, Part 1 (fictional)")
        sub(record, "Item", str(listing.number))
        sub(record, "DateOfListing", listing.listed.isoformat())
    write_xml(path, root)


def write_denied_persons(path: Path, listings: Sequence[Listing]) -> None:
    """Write an edition of the US denied persons list: tab-separated, every cell quoted."""
    rows = [list(_BIS_COLUMNS)]
    for listing in listings:
        address = listing.party.addresses[0]
        until = listing.listed + timedelta(days=3650)
        rows.append([
            listing.party.name.upper(), address.street.upper(), address.city.upper(), "",
            address.country, "00000", f"{listing.listed:%m/%d/%Y}", f"{until:%m/%d/%Y}", "Y",
            listing.listed.isoformat(), "FICTIONAL F.R. NOTICE ADDED", "00 F.R. 00000",
        ])  # fmt: skip
    write_text(path, csv_text(rows, separator="\t", quote_all=True, line_end="\n"))
