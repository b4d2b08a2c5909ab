"""What the two British lists have in common."""

from __future__ import annotations

from datetime import date

from demo.party import Birth, Name, Party
from demo.places import COUNTRIES

#: Kinds of parties in the words of the lists.
KINDS = {"person": "Individual", "company": "Entity", "vessel": "Ship"}
LANGUAGES = {"ara": "Arabic", "fas": "Persian", "rus": "Russian", "ukr": "Ukrainian",
              "kor": "Korean"}  # fmt: skip


Row = dict[str, str]


def country_name(code: str) -> str:
    """Return a country as the lists call it."""
    return COUNTRIES[code].english if code else ""


def day_text(day: date) -> str:
    """Return a day as the lists write it."""
    return f"{day:%d/%m/%Y}"


def birth_text(birth: Birth, unknown: tuple[str, str]) -> str:
    """Return a birth date as ``dd/mm/yyyy`` with the given signs for an unknown day and month."""
    parts = birth.first.split("-")
    day, month = unknown
    if len(parts) > 1:
        month = parts[1]
    if len(parts) > 2:
        day = parts[2]
    return f"{day}/{month}/{parts[0]}"


def name_parts(name: Name) -> Row:
    """Return a name in the columns ``Name 1`` to ``Name 6``."""
    given = {f"Name {n}": part for n, part in enumerate(name.given.split(" ", 4), 1) if part}
    return {"Name 6": name.family.upper() if given else name.family, **given}


def numbers_of(party: Party, kind: str) -> list[str]:
    """Return the numbers of one kind of document."""
    return [document.number for document in party.numbers(kind)]


def columns(text: str) -> list[str]:
    """Return the names of columns."""
    return text.split(",")
