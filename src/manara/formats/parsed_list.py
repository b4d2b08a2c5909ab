"""Lists of the United Kingdom and Australia as third parties pass them on: six columns, CSV.

``Name,Alias,Nationality,Designation,Sanction Type,Source``. These are excerpts: no identifier, no
type of subject, no date of birth. So they are datasets of their own (``…_parsed``) and never stand
in for an edition of the official list. Every row is an entity of its own, of the widest schema:

* the Australian excerpt has a row for each form of a subject's name, and the UK one often gives a
  surname only, so rows alike in every column may be one subject or (``Kim``, ``Kim``) several; who
  is the same is for resolution to judge;
* an entity is known by the row's text; the second, third … of equal rows by its number besides.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from manara.formats.base import Format, Head, Match, Subject, derived_id, subject
from manara.formats.cells import Cell, add, cell, not_empty, note
from manara.formats.delimited import Row, rows
from manara.model import Record, Reject

_HEADER = ["Name", "Alias", "Nationality", "Designation", "Sanction Type", "Source"]
_NOTHING = {"", "None", "Unknown"}

#: Dataset, id prefix, authority and country by what the Source column says.
_SOURCES = {
    "uk": ("gb_fcdo_sanctions_parsed", "gb-parsed", "United Kingdom", "gb"),
    "Australia": (
        "au_dfat_sanctions_parsed",
        "au-parsed",
        "Department of Foreign Affairs and Trade",
        "au",
    ),
}

# What follows these commas or words belongs to the same name.
_NAMES = re.compile(r",(?!\s*(?:Ltd|Limited|LLC|Inc|[OP]?JSC|Co|Corp|S\.?A|GmbH)\b)\s*")
_COUNTRIES = re.compile(
    r",\s*|\s+and\s+(?!Barbuda|Herzegovina|Tobago|Nevis|the Grenadines|Príncipe|Principe)"
)
_FORMERLY = re.compile(r"\s*\((?:previously|formerly) listed as\b.*", re.IGNORECASE)


def _recognise(head: Head) -> Match | None:
    source = _source(head)
    return Match(_SOURCES[source][0]) if source else None


def _source(head: Head) -> str:
    lines = head.text.splitlines()
    if not lines or next(csv.reader(lines[:1]), []) != _HEADER:
        return ""
    ends = (line.rpartition(",")[2].strip('" ') for line in lines[1:])
    return next((end for end in ends if end in _SOURCES), "")


def _read(path: Path) -> Iterator[Record | Reject]:
    return not_empty(_rows(path, _source(Head.of(path)) or "uk"), "listed name")


def _rows(path: Path, source: str) -> Iterator[Record | Reject]:
    seen: Counter[str] = Counter()
    for row in rows(path, required=_HEADER):
        if isinstance(row, Reject):
            yield row
        elif row.values["Name"].strip() in _NOTHING:
            excerpt = " | ".join(filter(None, row.values.values()))
            yield Reject(row.locator, "name", "a row without a name", excerpt[:500])
        else:
            yield _record(row, source, seen)


def _record(row: Row, source: str, seen: Counter[str]) -> Record:
    _, prefix, authority, country = _SOURCES[source]
    cells = {name: cell(text, row.at(name)) for name, text in row.values.items()}
    entity_id = derived_id(prefix, "row", *(cells[name].text for name in _HEADER[:-1]))
    seen[entity_id] += 1
    if seen[entity_id] > 1:
        entity_id = f"{entity_id}-{seen[entity_id]}"
    record = Record(row.locator, [])
    target = subject(record, "LegalEntity", entity_id)
    target.add("topics", "sanction", row.locator)
    _names(target, cells["Name"], cells["Alias"])
    if cells["Nationality"].text not in _NOTHING:
        for place in _COUNTRIES.split(cells["Nationality"].text):
            add(target, "country", cells["Nationality"], place)
    if cells["Designation"].text not in _NOTHING:
        note(target, "Designation", cells["Designation"])
    sanction = subject(record, "Sanction", f"{entity_id}-sanction")
    sanction.add("entity", entity_id, row.locator)
    sanction.add("authority", authority, row.locator)
    sanction.add("country", country, row.locator)
    add(sanction, "program", cells["Sanction Type"])
    note(sanction, "Source", cells["Source"])
    return record


def _names(target: Subject, name: Cell, alias: Cell) -> None:
    add(target, "name", name, _FORMERLY.sub("", name.text) or name.text)
    if alias.text in _NOTHING:
        return
    if alias.text.count("(") != alias.text.count(")"):  # cut out of a sentence, no name
        note(target, "Alias", alias)
        return
    for item in _NAMES.split(alias.text):
        add(target, "alias", alias, item)


FORMAT = Format(
    "parsed-list-csv", "UK or Australian list, parsed excerpt (CSV)", "1", _recognise, _read
)
