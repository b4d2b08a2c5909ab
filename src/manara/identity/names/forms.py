"""The words of a name and what each does there: name, particle, honorific, initial, legal form.

Spellings that differ only in how words are split meet: articles and the parts of compounds such as
Abdurrahman, Nureddin and عبدالرحمن are taken apart alike, and a compound's written-together form is
added as a ``joined`` word. What counts as a particle, an honorific or a legal form (ISO 20275 and
the registers' own words) stands in ``forms.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from manara.identity.names import name_tokens
from manara.identity.names.families import family_first
from manara.identity.names.organisations import LINKS
from manara.identity.names.phrases import Kind, Part, Role, longest, phrases, plain_part
from manara.identity.names.readings import script_of
from manara.identity.names.things import (
    ends_in_legal_form,
    initials,
    last_form,
    last_words,
    organisation,
    tells_organisation,
    things,
    vessel,
)

MOST_TOKENS = 32

_CAMEL_HINT = re.compile("[a-z][A-Z]")
_CAMEL = re.compile(r"(?<=[a-zà-ÿ]{3})(?=[A-Z][a-z]{2}|[A-Z]{2,}\b)")
#: Abd + article + a name of God, or one of its names alone where the article is swallowed.
_ABD = re.compile(r"abd(?:[aeiou]{1,2}l|[aeu](?=([drstzn])\1|(?:sh|dh|th){2}))(\w{3,})")
_ABD_ARTICLE = re.compile(r"abd[aeiou]{1,2}l|abdu|abd[aeu](?:sh|[drstzn])")
_ABDULLAH = re.compile(r"abd[aeiou]{1,2}l?ah?")
_DIN = re.compile(r"(\w{3,}?)[aeiou]{1,2}(?:l?d{1,2}|l)(in|ine|een|yn)")
_DIN_ALONE = re.compile(r"[aeiou]l?d{1,2}(?:in|ine|een|yn)")
_ULLAH = re.compile(r"(\w{3,}?)(?:[aeou]ll?ah|ulla)")
_ARABIC_ABD = re.compile(r"عبدال(\w{3,})")
_ARABIC_LAST = re.compile(r"(\w{2,})(ال)(دين|الدين)|(\w{3,})(الله)")
_ARABIC_ARTICLE = re.compile(r"(?:وال|ال)(\w{3,})")
#: Words that begin with the letters of the article but have none.
_NO_ARTICLE = frozenset(
    (
        "الله",
        "عبدالله",
        "الياس",
        "الهام",
        "الين",
        "البرت",
        "الكسندر",
        "اليكس",
        "الفريد",
        "الماس",
        "اليزابيث",
    )
)
_PERSIAN = str.maketrans("یک", "يك")
#: Names that make one name with the article or the name beside them.
_BEFORE = frozenset(("abd", "عبد"))
_BEHIND = frozenset(("allah", "الله", "din", "دين"))
_SUN = re.compile(r"[تثدذرزسشصضطظلن]|[drstznl]")
#: Vowels that an Arabic article begins with, in Latin and Cyrillic letters.
_ARTICLES = "aeuаеуэ"
#: Particles inside a name that are family names of East Asia in front of it.
_FAMILY_FIRST = frozenset(
    ("do", "du", "le", "la", "da", "bu", "om", "um", "ag", "ter", "den", "af", "av", "an")
)
#: Syllables of one letter, which look like initials.
_LONE_VOWELS = frozenset("aeiou")
_SYLLABLE = re.compile(
    r"(?:[bcdfghjklmnpqrstwxyz]|[ckpstz]h|ts|hs|ss|tch)?[wy]?[aeiou]{1,3}(?:ng|[nmklpthrbg])?"
)


class Word(NamedTuple):
    """One word of a name.

    Attributes:
        text: the word, or the one form of a particle, honorific or legal form.
        role: what it does; ``joined`` is another writing of the words that it spans.
        start: place of its first part; the parts of a name are counted from 0.
        end: place behind its last part.
    """

    text: str
    role: Role
    start: int
    end: int


@cache
def _first_words() -> frozenset[str]:
    return frozenset(phrase[0] for phrase in phrases("honorifics"))


def _person(tokens: list[str]) -> Iterator[Part]:
    place = 0
    while place < len(tokens):
        token = tokens[place]
        form, width = longest(tokens, place, "honorifics")
        if width and width < len(tokens):
            yield Part(form, "honorific")
            place += width
            continue
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        place += 1
        particle = phrases("particles").get((token,)) or _assimilated(token, following)
        if place == 1 and token in _FAMILY_FIRST:
            particle = ""
        if particle and following:
            yield Part(particle, "particle", token)
        elif particle and place > 1 and particle in ("zadeh", "ogly", "kyzy"):
            yield Part(particle, "particle")
        elif (
            len(token) == 1
            and token.isalpha()
            and script_of(token) not in ("han", "hangul", "kana")
        ):
            yield Part(token, "initial")
        elif following and _ABD_ARTICLE.fullmatch(token):
            yield Part("abd", "name")
            yield Part("al", "particle", "al")
        else:
            yield from _apart(token, alone=len(tokens) == 1)


@lru_cache(maxsize=262_144)
def _is_ordinary(token: str) -> bool:
    """Return whether a person's word is one plain word of the name wherever it stands."""
    return (
        (len(token) > 3 or (len(token) > 1 and token[0] not in _ARTICLES))
        and not token.isdecimal()
        and token not in _first_words()
        and (token,) not in phrases("particles")
        and not _ABD_ARTICLE.fullmatch(token)
        and sum(1 for _ in _apart(token, alone=True)) == 1
    )


def _assimilated(token: str, following: str) -> str:
    """Return ``al`` for an article that has taken on the next word's first sound (ar-Rahman)."""
    shape = len(token) in (2, 3) and token[0] in _ARTICLES and following.startswith(token[1:])
    return "al" if shape else ""


def _apart(token: str, alone: bool) -> Iterator[Part]:
    """Yield the parts of a word that other spellings write apart."""
    script = script_of(token[0])
    texts: tuple[str, ...] = ()
    if script == "arabic":
        texts = _arabic_parts(token)
    elif script == "latin":
        texts = _latin_parts(token)
    elif alone and script in ("hangul", "han"):
        texts = family_first(token, script)
    if not texts:
        yield plain_part(token)
    for text in texts:
        if text == "al":
            yield Part("al", "particle", "ال" if script == "arabic" else "al")
        else:
            yield Part(text, "name")


def _arabic_parts(token: str) -> tuple[str, ...]:
    token = token.translate(_PERSIAN)
    if token in _NO_ARTICLE:
        return ()
    if found := _ARABIC_ABD.fullmatch(token):
        return ("عبد", "al", found[1])
    if found := _ARABIC_LAST.fullmatch(token):
        return (found[1], "al", "دين") if found[1] else (found[4], "الله")
    if found := _ARABIC_ARTICLE.fullmatch(token):
        return ("al", found[1])
    return ()


def _latin_parts(token: str) -> tuple[str, ...]:
    if _ABDULLAH.fullmatch(token.replace("ll", "l")):
        return ()
    if found := _ABD.fullmatch(token):
        return ("abd", "al", re.sub(r"^([^l])\1", r"\1", found[2]))
    if _DIN_ALONE.fullmatch(token):
        return ("al", "din")
    if found := _DIN.fullmatch(token):
        return (found[1], "al", "din") if "dd" in token or "ld" in token else ()
    if len(token) > 6 and (found := _ULLAH.fullmatch(token)) and "ll" in token[-5:]:
        return (found[1], "allah")
    return ()


def _joined(parts: list[Part]) -> Iterator[Word]:
    """Yield the written-together forms of compounds: what stands before a name, and the name."""
    for end, part in enumerate(parts, 1):
        if part.role == "initial" and part.text in _LONE_VOWELS and end > 1:
            before = parts[end - 2]
            if before.role == "name" and syllable(before.text) == "latin":  # Hyon U, Min-a
                yield Word(before.text + part.text, "joined", end - 2, end)
        if part.role != "name":
            continue
        start = end - 1
        while start and _goes_with_next(parts[start - 1]):
            start -= 1
        if start and (parts[start - 1].text in _BEFORE or part.text in _BEHIND):
            start -= 1
        for first in {start, end - 2} if start < end - 1 else ():
            yield Word(_compound(parts[first:end]), "joined", first, end)
        if not start or start < end - 1 or not (script := syllable(part.text)):
            continue
        before = parts[start - 1]
        if before.role == "name" and syllable(before.text) == script:
            yield Word(before.text + part.text, "joined", start - 1, end)


def _is_arabic(part: Part) -> bool:
    return part.role == "name" and script_of(part.text[0]) == "arabic"


def _goes_with_next(part: Part) -> bool:
    return part.role == "particle" and part.text not in LINKS.values()


def _compound(parts: list[Part]) -> str:
    """Return the parts written together, the article as it sounds before the next letter."""
    texts = [part.written or part.text for part in parts]
    if len(parts) > 2 and parts[-2].text == "al" and parts[0].role == "name":
        swallowed = bool(_SUN.match(texts[-1]))
        arabic = script_of(texts[-1][0]) == "arabic"
        texts[-2] = ("" if swallowed else "ال") if arabic else ("u" if swallowed else "ul")
    return "".join(texts)


@lru_cache(maxsize=262_144)
def syllable(token: str) -> str:
    """Return the script of a word that may be half of a given name of two syllables, or ``""``."""
    script = script_of(token[0])
    if script in ("hangul", "han"):
        return script if len(token) <= 2 else ""
    return "latin" if len(token) <= 7 and _SYLLABLE.fullmatch(token) else ""


@lru_cache(maxsize=262_144)
def _whole_word(written: str) -> tuple[str, bool] | None:
    """Return a word that stands by itself wherever it is, and whether it may be half a name.

    Returns None for what has to be looked at together with the words beside it.
    """
    tokens = name_tokens(written)
    if len(tokens) != 1 or _CAMEL_HINT.search(written):
        return None
    if tokens[0] in last_words() or tokens[0] in things():
        return None
    return (tokens[0], bool(syllable(tokens[0]))) if _is_ordinary(tokens[0]) else None


def plain_words(name: str) -> list[str] | None:
    """Return the words of a name of which each stands by itself, as in most names of people.

    Returns None for a name that `analyse` has to look at as a whole.
    """
    tokens = name.split(maxsplit=MOST_TOKENS)
    if len(tokens) > MOST_TOKENS:
        return None
    words: list[str] = []
    half = False
    for written in tokens:
        known = _whole_word(written)
        if known is None:
            return None
        text, is_half = known
        if is_half:
            if half:
                return None
            half = True
        words.append(text)
    return words


@lru_cache(maxsize=65_536)
def analyse(name: str, kind: Kind = "") -> tuple[Word, ...]:
    """Return the words of a name in the order they stand, then the joined writings of compounds.

    A name always keeps a word of the role ``name`` (or ``number``, ``initial``) if it has any word:
    what would be nothing but particles or honorifics is taken for the name.

    Args:
        name: in any script; at most 32 words are looked at.
        kind: what it names, where known; legal forms are sought at the end of a name of unknown
            kind and nowhere in a person's.
    """
    if kind in ("", "person") and (plain := plain_words(name)) is not None:
        return tuple([Word(word, "name", at, at + 1) for at, word in enumerate(plain)])
    if _CAMEL_HINT.search(name):
        name = _CAMEL.sub(" ", name)
    tokens = list(name_tokens(name))[:MOST_TOKENS]
    if not kind and tells_organisation(tokens):
        kind = "organisation"
    legal = kind == "organisation" or (not kind and ends_in_legal_form(name, tokens))
    if kind == "vessel":
        parts = list(vessel(tokens))
    elif legal:
        parts = [
            part
            for whole in organisation(tokens, kind)
            for part in (_apart(whole.text, alone=False) if _is_arabic(whole) else (whole,))
        ]
    elif kind == "person" and (form := last_form(tokens)):
        parts = [*_person(tokens[:-1]), Part(form, "legal", tokens[-1])]
    elif all(map(_is_ordinary, tokens)):
        parts = [Part(token, "name") for token in tokens]
    else:
        parts = list(_person(tokens))
    if parts and not any(part.role in ("name", "number", "initial") for part in parts):
        parts = [plain_part(token) for token in tokens]
    words = tuple([Word(part.text, part.role, at, at + 1) for at, part in enumerate(parts)])
    joined = dict.fromkeys(_joined(parts))
    if legal:
        joined |= {Word(text, "joined", 0, len(parts)): None for text in initials(parts)}
    if not joined:
        return words
    written = {word.text for word in words}
    return words + tuple(word for word in joined if word.text not in written)
