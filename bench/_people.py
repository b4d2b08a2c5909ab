"""Invented people as FollowTheMoney JSON lines, as many as a benchmark needs."""

from __future__ import annotations

import json
import random
from pathlib import Path

_GIVEN = (
    "Amina Boris Chidi Dilnoza Emeka Fatou Goran Hodan Idris Jamila Kofi Leila Milos Nadia Omar"
)
_FAMILY = "Adeyemi Bakari Cisse Demir Eze Farouk Gashi Hassan Ivanov Jallow Kone Lukic Mbeki Nasser"
_ARABIC = "أمينة بدر جميلة دلال إدريس فاطمة حسن ليلى ناصر عمر"
_COUNTRIES = "ma fr de ng so ua rs eg tn sn"


def write_people(path: Path, count: int, seed: int = 1) -> int:
    """Write invented persons, ten values each on average, and return the number of values."""
    draw = random.Random(seed)
    given, family, arabic = _GIVEN.split(), _FAMILY.split(), _ARABIC.split()
    countries = _COUNTRIES.split()
    values = 0
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            first, last = draw.choice(given), f"{draw.choice(family)}{draw.randrange(10_000)}"
            year = draw.randrange(1940, 2005)
            properties = {
                "name": [f"{first} {last}", f"{draw.choice(arabic)} {draw.choice(arabic)}"],
                "alias": [f"{last.upper()}, {first}"],
                "firstName": [first],
                "lastName": [last],
                "birthDate": [f"{year}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"],
                "nationality": [draw.choice(countries)],
                "gender": [draw.choice(["male", "female"])],
                "passportNumber": [f"{draw.choice('ABCDEFGH')}{draw.randrange(10**7):07}"],
                "position": [f"clerk of office {draw.randrange(500)}"],
            }
            entity = {"id": f"bench-{number:09}", "schema": "Person", "properties": properties}
            file.write(json.dumps(entity, ensure_ascii=False) + "\n")
            values += 10
    return values
