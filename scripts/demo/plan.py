"""Which list states which party, and how: overlapping views of the one invented world."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from demo.party import Birth, Listing, Name, Party
from demo.traps import FIXED, set_traps
from demo.world import SEED, Dice, world


class ListSpec(NamedTuple):
    """A list the demonstration ships.

    Attributes:
        file: where it is written, relative to the output folder.
        id: pattern of entity ids, filled with the record number; empty if records have none.
        documents: kinds of identifiers it can state.
        weight: how much of the world's people it covers, relative to the others.
        births: whether it states dates of birth.
        native: whether it states names in their own script.
        nationality: whether it states citizenships and flags.
        places: whether it states addresses and places of birth.
        agency: whether an agency keeps it, and so states where companies are registered.
    """

    file: str
    id: str
    documents: frozenset[str]
    weight: int
    births: bool = True
    native: bool = True
    nationality: bool = True
    agency: bool = False
    places: bool = True


_PAPERS = frozenset({"passport", "national"})
_ALL = _PAPERS | {"registration", "lei", "imo", "msn"}
_UK = _PAPERS | {"registration", "imo"}

LISTS = {
    "un": ListSpec("un_consolidated.xml", "un-sc-90{:05d}", _PAPERS, 4),
    "ofac": ListSpec("ofac_sdn.xml", "ofac-8{:03d}", _ALL, 5, native=False),
    "ofac_cons": ListSpec("ofac_cons_advanced.xml", "ofac-98{:04d}", _ALL, 2),
    "eu": ListSpec("eu_fsf.xml", "eu-fsf-EU.88{:03d}.99", _PAPERS | {"registration"}, 5),
    "ofsi": ListSpec("uk_ofsi_conlist.csv", "gb-hmt-77{:04d}", _UK, 3),
    "fcdo": ListSpec("uk_sanctions_list.xml", "gb-fcdo-DEM{:04d}", _UK, 3),
    "ca": ListSpec(
        "ca_sema.xml", "", frozenset({"imo"}), 2, native=False, nationality=False, places=False
    ),
    "bis": ListSpec("bis_dpl.txt", "", frozenset(), 1, False, False, False),
    "police": ListSpec("police_register.ftm.json", "vpr-{:04d}", _ALL, 6, agency=True),
    "partner": ListSpec("partner_statements.csv", "fic-{:04d}", _ALL, 2, agency=True),
    "simple": ListSpec("partner.targets.simple.csv", "NK-fic{:04d}", _ALL, 2, agency=True),
    "port": ListSpec("port_detentions.csv", "", frozenset({"passport"}), 3, places=False),
    "register": ListSpec(
        "company_register.xlsx", "", frozenset({"registration", "lei"}), 0, native=False,
        agency=True,
    ),
}  # fmt: skip

#: Lists whose form has room for a range of birth years.
_RANGES = frozenset({"un", "ofac", "ofac_cons", "eu"})
_COMPANY_LISTS = (
    "ofac", "eu", "register", "police", "un", "fcdo", "ofac_cons", "register", "ofsi", "ca",
    "partner", "simple",
)  # fmt: skip
_THING_LISTS = {
    "vessel": ("ofac", "fcdo", "ca", "simple", "police", "ofsi"),
    "aircraft": ("ofac", "ofac_cons", "police"),
}
_PROGRAMMES = ("DEMO-TCO", "DEMO-CT")
_LISTED_FROM = date(2016, 3, 1)


def record_id(spec: ListSpec, number: int) -> str:
    """Return the entity id a reader gives the record, or ``""`` if the list has no ids."""
    return spec.id.format(number) if spec.id else ""


def _coverage(dice: Dice, party: Party, number: int) -> tuple[str, list[str]]:
    """Return how a party's records can be joined and on which lists they stand.

    Profiles: ``A`` a shared identifier, ``B`` the same spelling, ``C`` other spellings and other
    scripts only, ``D`` one record.
    """
    if party.key in FIXED:
        return FIXED[party.key]
    profile = "ABCD"[number // 2 % 4]
    if party.kind == "person":
        pool = [name for name, spec in LISTS.items() for _ in range(spec.weight)]
    else:
        pool = list(_COMPANY_LISTS if party.kind == "company" else _THING_LISTS[party.kind])
    wanted = {"A": 2 + dice.below(2), "B": 2 + dice.below(2), "C": 2 + dice.below(2), "D": 1}
    chosen: dict[str, None] = {}
    while len(chosen) < min(wanted[profile], len(set(pool))):
        chosen[dice.pick(pool)] = None
    if party.kind == "company" and number <= 10:
        chosen["police"] = None
    return profile, list(chosen)


def _coarser(birth: Birth, key: str, name: str, turn: int) -> Birth:
    """Return a birth date as precisely as a list knows it: the first list knows the day."""
    year = birth.first[:4]
    match (int(key[1:]) + turn) % 4 if turn else -1:
        case 0:
            return Birth(year)
        case 1:
            return Birth(birth.first[:7])
        case 2:
            return Birth(year, circa=True)
        case 3 if name in _RANGES:
            return Birth(str(int(year) - 1), str(int(year) + 2))
    return birth


def _states_country(spec: ListSpec, party: Party) -> bool:
    """Whether a list says whose citizen a party is, or where it is registered.

    Sanctions lists say so of people and ships; of companies they give addresses only.
    """
    if party.kind in ("company", "aircraft"):
        return spec.nationality and spec.agency
    return spec.nationality


def view(party: Party, name: str, profile: str, turn: int) -> Party:
    """Return a party as one list states it.

    Args:
        party: the party as it is.
        name: short name of the list.
        profile: how its records can be joined, see `_coverage`.
        turn: position of this list among the lists that state the party, from 0.
    """
    spec = LISTS[name]
    strong = [n for n in party.names if not n.weak and not n.former]
    others = [n for n in party.names if n.weak or n.former]
    main = strong[0] if profile in "BD" else strong[turn % len(strong)]
    aliases = [n for n in strong if n != main][: 1 if turn else 2] if profile != "C" else []
    always = profile in "AD" or turn == 0 or party.kind == "vessel" or name == "register"
    kept = party.documents if always else ()
    native = party.native if spec.native and (profile != "C" or turn % 2 == 1) else ""
    if native and profile == "C" and name == "police":
        main, aliases, others, native = Name("", native), [], [], ""
    return replace(
        party,
        names=(main, *aliases, *others),
        native=native,
        births=tuple(_coarser(b, party.key, name, turn) for b in party.births)
        if spec.births
        else (),
        birth_place=party.birth_place if spec.places and spec.births and turn < 3 else ("", ""),
        countries=party.countries if _states_country(spec, party) else (),
        documents=tuple(d for d in kept if d.kind in spec.documents),
        addresses=party.addresses if spec.places and (turn % 3 < 2 or name == "bis") else (),
        wallets=party.wallets if name in ("ofac", "ofac_cons", "police") and turn < 2 else (),
        accounts=party.accounts if name in ("police", "port", "register") else (),
    )


def _owners(dice: Dice, parties: dict[str, Party], police: list[str]) -> dict[str, Party]:
    """Return the parties with each company owned by somebody in the police register."""
    people = [key for key in police if parties[key].kind == "person"]
    return {
        key: replace(party, owner=dice.pick(people)) if party.kind == "company" else party
        for key, party in parties.items()
    }


def plan() -> tuple[dict[str, Party], dict[str, list[Listing]]]:
    """Return the invented world and what each list states of it, in record order."""
    dice = Dice(SEED + 1)
    parties = set_traps(world())
    coverage = {key: _coverage(dice, party, int(key[1:])) for key, party in parties.items()}
    police = [key for key, (_, lists) in coverage.items() if "police" in lists]
    parties = _owners(dice, parties, police)
    listings: dict[str, list[Listing]] = {name: [] for name in LISTS}
    for key, (profile, lists) in coverage.items():
        for turn, name in enumerate(lists):
            stated = view(parties[key], name, profile, turn)
            listed = _LISTED_FROM + timedelta(days=dice.below(3600))
            # Programmes that open with NS- tell the Treasury's non-SDN list from its SDN list.
            programme = ("NS-" * (name == "ofac_cons")) + _PROGRAMMES[int(key[1:]) % 2]
            number = len(listings[name]) + 1
            listings[name].append(Listing(name, number, stated, listed, programme))
    return parties, listings
