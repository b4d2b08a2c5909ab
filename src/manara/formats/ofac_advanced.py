"""The SDN and consolidated lists of the United States Treasury (OFAC), advanced XML.

The form follows the United Nations' advanced sanctions data model; the office's notes on it:
https://home.treasury.gov/system/files/126/sdn_advanced_notes.pdf. Names of types stand in reference
sets at the beginning, places and documents before the parties, designations after them. So the file
is read twice: once for the references between the parts, once for the statements.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from manara.formats.base import Format, Head, Match, derived_id, subject
from manara.formats.ofac_names import state_names
from manara.formats.ofac_party import Item, Party
from manara.formats.ofac_periods import dates_of, day_of
from manara.formats.ofac_terms import DATES, NO_COUNTRY, PROPERTIES, SCHEMATA, plain
from manara.formats.xml import Node, records
from manara.model import FormatError, Record, Reject

#: Number of the SDN list among the office's lists, should its name not stand in the head.
_SDN_LIST = "1550"
_ADDRESS = {
    "ADDRESS1": "street",
    "ADDRESS2": "street2",
    "ADDRESS3": "street2",
    "CITY": "city",
    "STATE/PROVINCE": "state",
    "REGION": "region",
    "POSTAL CODE": "postalCode",
}


def _recognise(head: Head) -> Match | None:
    if head.root != "Sanctions" or not re.search(r"<(?:\w+:)?ReferenceValueSets\b", head.text):
        return None
    issued = re.search(
        r"DateOfIssue\b[^>]*>\s*<(?:\w+:)?Year>(\d+)<.*?Month>(\d+)<.*?Day>(\d+)<",
        head.text,
        re.DOTALL,
    )
    named = re.search(r"<(?:\w+:)?List\s+ID=\"(\d+)\"[^>]*>\s*SDN List\s*<", head.text)
    lists = re.findall(rb"<(?:\w+:)?SanctionsEntry\b[^>]*\bListID=\"(\d+)\"", head.tail)
    sdn = (named.group(1) if named else _SDN_LIST).encode()
    return Match(
        "us_ofac_cons" if lists and sdn not in lists else "us_ofac_sdn",
        "-".join(part.zfill(2) for part in issued.groups()) if issued else "",
    )


def _read(path: Path) -> Iterator[Record | Reject]:
    index = _Index(path)
    parts = {
        "Location": index.location,
        "IDRegDocument": index.document,
        "DistinctParty": index.party,
        "SanctionsEntry": index.designation,
        "ProfileRelationship": index.relationship,
    }
    for node in records(path, "ReferenceValueSets", *parts):
        if node.name in parts:
            yield from parts[node.name](node)
    if not index.schemata:
        raise FormatError(
            "no party in the list",
            where=path.name,
            remedy="fetch the file again from its publisher",
        )


FORMAT = Format(
    name="ofac-advanced-xml",
    title="OFAC list, advanced XML",
    version="1",
    recognise=_recognise,
    read=_read,
)


class _Index:
    """The references between the parts of a file, and the reading of each part.

    Attributes:
        schemata: schema by number of profile.
    """

    def __init__(self, path: Path) -> None:
        self.schemata: dict[str, str] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._kinds: dict[str, str] = {}
        self._holders: dict[str, str] = {}
        self._places: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        names = ("Location", "IDRegDocument", "ProfileRelationship", "SanctionsEntry")
        for node in records(path, "ReferenceValueSets", "DistinctParty", *names):
            if node.name == "ReferenceValueSets":
                self._learn(node)
            elif node.name == "DistinctParty":
                self._look(node)

    def _learn(self, node: Node) -> None:
        for values in node.children():
            for value in values.children():
                number = value.get("ID")
                text = value.get("Description") if value.name == "AreaCode" else ""
                self._texts[value.name, number] = text or value.text or value.get("ISO2")
                if value.name == "PartySubType":
                    self._kinds[number] = value.get("PartyTypeID")

    def _look(self, node: Node) -> None:
        for profile in node.all("Profile"):
            number = profile.get("ID")
            labels = set()
            for feature in profile.all("Feature"):
                label = self.text("FeatureType", feature.get("FeatureTypeID"))
                labels.add(label)
                for place in feature.all("FeatureVersion", "VersionLocation"):
                    self._places[place.get("LocationID")].append((number, label))
            self.schemata[number] = self._schema(profile.get("PartySubTypeID"), labels)
            for identity in profile.all("Identity"):
                self._holders[identity.get("ID")] = number

    def _schema(self, subtype: str, labels: set[str]) -> str:
        kind = self._texts.get(("PartySubType", subtype), "").lower()
        if kind not in SCHEMATA:
            kind = self._texts.get(("PartyType", self._kinds.get(subtype, "")), "").lower()
        schema = SCHEMATA.get(kind, "LegalEntity")
        company = schema == "Organization" and any(label.startswith("BIK") for label in labels)
        return "Company" if company else schema  # only companies have a Russian bank code

    def text(self, kind: str, number: str) -> str:
        """Return the text of a reference value, or its kind and number if there is none."""
        return self._texts.get((kind, number)) or (f"{kind} {number}" if number else "")

    def _about(self, node: Node, profile: str) -> Party | Reject:
        schema = self.schemata.get(profile)
        if schema is None:
            reason = "it refers to a profile that is not in the file"
            return Reject(node.locator, "reference", reason, (node.content or profile)[:500])
        return Party(Record(node.locator, []), schema, profile)

    def party(self, node: Node) -> Iterator[Record | Reject]:
        """Yield what is stated about a party itself."""
        profiles = [profile for profile in node.all("Profile") if profile.get("ID")]
        if not profiles:
            yield Reject(node.locator, "id", "the party has no profile", node.content[:500])
        for profile in profiles:
            about = self._about(node, profile.get("ID"))
            if isinstance(about, Reject):
                yield about
                continue
            if not state_names(profile, about.target, self.text):
                yield Reject(node.locator, "name", "the party has no name", node.content[:500])
                continue
            about.designate()
            for comment in node.all("Comment"):
                about.target.add_node("notes", comment)
            for feature in profile.all("Feature"):
                self._feature(feature, about)
            yield about.record
            yield from about.rejects

    def _feature(self, node: Node, about: Party) -> None:
        label = self.text("FeatureType", node.get("FeatureTypeID"))
        for version in node.all("FeatureVersion"):
            for comment in version.all("Comment"):
                if comment.text:
                    about.note(Item(label, comment.text, comment.locator))
            for period in version.all("DatePeriod"):
                self._dated(Item(label, "", period.locator), period, about)
            for detail in version.all("VersionDetail"):
                value = detail.text or self.text("DetailReference", detail.get("DetailReferenceID"))
                if value:
                    about.add_item(Item(label, value, detail.locator))

    def _dated(self, item: Item, period: Node, about: Party) -> None:
        dates, original = dates_of(period)
        prop = PROPERTIES.get(plain(item.label), "")
        if prop in DATES:
            for date in dates:
                about.target.add(prop, date, period.locator, original=original)
        elif dates:
            value = " to ".join(dates)
            about.add_item(Item(item.label, value, period.locator, original=original))

    def location(self, node: Node) -> Iterator[Record | Reject]:
        """Yield what a place says about the parties that refer to it."""
        for profile, label in self._places.get(node.get("ID"), ()):
            about = self._about(node, profile)
            if isinstance(about, Reject):
                yield about
                continue
            self._place(node, label, about)
            yield about.record
            yield from about.rejects

    def _place(self, node: Node, label: str, about: Party) -> None:
        parts: dict[str, Node] = {}
        for part in node.all("LocationPart"):
            kind = self.text("LocPartType", part.get("LocPartTypeID"))
            for value in part.all("LocationPartValue", "Value"):
                parts.setdefault(kind, value)
        country, where = self._country(node)
        known = [parts[kind].text for kind in _ADDRESS if kind in parts]
        known += [part.text for kind, part in parts.items() if kind not in _ADDRESS]
        full = ", ".join(filter(None, dict.fromkeys([*known, country])))
        if not full:
            return
        if plain(label) == "location":
            self._address(node, about, parts, full)
        elif plain(label) == "place of birth":
            about.add_item(Item(label, ", ".join(filter(None, known)), node.locator))
            about.target.add("birthCountry", country, where)
        else:
            about.add_item(Item(label, country or full, where if country else node.locator))

    def _country(self, node: Node) -> tuple[str, str]:
        """Return the country of a place and where it is stated."""
        for tag, kind in (("LocationCountry", "Country"), ("LocationAreaCode", "AreaCode")):
            for found in node.all(tag):
                country = self.text(kind, found.get(f"{kind}ID"))
                if country.lower() not in NO_COUNTRY:
                    return country, found.locator
        return "", node.locator

    def _address(self, node: Node, about: Party, parts: dict[str, Node], full: str) -> None:
        identity = derived_id(about.target.id, "address", full)
        address = subject(about.record, "Address", identity)
        address.add("full", full, node.locator)
        for kind, prop in _ADDRESS.items():
            address.add_node(prop, parts.get(kind))
        country, where = self._country(node)
        address.add("country", country, where)
        about.target.add("country", country, where)
        about.target.add("addressEntity", identity, node.locator)

    def document(self, node: Node) -> Iterator[Record | Reject]:
        """Yield what a document or registration says about its holder."""
        about = self._about(node, self._holders.get(node.get("IdentityID"), ""))
        if isinstance(about, Reject):
            yield about
            return
        dates = {
            self.text("IDRegDocDateType", date.get("IDRegDocDateTypeID")): " to ".join(
                dates_of(period)[0]
            )
            for date in node.all("DocumentDate")
            for period in date.all("DatePeriod")
        }
        number = node.value("IDRegistrationNo")
        item = Item(
            self.text("IDRegDocType", node.get("IDRegDocTypeID")),
            number or node.content,
            node.locator,
            country=self.text("Country", node.get("IssuedBy-CountryID")),
            issued=dates.get("Issue Date", ""),
            expires=dates.get("Expiration Date", ""),
            authority=node.value("IssuingAuthority"),
            comment=node.value("Comment"),
        )
        if number:
            about.add_item(item)
        elif item.value:
            about.note(item)
        yield about.record
        yield from about.rejects

    def designation(self, node: Node) -> Iterator[Record | Reject]:
        """Yield what an entry of a list says about the designation of a party."""
        about = self._about(node, node.get("ProfileID"))
        if isinstance(about, Reject):
            yield about
            return
        sanction = about.sanction
        if node.get("ID") != about.number:  # a further list the party is on
            sanction.id += f"-{node.get('ID')}"
            about.designate()
        sanction.add("description", self.text("List", node.get("ListID")), node.locator)
        for event in node.all("EntryEvent"):
            for date in event.all("Date"):
                value, original = day_of(date)
                sanction.add("listingDate", value, date.locator, original=original)
            basis = self.text("LegalBasis", event.get("LegalBasisID"))
            sanction.add("reason", basis, event.locator)
            sanction.add_node("summary", event.first("Comment"))
        for measure in node.all("SanctionsMeasure"):
            kind = self.text("SanctionsType", measure.get("SanctionsTypeID"))
            if kind == "Program":
                sanction.add_node("program", measure.first("Comment"))
            else:
                sanction.add("provisions", kind, measure.locator)
                sanction.add_node("summary", measure.first("Comment"))
        yield about.record
        yield from about.rejects

    def relationship(self, node: Node) -> Iterator[Record | Reject]:
        """Yield a relationship between two parties."""
        ends = node.get("From-ProfileID"), node.get("To-ProfileID")
        if not node.get("ID") or not all(end in self.schemata for end in ends):
            reason = "it refers to a profile that is not in the file"
            yield Reject(node.locator, "reference", reason, " ".join(filter(None, ends)))
            return
        record = Record(node.locator, [])
        link = subject(record, "UnknownLink", f"ofac-relationship-{node.get('ID')}")
        link.add("subject", f"ofac-{ends[0]}", node.locator, original=ends[0])
        link.add("object", f"ofac-{ends[1]}", node.locator, original=ends[1])
        link.add("role", self.text("RelationType", node.get("RelationTypeID")), node.locator)
        link.add("summary", node.value("Comment"), node.locator)
        if node.get("Former").lower() == "true":
            link.add("status", "former", node.locator)
        yield record
