"""Family names of East Asia, which stand before the given name and often without a space."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

#: A Mandarin syllable as two in Hangul: those in -ao, -ai, -ei, -ou, -uan.
_DIPHTHONG = re.compile(
    "[가나다라마바사자차카타파하짜싸야냐댜랴먀뱌샤퍄]오|[가나다라마바사자차카타파하짜싸]이"
    "|[네레메베웨페헤]이|[거너더러머서어저처커터퍼허쩌써]우|[과솨좌촤콰화]이|위안"
)


@cache
def _surnames() -> dict[str, frozenset[str]]:
    text = files("manara.identity.names").joinpath("data/surnames.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {kind: frozenset(names.split()) for kind, names in rows}


def is_korean_family(word: str) -> bool:
    """Return whether a word in Hangul is a family name of Koreans."""
    return word in _surnames()["hangul_first"] or word in _surnames()["hangul"]


def family_first(token: str, script: str) -> tuple[str, ...]:
    """Return family and given name of a name written without a space, nothing for other words.

    Args:
        token: a whole name of one word.
        script: ``hangul`` or ``han``.
    """
    long = len(token)
    if not 2 <= long <= 5:
        return ()
    known = _surnames()
    cut = 2 if token[:2] in known[script] and long > 2 else 0
    if script == "han":
        cut = cut or (2 if long == 4 else 1)
    elif not cut and long < 4 and token[0] in known["hangul_first"]:
        cut = 1
    elif not cut:
        cut = _chinese_family(token)
    return (token[:cut], token[cut:]) if cut and long < cut + 4 else ()


def _chinese_family(token: str) -> int:
    """Return how many syllables of a Chinese name in Hangul are its family name, 0 for no name.

    A given name of three syllables has one that is written with two, such as chao (차오).
    """
    known = _surnames()["hangul_chinese"]
    if len(token) > 2 and token[:2] in known:
        return 2
    plain = len(token) < 4 or (len(token) == 4 and _DIPHTHONG.search(token[1:]))
    return int(token[0] in known and bool(plain))
