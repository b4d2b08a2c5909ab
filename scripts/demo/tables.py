"""Tables an agency keeps itself: a CSV file and a workbook, each with its mapping."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import openpyxl

from demo.output import csv_text, write_text
from demo.party import FICTION, Listing, Party
from demo.places import COUNTRIES

_PORT_COLUMNS = [
    "case_no", "name", "name_native", "date_of_birth", "nationality", "passport_no", "vessel",
    "detained_on", "remarks",
]  # fmt: skip
_PORT_MAPPING = f"""\
# {FICTION}
port_detentions:
  label: Port of Dar Noura, register of detained persons (fictional)
  publisher: Port Authority of Dar Noura (fictional)
  queries:
    - csv_url: port_detentions.csv
      entities:
        person:
          schema: Person
          keys: [case_no]
          key_literal: person
          properties:
            name: {{column: name}}
            alias: {{column: name_native}}
            birthDate: {{column: date_of_birth}}
            nationality: {{column: nationality}}
            passportNumber: {{column: passport_no}}
            notes: {{column: remarks}}
"""
_REGISTER_MAPPING = f"""\
# {FICTION}
company_register:
  label: Free Zone of Nowhere, register of companies (fictional)
  publisher: Free Zone of Nowhere (fictional)
  queries:
    - csv_url: company_register.xlsx
      entities:
        company:
          schema: Company
          keys: ["Reg. no."]
          key_literal: company
          properties:
            name: {{column: Company}}
            registrationNumber: {{column: "Reg. no."}}
            jurisdiction: {{column: Country}}
            leiCode: {{column: LEI}}
            incorporationDate: {{column: Founded}}
            address: {{columns: [Street, Town, Country], join: ", "}}
        owner:
          schema: Person
          keys: [Owner, Owner born]
          key_literal: owner
          properties:
            name: {{column: Owner}}
            birthDate: {{column: Owner born}}
            nationality: {{column: Owner citizen of}}
        ownership:
          schema: Ownership
          keys: ["Reg. no.", Owner, Owner born]
          key_literal: ownership
          properties:
            asset: {{entity: company}}
            owner: {{entity: owner}}
"""


class Fault(NamedTuple):
    """A planted fault of the port's register.

    Attributes:
        row: row of the file, the header being row 1.
        kind: ``date``, ``country`` or ``columns``.
        text: the offending text.
    """

    row: int
    kind: str
    text: str


_FAULTS: tuple[tuple[int, str, str], ...] = (
    (4, "date", "D-901,Ebenezer Wickglow,,1987-02-31,Ireland,FX9900001,,,"),
    (9, "country", "D-902,Odile Brumenoir,,1979-05-12,Atlantis,FX9900002,,,"),
    (13, "columns", "D-903,Casimir Halfrow,,1990-01-01"),
    (18, "date", "D-904,Lucinda Nightferry,,13/13/1985,Spain,FX9900004,,,"),
)


def _port_row(listing: Listing) -> list[str]:
    party = listing.party
    passports = [document.number for document in party.numbers("passport")]
    return [
        f"D-{listing.number:03d}", party.name, party.native,
        party.births[0].first if party.births else "",
        COUNTRIES[party.countries[0]].english, "".join(passports), "PAPER LANTERN",
        listing.listed.isoformat(), "fictional",
    ]  # fmt: skip


def write_port(path: Path, listings: Sequence[Listing]) -> tuple[dict[str, int], list[Fault]]:
    """Write the port's register of detained persons with its planted faults, and its mapping.

    Returns:
        The row in which each party stands, by party key, and the faults.
    """
    rows: list[list[str]] = [_port_row(listing) for listing in listings]
    keys = [listing.party.key for listing in listings]
    faults = []
    for row, kind, line in _FAULTS:
        cells = line.split(",")
        rows.insert(row - 2, cells)
        keys.insert(row - 2, "")
        place = {"date": "date_of_birth", "country": "nationality", "columns": "name"}[kind]
        faults.append(Fault(row, kind, cells[_PORT_COLUMNS.index(place)]))
    write_text(path, csv_text([_PORT_COLUMNS, *rows], line_end="\n"))
    write_text(path.with_suffix(".yml"), _PORT_MAPPING)
    return {key: row for row, key in enumerate(keys, 2) if key}, faults


def _register_row(listing: Listing, owner: Party | None) -> list[str | date]:
    party = listing.party
    numbers = {document.kind: document.number for document in party.documents}
    address = party.addresses[0] if party.addresses else None
    person = ["", "", ""]
    if owner:
        citizen = COUNTRIES[owner.countries[0]].english
        person = [owner.name, owner.births[0].first, citizen]
    return [
        numbers["registration"], party.name,
        COUNTRIES[party.countries[0]].english, numbers["lei"],
        date(int(party.built), 1 + listing.number % 12, 15),
        address.street if address else "", address.city if address else "", *person,
    ]  # fmt: skip


def owner_as_stated(owner: Party) -> Party:
    """Return what the company register states of an owner: name, birth date and citizenship."""
    return Party(
        owner.key,
        owner.kind,
        owner.names[:1],
        births=owner.births[:1],
        countries=owner.countries[:1],
    )


def write_workbook(
    path: Path, listings: Sequence[Listing], owners: Mapping[str, Party]
) -> dict[str, int]:
    """Write the company register as a workbook, and its mapping.

    Returns:
        The row in which each company stands, by party key.
    """
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Companies", 0)
    del book["Sheet"]
    sheet.append([
        "Reg. no.", "Company", "Country", "LEI", "Founded", "Street", "Town", "Owner", "Owner born",
        "Owner citizen of",
    ])  # fmt: skip
    for listing in listings:
        sheet.append(_register_row(listing, owners.get(listing.party.owner)))
    book.properties.creator = FICTION
    out = io.BytesIO()
    book.save(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_same_every_time(out.getvalue()))
    write_text(path.with_suffix(".yml"), _REGISTER_MAPPING)
    return {listing.party.key: row for row, listing in enumerate(listings, 2)}


def _same_every_time(data: bytes) -> bytes:
    """Return the workbook without the time it was written, and stored rather than compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist()):
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-09-14T06:00:00Z", part)
            info = zipfile.ZipInfo(name, (2026, 9, 14, 6, 0, 0))
            info.external_attr = 0o600 << 16
            info.create_system = 3
            new.writestr(info, part)
    return out.getvalue()
