"""European Union: consolidated list of financial sanctions, XML (FSF 1.1).

Everything stands in attributes, so locators look like ``/export/sanctionEntity[1]/@logicalId``.
An entity is known by its EU reference number, else by its logical id. Layout: namespace
http://eu.europa.ec/fpi/fsd/export, description at https://webgate.ec.europa.eu/fsd/fsf
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from manara.formats.base import Format, Head, Match, Subject, derived_id, subject
from manara.formats.cells import (
    LANGUAGES,
    Cell,
    add,
    add_address,
    add_dates,
    add_document,
    attribute,
    cell,
    element,
    not_empty,
    note,
    numbered,
)
from manara.formats.xml import Node, records
from manara.model import Record, Reject

_NAMESPACE = "http://eu.europa.ec/fpi/fsd/export"
_GENERATED = re.compile(r'generationDate="([^"]+)"')
_SCHEMATA = {"person": "Person", "P": "Person", "enterprise": "Organization", "E": "Organization"}
_UNKNOWN_COUNTRIES = ("", "UNKNOWN")

#: Property that identifies the holder, by the code of the kind of identification.
_IDENTIFIERS = {
    "id": "idNumber",
    "ssn": "idNumber",
    "regnumber": "registrationNumber",
    "fiscalcode": "taxNumber",
    "tax": "taxNumber",
    "swiftbic": "swiftBic",
    "bic": "swiftBic",
    "lei": "leiCode",
    "imo": "imoNumber",
}
_CONTACTS = {"PHONE": "phone", "MOBILE": "phone", "EMAIL": "email", "WEB": "website"}
_FLAGS = ("diplomatic", "knownExpired", "knownFalse", "reportedLost", "revokedByIssuer")

# Attributes and elements stated by their own rules; all others become notes.
_PLACE = {"city", "zipCode", "region", "place", "street", "poBox"}
_INTERNAL = {"logicalId", "regulationLanguage", "countryIso2Code", "countryDescription"}
_STATED = {
    "sanctionEntity": {"euReferenceNumber", "unitedNationId", "designationDate"},
    "regulation": {"programme", "publicationDate", "entryIntoForceDate", "numberTitle"},
    "nameAlias": {
        *("firstName", "middleName", "lastName", "wholeName", "function", "gender", "title"),
        *("nameLanguage", "strong"),
    },
    "birthdate": {
        *("circa", "calendarType", "birthdate", "dayOfMonth", "monthOfYear", "year"),
        *("yearRangeFrom", "yearRangeTo", *_PLACE),
    },
    "citizenship": set[str](),
    "identification": {
        *("number", "latinNumber", "identificationTypeCode", "identificationTypeDescription"),
        *("issuedBy", "issueDate", "issuedDate", "validFrom", "validTo", "nameOnDocument"),
        *_FLAGS,
    },
    "address": _PLACE,
}


def _recognise(head: Head) -> Match | None:
    if head.root != "export" or _NAMESPACE not in head.text:
        return None
    generated = _GENERATED.search(head.text)
    return Match("eu_fsf", generated.group(1) if generated else "")


def _read(path: Path) -> Iterator[Record | Reject]:
    return not_empty(map(_entity, records(path, "sanctionEntity")), "sanctioned entity")


def _entity(node: Node) -> Record | Reject:
    key = node.get("euReferenceNumber") or node.get("logicalId")
    names = [alias for alias in node.all("nameAlias") if _whole_name(alias).text]
    if not key or not names:
        lacks = "a name" if key else "a reference number and logical id"
        return Reject(node.locator, "record", f"an entity without {lacks}", key)
    record = Record(node.locator, [])
    kind = node.first("subjectType")
    code = (kind.get("code") or kind.get("classificationCode")) if kind else ""
    target = subject(record, _SCHEMATA.get(code, "LegalEntity"), f"eu-fsf-{key}")
    if kind and code not in _SCHEMATA:
        note(target, "Subject type", attribute(kind, "code"))
    target.add("topics", "sanction", node.locator)
    _names(target, names)
    for regulation in list(node.all("regulation")) or [node]:
        _sanction(record, target.id, node, regulation)
    for child in node.children():
        _part(record, target, child)
    _leftover(target, node, "")
    return record


def _part(record: Record, target: Subject, node: Node) -> None:
    match node.name:
        case "birthdate":
            _birth(target, node)
        case "citizenship":
            add(target, "citizenship" if target.schema == "Person" else "country", _country(node))
        case "identification":
            _identification(record, target, node)
        case "address":
            _address(record, target, node)
        case "remark":
            add(target, "notes", Cell(node.text, node.locator))
        case "nameAlias" | "regulation" | "subjectType":
            pass
        case _:
            note(target, node.name, Cell(node.content, node.locator))
    if node.name in _STATED and node.name != "regulation":
        _leftover(target, node, f"{node.name} ")
        _regulation_notes(target, node)


def _leftover(target: Subject, node: Node, prefix: str) -> None:
    """Keep what no rule states: a newer edition may say more than this reader knows."""
    for name in map(str, node.element.attrib):
        if name not in _STATED.get(node.name, ()) and name not in _INTERNAL and "}" not in name:
            value = attribute(node, name)
            if value.text != "false":
                note(target, f"{prefix}{name}", value)
    if node.name not in ("identification", "address", "sanctionEntity"):
        for remark in node.all("remark"):
            note(target, f"{prefix}remark", Cell(remark.text, remark.locator))


def _regulation_notes(target: Subject, node: Node) -> None:
    for summary in node.all("regulationSummary"):
        title, published = summary.get("numberTitle"), summary.get("publicationDate")
        kind = summary.get("regulationType")
        text = f"{node.name} by {kind} {title} of {published}"
        target.add("notes", text, summary.locator, original=f"{kind} {published} {title}")
        add(target, "sourceUrl", attribute(summary, "publicationUrl"))


def _whole_name(node: Node) -> Cell:
    whole = attribute(node, "wholeName")
    if whole.text:
        return whole
    parts = (node.get(part) for part in ("firstName", "middleName", "lastName"))
    return cell(" ".join(parts), node.locator)


def _names(target: Subject, names: list[Node]) -> None:
    strong = [name for name in names if _name_prop(name) == "alias"]
    primary = strong[0] if strong else names[0]
    for node in names:
        prop = "name" if node is primary else _name_prop(node)
        language = attribute(node, "nameLanguage")
        lang = LANGUAGES.get(language.text.casefold(), "")
        add(target, prop, _whole_name(node), lang=lang)
        if not lang:
            note(target, "Name language", language)
        person = target.schema == "Person"
        for part in ("firstName", "middleName", "lastName"):
            if person and prop in ("name", "alias"):
                add(target, part, attribute(node, part), lang=lang)
        for source, own in (("function", "position"), ("title", "title"), ("gender", "gender")):
            value = attribute(node, source)
            for item in numbered(value.text) if person else ():
                add(target, own, value, item)
            if not person:
                note(target, source.capitalize(), value)


def _name_prop(node: Node) -> str:
    remarks = " ".join(remark.text for remark in node.all("remark")).casefold()
    if node.get("strong") == "false" or "low quality" in remarks:
        return "weakAlias"
    former = re.match(r"\W*(?:f\.?k\.?a\b|former(?:ly)? (?:name|known|listed))", remarks)
    return "previousName" if former else "alias"


def _country(node: Node) -> Cell:
    described = attribute(node, "countryDescription")
    if described.text not in _UNKNOWN_COUNTRIES:
        return described
    code = attribute(node, "countryIso2Code")
    return Cell("", "") if code.text == "00" else code


def _sanction(record: Record, target_id: str, entity: Node, regulation: Node) -> None:
    key = (regulation.get("programme"), regulation.get("numberTitle"))
    sanction = subject(record, "Sanction", derived_id(target_id, "sanction", *key))
    sanction.add("entity", target_id, regulation.locator)
    sanction.add("authority", "European Union", entity.locator)
    sanction.add("country", "eu", entity.locator)
    add(sanction, "authorityId", attribute(entity, "euReferenceNumber"))
    add(sanction, "unscId", attribute(entity, "unitedNationId"))
    add_dates(sanction, "date", attribute(entity, "designationDate"), "Designation date")
    programme = attribute(regulation, "programme")
    add(sanction, "program", programme)
    add(sanction, "programId", programme)
    add(sanction, "reason", attribute(regulation, "numberTitle"))
    published, in_force = "publicationDate", "entryIntoForceDate"
    add_dates(sanction, "listingDate", attribute(regulation, published), "Publication date")
    add_dates(sanction, "startDate", attribute(regulation, in_force), "Entry into force")
    add(sanction, "sourceUrl", element(regulation, "publicationUrl"))
    if regulation is not entity:
        _leftover(sanction, regulation, "")


def _birth(target: Subject, node: Node) -> None:
    _birth_date(target, node)
    place = {name: attribute(node, name) for name in ("place", "city", "region", "zipCode")}
    texts = [field.text for field in place.values() if field.text]
    country = _country(node)
    if target.schema != "Person":
        note(target, "Place", cell(", ".join([*texts, country.text]).strip(", "), node.locator))
        return
    target.add("birthPlace", ", ".join(texts), node.locator)
    add(target, "birthCountry", country)


def _birth_date(target: Subject, node: Node) -> None:
    """State the date with its precision; the attributes as they stand are the original."""
    names = ("circa", "calendarType", "birthdate", "year", "monthOfYear", "dayOfMonth")
    given = [n for n in (*names, "yearRangeFrom", "yearRangeTo") if node.get(n)]
    original = " ".join(f'{name}="{node.get(name)}"' for name in given)
    dates = [node.get("birthdate") or _ymd(node)]
    if not dates[0]:
        dates = [node.get("yearRangeFrom"), node.get("yearRangeTo")]
    calendar = node.get("calendarType").upper()
    if calendar not in ("", "GREGORIAN") or target.schema != "Person":
        stated = " to ".join(filter(None, dates))
        label = "Date of birth" if target.schema == "Person" else "Date"
        target.add("notes", f"{label} ({calendar} calendar): {stated}" if stated else "",
                   node.locator, original=original)  # fmt: skip
        return
    for value in dict.fromkeys(filter(None, dates)):
        if value == node.get("birthdate") and node.get("circa") != "true":
            target.add("birthDate", value, f"{node.locator}/@birthdate")
        else:
            target.add("birthDate", value, node.locator, original=original)


def _ymd(node: Node) -> str:
    year, month, day = (node.get(name) for name in ("year", "monthOfYear", "dayOfMonth"))
    parts = [year.zfill(4)] if year else []
    parts += [month.zfill(2)] if year and month else []
    parts += [day.zfill(2)] if year and month and day else []
    return "-".join(parts)


def _identification(record: Record, target: Subject, node: Node) -> None:
    code = attribute(node, "identificationTypeCode")
    fields = [attribute(node, "number"), attribute(node, "latinNumber")]
    numbers = [field for field in fields if field.text]
    if not numbers:
        note(target, "Identification", Cell(" ".join(map(str, node.element.attrib.values())),
                                            node.locator))  # fmt: skip
        return
    passport = "passport" in code.text.casefold() and target.schema == "Person"
    schema = "Passport" if passport else "Identification"
    document = add_document(record, target, schema, numbers[0].text, numbers[0], code.text)
    for field in numbers[1:]:
        add(document, "number", field)
    own = "passportNumber" if passport else _IDENTIFIERS.get(code.text.casefold(), "idNumber")
    if own == "imoNumber" and target.schema == "Person":
        own = "idNumber"
    if node.get("knownFalse") != "true":
        for field in numbers:
            add(target, own, field)
    described = attribute(node, "identificationTypeDescription")
    add(document, "type", described if described.text else code)
    note(document, "Type code", code)
    add(document, "country", _country(node))
    add(document, "authority", attribute(node, "issuedBy"))
    add(document, "namesMentioned", attribute(node, "nameOnDocument"))
    for name in ("issueDate", "issuedDate", "validFrom"):
        add_dates(document, "startDate", attribute(node, name), name)
    add_dates(document, "endDate", attribute(node, "validTo"), "validTo")
    for flag in _FLAGS:
        if node.get(flag) == "true":
            note(document, flag, attribute(node, flag))
    for remark in node.all("remark"):
        add(document, "summary", Cell(remark.text, remark.locator))


def _address(record: Record, target: Subject, node: Node) -> None:
    names = {
        "postOfficeBox": "poBox",
        "street": "street",
        "street2": "place",
        "postalCode": "zipCode",
        "city": "city",
        "region": "region",
    }
    parts = {prop: attribute(node, name) for prop, name in names.items()}
    add_address(record, target, node.locator, {**parts, "country": _country(node)})
    for remark in node.all("remark"):
        add(target, "notes", Cell(remark.text, remark.locator))
    for contact in node.all("contactInfo"):
        key, value = contact.get("key"), attribute(contact, "value")
        if prop := _CONTACTS.get(key.upper()):
            for item in re.split(r"\s*[,;]\s*", value.text):
                add(target, prop, value, item)
        else:
            note(target, key or "Contact", value)


FORMAT = Format(
    "eu-fsf-xml", "EU: consolidated financial sanctions (XML 1.1)", "1", _recognise, _read
)
