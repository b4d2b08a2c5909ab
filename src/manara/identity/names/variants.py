"""Name groups: one number for all the forms of one name, in whatever script and language.

``data/variants.npz`` holds 32-bit hashes of words and their groups' numbers, made by
``scripts/train_names.py`` from name forms of Wikidata. Hashes keep it small; a word that is in no
group is taken for one by chance about once in 40,000 words. Words that say what an organisation is
make groups by their meaning, numbered behind these.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from manara.identity.names.organisations import meanings


def word_hash(word: str) -> int:
    """Return the 32-bit hash of a word under which its group is kept (BLAKE2b, RFC 7693)."""
    return int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=4).digest(), "big")


@cache
def _groups() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return the sorted hashes and, in the same order, the groups' numbers."""
    with (
        files("manara.identity.names").joinpath("data/variants.npz").open("rb") as file,
        np.load(file) as kept,
    ):
        return np.cumsum(kept["steps"], dtype=np.uint32), kept["groups"].astype(np.uint32)


@lru_cache(maxsize=262_144)
def group_of(word: str) -> int:
    """Return the number of the word's name group, 0 where it is in none.

    Args:
        word: one word as :func:`manara.identity.names.name_tokens` gives it.
    """
    meaning = meanings().get(word)
    if meaning is not None:
        return first_meaning() + meaning
    hashes, groups = _groups()
    wanted = word_hash(word)
    place = int(np.searchsorted(hashes, np.uint32(wanted)))
    return int(groups[place]) if place < len(hashes) and hashes[place] == wanted else 0


def groups_of(words: Sequence[str]) -> npt.NDArray[np.int32]:
    """Return `group_of` of each of many words."""
    hashes, groups = _groups()
    wanted = np.fromiter(map(word_hash, words), np.uint32, len(words))
    place = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
    found = np.where(hashes[place] == wanted, groups[place], 0).astype(np.int32)
    meant = meanings()
    for at, word in enumerate(words):
        if word in meant:
            found[at] = first_meaning() + meant[word]
    return found


@cache
def first_meaning() -> int:
    """Return the number of the first group of organisations' words."""
    return int(_groups()[1].max()) + 1


@cache
def group_sizes() -> npt.NDArray[np.int64]:
    """Return how many words each group holds, by its number; that of group 0 is 0."""
    meant = np.fromiter(meanings().values(), np.int64) + first_meaning()
    sizes = np.bincount(np.concatenate([_groups()[1], meant]))
    sizes[0] = 0
    return sizes
