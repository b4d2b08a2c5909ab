"""Grades of sources and information: the Admiralty code and Europol's 4x4."""

from __future__ import annotations

from itertools import product

import pytest

from manara.model import (
    CREDIBILITY,
    EUROPOL_INFORMATION,
    EUROPOL_SOURCE,
    RELIABILITY,
    EuropolGrade,
    Grade,
    UsageError,
)

ADMIRALTY = [Grade(letter, figure) for letter, figure in product("ABCDEF", range(1, 7))]
FOUR_BY_FOUR = [EuropolGrade(letter, figure) for letter, figure in product("ABCX", range(1, 5))]


def test_both_scales_have_all_their_grades_explained() -> None:
    assert "".join(RELIABILITY) == "ABCDEF"
    assert list(CREDIBILITY) == [1, 2, 3, 4, 5, 6]
    assert "".join(EUROPOL_SOURCE) == "ABCX"
    assert list(EUROPOL_INFORMATION) == [1, 2, 3, 4]


@pytest.mark.parametrize("text", ["B2", "b2", " B-2 ", "B/2", "B 2"])
def test_grades_are_read_as_people_write_them(text: str) -> None:
    assert Grade.parse(text) == Grade("B", 2)
    assert EuropolGrade.parse(text) == EuropolGrade("B", 2)
    assert str(Grade.parse(text)) == str(EuropolGrade.parse(text)) == "B2"


@pytest.mark.parametrize("text", ["", "B", "2B", "G1", "A7", "A0", "A12", "X4", "A٢", "É1"])
def test_what_is_no_admiralty_grade_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no such grade"):
        Grade.parse(text)


@pytest.mark.parametrize("text", ["D1", "F1", "A5", "X6", ""])
def test_what_is_no_4x4_grade_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no such grade"):
        EuropolGrade.parse(text)


@pytest.mark.parametrize(
    ("grade", "least", "meets"),
    [
        ("B2", "B2", True),
        ("A1", "B2", True),
        ("A3", "B2", False),
        ("C1", "B2", False),
        ("F2", "E6", False),
        ("A6", "A5", False),
        ("F6", "F6", True),
        ("E5", "F6", True),
    ],
)
def test_a_threshold_asks_for_both_parts(grade: str, least: str, meets: bool) -> None:
    assert Grade.parse(grade).at_least(Grade.parse(least)) is meets


def test_4x4_comes_back_from_the_admiralty_code_unchanged() -> None:
    for grade in FOUR_BY_FOUR:
        assert grade.to_admiralty()[0].to_europol()[0] == grade


@pytest.mark.parametrize(
    ("europol", "admiralty"), [("A1", "A1"), ("B2", "B2"), ("C3", "D3"), ("X4", "F6")]
)
def test_4x4_maps_to_the_nearest_meaning_not_the_same_letter(europol: str, admiralty: str) -> None:
    assert str(EuropolGrade.parse(europol).to_admiralty()[0]) == admiralty


@pytest.mark.parametrize("admiralty", ["C2", "E2"])
def test_a_source_that_4x4_cannot_name_never_looks_better(admiralty: str) -> None:
    grade, lost = Grade.parse(admiralty).to_europol()
    assert grade.source not in ("A", "B")
    assert "that the source" in lost[0]


def test_grades_that_fall_together_say_what_was_lost() -> None:
    for one, other in product(ADMIRALTY, ADMIRALTY):
        if one != other and one.to_europol()[0] == other.to_europol()[0]:
            assert one.to_europol()[1] or other.to_europol()[1], (one, other)
    assert all(grade.to_admiralty()[1] for grade in FOUR_BY_FOUR)
