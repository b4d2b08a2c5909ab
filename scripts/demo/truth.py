"""Who is who in the demonstration, and which of it can be found how."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple

from demo.party import FICTION, Birth, Document, Listing, Party
from demo.plan import LISTS, record_id
from demo.traps import TRAPS
from demo.world import SEED

_LOCAL_NUMBERS = {"passport", "national", "registration"}


class Stated(NamedTuple):
    """A record: where it is, and what it states.

    Attributes:
        reference: the id a reader gives it, or, if the list has no ids, file and row or record
            number such as ``port_detentions.csv#7``.
        party: the party as stated.
    """

    reference: str
    party: Party


def normalised(name: str) -> str:
    """Return a name in small letters without marks and punctuation."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", plain.replace("_", " ")))


def _years(birth: Birth) -> range:
    first = int(birth.first[:4])
    return range(first, int(birth.last or first) + 1)


def _compatible(left: Birth, right: Birth) -> bool:
    """Whether two dates of birth could be the same, as precisely as each is known."""
    if left.last or right.last:
        return bool(set(_years(left)) & set(_years(right)))
    return left.first.startswith(right.first) or right.first.startswith(left.first)


def _same_number(left: Document, right: Document) -> bool:
    if (left.kind, left.number) != (right.kind, right.number):
        return False
    return left.kind not in _LOCAL_NUMBERS or left.country == right.country


def _by_identifier(left: Party, right: Party) -> str:
    """Return the number two records share; a maker's serial number alone is too weak."""
    for document in left.documents:
        if document.kind != "msn" and any(
            _same_number(document, other) for other in right.documents
        ):
            issued = f" ({document.country})" if document.country else ""
            return f"{document.kind} {document.number}{issued}"
    shared = set(left.wallets) & set(right.wallets)
    return f"wallet {min(shared)[1]}" if shared else ""


def _names(party: Party) -> set[str]:
    """Return the names good enough to match by: no weak aliases."""
    strong = {normalised(name.whole) for name in party.names if not name.weak}
    return strong | ({normalised(party.native)} if party.native else set())


def _countries(party: Party) -> set[str]:
    places = {place.country for place in party.addresses} | {party.birth_place[1]}
    return (set(party.countries) | places) - {""}


def _contradict(left: Party, right: Party) -> bool:
    """Whether both state a worldwide number and none is the same."""
    for kind in ("imo", "lei"):
        mine, other = left.numbers(kind), right.numbers(kind)
        if mine and other and not set(mine) & set(other):
            return True
    return False


def _by_name(left: Party, right: Party) -> str:
    shared = _names(left) & _names(right)
    if not shared or left.kind != right.kind or _contradict(left, right):
        return ""
    name = f"name {min(shared)!r}"
    pairs = [(a, b) for a in left.births for b in right.births]
    if pairs:
        fits = [pair for pair in pairs if _compatible(*pair)]
        return f"{name} and birth {fits[0][0].first}" if fits else ""
    countries = _countries(left) & _countries(right)
    return f"{name} and country {min(countries)}" if countries else ""


def _findable(left: Party, right: Party) -> tuple[str, str]:
    """Return how two records of one party can be joined, and by what."""
    if why := _by_identifier(left, right):
        return "identifier", why
    if why := _by_name(left, right):
        return "name", why
    return "later", ""


def _as_understood(name: str, party: Party) -> Party:
    """Return a party without what the list leaves to be guessed.

    In FollowTheMoney data an address is prose without a country; the simple table says of no number
    but a ship's what kind it is.
    """
    if name in ("police", "partner", "simple"):
        party = replace(party, addresses=())
    return replace(party, documents=tuple(party.numbers("imo"))) if name == "simple" else party


def _records(
    listings: Mapping[str, Sequence[Listing]], rows: Mapping[str, Mapping[str, int]]
) -> Iterator[Stated]:
    for name, stated in listings.items():
        spec = LISTS[name]
        for index, listing in enumerate(stated, 1):
            own = record_id(spec, listing.number)
            row = rows.get(name, {}).get(listing.party.key, index)
            yield Stated(own or f"{spec.file}#{row}", _as_understood(name, listing.party))


def _groups(records: Sequence[Stated], now: set[tuple[int, int]]) -> list[list[str]]:
    """Return the records joined with one another, directly or by way of others."""
    group = list(range(len(records)))
    for left, right in sorted(now):
        old, new = group[right], group[left]
        group = [new if member == old else member for member in group]
    found: dict[int, list[str]] = {}
    for record, member in zip(records, group, strict=True):
        found.setdefault(member, []).append(record.reference)
    return [members for members in found.values() if len(members) > 1]


def truth(
    world: Mapping[str, Party],
    listings: Mapping[str, Sequence[Listing]],
    rows: Mapping[str, Mapping[str, int]],
    owners: Sequence[Stated],
) -> dict[str, Any]:
    """Return the answer key of the demonstration.

    Args:
        world: the invented parties by key.
        listings: what each list states, in record order.
        rows: for lists whose records have no ids, the row in which each party stands; without it,
            the number of the record is taken.
        owners: people whom lists state only as owners of others.

    Returns:
        ``entities`` with their records and the groups of them that identifiers and names join;
        ``matches``, every pair of records of one party with how it is findable (``identifier``,
        ``name`` or ``later``) and by what; ``traps``.
    """
    by_party: dict[str, list[Stated]] = {}
    for record in (*_records(listings, rows), *owners):
        by_party.setdefault(record.party.key, []).append(record)
    entities, matches = [], []
    for key in sorted(by_party):
        records = by_party[key]
        now = set()
        for left, right in combinations(range(len(records)), 2):
            how, why = _findable(records[left].party, records[right].party)
            pair = [records[left].reference, records[right].reference]
            match = {"entity": key, "records": pair, "findable": how, "why": why}
            matches.append({name: value for name, value in match.items() if value})
            if how != "later":
                now.add((left, right))
        entities.append({
            "key": key, "kind": world[key].kind, "name": world[key].name,
            "records": [record.reference for record in records],
            "joined_now": _groups(records, now),
        })  # fmt: skip
    traps = [
        {
            "kind": trap.kind,
            "why": trap.why,
            "entities": [
                {"key": key, "records": [record.reference for record in by_party[key]]}
                for key in trap.keys
            ],
        }
        for trap in TRAPS
    ]
    return {
        "note": FICTION,
        "seed": SEED,
        "entities": entities,
        "matches": matches,
        "traps": traps,
    }
