"""Languages: how each writes numbers, days and lists, and the sentences told in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from gettext import NullTranslations
from importlib.resources import files

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    is_currency,
)
from babel.support import Translations

from manara.model.text import English

#: The languages, each in its own name; the first is the one that texts are written in.
LANGUAGES = {"en": "English", "fr": "Français", "ar": "العربية"}

_ENGLISH = English()

#: How each joins several things with commas, and with semicolons.
_BETWEEN = {"en": (", ", "; "), "fr": (", ", " ; "), "ar": ("، ", "؛ ")}

# Words of a source in a sentence that is written the other way must not turn its signs round.
_ISOLATE, _ISOLATE_END = "\u2068", "\u2069"

#: How each writes numbers and days: day before month everywhere.
_LOCALES = {"en": "en_GB", "fr": "fr", "ar": "ar"}


@dataclass(frozen=True, slots=True)
class Language:
    """One language, a `manara.model.text.Voice`.

    Attributes:
        code: a key of `LANGUAGES`.
        locale: how it writes numbers and days, by CLDR.
        sentences: the templates of sentences told in it; see `manara.model.Text`.
    """

    code: str
    locale: Locale
    sentences: NullTranslations

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return str(self.locale.text_direction)

    def template(self, one: str, many: str, num: int) -> str:
        """Return the template for an English one; see `manara.model.Voice`."""
        if many:
            return self.sentences.ngettext(one, many, num)
        return self.sentences.gettext(one) if one else ""

    def written(self, value: str | float | date, spec: str) -> str:
        """Return a value in a sentence, by a format specification of Python."""
        if isinstance(value, str):
            return self.foreign(value, "")
        if isinstance(value, date):
            return self.day(value)
        if self.code == "en":
            return _ENGLISH.written(value, spec)
        signs = self.locale.number_symbols["latn"]
        told = format(value, spec).translate(
            {ord(","): signs["group"], ord("."): signs["decimal"], ord("-"): signs["minusSign"]}
        )
        after = self.locale.percent_formats[None].suffix[0].replace("%", signs["percentSign"])
        return told.replace("%", after)

    def foreign(self, text: str, lang: str) -> str:
        """Return words of a source, or of another language, in a sentence."""
        right = self.direction == "rtl" and text
        return f"{_ISOLATE}{text}{_ISOLATE_END}" if right else text

    def number(self, value: float | Decimal) -> str:
        """Return a number with the separators of the language."""
        return format_decimal(value, locale=self.locale)

    def percent(self, value: float) -> str:
        """Return a share of 1 in percent; certainty is never shown."""
        shown = min(max(value, 0.01), 0.99)
        return format_percent(shown, locale=self.locale)

    def share(self, value: float) -> str:
        """Return a share of 1 in percent as it is, such as how much is done."""
        return format_percent(value, locale=self.locale)

    def amount(self, value: float) -> str:
        """Return an amount in few digits: 139K, 1.4M."""
        size = abs(value)
        while size >= 1000:
            size /= 1000
        digits = 0 if size >= 100 or abs(value) < 1000 else 1
        return format_compact_decimal(
            round(value) if abs(value) < 1000 else value, fraction_digits=digits, locale=self.locale
        )

    def small(self, value: float) -> str:
        """Return a number with two digits that count, such as a rate."""
        return format_decimal(value, format="@@", locale=self.locale)

    def money(self, value: Decimal, currency: str) -> str:
        """Return a sum; one in what is no currency of ISO 4217 keeps its own sign."""
        if is_currency(currency):
            return format_currency(value, currency, locale=self.locale, currency_digits=True)
        return f"{self.number(value.normalize())} {currency}"

    def day(self, value: date | datetime) -> str:
        """Return a day in words short enough for a table."""
        return _day(value.date() if isinstance(value, datetime) else value, self.code)

    def time(self, value: datetime) -> str:
        """Return a moment, in UTC, to the minute."""
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return f"{self.day(moment)} {_minute(moment.hour, moment.minute, self.code)}"

    def country(self, code: str) -> str:
        """Return the name of a country by its code; the code where CLDR knows none."""
        return str(self.locale.territories.get(code.upper(), code))

    def listed(self, parts: Sequence[str], spec: str = "and") -> str:
        """Return several things as one phrase: *a, b and c*, or with commas or ``;`` alone."""
        if spec == "and":
            return format_list(list(parts), locale=self.locale)
        return _BETWEEN[self.code][spec == ";"].join(parts)


# A page has hundreds of days and moments, mostly the same few.
@lru_cache(maxsize=20_000)
def _day(value: date, code: str) -> str:
    return format_date(value, "d MMM y", locale=locale_of(code))


@lru_cache(maxsize=5_000)
def _minute(hour: int, minute: int, code: str) -> str:
    return format_time(time(hour, minute), "HH:mm", locale=locale_of(code))


@cache
def locale_of(code: str) -> Locale:
    """Return how a language of `LANGUAGES` writes numbers and days."""
    return Locale.parse(_LOCALES[code])


def catalogue(package: str, code: str, domain: str) -> NullTranslations:
    """Return the texts of a package in a language; none for English, which they are written in."""
    if code == "en":
        return NullTranslations()
    path = files(package) / "locale" / code / "LC_MESSAGES" / f"{domain}.mo"
    with path.open("rb") as file:
        return Translations(file, domain=domain)
