"""Readings of the syllabic scripts, worked out from the order in which Unicode lists them.

The Unicode Standard, section 3.12 (Hangul composition), chapter 12 (scripts of India share one
layout by offset), 16 (Khmer) and 19 (Ethiopic: eight forms to a consonant). Han characters have
their Mandarin readings in ``data/han.tsv``. Readings use the phonetic letters of
:mod:`manara.identity.names.readings`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def _row(letters: str) -> list[str]:
    return letters.split(" ")


# Initial, medial and final letters in Unicode's order.
_REVISED = (
    _row("g g n d d r m b b s s  j j c k t p h"),
    _row("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i"),
    _row(" k k ks n nj nh t l lk lm lb ls lt lp lh m p ps t t ng t t k t p h"),
)  # Revised Romanization of Korean, 2000
_NORTHERN = (
    _row("k k n t t r m p p s s  j j c k t p h"),
    _row("a e ya ye o e yo ye o wa we oe yo u wo we wi yu u ui i"),
    _REVISED[2],
)  # as DPRK passports and newspapers write: voiceless initials, eo as o, eu as u
_ACADEMIC = (_row("k k n t t r m p p s s  c c c k t p h"), *_NORTHERN[1:])  # McCune-Reischauer 1937
_POPULAR = (
    _row("k k n d d r m b b s s  j j c k t p h"),
    _row("a ae ya yae u e yu ye o wa wae oe yo u wo we wi yu u i i"),
    _REVISED[2],
)  # as most South Koreans spell their own names: Young, Hyun, Chul, Seung (heard Sung), Hee
_FOREIGN = (
    _row("g k n d t l m b p s s  j j c k t p h"),
    _row("a e ya ye e e ye ye o wa we we yo u wo we wi yu  i i"),
    _row(" g g s n n n d l lg lm lb ls lt lp l m b bs s s ng j c k t p h"),
)  # as names from elsewhere are put into Hangul: eu is silent
_VOICED = (
    _row("g k n d t l m v f s s  z z c k t f h"),
    _FOREIGN[1],
    _row(" g g s n n n d l lg lm lv ls lt lf l m v vs s s ng z c k t f h"),
)  # the same, where b stands for v, p for f and j for z, which Korean does not have
#: Family names as their bearers write them (folded), where no romanisation gives that.
_SURNAMES = {
    "이": ("i", "li", "yi", "ri"), "박": ("park", "pak", "bak"), "최": ("coi", "coe", "cwe"),
    "정": ("jung", "jong", "jeong", "cung", "cong"), "노": ("ro", "no", "noh"), "로": ("ro", "no"),
    "임": ("im", "lim", "rim"), "림": ("rim", "lim", "im"), "류": ("ryu", "yu", "liu"),
    "유": ("yu", "ryu"), "조": ("co", "jo"), "김": ("kim", "gim"), "강": ("kang", "gang"),
    "신": ("xin", "sin"), "구": ("ku", "gu"), "권": ("kwon", "gwon"), "백": ("baek", "paek"),
    "심": ("xim", "sim"), "문": ("mun",), "안": ("ahn", "an"), "오": ("o", "oh"),
    "양": ("yang", "ryang"), "량": ("ryang", "yang"), "여": ("yo", "yeo", "ryo"),
    "허": ("hur", "ho", "heo"), "서": ("so", "seo", "suh"), "전": ("jon", "jeon", "cun"),
    "변": ("byun", "byon", "pyon"), "현": ("hyun", "hyon", "hyeon"), "배": ("bae", "pae"),
    "고": ("ko", "go"), "곽": ("kwak", "gwak"), "국": ("kuk", "guk"), "길": ("kil", "gil"),
    "나": ("na", "ra"), "라": ("ra", "na"), "리": ("ri", "li", "i"), "방": ("bang", "pang"),
    "부": ("bu", "pu", "bo"), "성": ("sung", "song", "seong"), "손": ("son", "sohn"),
    "송": ("song",), "우": ("wu", "u"), "주": ("ju", "cu"), "지": ("ji", "ci"),
    "천": ("cun", "con"),
}  # fmt: skip


_KOREAN = (_REVISED, _POPULAR, _NORTHERN, _FOREIGN, _ACADEMIC, _VOICED)


def _hangul(word: str, table: tuple[list[str], list[str], list[str]]) -> str:
    read = []
    for character in word:
        index = ord(character) - 0xAC00
        if 0 <= index < 11_172:
            initial, rest = divmod(index, 588)
            medial, final = divmod(rest, 28)
            read.append(table[0][initial] + table[1][medial] + table[2][final])
    return "".join(read)


def hangul_readings(word: str) -> list[str]:
    """Return the readings of Hangul: a family name's usual ones, or revised, northern, foreign."""
    if word in _SURNAMES:
        return list(_SURNAMES[word])
    read = [_hangul(word, table).replace("lr", "l") for table in _KOREAN]
    if "우" in word:
        read.insert(2, _hangul(word.replace("우", "위"), _POPULAR).replace("wi", "wu"))  # Woo
    return read


# By offset in a block of 128: independent vowels, consonants, vowel signs.
_INDIC_VOWELS = dict(enumerate(_row("a a i i u u ri li e e e ai o o o au"), 0x05))
_INDIC_CONSONANTS = dict(
    enumerate(
        _row("k k g g ng c c j j n t t d d n t t d d n n p p b b m y r r l l l v x x s h"), 0x15
    )
)
_INDIC_SIGNS = dict(enumerate(_row("a i i u u ri ri e e e ai o o o au"), 0x3E))
_NUKTA = {"k": "q", "g": "g", "j": "z", "d": "r", "p": "f"}
#: Letters that often stand for the Persian and Arabic kh and f, their dot left out.
_ASPIRATED = {0x16: "h", 0x2B: "f"}


def _indic(word: str, consonants: dict[int, str]) -> str:
    read: list[str] = []
    inherent = False
    for character in word:
        offset = (ord(character) - 0x0900) % 128
        if offset in consonants:
            read += ["a"] * inherent + [consonants[offset]]
            inherent = True
        elif offset == 0x3C and read:
            read[-1] = _NUKTA.get(read[-1], read[-1])
        elif offset == 0x4D:
            inherent = False
        elif offset in _INDIC_SIGNS:
            read.append(_INDIC_SIGNS[offset])
            inherent = False
        else:
            letter = _INDIC_VOWELS.get(offset) or {0x02: "n", 0x01: "n", 0x70: "n"}.get(offset, "")
            read += ["a"] * inherent + [letter]
            inherent = False
    return "".join(read)


def indic_readings(word: str) -> list[str]:
    """Return the readings of a word in a script of India; the last inherent *a* is silent."""
    plain = _indic(word, _INDIC_CONSONANTS)
    if "\u0980" <= word[:1] < "\u0a00":  # Bengali says o for the inherent vowel, b for v
        return [plain, plain.replace("a", "o"), plain.replace("y", "j")]
    return [plain, _indic(word, _INDIC_CONSONANTS | _ASPIRATED), plain.replace("v", "w")]


_GEEZ_ROWS = _row(
    "h l h m s r s x q q q q b b t c h h n n a k k k k w a z j y d d j g g g t c p c c f p"
)
_GEEZ_ORDERS = ("e", "u", "i", "a", "e", "", "o", "wa")


def geez_readings(word: str) -> list[str]:
    """Return the reading of a word in Ge'ez letters as Amharic says them."""
    read = []
    for character in word:
        row, order = divmod(ord(character) - 0x1200, 8)
        if 0 <= row < len(_GEEZ_ROWS):
            consonant = _GEEZ_ROWS[row]
            vowel = _GEEZ_ORDERS[order]
            if consonant == "a":  # the two throat letters: the first form is already an a
                read.append({"e": "a", "": "i"}.get(vowel, vowel))
            else:
                read.append(consonant + vowel)
    plain = "".join(read)
    return [plain, plain.replace("e", "a")]


# Consonants from U+1780, vowel signs from U+17B6 (Unicode chapter 16), as UNGEGN romanises them.
_KHMER_CONSONANTS = _row("k k k k ng c c c c n d t d t n t t t t n b p p p m y r l v x s s h l a")
_KHMER_SIGNS = _row("a e ei e eu o u uo eu eua ie e e ai o au om a")
_KHMER_HARD = 0x17C9  # b with it is p


def khmer_readings(word: str) -> list[str]:
    """Return the readings of a word in Khmer letters; names often write d for t."""
    read: list[str] = []
    bare = False
    for character in word:
        code = ord(character)
        if 0x1780 <= code <= 0x17A2:
            read += ["o"] * bare + [_KHMER_CONSONANTS[code - 0x1780]]
            bare = read[-1] != "a"
        elif 0x17B6 <= code <= 0x17C7:
            if read[-1:] == ["a"]:
                read.pop()
            read.append(_KHMER_SIGNS[code - 0x17B6])
            bare = False
        elif code == _KHMER_HARD and read[-1:] == ["b"]:
            read[-1] = "p"
        elif code == 0x17D2:  # the next consonant is written below this one
            bare = False
    plain = "".join(read)
    return [plain, plain.replace("t", "d"), plain.replace("o", "a").replace("e", "i")]


@cache
def _pinyin() -> dict[str, str]:
    text = files("manara.identity.names").joinpath("data/han.tsv").read_text(encoding="utf-8")
    readings = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            reading, characters = line.split("\t")
            readings.update(dict.fromkeys(characters, reading))
    return readings


def han_readings(word: str) -> list[str]:
    """Return the Mandarin reading of a word in Han characters."""
    known = _pinyin()
    return ["".join(known.get(character, "") for character in word)]
