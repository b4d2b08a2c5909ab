"""Learn how Koreans spell the syllables of their names in Latin letters, and how many bear them.

    PYTHONPATH=. python scripts/train_korean.py SAMPLES

SAMPLES is the folder of the screening benchmark (`docs/reference/screening-quality.md`); its
``identity/names/wd_korean_fullnames.tsv`` (full names of Wikidata, CC0) holds the people. Those on
the benchmark's list of Korean people are left out. Writes ``names/data/korean.tsv``.

Each name is taken apart into a family name and the syllables of the given name, and each of these
goes with a piece of the Latin name. Expectation-maximisation in its hard form: pieces are cut where
the table so far, or at first the letter costs, says that they fit best, and then counted anew.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from math import exp, log
from pathlib import Path

from bench._screening_sets import LIST_SIZE, korean_people

from manara.identity.names import name_tokens
from manara.identity.names.confusion import COSTS_HANGUL, encode
from manara.identity.names.korean import FAMILY, FIRST, SECOND, is_family
from manara.identity.names.readings import readings

TARGET = Path(__file__).parent.parent / "src/manara/identity/names/data/korean.tsv"
ROUNDS = 5
#: Nats beyond which a piece is no spelling of a syllable.
_FARTHEST = 9.0
#: How many times a syllable counts as spelt by letters, beside the times it was seen.
_PRIOR = 1.0
#: Rarer spellings of a syllable are not kept.
_LEAST = 0.002

Table = dict[tuple[int, str], Counter[str]]
Cut = list[tuple[int, str, str]]


def cost(syllable: str, piece: str) -> float:
    """Return the least letter costs between the readings of a syllable and a piece, in nats."""
    return min(_edits(reading, piece) for reading in readings(syllable))


def _edits(left: str, right: str) -> float:
    a, b = encode(left).tolist(), encode(right).tolist()
    row = [0.0]
    for letter in b:
        row.append(row[-1] + COSTS_HANGUL[0, letter])
    for first in a:
        above, row = row, [row[0] + COSTS_HANGUL[first, 0]]
        for at, second in enumerate(b):
            swap = above[at] + COSTS_HANGUL[first, second]
            row.append(min(swap, above[at + 1] + COSTS_HANGUL[first, 0],
                           row[-1] + COSTS_HANGUL[0, second]))  # fmt: skip
    return float(row[-1])


class Speller:
    """What spelling a syllable in some way costs, by what was counted so far."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._letters: dict[tuple[str, str], float] = {}

    def nats(self, place: int, syllable: str, piece: str) -> float:
        """Return minus the logarithm of the chance of a spelling."""
        key = syllable, piece
        if key not in self._letters:
            self._letters[key] = cost(*key) + 1.5
        seen = self._table.get((place, syllable), Counter())
        total = seen.total()
        by_letters = exp(-self._letters[key])
        return -log((seen[piece] + _PRIOR * by_letters) / (total + _PRIOR))


def cuts(hangul: str, latin: str) -> Iterator[Cut]:
    """Yield all ways to cut a Latin name into a family name and syllables of a given name."""
    words = name_tokens(latin)
    width = 1 if is_family(hangul[0]) else 2
    family, given = hangul[:width], hangul[width:]
    if not is_family(family) or not 1 <= len(given) <= 2 or len(words) < 2:
        return
    for at, others in ((0, words[1:]), (-1, words[:-1])):
        first, rest = readings(words[at])[:1], readings("".join(others))[:1]
        if not first or not rest:
            continue
        start = (FAMILY, family, first[0])
        if len(given) == 1:
            yield [start, (FIRST, given, rest[0])]
            continue
        for cut in range(1, len(rest[0])):
            pieces = rest[0][:cut], rest[0][cut:]
            yield [start, (FIRST, given[0], pieces[0]), (SECOND, given[1], pieces[1])]


def counted(people: list[tuple[str, str]], speller: Speller) -> Table:
    """Return how often each syllable was spelt in each way, by the best cut of each name."""
    table: Table = defaultdict(Counter)
    kept = 0
    for hangul, latin in people:
        best, least = None, 1e9
        for cut in cuts(hangul, latin):
            each = [speller.nats(*piece) for piece in cut]
            if max(each) < _FARTHEST and sum(each) < least:
                best, least = cut, sum(each)
        kept += best is not None
        for place, syllable, piece in best or ():
            table[place, syllable][piece] += 1
    print(f"  {kept} of {len(people)} names are spelt by their sound")
    return table


def lines(table: Table) -> Iterator[str]:
    """Yield a line for each syllable and its place: how many bore it, and its spellings."""
    for (place, syllable), seen in sorted(table.items()):
        total = seen.total()
        shares = [f"{piece}={n}" for piece, n in seen.most_common() if n / total >= _LEAST]
        yield f"{place}\t{syllable}\t{total}\t{' '.join(shares)}\n"


def main(samples: Path, first: int = LIST_SIZE) -> None:
    """Learn and write the table."""
    people = korean_people(samples / "identity/names/wd_korean_fullnames.tsv")[first:]
    table: Table = {}
    for _ in range(ROUNDS):
        table = counted(people, Speller(table))
    head = (
        "# place (0 family name, 1 and 2 syllables of the given name), syllable, people who bear "
        "it, its spellings; scripts/train_korean.py\n"
    )
    TARGET.write_text(head + "".join(lines(table)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:3]))
