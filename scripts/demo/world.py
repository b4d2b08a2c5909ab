"""The invented world: people, companies, ships and aircraft with all that is true of them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from stdnum import imo
from stdnum.iso7064 import mod_97_10

from demo.names import NICKNAMES, POPULATION, Culture, forms
from demo.party import Address, Birth, Document, Name, Party
from demo.places import COUNTRIES, STREETS

SEED = 20260914
_T = TypeVar("_T")

_COMPANY_WORDS = (
    "Lanternfish", "Grey Gannet", "Saltlamp", "Moonjetty", "Kestrel & Tallow", "Ninth Beacon",
    "Qindil", "Fanousa", "Soleil de Nulle Part", "Faro Perdido", "Mayachok", "Étoile Éteinte",
    "Bahr al-Khayal", "Nuurka", "Deungdae Nabi", "Paper Harbour", "Candelilla", "Wadi Wahm",
    "Halcyon Thimble", "Verreluisant",
)  # fmt: skip
_COMPANY_ENDS = (
    ("Shipping Co. Ltd|Shipping Company Limited", "GB"),
    ("General Trading LLC|General Trading L.L.C.", "AE"),
    ("Import-Export SARL|Import Export S.A.R.L.", "SN"),
    ("Holding JSC|Holding Joint Stock Company", "RU"),
    ("Logística S.A.S.|Logistica SAS", "PA"),
)
_NATIVE_COMPANIES = {
    "Qindil": ("شركة القنديل الوهمي", "ara", "Arabic"),
    "Fanousa": ("شركة فانوسة الخيالية", "ara", "Arabic"),
    "Mayachok": ("Холдинг «Выдуманный Маячок»", "rus", "Cyrillic"),
    "Bahr al-Khayal": ("شركة بحر الخيال", "ara", "Arabic"),
    "Wadi Wahm": ("مؤسسة وادي الوهم", "ara", "Arabic"),
}
_SHIPS = (
    "Paper Lantern", "Gannet Whisper", "Nour el Khayal", "Thistle Ghost", "Vaga Lumbre",
    "Mayak Nigde", "Lune de Sable", "Tin Albatross", "Kindled Tern", "Seven Candles",
)  # fmt: skip
_TITLES = {"ara": "Haji", "eng": "Dr.", "som": "Sheikh"}
_POSITIONS = ("freight forwarder", "accountant", "customs broker", "", "ship's chandler", "")


class Dice:
    """Reproducible choices; only uses what Python promises to keep stable across versions."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        """Return an integer from 0 up to and without the limit."""
        return int(self._random.random() * limit)

    def pick(self, items: Sequence[_T]) -> _T:
        """Return one of the items."""
        return items[self.below(len(items))]


def lei(number: int) -> str:
    """Return a Legal Entity Identifier with a right checksum (ISO 17442, ISO 7064 MOD 97-10).

    Its issuer prefix ``FICT`` belongs to nobody.
    """
    body = f"FICT00{number:012d}"
    return body + str(mod_97_10.calc_check_digits(body))


def imo_number(number: int) -> str:
    """Return an IMO ship number with a right check digit from the range 2xxxxxx, never issued."""
    body = f"{200000 + number:06d}"
    return body + str(imo.calc_check_digit(body))


def iban(number: int) -> str:
    """Return a British-shaped account number (ISO 13616) at a bank ``FICT`` that does not exist."""
    bban = f"FICT000000{number:08d}"
    return f"GB{mod_97_10.calc_check_digits(bban + 'GB')}{bban}"


def wallet(number: int) -> tuple[str, str]:
    """Return a currency and an Ethereum-shaped address nobody has a key to."""
    digest = hashlib.sha256(f"fictional wallet {number}".encode()).hexdigest()
    return "ETH", "0x" + digest[:40]


def _birth(dice: Dice) -> Birth:
    return Birth(f"{1948 + dice.below(55)}-{1 + dice.below(12):02d}-{1 + dice.below(28):02d}")


def _address(dice: Dice, country: str) -> Address:
    return Address(dice.pick(STREETS), dice.pick(COUNTRIES[country].towns), country)


def _spellings(parts: Sequence[list[str]], index: int) -> tuple[str, str]:
    chosen = [part[min(index, len(part) - 1)] for part in parts if part[0]]
    return " ".join(chosen[:-1]), chosen[-1]


def _compose(culture: Culture, given: str, middle: str, family: str, *, female: bool) -> Party:
    parts = [forms(part, female=female) for part in (given, middle, family)]
    latin = max(len(part) for part in parts)
    names = [Name(*_spellings(parts, index)) for index in range(1, latin)]
    first, last = _spellings(parts, 0)
    native = f"{last}{first}" if culture.lang == "kor" else f"{first} {last}"
    return Party(
        key="",
        kind="person",
        names=tuple(dict.fromkeys(names)),
        native="" if culture.script == "Latin" else native,
        lang=culture.lang,
        script=culture.script,
        gender="female" if female else "male",
    )


def _person(dice: Dice, culture: Culture, number: int, taken: set[str]) -> Party:
    while True:
        female = number % 5 == 4
        given = dice.pick(culture.female if female else culture.male)
        middle = "" if female and culture.lang == "ara" else dice.pick(culture.middle)
        party = _compose(culture, given, middle, dice.pick(culture.family), female=female)
        short = f"{party.names[0].given.split()[0]} {party.names[0].family}"
        if short not in taken:
            taken.add(short)
            break
    country = dice.pick(culture.countries)
    return replace(
        party,
        key=f"p{number:03d}",
        births=(_birth(dice),),
        birth_place=(dice.pick(COUNTRIES[country].towns), country),
        countries=(country,),
        documents=(
            Document("passport", f"FX{2000000 + number * 37}", country),
            Document("national", f"FIC-{900000 + number * 113}-{country}", country),
        ),
        addresses=(_address(dice, dice.pick([country, "AE", "TR", country])),),
        title="" if female else _TITLES.get(culture.lang, "") if number % 3 == 0 else "",
        position=dice.pick(_POSITIONS),
        wallets=(wallet(number),) if number % 9 == 0 else (),
        accounts=(iban(number),) if number % 6 == 0 else (),
    )


def _company(dice: Dice, number: int) -> Party:
    word = _COMPANY_WORDS[(number - 1) % len(_COMPANY_WORDS)]
    ending, country = _COMPANY_ENDS[(number - 1 + (number - 1) // 20) % len(_COMPANY_ENDS)]
    native, lang, script = _NATIVE_COMPANIES.get(word, ("", "", ""))
    names = [Name("", f"{word} {end}") for end in ending.split("|")] + [Name("", word, weak=True)]
    return Party(
        key=f"c{number:03d}",
        kind="company",
        names=tuple(names),
        native=native if number <= 20 else "",
        lang=lang,
        script=script,
        countries=(country,),
        documents=(
            Document("registration", f"FIC{country}{70000 + number * 31}", country),
            Document("lei", lei(number)),
        ),
        addresses=(_address(dice, country),),
        accounts=(iban(1000 + number),),
        wallets=(wallet(1000 + number),) if number % 8 == 0 else (),
        built=str(1985 + dice.below(38)),
        owner=f"p{1 + dice.below(120):03d}",
    )


def _vessel(dice: Dice, number: int) -> Party:
    former = Name("", _SHIPS[(number + 3) % len(_SHIPS)].upper() + " II", former=True)
    names = (Name("", _SHIPS[number - 1].upper()),) + ((former,) if number % 2 else ())
    return Party(
        key=f"v{number:03d}",
        kind="vessel",
        names=names,
        countries=(dice.pick(["PA", "LR"]),),
        past_flags=("RU",) if number % 3 == 0 else (),
        documents=(Document("imo", imo_number(number)),),
        type=dice.pick(["Crude Oil Tanker", "General Cargo", "Bulk Carrier"]),
        built=str(1990 + dice.below(30)),
        tonnage=str(4000 + dice.below(60000)),
        owner=f"c{number:03d}",
    )


def _aircraft(dice: Dice, number: int) -> Party:
    return Party(
        key=f"a{number:03d}",
        kind="aircraft",
        names=(Name("", f"ZZ-FC{number}"),),
        countries=("KZ",),
        documents=(Document("msn", f"FIC{88000 + number * 7}"),),
        type=dice.pick(["Il-76TD", "A300B4-203F", "B737-300"]),
        built=str(1984 + dice.below(20)),
        owner=f"c{10 + number:03d}",
    )


def world() -> dict[str, Party]:
    """Return the invented world: parties by key, before the traps are set."""
    dice = Dice(SEED)
    taken: set[str] = set()
    cultures = [culture for culture, count in POPULATION for _ in range(count)]
    people = [_person(dice, culture, n, taken) for n, culture in enumerate(cultures, 1)]
    for n, party in enumerate(people):
        if n % 10 == 3:
            alias = Name("", NICKNAMES[n // 10 % len(NICKNAMES)], weak=True)
            people[n] = replace(party, names=(*party.names, alias))
    things = [_company(dice, n) for n in range(1, 41)]
    things += [_vessel(dice, n) for n in range(1, 11)]
    things += [_aircraft(dice, n) for n in range(1, 6)]
    return {party.key: party for party in people + things}
