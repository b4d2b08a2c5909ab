"""The US Treasury's advanced form: one XML file in which everything refers by number to tables."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

from demo.ofac import ID_TYPES, country
from demo.output import XSI, sub, write_xml
from demo.party import NOTE, Address, Birth, Listing, Name, Party
from demo.places import COUNTRIES

_NAMESPACE = (
    "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML"
)
_COUNTRY_IDS = {code: str(11000 + n) for n, code in enumerate(COUNTRIES, 1)}
_SUB_TYPES = {"person": "4", "company": "3", "vessel": "1", "aircraft": "2"}
_PARTS = {"given": "1521", "last": "1520", "company": "1525", "vessel": "1526", "aircraft": "1527"}
_SCRIPTS = {"Latin": "215", "Arabic": "160", "Cyrillic": "220", "Hangul": "286"}
_ID_TYPES = {kind: str(1571 + n) for n, kind in enumerate(ID_TYPES)}
_FEATURES = {
    "Birthdate": "8", "Place of Birth": "9", "Nationality Country": "10", "Location": "25",
    "Gender": "224", "Digital Currency Address - ETH": "345", "VESSEL TYPE": "2",
    "Vessel Flag": "3", "Aircraft Model": "47", "Organization Established Date": "646",
}  # fmt: skip
_GENDERS = {"male": "91526", "female": "91527"}
_LOC_PARTS = {"street": "1451", "city": "1454", "unknown": "1"}
_LISTS = {"SDN List": "1550", "Consolidated List": "91507"}
_OWNED = "15003"


def _table(sets: ET.Element, name: str, rows: Mapping[str, str], **more: str) -> None:
    holder = sub(sets, f"{name}Values")
    for text, number in rows.items():
        sub(holder, name, text, ID=number, **more)


def _references(root: ET.Element) -> None:
    sets = sub(root, "ReferenceValueSets")
    _table(sets, "AliasType", {"A.K.A.": "1400", "F.K.A.": "1401", "Name": "1403"})
    areas = sub(sets, "AreaCodeValues")
    for code, number in _COUNTRY_IDS.items():
        sub(areas, "AreaCode", code, ID=number, CountryID=number, Description=country(code),
            AreaCodeTypeID="1")  # fmt: skip
    _table(sets, "CalendarType", {"Gregorian": "1"})
    countries = sub(sets, "CountryValues")
    for code, number in _COUNTRY_IDS.items():
        sub(countries, "Country", country(code), ID=number, ISO2=code)
    _table(sets, "CountryRelevance", {"Default": "1413"})
    _table(sets, "DetailReference", {word.capitalize(): n for word, n in _GENDERS.items()})
    _table(sets, "DetailType", {"DATE": "1430", "LOOKUP": "1431", "TEXT": "1432"})
    _table(sets, "DocNameStatus", {"Primary Latin": "1", "Primary non-Latin": "2"})
    _table(sets, "EntryEventType", {"Created": "1"})
    _table(sets, "FeatureType", _FEATURES, FeatureTypeGroupID="1")
    _table(sets, "IDRegDocDateType", {"Issue Date": "1480", "Expiration Date": "1481"})
    _table(sets, "IDRegDocType", {ID_TYPES[kind]: number for kind, number in _ID_TYPES.items()})
    legal = {"Fictional Order 1 (Demonstration)": "1"}
    _table(sets, "LegalBasis", legal, LegalBasisShortRef="DEMO", LegalBasisTypeID="1")
    _table(sets, "List", _LISTS)
    _table(sets, "LocPartType", {"Unknown": "1", "ADDRESS1": "1451", "CITY": "1454"})
    parts = ("Last Name", "First Name", "Entity Name", "Vessel Name", "Aircraft Name")
    _table(sets, "NamePartType", dict(zip(parts, ("1520", "1521", "1525", "1526", "1527"),
                                          strict=True)))  # fmt: skip
    subtypes = sub(sets, "PartySubTypeValues")
    for number, text, kind in (("1", "Vessel", "4"), ("2", "Aircraft", "4"),
                               ("3", "Unknown", "2"), ("4", "Unknown", "1")):  # fmt: skip
        sub(subtypes, "PartySubType", text, ID=number, PartyTypeID=kind)
    _table(sets, "PartyType", {"Individual": "1", "Entity": "2", "Location": "3", "Transport": "4"})
    _table(sets, "RelationType", {"Owned or Controlled By": _OWNED}, Symmetrical="false")
    _table(sets, "SanctionsType", {"Program": "1"})
    scripts = sub(sets, "ScriptValues")
    codes = {"Latin": "Latn", "Arabic": "Arab", "Cyrillic": "Cyrl", "Hangul": "Hang"}
    for script, number in _SCRIPTS.items():
        sub(scripts, "Script", script, ID=number, ScriptCode=codes[script])


def _date(parent: ET.Element, tag: str, iso: str) -> None:
    element = sub(parent, tag)
    for name, part in zip(("Year", "Month", "Day"), iso.split("-"), strict=False):
        sub(element, name, str(int(part)))


def _span(birth: Birth) -> tuple[str, str]:
    """Return the first and the last possible day."""
    first, last = birth.first, birth.last or birth.first
    if len(first) == 7:
        return f"{first}-01", f"{first}-{monthrange(int(first[:4]), int(first[5:]))[1]}"
    return (first, last) if len(first) == 10 else (f"{first}-01-01", f"{last}-12-31")


class _Writer:
    """Hands out the numbers by which the parts of the file refer to one another."""

    def __init__(self, root: ET.Element) -> None:
        _references(root)
        self.locations = sub(root, "Locations")
        self.documents = sub(root, "IDRegDocuments")
        self.parties = sub(root, "DistinctParties")
        self.relations = sub(root, "ProfileRelationships")
        self.entries = sub(root, "SanctionsEntries")
        self._next = 400000
        self._locations: dict[Address, str] = {}

    def number(self) -> str:
        self._next += 1
        return str(self._next)

    def location(self, address: Address) -> str:
        if address in self._locations:
            return self._locations[address]
        number = self._locations[address] = self.number()
        element = sub(self.locations, "Location", ID=number)
        code = _COUNTRY_IDS[address.country]
        sub(element, "LocationAreaCode", AreaCodeID=code)
        sub(element, "LocationCountry", CountryID=code, CountryRelevanceID="1413")
        for kind, text in (("street", address.street), ("city", address.city)):
            if text:
                part = sub(element, "LocationPart", LocPartTypeID=_LOC_PARTS[kind])
                value = sub(part, "LocationPartValue", Primary="true", LocPartValueTypeID="1",
                            LocPartValueStatusID="1")  # fmt: skip
                sub(value, "Value", text)
        return number

    def feature(self, profile: ET.Element, name: str) -> ET.Element:
        element = sub(profile, "Feature", ID=self.number(), FeatureTypeID=_FEATURES[name])
        version = sub(element, "FeatureVersion", ID=self.number(), ReliabilityID="1")
        return version

    def text(self, profile: ET.Element, name: str, text: str) -> None:
        if text:
            sub(self.feature(profile, name), "VersionDetail", text, DetailTypeID="1432")

    def place(self, profile: ET.Element, name: str, address: Address) -> None:
        version = self.feature(profile, name)
        sub(version, "VersionLocation", LocationID=self.location(address))

    def birth(self, profile: ET.Element, birth: Birth) -> None:
        version = self.feature(profile, "Birthdate")
        period = sub(version, "DatePeriod", CalendarTypeID="1", YearFixed="false")
        approximate = "true" if birth.circa else "false"
        for tag, iso in zip(("Start", "End"), _span(birth), strict=True):
            element = sub(period, tag, Approximate=approximate)
            _date(element, "From", iso)
            _date(element, "To", iso)
        sub(version, "VersionDetail", DetailTypeID="1430")

    def alias(
        self, identity: ET.Element, groups: Mapping[str, str], party: Party, name: Name
    ) -> None:
        main = name is party.names[0]
        kind = "1403" if main else "1401" if name.former else "1400"
        alias = sub(identity, "Alias", FixedRef=identity.get("FixedRef", ""), AliasTypeID=kind,
                    Primary=str(main).lower(), LowQuality=str(name.weak).lower())  # fmt: skip
        self._documented(alias, groups, "Latin", name.family, name.given)
        if main and party.native:
            last, _, first = party.native.partition(" ")[::-1]
            family, given = (party.native, "") if not first else (last, first)
            self._documented(alias, groups, party.script, family, given)

    def _documented(
        self, alias: ET.Element, groups: Mapping[str, str], script: str, family: str, given: str
    ) -> None:
        name = sub(alias, "DocumentedName", ID=self.number(), FixedRef=alias.get("FixedRef", ""),
                   DocNameStatusID="1" if script == "Latin" else "2")  # fmt: skip
        if "name" in groups:
            family, given = f"{given} {family}".strip(), ""
        for group, text in (("last", family), ("given", given), ("name", family)):
            if text and group in groups:
                part = sub(name, "DocumentedNamePart")
                sub(part, "NamePartValue", text, NamePartGroupID=groups[group],
                    ScriptID=_SCRIPTS[script], ScriptStatusID="1", Acronym="false")  # fmt: skip


def _identity(writer: _Writer, profile: ET.Element, party: Party) -> str:
    number = writer.number()
    about = {"FixedRef": profile.get("ID", ""), "Primary": "true", "False": "false"}
    identity = sub(profile, "Identity", ID=number, **about)
    kinds = ["last", "given"] if party.kind == "person" else ["name"]
    groups = {kind: writer.number() for kind in kinds}
    for name in party.names:
        writer.alias(identity, groups, party, name)
    holder = sub(identity, "NamePartGroups")
    for kind, group in groups.items():
        master = sub(holder, "MasterNamePartGroup")
        part = _PARTS[party.kind if kind == "name" else kind]
        sub(master, "NamePartGroup", ID=group, NamePartTypeID=part)
    return number


def _features(writer: _Writer, profile: ET.Element, party: Party) -> None:
    for birth in party.births:
        writer.birth(profile, birth)
    town, code = party.birth_place
    writer.text(profile, "Place of Birth", f"{town}, {country(code)}" if town else "")
    label = {"person": "Nationality Country", "vessel": "Vessel Flag"}.get(party.kind)
    for nation in party.countries if label else ():
        writer.place(profile, label or "", Address("", "", nation))
    for address in party.addresses:
        writer.place(profile, "Location", address)
    if party.gender:
        version = writer.feature(profile, "Gender")
        reference = _GENDERS[party.gender]
        sub(version, "VersionDetail", DetailTypeID="1431", DetailReferenceID=reference)
    for currency, wallet in party.wallets:
        writer.text(profile, f"Digital Currency Address - {currency}", wallet)
    kinds = {"vessel": "VESSEL TYPE", "aircraft": "Aircraft Model"}
    if party.kind in kinds:
        writer.text(profile, kinds[party.kind], party.type)


def _documents(writer: _Writer, identity: str, party: Party) -> None:
    for document in party.documents:
        issued = {"IssuedBy_CountryID": _COUNTRY_IDS[document.country]} if document.country else {}
        element = sub(
            writer.documents, "IDRegDocument", ID=writer.number(), IdentityID=identity,
            IDRegDocTypeID=_ID_TYPES[document.kind], ValidityID="1", **issued,
        )  # fmt: skip
        prefix = "IMO " if document.kind == "imo" else ""
        sub(element, "Comment")
        sub(element, "IDRegistrationNo", prefix + document.number)
        sub(element, "IssuingAuthority")


def _entry(writer: _Writer, uid: str, listing: Listing, list_name: str) -> None:
    entry = sub(writer.entries, "SanctionsEntry", ID=uid, ProfileID=uid, ListID=_LISTS[list_name])
    event = sub(entry, "EntryEvent", ID=writer.number(), EntryEventTypeID="1", LegalBasisID="1")
    sub(event, "Comment")
    _date(event, "Date", listing.listed.isoformat())
    measure = sub(entry, "SanctionsMeasure", ID=writer.number(), SanctionsTypeID="1")
    sub(measure, "Comment", listing.programme)


def write(
    path: Path, listings: Sequence[Listing], published: date, *, ids: str, list_name: str
) -> None:
    """Write an edition of a list.

    Args:
        path: the file.
        listings: its records.
        published: day of issue.
        ids: pattern of its record numbers, such as ``98{:04d}``.
        list_name: ``SDN List`` or ``Consolidated List``.
    """
    root = ET.Element("Sanctions", {"xmlns:xsi": XSI, "xmlns": _NAMESPACE})
    issue = sub(root, "DateOfIssue", CalendarTypeID="1")
    for tag, part in (("Year", published.year), ("Month", published.month), ("Day", published.day)):
        sub(issue, tag, str(part))
    writer = _Writer(root)
    uids = {listing.party.key: ids.format(listing.number) for listing in listings}
    for listing in listings:
        party, uid = listing.party, uids[listing.party.key]
        element = sub(writer.parties, "DistinctParty", FixedRef=uid)
        sub(element, "Comment", NOTE)
        profile = sub(element, "Profile", ID=uid, PartySubTypeID=_SUB_TYPES[party.kind])
        identity = _identity(writer, profile, party)
        _features(writer, profile, party)
        _documents(writer, identity, party)
        _entry(writer, uid, listing, list_name)
        if party.owner in uids:
            sub(writer.relations, "ProfileRelationship", ID=writer.number(), From_ProfileID=uid,
                To_ProfileID=uids[party.owner], RelationTypeID=_OWNED, RelationQualityID="1",
                Former="false", SanctionsEntryID=uid)  # fmt: skip
    write_xml(path, root)
