"""What a query word's neighbours tell of it: how seldom any word comes as near."""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.screening.kernels import F32, I32, I64, Words, find_word

#: Information that a word's agreement carries, in nats: at least that of a very common word, at
#: most what errors and namesakes leave of a unique one.
LEAST_RARITY, MOST_RARITY = 1.5, 9.0
#: What a word's chance is before the list is seen, and how many names that belief is worth: a
#: short list says little of how common a word is.
_PRIOR_CHANCE, PRIOR_NAMES = 1 / 2000, 2000.0
#: Words nearer than this are spellings of one name.
_ALIKE_SHARE = 0.06
#: No word lies farther away.
_FARTHEST = np.float32(1.0)


@njit(cache=True, nogil=True)
def met_by_chance(words: I32, shares: F32, counts: I64, wanted: F32) -> I64:
    """Return how many names hold a word as near as each wanted share; several words count each.

    Args:
        words: words near to a query word.
        shares: their cost shares.
        counts: [w] names that hold each word of the dictionary.
        wanted: cost shares.
    """
    order = np.argsort(shares)
    near = shares[order]
    names = np.zeros(len(order) + 1, np.int64)
    for k in range(len(order)):
        names[k + 1] = names[k] + counts[words[order[k]]]
    return names[np.searchsorted(near, wanted, side="right")]


@njit(cache=True, nogil=True)
def rarity_of(counts: I64, names: int) -> F32:
    """Return the information of meeting each word by chance, in nats.

    Args:
        counts: how many names hold each word.
        names: how many names there are.
    """
    chance = np.log((names + PRIOR_NAMES) / (counts + PRIOR_NAMES * _PRIOR_CHANCE))
    told: F32 = np.minimum(np.maximum(chance, LEAST_RARITY), MOST_RARITY).astype(np.float32)
    return told


@njit(cache=True, nogil=True)
def weighed(
    exact: int, background: Words, unknown: float, words: I32, shares: F32,
    around: I32, around_shares: F32, rarity: F32, group: I32, told: F32,
    counts: I64, names: int, most: float,
) -> tuple[float, F32, float]:  # fmt: skip
    """Return what a query word tells, what each neighbour's likeness tells, and a limit.

    What a near word proves is not how rare it is, but how seldom strangers come as near.

    Args:
        exact: the hash of the query word.
        background: the dictionary whose rarities hold.
        unknown: information of a word that no name of it holds, in nats.
        words: the query word's neighbours.
        shares: their cost shares.
        around: its neighbours in the background.
        around_shares: the same of these.
        rarity: of the words among which the neighbours are.
        group: their name groups.
        told: how much more each nat of a name of a group says, by its number.
        counts: [w] names that hold each word of the background.
        names: how many names it holds.
        most: what the query word tells at most, in nats.

    Returns:
        The information of the query word; that of meeting any word as near as each neighbour, and
        last as near as any; the least `told` of words so near that they are spellings of it.
    """
    wanted = np.append(shares, _FARTHEST)
    met = rarity_of(met_by_chance(around, around_shares, counts, wanted), names)
    same = find_word(background, exact)
    least, own = np.inf, np.inf
    for k in range(len(words)):
        if shares[k] <= _ALIKE_SHARE:
            least = min(least, told[group[words[k]]])
            own = min(own, rarity[words[k]])
    if same >= 0:
        own = background.rarity[same]
    elif own == np.inf:  # an unknown spelling of a common name is no rare name
        own = unknown
    return min(own, most), np.minimum(met, np.float32(most)), least
