"""The languages in which findings, charts and reports of a programme are told."""

from __future__ import annotations

from datetime import date
from functools import cache

from manara.model import phrase
from manara.model.language import LANGUAGES, Language, catalogue, locale_of
from manara.model.text import Arg

__all__ = ["LANGUAGES", "Speech", "speech"]


class Speech(Language):
    """One language; in gaps of sentences ``money``, ``share`` and ``small`` are formats too."""

    __slots__ = ()

    def say(self, template: str, /, **args: Arg) -> str:
        """Return a sentence in this language; see `manara.model.phrase`."""
        return phrase(template, **args).told(self)

    def written(self, value: str | float | date, spec: str) -> str:
        """Return a value in a sentence, by a format specification."""
        if isinstance(value, (int, float)):
            if spec == "money":
                return self.amount(value)
            if spec == "share":
                return self.share(value)
            if spec == "small":
                return self.small(value)
        return Language.written(self, value, spec)

    def amount(self, value: float) -> str:
        """Return money in few digits: 1.2 M, 340 k."""
        if self.code != "en":
            return Language.amount(self, value)
        for size, letter in ((1e9, " bn"), (1e6, " M"), (1e3, " k")):
            if abs(value) >= size:
                digits = 0 if abs(value) >= 100 * size else 1
                return f"{value / size:,.{digits}f}".removesuffix(".0") + letter
        return f"{value:,.0f}"


@cache
def speech(code: str = "en") -> Speech:
    """Return a language of `LANGUAGES` by its code."""
    texts = catalogue("manara.risk.programme", code, "programme")
    return Speech(code, locale_of(code), texts)
