"""What is peculiar to the names of organisations and vessels: legal forms, initials, numerals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from manara.identity.names.organisations import LINKS, telling_words
from manara.identity.names.phrases import LONGEST_PHRASE, Kind, Part, longest, phrases, plain_part
from manara.identity.names.readings import script_of

_ROMAN = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
_VALUES = {"i": 1, "v": 5, "x": 10}
#: Fewer initials are those of too many organisations.
_FEWEST_INITIALS = 3
#: A legal form of more letters is no person's name.
_LONG_FORM = 5
#: A word of as many letters, one of them wrong, can still be told for a legal form.
_LONG_WORD = 9
#: Legal forms that are spelt out: all consonants or all vowels.
_UNSAYABLE = re.compile("[bcdfghjklmnpqrstvwxz]+|[aeiou]+|[оаеиуэ]+")
#: Words before a former name.
FORMER = frozenset({"ex", "formerly", "fka"})


def numeral(token: str) -> str:
    """Return a Roman numeral of two letters or more in digits, any other word as it is."""
    found = _ROMAN.fullmatch(token) if len(token) > 1 else None
    if found is None:
        return token
    values = [_VALUES[letter] for letter in token]
    after = [*values[1:], 0]
    return str(sum(-v if v < n else v for v, n in zip(values, after, strict=True)))


def organisation(tokens: list[str], kind: Kind) -> Iterator[Part]:
    """Yield an organisation's words; single letters in a row are one word.

    Args:
        tokens: as :func:`manara.identity.names.name_tokens` gives them.
        kind: ``organisation``, or empty where only a legal form at the end tells that it is one.
    """
    place = 0
    while place < len(tokens):
        form, width = longest(tokens, place, "legal")
        if not width and place and place == len(tokens) - 1 and (form := mistyped(tokens[place])):
            width = 1
        if width and width < len(tokens) and _is_legal(tokens, place, width, kind):
            yield Part(form, "legal", tokens[place])
            place += width
            continue
        letters, run = _letters(tokens, place)
        if len(letters) > 1 and not letters.isdecimal():
            yield Part(letters, "name")
            place = run
            continue
        token, place = tokens[place], place + 1
        if token in ("al", "el") and place < len(tokens):
            yield Part("al", "particle", token)
        elif token in LINKS:
            yield Part(LINKS[token], "particle", token)
        else:
            yield plain_part(token)


def _letters(tokens: list[str], place: int) -> tuple[str, int]:
    """Return single letters in a row (A and M, A & M) as one word, and the place behind them."""
    letters, end = "", place
    while end < len(tokens) and len(tokens[end]) == 1 and script_of(tokens[end]) != "han":
        letters += tokens[end]
        end += 1
        if tokens[end : end + 1] == ["and"] and len("".join(tokens[end + 1 : end + 2])) == 1:
            end += 1
    return letters, end


def _is_legal(tokens: list[str], place: int, width: int, kind: Kind) -> bool:
    """Return whether a legal form may stand here: short ones stand last, or first if none does."""
    at_end = place + width == len(tokens)
    short = sum(map(len, tokens[place : place + width])) <= 3
    if kind == "organisation":
        return at_end or not short or (place == 0 and tokens[-1] not in last_words())
    return place > 0 and at_end


def vessel(tokens: list[str]) -> Iterator[Part]:
    """Yield a vessel's words, its kind and what announces a former name as honorifics."""
    form, width = longest(tokens, 0, "vessels")
    if width and width < len(tokens):
        yield Part(form, "honorific")
        tokens = tokens[width:]
    for at, token in enumerate(tokens):
        if token in FORMER and 0 < at < len(tokens) - 1:
            yield Part(token, "honorific")
        else:
            yield plain_part(numeral(token))


@cache
def last_words() -> frozenset[str]:
    """Return the words that legal forms end in."""
    return frozenset(phrase[-1] for phrase in phrases("legal"))


def initials(parts: list[Part]) -> Iterator[str]:
    """Yield initials of an organisation's words, also with those of legal forms and of articles.

    A legal form counts where it is written out (*company*), an article as in *al-Qaida*.
    """
    for beside in ("", "legal", "al"):
        of = [
            (part.written or part.text)[0]
            for part in parts
            if part.role == "name"
            or (part.role == "legal" and beside == "legal" and len(part.written) >= _LONG_FORM)
            or (part.text == beside == "al")
        ]
        if len(of) >= _FEWEST_INITIALS and all(map(str.isalpha, of)):
            yield "".join(of)


@lru_cache(maxsize=65_536)
def mistyped(token: str) -> str:
    """Return the legal form that a long word is but for one letter, or ``""``."""
    if len(token) < _LONG_WORD:
        return ""
    spellings = (phrase[0] for phrase in phrases("legal") if len(phrase) == 1)
    near = {
        phrases("legal")[(s,)] for s in spellings if len(s) >= _LONG_WORD and _one_off(s, token)
    }
    return near.pop() if len(near) == 1 else ""


def _one_off(one: str, other: str) -> bool:
    """Return whether one letter is left out, added or replaced between two different words."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    front = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    at = min(len(one), len(other)) if front is None else front
    return (
        one[at + 1 :] == other[at + 1 :]
        or one[at + 1 :] == other[at:]
        or one[at:] == other[at + 1 :]
    )


def last_form(tokens: Sequence[str]) -> str:
    """Return the legal form at the end of a person's name, only one that no mouth can say."""
    if len(tokens) < 3 or len(tokens[-1]) < 3 or not _UNSAYABLE.fullmatch(tokens[-1]):
        return ""
    return phrases("legal").get((tokens[-1],), "")


def tells_organisation(tokens: Sequence[str]) -> bool:
    """Return whether words of a name tell that it is an organisation's: people have none like them.

    Args:
        tokens: as :func:`manara.identity.names.name_tokens` gives them.
    """
    return any(token in things() for token in tokens) or any(
        tuple(tokens[:width]) in phrases("legal") and len("".join(tokens[:width])) > _LONG_FORM
        for width in range(2, min(LONGEST_PHRASE, len(tokens) - 1) + 1)
    )


@cache
def things() -> frozenset[str]:
    """Return words that only organisations have: long legal forms, and those no mouth can say."""
    forms = (phrase[0] for phrase in phrases("legal") if len(phrase) == 1)
    legal = {w for w in forms if len(w) > _LONG_FORM or (len(w) > 2 and _UNSAYABLE.fullmatch(w))}
    return telling_words() | legal


def ends_in_legal_form(name: str, tokens: list[str]) -> bool:
    """Return whether a legal form ends the name; SA or AG only if in capitals alone."""
    if not tokens or tokens[-1] not in last_words():
        return False
    for start in range(max(1, len(tokens) - LONGEST_PHRASE), len(tokens)):
        if tuple(tokens[start:]) in phrases("legal"):
            last = name.split()[-1]
            return len("".join(tokens[start:])) > 2 or (last.isupper() and not name.isupper())
    return False
