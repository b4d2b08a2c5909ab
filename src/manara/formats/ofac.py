"""The SDN and consolidated lists of the United States Treasury (OFAC), classic XML.

Publisher's schema: https://www.treasury.gov/ofac/downloads/sdn.xsd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from manara.formats.base import Format, Head, Match, derived_id, subject
from manara.formats.dates import month_first
from manara.formats.ofac_party import Item, Party
from manara.formats.ofac_terms import ALIASES, NO_COUNTRY, SCHEMATA, Links, dataset_of
from manara.formats.xml import Node, records
from manara.model import FormatError, Record, Reject

_PROGRAMS = re.compile(r"<programList>(.*?)</programList>", re.DOTALL)
_ADDRESS = {
    "address1": "street",
    "address2": "street2",
    "address3": "street2",
    "city": "city",
    "stateOrProvince": "state",
    "postalCode": "postalCode",
    "country": "country",
}
#: List, item and value inside an entry to the label that other files of the office give it.
_LISTS = {
    ("dateOfBirthList", "dateOfBirthItem", "dateOfBirth"): "DOB",
    ("placeOfBirthList", "placeOfBirthItem", "placeOfBirth"): "POB",
    ("nationalityList", "nationality", "country"): "nationality",
    ("citizenshipList", "citizenship", "country"): "citizen",
    ("vesselInfo", "callSign"): "Vessel Call Sign",
    ("vesselInfo", "vesselType"): "Vessel Type",
    ("vesselInfo", "vesselFlag"): "Vessel Flag",
    ("vesselInfo", "vesselOwner"): "Vessel Owner",
    ("vesselInfo", "tonnage"): "Vessel Tonnage",
    ("vesselInfo", "grossRegisteredTonnage"): "Vessel Gross Registered Tonnage",
    ("title",): "Title",
}
_READ = {"uid", "firstName", "lastName", "sdnType", "remarks", "programList", "idList", "akaList"}


def _recognise(head: Head) -> Match | None:
    if head.root != "sdnList":
        return None
    published = re.search(r"<Publish_Date>([^<]*)<", head.text)
    programs = _PROGRAMS.search(head.text)
    first = re.findall(r"<program>([^<]*)<", programs.group(1)) if programs else []
    dates = month_first(published.group(1)) if published else []
    return Match(dataset_of(program.strip() for program in first), dates[0] if dates else "")


def _read(path: Path) -> Iterator[Record | Reject]:
    links = Links()
    for node in records(path, "sdnEntry"):
        links.know(_name(node), node.value("uid"))
        links.know(_listed_name(node), node.value("uid"))
    count, declared = 0, None
    for node in records(path, "publshInformation", "sdnEntry"):
        if node.name == "publshInformation":
            declared = node.value("Record_Count") or None
            continue
        count += 1
        yield from _entry(node, links)
    if not count:
        raise FormatError(
            "no entry in the list",
            where=path.name,
            remedy="fetch the file again from its publisher",
        )
    if declared is not None and declared != str(count):
        raise FormatError(
            f"{count} entries where Record_Count says {declared}",
            where="/sdnList/publshInformation[1]/Record_Count[1]",
            remedy="the file is cut off or inconsistent; fetch it again from its publisher",
        )


FORMAT = Format(
    name="ofac-xml",
    title="OFAC list, classic XML",
    version="1",
    recognise=_recognise,
    read=_read,
)


def _name(node: Node) -> str:
    return " ".join(filter(None, (node.value("firstName"), node.value("lastName"))))


def _listed_name(node: Node) -> str:
    """Return the name as other entries refer to it: last name first."""
    return ", ".join(filter(None, (node.value("lastName"), node.value("firstName"))))


def _entry(node: Node, links: Links) -> Iterator[Record | Reject]:
    uid, name = node.value("uid"), _name(node)
    if not uid or not name:
        missing = "name" if uid else "uid"
        yield Reject(node.locator, missing, f"the entry has no {missing}", node.content[:500])
        return
    kind = node.value("sdnType").lower()
    schema = SCHEMATA.get(kind, "LegalEntity")
    if schema == "Organization" and any(
        kind.text.startswith("BIK") for kind in node.all("idList", "id", "idType")
    ):
        schema = "Company"  # only companies have a Russian bank code in the vocabulary
    party = Party(Record(node.locator, []), schema, uid)
    party.designate()
    _names(node, party, name)
    _details(node, party, links)
    for program in node.all("programList", "program"):
        party.sanction.add_node("program", program)
    for address in node.all("addressList", "address"):
        _address(address, party)
    yield party.record
    yield from party.rejects


def _names(node: Node, party: Party, name: str) -> None:
    party.target.add("name", name, node.locator)
    if party.target.schema == "Person":
        party.target.add_node("firstName", node.first("firstName"))
        party.target.add_node("lastName", node.first("lastName"))
    for aka in node.all("akaList", "aka"):
        prop = ALIASES.get(aka.value("type").lower(), "alias")
        if prop == "alias" and aka.value("category").lower() == "weak":
            prop = "weakAlias"
        party.target.add(prop, _name(aka), aka.locator)


def _details(node: Node, party: Party, links: Links) -> None:
    for path, label in _LISTS.items():
        for value in node.all(*path):
            if value.text:
                party.add_item(Item(label, value.text, value.locator))
    for identity in node.all("idList", "id"):
        values = {child.name: child.text for child in identity.children()}
        if values.get("idNumber"):
            party.add_item(
                Item(
                    values.get("idType", "Identification"),
                    values["idNumber"],
                    identity.locator,
                    country=values.get("idCountry", ""),
                    issued=values.get("issueDate", ""),
                    expires=values.get("expirationDate", ""),
                )
            )
        elif values.get("idType"):
            party.note(Item("Identification", values["idType"], identity.locator))
    for remarks in node.all("remarks"):
        party.target.add_node("notes", remarks)
        for other, words in links.named_in(remarks.text):
            party.add_link(other, "Linked To", remarks.locator, words)
    read = _READ | {path[0] for path in _LISTS} | {"addressList"}
    for child in node.children():
        if child.name not in read and child.content:
            party.note(Item(child.name, child.content, child.locator))


def _address(node: Node, party: Party) -> None:
    parts = {child.name: child for child in node.children() if child.name in _ADDRESS}
    full = ", ".join(parts[name].text for name in _ADDRESS if name in parts and parts[name].text)
    if not full:
        return
    address = subject(party.record, "Address", derived_id(party.target.id, "address", full))
    address.add("full", full, node.locator)
    for name, prop in _ADDRESS.items():
        if name in parts and parts[name].text.lower() not in NO_COUNTRY:
            address.add_node(prop, parts[name])
            if prop == "country":
                party.target.add_node("country", parts[name])
    party.target.add("addressEntity", address.id, node.locator)
