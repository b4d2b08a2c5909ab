"""Languages."""

from __future__ import annotations

from functools import cache, lru_cache

from babel.core import Locale, get_global

from manara.model.types.base import PropertyType
from manara.model.types.enums import value_list

#: Codes of ISO 639-2 for bibliographic use; ISO 639-3 has the terminological ones instead.
_BIBLIOGRAPHIC = frozenset(
    "alb arm baq bur chi cze dut fre geo ger gre ice mac mao may per rum slo tib wel".split()
)


class LanguageType(PropertyType):
    """A language, as a three-letter code of ISO 639-3.

    Understood are also the two-letter codes of ISO 639-1, the bibliographic codes of ISO 639-2,
    tags of BCP 47 (``pt-BR``, of which the language counts) and English names. Languages are those
    of CLDR. Other programs of the vocabulary know about seventy of them.
    """

    name = "language"
    matchable = False
    max_length = 16

    def clean(self, text: str, form: str = "") -> str | None:
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
    aliases: dict[str, str] = get_global("language_aliases")
    threes = {
        two: alias
        for alias, two in aliases.items()
        if len(alias) == 3 and len(two) == 2 and alias not in _BIBLIOGRAPHIC
    }
    # Where several individual languages share a two-letter code, the macrolanguage has it.
    for three in value_list("languages"):
        if len(aliases.get(three, "")) == 2:
            threes[aliases[three]] = three
    names = Locale("en").languages
    codes = {code: threes.get(code, code) for code in names if "_" not in code}
    table = {code: three for code, three in codes.items() if len(three) == 3}
    table |= {three: three for three in table.values()}
    table |= {a: threes[two] for a, two in aliases.items() if two in threes and a not in table}
    table |= {names[c].casefold(): three for c, three in codes.items() if len(three) == 3}
    for nothing in ("mis", "und", "zxx"):
        table.pop(nothing, None)
    return table
