"""Languages."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from babel.core import Locale, get_global

from manara.model.types.base import PropertyType
from manara.model.types.enums import value_list

#: Codes of ISO 639-2 for bibliographic use; ISO 639-3 has the terminological ones instead.
_BIBLIOGRAPHIC = re.compile(
    "alb|arm|baq|bur|chi|cze|dut|fre|geo|ger|gre|ice|mac|mao|may|per|rum|slo|tib|wel"
)

#: Codes that name no language.
_NONE = ("mis", "und", "zxx")


class LanguageType(PropertyType):
    """A language, as a three-letter code of ISO 639-3.

    Understood are also the two-letter codes of ISO 639-1, the bibliographic codes of ISO 639-2,
    tags of BCP 47 (``pt-BR``, of which the language counts) and English names. Languages are those
    of CLDR. Other programs of the vocabulary know about seventy of them.
    """

    name = "language"
    matchable = False
    max_length = 16

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the code; see `PropertyType.clean`."""
        return _clean(text)

    def is_portable(self, value: str) -> bool:
        """Return whether the language is one that other programs of the vocabulary know."""
        return value in value_list("languages")


@lru_cache(maxsize=4096)
def _clean(text: str) -> str | None:
    code = text.strip().casefold()
    if code in value_list("languages"):
        return code
    table = _table()
    return table.get(code) or table.get(code.replace("_", "-").split("-", 1)[0])


@cache
def _table() -> dict[str, str]:
    """Return every code and English name with its ISO 639-3 code."""
    # "prs" is "fa_AF" in CLDR, and "sh" is "sr_Latn": the language counts.
    aliases = {a: code.split("_")[0] for a, code in get_global("language_aliases").items()}
    by_two = {
        two: three
        for three, two in aliases.items()
        if len(three) == 3 and len(two) == 2 and not _BIBLIOGRAPHIC.fullmatch(three)
    }
    # Where several languages share a two-letter code, it stands for the one in the vocabulary.
    by_two |= {aliases[three]: three for three in value_list("languages") if three in aliases}
    table: dict[str, str] = {}
    for code, name in Locale("en").languages.items():
        three = by_two.get(code, code)
        if len(three) == 3 and three not in _NONE and name:
            table |= {code: three, three: three, name.casefold(): three}
    return {a: by_two[two] for a, two in aliases.items() if two in by_two} | table
