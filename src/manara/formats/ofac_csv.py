"""The lists of the United States Treasury (OFAC) as legacy CSV: four files that belong together.

The files have no header; the columns are those of
https://home.treasury.gov/system/files/126/dat_spec.txt. ``-0-`` stands for no value.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from manara.formats.base import Format, Head, Match, derived_id, subject
from manara.formats.delimited import Row, rows
from manara.formats.ofac_party import Item, Party
from manara.formats.ofac_remarks import items
from manara.formats.ofac_terms import ALIASES, NO_COUNTRY, SCHEMATA, Links, dataset_of
from manara.model import EXISTS, FormatError, Record, Reject

_PRIMARY = [
    *("ent_num", "SDN_Name", "SDN_Type", "Program", "Title", "Call_Sign", "Vess_type"),
    *("Tonnage", "GRT", "Vess_flag", "Vess_owner", "Remarks"),
]
_ALT = ["ent_num", "alt_num", "alt_type", "alt_name", "alt_remarks"]
_ADD = [
    "ent_num",
    "Add_num",
    "Address",
    "City/State/Province/Postal Code",
    "Country",
    "Add_remarks",
]
_COMMENTS = ["ent_num", "Remarks"]
_VESSEL = {
    "Title": "Title",
    "Call_Sign": "Vessel Call Sign",
    "Vess_type": "Vessel Type",
    "Tonnage": "Vessel Tonnage",
    "GRT": "Vessel Gross Registered Tonnage",
    "Vess_flag": "Vessel Flag",
    "Vess_owner": "Vessel Owner",
}
_TYPES = {"individual", "entity", "vessel", "aircraft", ""}
_REMARK = re.compile(r"Linked To: |[af]\.k\.a\. '|\bDOB |Passport |Digital Currency |\(\w[\w ]+\)")
#: Entity numbers are given in order and never again. The consolidated list opens with the members
#: of the Palestinian Legislative Council, the first of whom is number 9639; the SDN list opens with
#: entries of 1986, with numbers below 1000.
_FIRST_CONSOLIDATED = 9639


def _value(text: str) -> str:
    text = " ".join(text.split())
    return "" if text == "-0-" else text


def _head_rows(head: Head, columns: int) -> list[list[str]]:
    """Return the first rows if they all have this many columns and open with a number."""
    lines = head.text.splitlines()[:5]
    whole = lines if len(head.text.splitlines()) > 5 or len(head.text) < 4096 else lines[:-1]
    try:
        found = [row for row in csv.reader(whole, strict=True) if row and row != ["\x1a"]]
    except csv.Error:
        return []
    fits = all(len(row) == columns and row[0].isdecimal() for row in found)
    return [[_value(field) for field in row] for row in found] if fits else []


def _is_primary(head: Head) -> Match | None:
    found = _head_rows(head, len(_PRIMARY))
    if not found or any(row[2].lower() not in _TYPES for row in found):
        return None
    return Match(dataset_of(_programs(found[0][3])))


def _is_alt(head: Head) -> Match | None:
    found = _head_rows(head, len(_ALT))
    if not found or any(row[2].lower() not in {"aka", "fka", "nka"} for row in found):
        return None
    whole = _list_of(found[0][0])
    return Match(f"{whole}_alt", part_of=whole)


def _is_add(head: Head) -> Match | None:
    found = _head_rows(head, len(_ADD))
    if not found or "-0-" not in head.text or not all(row[1].isdecimal() for row in found):
        return None
    whole = _list_of(found[0][0])
    return Match(f"{whole}_add", part_of=whole)


def _is_comments(head: Head) -> Match | None:
    found = _head_rows(head, len(_COMMENTS))
    if not found or not all(_REMARK.search(row[1]) for row in found):
        return None
    return Match("us_ofac_sdn_comments", part_of="us_ofac_sdn")


def _list_of(number: str) -> str:
    return "us_ofac_cons" if int(number) >= _FIRST_CONSOLIDATED else "us_ofac_sdn"


def _programs(text: str) -> list[str]:
    return [program.strip() for program in text.split("] [")]


def _reader(
    columns: list[str], state: Callable[[Row, Party], None]
) -> Callable[[Path], Iterator[Record | Reject]]:
    """Return a reader of a file of these columns, each row of which says something of a party."""

    def read(path: Path) -> Iterator[Record | Reject]:
        count = 0
        for row in _parties(path, columns):
            count += 1
            if isinstance(row, Reject):
                yield row
                continue
            party = Party(Record(row.locator, []), "LegalEntity", row.values["ent_num"])
            state(row, party)
            if not party.record.stated:
                party.target.add(EXISTS, party.target.id, row.at("ent_num"))
            yield party.record
            yield from party.rejects
        if not count:
            raise FormatError("no row in the list", where=path.name)

    return read


def _parties(path: Path, columns: list[str]) -> Iterator[Row | Reject]:
    """Yield the rows with their values tidied; set aside those that do not name a party."""
    for row in rows(path, columns=columns):
        if isinstance(row, Reject):
            yield row
            continue
        values = {column: _value(value) for column, value in row.values.items()}
        if values["ent_num"].isdecimal():
            yield Row(row.number, values)
        else:
            yield Reject(
                row.at("ent_num"), "id", "no entity number", ",".join(row.values.values())[:500]
            )


def _read_primary(path: Path) -> Iterator[Record | Reject]:
    links = Links()
    for row in _parties(path, _PRIMARY):
        if isinstance(row, Row):
            links.know(row.values["SDN_Name"], row.values["ent_num"])
    count = 0
    for row in _parties(path, _PRIMARY):
        count += 1
        if isinstance(row, Reject):
            yield row
        elif not row.values["SDN_Name"]:
            excerpt = ",".join(row.values.values())[:500]
            yield Reject(row.at("SDN_Name"), "name", "the entry has no name", excerpt)
        else:
            party = _primary(row, links)
            yield party.record
            yield from party.rejects
    if not count:
        raise FormatError("no row in the list", where=path.name)


def _primary(row: Row, links: Links) -> Party:
    values = row.values
    remarks = values["Remarks"]
    schema = SCHEMATA.get(values["SDN_Type"].lower() or "entity", "LegalEntity")
    if schema == "Organization" and "BIK (RU)" in remarks:
        schema = "Company"  # only companies have a Russian bank code in the vocabulary
    party = Party(Record(row.locator, []), schema, values["ent_num"])
    party.designate()
    _name(row, party)
    for program in filter(None, _programs(values["Program"])):
        party.sanction.add("program", program, row.at("Program"))
    for column, label in _VESSEL.items():
        if values[column]:
            party.add_item(Item(label, values[column], row.at(column)))
    _remarks(row, party)
    for other, words in links.named_in(remarks):
        party.add_link(other, "Linked To", row.at("Remarks"), words)
    return party


def _name(row: Row, party: Party) -> None:
    name, place = row.values["SDN_Name"], row.at("SDN_Name")
    last, comma, first = name.partition(", ")
    if party.target.schema == "Person" and comma:
        party.target.add("name", f"{first} {last}", place, original=name)
        party.target.add("firstName", first, place)
        party.target.add("lastName", last, place)
    else:
        party.target.add("name", name, place)


def _remarks(row: Row, party: Party, *, continued: bool = False) -> None:
    place = row.at("Remarks")
    party.target.add("notes", row.values["Remarks"], place)
    for item in items(row.values["Remarks"], place, continued=continued):
        party.add_item(item)


def _alias(row: Row, party: Party) -> None:
    prop = ALIASES.get(row.values["alt_type"].lower(), "alias")
    party.target.add(prop, row.values["alt_name"], row.at("alt_name"))
    party.target.add("notes", row.values["alt_remarks"], row.at("alt_remarks"))


def _address(row: Row, party: Party) -> None:
    columns = {"Address": "street", "City/State/Province/Postal Code": "city", "Country": "country"}
    full = ", ".join(row.values[column] for column in columns if row.values[column])
    if full or row.values["Add_remarks"]:
        identity = derived_id(party.target.id, "address", full)
        address = subject(party.record, "Address", identity)
        address.add("full", full, row.locator)
        for column, prop in columns.items():
            if row.values[column].lower() not in NO_COUNTRY:
                address.add(prop, row.values[column], row.at(column))
        address.add("remarks", row.values["Add_remarks"], row.at("Add_remarks"))
        party.target.add("addressEntity", address.id, row.locator)
        if row.values["Country"].lower() not in NO_COUNTRY:
            party.target.add("country", row.values["Country"], row.at("Country"))


def _comment(row: Row, party: Party) -> None:
    party.designate()
    _remarks(row, party, continued=True)


FORMATS = (
    Format("ofac-csv", "OFAC list, legacy CSV", "1", _is_primary, _read_primary),
    Format("ofac-alt-csv", "OFAC aliases, legacy CSV", "1", _is_alt, _reader(_ALT, _alias)),
    Format("ofac-add-csv", "OFAC addresses, legacy CSV", "1", _is_add, _reader(_ADD, _address)),
    Format(
        "ofac-comments-csv",
        "OFAC remarks continued, legacy CSV",
        "1",
        _is_comments,
        _reader(_COMMENTS, _comment),
    ),
)
