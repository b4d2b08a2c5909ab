"""Costs of reading one letter for another: their shape, and what they say of known names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.identity.names.confusion import (
    COSTS,
    COSTS_HANGUL,
    COSTS_VOWELLESS,
    distance,
    encode,
    word_distance,
)

READINGS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=10)
LETTER = {letter: code for code, letter in enumerate("-abcdefghijklmnopqrstuvwxyz")}


@pytest.mark.parametrize("costs", [COSTS, COSTS_VOWELLESS, COSTS_HANGUL])
def test_tables_have_no_negative_cost_and_none_for_the_same_letter(costs: np.ndarray) -> None:
    assert costs.shape == (27, 27)
    assert costs.dtype == np.float32
    assert np.isfinite(costs).all()
    assert (costs >= 0).all()
    assert (np.diag(costs) == 0).all()


def test_the_full_table_is_symmetrical() -> None:
    assert np.array_equal(COSTS, COSTS.T)


@pytest.mark.parametrize(
    ("near", "far"), [("yi", "yk"), ("wv", "wt"), ("uo", "us"), ("sz", "sm"), ("qk", "qm")]
)
def test_letters_that_romanisers_mix_up_are_nearer_than_others(near: str, far: str) -> None:
    assert COSTS[LETTER[near[0]], LETTER[near[1]]] < COSTS[LETTER[far[0]], LETTER[far[1]]]


def test_arabic_ba_stands_for_p_and_a_short_vowel_may_be_added() -> None:
    costs = COSTS_VOWELLESS
    assert costs[LETTER["b"], LETTER["p"]] < costs[LETTER["b"], LETTER["t"]]
    assert costs[0, LETTER["a"]] < costs[0, LETTER["m"]]
    assert costs[0, LETTER["a"]] < costs[LETTER["a"], 0]


def test_encode_numbers_letters_and_takes_digits_for_their_look_alikes() -> None:
    assert encode("az").tolist() == [1, 26]
    assert encode("").tolist() == []
    assert encode("s0ng").tolist() == encode("song").tolist()
    assert encode("abc").dtype == np.uint8


@given(READINGS, READINGS)
def test_distance_is_a_share_and_symmetrical(left: str, right: str) -> None:
    there = distance(left, right)
    assert 0.0 <= there <= 1.0 + 1e-9
    assert there == pytest.approx(distance(right, left))


@given(READINGS)
def test_a_reading_is_at_no_distance_from_itself(reading: str) -> None:
    assert distance(reading, reading) == 0.0
    assert distance(reading, reading, vowelless=True) == 0.0


@given(READINGS.filter(bool))
def test_nothing_is_as_far_as_can_be(reading: str) -> None:
    assert distance(reading, "") == pytest.approx(1.0)


def test_distance_by_hand() -> None:
    a, b, n = LETTER["a"], LETTER["b"], LETTER["n"]
    whole = 2 * COSTS[n, 0] + COSTS[a, 0] + COSTS[b, 0]
    swap = min(COSTS[a, b], COSTS[a, 0] + COSTS[0, b])
    assert distance("na", "nb") == pytest.approx(float(swap / whole), rel=1e-5)


@pytest.mark.parametrize(
    ("word", "same", "other"),
    [
        ("محمد", "muhammad", "hamid"),
        ("شريف", "cherif", "karim"),
        ("жуков", "zhukov", "petrov"),
        ("נתן", "nathan", "daniel"),
        ("정은", "jongun", "hyunwoo"),
        ("youssef", "yusuf", "salim"),
        ("عمر", "omar", "amir"),
    ],
)
def test_another_spelling_is_nearer_than_another_name(word: str, same: str, other: str) -> None:
    assert word_distance(word, same) < word_distance(word, other)
    assert word_distance(word, same) == word_distance(same, word)


def test_a_word_without_letters_is_far_from_everything() -> None:
    assert word_distance("", "omar") == 1.0
