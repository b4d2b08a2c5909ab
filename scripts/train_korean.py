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
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench._screening_sets import LIST_SIZE, korean_people

from manara.identity.names import name_tokens
from manara.identity.names.families import is_korean_family
from manara.identity.names.korean import FAMILY, FIRST, SECOND, Borne, borne
from manara.identity.names.readings import readings

TARGET = Path(__file__).parent.parent / "src/manara/identity/names/data/korean.tsv"
#: Nats beyond which a piece is no spelling of a syllable, round by round: Chinese names in their
#: Korean reading (장 for Zhang) are far, but are counted once others are known to be spelt so.
_FARTHEST = (9.0, 9.0, 12.0, 12.0, 14.0, 14.0)

Table = list[dict[str, Counter[str]]]
Cut = list[tuple[int, str, str]]


def cuts(hangul: str, latin: str) -> Iterator[Cut]:
    """Yield all ways to cut a Latin name into a family name and syllables of a given name."""
    words = name_tokens(latin)
    width = 1 if is_korean_family(hangul[0]) else 2
    family, given = hangul[:width], hangul[width:]
    if not is_korean_family(family) or not 1 <= len(given) <= 2 or len(words) < 2:
        return
    for at, others in ((0, words[1:]), (-1, words[:-1])):
        start = (FAMILY, family, _letters(words[at : at + 1 or None]))
        rest = _letters(others)
        if len(given) == 1:
            yield [start, (FIRST, given, rest)]
            continue
        for cut in range(1, len(rest)):
            yield [start, (FIRST, given[0], rest[:cut]), (SECOND, given[1], rest[cut:])]


def _letters(words: Sequence[str]) -> str:
    return "".join(reading for word in words for reading in readings(word)[:1])


def counted(people: list[tuple[str, str]], places: list[Borne], farthest: float) -> Table:
    """Return how often each syllable was spelt in each way, by the best cut of each name."""
    table: Table = [defaultdict(Counter) for _ in places]
    kept = 0
    for hangul, latin in people:
        best, least = None, 1e9
        for cut in cuts(hangul, latin):
            each = [places[place].spelling(syllable, piece) for place, syllable, piece in cut]
            if max(each) < farthest and sum(each) < least:
                best, least = cut, sum(each)
        kept += best is not None
        for place, syllable, piece in best or ():
            table[place][syllable][piece] += 1
    print(f"  {kept} of {len(people)} names are spelt by their sound")
    return table


def main(samples: Path, first: int = LIST_SIZE) -> None:
    """Learn and write the table."""
    people = korean_people(samples / "identity/names/wd_korean_fullnames.tsv")[first:]
    places = [borne({}) for _ in (FAMILY, FIRST, SECOND)]
    table: Table = []
    for farthest in _FARTHEST:
        table = counted(people, places, farthest)
        places = [borne({syllable: dict(seen) for syllable, seen in of.items()}) for of in table]
    lines = [
        f"{place}\t{syllable}\t{' '.join(f'{piece}={n}' for piece, n in seen.most_common())}\n"
        for place, of in enumerate(table)
        for syllable, seen in sorted(of.items())
    ]
    head = (
        "# place (0 family name, 1 and 2 syllables of the given name), syllable, how many people "
        "spell it in which way; scripts/train_korean.py\n"
    )
    TARGET.write_text(head + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:3]))
