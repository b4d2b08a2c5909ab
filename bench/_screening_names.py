"""Names made from others with a seed: typing errors, recombined word pairs, a million names."""

from __future__ import annotations

import itertools
import random
import string
from collections.abc import Sequence
from pathlib import Path

from bench._screening_data import WordPair, dictionary_words, popular_words

#: Words shorter than this are not changed: one edit there makes another name.
SHORTEST = 5


def typing_error(name: str, draw: random.Random) -> str:
    """Return a name with one typing error in one of its words of five letters or more.

    The four of Damerau 1964: a letter left out, added, replaced, or exchanged with the next one.
    Returns the name itself if all its words are shorter.
    """
    words = name.split()
    long = [at for at, word in enumerate(words) if len(word) >= SHORTEST]
    if not long:
        return name
    at = draw.choice(long)
    while (changed := _edit(words[at], draw)) == words[at]:
        pass
    words[at] = changed
    return " ".join(words)


def _edit(word: str, draw: random.Random) -> str:
    at = draw.randrange(len(word) - 1)
    letter = draw.choice(string.ascii_uppercase if word.isupper() else string.ascii_lowercase)
    return draw.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )


def recombined(
    pairs: Sequence[WordPair], count: int, draw: random.Random
) -> list[tuple[str, tuple[str, ...]]]:
    """Return full names of two words drawn from word pairs: in the other script, and in Latin.

    Args:
        pairs: a word with its Latin forms; its most frequent form first.
        count: how many names.
        draw: source of chance.

    Returns:
        Distinct names; for each the Latin names, first the two first forms, then every other
        combination of the words' forms, four at most.
    """
    made: dict[str, tuple[str, ...]] = {}
    while len(made) < count:
        first, last = draw.choice(pairs), draw.choice(pairs)
        latin = itertools.islice(itertools.product(first.latin, last.latin), 4)
        made[f"{first.word} {last.word}"] = tuple(" ".join(words) for words in latin)
    return list(made.items())


def many_names(folder: Path, count: int, seed: int = 1) -> list[str]:
    """Return invented full names in the proportions of a large register, repeated ones included.

    Nine of ten in Latin letters: a popular given name or a word of the name dictionary, the
    latter by Zipf's law, with one name of five having three words; one of ten in the script of its
    country. So frequent words have long lists, as they have in life, and most words are rare.
    """
    draw = random.Random(seed)
    given = popular_words(folder, "forenames", "Romanized Name")
    family = popular_words(folder, "surnames", "Romanized Name")
    local = [
        [w for w in popular_words(folder, table, "Localized Name") if not w.isascii()]
        for table in ("forenames", "surnames")
    ]
    rare = dictionary_words(folder)
    draw.shuffle(rare)
    weights = list(itertools.accumulate(1 / (rank + 20) for rank in range(len(rare))))
    words = iter(draw.choices(rare, cum_weights=weights, k=2 * count))
    names = []
    for _ in range(count):
        kind = draw.random()
        if kind < 0.1:
            names.append(f"{draw.choice(local[0])} {draw.choice(local[1])}")
            continue
        first = draw.choice(given) if kind < 0.6 else next(words)
        last = draw.choice(family) if kind > 0.85 else next(words)
        middle = f" {draw.choice(given)}" if draw.random() < 0.2 else ""
        names.append(f"{first}{middle} {last}".title())
    return names


def questions(names: Sequence[str], clean: Sequence[str], count: int, seed: int = 2) -> list[str]:
    """Return queries for a list of names, shuffled.

    Args:
        names: names on the list; three of five queries are one of them, half with a typing error.
        clean: names of people on no list, in many scripts; two of five.
        count: how many.
        seed: of chance.
    """
    draw = random.Random(seed)
    asked = []
    for number in range(count):
        if number % 5 < 3:
            name = draw.choice(names)
            asked.append(typing_error(name, draw) if number % 2 and name.isascii() else name)
        else:
            asked.append(draw.choice(clean))
    draw.shuffle(asked)
    return asked
