"""What a person is asked by: short keys, of which one that agrees is enough to be meant.

Two nodes spell a person differently, and an oblivious function answers to equal texts only. So
each person gets several keys, each of a part of what is known, in a form that most differences
leave alone: words in any order, as their sounds are read in any script, a date without one of its
parts or with day and month the other way round. A key never is a name alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from itertools import islice, product
from operator import attrgetter
from typing import NamedTuple

from manara.identity import name_key
from manara.identity.names.forms import analyse
from manara.identity.names.readings import readings, skeleton
from manara.identity.numbers import kinds, parts

#: Keys of a question. Every question has as many, so that their number tells nothing.
KEYS = 8

#: Kinds of key that say much by themselves, however long the list is.
STRONG = frozenset({"number", "name and date", "name and place"})

_NUMBERS, _WORDS, _STARTS, _PLACES = 2, 3, 2, 2
#: Spellings of a whole name that a table holds, over all readings of its words.
_SPELLINGS = 16
#: Letters and digits from which on a document's number is told without its kind and issuer.
_LONG = 7
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


class Person(NamedTuple):
    """What is known of a person for a question, or of a thing, which has numbers alone.

    Attributes:
        names: names in any script, the best known first.
        births: dates of birth, ISO 8601 of any precision.
        numbers: keys of documents and other numbers, see `manara.identity.identifier_key`.
        places: names of places of birth or residence, postal codes.
    """

    names: tuple[str, ...]
    births: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


class Key(NamedTuple):
    """A key of a question.

    Attributes:
        kind: what it is of: ``number``, ``shared number``, ``name and date``, ``word and date``,
            ``beginning and date``, ``name and place`` or ``name and year``; ``""`` for one that
            only fills up.
        text: the key.
    """

    kind: str
    text: str


def question_keys(person: Person) -> list[Key]:
    """Return the `KEYS` keys that a person is asked by, the most telling first, filled up."""
    words = _words(person.names[0]) if person.names else []
    spelling = [_sounds(word)[0] for word in words]
    longest = sorted(range(len(words)), key=lambda at: (-len(spelling[at]), spelling[at]))
    keys = sorted(map(_number, person.numbers), key=attrgetter("kind"))[:_NUMBERS]
    birth = next(_births(person.births), None)
    if birth and birth.day:
        keys += _named(spelling, birth)
        keys += [_word(spelling[at], birth) for at in longest[:_WORDS]]
    elif birth:
        keys.append(_year(spelling, birth))
    keys += [_placed(spelling, place) for place in _places(person)[:_PLACES]] if words else []
    if birth and birth.day:
        keys += [_start(words[at], birth) for at in longest[:_STARTS]]
    known = list(dict.fromkeys(keys))[:KEYS]
    return known + [Key("", secrets.token_hex(16)) for _ in range(KEYS - len(known))]


def table_keys(person: Person) -> set[str]:
    """Return all keys that a person may be asked by, over all names, dates and readings."""
    keys = {_number(number) for number in person.numbers}
    births = list(_births(person.births))
    for name in person.names:
        words = _words(name)
        if not words:
            continue
        sounds = [_sounds(word) for word in words]
        spellings = list(islice(product(*sounds), _SPELLINGS))
        keys |= {_placed(spelling, place) for spelling in spellings for place in _places(person)}
        for birth in births:
            keys |= {_year(spelling, birth) for spelling in spellings}
            if birth.day:
                keys |= {key for spelling in spellings for key in _named(spelling, birth)}
                keys |= {_word(each, birth) for of_word in sounds for each in of_word}
                keys |= {_start(word, birth) for word in words}
    return {key.text for key in keys}


def _number(key: str) -> Key:
    """Return the key of a number.

    Lists seldom say who issued a document, and call it now a passport, now a card: a number long
    enough not to repeat by chance is compared without both.
    """
    kind, issuer, number = parts(key)
    unique = kinds()[kind].unique
    if unique in ("shared", "weak") and not issuer:
        return Key("shared number", f"n|{key}")
    return Key("number", f"n|{number if unique == 'issuer' and len(number) >= _LONG else key}")


class _Birth(NamedTuple):
    year: str
    month: str
    day: str

    @property
    def whole(self) -> str:
        """The date, the same with day and month the other way round."""
        return "|".join((self.year, *sorted((self.month, self.day))))


def _births(texts: Iterable[str]) -> Iterator[_Birth]:
    for text in texts:
        if found := _DATE.fullmatch(text):
            yield _Birth(found[1], found[2] or "", found[3] or "")


def _words(name: str) -> list[str]:
    """Return the words of a name that carry it: no particles, no honorifics, no initials."""
    return [word.text for word in analyse(name, "person") if word.role == "name"]


def _sounds(word: str) -> list[str]:
    """Return the sounds of a word's readings, the most usual first; at least one."""
    return list(dict.fromkeys(map(skeleton, readings(word)))) or [word]


def _named(spelling: Iterable[str], birth: _Birth) -> list[Key]:
    """Return the keys of a whole name with two of the three parts of a date."""
    name = _together(spelling)
    parts = [
        f"{birth.year}|{birth.month}",
        f"{birth.year}|{birth.day}",
        "|".join(sorted((birth.month, birth.day))),
    ]
    return [Key("name and date", f"f|{name}|{part}") for part in parts]


def _word(sound: str, birth: _Birth) -> Key:
    return Key("word and date", f"w|{sound}|{birth.whole}")


def _start(word: str, birth: _Birth) -> Key:
    return Key("beginning and date", f"p|{(readings(word) or (word,))[0][:3]}|{birth.whole}")


def _year(spelling: Iterable[str], birth: _Birth) -> Key:
    return Key("name and year", f"y|{_together(spelling)}|{birth.year}")


def _placed(spelling: Iterable[str], place: str) -> Key:
    return Key("name and place", f"a|{_together(spelling)}|{place}")


def _together(spelling: Iterable[str]) -> str:
    return " ".join(sorted(spelling))


def _places(person: Person) -> list[str]:
    return list(dict.fromkeys(filter(None, map(name_key, person.places))))
