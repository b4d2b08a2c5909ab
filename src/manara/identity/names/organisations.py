"""Words that name what an organisation is or does, and what they mean in whatever language.

``data/organisations.tsv`` holds them; it says where they come from. Words of one meaning make a
group as spellings of one name do (*jabhat*, *frente*, *front*).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from manara.identity.names import name_tokens

#: Words between others that organisations' names may have or not, each with its one form.
_LINKS = {
    "and": "and und et y wa va ve и و",
    "of": "of de del della di da do du der des dos das e ye",
    "the": "the la le los las les die das",
    "for": "for para pour fur lil dlya для برای",
    "in": "in en im fi dar na",
}
LINKS = {word: form for form, words in reversed(_LINKS.items()) for word in words.split()}


@cache
def _stated() -> tuple[tuple[str, ...], ...]:
    """Return the words of each meaning as they are stated, stars and all."""
    text = files("manara.identity.names").joinpath("data/organisations.tsv").read_text("utf-8")
    lines = (line.partition("\t")[2] for line in text.splitlines() if not line.startswith("#"))
    return tuple(tuple(words.split()) for words in lines)


@cache
def meanings() -> dict[str, int]:
    """Return the number of each word's meaning, counted from 0."""
    return {word: at for at, words in enumerate(_stated()) for word in _folded(words)}


@cache
def telling_words() -> frozenset[str]:
    """Return the words that tell that a name is an organisation's: people do not bear them."""
    return frozenset(_folded(w for words in _stated() for w in words if w[0] != "*"))


def _folded(words: Iterable[str]) -> list[str]:
    return [name_tokens(word)[0] for word in words]
