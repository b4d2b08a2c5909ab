"""Countries and territories."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from unicodedata import category, normalize

import yaml
from babel.core import Locale, get_global

from manara.model.types.base import PropertyType

_DATA = Path(__file__).parents[1] / "data" / "countries.yaml"

#: Languages whose country names are understood: the six official ones of the United Nations
#: without Chinese. English first: it decides where two languages share a name.
_LANGUAGES = ("en", "fr", "es", "ru", "ar")

#: Most words of a country's name, and letters of names that are rather other words.
_MOST_WORDS, _SHORT = 8, 3
#: Letters that Arabic writes together with the word after them.
_PREFIXES = "\u0648\u0628\u0644\u0643\u0641"

_SMALL_WORDS = re.compile(r"^(?:region |the )+| the$")


class CountryType(PropertyType):
    """A country or territory, as a lower-case code of ISO 3166-1 alpha-2.

    Beyond ISO 3166-1 there are the codes the vocabulary adds: unions (``eu``), former states as
    in ISO 3166-3 (``suhh`` the Soviet Union, ``yucs`` Yugoslavia), and territories whose status
    is disputed (``xk`` Kosovo, ``ua-cri`` Crimea). A code says where, not who is right. Understood
    are these codes, alpha-3 codes, the names of CLDR in English, French, Spanish, Russian and
    Arabic, and the long names, former names and demonyms that lists use.
    """

    name = "country"
    max_length = 16

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the code; see `PropertyType.clean`."""
        return _clean(text)


def country_codes() -> frozenset[str]:
    """Return every code a country can have."""
    return frozenset(_own()[0])


def countries_in(text: str) -> list[str]:
    """Return the countries that a running text names, by code, each once, in the order they stand.

    Names and demonyms as in `CountryType`, whole words only, the longest where one holds another
    (Equatorial Guinea is not Guinea); codes are not looked for, since `no` and `in` are words. An
    Arabic word may have one letter before it that means *and*, *in*, *to*, *like* or *so*.
    """
    words, names = _key(text).split(), _names()
    found, at = [], 0
    while at < len(words):
        for end in range(min(at + _MOST_WORDS, len(words)), at, -1):
            name = " ".join(words[at:end])
            bare = name[1:] if name[0] in _PREFIXES else name
            if code := names.get(name) or names.get(bare):
                found.append(code)
                at = end - 1
                break
        at += 1
    return list(dict.fromkeys(found))


@cache
def _names() -> dict[str, str]:
    """Return all names of countries with their codes; those of one to three letters are left out.

    Where languages differ about a name, the first counts, as in `_clean`.
    """
    found: dict[str, str] = {}
    for names in (_own()[1], *map(_cldr, _LANGUAGES)):
        for name, code in names.items():
            if len(name) > _SHORT or not name.isascii():
                found.setdefault(name, code)
    return found


@lru_cache(maxsize=16_384)
def _clean(text: str) -> str | None:
    codes, names = _own()
    code = text.strip().lower().replace("_", "-")
    if code in codes:
        return code
    key = _key(text)
    if key in names:
        return names[key]
    if len(code) == 3 and code in _alpha3():
        return _alpha3()[code]
    for language in _LANGUAGES:
        if key in _cldr(language):
            return _cldr(language)[key]
    return _bilingual(text)


def _bilingual(text: str) -> str | None:
    """Return the country that a source names in several languages: ``Syria / Syrie``."""
    named = {_clean(part) for part in text.split("/")} if "/" in text else set()
    return named.pop() if len(named) == 1 else None


def _key(name: str) -> str:
    """Return what two spellings of one country name have in common."""
    text = normalize("NFKD", name.casefold()).replace("&", " and ").replace(".", "")
    kept = (c if c.isalnum() else " " for c in text if category(c) not in ("Mn", "Cf"))
    words = "".join(kept).replace("saint ", "st ").split()
    return _SMALL_WORDS.sub("", " ".join(words))


@cache
def _own() -> tuple[dict[str, None], dict[str, str]]:
    """Return the codes, and our own table of names to codes."""
    with _DATA.open(encoding="utf-8") as file:
        data: dict[str, list[str] | None] = yaml.load(file, yaml.CSafeLoader)
    names = {_key(name): code for code, names in data.items() for name in names or ()}
    return dict.fromkeys(data), names


@cache
def _alpha3() -> dict[str, str]:
    codes = _own()[0]
    return {
        alias.lower(): new[0].lower()
        for alias, new in get_global("territory_aliases").items()
        if len(alias) == 3 and len(new) == 1 and new[0].lower() in codes
    }


@cache
def _cldr(language: str) -> dict[str, str]:
    codes = _own()[0]
    territories = Locale(language).territories
    return {_key(n): c.lower() for c, n in territories.items() if c.lower() in codes}
