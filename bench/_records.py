"""Invented persons with noisy duplicates, as a table with the truth beside it."""

from __future__ import annotations

import random
import string

import pyarrow as pa

_HEADS = (
    "Ba Be Bo Da De Di Fa Fe Ga Go Ha Hi Ja Jo Ka Ke Ko La Le Li Ma Me Mo Na Ne No Ra Re Sa So"
    " Ta Ti"
)
_MIDDLES = "bar den dim far gor han jam kam lin mar nad rin sam tar ver zan"
_TAILS = "a an ari e el en i ia idi in ir is o on or ov u us y yan"


def people(count: int, seed: int = 1, duplicated: float = 0.3) -> pa.Table:
    """Return ``count`` records in random order, of which the share ``duplicated`` repeat a person.

    Columns: ``id``, ``person`` (the truth), ``first_name``, ``last_name``, ``birth_date``,
        ``city``, ``phone``, ``gender``. One value in ten is missing (of phones three); duplicates
        have typing errors,
    initials, swapped names, wrong or swapped dates, moved homes and changed phones.
    """
    draw = random.Random(seed)
    given, family = _names(draw, 1_500, 2), _names(draw, 30_000, 3)
    cities = _names(draw, 600, 2)
    originals = int(count * (1 - duplicated))
    persons = [_person(draw, given, family, cities) for _ in range(originals)]
    rows = [(person, _holed(draw, values)) for person, values in enumerate(persons)]
    while len(rows) < count:
        person = draw.randrange(originals)
        rows.append((person, _holed(draw, _noisy(draw, persons[person], cities))))
    draw.shuffle(rows)
    columns = list(zip(*(values for _, values in rows), strict=True))
    names = ("first_name", "last_name", "birth_date", "city", "phone", "gender")
    return pa.table(
        {
            "id": [f"r{number:08}" for number in range(count)],
            "person": [person for person, _ in rows],
            **dict(zip(names, columns, strict=True)),
        }
    )


def _names(draw: random.Random, count: int, syllables: int) -> list[str]:
    """Return distinct invented names."""
    heads, middles, tails = _HEADS.split(), _MIDDLES.split(), _TAILS.split()
    found: dict[str, None] = {}
    while len(found) < count:
        middle = "".join(draw.choice(middles) for _ in range(draw.randrange(1, syllables)))
        found[draw.choice(heads) + middle + draw.choice(tails)] = None
    return list(found)


def _pick(draw: random.Random, names: list[str]) -> str:
    """Return a name; the first ones are more frequent, about as Zipf's law has it."""
    return names[int(len(names) * draw.random() ** 2)]


def _person(
    draw: random.Random, given: list[str], family: list[str], cities: list[str]
) -> list[str | None]:
    return [
        _pick(draw, given),
        _pick(draw, family),
        f"{draw.randrange(1930, 2006)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}",
        _pick(draw, cities),
        f"0{draw.randrange(10**9):09}",
        draw.choice("mf"),
    ]


def _holed(draw: random.Random, values: list[str | None]) -> list[str | None]:
    lost = (0.03, 0.03, 0.1, 0.1, 0.3, 0.1)
    return [None if draw.random() < p else v for v, p in zip(values, lost, strict=True)]


def _noisy(draw: random.Random, person: list[str | None], cities: list[str]) -> list[str | None]:
    first, last, date, city, phone, gender = (value or "" for value in person)
    first = _typo(draw, first) if draw.random() < 0.2 else first
    first = first[0] if draw.random() < 0.04 else first
    last = _typo(draw, last) if draw.random() < 0.2 else last
    if draw.random() < 0.04:
        first, last = last, first
    if draw.random() < 0.1:
        place = draw.choice((3, 5, 6, 8, 9))
        date = date[:place] + draw.choice(string.digits) + date[place + 1 :]
    elif draw.random() < 0.04:
        date = f"{date[:4]}-{date[8:]}-{date[5:7]}"
    city = _pick(draw, cities) if draw.random() < 0.2 else city
    phone = f"0{draw.randrange(10**9):09}" if draw.random() < 0.3 else phone
    gender = draw.choice("mf") if draw.random() < 0.02 else gender
    return [first, last, date, city, phone, gender]


def _typo(draw: random.Random, word: str) -> str:
    """Return a word with one letter left out, doubled, replaced or swapped with the next."""
    place = draw.randrange(len(word) - 1)
    head, a, b, tail = word[:place], word[place], word[place + 1], word[place + 2 :]
    letter = draw.choice(string.ascii_lowercase)
    return head + draw.choice((b, a + a + b, letter + b, b + a)) + tail
