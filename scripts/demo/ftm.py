"""FollowTheMoney entities: a police register, a partner's statements and its simple table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from demo.output import csv_text, write_text
from demo.party import NOTE, Listing, Party
from demo.places import COUNTRIES

_SCHEMATA = {"person": "Person", "company": "Company", "vessel": "Vessel", "aircraft": "Airplane"}
_NUMBERS = {
    "national": "idNumber", "registration": "registrationNumber", "lei": "leiCode",
    "imo": "imoNumber", "msn": "serialNumber", "passport": "passportNumber",
}  # fmt: skip
_COUNTRY_PROPERTY = {"person": "nationality", "company": "jurisdiction", "vessel": "flag",
                     "aircraft": "country"}  # fmt: skip
_TYPES = {
    "name": "name", "alias": "name", "weakAlias": "name", "previousName": "name",
    "birthDate": "date", "incorporationDate": "date", "buildDate": "date",
    "nationality": "country", "jurisdiction": "country", "flag": "country", "country": "country",
    "gender": "gender", "address": "address", "notes": "text", "topics": "topic",
}  # fmt: skip
_IDENTIFIERS = set(_NUMBERS.values())
_SEEN = "2026-09-14T06:00:00"
Properties = dict[str, list[str]]


def _address_texts(party: Party) -> list[str]:
    return [
        f"{place.street}, {place.city}, {COUNTRIES[place.country].english}"
        for place in party.addresses
    ]


def properties(party: Party) -> Properties:
    """Return what is stated of a party as FollowTheMoney properties without references."""
    found: Properties = {"name": [party.name]}
    for name in party.names[1:]:
        prop = "previousName" if name.former else "weakAlias" if name.weak else "alias"
        found.setdefault(prop, []).append(name.whole)
    if party.native:
        found.setdefault("alias", []).append(party.native)
    built = "incorporationDate" if party.kind == "company" else "buildDate"
    found |= {
        "birthDate": [birth.first for birth in party.births],
        "birthPlace": [place for place in party.birth_place[:1] if place],
        _COUNTRY_PROPERTY[party.kind]: [code.lower() for code in party.countries],
        "gender": [party.gender],
        "title": [party.title],
        "position": [party.position],
        "address": _address_texts(party),
        built: [party.built],
        "model" if party.kind == "aircraft" else "type": [party.type],
        "notes": [NOTE],
    }
    for document in party.documents:
        found.setdefault(_NUMBERS[document.kind], []).append(document.number)
    if party.kind == "aircraft":
        found["registrationNumber"] = [party.name]
    return {prop: kept for prop, values in found.items() if (kept := [v for v in values if v])}


class _Register:
    """The entities of the police register, their papers, belongings and ties."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        self.ids = {listing.party.key: f"vpr-{listing.number:04d}" for listing in listings}
        self.lines: list[dict[str, Any]] = []

    def add(self, entity_id: str, schema: str, props: Properties) -> None:
        self.lines.append({
            "id": entity_id, "schema": schema, "properties": props,
            "datasets": ["varazan_police"],
        })  # fmt: skip

    def party(self, listing: Listing) -> None:
        party, own = listing.party, self.ids[listing.party.key]
        props = properties(party)
        passports = props.pop("passportNumber", [])
        if party.kind == "person":
            props["topics"] = ["poi"]
        self.add(own, _SCHEMATA[party.kind], props)
        for index, document in enumerate(party.numbers("passport") if passports else [], 1):
            self.add(
                f"{own}-passport-{index}",
                "Passport",
                {
                    "holder": [own],
                    "number": [document.number],
                    "country": [document.country.lower()],
                    "type": ["passport"],
                },
            )
        for currency, address in party.wallets:
            self.add(
                f"{own}-wallet",
                "CryptoWallet",
                {"holder": [own], "publicKey": [address], "currency": [currency]},
            )
        for account in party.accounts:
            place = {"accountNumber": [account], "iban": [account], "country": ["gb"]}
            self.add(f"{own}-account", "BankAccount", {"name": [account], **place})
            self.tie("Ownership", "owner", own, "asset", f"{own}-account")

    def tie(self, schema: str, source: str, start: str, target: str, end: str, **more: str) -> None:
        words = {key: [value] for key, value in more.items()}
        number = hashlib.sha1(f"{schema}{start}{end}".encode(), usedforsecurity=False).hexdigest()
        self.add(f"vpr-tie-{number[:10]}", schema, {source: [start], target: [end], **words})

    def ties(self, listing: Listing) -> None:
        party = listing.party
        owner = self.ids.get(party.owner)
        if owner:
            own = self.ids[party.key]
            self.tie("Ownership", "owner", owner, "asset", own, startDate=party.built)
            if party.kind == "company" and listing.number % 2:
                self.tie("Directorship", "director", owner, "organization", own, role="director")

    def vehicle(self, listing: Listing) -> None:
        own = self.ids[listing.party.key]
        self.add(
            f"{own}-vehicle",
            "Vehicle",
            {
                "name": [f"van ZZ {listing.number:04d} FC"],
                "registrationNumber": [f"ZZ{listing.number:04d}FC"],
                "type": ["van"],
                "owner": [own],
            },
        )


def register_lines(listings: Sequence[Listing]) -> list[dict[str, Any]]:
    """Return the police register: one entity a line."""
    register = _Register(listings)
    for listing in listings:
        register.party(listing)
    for listing in listings:
        register.ties(listing)
        if listing.party.kind == "person" and listing.number % 6 == 0:
            register.vehicle(listing)
    father, son = register.ids.get("p009"), register.ids.get("p122")
    if father and son:
        register.tie("Family", "person", father, "relative", son, relationship="father")
    people = [register.ids[x.party.key] for x in listings if x.party.kind == "person"]
    for left, right in zip(people[::5], people[2::5], strict=False):
        register.tie("Associate", "person", left, "associate", right, relationship="seen together")
    return register.lines


def write_register(path: Path, listings: Sequence[Listing]) -> None:
    """Write the police register as FollowTheMoney JSON lines."""
    lines = [json.dumps(line, ensure_ascii=False) for line in register_lines(listings)]
    write_text(path, "\n".join(lines) + "\n")


def _statements(listing: Listing, entity_id: str) -> Iterator[list[str]]:
    party, dataset = listing.party, "fictional_partner"
    props = properties(party)
    if party.kind == "person":
        props["topics"] = ["crime"]
    for prop, values in props.items():
        for value in values:
            lang = party.lang if value == party.native else ""
            key = f"{dataset}.{entity_id}.{prop}.{value}" + (f"@{lang}" if lang else "")
            number = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
            kind = _TYPES.get(prop, "identifier" if prop in _IDENTIFIERS else "string")
            yield [
                entity_id, entity_id, prop, kind, _SCHEMATA[party.kind], value, dataset, "", lang,
                "", "f", _SEEN, _SEEN, number,
            ]  # fmt: skip


def write_statements(path: Path, listings: Sequence[Listing]) -> None:
    """Write a partner's list as OpenSanctions statement CSV."""
    columns = "canonical_id,entity_id,prop,prop_type,schema,value,dataset,origin,lang,"
    columns += "original_value,external,first_seen,last_seen,id"
    rows = [
        row for listing in listings for row in _statements(listing, f"fic-{listing.number:04d}")
    ]
    write_text(path, csv_text([columns.split(","), *rows], quote_all=True, line_end="\n"))


def write_simple(path: Path, listings: Sequence[Listing]) -> None:
    """Write a partner's list as OpenSanctions ``targets.simple.csv``."""
    columns = (
        "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,"
        "emails,program_ids,dataset,first_seen,last_seen,last_change"
    )
    rows = [columns.split(",")]
    for listing in listings:
        party = listing.party
        aliases = [name.whole for name in party.names[1:]] + [party.native]
        numbers = [("IMO" if d.kind == "imo" else "") + d.number for d in party.documents]
        cells = [
            aliases, [birth.first for birth in party.births],
            [code.lower() for code in party.countries],
            [text.replace(";", ",") for text in _address_texts(party)], numbers,
            [f"Fictional partner list - {listing.programme} - {listing.listed}"], [], [],
            [listing.programme],
        ]  # fmt: skip
        texts = [";".join(filter(None, values)) for values in cells]
        rows.append([
            f"NK-fic{listing.number:04d}", _SCHEMATA[party.kind], party.name, *texts,
            "Fictional Partner Screening List", _SEEN, _SEEN, _SEEN,
        ])  # fmt: skip
    write_text(path, csv_text(rows, quote_all=True, line_end="\n"))
