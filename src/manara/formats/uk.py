"""What the fields of the United Kingdom's lists mean, whichever list and form they come in.

The OFSI consolidated list and the UK Sanctions List (FCDO) say the same things under other column
and element names; each reader brings its fields under the names of the UK Sanctions List's CSV and
states them here. Guidance: https://www.gov.uk/government/publications/uk-sanctions-list-guidance
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from manara.formats.base import Subject, subject
from manara.formats.cells import (
    LANGUAGES,
    NOTHING,
    Cell,
    add,
    add_address,
    add_dates,
    add_document,
    note,
    numbered,
)
from manara.model import Record, Reject

SCHEMATA = {"individual": "Person", "entity": "Organization", "ship": "Vessel"}
NAME_PARTS = ("Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6")

_BOTH = ("Person", "Organization")

#: Property of the target by column, where its schema is one of these; several values a field.
_TARGET: dict[str, tuple[str, tuple[str, ...]]] = {
    "Title": ("title", ("Person",)),
    "Town of birth": ("birthPlace", ("Person",)),
    "Country of birth": ("birthCountry", ("Person",)),
    "Nationality(/ies)": ("nationality", ("Person",)),
    "Position": ("position", ("Person",)),
    "Gender": ("gender", ("Person",)),
    "Phone number": ("phone", _BOTH),
    "Email address": ("email", _BOTH),
    "Website": ("website", _BOTH),
    "Type of entity": ("legalForm", ("Organization",)),
    "Business registration number (s)": ("registrationNumber", ("Organization",)),
    "IMO number": ("imoNumber", ("Vessel",)),
    "Current believed flag of ship": ("flag", ("Vessel",)),
    "Previous flags": ("pastFlags", ("Vessel",)),
    "Type of ship": ("type", ("Vessel",)),
    "Tonnage of ship": ("tonnage", ("Vessel",)),
}
_DATES = {"D.O.B": ("birthDate", "Person"), "Year Built": ("buildDate", "Vessel")}

#: Property of the sanction by column.
_SANCTION = {
    "Regime Name": "program",
    "UN Reference Number": "unscId",
    "UK Statement of Reasons": "reason",
    "Sanctions Imposed": "provisions",
}
_SANCTION_DATES = {"Date Designated": "startDate", "Listed On": "listingDate"}
_SANCTION_NOTES = ("Designation source", "Status", "Date of additional sanctions")

_ADDRESS = {
    "street": "Address Line 1",
    "street2.1": "Address Line 2",
    "street2.2": "Address Line 3",
    "street2.3": "Address Line 4",
    "region": "Address Line 5",
    "city": "Address Line 6",
    "postalCode": "Address Postal Code",
    "country": "Address Country",
}
_DOCUMENTS = (
    ("Passport number", "Passport additional information", "Passport", "passportNumber"),
    (
        "National Identifier number",
        "National Identifier additional information",
        "Identification",
        "idNumber",
    ),
)
_HANDLED = {
    *_TARGET,
    *_DATES,
    *_SANCTION,
    *_SANCTION_DATES,
    *_SANCTION_NOTES,
    *_ADDRESS.values(),
    *(column for document in _DOCUMENTS for column in document[:2]),
    *NAME_PARTS,
    *("Name type", "Alias strength", "Name non-latin script", "Non-latin script language"),
    *("Unique ID", "OFSI Group ID", "Designation Type", "Last Updated", "Other Information"),
}


def state(
    record: Record,
    target: Subject,
    at: str,
    cells: Mapping[str, Cell],
    script_prop: str = "alias",
) -> None:
    """State what the fields of one row, or of one part of a record, say about a target.

    Args:
        record: the record.
        target: the listed person, entity or ship.
        at: locator of the row or part, for values put together from several fields.
        cells: fields by the UK Sanctions List's column names; unknown columns become notes.
        script_prop: property of a name in a script other than Latin: ``name`` if the source gives
            no Latin one.
    """
    _name(target, at, cells, script_prop)
    for column, (prop, schemata) in _TARGET.items():
        field = cells.get(column, NOTHING)
        if target.schema in schemata:
            for item in _items(column, field.text):
                add(target, prop, field, item)
        else:
            note(target, column, field)
    for column, (prop, schema) in _DATES.items():
        if target.schema == schema:
            for item in _items(column, cells.get(column, NOTHING).text):
                add_dates(target, prop, Cell(item, cells[column].at), column)
        else:
            note(target, column, cells.get(column, NOTHING))
    add(target, "notes", cells.get("Other Information", NOTHING))
    add_dates(target, "modifiedAt", cells.get("Last Updated", NOTHING), "Last updated")
    parts = {prop: cells.get(column, NOTHING) for prop, column in _ADDRESS.items()}
    add_address(record, target, at, parts)
    for document in _DOCUMENTS:
        _documents(record, target, cells, *document)
    for column in cells.keys() - _HANDLED:
        note(target, column, cells[column])


def state_sanction(
    record: Record, target: Subject, at: str, cells: Mapping[str, Cell], authority: str
) -> None:
    """State the listing itself: its regime, grounds, dates, measures and reference numbers.

    Args:
        record: the record.
        target: who or what is listed; one sanction an id.
        at: locator of the row or record.
        cells: fields by the UK Sanctions List's column names.
        authority: who keeps the list.
    """
    sanction = subject(record, "Sanction", f"{target.id}-sanction")
    target.add("topics", "sanction", at)
    sanction.add("entity", target.id, at)
    sanction.add("authority", authority, at)
    sanction.add("country", "gb", at)
    for column, prop in _SANCTION.items():
        field = cells.get(column, NOTHING)
        for item in field.text.split("|"):
            add(sanction, prop, field, item.strip())
    for column, prop in _SANCTION_DATES.items():
        add_dates(sanction, prop, cells.get(column, NOTHING), column)
    for column in _SANCTION_NOTES:
        note(sanction, column, cells.get(column, NOTHING))
    ofsi = authority.startswith("Office")
    references = ("OFSI Group ID", "Unique ID") if ofsi else ("Unique ID", "OFSI Group ID")
    for prop, column in zip(("authorityId", "recordId"), references, strict=True):
        add(sanction, prop, cells.get(column, NOTHING))


def latin_name(cells: Mapping[str, Cell]) -> str:
    """Return the name in Latin script that these fields give, in the order it is spoken."""
    return " ".join(field.text for name in NAME_PARTS if (field := cells.get(name, NOTHING)).text)


def read_row(
    at: str, cells: Mapping[str, Cell], key: str, id_prefix: str, authority: str, previous: str
) -> Record | Reject:
    """Return the record that one row states, or a reject for a row without an id or a name.

    Args:
        at: locator of the row.
        cells: its fields by the UK Sanctions List's column names.
        key: column of the id under which rows belong together.
        id_prefix: what stands before it in the entity's id.
        authority: who keeps the list.
        previous: id of the entity of the row before, which need not be named again.
    """
    number, script = cells.get(key, NOTHING).text, cells.get("Name non-latin script", NOTHING).text
    latin = latin_name(cells)
    entity_id = f"{id_prefix}-{number}"
    if not number or not (latin or script or entity_id == previous):
        excerpt = " | ".join(field.text for field in cells.values() if field.text)
        lacks = "a name" if number else key
        return Reject(at, "record", f"a row without {lacks}", excerpt[:500])
    record = Record(at, [])
    kind = cells.get("Designation Type", NOTHING)
    target = subject(record, schema_of(kind), entity_id)
    if target.schema == "LegalEntity":
        note(target, "Type", kind)
    state(record, target, at, cells, "alias" if latin else "name")
    state_sanction(record, target, at, cells, authority)
    return record


def schema_of(kind: Cell) -> str:
    """Return the schema of what the list calls an individual, an entity or a ship."""
    return SCHEMATA.get(kind.text.casefold(), "LegalEntity")


def _name(target: Subject, at: str, cells: Mapping[str, Cell], script_prop: str) -> None:
    parts = [field for name in NAME_PARTS if (field := cells.get(name, NOTHING)).text]
    kind, strength = cells.get("Name type", NOTHING), cells.get("Alias strength", NOTHING)
    prop = _name_prop(kind.text.casefold(), strength.text.casefold())
    target.add(prop, latin_name(cells), parts[0].at if len(parts) == 1 else at)
    if prop == "name" and target.schema == "Person":
        add(target, "firstName", cells.get("Name 1", NOTHING))
        for column in NAME_PARTS[1:5]:
            add(target, "middleName", cells.get(column, NOTHING))
        add(target, "lastName", cells.get("Name 6", NOTHING))
    script = cells.get("Name non-latin script", NOTHING)
    language = cells.get("Non-latin script language", NOTHING)
    lang = LANGUAGES.get(language.text.casefold(), "")
    add(target, script_prop, script, lang=lang)
    if not lang:
        note(target, "Non-latin script language", language)


def _name_prop(kind: str, strength: str) -> str:
    if kind == "primary name":
        return "name"
    if kind.startswith(("fka", "f.k.a", "former")):
        return "previousName"
    return "weakAlias" if "low" in strength else "alias"


def _items(column: str, text: str) -> list[str]:
    """Split a field that holds several values: ``(1) … (2) …`` or ``… | …``."""
    separator = r"[|;,\s]+" if column in ("Email address", "Website") else r"\|"
    items = (part.strip() for item in numbered(text) for part in re.split(separator, item))
    return [item for item in items if item]


def _documents(
    record: Record,
    target: Subject,
    cells: Mapping[str, Cell],
    number_column: str,
    details_column: str,
    schema: str,
    prop: str,
) -> None:
    field, details = cells.get(number_column, NOTHING), cells.get(details_column, NOTHING)
    numbers, texts = numbered(field.text), numbered(details.text)
    if not numbers:
        note(target, details_column, details)
    if len(texts) != len(numbers):
        texts = [details.text] * len(numbers)
    if target.schema == "Vessel":
        note(target, number_column, field)
        note(target, details_column, details)
        return
    for number, text in zip(numbers, texts, strict=True):
        document = add_document(record, target, schema, number, field)
        add(document, "summary", details, text)
        own = prop if target.schema == "Person" or prop == "idNumber" else "idNumber"
        add(target, own, field, number)
