"""What fathers' names tell: patronymics that one side leaves out, and who is whose son.

East Slavic patronymics end in -ovich, -evich, -ovna, -evna, -ichna and the like in all their
spellings (Unbegaun, *Russian Surnames*, 1972, chapter 1); people of these names are listed with and
without them. Arabic names go from the son to the father (Schimmel, *Islamic Names*, 1989, chapter
1): Omar bin Ahmad and Ahmad bin Omar are two people.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.screening.kernels import I32, U8, Words, borrowing

_FEWEST_LETTERS = 7
_A, _B, _C, _E, _H, _I, _N, _O, _V, _Y = (np.uint8(ord(letter) - 96) for letter in "abcehinovy")


@njit(cache=True, nogil=True)
def patronymic(letters: U8, first: int, last: int) -> bool:
    """Return whether a reading has the form of an East Slavic patronymic.

    Args:
        letters: codes of readings.
        first: its first letter.
        last: the place behind its last.
    """
    if last - first < _FEWEST_LETTERS:
        return False
    end = last - 1
    if letters[end] == _A and letters[end - 1] == _N:
        if letters[end - 2] == _V:
            return letters[end - 3] in (_O, _E, _I, _Y)
        end -= 2 + (letters[end - 2] == _H)
        return bool(letters[end] == _C and letters[end - 1] == _I)
    end -= letters[end] == _H
    return (
        letters[end] == _C
        and letters[end - 1] in (_I, _Y)
        and letters[end - 2] == _V
        and letters[end - 3] in (_O, _E)
    )


@njit(cache=True, nogil=True)
def _says_son(letters: U8, first: int, last: int) -> bool:
    """Return whether a particle's reading is *bin*, the one form of *ibn*, *ben*, بن."""
    return (
        last - first == 3
        and letters[first] == _B
        and letters[first + 1] == _I
        and letters[first + 2] == _N
    )


@borrowing
def turned(
    letters: U8, letter: I32, reading: I32, role: U8, mate: I32, their_word: I32, their_role: U8,
    first: int, words: Words, particle: int,
) -> bool:  # fmt: skip
    """Return whether *A bin B* is asked where the list's name has *B bin A*.

    Args:
        letters: of the query, as in `Asked`; so are the next three.
        letter: see there.
        reading: see there.
        role: see there.
        mate: as `align` fills it.
        their_word: the words of the segment's names.
        their_role: their roles.
        first: the first word of the name.
        words: the dictionary.
        particle: the role of particles.
    """
    for i in range(1, len(mate) - 1):
        r = reading[i]
        if role[i] != particle or reading[i + 1] == r:
            continue
        if not _says_son(letters, letter[r], letter[r + 1]):
            continue
        behind = i + 1
        while behind < len(mate) - 1 and role[behind] == particle:
            behind += 1
        if role[i - 1] != 0 or role[behind] != 0 or not 0 <= mate[behind] < mate[i - 1]:
            continue
        for j in range(first + mate[behind] + 1, first + mate[i - 1]):
            word = their_word[j]
            r = words.reading[word]
            if (
                their_role[j] == particle
                and words.reading[word + 1] > r
                and _says_son(words.letters, words.letter[r], words.letter[r + 1])
            ):
                return True
    return False
