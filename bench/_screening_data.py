"""Where the screening benchmark's samples are, and how they are read: lists, people, word pairs.

Nothing of them is part of the project. Without the folder every part that needs it is skipped.
"""

from __future__ import annotations

import csv
import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from manara.formats import recognise
from manara.identity.names import name_key
from manara.model import Record, Stated

#: Properties of a list that hold names, and how each counts.
_GRADES = {"name": "primary", "alias": "good", "previousName": "good", "weakAlias": "low"}
_KINDS = {"Person": "person", "Vessel": "vessel", "Organization": "organisation"}
_KINDS |= {"Company": "organisation", "LegalEntity": "", "Airplane": ""}


class Name(NamedTuple):
    """One name of a listed entity.

    Attributes:
        text: the name as the list writes it.
        grade: ``primary``, ``good`` or ``low``.
        script: first word of the Unicode names of its letters, such as ``LATIN``.
    """

    text: str
    grade: str
    script: str


class Listed(NamedTuple):
    """One entity of a list with all its names, without spellings that fold to the same key."""

    entity_id: str
    kind: str
    names: tuple[Name, ...]

    def latin(self, grade: str = "") -> list[Name]:
        """Return its names in Latin letters, of one grade or of all."""
        return [n for n in self.names if n.script == "LATIN" and grade in ("", n.grade)]


class Person(NamedTuple):
    """A person on no list: name and group of origin (``""`` where the name does not tell)."""

    name: str
    script: str
    origin: str


class WordPair(NamedTuple):
    """A word in another script with its Latin forms."""

    word: str
    latin: tuple[str, ...]


def shared_folder() -> Path | None:
    """Return the folder of third-party samples (``MANARA_SHARED_DATA``), or None."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MANARA_SHARED_DATA", beside))
    return folder if folder.is_dir() else None


def script_of(text: str) -> str:
    """Return the script most letters of a text are in, by Unicode names; ``""`` without letters."""
    seen = Counter(unicodedata.name(c, "?").split()[0] for c in text if c.isalpha())
    return seen.most_common(1)[0][0] if seen else ""


def read_lists(*paths: Path) -> list[Listed]:
    """Return the entities of a list that comes in one file or in several."""
    kinds: dict[str, str] = {}
    names: dict[str, dict[str, Name]] = defaultdict(dict)
    for path in paths:
        for stated in _stated(path):
            grade = _GRADES.get(stated.prop)
            if grade is None or stated.schema not in _KINDS:
                continue
            kinds[stated.entity_id] = kinds.get(stated.entity_id) or _KINDS[stated.schema]
            name = Name(stated.value, grade, script_of(stated.value))
            if key := name_key(stated.value):
                names[stated.entity_id].setdefault(key, name)
    return [Listed(key, kinds[key], tuple(found.values())) for key, found in names.items()]


def _stated(path: Path) -> Iterator[Stated]:
    reader, _ = recognise(path)
    for record in reader.read(path):
        if isinstance(record, Record):
            yield from record.stated


def clean_people(folder: Path) -> list[Person]:
    """Return the people on no list, in the order of the file."""
    origins = origins_of_words(folder)
    with (folder / "identity/names/clean_people_dev.csv").open(encoding="utf-8") as file:
        names = [row["full_name"] for row in csv.DictReader(file)]
    return [Person(name, script_of(name), origin_of(name, origins)) for name in names]


def origins_of_words(folder: Path) -> dict[str, frozenset[str]]:
    """Return for every popular name the groups of countries where it is popular."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in popular_rows(folder):
        for column in ("Localized Name", "Romanized Name"):
            for word in name_key(row[column]).split():
                found[word].add(_REGION.get(row["Country"], "other"))
    return {word: frozenset(groups) for word, groups in found.items()}


def origin_of(name: str, origins: dict[str, frozenset[str]]) -> str:
    """Return the one group of origin that all known words of a name share, else ``""``."""
    known = [origins[word] for word in name_key(name).split() if word in origins]
    common = frozenset.intersection(*known) if known else frozenset[str]()
    return next(iter(common)) if len(common) == 1 else ""


def popular_rows(folder: Path) -> Iterator[dict[str, str]]:
    """Return the rows of the tables of popular given names and family names."""
    for table in ("forenames", "surnames"):
        path = folder / f"identity/names/popular_{table}_by_country.csv"
        with path.open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                yield row | {"table": table}


def popular_words(folder: Path, table: str, column: str) -> list[str]:
    """Return the distinct popular names of one table in one column, sorted."""
    rows = (row for row in popular_rows(folder) if row["table"] == table)
    return sorted({row[column].strip() for row in rows} - {""})


def word_pairs(path: Path, seen: int = 2) -> list[WordPair]:
    """Return mined pairs of words, grouped by the word, its most frequent Latin form first.

    Args:
        path: lines of Latin form, letters of the other form apart by blanks, count.
        seen: least count of a word's first form; pairs seen once are often no pair at all.
    """
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        latin, letters, count = line.split("\t")
        word = letters.replace(" ", "")
        if latin.isalpha() and word.isalpha() and len(latin) > 1:
            found[word].append((int(count), latin))
    ranked = {word: sorted(forms, key=lambda f: (-f[0], f[1])) for word, forms in found.items()}
    return [
        WordPair(word, tuple(latin for _, latin in forms))
        for word, forms in ranked.items()
        if forms[0][0] >= seen
    ]


def dictionary_words(folder: Path) -> list[str]:
    """Return the Latin words of the dictionary of person names, in the order of the file."""
    path = folder / "identity/names/rigour15_person_names.txt"
    words: dict[str, None] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            forms = line.partition("=>")[0].split(",")
            words |= dict.fromkeys(w for form in forms if (w := form.strip()).isascii())
    return [word for word in words if word.isalpha() and len(word) > 1]


def name_cases(folder: Path) -> list[dict[str, str]]:
    """Return the labelled pairs of names."""
    with (folder / "identity/names/name_cases_dev.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _regions(groups: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {country: group for group, countries in groups for country in countries.split()}


#: Groups of countries whose names are much alike, by language rather than by continent.
_REGION = _regions(
    [
        ("Arab", "AE DZ EG IQ JO KW LB LY MA SA TN"),
        ("Iran and Central Asia", "IR TJ KZ KG AZ"),
        ("South Asia", "IN PK BD NP"),
        ("East Asia", "CN JP KR TW MN"),
        ("South-East Asia", "MY PH TH"),
        ("East Slavic", "RU UA BY"),
        ("Turkey", "TR"),
        ("Caucasus", "AM GE"),
        ("Israel", "IL"),
        ("English", "AU CA GB IE IM JE GG GI NZ US JM"),
        ("German and Dutch", "DE AT CH LI LU NL BE AW"),
        ("French", "FR MC HT PF"),
        ("Iberian and Latin American", "ES PT AD AR BO BR CL CO EC MX PA PE PR PY SV UY VE GQ"),
        ("Italian", "IT SM MT"),
        ("Nordic", "DK EE FI FO GL IS LT LV NO SE"),
        ("Central and South-East European", "AL BA BG CY CZ GR HR HU MD ME MK PL RO RS SI SK"),
        ("African", "ML ZA"),
    ]
)
