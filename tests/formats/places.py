"""Going back to a source by a locator, independently of the readers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from lxml import etree

from manara.model import Record, Reject, Stated

#: Properties that tie entities together, and those that stand for the list itself.
TIES = {"topics", "entity", "holder", "addressEntity", "authority"}


def squeeze(text: str) -> str:
    return " ".join(text.split())


@cache
def table(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


@cache
def _document(path: Path) -> etree._ElementTree:
    return etree.parse(str(path))


def _xpath(locator: str) -> str:
    return re.sub(r"/([A-Za-z][\w-]*)", r"/*[local-name()='\1']", locator)


def text_at(path: Path, locator: str, *, delimiter: str = ",", header_row: int = 1) -> str:
    """Return the text a locator leads to; of an element that holds others, everything in it."""
    if locator.startswith("/"):
        (found,) = _document(path).xpath(_xpath(locator))
        if isinstance(found, str):
            return squeeze(found)
        if not len(found) and not found.attrib:
            return squeeze(found.text or "")
        inside = (f'{k}="{v}"' for e in found.iter("*") for k, v in e.attrib.items())
        return squeeze(" ".join([*found.itertext(), *inside]))
    row, column = re.fullmatch(r"row (\d+)(?:, column (.*))?", locator).groups()  # type: ignore[union-attr]
    cells = table(path, delimiter)[int(row) - 1]
    if column is None:
        return squeeze(" ".join(cells))
    return squeeze(cells[table(path, delimiter)[header_row - 1].index(column)])


def is_there(stated: Stated, text: str) -> bool:
    """Tell if a fact's value or original is in this text; if of several fields, each word of it."""
    wanted = squeeze(stated.original or stated.value)
    one_field = ", column " in stated.locator or "/@" in stated.locator
    return wanted in text or (not one_field and all(w.strip(",") in text for w in wanted.split()))


def facts(items: Iterable[Record | Reject]) -> list[Stated]:
    return [s for item in items if isinstance(item, Record) for s in item.stated]


def rejects(items: Iterable[Record | Reject]) -> list[Reject]:
    return [item for item in items if isinstance(item, Reject)]


def misplaced(items: Iterable[Stated], path: Path, **layout: object) -> Iterator[Stated]:
    """Yield the facts that cannot be found again where they say they stand."""
    for stated in items:
        constant = stated.schema == "Sanction" and stated.prop == "country"
        text = text_at(path, stated.locator, **layout)  # type: ignore[arg-type]
        if stated.prop not in TIES and not constant and not is_there(stated, text):
            yield stated


def properties(items: Iterable[Stated], entity_id: str) -> dict[str, list[str]]:
    """Return the values of one entity by property, in the order they were stated."""
    found: dict[str, list[str]] = {}
    for stated in items:
        if stated.entity_id == entity_id:
            values = found.setdefault(stated.prop, [])
            if stated.value not in values:
                values.append(stated.value)
    return found


def one(items: Iterable[Stated], schema: str, prop: str, value: str) -> dict[str, list[str]]:
    """Return the properties of the one entity of a schema with this value."""
    items = list(items)
    ids = {s.entity_id for s in items if (s.schema, s.prop, s.value) == (schema, prop, value)}
    (entity_id,) = ids
    return properties(items, entity_id)


def dropped(texts: Iterable[str], stated: Iterable[Stated]) -> list[str]:
    """Return the texts that occur in no fact."""
    said = "\n".join(squeeze(f"{s.value}\n{s.original}") for s in stated)
    return [text for text in map(squeeze, texts) if text and text not in said]
