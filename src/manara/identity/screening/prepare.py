"""A query's words looked up in a segment's dictionary, ready for the walk."""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np

from manara.identity.names.confusion import COSTS, COSTS_HANGUL, COSTS_VOWELLESS
from manara.identity.names.forms import syllable
from manara.identity.names.organisations import telling_words
from manara.identity.names.readings import SYLLABLES
from manara.identity.screening.kernels import (
    F32,
    I32,
    NEAR_SHARE,
    U8,
    find_word,
    letter_masks,
)
from manara.identity.screening.likelihood import JOINED, LEGAL, NAME, ROLE_WEIGHT, Asked
from manara.identity.screening.near import Memory, costs_of, memory_for, met_by_chance, neighbours
from manara.identity.screening.popular import (
    MOST_OF_SYLLABLES,
    MOST_POPULAR,
    is_popular,
    telling,
)
from manara.identity.screening.query import Laid, Spelling, hash_of, spell
from manara.identity.screening.segment import (
    LEAST_RARITY,
    MOST_RARITY,
    Segment,
    rarity_of,
    unknown_rarity,
)

#: Cost share of two different words of one name group.
GROUP_SHARE = 0.04
#: Words whose neighbours are remembered: names repeat (Zipf), so most of a batch is found here.
_REMEMBERED = 100_000
#: No slip of one letter costs more nats, however seldom name givers make it: people mistype.
_SLIP = 6.0
#: Letter costs between words spelt alike, of a word without its short vowels, and of one in Hangul.
LETTER_COSTS = costs_of(
    np.minimum(np.stack([COSTS, COSTS_VOWELLESS, COSTS_HANGUL]), _SLIP).astype(np.float32)
)
#: Words nearer than this are spellings of one name.
_ALIKE_SHARE = 0.06
#: Fewest letters of a word that is looked at for a space that is missing or mistyped.
_SPLIT_FROM = 7
#: How much more what differs counts in a Korean name in Hangul: it has one romanisation of few, and
#: syllables that differ by a letter are other names.
STEEP = np.float32(2.0)
#: No word lies farther away.
_FARTHEST = np.float32(1.0)
_NONE = np.zeros(0, np.float32)
_NOTHING = np.zeros(0, np.uint8)


class Near(NamedTuple):
    """The words of a segment that one query word may be.

    Attributes:
        spelling: the query word.
        rarity: its information in nats.
        words: ascending.
        shares: cost shares.
        rarities: information of meeting by chance any word as near as each.
        far_rarity: the same of any of its neighbours, for words that share no key with it.
        telling: how much more each nat says for its being seldom borne.
        popular: whether it is a popular name somewhere.
    """

    spelling: Spelling
    rarity: float
    words: I32
    shares: F32
    rarities: F32
    far_rarity: float
    telling: float
    popular: bool


class Preparer:
    """Looks words up in one segment and remembers what it found; safe to share by threads.

    Args:
        segment: where to look.
        background: that of the segment whose rarities hold, if it is another one.
    """

    def __init__(self, segment: Segment, background: Preparer | None = None) -> None:
        self._segment = segment
        self._base = background or self
        self._background = self._base._segment
        self._unknown = unknown_rarity(self._background)
        self._counts = np.diff(self._background.names.post)
        self._near: dict[str, Near] = {}
        self._local = threading.local()

    @property
    def size(self) -> int:
        """How many names the background holds."""
        return self._background.size

    def looks_in(self, segment: Segment) -> bool:
        """Return whether these are the words of a segment; which entities are gone is no matter."""
        return segment.words is self._segment.words

    @property
    def _memory(self) -> Memory:
        """Return what this thread remembers of the segment's words."""
        found: Memory | None = getattr(self._local, "memory", None)
        if found is None:
            found = self._local.memory = memory_for(self._segment.words, self._segment.sounds)
        return found

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
            spelling.hash, spelling.group, spelling.habit, spelling.keys, spelling.codes, ends,
            self._segment.words, self._segment.sounds, LETTER_COSTS, GROUP_SHARE, self._memory,
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
        around = words, shares
        if self._base is not self:
            beside = self._base.near(word)
            around = beside.words, beside.shares
        rarities = self._chance(*around, np.append(shares, _FARTHEST))
        popular = is_popular(word, spelling.group)
        most = MOST_POPULAR if popular else MOST_RARITY
        most = min(most, MOST_OF_SYLLABLES.get((syllable(word), len(word)), MOST_RARITY))
        rarity, rarities = min(rarity, most), np.minimum(rarities, np.float32(most))
        groups = self._segment.words.group[words[shares <= _ALIKE_SHARE]]
        told = telling(word, spelling.group, groups)
        return Near(
            spelling, rarity, words, shares, rarities[:-1], float(rarities[-1]), told, popular
        )

    def _chance(self, words: I32, shares: F32, wanted: F32) -> F32:
        """Return the information of meeting any of these words as near as each wanted share.

        What a near word proves is not how rare it is, but how seldom strangers come as near.
        """
        names = met_by_chance(words, shares, self._counts, wanted)
        return rarity_of(names, self._background.size)

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

    def asked(self, laid: Laid, cited: bool = False) -> Asked:
        """Return a query's words with their neighbours in the segment.

        Args:
            laid: the words.
            cited: whether they are of a running text.
        """
        found = [self.near(text) for text in laid.texts]
        lengths = [length for near in found for length in near.spelling.lengths]
        letter = np.array([0, *lengths], np.int32).cumsum(dtype=np.int32)
        letters = np.concatenate([near.spelling.codes for near in found]) if found else _NOTHING
        role = np.array(laid.roles, np.uint8)
        factor = np.where(role == JOINED, np.float32(1.0), ROLE_WEIGHT[role])
        less = self._expected(laid)
        weight = np.array([near.rarity for near in found], np.float32) * factor
        abroad = _abroad(laid, found)
        steep = _steep(laid, found, abroad)
        shares = [near.shares * times for near, times in zip(found, steep, strict=True)]
        rarities = np.concatenate([near.rarities for near in found]) if found else _NONE
        far = np.array([near.far_rarity for near in found], np.float32) * factor
        if less:
            weight, rarities, far = (
                np.maximum(x - less, np.minimum(x, LEAST_RARITY)) for x in (weight, rarities, far)
            )
        return Asked(
            letters,
            letter,
            letter_masks(letters, letter),
            _ends([len(near.spelling.lengths) for near in found]),
            np.array([near.spelling.habit for near in found], np.uint8),
            abroad,
            weight,
            role,
            np.array(laid.covers, np.int32),
            _ends([len(near.words) for near in found]),
            np.concatenate([near.words for near in found]) if found else np.zeros(0, np.int32),
            np.concatenate(shares) if found else _NONE,
            rarities,
            far,
            steep,
            np.array([near.telling for near in found], np.float32) * (factor == 1),
            np.array([near.popular for near in found], np.uint8),
            int(cited),
            int(LEGAL in laid.roles or not telling_words().isdisjoint(laid.texts)),
        )

    def _expected(self, laid: Laid) -> float:
        """Return how much less each word of a name says because another one announces it, in nats.

        Names of one-syllable words (East Asia's) hold little else, so that of several such words
        only one says of which kind the name is.
        """
        words = [text for text, role in zip(laid.texts, laid.roles, strict=True) if role == NAME]
        if len(words) < 2 or not all(map(syllable, words)):
            return 0.0
        return float(self._background.kinship[0]) * (len(words) - 1) / len(words)


def _abroad(laid: Laid, found: list[Near]) -> U8:
    """Return which words are names from elsewhere put into Hangul: Korean ones are all short."""
    hangul = np.array([near.spelling.habit == SYLLABLES for near in found], np.uint8)
    plain = (text for text, role in zip(laid.texts, laid.roles, strict=True) if role == NAME)
    return hangul * np.uint8(not all(map(syllable, plain)))


def _steep(laid: Laid, found: list[Near], abroad: U8) -> F32:
    """Return by how much each word's cost shares count more: Korean names have few spellings.

    One syllable by itself, the family name, tells them from names from elsewhere.
    """
    hangul = np.array([near.spelling.habit == SYLLABLES for near in found], np.bool_)
    family = any(len(text) == 1 for text in laid.texts)
    return np.where(hangul & (abroad == 0) & family, STEEP, np.float32(1.0)).astype(np.float32)


def _ends(counts: list[int]) -> I32:
    """Return where each of consecutive runs begins, and the end of the last."""
    return np.array([0, *counts], np.int32).cumsum(dtype=np.int32)
