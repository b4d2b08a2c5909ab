"""What it costs to read one letter for another, learned from pairs of true spellings of names.

The two tables hold, for letters *i* and *j* of two readings, ``-log P(j | i) + log P(i | i)`` of a
memoryless edit transducer (Ristad and Yianilos, "Learning string-edit distance", 1998), averaged
over both directions: 0 is no evidence against, larger is rarer among true pairs. Row and column 0
stand for no letter, so they hold what a missing letter costs. Scripts that leave short vowels
unwritten have a table of their own, in which a vowel missing on their side is nearly free.
``scripts/train_names.py`` makes both tables and says from what.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from manara.identity.names.readings import is_vowelless, readings

Costs = npt.NDArray[np.float32]

#: Digits inside words count as the letters they are mistaken for.
_CODES = bytes.maketrans(
    b"0123456789abcdefghijklmnopqrstuvwxyz", b"oizeasgtbgabcdefghijklmnopqrstuvwxyz"
)


def _table(name: str) -> Costs:
    text = files("manara.identity.names").joinpath(f"data/{name}").read_text(encoding="utf-8")
    rows = [line.split("\t")[1:] for line in text.splitlines() if not line.startswith("#")]
    return np.array(rows[1:], dtype=np.float32)


#: [27, 27]: both words are spelt in full; symmetrical.
COSTS: Costs = _table("costs.tsv")
#: [27, 27]: the row is a letter of a word without its short vowels, the column one of a full word.
COSTS_VOWELLESS: Costs = _table("costs_vowelless.tsv")
#: [27, 27]: the row is a letter of a word in Hangul, the column one of a word in another script.
COSTS_HANGUL: Costs = _table("costs_hangul.tsv")


def encode(reading: str) -> npt.NDArray[np.uint8]:
    """Return a reading's letters as 1 to 26, a digit as the letter that it looks like."""
    code = reading.encode("ascii").translate(_CODES)
    return np.frombuffer(code, dtype=np.uint8) - np.uint8(96)


@lru_cache(maxsize=4)
def _rows(vowelless: bool) -> list[list[float]]:
    rows: list[list[float]] = (COSTS_VOWELLESS if vowelless else COSTS).tolist()
    return rows


def distance(left: str, right: str, *, vowelless: bool = False) -> float:
    """Return how far apart two readings are, from 0 (the same) to 1 (nothing in common).

    The cheapest way of turning one into the other, letter by letter, divided by the cost of
    dropping all of one and adding all of the other. Two empty readings are the same.

    Args:
        left: a reading; where ``vowelless``, that of the word without its short vowels.
        right: the other reading.
        vowelless: whether the left word's script leaves short vowels out and the right one's does
            not.
    """
    costs = _rows(vowelless)
    a, b = encode(left).tolist(), encode(right).tolist()
    whole = sum(costs[0][letter] for letter in b) + sum(costs[letter][0] for letter in a)
    return least_cost(a, b, costs) / whole if whole else 0.0


def least_cost(a: list[int], b: list[int], costs: list[list[float]]) -> float:
    """Return the cost in nats of the cheapest way of turning one reading into another.

    Args:
        a: codes of its letters, as `encode` gives them.
        b: those of the other.
        costs: [27][27] costs of letters.
    """
    added = costs[0]
    row = [0.0]
    for letter in b:
        row.append(row[-1] + added[letter])
    for first in a:
        of_first = costs[first]
        drop, above = of_first[0], row
        row = [above[0] + drop]
        for place, second in enumerate(b):
            swap = above[place] + of_first[second]
            row.append(min(swap, above[place + 1] + drop, row[-1] + added[second]))
    return row[-1]


def word_distance(left: str, right: str) -> float:
    """Return the smallest distance between any two readings of two words, 1 where one has none."""
    bare, full = is_vowelless(left), is_vowelless(right)
    if full and not bare:
        left, right = right, left
    pairs = ((a, b) for a in readings(left) for b in readings(right))
    return min((distance(a, b, vowelless=bare != full) for a, b in pairs), default=1.0)
