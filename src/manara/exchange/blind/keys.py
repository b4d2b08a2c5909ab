"""What a person is asked by: short keys, of which one that agrees is enough to be meant.

Two nodes spell a person differently, and an oblivious function answers to equal texts only. So
each person gets several keys, each of a part of what is known, in a form that most differences
leave alone: words in any order, as their sounds are read in any script, the beginning or end of a
word that may be mistyped elsewhere, a date without one of its parts or with day and month the other
way round. A key never is a name alone.

What many have in common says little: a key of a name that more people on a list share than go with
its date is not on that list, so that a stranger seldom meets one by chance. On a long list parts of
names are shared by many, so there they stand beside the whole date, and only the whole name beside
two parts of it.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations, islice, product
from operator import attrgetter
from typing import NamedTuple

from manara.identity import name_key
from manara.identity.names.forms import analyse
from manara.identity.names.readings import readings, script_of, skeleton
from manara.identity.numbers import kinds, parts

#: Keys of a question. Every question has as many, so that their number tells nothing.
KEYS = 8

#: Kinds of key that say much by themselves, however long the list is.
STRONG = frozenset({"number", "name and date", "name and place"})

_NUMBERS, _WORDS, _PLACES = 2, 2, 2
#: Letters of the beginning of a word that stands alone, of the beginning or end of one beside
#: another.
_START, _EDGE = 3, 2
#: Spellings of a whole name that a table holds, over all readings of its words.
_SPELLINGS = 16
#: Most people on a list that may have a part of a name in common, by what of the date stands with
#: it, so that a stranger who has it too meets a key of it about once in 250 questions: of any two
#: people one pair in 20,000 was born on one day, in 700 in one month, in 1,800 on one day of a
#: month of one year, in 1,300 on one day of about the same year. A whole name is rarer among those
#: who ask than a part of one, and a word is asked by alone only where a name is in another script.
_MOST = {"whole": 90, "month": 3, "day": 7, "year": 6}
_NAMES, _SOUNDS = 2, 3
#: From how many dated people on a list is long, and `_NAMES` of a long list beside parts of a date.
#: Both chosen on invented lists of 5,000, 15,000 and 50,000 people.
_LONG_LIST, _NAMES_LONG = 10_000, 1.4
#: Of so many pairs of people one was born on one day; how many such pairs are to be seen before a
#: list is believed to be otherwise, and by how much it may be.
_ONE_DAY, _ONE_DAY_PAIRS, _WIDEST = 20_000, 20, 2.0
#: By how much years are misread most often, as far as a table foresees it.
_YEARS = (0, -1, 1, -2, 2, -10, 10)
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
            ``beginning and date``, ``endings and date``, ``name and place`` or ``name and year``;
            ``""`` for one that only fills up.
        text: the key.
        part: what of the name is in it, if that may be too common for it to be on a list.
        most: how many people on a list may have that in common.
    """

    kind: str
    text: str
    part: str = ""
    most: float = 0


def question_keys(person: Person, *, long: bool = False) -> list[Key]:
    """Return the `KEYS` keys that a person is asked by, the most telling first, filled up.

    Args:
        person: who is asked for.
        long: whether the list is long; see `Common.long`.
    """
    words = [_word_of(word) for word in _words(person.names[0])] if person.names else []
    first = [_Word(word.sounds[:1], word.letters) for word in words]
    spelling = [word.sounds[0] for word in words]
    keys = sorted(map(_number, person.numbers), key=attrgetter("kind"))[:_NUMBERS]
    birth = next(_births(person.births), None)
    placed = [_placed(spelling, place) for place in _places(person)[:_PLACES]] if words else []
    if birth and birth.day and words:
        two = sorted(first, key=lambda word: (-len(word.sounds[0]), word.sounds[0]))[:_WORDS]
        latin = {script_of(letter) for letter in person.names[0]} <= {"latin", ""}
        usual = latin and len(two) == _WORDS
        named = _named(spelling, birth, (0,), long=long)
        if long:
            begun, ended = _whole_pairs(two, birth)
            other = _ends(two, birth) if usual else [_exact(spelling, birth)]
            keys += [named[0], *placed, *other, *begun, *named[:0:-1], *ended]
        else:
            keys += [*named[: 1 if usual else None], *placed]
            keys += [key for word in two for key in (_starts if latin else _sounding)(word, birth)]
            keys += [*_pairs(two, birth, (0,)), *_ends(two, birth)]
    else:
        keys += placed
        keys += [_year(spelling, birth)] if birth and words else []
    known = list({key.text: key for key in keys}.values())[:KEYS]
    return known + [Key("", secrets.token_hex(16)) for _ in range(KEYS - len(known))]


class Common(NamedTuple):
    """What many on a list have in common.

    Attributes:
        shared: how many people share each part of a name.
        spread: by how much rarer than usual two of them were born on one day.
        long: whether they are so many that parts of names say little beside parts of dates.
    """

    shared: Mapping[str, int]
    spread: float = 1.0
    long: bool = False

    @classmethod
    def of(cls, people: Collection[Person]) -> Common:
        """Return what people have in common."""
        born = Counter(birth.whole for each in people for birth in islice(_births(each.births), 1))
        long = born.total() > _LONG_LIST
        shared = Counter(
            part for each in people for part in {key.part for key in _entries(each, long)}
        )
        pairs = sum(count * (count - 1) for count in born.values()) / 2
        usual = born.total() * (born.total() - 1) / 2 / _ONE_DAY
        # A short list says little of how dates are spread.
        spread = (usual + _ONE_DAY_PAIRS) / (pairs + _ONE_DAY_PAIRS)
        return cls(shared, min(spread, _WIDEST), long)


def table_keys(person: Person, common: Common) -> set[str]:
    """Return all keys that a person may be asked by, over all names, dates and readings.

    Args:
        person: somebody on a list.
        common: what those on it have in common.
    """
    return {
        key.text
        for key in _entries(person, common.long)
        if not key.part or common.shared.get(key.part, 0) <= key.most * common.spread
    }


def _entries(person: Person, long: bool) -> Iterator[Key]:
    """Yield all keys of a person, also those that may be too common."""
    yield from map(_number, person.numbers)
    births = list(_births(person.births))
    for name in person.names:
        words = [_word_of(word) for word in _words(name)]
        if not words:
            continue
        spellings = list(islice(product(*(word.sounds for word in words)), _SPELLINGS))
        for spelling in spellings:
            yield from (_placed(spelling, place) for place in _places(person))
        for birth in births:
            for spelling in spellings:
                yield _year(spelling, birth)
                yield from _named(spelling, birth, _YEARS, long=long) if birth.day else ()
                yield from [_exact(spelling, birth)] if birth.day and long else ()
            if birth.day and long:
                yield from chain(*_whole_pairs(words, birth), _ends(words, birth))
            elif birth.day:
                yield from (key for word in words for key in _sounding(word, birth))
                yield from (key for word in words for key in _starts(word, birth))
                yield from chain(_pairs(words, birth, _YEARS), _ends(words, birth))


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

    @property
    def in_any_month(self) -> str:
        """Year and day."""
        return f"{self.year}|{self.day}"

    @property
    def on_any_day(self) -> str:
        """Year and month."""
        return f"{self.year}|{self.month}"

    def about(self, years: Iterable[int]) -> Iterator[str]:
        """Yield month and day, in one order, with the year off by so many, or misread."""
        day = "|".join(sorted((self.month, self.day)))
        off = {f"{int(self.year) + each:04}" for each in years}
        turned = {self.year[:2] + self.year[:1:-1]} if len(off) > 1 else set()
        yield from (f"{day}|{year}" for year in sorted(off | turned))


def _births(texts: Iterable[str]) -> Iterator[_Birth]:
    for text in texts:
        if found := _DATE.fullmatch(text):
            yield _Birth(found[1], found[2] or "", found[3] or "")


class _Word(NamedTuple):
    """A word of a name: its sounds in all readings, the most usual first, and its letters."""

    sounds: tuple[str, ...]
    letters: str


def _words(name: str) -> list[str]:
    """Return the words of a name that carry it: no particles, no honorifics, no initials."""
    return [word.text for word in analyse(name, "person") if word.role == "name"]


def _word_of(word: str) -> _Word:
    read = readings(word) or (word,)
    return _Word(tuple(dict.fromkeys(map(skeleton, read))), read[0])


def _dated(kind: str, part: str, which: str, date: str, factor: float = 1) -> Key:
    return Key(kind, f"{part}|{which}|{date}", part, factor * _MOST[which])


def _named(
    spelling: Iterable[str], birth: _Birth, years: Iterable[int], *, long: bool
) -> list[Key]:
    """Return the keys of a whole name with two of the three parts of a date, the first the best."""
    kind, name, factor = "name and date", _full(spelling), _NAMES_LONG if long else _NAMES
    return [
        _dated(kind, name, "day", birth.in_any_month, factor),
        _dated(kind, name, "month", birth.on_any_day, factor),
        *(_dated(kind, name, "year", date, factor) for date in birth.about(years)),
    ]


def _exact(spelling: Iterable[str], birth: _Birth) -> Key:
    """Return the key of a whole name and the whole date."""
    return _dated("name and date", _full(spelling), "whole", birth.whole, _NAMES)


def _full(spelling: Iterable[str]) -> str:
    return f"f|{_together(spelling)}"


def _sounding(word: _Word, birth: _Birth) -> Iterator[Key]:
    """Yield the keys of one word and the date, for names that are read in several ways."""
    for sound in word.sounds:
        yield _dated("word and date", f"w|{sound}", "whole", birth.whole, _SOUNDS)


def _starts(word: _Word, birth: _Birth) -> Iterator[Key]:
    """Yield the keys of the beginning of a word and the date."""
    yield _dated("beginning and date", f"p|{word.letters[:_START]}", "whole", birth.whole)


def _pairs(words: Sequence[_Word], birth: _Birth, years: Sequence[int]) -> Iterator[Key]:
    """Yield the keys of one word, an end of another, and two parts of the date."""
    begun, ended = _beside(words)
    for part in begun:
        yield _dated("word and date", part, "month", birth.on_any_day)
    for part, date in product(ended, birth.about(years)):
        yield _dated("word and date", part, "year", date)


def _whole_pairs(words: Sequence[_Word], birth: _Birth) -> tuple[list[Key], list[Key]]:
    """Return the keys of one word and the whole date, with another's beginning and with its end."""
    begun, ended = (
        [_dated("word and date", part, "whole", birth.whole) for part in parts]
        for parts in _beside(words)
    )
    return begun, ended


def _beside(words: Sequence[_Word]) -> tuple[list[str], list[str]]:
    """Return each word with the beginning of each other, and with the end of each other."""
    each = [
        (sound, other.letters)
        for one in words for other in words if one is not other for sound in one.sounds
    ]  # fmt: skip
    begun = [f"a|{sound}|{letters[:_EDGE]}" for sound, letters in each]
    return begun, [f"z|{sound}|{letters[-_EDGE:]}" for sound, letters in each]


def _ends(words: Sequence[_Word], birth: _Birth) -> Iterator[Key]:
    """Yield the keys of the ends of two words and the date."""
    for either in combinations(words, 2):
        ends = "|".join(sorted(word.letters[-_EDGE:] for word in either))
        yield _dated("endings and date", f"u|{ends}", "whole", birth.whole)


def _year(spelling: Iterable[str], birth: _Birth) -> Key:
    return Key("name and year", f"y|{_together(spelling)}|{birth.year}")


def _placed(spelling: Iterable[str], place: str) -> Key:
    return Key("name and place", f"a|{_together(spelling)}|{place}")


def _together(spelling: Iterable[str]) -> str:
    return " ".join(sorted(spelling))


def _places(person: Person) -> list[str]:
    return list(dict.fromkeys(filter(None, map(name_key, person.places))))
