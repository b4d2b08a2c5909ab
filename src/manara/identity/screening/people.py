"""Invented people and altered names: what the rates of an index are measured with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from random import Random
from typing import NamedTuple

from manara.identity.names.readings import script_of
from manara.identity.screening.popular import popular_names
from manara.identity.screening.query import NameEntry

#: Scripts that write a name without a space, and the countries that put the family name first.
_JOINED = frozenset({"han", "hangul"})
_FAMILY_FIRST = frozenset({"CN", "HU", "JP", "KR", "TW"})
#: Share of invented people with a second given name.
_SECOND_NAME = 1 / 3
#: Fewest letters of a word that somebody mistypes: in a shorter one the error is another name.
_TYPED_FROM = 5


class Invented(NamedTuple):
    """A person who does not exist, and the script the name is written in."""

    name: str
    script: str


class Altered(NamedTuple):
    """A name on the list written otherwise.

    Attributes:
        name: what is asked.
        how: ``typing``, ``order`` or ``script``.
        entity: the names by which the entity is to be found; of ``script`` without those in the
            script of the query.
    """

    name: str
    how: str
    entity: list[NameEntry]


def invented_people(count: int, seed: int) -> list[Invented]:
    """Return people with popular names of a country, half in Latin letters, half in other scripts.

    All countries are equally likely, and so are all other scripts. Where the table has no family
    names, the father's and the grandfather's name follow the given one.

    Args:
        count: how many.
        seed: of the draw.
    """
    tables, chance = _tables(), Random(seed)  # noqa: S311
    others = sorted(script for script in tables if script != "latin")
    people: dict[Invented, None] = {}
    while len(people) < count:
        script = "latin" if chance.random() < 0.5 else chance.choice(others)
        country = chance.choice(sorted(tables[script]))
        people[Invented(_name(tables[script][country], script, country, chance), script)] = None
    return list(people)


def altered_names(entities: Iterable[Sequence[NameEntry]], seed: int) -> list[Altered]:
    """Return names of these entities as others may write them, at most one of each kind for each.

    * ``typing``: one of the four typing errors (Damerau 1964) in one word of five letters or more;
    * ``order``: the words in another order;
    * ``script``: a name in another script than the first, all names in that script left out.

    Args:
        entities: all names of each.
        seed: of the draw.
    """
    chance = Random(seed)  # noqa: S311
    altered = []
    for entity in entities:
        whole = [entry for entry in entity if not entry.weak and len(entry.name.split()) > 1]
        if not whole:
            continue
        words = chance.choice(whole).name.split()
        if typed := _mistyped(words, chance):
            altered.append(Altered(typed, "typing", list(entity)))
        if len(set(words)) > 1:
            altered.append(Altered(_reordered(words, chance), "order", list(entity)))
        first = written_in(whole[0].name)
        foreign = [each.name for each in whole if written_in(each.name) not in ("", first)]
        if foreign:
            asked = chance.choice(foreign)
            rest = [each for each in entity if written_in(each.name) != written_in(asked)]
            altered.append(Altered(asked, "script", rest))
    return altered


def written_in(name: str) -> str:
    """Return the script of most letters of a name, ``""`` for none."""
    seen = Counter(script for letter in name if (script := script_of(letter)))
    return seen.most_common(1)[0][0] if seen else ""


@cache
def _tables() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return the popular names by script, country and part of the name."""
    tables: dict[str, dict[str, dict[str, list[str]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for country, part, local, latin in popular_names():
        if (script := written_in(local)) not in ("", "latin"):
            tables[script][country][part].append(local)
        if written_in(latin) == "latin":
            tables["latin"][country][part].append(latin)
    return {
        script: {country: parts for country, parts in countries.items() if _makes_names(parts)}
        for script, countries in tables.items()
        if any(map(_makes_names, countries.values()))
    }


def _makes_names(parts: dict[str, list[str]]) -> bool:
    return len(parts.get("male", ())) > 2


def _name(parts: dict[str, list[str]], script: str, country: str, chance: Random) -> str:
    given = chance.choice(parts[chance.choice([part for part in parts if part != "family"])])
    family = parts.get("family")
    others = [name for name in parts["male"] if name != given]
    if not family:
        return " ".join([given, *chance.sample(others, 2)])
    if script in _JOINED:
        return chance.choice(family) + given
    names = [given, chance.choice(family)]
    if chance.random() < _SECOND_NAME:
        names.insert(1, chance.choice(others))
    return " ".join(reversed(names) if country in _FAMILY_FIRST else names)


def _mistyped(words: Sequence[str], chance: Random) -> str:
    """Return the words with a typing error in one of them, ``""`` if all are too short."""
    long = [at for at, word in enumerate(words) if len(word) >= _TYPED_FROM]
    if not long:
        return ""
    at = chance.choice(long)
    word, place = words[at], chance.randrange(1, len(words[at]) - 1)
    letter = chance.choice(word)
    errors = (
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    )
    wrong = chance.choice([error for error in errors if error != word])
    return " ".join([*words[:at], wrong, *words[at + 1 :]])


def _reordered(words: Sequence[str], chance: Random) -> str:
    other = list(words)
    while other == list(words):
        chance.shuffle(other)
    return " ".join(other)
