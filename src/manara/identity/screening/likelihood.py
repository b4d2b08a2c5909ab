"""What a query asks and what a segment's names hold, as the kernels that compare both see them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from manara.identity.screening.kernels import F32, I32, I64, U8, U32

#: Words of one name that take part in a comparison; longer names are cut here.
MAX_WORDS = 24

#: Roles of a word in a name, as stored; the first seven are those of `manara.identity.names.forms`.
ROLES = ("name", "particle", "honorific", "initial", "legal", "number", "joined")
NAME, PARTICLE, HONORIFIC, INITIAL, LEGAL, NUMBER, JOINED = range(7)
#: Share of its rarity that a word of each role weighs: particles, honorifics and legal forms are
#: left out and added freely. A joined word is another writing of words that weigh already.
ROLE_WEIGHT = np.array([1.0, 0.15, 0.1, 0.4, 0.15, 1.0, 0.0], np.float32)

#: Parameters of the name score, in the order of `PARAMETERS`; tuned by `scripts` on development
#: pairs only.
PARAMETERS = ("slope", "contradicted", "unmet", "unasked", "initial")
WEIGHTS = np.array([3.5, 0.6, 0.4, 0.3, 0.8], np.float32)
SLOPE, CONTRADICTED, UNMET, UNASKED, INITIAL_GAIN = range(5)


class Asked(NamedTuple):
    """A query's words, ready to be searched: `n` words (joined ones last), `r` readings.

    Attributes:
        letters: codes of all readings.
        letter: [r + 1] first letter of each reading.
        masks: [r] letters of each reading as bits.
        reading: [n + 1] first reading of each word.
        habit: [n] how each word's script spells names.
        abroad: [n] 1 for a name from elsewhere put into syllables, which fit it badly.
        weight: [n] nats that each word's agreement is worth at most.
        role: [n] index into `ROLES`.
        cover: [n] bits of the plain words that a word stands for.
        near: [n + 1] first neighbour of each word.
        near_word: the list's words it may be, ascending within each word.
        near_share: their cost shares.
        near_rarity: the information in nats of meeting by chance any word as near as each.
        far_rarity: [n] the same of any neighbour, for words that share no key with the query's.
        steep: [n] by how much more the cost shares of its pairs count; those of `near_share` do.
        telling: [n] how much more each nat of a word says for its being seldom borne.
        popular: [n] 1 for names that are popular somewhere.
        cited: 1 for words of a running text.
        thing: 1 if words tell that the name is an organisation's.
    """

    letters: U8
    letter: I32
    masks: U32
    reading: I32
    habit: U8
    abroad: U8
    weight: F32
    role: U8
    cover: I32
    near: I32
    near_word: I32
    near_share: F32
    near_rarity: F32
    far_rarity: F32
    steep: F32
    telling: F32
    popular: U8
    cited: int
    thing: int


#: Parts of a nat in which what a name weighs is kept beside its postings.
HEFT = 8


class Names(NamedTuple):
    """The names of a segment: `n` names of `t` words, on `e` entities.

    Attributes:
        start: [n + 1] first word of each name.
        word: [t] dictionary words.
        role: [t] index into `ROLES`.
        cover: [t] bits of the plain words of the name that a word stands for.
        mass: [n] nats that all plain words weigh together.
        entity: [n] whose name it is.
        weak: [n] 1 for a weak alias.
        post: [w + 1] first posting of each dictionary word.
        posting: names that hold the word.
        heft: the mass of each of these names in `HEFT` parts of a nat, at most 255.
        gone: [e] 1 for entities that no longer stand on the list.
    """

    start: I64
    word: I32
    role: U8
    cover: I32
    mass: F32
    entity: I32
    weak: U8
    post: I64
    posting: I32
    heft: U8
    gone: U8
