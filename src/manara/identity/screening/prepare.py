"""A query's words looked up in a segment's dictionary, ready for the walk."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from manara.identity.names.confusion import COSTS, COSTS_VOWELLESS
from manara.identity.screening.kernels import (
    F32,
    I32,
    NEAR_SHARE,
    find_word,
    letter_masks,
)
from manara.identity.screening.likelihood import JOINED, ROLE_WEIGHT, Asked
from manara.identity.screening.near import Sounds, costs_of, neighbours, sounds_of
from manara.identity.screening.query import Laid, Spelling, hash_of, spell
from manara.identity.screening.segment import Segment, unknown_rarity

#: Cost share of two different words of one name group.
GROUP_SHARE = 0.04
#: Words whose neighbours are remembered: names repeat (Zipf), so most of a batch is found here.
_REMEMBERED = 100_000
#: No slip of one letter costs more nats, however seldom name givers make it: people mistype.
_SLIP = 6.0
#: Letter costs between two words spelt in full, and of one without its short vowels.
LETTER_COSTS = costs_of(np.minimum(np.stack([COSTS, COSTS_VOWELLESS]), _SLIP).astype(np.float32))
#: Words nearer than this are spellings of one name.
_ALIKE_SHARE = 0.06
#: Fewest letters of a word that is looked at for a space that is missing or mistyped.
_SPLIT_FROM = 7
_NOTHING = np.zeros(0, np.uint8)


class Near(NamedTuple):
    """The words of a segment that one query word may be.

    Attributes:
        spelling: the query word.
        rarity: its information in nats.
        words: ascending.
        shares: cost shares.
    """

    spelling: Spelling
    rarity: float
    words: I32
    shares: F32


class Preparer:
    """Looks words up in one segment and remembers what it found; safe to share by threads.

    Args:
        segment: where to look.
        background: the segment whose rarities hold.
    """

    def __init__(self, segment: Segment, background: Segment) -> None:
        self._segment = segment
        self._background = background
        self._unknown = unknown_rarity(background)
        self._near: dict[str, Near] = {}

    @cached_property
    def _sounds(self) -> Sounds:
        words = self._segment.words
        return sounds_of(words.letters, words.letter, words.reading, words.bare, LETTER_COSTS)

    def near(self, word: str) -> Near:
        """Return the words of the segment that a word may be."""
        known = self._near.get(word)
        if known is None:
            if len(self._near) >= _REMEMBERED:
                self._near = {}
            known = self._near[word] = self._find(word)
        return known

    def _find(self, word: str) -> Near:
        spelling = spell(word)
        base = self._background.words
        same = find_word(base, spelling.hash)
        ends = np.cumsum([0, *spelling.lengths], dtype=np.int32)
        words, shares = neighbours(
            spelling.hash, spelling.group, spelling.bare, spelling.keys, spelling.codes, ends,
            self._segment.words, self._sounds, LETTER_COSTS, GROUP_SHARE,
        )  # fmt: skip
        if not len(words) and len(word) >= _SPLIT_FROM:
            words = self._halves(word)
            shares = np.full(len(words), NEAR_SHARE, np.float32)
        rarity = self._unknown
        if same >= 0:
            rarity = float(base.rarity[same])
        elif (alike := words[shares <= _ALIKE_SHARE]).size:
            # An unknown spelling of a common name is no rare name.
            rarity = float(self._segment.words.rarity[alike].min())
        return Near(spelling, rarity, words, shares)

    def _halves(self, word: str) -> I32:
        """Return words of the segment that an unknown word may be two of, written as one."""
        known = self._segment.words
        found = set()
        for cut in range(3, len(word) - 2):
            pair = [find_word(known, hash_of(half)) for half in (word[:cut], word[cut:])]
            gap = find_word(known, hash_of(word[cut + 1 :])) if cut < len(word) - 3 else -1
            if pair[0] >= 0 and max(pair[1], gap) >= 0:
                found |= {pair[0], pair[1], gap} - {-1}
        return np.array(sorted(found), np.int32)

    def asked(self, laid: Laid) -> Asked:
        """Return a query's words with their neighbours in the segment."""
        found = [self.near(text) for text in laid.texts]
        lengths = [length for near in found for length in near.spelling.lengths]
        letter = np.array([0, *lengths], np.int32).cumsum(dtype=np.int32)
        letters = np.concatenate([near.spelling.codes for near in found]) if found else _NOTHING
        role = np.array(laid.roles, np.uint8)
        factor = np.where(role == JOINED, np.float32(1.0), ROLE_WEIGHT[role])
        return Asked(
            letters,
            letter,
            letter_masks(letters, letter),
            _ends([len(near.spelling.lengths) for near in found]),
            np.array([near.spelling.bare for near in found], np.uint8),
            np.array([near.rarity for near in found], np.float32) * factor,
            role,
            np.array(laid.covers, np.int32),
            _ends([len(near.words) for near in found]),
            np.concatenate([near.words for near in found]) if found else np.zeros(0, np.int32),
            np.concatenate([near.shares for near in found]) if found else np.zeros(0, np.float32),
        )


def _ends(counts: list[int]) -> I32:
    """Return where each of consecutive runs begins, and the end of the last."""
    return np.array([0, *counts], np.int32).cumsum(dtype=np.int32)
