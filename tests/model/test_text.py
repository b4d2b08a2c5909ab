"""Sentences keep their English, and come back from JSON as they went."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.model import Text, UsageError, counted, phrase, some_of, text_of

WORDS = st.text(max_size=20)
ARGS = st.recursive(
    WORDS
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates(date(1900, 1, 1)),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.builds(lambda one: phrase("[{one}]", one=one), inner)
    ),
    max_leaves=5,
)


def made(num: int, one: object) -> Text:
    return counted("{num} of {one}", "{num} in all of {one}", num, one=one)  # type: ignore[arg-type]


@given(st.integers(0, 200), ARGS)
def test_a_sentence_comes_back_from_json_as_it_went(num: int, one: object) -> None:
    text = made(num, one)
    again = text_of(json.loads(json.dumps(text.plain())))
    assert again == text
    assert str(again) == str(text)


@given(WORDS)
def test_what_a_source_says_is_never_a_template(words: str) -> None:
    assert str(phrase("«{words}»", words=words)) == f"«{words}»"
    assert str(phrase(words)) == words


def test_english_is_written_as_it_says() -> None:
    told = phrase("{who:cap}: {share:.0%} of {sum:,.2f} on {day}, {parts:and}; {rest}.",
                  who=phrase("a bank"), share=0.25, sum=12345.5, day=date(2026, 3, 2),
                  parts=("a", "b", "c"), rest=("x", "y"))  # fmt: skip
    assert str(told) == "A bank: 25% of 12,345.50 on 2026-03-02, a, b and c; x, y."
    assert str(made(1, "x")) == "1 of x"
    assert str(made(0, "x")) == "0 in all of x"


def test_of_many_three_are_named() -> None:
    assert str(some_of(["a", "b", "c"])) == "a, b, c"
    assert str(some_of(["a", "b", "c", "d", "e"])) == "a, b, c and 2 more"


def test_names_are_changed_wherever_they_stand() -> None:
    text = phrase("{a} and {b}", a="<1>", b=phrase("{c:;}", c=("<1>", "x")))
    assert str(text.mapped(lambda words: words.replace("<1>", "Amal"))) == "Amal and Amal; x"


@pytest.mark.parametrize("told", [{}, {"one": "x", "args": {"a": None}}, {"one": "x", "args": 3}])
def test_what_is_no_sentence_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="is no sentence"):
        text_of(told)
