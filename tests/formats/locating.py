"""Finding again, in the source, what a locator of a reader leads to; independent of the readers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

from manara.model import Record, Reject, Stated

#: Properties that name another entity, and constants of the reader: not in the source as such.
MADE = {
    *("id", "topics", "entity", "authority", "addressEntity", "holder", "issuer", "owner"),
    *("operator", "subject", "object", "role", "status"),
}


class Source:
    """An XML file whose nodes are found by locators of local names."""

    def __init__(self, path: Path) -> None:
        self.root = etree.parse(path).getroot()
        self._found = {f"/{etree.QName(self.root).localname}": self.root}

    def node(self, locator: str) -> etree._Element:
        """Return the one node of a locator, found by XPath step by step."""
        if locator not in self._found:
            above, _, step = locator.rpartition("/")
            name, position = re.fullmatch(r"([\w-]+)(?:\[(\d+)\])?", step).groups()
            xpath = f"*[local-name()='{name}'][{position or 1}]"
            (self._found[locator],) = self.node(above).xpath(xpath)
        return self._found[locator]

    def count(self, xpath: str) -> int:
        """Return how many nodes an XPath of plain names finds, in any namespace."""
        local = re.sub(r"(?<=/)(\w+)", r"*[local-name()='\1']", xpath)
        return int(self.root.xpath(f"count({local})"))


def words(text: str) -> list[str]:
    """Return the words of a text without the punctuation that joining adds."""
    return re.findall(r"[^\s,]+", text)


def content(node: etree._Element) -> str:
    """Return all text of a node, white space collapsed."""
    return " ".join(" ".join(node.itertext()).split())


def misplaced(records: Iterable[Record], source: Source) -> list[Stated]:
    """Return the statements whose words do not all stand where their locator leads."""
    missing = []
    for record in records:
        for stated in record.stated:
            text = content(source.node(stated.locator))
            wanted = words(stated.original or stated.value)
            if stated.prop not in MADE and not all(word in text for word in wanted):
                missing.append(stated)
    return missing


def split(read: Iterable[Record | Reject]) -> tuple[list[Record], list[Reject]]:
    """Return the records and the rejects a reader yields."""
    everything = list(read)
    return (
        [item for item in everything if isinstance(item, Record)],
        [item for item in everything if isinstance(item, Reject)],
    )


def facts(records: Iterable[Record]) -> list[Stated]:
    """Return all statements of the records."""
    return [stated for record in records for stated in record.stated]


def values(stated: Iterable[Stated], entity: str) -> dict[str, list[str]]:
    """Return the values an entity has, by property, in the order of the source."""
    found: dict[str, list[str]] = {}
    for one in stated:
        if one.entity_id == entity:
            found.setdefault(one.prop, []).append(one.value)
    return found


def of_schema(stated: Iterable[Stated], schema: str) -> list[dict[str, list[str]]]:
    """Return the values of every entity of a schema, by property."""
    stated = list(stated)
    ids = dict.fromkeys(one.entity_id for one in stated if one.schema == schema)
    return [values(stated, entity) for entity in ids]
