"""What two names say as a whole, once their words are aligned: signs, and what each weighs.

The weights are those of a logistic regression (`scripts/fit_signs.py`): true pairs are aliases left
out of lists and names in other scripts, false ones what clean people come near to. They are log
odds times `SCALE`, so that a nat of score stays what dates and countries are measured in.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.names.readings import SYLLABLES, VOWELLESS
from manara.identity.screening.alignment import agreement, near_at
from manara.identity.screening.fathers import patronymic, turned
from manara.identity.screening.kernels import F32, I32, I64, Words, borrowing
from manara.identity.screening.likelihood import (
    INITIAL,
    JOINED,
    NAME,
    NUMBER,
    PARTICLE,
    WEIGHTS,
    Asked,
    Names,
)

#: Organisations and vessels among `manara.identity.screening.query.KINDS`.
PERSON, ORGANISATION, VESSEL = 1, 2, 3

#: Of an entity with more names, so many are looked at for words that one of them lacks.
_MOST_NAMES = 64

#: Nats of score for one of log odds.
SCALE = 2.25
#: The signs of `observe`, in its order.
SIGNS = (
    "always", "share", "telling", "words", "one asked", "one listed", "all met", "popular left",
    "thing", "vessel", "bare", "unlike", "abroad", "weak", "numbered", "named", "strange",
    "personal", "elsewhere", "whole elsewhere", "initials", "fathers", "whole",
)  # fmt: skip
(
    ALWAYS, _SHARE, TELLING, _WORDS, _ALONE, _ONE, _ALL, POPULAR_LEFT, _BODY, _SHIP, _BARE, _UNLIKE,
    _ABROAD, _WEAK, _SISTER, _NAMED, _STRANGE, _PERSONAL, _ELSEWHERE, _WHOLE_ELSEWHERE, _INITIALS,
    _FATHERS, _WHOLE,
) = range(len(SIGNS))  # fmt: skip
SAYS = np.array(
    [-20.0, 25.3, 2.25, 1.4, 9.2, -2.9, 6.4, -3.0, 0.9, -9.0, -2.1, -9.0, -1.2, -1.0, -1.0,
     2.3, -8.6, -1.5, 25.0, 1.6, -5.4, -18.0, 1.5],
    np.float32,
)  # fmt: skip

#: Words left over cost this share of their nats: where both names have some, where the query has
#: more, where the list's name has more.
CONTRADICTED, UNMET, UNASKED = 0.6, 0.4, 0.3
#: Below so many nats the whole of a name (Kim Yong, Maria Garcia) has namesakes: its share counts
#: for less.
ENOUGH = 18.0
#: Nats of two words or more, from and to which they tell more if they are all of one name: of
#: clean people's nearest names one in 10,000 is such, of aliases one in twenty.
_TOLD, _TOLD_MOST = 12.0, 16.0
#: More words in the query prove no more.
_MOST_WORDS = 5
#: A name in which a word is contradicted proves hardly more than this, however many others agree:
#: relatives, sister ships and sister companies share all words but one. Nats of score; a
#: contradiction of `_CLEAR` nats or more counts in full, and beyond the cap `_BEYOND` of each nat.
_CAP, _CLEAR, _BEYOND = 14.0, 2.0, 0.05


@njit(cache=True, nogil=True)
def observe(
    asked: Asked, names: Names, name: int, words: Words, mate: I32, value: F32, shares: F32,
    kind: int, asked_kind: int, aligned: tuple[float, float, float, float], own: I64,
    own_name: I32, out: F32,
) -> None:  # fmt: skip
    """Fill in the signs of two aligned names, `SIGNS` of them.

    * ``share``: nats that met less what is left over, over what the query and part of the list's
      name weigh: two words met of three by near misses are common among strangers, one of one is
      not;
    * ``telling``: nats that met, each word's by how seldom people bear it;
    * ``words``: plain words of the query; ``one asked``, ``one listed``: one plain word only, which
      clean people seldom give, except within a text, and lists often hold;
    * ``popular left``: popular names of the query without a counterpart;
    * ``thing``: an organisation: names of people seldom come near; twice for a vessel as asked,
      as few listed names are of vessels;
    * ``vessel``: a vessel, if the query does not say what it means;
    * ``bare``: the query leaves vowels out, so that more comes near it;
    * ``unlike``, ``abroad``: cost share of the least alike pair, and of one put into Hangul. One
      word that is only alike makes all of the name doubtful, less so where names from elsewhere fit
      badly into syllables;
    * ``weak``: the list calls the name a weak alias; ``numbered``: nats in which vessels' names
      contradict: they differ by a word on purpose;
    * ``named``, ``strange``: an organisation, or a person, where the query tells that it means an
      organisation; the first twice for a vessel as asked; ``personal``: an organisation where
      popular names of people are asked;
    * ``elsewhere``: nats of the query's words that only other names of the same entity hold, over
      what the query weighs; ``whole elsewhere``: they leave nothing of the query without a
      counterpart. Lists spread the words of one name over aliases;
    * ``initials``: initials met an organisation's words, as they do those of many others;
    * ``fathers``: two patronymics that differ, or *A bin B* where the list has *B bin A*;
    * ``whole``: nats that met beyond `_TOLD`, where these are two words or more, all of one of two
      names of people, and the other has more: fathers', tribes' and middle names come and go.
      Not of names in Hangul, whose bearers are many though their words say much.

    Args:
        asked: the query's words.
        names: the segment's names.
        name: which of them.
        words: the dictionary.
        mate: as `align` fills it; so are the next two.
        value: what each pair is worth.
        shares: each pair's cost share.
        kind: what the entity is.
        asked_kind: what the query says it means.
        aligned: what `align` returns.
        own: [e + 1] first name of each entity in `own_name`.
        own_name: names by entity.
        out: [signs] receives them.
    """
    agreeing, unmet, unasked, whole = aligned
    both = min(unmet, unasked)
    out[:] = 0.0
    out[ALWAYS] = 1.0
    left = both * CONTRADICTED + (unmet - both) * UNMET + (unasked - both) * UNASKED
    out[_SHARE] = (agreeing - left) / max(whole, ENOUGH)
    met, taken = np.int32(0), np.int32(0)
    plain = 0
    first = names.start[name]
    for i in range(len(mate)):
        if asked.role[i] == NAME:
            plain += 1
        if mate[i] < 0:
            continue
        met |= asked.cover[i]
        at = first + mate[i]
        taken |= names.cover[at]
        twice = i > 0 and mate[i - 1] == mate[i]
        twice = twice or (i + 1 < len(mate) and mate[i + 1] == mate[i])
        if shares[i] >= 2 and not twice:  # one word here, two neighbours there
            taken |= names.cover[at + 1]
        out[TELLING] += value[i] * asked.telling[i]
        if value[i] < 0 and _is_fathers(asked, i) and _is_fathers_of(words, names.word[at]):
            out[_FATHERS] = 1.0
        if asked.role[i] != NAME and asked.role[i] != JOINED:
            continue
        if kind == ORGANISATION or asked.thing:
            spans = names.cover[at] if names.role[at] == JOINED else asked.cover[i]
            out[_INITIALS] = max(out[_INITIALS], np.float32(spans & (spans >> 2) != 0))
        cost = shares[i] - np.float32(2.0) if shares[i] >= 2 else shares[i]
        home = not asked.abroad[i] or words.habit[names.word[first + mate[i]]] == asked.habit[i]
        sign = _UNLIKE if home else _ABROAD
        out[sign] = max(out[sign], cost)
    left_over, lacking, fathers, initials = 0, 0, 0, 0
    popular, hangul = False, False
    for i in range(len(mate)):
        if asked.role[i] == NAME:
            hangul = hangul or asked.habit[i] == SYLLABLES
            popular = popular or asked.popular[i] > 0
            if not asked.cover[i] & met:
                left_over += 1
                fathers += _is_fathers(asked, i)
                said = _elsewhere(asked, i, names, name, own, own_name)
                out[_ELSEWHERE] += said
                lacking += said <= 0
            out[_BARE] = max(out[_BARE], np.float32(asked.habit[i] == VOWELLESS))
            out[POPULAR_LEFT] += np.float32(asked.popular[i] and not asked.cover[i] & met)
        elif asked.role[i] == NUMBER:
            left_over += not asked.cover[i] & met
        elif asked.role[i] == INITIAL:
            initials += not asked.cover[i] & met
    there, beyond, theirs = 0, 0, 0
    for j in range(first, names.start[name + 1]):
        there += names.role[j] == NAME
        plain_word = names.role[j] == NAME or names.role[j] == NUMBER
        if plain_word and not names.cover[j] & taken:
            beyond += 1
            theirs += _is_fathers_of(words, names.word[j])
        elif names.role[j] == INITIAL:
            initials += not names.cover[j] & taken
    # A father's name that one side leaves out is no word left over.
    fatherless = left_over + beyond == 1 and fathers + theirs == 1 and plain > left_over + 1
    if fathers and theirs:
        out[_FATHERS] = 1.0
    out[_FATHERS] = max(
        out[_FATHERS],
        np.float32(
            turned(
                asked.letters, asked.letter, asked.reading, asked.role, mate, names.word,
                names.role, first, words, PARTICLE,
            )
        ),
    )  # fmt: skip
    one_whole = (left_over == 0) != (beyond == 0) and plain > left_over + 1 and not initials
    people = kind <= PERSON and asked_kind <= PERSON and not asked.thing
    if one_whole and people and not hangul:
        out[_WHOLE] = max(min(agreeing, _TOLD_MOST) - _TOLD, 0.0)
    out[_WORDS] = min(plain, _MOST_WORDS)
    out[_ALONE] = np.float32(plain == 1 and not asked.cited)
    out[_ONE] = np.float32(there == 1)
    out[_ALL] = np.float32(left_over + beyond == 0 or fatherless)
    out[_WHOLE_ELSEWHERE] = np.float32(out[_ELSEWHERE] > 0 and not lacking)
    out[_ELSEWHERE] /= np.float32(max(whole, ENOUGH))
    same = asked_kind == kind
    told = asked_kind == ORGANISATION or (asked.thing and not asked_kind)
    out[_NAMED] = np.float32(kind == ORGANISATION and told)
    out[_NAMED] += np.float32(2 * (kind == VESSEL and same))
    out[_STRANGE] = np.float32(kind == PERSON and told)
    out[_PERSONAL] = np.float32(kind == ORGANISATION and not told and popular)
    out[_BODY] = np.float32(kind == ORGANISATION and (same or not asked_kind))
    out[_BODY] += np.float32(2 * (kind == VESSEL and same))
    out[_SHIP] = np.float32(kind == VESSEL and not asked_kind)
    out[_WEAK] = names.weak[name]
    out[_SISTER] = both * np.float32(kind == VESSEL)


@borrowing
def _is_fathers(asked: Asked, i: int) -> bool:
    """Return whether a query word has the form of a patronymic."""
    r = asked.reading[i]
    if asked.reading[i + 1] == r:
        return False
    return bool(patronymic(asked.letters, asked.letter[r], asked.letter[r + 1]))


@borrowing
def _is_fathers_of(words: Words, word: int) -> bool:
    """Return whether a word of the dictionary has."""
    r = words.reading[word]
    if words.reading[word + 1] == r:
        return False
    return bool(patronymic(words.letters, words.letter[r], words.letter[r + 1]))


@njit(cache=True, nogil=True)
def _elsewhere(asked: Asked, i: int, names: Names, name: int, own: I64, own_name: I32) -> float:
    """Return what a query word says that only other names of the same entity hold."""
    best = np.float32(0.0)
    entity, first, last = names.entity[name], asked.near[i], asked.near[i + 1]
    for k in range(own[entity], min(own[entity + 1], own[entity] + _MOST_NAMES)):
        other = own_name[k]
        if other == name:
            continue
        for j in range(names.start[other], names.start[other + 1]):
            at = near_at(asked.near_word, first, last, names.word[j])
            if at >= 0:
                rarity, share = asked.near_rarity[at], asked.near_share[at]
                says = agreement(asked.weight[i], rarity, share, WEIGHTS)
                best = max(best, np.float32(says))
    return float(best)


@njit(cache=True, nogil=True)
def capped(signs: F32, both: float) -> float:
    """Return what the cap takes from a name in which words contradict, in nats; at most 0.

    Args:
        signs: as `observe` fills them.
        both: nats in which the names contradict.
    """
    said = signs[_SHARE] * SAYS[_SHARE] + signs[TELLING] * SAYS[TELLING]
    beyond = max(np.float32(0.0), said - np.float32(_CAP))
    clear = min(both / np.float32(_CLEAR), np.float32(1.0))
    return float(-clear * beyond * np.float32(1.0 - _BEYOND))


@njit(cache=True, nogil=True)
def name_score(signs: F32, both: float) -> float:
    """Return what two names say in nats; the arguments are those of `capped`."""
    total = np.float32(0.0)
    for at in range(len(signs)):
        total += signs[at] * SAYS[at]
    return float(total + capped(signs, both))


def of_words(unmet: float, unasked: float, whole: float) -> tuple[float, float, float]:
    """Return what each nat weighs: of words that met, of the query's and of the list's left over.

    Both sides bear half of what they contradict. Arguments as `align` returns them.
    """
    nat = float(SAYS[_SHARE]) / max(whole, ENOUGH)
    both = min(unmet, unasked)
    half = both * CONTRADICTED / 2
    ours = half + (unmet - both) * UNMET
    theirs = half + (unasked - both) * UNASKED
    return nat, ours * nat / unmet if unmet else 0.0, theirs * nat / unasked if unasked else 0.0


#: What the signs that no single word bears mean, in plain words.
NOTES = {
    ALWAYS: "what strangers' names have in common by chance",
    _WORDS: "how many words were asked",
    _ALONE: "one word was asked, which clean people seldom give",
    _ONE: "the list's name is one word, which many bear",
    _ALL: "nothing is left over",
    _BODY: "no person, so that people's names seldom come near",
    _SHIP: "a vessel, though the query does not say that it means one",
    _BARE: "the query leaves vowels out, so that more names come near",
    _UNLIKE: "the least alike pair of words makes all of the name doubtful",
    _ABROAD: "the least alike pair of words makes all of the name doubtful",
    _WEAK: "the list calls this name a weak alias",
    _SISTER: "names of vessels differ by a word on purpose",
    _NAMED: "what is asked is no person, and neither is this",
    _STRANGE: "the words tell that an organisation is meant, and this is a person",
    _PERSONAL: "people bear words of the name, and this is an organisation",
    _ELSEWHERE: "other names of the same entity hold words that this one lacks",
    _WHOLE_ELSEWHERE: "all words asked stand in names of this entity",
    _INITIALS: "many organisations have the same initials",
    _FATHERS: "the fathers' names differ, or father and son are exchanged",
    _WHOLE: "words that say much are all of one of the names",
}
CAPPED = "words left over on both sides: relatives and sister companies share the others"
