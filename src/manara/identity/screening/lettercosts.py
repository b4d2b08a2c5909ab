"""Letter costs with the bounds that follow from them."""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.screening.kernels import F32, Costs, costs_between
from manara.identity.screening.vowels import IS_VOWEL, TABLES

#: Nats: no bound, for readings of which not all letters are compared.
_UNTOLD = -1e9


def costs_of(letters: F32) -> Costs:
    """Return letter costs with the bounds that follow from them.

    Args:
        letters: [3, 27, 27] cost of a letter against another one, 0 for nothing.
    """
    others = np.where(np.eye(27, dtype=bool), np.float32(np.inf), letters)
    least = np.stack([others.min(axis=2), others.min(axis=1)], axis=1)
    bits = np.arange(512)[:, None] >> np.arange(9) & 1
    least[:, :, 0] = _UNTOLD
    floors = np.einsum("tsbk,vk->tsbv", least.reshape(TABLES, 2, 3, 9), bits)
    # A vowel read for a consonant counts as one left out beside a consonant added, or as less.
    vowels, rest = np.flatnonzero(IS_VOWEL), np.flatnonzero(IS_VOWEL == 0)[1:]
    apart = letters.copy()
    for table, of in zip(apart, letters, strict=True):
        table[vowels, 0] = np.minimum(of[vowels, 0], of[np.ix_(vowels, rest)].min(axis=1))
        table[0, vowels] = np.minimum(of[0, vowels], of[np.ix_(rest, vowels)].min(axis=0))
        left = (of[np.ix_(rest, vowels)] - table[0, vowels]).min(axis=1)
        added = (of[np.ix_(vowels, rest)] - table[vowels, :1]).min(axis=0)
        table[rest, 0] = np.minimum(of[rest, 0], left)
        table[0, rest] = np.minimum(of[0, rest], added)
    return Costs(letters, floors.astype(np.float32), apart)


@njit(cache=True, nogil=True)
def turned(costs: Costs, habit: int, other: int) -> tuple[F32, F32, int]:
    """Return letter costs between two habits, the row that of the first, and their number."""
    kind = costs_between(habit, other)
    if kind != 0 and kind != habit:
        return costs.letters[kind].T.copy(), costs.apart[kind].T.copy(), kind + TABLES
    return costs.letters[kind].copy(), costs.apart[kind].copy(), kind
