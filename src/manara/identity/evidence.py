"""Do two entities' facts agree, contradict, or say nothing? One small function a kind of fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from manara.identity.names import name_tokens
from manara.model import VocabularyError, vocabulary


class Agreement(Enum):
    """What two sets of values say about two entities being one."""

    AGREE = "agree"
    SILENT = "silent"
    CONTRADICT = "contradict"


@dataclass(slots=True)
class Profile:
    """What resolution looks at in one entity.

    Attributes:
        entity_id: the entity.
        schema: its schema.
        datasets: names of the datasets that state it.
        names: its names as stated.
        birth_dates: ISO 8601 dates of any precision.
        countries: ISO 3166-1 codes of nationality, residence, birth or registration.
        genders: ``male``, ``female`` or ``other``.
        numbers: its worldwide numbers in one form, by property.
        issuers: countries that issued a document, by its number in one form.
    """

    entity_id: str
    schema: str
    datasets: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    birth_dates: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    genders: set[str] = field(default_factory=set)
    numbers: dict[str, set[str]] = field(default_factory=dict)
    issuers: dict[str, set[str]] = field(default_factory=dict)

    def refine(self, schema: str) -> None:
        """Take a more specific schema, where the sources state several that fit together."""
        if schema != self.schema and same_kind(schema, self.schema):
            self.schema = vocabulary().common(schema, self.schema)

    def tokens(self) -> set[str]:
        """Return the distinct words of all names, of two letters or more."""
        return {word for name in self.names for word in name_tokens(name) if len(word) > 1}


#: Widest span of years that a list states for one birth date it does not know exactly, taken from
#: the ranges on the published UN and OFAC lists; wider ones are alternatives.
_RANGE = 5


def compare_dates(left: Iterable[str], right: Iterable[str]) -> Agreement:
    """Return whether two sets of partial dates can mean one day.

    "1961" agrees with "1961-05-07" because it contains it; "1961-05-07" contradicts "1961-05-08".
    Several bare years on one side ("between 1983 and 1986") are a range: a date inside it does not
    contradict, and agrees if the range is narrow. Times of day are ignored.
    """
    left_days, right_days = {d[:10] for d in left}, {d[:10] for d in right}
    if not left_days or not right_days:
        return Agreement.SILENT
    if any(a.startswith(b) or b.startswith(a) for a in left_days for b in right_days):
        return Agreement.AGREE
    inside = {_inside(left_days, right_days), _inside(right_days, left_days)}
    if Agreement.AGREE in inside:
        return Agreement.AGREE
    return Agreement.SILENT if Agreement.SILENT in inside else Agreement.CONTRADICT


def _inside(days: set[str], years: set[str]) -> Agreement:
    """Return how days stand to a range, if the other side is one."""
    if len(years) < 2 or any(len(year) != 4 for year in years):
        return Agreement.CONTRADICT
    first, last = min(years), max(years)
    if not any(first <= day[:4] <= last for day in days):
        return Agreement.CONTRADICT
    return Agreement.AGREE if int(last) - int(first) <= _RANGE else Agreement.SILENT


def compare_sets(left: set[str], right: set[str]) -> Agreement:
    """Return whether two sets of codes share one."""
    if not left or not right:
        return Agreement.SILENT
    return Agreement.AGREE if left & right else Agreement.CONTRADICT


def same_kind(left: str, right: str) -> bool:
    """Return whether one thing can be of both schemata: a person is never a company."""
    try:
        vocabulary().common(left, right)
    except VocabularyError:
        return False
    return True
