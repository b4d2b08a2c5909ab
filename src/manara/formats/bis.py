"""US Bureau of Industry and Security: Denied Persons List, tab-separated text (``dpl.txt``).

A row is one address of a denied person, so rows of the same name are one entity. (In the list of
2025 one name of 460 has two orders, with the same expiration date: one person.) Layout:
https://www.bis.doc.gov/index.php/the-denied-persons-list
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from manara.formats.base import Format, Head, Match, derived_id, subject
from manara.formats.cells import Cell, add, add_address, add_dates, cell, not_empty, note
from manara.formats.dates import month_first
from manara.formats.delimited import Row, rows
from manara.model import Record, Reject

_HEADER = ("Name", "Street_Address", "City", "State", "Country", "Postal_Code", "Effective_Date")
_ADDRESS = {
    "street": "Street_Address",
    "city": "City",
    "state": "State",
    "postalCode": "Postal_Code",
    "country": "Country",
}
_KNOWN = {
    *_HEADER,
    "Expiration_Date",
    "Standard_Order",
    "Last_Update",
    "Action",
    "FR_Citation",
}


def _recognise(head: Head) -> Match | None:
    names = [name.strip('" ') for name in head.first_line.split("\t")]
    return Match("us_bis_denied") if tuple(names[: len(_HEADER)]) == _HEADER else None


def _read(path: Path) -> Iterator[Record | Reject]:
    return not_empty(map(_row, rows(path, delimiter="\t", required=_KNOWN)), "denied person")


def _row(row: Row | Reject) -> Record | Reject:
    if isinstance(row, Reject):
        return row
    cells = {name: cell(text, row.at(name)) for name, text in row.values.items()}
    name = cells["Name"]
    if not name.text:
        return Reject(row.locator, "name", "a row without a name", "\t".join(row.values.values()))
    record = Record(row.locator, [])
    target = subject(record, "LegalEntity", derived_id("us-bis", "denied", name.text))
    add(target, "name", name)
    target.add("topics", "export.control", row.locator)
    add_address(record, target, row.locator, {prop: cells[col] for prop, col in _ADDRESS.items()})
    _sanction(record, target.id, row.locator, cells)
    for column in cells.keys() - _KNOWN:
        note(target, column, cells[column])
    return record


def _sanction(record: Record, target_id: str, at: str, cells: dict[str, Cell]) -> None:
    order = (cells["Effective_Date"].text, cells["Expiration_Date"].text)
    sanction = subject(record, "Sanction", derived_id(target_id, "sanction", *order))
    sanction.add("entity", target_id, at)
    sanction.add("authority", "Bureau of Industry and Security", at)
    sanction.add("program", "Denied Persons List", at)
    sanction.add("country", "us", at)
    add_dates(sanction, "startDate", cells["Effective_Date"], "Effective date", month_first)
    add_dates(sanction, "endDate", cells["Expiration_Date"], "Expiration date", month_first)
    add_dates(sanction, "modifiedAt", cells["Last_Update"], "Last update")
    add(sanction, "authorityId", cells["FR_Citation"])
    note(sanction, "Standard order", cells["Standard_Order"])
    note(sanction, "Action", cells["Action"])


FORMAT = Format("us-bis-dpl", "US Denied Persons List (BIS)", "1", _recognise, _read)
