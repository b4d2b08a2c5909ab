"""The consolidated list of the United Nations Security Council, as XML.

Publisher's schema: https://www.un.org/sc/resources/sc-sanctions.xsd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from manara.formats.base import Format, Head, Match, Subject, derived_id, subject
from manara.formats.dates import partial_dates
from manara.formats.xml import Node, records
from manara.model import FormatError, Record, Reject

_NAMES = {
    "FIRST_NAME": "firstName",
    "SECOND_NAME": "secondName",
    "THIRD_NAME": "middleName",
    "FOURTH_NAME": "lastName",
}
_COMMON = {("NAME_ORIGINAL_SCRIPT",): "name", ("COMMENTS1",): "notes"}
_PERSON = {
    ("TITLE", "VALUE"): "title",
    ("DESIGNATION", "VALUE"): "position",
    ("NATIONALITY", "VALUE"): "nationality",
}
#: How the list says that it does not know; "na" is also the code of Namibia.
_NOT_KNOWN = {"na", "n/a", "-"}
_SANCTION = {
    ("UN_LIST_TYPE",): "program",
    ("LIST_TYPE", "VALUE"): "description",
    ("REFERENCE_NUMBER",): "unscId",
}
_SANCTION_DATES = {
    ("LISTED_ON",): "listingDate",
    ("SUBMITTED_ON",): "date",
    ("LAST_DAY_UPDATED", "VALUE"): "modifiedAt",
}
# The publisher's bookkeeping; it says nothing about the party.
_ADMINISTRATION = {"DATAID", "VERSIONNUM", "SORT_KEY", "SORT_KEY_LAST_MOD"}
_QUALITY = {"low": "weakAlias", "f.k.a.": "previousName"}
_FORMER = re.compile(r"(?:previously|formerly) listed", re.IGNORECASE)
_EXPIRY = re.compile(r"expir\w*[^\d;,]{0,20}((?:\d{1,2} )?[^\W\d]+\.? ?\d{4})", re.IGNORECASE)
_ADDRESS = {
    "STREET": "street",
    "CITY": "city",
    "STATE_PROVINCE": "state",
    "ZIP_CODE": "postalCode",
    "COUNTRY": "country",
}


def _recognise(head: Head) -> Match | None:
    if head.root != "CONSOLIDATED_LIST":
        return None
    generated = re.search(r"dateGenerated\s*=\s*[\"']([^\"']*)", head.text)
    return Match("un_sc_sanctions", generated.group(1) if generated else "")


def _read(path: Path) -> Iterator[Record | Reject]:
    count = 0
    for count, node in enumerate(records(path, "INDIVIDUAL", "ENTITY"), 1):  # noqa: B007
        if not node.value("DATAID"):
            yield Reject(node.locator, "id", "the entry has no DATAID", node.content[:500])
        elif not (_name(node) or node.value("NAME_ORIGINAL_SCRIPT")):
            yield Reject(node.locator, "name", "the entry has no name", node.content[:500])
        else:
            entry = _Entry(node)
            yield entry.record
            yield from entry.rejects
    if not count:
        raise FormatError(
            "no entry in the list",
            where=path.name,
            remedy="fetch the file again from its publisher",
        )


FORMAT = Format(
    name="un-sc-xml",
    title="UN Security Council consolidated list, XML",
    version="1",
    recognise=_recognise,
    read=_read,
)


def _name(node: Node) -> str:
    parts = (node.value(part) for part in _NAMES)
    return _joined([part for part in parts if _is_known(part)], " ")


def _is_known(text: str) -> bool:
    return text.casefold() not in _NOT_KNOWN


def _joined(texts: list[str], by: str = ", ") -> str:
    return by.join(text for text in texts if text)


def _others(node: Node, *known: str) -> list[Node]:
    """Return the children that have text and are not among the known ones."""
    return [child for child in node.children() if child.name not in known and child.content]


class _Entry:
    """One person or group of the list, turned into statements.

    Attributes:
        record: what the entry states.
        rejects: what in it could not be read.
    """

    def __init__(self, node: Node) -> None:
        self.record = Record(node.locator, [])
        self.rejects: list[Reject] = []
        kind = node.name
        person = kind == "INDIVIDUAL"
        self.target = subject(
            self.record, "Person" if person else "Organization", f"un-sc-{node.value('DATAID')}"
        )
        self._names(node, person)
        self._listing(node)
        for alias in node.all(f"{kind}_ALIAS"):
            self._alias(alias)
        for address in node.all(f"{kind}_ADDRESS"):
            self._address(address)
        known = [kind + part for part in ("_ALIAS", "_ADDRESS")]
        if person:
            known += self._personal(node)
        known += [path[0] for path in (*_COMMON, *_SANCTION, *_SANCTION_DATES)]
        for other in _others(node, *known, *_NAMES, *_ADMINISTRATION):
            self._note(other)

    def _names(self, node: Node, person: bool) -> None:
        self.target.add("topics", "sanction", node.locator)
        self.target.add("name", _name(node), node.locator)
        for tag, prop in _NAMES.items() if person else ():
            if _is_known(node.value(tag)):
                self.target.add_node(prop, node.first(tag))
        for path, prop in _COMMON.items():
            for found in node.all(*path):
                self.target.add_node(prop, found)

    def _listing(self, node: Node) -> None:
        sanction = subject(self.record, "Sanction", f"{self.target.id}-sanction")
        sanction.add("entity", self.target.id, node.locator)
        sanction.add("authority", "United Nations Security Council", node.locator)
        for path, prop in _SANCTION.items():
            for found in node.all(*path):
                sanction.add_node(prop, found)
        sanction.add_node("authorityId", node.first("REFERENCE_NUMBER"))
        for path, prop in _SANCTION_DATES.items():
            for found in node.all(*path):
                self._date(sanction, prop, found)

    def _personal(self, node: Node) -> list[str]:
        """State what only persons have; return the names of the elements it is about."""
        for path, prop in _PERSON.items():
            for found in node.all(*path):
                if _is_known(found.text):
                    self.target.add_node(prop, found)
        for gender in node.all("GENDER"):
            if gender.text.lower() == "unknown":
                self._note(gender)
            else:
                self.target.add_node("gender", gender)
        parts = {
            "INDIVIDUAL_DATE_OF_BIRTH": self._birth_date,
            "INDIVIDUAL_PLACE_OF_BIRTH": self._birth_place,
            "INDIVIDUAL_DOCUMENT": self._document,
        }
        for tag, state in parts.items():
            for part in node.all(tag):
                state(part)
        return ["GENDER", *parts, *(path[0] for path in _PERSON)]

    def _alias(self, node: Node) -> None:
        name, note = node.value("ALIAS_NAME"), node.value("NOTE")
        prop = _QUALITY.get(node.value("QUALITY").lower(), "alias")
        if _FORMER.search(note):
            prop = "previousName"
        for part in filter(None, (part.strip() for part in name.split(";"))):
            self.target.add(
                prop, part, f"{node.locator}/ALIAS_NAME[1]", original="" if part == name else name
            )
        more = _joined([child.content for child in _others(node, "ALIAS_NAME", "QUALITY")], " ")
        if more:
            self.target.add("notes", f"{name or 'Alias'}: {more}", node.locator, original=more)
        for date in node.all("DATE_OF_BIRTH"):
            self._date(self.target, "birthDate", date)
        self.target.add_node("birthPlace", node.first("CITY_OF_BIRTH"))
        self.target.add_node("birthCountry", node.first("COUNTRY_OF_BIRTH"))

    def _birth_date(self, node: Node) -> None:
        stated = [child for child in _others(node, "TYPE_OF_DATE", "NOTE") if self._readable(child)]
        plain = node.value("TYPE_OF_DATE") in {"", "EXACT"} and not node.value("NOTE")
        dates = [
            (date, child.locator, child.text)
            for child in stated
            for date in partial_dates(child.text)
        ]
        if not dates:
            dates = [(date, node.locator, "") for date in partial_dates(node.value("NOTE"))]
        for date, place, text in dates:
            if plain:
                self.target.add("birthDate", date, place, original="" if text == date else text)
            else:
                self.target.add("birthDate", date, node.locator, original=node.content)
        if not dates and node.value("NOTE"):
            self._note(node)

    def _birth_place(self, node: Node) -> None:
        parts = ("STREET", "CITY", "STATE_PROVINCE")
        self.target.add("birthPlace", _joined([node.value(part) for part in parts]), node.locator)
        self.target.add_node("birthCountry", node.first("COUNTRY"))
        for other in _others(node, *parts, "COUNTRY"):
            self._note(other, "Place of birth")

    def _address(self, node: Node) -> None:
        full = _joined([node.value(part) for part in _ADDRESS])
        if not node.content:
            return
        address = subject(
            self.record, "Address", derived_id(self.target.id, "address", node.content)
        )
        address.add("full", full, node.locator)
        for tag, prop in _ADDRESS.items():
            address.add_node(prop, node.first(tag))
        for other in _others(node, *_ADDRESS):
            address.add("remarks", other.content, other.locator)
        self.target.add("addressEntity", address.id, node.locator)
        self.target.add_node("country", node.first("COUNTRY"))

    def _document(self, node: Node) -> None:
        if not node.content:
            return
        kinds = [
            kind for tag in ("TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2") for kind in node.all(tag)
        ]
        words = " ".join(kind.text for kind in kinds).casefold()
        passport = any(word in words for word in ("passport", "passeport", "pasaporte"))
        number = node.first("NUMBER")
        self.target.add_node("passportNumber" if passport else "idNumber", number)
        document = subject(
            self.record,
            "Passport" if passport else "Identification",
            derived_id(self.target.id, "document", node.content),
        )
        document.add("holder", self.target.id, node.locator)
        document.add_node("number", number)
        for kind in kinds:
            document.add_node("type", kind)
        self._issue(node, document)

    def _issue(self, node: Node, document: Subject) -> None:
        """State where and when a document was issued, and what is noted about it."""
        country = node.first("ISSUING_COUNTRY") or node.first("COUNTRY_OF_ISSUE")
        document.add_node("country", country)
        place = _joined([node.value("CITY_OF_ISSUE"), node.value("COUNTRY_OF_ISSUE")])
        document.add("description", place and f"Issued in {place}", node.locator, original=place)
        for date in node.all("DATE_OF_ISSUE"):
            self._date(document, "startDate", date)
        for note in node.all("NOTE"):
            document.add_node("summary", note)
            for expiry in _EXPIRY.findall(note.text):
                for value in partial_dates(expiry)[:1]:
                    document.add("endDate", value, note.locator, original=note.text)
        known = ("TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2", "NUMBER", "ISSUING_COUNTRY")
        issue = ("COUNTRY_OF_ISSUE", "CITY_OF_ISSUE", "DATE_OF_ISSUE", "NOTE")
        for other in _others(node, *known, *issue):
            document.add("summary", other.content, other.locator)

    def _note(self, node: Node, label: str = "") -> None:
        label = label or node.name.removeprefix("INDIVIDUAL_").replace("_", " ").capitalize()
        self.target.add("notes", f"{label}: {node.content}", node.locator, original=node.content)

    def _date(self, about: Subject, prop: str, node: Node) -> None:
        if node.text and self._readable(node):
            for date in partial_dates(node.text):
                about.add(prop, date, node.locator, original="" if date == node.text else node.text)

    def _readable(self, node: Node) -> bool:
        """Say if an element holds a date; set it aside if not."""
        if partial_dates(node.text):
            return True
        reason = f"{node.name} holds no date that can be read"
        self.rejects.append(Reject(node.locator, "date", reason, node.text[:500]))
        return False
