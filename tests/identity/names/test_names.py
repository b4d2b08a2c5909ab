from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.identity import name_key, name_tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BEN ALI, Zoubeïda", "Zoubeida Ben Ali"),
        ("Nu'man Al-Sabri", "al sabri nu’man"),
        ("ﻣﺤﻤﺪ", "محمد"),  # Arabic presentation forms, Unicode chapter 9.2
        ("مُحَمَّد", "محمد"),  # vowel signs
        ("محـــمد", "محمد"),  # stretched with tatweel
        ("Ｋｉｍ", "kim"),  # full-width forms
        ("Straße", "STRASSE"),  # Unicode full case folding
        ("Øystein  Ångström", "ØYSTEIN ÅNGSTRÖM"),
    ],
)
def test_spellings_of_one_name_share_a_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("محمد", "محمود"),
        ("राम", "रमा"),  # the vowels of Devanagari tell names apart
        ("Hassan", "Hasan"),
        ("Petrov Ivan", "Petrova Ivan"),
        ("Ali", "Ali Ali"),
    ],
)
def test_different_names_do_not(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("nothing", ["", "  ", "---", "؟", "\u200f"])
def test_a_name_without_letters_has_no_key(nothing: str) -> None:
    assert name_key(nothing) == ""
    assert name_tokens(nothing) == ()


@given(st.text(), st.permutations(range(4)))
def test_the_key_ignores_case_and_order(text: str, order: list[int]) -> None:
    words = [f"{text}a", "Béla", "ليلى", "O'Neil"]
    assert name_key(" ".join(words)) == name_key(" ".join(words[i] for i in order).casefold())


@given(st.text())
def test_the_key_of_a_key_is_itself(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)
