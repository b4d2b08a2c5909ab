"""Canada: consolidated autonomous sanctions list (SEMA and Magnitsky regulations), XML.

A record has no identifier that lasts: items of a schedule are renumbered. So an entity is known by
its programme, names, birth or build date and IMO number; a person named twice in one programme is
one entity with two listings. Layout:
https://www.international.gc.ca/world-monde/international_relations-relations_internationales/sanctions/consolidated-consolide.aspx
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from manara.formats.base import Format, Head, Match, Subject, derived_id, subject
from manara.formats.cells import (
    LANGUAGES,
    NOTHING,
    Cell,
    add,
    add_dates,
    not_empty,
    note,
)
from manara.formats.xml import Node, records
from manara.model import Record, Reject

_ROOT = "data-set"
_NAMES = ("LastName", "GivenName", "EntityOrShip")
_IDENTITY = ("Country", *_NAMES, "DateOfBirthOrShipBuildDate", "ShipIMONumber")
_LISTING = ("Country", "Schedule", "Item", "DateOfListing")
_KNOWN = {*_IDENTITY, *_LISTING, "TitleOrShip", "Aliases"}

#: What follows these commas is the legal form of the same name.
_SPLIT = re.compile(
    r"\s*;\s*|\s+/\s+|,(?!\s*(?:Ltd|Limited|LLC|Inc|[OP]?JSC|Co|S\.?A|GmbH|ООО|[ОП]?АО)\b)\s*"
)
_LANGUAGE = re.compile(r"([A-Z][a-z]+):\s*(.*)", re.DOTALL)


def _recognise(head: Head) -> Match | None:
    ours = head.root == _ROOT and "<DateOfListing>" in head.text and "<Schedule>" in head.text
    return Match("ca_dfatd_sema_sanctions") if ours else None


def _read(path: Path) -> Iterator[Record | Reject]:
    return not_empty(map(_record, records(path, "record")), "listed person or entity")


def _record(node: Node) -> Record | Reject:
    cells = {child.name: Cell(child.text, child.locator) for child in node.children()}
    if not any(cells.get(name, NOTHING).text for name in _NAMES):
        excerpt = " | ".join(field.text for field in cells.values())
        return Reject(node.locator, "name", "a record without a name", excerpt[:500])
    record = Record(node.locator, [])
    key = [cells.get(name, NOTHING).text for name in _IDENTITY]
    target = subject(record, _schema(cells), derived_id("ca-sema", "target", *key))
    target.add("topics", "sanction", node.locator)
    _names(target, node.locator, cells)
    _details(target, cells)
    _sanction(record, target.id, node.locator, cells)
    for name in cells.keys() - _KNOWN:
        note(target, name, cells[name])
    return record


def _schema(cells: dict[str, Cell]) -> str:
    if cells.get("LastName", NOTHING).text or cells.get("GivenName", NOTHING).text:
        return "Person"
    return "Vessel" if cells.get("ShipIMONumber", NOTHING).text else "Organization"


def _names(target: Subject, at: str, cells: dict[str, Cell]) -> None:
    last, given = cells.get("LastName", NOTHING), cells.get("GivenName", NOTHING)
    if target.schema == "Person":
        both = last.text and given.text
        target.add("name", f"{given.text} {last.text}".strip(), at if both else last.at or given.at)
        add(target, "firstName", given)
        add(target, "lastName", last)
    named = cells.get("EntityOrShip", NOTHING)
    add(target, "alias" if target.schema == "Person" else "name", named)
    aliases = cells.get("Aliases", NOTHING)
    lang = ""
    for alias in _SPLIT.split(aliases.text):
        if labelled := _LANGUAGE.fullmatch(alias):
            lang = LANGUAGES.get(labelled[1].casefold(), "")
            alias = labelled[2] if lang else alias
        add(target, "alias", aliases, alias.strip(" ,"), lang=lang)


def _details(target: Subject, cells: dict[str, Cell]) -> None:
    date = cells.get("DateOfBirthOrShipBuildDate", NOTHING)
    if target.schema == "Organization":
        note(target, "Date", date)
    else:
        person = target.schema == "Person"
        prop, label = ("birthDate", "Date of birth") if person else ("buildDate", "Build date")
        add_dates(target, prop, date, label)
    title = cells.get("TitleOrShip", NOTHING)
    prop = {"Person": "title", "Vessel": "type"}.get(target.schema, "")
    if prop:
        add(target, prop, title)
    else:
        note(target, "Title or ship", title)
    imo = cells.get("ShipIMONumber", NOTHING)
    if target.schema == "Vessel":
        add(target, "imoNumber", imo)
    else:
        note(target, "IMO number", imo)


def _sanction(record: Record, target_id: str, at: str, cells: dict[str, Cell]) -> None:
    listing = [cells.get(name, NOTHING).text for name in _LISTING]
    sanction = subject(record, "Sanction", derived_id(target_id, "sanction", *listing))
    sanction.add("entity", target_id, at)
    sanction.add("authority", "Global Affairs Canada", at)
    sanction.add("country", "ca", at)
    add(sanction, "program", cells.get("Country", NOTHING))
    add_dates(sanction, "listingDate", cells.get("DateOfListing", NOTHING), "Date of listing")
    schedule, item = cells.get("Schedule", NOTHING), cells.get("Item", NOTHING)
    for label, field in (("Schedule", schedule), ("item", item)):
        note(sanction, label, field)
    place = [f"Schedule {schedule.text}"] if schedule.text else []
    place += [f"item {item.text}"] if item.text else []
    original = f"{schedule.text} {item.text}".strip()
    sanction.add("recordId", ", ".join(place), at, original=original)


FORMAT = Format("ca-sema-xml", "Canada: autonomous sanctions (XML)", "1", _recognise, _read)
