"""A later edition of a list: some parties delisted, some newly listed, some amended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from demo.party import Address, Birth, Document, Listing, Name, Party
from demo.plan import LISTS, record_id, view
from demo.traps import FIXED

LATER = date(2026, 10, 12)
_AMENDMENTS = ("alias", "birth", "document", "address", "rename")


class Change(NamedTuple):
    """What a later edition changed.

    Attributes:
        kind: ``listed``, ``delisted`` or ``amended``.
        id: the record.
        entity: key of the party.
        what: for an amendment, what was changed, and the new value.
    """

    kind: str
    id: str
    entity: str
    what: str = ""


def _amend(party: Party, how: str) -> tuple[Party, str]:
    """Return the party as amended and the amendment in words."""
    name = party.names[0]
    if how == "birth" and party.births:
        birth = Birth("1969-11-30")
        return replace(party, births=(*party.births, birth)), f"second birth date {birth.first}"
    if how == "document" and party.kind == "person":
        paper = Document("passport", f"FX96{party.key[1:]}00", "TR")
        return replace(party, documents=(*party.documents, paper)), f"passport {paper.number} (TR)"
    if how == "address":
        place = Address("3 Second Quay", "Dar Noura", "AE")
        return replace(party, addresses=(place,)), f"address {place.street}, {place.city}"
    if how == "rename":
        other = replace(party, names=(name, Name("", f"{name.family} Junior", weak=True)))
        return other, f"weak alias {other.names[1].whole}; other aliases withdrawn"
    alias = Name(name.given, f"{name.family}-Faroe")
    return replace(party, names=(*party.names, alias)), f"alias {alias.whole}"


def later_edition(
    listings: Sequence[Listing], world: Mapping[str, Party]
) -> tuple[list[Listing], list[Change]]:
    """Return the list four weeks on, and what has changed in it.

    Every eleventh record is gone, every seventh is amended, and four people are new.
    """
    name = listings[0].list
    spec = LISTS[name]
    kept: list[Listing] = []
    changes: list[Change] = []
    for listing in listings:
        own = record_id(spec, listing.number)
        key = listing.party.key
        if key not in FIXED and listing.number % 11 == 4:
            changes.append(Change("delisted", own, key))
        elif key not in FIXED and listing.number % 7 == 2:
            how = _AMENDMENTS[listing.number // 7 % len(_AMENDMENTS)]
            party, what = _amend(listing.party, how)
            kept.append(replace(listing, party=party, updated=LATER))
            changes.append(Change("amended", own, key, what))
        else:
            kept.append(listing)
    stated = {listing.party.key for listing in listings}
    spare = [p for p in world.values() if p.kind == "person" and p.key not in stated | set(FIXED)]
    for offset, party in enumerate(spare[5::9][:4], 1):
        number = listings[-1].number + offset
        kept.append(Listing(name, number, view(party, name, "A", 0), LATER, listings[0].programme))
        changes.append(Change("listed", record_id(spec, number), party.key))
    return kept, changes
