"""Kernels against published examples and plain reference implementations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.identity.resolution.columns import Pool, read_date
from manara.identity.resolution.pairs import (
    CODE,
    DATE,
    DIFFERENT,
    ELSEWHERE,
    EXACT,
    FAR,
    MISSING,
    NAME,
    NEAR,
    PARTIAL,
    jaro_winkler,
    one_edit,
    patterns,
    unpack,
)

WORDS = st.text(st.sampled_from("abcdeéمحد"), max_size=12)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # The examples of Winkler's papers, as commonly reprinted.
        ("MARTHA", "MARHTA", 0.961),
        ("DWAYNE", "DUANE", 0.840),
        ("DIXON", "DICKSONX", 0.813),
        ("", "", 1.0),
        ("", "a", 0.0),
        ("abc", "xyz", 0.0),
        ("محمد", "محمد", 1.0),
    ],
)
def test_jaro_winkler_examples(left: str, right: str, expected: float) -> None:
    assert jaro_winkler(left, right) == pytest.approx(expected, abs=0.0006)


def reference_jaro_winkler(left: str, right: str) -> float:
    """The definition, step by step."""
    if not left or not right:
        return float(left == right)
    reach = max(max(len(left), len(right)) // 2 - 1, 0)
    taken: set[int] = set()
    mine = []
    for i, letter in enumerate(left):
        near = [
            j
            for j in range(len(right))
            if abs(i - j) <= reach and j not in taken and right[j] == letter
        ]
        if near:
            taken.add(near[0])
            mine.append(letter)
    if not mine:
        return 0.0
    theirs = [right[j] for j in sorted(taken)]
    moved = sum(a != b for a, b in zip(mine, theirs, strict=True)) // 2
    count = len(mine)
    jaro = (count / len(left) + count / len(right) + (count - moved) / count) / 3
    prefix = 0
    for a, b in zip(left[:4], right[:4], strict=False):
        if a != b:
            break
        prefix += 1
    return jaro + prefix * 0.1 * (1 - jaro)


def reference_edits(left: str, right: str) -> int:
    """Optimal string alignment, by the textbook's table."""
    table = [[i + j for j in range(len(right) + 1)] for i in range(len(left) + 1)]
    for i in range(1, len(left) + 1):
        for j in range(1, len(right) + 1):
            change = table[i - 1][j - 1] + (left[i - 1] != right[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, change)
            if i > 1 and j > 1 and left[i - 1] == right[j - 2] and left[i - 2] == right[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@settings(deadline=None)
@given(WORDS, WORDS)
def test_kernels_equal_the_definitions(left: str, right: str) -> None:
    assert jaro_winkler(left, right) == pytest.approx(reference_jaro_winkler(left, right))


@settings(deadline=None)
@given(WORDS, st.integers(0, 12), st.sampled_from(["", "a", "م", "swap"]), st.booleans())
def test_one_edit_equals_the_definition(word: str, at: int, put: str, twice: bool) -> None:
    other = f"{word[:at]}{word[at : at + 2][::-1]}{word[at + 2 :]}"
    if put != "swap":
        other = word[:at] + put + word[at + 1 :]
    if twice:
        other += "b"
    assert one_edit(word, other) == (reference_edits(word, other) <= 1)
    assert one_edit(other, word) == one_edit(word, other)


def levels(kind: int, left: str, right: str) -> int:
    """The level of two values in one field."""
    pool = Pool()
    if kind == DATE:
        values = np.array([[read_date(left)], [read_date(right)]], np.int32)
    else:
        values = pool.add([left, right]).reshape(2, 1)
    kinds, rows = np.array([kind]), np.array([0, 1], np.int32)
    packed = patterns(values, kinds, pool.arrays(), rows[:1], rows[1:])
    return int(unpack(packed, 1)[0, 0])


@pytest.mark.parametrize(
    ("kind", "left", "right", "expected"),
    [
        (NAME, "leïla", "leïla", EXACT),
        (NAME, "leila", "", MISSING),
        (NAME, "leila", "lelia", NEAR),
        (NAME, "leila", "l", PARTIAL),
        (NAME, "leila", "boris", DIFFERENT),
        (NAME, "محمود", "محمد", NEAR),
        (CODE, "ab12345", "ab12346", NEAR),
        (CODE, "ab12345", "ab12999", PARTIAL),
        (CODE, "ab12345", "zz98765", DIFFERENT),
        (DATE, "1961-05-07", "1961-05-07", EXACT),
        (DATE, "1961-05-07", "1961-07-05", NEAR),
        (DATE, "1961-05-07", "1961", PARTIAL),
        (DATE, "1961-05-07", "1961-05", PARTIAL),
        (DATE, "1961-05-07", "1968-05-07", NEAR),
        (DATE, "1961-05-07", "1960-05-07", NEAR),
        (DATE, "1961-05-07", "1961-12-24", FAR),
        (DATE, "1961-05-07", "1975-12-24", DIFFERENT),
        (DATE, "1961-05-07", "unknown", MISSING),
    ],
)
def test_levels(kind: int, left: str, right: str, expected: int) -> None:
    assert levels(kind, left, right) == expected
    assert levels(kind, right, left) == expected


@settings(deadline=None)
@given(WORDS.filter(bool), WORDS.filter(bool))
def test_levels_follow_the_similarity(left: str, right: str) -> None:
    """The early exits pass over no pair that is alike."""
    level = levels(NAME, left, right)
    alike = jaro_winkler(left, right)
    if left != right and level in (DIFFERENT, FAR):
        assert (level == FAR) == (alike >= 0.8)
        assert alike < 0.92
    if left != right and alike >= 0.92:
        assert level in (NEAR, PARTIAL)


def test_a_swapped_name_stands_elsewhere_and_one_shared_word_counts_once() -> None:
    pool = Pool()
    values = pool.add(["amina", "bakari", "bakari", "amina", "chidi", "amina"]).reshape(3, 2)
    kinds = np.array([NAME, NAME])
    left, right = np.array([0, 0], np.int32), np.array([1, 2], np.int32)
    found = unpack(patterns(values, kinds, pool.arrays(), left, right), 2)
    assert found[0].tolist() == [ELSEWHERE, ELSEWHERE]
    assert found[1].tolist() == [ELSEWHERE, DIFFERENT]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1961-05-07", 19610507),
        ("19610507", 19610507),
        ("07/05/1961", 19610507),
        ("7.5.1961", 19610507),
        ("1961", 19610000),
        ("1961-05", 19610500),
        ("1961-05-07T12:00:00", 19610507),
        ("about 1961", -1),
        ("", -1),
    ],
)
def test_dates_are_read(text: str, expected: int) -> None:
    assert read_date(text) == expected
