"""Invented people, and the same as another office would have written them down.

Names are popular ones of one country, in Latin and, where the table has it, in the country's own
script. The errors are those of the Febrl generator (Christen 2005): typing errors in names, names
swapped or left out, dates with a wrong part or with day and month changed over, wrong numbers; and
a name in the other script, which Febrl does not have.
"""

from __future__ import annotations

import random
from collections import defaultdict
from importlib.resources import files
from typing import NamedTuple

from manara.exchange.blind import Person

#: Share of each number of errors in a record that is written down again.
_ERRORS = (0.15, 0.35, 0.3, 0.2)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Record(NamedTuple):
    """A person as an office has it; ``local`` is the name in the country's own script or ``""``."""

    given: str
    family: str
    local: str
    birth: str
    number: str

    def person(self, *, number: bool) -> Person:
        """Return it as it is asked for, with the number of its document or without."""
        name = self.local or f"{self.given} {self.family}".strip()
        births = (self.birth,) if self.birth else ()
        return Person((name,), births, (f"passport:{self.number}",) if number else ())


def invented(count: int, seed: int) -> list[Record]:
    """Return invented people, each with a name in Latin letters and, often, in its own script."""
    chance, names = random.Random(seed), _names()
    countries = sorted(names)
    people = []
    for _ in range(count):
        parts = names[chance.choice(countries)]
        given, family = chance.choice(parts["given"]), chance.choice(parts["family"])
        local = f"{given[0]} {family[0]}" if given[0] and family[0] else ""
        day = f"{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        birth = f"{chance.randrange(1940, 2008)}-{day}"
        number = f"{chance.choice(_LETTERS)}{chance.randrange(10**8):08}"
        people.append(Record(given[1], family[1], local, birth, number))
    return people


def latin(record: Record) -> Record:
    """Return a record as a list in Latin letters has it."""
    return record._replace(local="")


def written_again(record: Record, chance: random.Random, *, incomplete: bool = False) -> Record:
    """Return a record as another office has it: with errors, some in the other script.

    Args:
        record: as the first office has it.
        chance: of the draw.
        incomplete: also leave out given names and dates, as Febrl does.
    """
    again = record if record.local and chance.random() < 0.5 else latin(record)
    for _ in range(chance.choices(range(len(_ERRORS)), _ERRORS)[0]):
        again = _spoilt(again, chance, incomplete)
    return again


def _spoilt(record: Record, chance: random.Random, incomplete: bool) -> Record:
    kinds = ("given", "family", "swap", "part", "turned", "number", "missing", "undated")
    shares = (22, 22, 8, 18, 6, 14, *((6, 4) if incomplete else (0, 0)))
    match chance.choices(kinds, shares)[0]:
        case "given" if not record.local:
            return record._replace(given=_mistyped(record.given, chance))
        case "family" if not record.local:
            return record._replace(family=_mistyped(record.family, chance))
        case "swap" if not record.local:
            return record._replace(given=record.family, family=record.given)
        case "missing" if not record.local and record.family:
            return record._replace(given="")
        case "part" if record.birth:
            return record._replace(birth=_misdated(record.birth, chance))
        case "turned" if record.birth and int(record.birth[8:]) <= 12:
            year, month, day = record.birth.split("-")
            return record._replace(birth=f"{year}-{day}-{month}")
        case "number":
            return record._replace(number=_mistyped(record.number, chance))
        case "undated":
            return record._replace(birth="")
    return record


def _mistyped(word: str, chance: random.Random) -> str:
    """Return a word with one of the four typing errors (Damerau 1964)."""
    if len(word) < 3:
        return word
    at, pair = chance.randrange(len(word)), chance.randrange(len(word) - 1)
    letter = chance.choice(_LETTERS)
    return chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:pair] + word[pair + 1] + word[pair] + word[pair + 2 :],
        )
    )


def _misdated(birth: str, chance: random.Random) -> str:
    year, month, day = birth.split("-")
    match chance.randrange(3):
        case 0:
            return f"{int(year) + chance.choice((-10, -2, -1, 1, 2, 10))}-{month}-{day}"
        case 1:
            return f"{year}-{chance.randrange(1, 13):02}-{day}"
    return f"{year}-{month}-{chance.randrange(1, 29):02}"


def _names() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Return names as (own script or "", Latin) by country and part, where there are enough."""
    text = files("manara.identity.screening").joinpath("data/popular.tsv").read_text("utf-8")
    found: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for line in text.splitlines()[1:]:
        country, part, local, written = line.split("\t")
        if written.isascii() and " " not in written:
            name = ("" if local.isascii() else local, written)
            found[country]["family" if part == "family" else "given"].append(name)
    for parts in found.values():
        parts.setdefault("family", parts["given"])
    return {
        country: parts
        for country, parts in found.items()
        if min(len(parts["given"]), len(parts["family"])) >= 10
    }
