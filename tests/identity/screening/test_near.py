"""The neighbours of a word are those that plain Python finds without any lower bound."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from manara.identity.names.forms import analyse
from manara.identity.screening import segment as store
from manara.identity.screening.kernels import (
    ALIKE,
    APART,
    EXCHANGED,
    MAX_LETTERS,
    NEAR_SHARE,
    edit_cost,
)
from manara.identity.screening.near import neighbours
from manara.identity.screening.prepare import GROUP_SHARE, LETTER_COSTS
from manara.identity.screening.query import NameEntry, Spelling, spell
from manara.identity.screening.vowels import memory_for

# Invented words: near ones and far ones, some without short vowels, one longer than is compared.
PARTS = ["sa", "ri", "na", "she", "ran", "mo", "ham", "ed", "ka", "tz", "vo", "wi", "yu", "l", "p"]
LATIN = st.lists(st.sampled_from(PARTS), min_size=1, max_size=5).map("".join)
ARABIC = st.text("سشرنمحدكلويقا", min_size=2, max_size=6)
HANGUL = st.text("김현우영수민호지", min_size=1, max_size=3)
WORDS = st.one_of(LATIN, ARABIC, HANGUL, LATIN.map(lambda word: word * 9))

#: Letters that count towards two readings having too few in common.
CONSONANTS = {ord(letter) - 96 for letter in "bcdfghjklmnpqrstvwxz"}


def plain_cost(a: list[int], b: list[int], table: np.ndarray) -> float:
    a, b = a[:MAX_LETTERS], b[:MAX_LETTERS]
    known = {(0, 0): 0.0}
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            ways = [known[0, 0]] if not i and not j else []
            if i:
                ways.append(known[i - 1, j] + float(table[a[i - 1], 0]))
            if j:
                ways.append(known[i, j - 1] + float(table[0, b[j - 1]]))
            if i and j:
                ways.append(known[i - 1, j - 1] + float(table[a[i - 1], b[j - 1]]))
            if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1] and a[i - 1] != a[i - 2]:
                ways.append(known[i - 2, j - 2] + EXCHANGED)
            known[i, j] = min(ways)
    return known[len(a), len(b)]


def readings_of(word: Spelling) -> list[list[int]]:
    ends = np.cumsum([0, *word.lengths])
    return [word.codes[a:b].tolist() for a, b in pairwise(ends)]


def plain_share(ours: Spelling, theirs: Spelling) -> float:
    """Twin of the kernels: the least cost share over all pairs of readings."""
    both = {ours.habit, theirs.habit}
    # A word without short vowels (1) has its own costs against all others, Hangul (2) against full.
    kind = 0 if len(both) == 1 else 1 if 1 in both else 2
    table = LETTER_COSTS.letters[kind]
    shares = [1.0]
    for a in readings_of(ours):
        for b in readings_of(theirs):
            row, column = (b, a) if kind and theirs.habit == kind else (a, b)
            if len(set(a).symmetric_difference(b) & CONSONANTS) > 5:
                continue
            cost = plain_cost(row, column, table)
            whole = sum(float(table[x, 0]) for x in row[:MAX_LETTERS])
            whole += sum(float(table[0, y]) for y in column[:MAX_LETTERS])
            shares.append((cost + (APART if cost > 0.01 else ALIKE)) / whole)
    return min(shares)


def plain_neighbours(word: str, listed: list[str]) -> dict[str, float]:
    ours, found = spell(word), {}
    for other in listed:
        theirs = spell(other)
        share = plain_share(ours, theirs)
        if ours.group and ours.group == theirs.group:
            share = min(share, GROUP_SHARE)
        if other == word:
            found[other] = 0.0
        elif share <= NEAR_SHARE and set(ours.keys.tolist()) & set(theirs.keys.tolist()):
            found[other] = share
    return found


@settings(max_examples=150, deadline=None)
@given(WORDS, st.lists(WORDS, min_size=1, max_size=30, unique=True))
@example("samira", ["samira", "samirah", "smaira", "zamira", "somera", "mirasa", "ramisa"])
@example("현우", ["hyunwoo", "hyeonu", "هيونو", "현", "영우", "hyunu", "hyung"])
@example("هيونو", ["현우", "hyunwoo"])
@example("امير", ["amir", "emir", "amyr", "amer", "ameer", "imara", "امير", "أمير", "مير"])
def test_neighbours_equal_their_plain_twin(word: str, listed: list[str]) -> None:
    segment = store.build([NameEntry("e", text) for text in listed])
    words = segment.words
    texts = [segment.word_text.at(at) for at in range(len(words.group))]
    memory = memory_for(words, segment.sounds)
    for asked in (*listed[:3], word):  # what is remembered of others changes nothing
        spelt = spell(asked)
        ends = np.cumsum([0, *spelt.lengths], dtype=np.int32)
        found, shares = neighbours(
            spelt.hash, spelt.group, spelt.habit, spelt.keys, spelt.codes, ends,
            words, segment.sounds, LETTER_COSTS, GROUP_SHARE, memory,
        )  # fmt: skip
    assert len(found) == len(set(found.tolist()))
    expected = plain_neighbours(word, texts)
    assert {texts[at] for at in found.tolist()} == set(expected)
    for at, share in zip(found.tolist(), shares.tolist(), strict=True):
        assert share == pytest.approx(expected[texts[at]], abs=1e-4)


def test_an_exchange_may_reach_over_a_row_that_costs_too_much() -> None:
    table = np.where(np.eye(27, dtype=bool), 0, 6).astype(np.float32)
    rows = np.empty((3, MAX_LETTERS + 1), np.float32)
    a, b = np.array([1, 2, 3], np.uint8), np.array([2, 1, 3], np.uint8)
    assert edit_cost(a, 0, 3, b, 0, 3, table, rows, 3.0) == pytest.approx(EXCHANGED)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["karim", "Haddad", "Tariq", "Ольга", "Lefèvre", "نبيل"]), max_size=20)
)
def test_a_name_of_plain_words_is_its_words(written: list[str]) -> None:
    # A person's honorific in front sends the name the long way; what follows is the same.
    plain = [word.text for word in analyse(" ".join(written), "person")]
    titled = analyse(" ".join(["Dr", *written]), "person")
    if written:
        assert [word.text for word in titled if word.role == "name"] == plain
