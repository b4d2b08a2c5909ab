"""A chain of ties is as good as its sources, and a shared source is doubted once."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.model import Grade
from manara.network.confidence import (
    CREDIBLE,
    RELIABLE,
    Backing,
    chain_confidence,
    tie_confidence,
)

B2, C3 = Grade("B", 2), Grade("C", 3)
BACKINGS = st.lists(
    st.builds(
        Backing, st.sampled_from(["un", "police", "bank"]), st.sampled_from([B2, C3, Grade("A", 1)])
    ),
    min_size=1,
    max_size=3,
)


def test_one_report_of_one_source() -> None:
    assert tie_confidence([Backing("un", B2)]) == pytest.approx(0.9 * 0.9)


def test_a_source_that_repeats_itself_adds_nothing_and_another_one_does() -> None:
    once = tie_confidence([Backing("un", B2)])
    assert tie_confidence([Backing("un", B2)] * 3) == pytest.approx(once)
    assert tie_confidence([Backing("un", B2), Backing("bank", B2)]) == pytest.approx(
        1 - (1 - 0.81) ** 2
    )


def test_hops_of_one_source_share_its_doubt() -> None:
    hop = [Backing("un", B2)]
    assert chain_confidence([hop, hop, hop]) == pytest.approx(0.9 * 0.9**3)
    other = [[Backing(name, B2)] for name in ("un", "bank", "police")]
    assert chain_confidence(other) == pytest.approx((0.9 * 0.9) ** 3)


@given(st.lists(BACKINGS, min_size=1, max_size=4))
def test_a_longer_chain_is_never_surer(hops: list[list[Backing]]) -> None:
    assert 0 < chain_confidence(hops) <= min(map(tie_confidence, hops)) + 1e-12


def test_it_agrees_with_drawing_lots() -> None:
    hops = [
        [Backing("un", B2), Backing("bank", C3)],
        [Backing("un", C3)],
        [Backing("bank", B2), Backing("police", Grade("D", 4))],
    ]
    # One source has one reliability: where its grades differ, the lower one.
    right = {"un": 0.75, "bank": 0.75, "police": 0.5}
    draw = random.Random(5)
    true = 0
    for _ in range(60_000):
        state = {name: draw.random() < p for name, p in right.items()}
        true += all(
            any(state[b.source] and draw.random() < CREDIBLE[b.grade.credibility] for b in hop)
            for hop in hops
        )
    assert chain_confidence(hops) == pytest.approx(true / 60_000, abs=0.008)


def test_every_grade_has_a_number_and_better_grades_have_higher_ones() -> None:
    assert all(RELIABLE[a] > RELIABLE[b] for a, b in pairwise("ABCDE"))
    assert all(CREDIBLE[n] > CREDIBLE[n + 1] for n in range(1, 5))


def test_many_sources_do_not_stall() -> None:
    hops = [[Backing(f"source {at}", B2)] for at in range(40)]
    assert chain_confidence(hops) == pytest.approx(0.81**40)
