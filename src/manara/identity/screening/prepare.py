"""A query's words looked up in a segment's dictionary, ready for the walk."""

from __future__ import annotations

import threading
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.identity.names import korean
from manara.identity.names.confusion import COSTS, COSTS_HANGUL, COSTS_VOWELLESS
from manara.identity.names.forms import syllable
from manara.identity.names.organisations import telling_words
from manara.identity.names.readings import SYLLABLES
from manara.identity.names.shortforms import related
from manara.identity.screening.chance import LEAST_RARITY, MOST_RARITY, weighed
from manara.identity.screening.kernels import (
    F32,
    I32,
    NEAR_SHARE,
    U8,
    find_word,
    letter_masks,
)
from manara.identity.screening.lettercosts import costs_of
from manara.identity.screening.likelihood import JOINED, LEGAL, NAME, ROLE_WEIGHT, WEIGHTS, Asked
from manara.identity.screening.near import neighbours
from manara.identity.screening.popular import (
    MOST_OF_SYLLABLES,
    MOST_POPULAR,
    is_popular,
    of_groups,
    telling,
)
from manara.identity.screening.query import Laid, Spelling, hash_of, spell
from manara.identity.screening.segment import Known, Segment, unknown_rarity
from manara.identity.screening.spacing import halves, together
from manara.identity.screening.vowels import Memory, memory_for

#: Cost share of two different words of one name group.
GROUP_SHARE = 0.04
#: The same of a given name and a short form of it: a short form stands for several.
SHORT_FORM_SHARE = 0.1
#: Words whose neighbours are remembered: names repeat (Zipf), so most of a batch is found here.
_REMEMBERED = 100_000
#: Fewest names that hold a word whose neighbours are kept with the index.
LEAST_HELD = 5
#: No slip of one letter costs more nats, however seldom name givers make it: people mistype.
_SLIP = 6.0
#: Letter costs between words spelt alike, of a word without its short vowels, and of one in Hangul.
LETTER_COSTS = costs_of(
    np.minimum(np.stack([COSTS, COSTS_VOWELLESS, COSTS_HANGUL]), _SLIP).astype(np.float32)
)
#: Fewest letters of a word that is looked at for a space that is missing or mistyped.
_SPLIT_FROM = 7
#: How much more what differs counts in a Korean name in Hangul: it has one romanisation of few, and
#: syllables that differ by a letter are other names.
STEEP = np.float32(2.0)
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
        self._told: dict[str, F32] = {}
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
            segment = self._segment
            found = memory_for(segment.words, segment.sounds, segment.often)
            self._local.memory = found
        return found

    def laid(self, laid: Laid) -> Laid:
        """Return a query's words and those that the segment writes as one."""
        return together(laid, self._segment.words)

    def near(self, word: str) -> Near:
        """Return the words of the segment that a word may be."""
        known = self._near.get(word)
        if known is None:
            if len(self._near) >= _REMEMBERED:
                self._near = {}
            known = self._near[word] = self._find(word)
        return known

    def known(self, most: int) -> Known:
        """Return the neighbours of the words of the background that most names hold.

        Args:
            most: how many words at most; those that less than `LEAST_HELD` names hold are left out.
        """
        often = np.argsort(-self._counts, kind="stable")[:most]
        often = often[self._counts[often] >= LEAST_HELD]
        spelt = [spell(self._background.word_text.at(at)) for at in often.tolist()]
        spelt.sort(key=lambda spelling: int(spelling.hash))
        found = [self._neighbours(spelling) for spelling in spelt]
        return Known(
            np.array([spelling.hash for spelling in spelt], np.uint64),
            np.cumsum([0, *(len(words) for words, _ in found)], dtype=np.int64),
            np.concatenate([words for words, _ in found]) if found else np.zeros(0, np.int32),
            np.concatenate([shares for _, shares in found]) if found else _NONE,
        )

    def _neighbours(self, spelling: Spelling) -> tuple[I32, F32]:
        """Return the words of the segment that a word may be, with their cost shares."""
        known = self._segment.known.of(spelling.hash)
        if known is not None:
            return known
        ends = np.array([0, *accumulate(spelling.lengths)], np.int32)
        found: tuple[I32, F32] = neighbours(
            spelling.hash, spelling.group, spelling.habit, spelling.keys, spelling.codes, ends,
            self._segment.words, self._segment.sounds, LETTER_COSTS, GROUP_SHARE, self._memory,
        )  # fmt: skip
        return found

    def _find(self, word: str) -> Near:
        spelling = spell(word)
        known = self._segment.words
        words, shares = self._neighbours(spelling)
        if len(word) >= _SPLIT_FROM and find_word(known, spelling.hash) < 0:
            also = halves(word, known, self._segment.names.post)
            words, shares = _added(words, shares, also, NEAR_SHARE)
        if short := related(word):
            found = {find_word(known, hash_of(name)) for name in short} - {-1}
            also = np.array(sorted(found), np.int32)
            words, shares = _added(words, shares, also, SHORT_FORM_SHARE)
        around = words, shares
        if self._base is not self:
            beside = self._base.near(word)
            around = beside.words, beside.shares
        popular = is_popular(word, spelling.group)
        most = MOST_POPULAR if popular else MOST_RARITY
        most = min(most, MOST_OF_SYLLABLES.get((syllable(word), len(word)), MOST_RARITY))
        rarity, rarities, told = weighed(
            spelling.hash, self._background.words, self._unknown, words, shares, *around,
            known.rarity, known.group, of_groups(), self._counts, self._background.size, most,
        )  # fmt: skip
        told = telling(word, spelling.group, told)
        return Near(
            spelling, rarity, words, shares, rarities[:-1], float(rarities[-1]), told, popular
        )

    def _korean(self, text: str) -> F32:
        """Return what its neighbours in Latin letters say for a word of a Korean name, in nats.

        That of neighbours in Hangul is no number.
        """
        known = self._told.get(text)
        if known is None:
            if len(self._told) >= _REMEMBERED:
                self._told = {}
            words, near = self._segment.words, self.near(text).words
            first = words.reading[near]
            spelt = (words.habit[near] != SYLLABLES) & (first < words.reading[near + 1])
            told = np.full(len(near), np.nan, np.float32)
            begin, end = words.letter[first[spelt]], words.letter[first[spelt] + 1]
            told[spelt] = korean.told(text, words.letters, begin, end)
            known = self._told[text] = np.minimum(told, np.float32(korean.rarity(text)))
        return known

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
        native = _native(laid)
        abroad = _abroad(laid, found, native)
        steep = np.where(native, STEEP, np.float32(1.0)).astype(np.float32)
        shares = [near.shares * times for near, times in zip(found, steep, strict=True)]
        rarities = np.concatenate([near.rarities for near in found]) if found else _NONE
        far = np.array([near.far_rarity for near in found], np.float32) * factor
        if less:
            weight, rarities, far = (
                np.maximum(x - less, np.minimum(x, LEAST_RARITY)) for x in (weight, rarities, far)
            )
        begin = _ends([len(near.words) for near in found])
        for at in np.flatnonzero(native).tolist():
            weight[at] = rarities[begin[at] : begin[at + 1]] = korean.rarity(laid.texts[at])
            lost = (1 - self._korean(laid.texts[at]) / weight[at]) / WEIGHTS[0]
            shares[at] = np.where(np.isnan(lost), shares[at], lost)
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
            begin,
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


def _added(words: I32, shares: F32, more: I32, share: float) -> tuple[I32, F32]:
    """Return neighbours and those of others that are none yet, at one share, ascending."""
    more = more[~np.isin(more, words)]
    if not len(more):
        return words, shares
    words = np.concatenate((words, more))
    order = np.argsort(words)
    return words[order], np.append(shares, np.full(len(more), share, np.float32))[order]


def _native(laid: Laid) -> NDArray[np.bool_]:
    """Return which words are of the name of a Korean in Hangul."""
    plain = [text for text, role in zip(laid.texts, laid.roles, strict=True) if role == NAME]
    korean_name = korean.is_korean(plain)
    return np.array([korean_name and len(text) < 3 for text in laid.texts], np.bool_)


def _abroad(laid: Laid, found: list[Near], native: NDArray[np.bool_]) -> U8:
    """Return which words are names from elsewhere put into Hangul."""
    hangul = np.array([near.spelling.habit == SYLLABLES for near in found], np.bool_)
    return (hangul & ~native).astype(np.uint8)


def _ends(counts: list[int]) -> I32:
    """Return where each of consecutive runs begins, and the end of the last."""
    return np.array([0, *counts], np.int32).cumsum(dtype=np.int32)
