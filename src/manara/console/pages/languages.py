"""The languages of the console: its catalogues of texts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations

from manara.model import Finding, Step
from manara.model.language import LANGUAGES, Language, catalogue, locale_of

__all__ = ["LANGUAGES", "Tongue", "asked_in", "preferred", "tongue"]


@dataclass(frozen=True, slots=True)
class Tongue(Language):
    """One language.

    Attributes:
        catalogue: the console's own texts; `sentences` are those of leads.
    """

    catalogue: NullTranslations

    def say(self, text: str) -> str:
        """Return a text in this language; one that is not in the catalogue as it is."""
        return self.catalogue.gettext(text) if text else ""

    def told(self, one: Finding | Step) -> str:
        """Return a lead's title or a step of it; what is known in English only, in English."""
        if one.words and self.code != "en":
            return one.words.told(self)
        return one.title if isinstance(one, Finding) else one.text


@cache
def tongue(code: str) -> Tongue:
    """Return a language by its code; English for one that is not there."""
    if code not in LANGUAGES:
        code = "en"
    own, leads = (catalogue("manara.console", code, domain) for domain in ("console", "leads"))
    return Tongue(code, locale_of(code), leads, own)


def preferred(header: str) -> str:
    """Return the language to speak to whoever sends this ``Accept-Language`` header."""
    return asked_in(header) or "en"


def asked_in(header: str) -> str:
    """Return the first language of an ``Accept-Language`` header that is there, else ``""``."""
    codes = (part.partition(";")[0].strip().lower().partition("-")[0] for part in header.split(","))
    return next((code for code in codes if code in LANGUAGES), "")
