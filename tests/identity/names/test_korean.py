"""Names of Koreans: what their spelling says."""

import math

import numpy as np
import pytest

from manara.identity.names import korean
from manara.identity.names.confusion import encode


def _told(word: str, *latin: str) -> list[float]:
    """Return how far each spelling speaks for a word; they stand one behind the other."""
    letters = np.concatenate([encode(reading) for reading in latin])
    ends = np.cumsum([0, *map(len, latin)], dtype=np.int32)
    return korean.told(word, letters, ends[:-1], ends[1:]).tolist()


@pytest.mark.parametrize(
    ("word", "usual", "other"),
    [
        ("이", "le", "kim"),
        ("박", "park", "baek"),
        ("영수", "youngso", "jongso"),
        ("현우", "hyunwo", "hyeonju"),
        ("윤남", "yonam", "yongnam"),  # two n between the syllables, written once
    ],
)
def test_a_usual_spelling_speaks_for_a_word_and_another_names_against_it(
    word: str, usual: str, other: str
) -> None:
    spoken, against = _told(word, usual, other)
    assert spoken > 1
    assert against < spoken - 3


def test_what_many_bear_says_less() -> None:
    # By the census of 2015 Kim is the family name of 21.5 % of South Koreans, Yeo of 0.1 %.
    assert 1.0 < korean.rarity("김") < 2.5 < korean.rarity("여")
    assert korean.rarity("영수") < korean.rarity("규찬")


def test_no_spelling_says_more_than_the_name_is_rare() -> None:
    for word, latin in (("김", "kim"), ("영수", "youngsu"), ("현", "hyun")):
        assert _told(word, latin)[0] <= korean.rarity(word) + 0.5


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["김", "영수"], True),
        (["영수", "김"], True),
        (["남궁", "현"], True),
        (["로리", "켈리"], False),  # no family name of Koreans
        (["김", "세바스찬"], False),
        (["김"], False),
        (["Kim", "영수"], False),
    ],
)
def test_korean_names_are_told_by_family_name_and_length(words: list[str], expected: bool) -> None:
    assert korean.is_korean(words) == expected


def test_any_letters_can_be_compared() -> None:
    for told in _told("아이", "a", "k", "x9", "schwarzenegger", "e" * 60):
        assert told < korean.rarity("아이")


def test_a_family_name_is_told_as_the_counted_share_says() -> None:
    family = korean._places()[korean.FAMILY]
    for latin in ("kim", "gim", "qimm"):
        by_hand = -family.spelling("김", latin) - math.log(family.chance(latin))
        assert _told("김", "park", latin)[1] == pytest.approx(by_hand, rel=1e-12)
