"""Fathers' names: patronymics left out or exchanged, sons before and behind *bin*."""

from __future__ import annotations

import numpy as np
import pytest

from manara.identity.names.confusion import encode
from manara.identity.screening.fathers import patronymic
from manara.identity.screening.index import Index
from manara.identity.screening.query import NameEntry, Query

CROWD = [NameEntry(f"o{at}", f"Karsten{at} Oldenboor{at}") for at in range(500)]


def score(name: str, listed: str) -> float:
    index = Index.build([NameEntry("x", listed, "person"), *CROWD])
    return next((h.score for h in index.search(Query(name)) if h.entity_id == "x"), -99.0)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("tarvynovich", True),
        ("oskevych", True),
        ("borveluvna", False),
        ("borvelevna", True),
        ("quistrichna", True),
        ("tarvynin", False),
        ("ovich", False),
        ("oskarovic", True),
    ],
)
def test_the_endings_of_patronymics(word: str, expected: bool) -> None:
    codes = np.array(encode(word), np.uint8)
    assert patronymic(codes, 0, len(codes)) == expected


@pytest.mark.parametrize(
    ("asked", "with_father"),
    [
        ("Tarvyn Quistrelin", "Tarvyn Borvelovich Quistrelin"),
        ("Тарвин Куистрелин", "Tarvyn Borvelovich Quistrelin"),
        ("Oskara Borvelevna Quistrelina", "Oskara Quistrelina"),
    ],
)
def test_a_fathers_name_left_out_is_no_word_left_over(asked: str, with_father: str) -> None:
    other = with_father.replace("Borvelovich", "Borvelokar")
    asked_other = asked.replace("Borvelevna", "Borvelokar")
    assert score(asked, with_father) > score(asked_other, other) + 5


def test_another_fathers_name_makes_another_person() -> None:
    listed = "Tarvyn Borvelovich Quistrelin"
    another, word = (score(f"Tarvyn {x} Quistrelin", listed) for x in ("Oskarovich", "Oskarom"))
    assert another < word - 10


def test_father_and_son_exchanged_are_two_people() -> None:
    listed = "Borvel bin Oskar al-Quistreli"
    same, family_first, exchanged = (
        score(name, listed)
        for name in (listed, "al-Quistreli, Borvel bin Oskar", "Oskar ibn Borvel al-Quistreli")
    )
    assert same == pytest.approx(family_first)
    assert exchanged < same - 10
