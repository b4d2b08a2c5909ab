"""Words that a list writes together or apart where a query does not, found in its dictionary."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numba import njit

from manara.identity.screening.kernels import I32, I64, U8, Words, find_word, hash_bytes
from manara.identity.screening.likelihood import JOINED, MAX_WORDS, NAME
from manara.identity.screening.query import Laid

#: Fewest letters of a half of a word, and of two words that may be one.
_HALF, _WHOLE = 3, 6
_START, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


@njit(cache=True, nogil=True)
def _within(data: U8, starts: I64, words: Words, post: I64) -> I32:
    """Return the rarer of any two words that a word may be; a letter may stand between them.

    Whoever has both has the rarer one.

    Args:
        data: the word in UTF-8.
        starts: where each of its letters begins, and its end.
        words: the dictionary.
        post: first posting of each of its words.
    """
    found, size = np.empty(2 * len(starts), np.int32), 0
    letters, value, read = len(starts) - 1, _START, 0
    for cut in range(1, letters - _HALF + 1):
        while read < starts[cut]:
            value = (value ^ np.uint64(data[read])) * _PRIME
            read += 1
        if cut < _HALF:
            continue
        front = find_word(words, value)  # type: ignore[arg-type]
        if front < 0:
            continue
        back = find_word(words, hash_bytes(data, starts[cut], len(data)))
        gap = -1
        if cut < letters - _HALF:
            gap = find_word(words, hash_bytes(data, starts[cut + 1], len(data)))
        for word in (back, gap):
            if word >= 0:
                rarer = post[word + 1] - post[word] < post[front + 1] - post[front]
                found[size] = word if rarer else front
                size += 1
    return np.unique(found[:size])


@njit(cache=True, nogil=True)
def _together(data: U8, ends: I64, words: Words) -> I32:
    """Return for each word of a name, and the next, the word they are together, or -1."""
    found = np.full(len(ends) - 2, -1, np.int32)
    for at in range(len(found)):
        found[at] = find_word(words, hash_bytes(data, ends[at], ends[at + 2]))
    return found


def halves(word: str, words: Words, post: I64) -> I32:
    """Return words of the dictionary, ascending, that with another one make up a word.

    Args:
        word: the word.
        words: the dictionary.
        post: first posting of each of its words.
    """
    raw = word.encode("utf-8", "surrogatepass")
    starts = [0, *accumulate(len(c.encode("utf-8", "surrogatepass")) for c in word)]
    found: I32 = _within(np.frombuffer(raw, np.uint8), np.array(starts, np.int64), words, post)
    return found


def together(laid: Laid, words: Words) -> Laid:
    """Return a name's words and, as joined ones, neighbours that the dictionary has as one word.

    Args:
        laid: the words, plain ones first.
        words: the dictionary.
    """
    texts = [text.encode("utf-8", "surrogatepass") for text in laid.texts]
    if len(texts) < 2:
        return laid
    ends = np.array([0, *accumulate(map(len, texts))], np.int64)
    found = _together(np.frombuffer(b"".join(texts), np.uint8), ends, words)
    known = [at for at in np.flatnonzero(found >= 0).tolist() if _may_be_one(laid, at)]
    known = known[: MAX_WORDS - len(texts)]
    if not known:
        return laid
    return Laid(
        laid.texts + [laid.texts[at] + laid.texts[at + 1] for at in known],
        laid.roles + [JOINED] * len(known),
        laid.covers + [laid.covers[at] | laid.covers[at + 1] for at in known],
    )


def _may_be_one(laid: Laid, at: int) -> bool:
    one, other = laid.texts[at : at + 2]
    plain = laid.roles[at] == NAME == laid.roles[at + 1]
    return plain and len(one) + len(other) >= _WHOLE and one + other not in laid.texts
