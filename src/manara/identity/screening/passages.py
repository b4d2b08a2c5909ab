"""Where a running text may name somebody on a list: passages to be asked for as names.

A passage is the shortest run of words in which most of one name's words stand next to each other,
in any order and with at most one other word between two of them. That needs no guess where a name
begins or whether it is written in capitals; what the passage then scores is the index's own affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from manara.identity.screening.kernels import F32, I64
from manara.identity.screening.prepare import Preparer
from manara.identity.screening.query import KINDS
from manara.identity.screening.segment import Segment

#: Words of a text farther than this from a list's word are not taken for it: a purpose is copied
#: from an order more often than it is heard. The share is that of `kernels.reading_cost`.
_NEAR = 0.16
#: Share of a name's information that must stand in the passage: people go without their fathers'
#: names, while what an organisation or a vessel goes without is mostly what tells it from others.
_MET, _MET_OF_THINGS = 0.6, 0.75
#: A word alone is a passage if it is this rare, in nats, and the name says hardly more.
_ALONE, _WHOLE = 6.5, 0.9
_PERSON = KINDS.index("person")
#: Words of a passage lie at most so far apart.
_GAP = 2
#: Positions of a text fit below this.
_POSITIONS = 1 << 12


class Passage(NamedTuple):
    """A run of words.

    Attributes:
        first: place of the first word.
        end: place behind the last.
        met: information of the words that stand in a name, in nats.
    """

    first: int
    end: int
    met: float


def passages(segment: Segment, near: Preparer, words: Sequence[str]) -> list[Passage]:
    """Return the passages of a text that a segment's names may be meant by, each once.

    Args:
        segment: the names.
        near: looks words up in it.
        words: the text's words, as `manara.identity.name_tokens` gives them; at most 4,096.
    """
    keys, rarity = _met(segment, near, words)
    if not len(keys):
        return []
    name, place = keys // _POSITIONS, keys % _POSITIONS
    begins = np.append(True, (name[1:] != name[:-1]) | (place[1:] - place[:-1] > _GAP))
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(keys)) - 1
    met = np.add.reduceat(rarity[place], starts)
    count = ends - starts + 1
    share = met / np.maximum(segment.names.mass[name[starts]], np.float32(1e-6))
    kind = segment.people.kind[segment.names.entity[name[starts]]]
    least = np.where(kind == _PERSON, np.float32(_MET), np.float32(_MET_OF_THINGS))
    chosen = np.where(count > 1, share >= least, (share >= _WHOLE) & (met >= _ALONE))
    best: dict[tuple[int, int], float] = {}
    for at in np.flatnonzero(chosen).tolist():
        run = int(place[starts[at]]), int(place[ends[at]]) + 1
        best[run] = max(best.get(run, 0.0), float(met[at]))
    return [Passage(*run, value) for run, value in best.items()]


def _met(segment: Segment, near: Preparer, words: Sequence[str]) -> tuple[I64, F32]:
    """Return sorted (name, place of a word it holds) pairs as one number, and words' rarities."""
    names = segment.names
    found = [np.zeros(0, np.int64)]
    rarity = np.zeros(len(words), np.float32)
    for place, word in enumerate(words):
        if word.isdigit():
            continue
        looked = near.near(word)
        rarity[place] = looked.rarity
        for known in looked.words[looked.shares <= _NEAR].tolist():
            holding = names.posting[names.post[known] : names.post[known + 1]]
            found.append(holding.astype(np.int64) * _POSITIONS + place)
    return np.unique(np.concatenate(found)), rarity
