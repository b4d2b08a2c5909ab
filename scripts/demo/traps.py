"""Cases in which a careless match would be wrong, or a careful one is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from demo.party import Address, Birth, Document, Name, Party
from demo.world import iban, imo_number, lei


class Trap(NamedTuple):
    """A planted case.

    Attributes:
        kind: short name.
        keys: the different parties that must stay apart (or the one that must be joined).
        why: what makes it hard.
    """

    kind: str
    keys: tuple[str, ...]
    why: str


TRAPS = (
    Trap("namesake", ("p004", "p121"), "same name and country, born 23 years apart"),
    Trap("same-number", ("p071", "p088"), "one passport number, issued by two countries"),
    Trap("father-and-son", ("p009", "p122"), "same name and town, born 36 years apart"),
    Trap("person-and-company", ("p098", "c041"), "a person and a company trading under that name"),
    Trap("twins", ("p034", "p123"), "same family name, birth date, birth place and address"),
    Trap("namesake-without-birth", ("p102", "p124"), "same name, no birth date, another country"),
    Trap("company-namesake", ("c003", "c042"), "same name, registered in two countries"),
    Trap("ship-namesake", ("v002", "v011"), "same ship name and flag, different IMO numbers"),
    Trap("renamed-ship", ("v001",), "two names, one IMO number: one ship"),
    Trap("hawala-nickname", ("p004", "p064"), "share nothing but a weak alias"),
)

#: Profile and lists of the parties in traps; see `demo.plan`.
FIXED: dict[str, tuple[str, list[str]]] = {
    "p004": ("B", ["un", "eu"]),
    "p121": ("D", ["police"]),
    "p071": ("A", ["un", "police"]),
    "p088": ("A", ["ofac", "police"]),
    "p009": ("A", ["ofac", "police"]),
    "p122": ("D", ["police"]),
    "p098": ("B", ["ofac", "police"]),
    "c041": ("A", ["eu", "police", "register"]),
    "p034": ("B", ["eu", "police"]),
    "p123": ("D", ["police"]),
    "p102": ("B", ["un", "ofac"]),
    "p124": ("D", ["bis"]),
    "c003": ("A", ["ofac", "register", "police"]),
    "c042": ("A", ["register", "eu"]),
    "v002": ("A", ["ofac", "police"]),
    "v011": ("D", ["fcdo"]),
    "v001": ("A", ["ofac", "fcdo", "simple"]),
    "p064": ("A", ["ofac", "ofac_cons", "police"]),
}


def _papers(number: int, country: str) -> tuple[Document, ...]:
    return (Document("passport", f"FX{8000000 + number * 37}", country),)


def _copy(party: Party, key: str, **changes: object) -> Party:
    bare = replace(party, key=key, wallets=(), accounts=(), position="", title="")
    return replace(bare, **changes)  # type: ignore[arg-type]


def _alike(world: dict[str, Party]) -> dict[str, Party]:
    """Return the parties that are not who they look like."""
    original, father, sister = world["p004"], world["p009"], world["p034"]
    nowhere = Address("1 Nowhere Road", "Port Lantern", "US")
    twin = Name("Nastaran", sister.names[0].family)
    trader, first = world["p098"], world["c003"]
    return {
        "p121": _copy(
            original,
            "p121",
            births=(Birth("1994-02-27"),),
            documents=_papers(1, original.countries[0]),
        ),
        "p122": _copy(
            father, "p122", births=(Birth("1987-06-30"),), documents=_papers(2, father.countries[0])
        ),
        "p123": _copy(
            sister,
            "p123",
            names=(twin,),
            native="نسترن " + sister.native.split()[-1],
            gender="female",
            documents=_papers(3, "IR"),
        ),
        "p124": _copy(world["p102"], "p124", countries=("US",), documents=(), addresses=(nowhere,)),
        "c041": Party(
            key="c041",
            kind="company",
            names=(Name("", trader.name),),
            countries=("GB",),
            documents=(Document("registration", "FICGB99041", "GB"), Document("lei", lei(41))),
            addresses=trader.addresses,
            accounts=(iban(1041),),
            built="2004",
        ),
        "c042": _copy(
            first,
            "c042",
            countries=("TR",),
            documents=(Document("registration", "FICTR99042", "TR"), Document("lei", lei(42))),
            addresses=(Address("Fener Sk. 3", "Fenerköyü", "TR"),),
        ),
        "v011": _copy(
            world["v002"], "v011", documents=(Document("imo", imo_number(11)),), owner=""
        ),
    }


def set_traps(world: dict[str, Party]) -> dict[str, Party]:
    """Return the world with the traps of `TRAPS` set in it."""
    changed = dict(world)
    for key, country in (("p071", "SN"), ("p088", "CO")):
        party = world[key]
        passport = Document("passport", "FX7777777", country)
        papers = tuple(passport if d.kind == "passport" else d for d in party.documents)
        changed[key] = replace(party, countries=(country,), documents=papers)
    changed["p009"] = replace(world["p009"], births=(Birth("1951-06-11"),))
    changed["p004"] = replace(world["p004"], births=(Birth("1971-08-03"),))
    sister, ship = world["p034"], world["v001"]
    changed["p034"] = replace(
        sister,
        gender="female",
        names=tuple(Name("Shirin", name.family) for name in sister.names),
        native="شیرین " + sister.native.split()[-1],
    )
    changed["v001"] = replace(ship, names=tuple(name._replace(former=False) for name in ship.names))
    changed.update(_alike(changed))
    return changed
