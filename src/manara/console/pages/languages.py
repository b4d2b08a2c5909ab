"""The languages of the console: catalogues of texts, and how each writes numbers and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
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

#: The languages, each in its own name; the first is the one that texts are written in.
LANGUAGES = {"en": "English", "fr": "Français", "ar": "العربية"}

#: How each writes numbers and days: day before month everywhere.
_LOCALES = {"en": "en_GB", "fr": "fr", "ar": "ar"}


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language.

    Attributes:
        code: a key of `LANGUAGES`.
        locale: how it writes numbers and days, by CLDR.
        catalogue: its texts.
    """

    code: str
    locale: Locale
    catalogue: NullTranslations

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return str(self.locale.text_direction)

    def say(self, text: str) -> str:
        """Return a text in this language; one that is not in the catalogue as it is."""
        return self.catalogue.gettext(text) if text else ""

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
        return format_date(value, "d MMM y", locale=self.locale)

    def time(self, value: datetime) -> str:
        """Return a moment, in UTC, to the minute."""
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return f"{self.day(moment)} {format_time(moment, 'HH:mm', locale=self.locale)}"

    def country(self, code: str) -> str:
        """Return the name of a country by its code; the code where CLDR knows none."""
        return str(self.locale.territories.get(code.upper(), code))

    def listed(self, values: list[str]) -> str:
        """Return several things as one phrase: *a, b and c*."""
        return format_list(values, locale=self.locale)


@cache
def tongue(code: str) -> Tongue:
    """Return a language by its code; English for one that is not there."""
    if code not in LANGUAGES:
        code = "en"
    catalogue: NullTranslations = NullTranslations()
    if code != "en":
        path = files("manara.console") / "locale" / code / "LC_MESSAGES" / "console.mo"
        with path.open("rb") as file:
            catalogue = Translations(file, domain="console")
    return Tongue(code, Locale.parse(_LOCALES[code]), catalogue)


def preferred(header: str) -> str:
    """Return the language to speak to whoever sends this ``Accept-Language`` header."""
    for part in header.split(","):
        code = part.partition(";")[0].strip().lower().partition("-")[0]
        if code in LANGUAGES:
            return code
    return "en"
