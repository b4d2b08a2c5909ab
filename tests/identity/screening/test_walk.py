"""The walk keeps the names that plain Python finds to gain most, however many it touches."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.identity.screening import segment as store
from manara.identity.screening.chance import met_by_chance
from manara.identity.screening.likelihood import HEFT, WEIGHTS, Asked
from manara.identity.screening.prepare import Preparer
from manara.identity.screening.query import NameEntry, lay_out
from manara.identity.screening.segment import Segment
from manara.identity.screening.walk import KEPT, hefts, walk

GIVEN = ["amina", "bekir", "chloe", "dario", "elena", "farid", "goran", "hilde"]
FAMILY = [f"{first}{last}" for first in ("bar", "kol", "men", "tur") for last in ("ovan", "isek")]


def plain_gains(asked: Asked, segment: Segment) -> Counter[int]:
    """Return what each name gains by its best counterpart of each query word, less what it adds."""
    names, words, gains = segment.names, segment.words, Counter()
    slope, unmet, unasked = float(WEIGHTS[0]), float(WEIGHTS[2]), float(WEIGHTS[3])
    for i in range(len(asked.weight)):
        best: dict[int, float] = {}
        for at in range(asked.near[i], asked.near[i + 1]):
            word, weight = int(asked.near_word[at]), float(asked.weight[i])
            says = min(weight, float(asked.near_rarity[at]))
            says *= 1 - slope * float(asked.near_share[at])
            says = max(0.0, says + float(words.rarity[word]) * unasked + weight * unmet)
            for name in names.posting[names.post[word] : names.post[word + 1]].tolist():
                best[name] = max(best.get(name, 0.0), says)
        gains.update(best)
    return Counter({name: gain - float(names.mass[name]) * unasked for name, gain in gains.items()})


def test_the_best_names_are_kept() -> None:
    entries = [
        NameEntry(f"{first}-{second}-{last}", f"{first} {second} {last}")
        for first in GIVEN
        for second in GIVEN
        for last in FAMILY
        if first != second
    ]
    segment = store.build(entries)
    near = Preparer(segment)
    for query in ("Amina Barovan", "Hilde Goran Turisek", "Chloe", "Dario Elena Menovan Koliseck"):
        asked = near.asked(lay_out(query, ""))
        gains = plain_gains(asked, segment)
        best = sorted(gains.values(), reverse=True)
        kept = walk(asked, segment.names, segment.words, WEIGHTS, 10).tolist()
        assert len(set(kept)) == len(kept) == KEPT
        found = sorted((gains[name] for name in kept), reverse=True)
        assert np.allclose(found[:10], best[:10], atol=1e-3)


def test_a_heft_is_the_weight_rounded_down() -> None:
    mass = np.array([0.0, 1.5, 9.99, 31.9, 80.0], np.float32)
    assert hefts(mass, np.array([4, 2, 1, 0, 3], np.int32)).tolist() == [
        255, int(9.99 * HEFT), int(1.5 * HEFT), 0, 255,
    ]  # fmt: skip


SHARES = st.lists(st.integers(0, 20), min_size=1, max_size=30)


@given(SHARES, SHARES)
@settings(max_examples=50, deadline=None)
def test_names_met_by_chance_hold_a_word_as_near(shares: list[int], wanted: list[int]) -> None:
    counts = np.arange(1, 31, dtype=np.int64) ** 2
    words = np.arange(len(shares), dtype=np.int32)
    met = met_by_chance(words, np.array(shares, np.float32), counts, np.array(wanted, np.float32))
    plain = [
        sum(int(count) for count, share in zip(counts, shares, strict=False) if share <= one)
        for one in wanted
    ]
    assert met.tolist() == plain
