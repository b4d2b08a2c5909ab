"""Which generation of one name a person's name states: Senior, Junior, the Third."""

from __future__ import annotations

from functools import lru_cache

from manara.identity.names import name_tokens

#: Words behind a name, or a numeral between its parts, by the generation that they state.
_WORDS = {
    "I": "i sr senior pere pai padre الكبير старший",
    "II": "ii jr junior fils filho hijo الصغير الابن младший",
    "III": "iii neto nieto الثالث",
    "IV": "iv",
}
_GENERATION = {word: number for number, words in _WORDS.items() for word in words.split()}
_NUMERALS = frozenset(("i", "ii", "iii", "iv"))


@lru_cache(maxsize=65_536)
def generation(name: str) -> str:
    """Return the generation that a person's name states, ``I`` to ``IV``, or ``""``.

    The second of a name is often called junior, so that these two count as one. Words count behind
    the name only, where none of them is a given name; numerals behind the first word.

    Args:
        name: a person's name in any script.
    """
    words = [next(iter(name_tokens(word)), "") for word in name.split()]
    for place, word in enumerate(words[1:], 1):
        last = place == len(words) - 1 or name.split()[place - 1].endswith(",")
        if word in _GENERATION and (last or word in _NUMERALS):
            return _GENERATION[word]
    return ""
