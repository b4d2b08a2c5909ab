"""The compiled loops give what plain Python gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.identity.screening.evidence import date_evidence
from manara.identity.screening.kernels import (
    EXCHANGED,
    MAX_LETTERS,
    edit_cost,
    far,
    hash_bytes,
    letter_masks,
    skeleton_keys,
)

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", max_size=12)
FLAT = np.where(np.eye(27, dtype=bool), 0, 1).astype(np.float32)
UNEVEN = np.random.default_rng(3).uniform(0.5, 9, (27, 27)).astype(np.float32)
np.fill_diagonal(UNEVEN, 0)


def codes(word: str) -> np.ndarray:
    return np.array([ord(letter) - 96 for letter in word], np.uint8)


def cost(left: str, right: str, table: np.ndarray, limit: float = 1e9) -> float:
    rows = np.full((3, MAX_LETTERS + 1), 99, np.float32)
    a, b = codes(left), codes(right)
    return edit_cost(a, 0, len(a), b, 0, len(b), table, rows, limit)


def plain_cost(left: str, right: str, table: np.ndarray) -> float:
    """Twin of the kernel, by the recursive definition."""
    a, b = codes(left).tolist(), codes(right).tolist()
    known: dict[tuple[int, int], float] = {(0, 0): 0.0}
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            ways = []
            if i:
                ways.append(known[i - 1, j] + float(table[a[i - 1], 0]))
            if j:
                ways.append(known[i, j - 1] + float(table[0, b[j - 1]]))
            if i and j:
                ways.append(known[i - 1, j - 1] + float(table[a[i - 1], b[j - 1]]))
            if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1] and a[i - 1] != a[i - 2]:
                ways.append(known[i - 2, j - 2] + EXCHANGED)
            if ways:
                known[i, j] = min(ways)
    return known[len(a), len(b)]


@settings(max_examples=300, deadline=None)
@given(WORDS, WORDS)
def test_edit_cost_equals_its_plain_twin(left: str, right: str) -> None:
    for table in (FLAT, UNEVEN):
        assert cost(left, right, table) == pytest.approx(plain_cost(left, right, table), abs=1e-4)


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS, st.floats(0, 30))
def test_a_limit_only_changes_costs_above_it(left: str, right: str, limit: float) -> None:
    exact, cut = plain_cost(left, right, UNEVEN), cost(left, right, UNEVEN, limit)
    assert cut == pytest.approx(exact, abs=1e-4) if exact <= limit else cut > limit - 1e-3


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("", "", 0), ("karim", "karim", 0)],
)
def test_edit_cost_of_textbook_pairs(left: str, right: str, expected: float) -> None:
    assert cost(left, right, FLAT) == expected


def test_words_longer_than_the_limit_do_not_overflow() -> None:
    assert cost("a" * 200, "a" * 200, FLAT) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    # Published test vectors of FNV-1a, 64 bits (RFC 9923, appendix C).
    [("", 0xCBF29CE484222325), ("a", 0xAF63DC4C8601EC8C), ("foobar", 0x85944171F73967E8)],
)
def test_hash_is_fnv_1a(text: str, expected: int) -> None:
    data = np.frombuffer(bytearray(text.encode()), np.uint8)
    assert int(hash_bytes(data, 0, len(data))) == expected


def keys_of(skeleton: str) -> set[int]:
    data = np.frombuffer(bytearray(skeleton.encode()), np.uint8)
    ends = np.array([0, len(data)], np.int64)
    return set(skeleton_keys(data, ends, np.zeros(1, np.int32))[0].tolist())


@settings(max_examples=200, deadline=None)
@given(st.text("bdfghklmnrst", min_size=4, max_size=10), st.data())
def test_skeletons_one_edit_apart_share_a_key(skeleton: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(skeleton) - 2))
    letter = data.draw(st.sampled_from("bdfghklmnrst"))
    edits = [
        skeleton[:at] + skeleton[at + 1 :],
        skeleton[:at] + letter + skeleton[at:],
        skeleton[:at] + letter + skeleton[at + 1 :],
        skeleton[:at] + skeleton[at + 1] + skeleton[at] + skeleton[at + 2 :],
    ]
    assert all(keys_of(skeleton) & keys_of(edit) for edit in edits)


@settings(deadline=None)
@given(st.text("bdfgh", max_size=2))
def test_short_skeletons_have_one_key(skeleton: str) -> None:
    assert len(keys_of(skeleton)) == 1


@settings(deadline=None)
@given(st.lists(WORDS, max_size=5))
def test_letter_masks_say_which_letters_a_reading_has(words: list[str]) -> None:
    ends = np.cumsum([0, *map(len, words)], dtype=np.int32)
    masks = letter_masks(codes("".join(words)), ends).tolist()
    assert masks == [sum(1 << (ord(c) - 96) for c in set(word)) for word in words]


DATES = st.one_of(
    st.integers(1900, 2020).map(lambda y: y * 10000),
    st.tuples(st.integers(1900, 2020), st.integers(1, 12)).map(lambda d: d[0] * 10000 + d[1] * 100),
    st.dates().map(lambda d: d.year * 10000 + d.month * 100 + d.day),
)


@settings(deadline=None)
@given(DATES, DATES)
def test_date_evidence_is_symmetric(left: int, right: int) -> None:
    assert date_evidence(left, right) == date_evidence(right, left)


def test_dates_agree_more_the_more_they_share() -> None:
    day = 19610507
    ladder = [day, 19610705, 19610000, 19620000, 19850000]
    said = [date_evidence(day, other) for other in ladder]
    assert said == sorted(said, reverse=True)
    assert said[0] > 4 > said[2] > 0 > said[4]
    assert date_evidence(day, 19610705) > date_evidence(day, 19610803)  # swapped, another day
    assert date_evidence(day, 19610508) > 0 > date_evidence(day, 19610628)  # one digit off
    assert date_evidence(day, 19510507) > 0 > date_evidence(day, 19850507 + 200)


@pytest.mark.parametrize("sixth", "bcdfghjklmnpqrstvwxz")
def test_readings_are_far_from_six_other_consonants_on_and_vowels_do_not_count(sixth: str) -> None:
    five = [letter for letter in "bcdmrz" if letter != sixth][:5]
    both = np.concatenate([codes("".join(five) + "aeiouy"), codes("".join(five) + sixth)])
    masks = letter_masks(both, np.array([0, 11, 17], np.int32))
    assert not far(masks[0], 0)
    assert far(masks[1], 0)
    assert not far(masks[1], masks[0])
