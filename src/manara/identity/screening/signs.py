"""What two names say as a whole, once their words are aligned: signs, and what each weighs.

The weights are those of a logistic regression (`scripts/fit_signs.py`): true pairs are aliases left
out of lists and names in other scripts, false ones what clean people come near to. They are log
odds times `SCALE`, so that a nat of score stays what dates and countries are measured in.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.names.readings import VOWELLESS
from manara.identity.screening.kernels import F32, I32, Words
from manara.identity.screening.likelihood import JOINED, NAME, Asked, Names

#: Organisations and vessels among `manara.identity.screening.query.KINDS`.
ORGANISATION, VESSEL = 2, 3

#: Nats of score for one of log odds.
SCALE = 2.25
#: The signs of `observe`, in its order.
SIGNS = (
    "always", "share", "telling", "words", "one asked", "one listed", "all met", "popular left",
    "thing", "vessel", "bare", "unlike", "abroad", "weak", "numbered",
)  # fmt: skip
(
    ALWAYS, _SHARE, TELLING, _WORDS, _ALONE, _ONE, _ALL, POPULAR_LEFT, _BODY, _SHIP, _BARE, _UNLIKE,
    _ABROAD, _WEAK, _SISTER,
) = range(len(SIGNS))  # fmt: skip
SAYS = np.array(
    [-20.0, 28.5, 2.25, 2.0, 8.7, -2.7, 5.4, -2.5, 3.3, -9.0, -2.5, -5.3, -1.2, -1.0, -1.0],
    np.float32,
)

#: Words left over cost this share of their nats: where both names have some, where the query has
#: more, where the list's name has more.
CONTRADICTED, UNMET, UNASKED = 0.6, 0.4, 0.3
#: Below so many nats the whole of a name (Kim Yong, Maria Garcia) has namesakes: its share counts
#: for less.
ENOUGH = 18.0
#: More words in the query prove no more.
_MOST_WORDS = 5
#: A name in which a word is contradicted proves hardly more than this, however many others agree:
#: relatives, sister ships and sister companies share all words but one. Nats of score; a
#: contradiction of `_CLEAR` nats or more counts in full, and beyond the cap `_BEYOND` of each nat.
_CAP, _CLEAR, _BEYOND = 14.0, 2.0, 0.05


@njit(cache=True, nogil=True)
def observe(
    asked: Asked, names: Names, name: int, words: Words, mate: I32, value: F32, shares: F32,
    kind: int, asked_kind: int, aligned: tuple[float, float, float, float], out: F32,
) -> None:  # fmt: skip
    """Fill in the signs of two aligned names, `SIGNS` of them.

    * ``share``: nats that met less what is left over, over what the query and part of the list's
      name weigh: two words met of three by near misses are common among strangers, one of one is
      not;
    * ``telling``: nats that met, each word's by how seldom people bear it;
    * ``words``: plain words of the query; ``one asked``, ``one listed``: one plain word only, which
      clean people seldom give and lists often hold;
    * ``popular left``: popular names of the query without a counterpart;
    * ``thing``: an organisation: names of people seldom come near; twice for a vessel as asked,
      as few listed names are of vessels;
    * ``vessel``: a vessel, if the query does not say what it means;
    * ``bare``: the query leaves vowels out, so that more comes near it;
    * ``unlike``, ``abroad``: cost share of the least alike pair, and of one put into Hangul. One
      word that is only alike makes all of the name doubtful, less so where names from elsewhere fit
      badly into syllables;
    * ``weak``: the list calls the name a weak alias; ``numbered``: nats in which vessels' names
      contradict: they differ by a word on purpose.

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
        out: [signs] receives them.
    """
    agreeing, unmet, unasked, whole = aligned
    both = min(unmet, unasked)
    out[:] = 0.0
    out[ALWAYS] = 1.0
    left = both * CONTRADICTED + (unmet - both) * UNMET + (unasked - both) * UNASKED
    out[_SHARE] = (agreeing - left) / max(whole, ENOUGH)
    met = np.int32(0)
    plain = 0
    first = names.start[name]
    for i in range(len(mate)):
        if asked.role[i] == NAME:
            plain += 1
        if mate[i] < 0:
            continue
        met |= asked.cover[i]
        out[TELLING] += value[i] * asked.telling[i]
        if asked.role[i] != NAME and asked.role[i] != JOINED:
            continue
        cost = shares[i] - np.float32(2.0) if shares[i] >= 2 else shares[i]
        home = not asked.abroad[i] or words.habit[names.word[first + mate[i]]] == asked.habit[i]
        sign = _UNLIKE if home else _ABROAD
        out[sign] = max(out[sign], cost)
    for i in range(len(mate)):
        if asked.role[i] == NAME:
            out[_BARE] = max(out[_BARE], np.float32(asked.habit[i] == VOWELLESS))
            out[POPULAR_LEFT] += np.float32(asked.popular[i] and not asked.cover[i] & met)
    there = 0
    for j in range(first, names.start[name + 1]):
        there += names.role[j] == NAME
    out[_WORDS], out[_ALONE] = min(plain, _MOST_WORDS), np.float32(plain == 1)
    out[_ONE] = np.float32(there == 1)
    out[_ALL] = np.float32(unmet + unasked < 0.5)
    same = asked_kind == kind
    out[_BODY] = np.float32(kind == ORGANISATION and (same or not asked_kind))
    out[_BODY] += np.float32(2 * (kind == VESSEL and same))
    out[_SHIP] = np.float32(kind == VESSEL and not asked_kind)
    out[_WEAK] = names.weak[name]
    out[_SISTER] = both * np.float32(kind == VESSEL)


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
}
CAPPED = "words left over on both sides: relatives and sister companies share the others"
