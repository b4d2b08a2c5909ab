"""What resolution looks at in each entity: lists of names, dates, countries, numbers, contacts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from manara.identity.names import name_tokens, number_key
from manara.identity.numbers import rules
from manara.model import Fact, VocabularyError, vocabulary

NAME_PROPS = frozenset({"name", "alias", "previousName", "weakAlias"})
COUNTRY_PROPS = frozenset(
    {"country", "nationality", "citizenship", "birthCountry", "jurisdiction", "flag", "mainCountry"}
)
CONTACT_PROPS = frozenset({"phone", "email", "address", "birthPlace"})
#: Schemata of documents, and the property that holds such a document's number on its holder.
DOCUMENTS = {"Passport": "passportNumber", "Identification": "idNumber"}
#: Schemata that are resolved, those derived from them included; what they are called in reasons.
KINDS = {
    "Person": "person",
    "Organization": "organisation",
    "LegalEntity": "",
    "Vessel": "vessel",
    "Airplane": "aircraft",
    "Vehicle": "vehicle",
    "CryptoWallet": "wallet",
    "BankAccount": "account",
    "Security": "security",
}
#: Kinds that are found by their name too; the others only by their numbers.
NAMED = frozenset({"person", "organisation", "", "vessel", "aircraft", "vehicle"})
#: Kinds of number of which one person or company may have many.
_HELD = frozenset({"wallet", "iban", "isin"})
#: Digits at the end of a telephone number that are compared: the rest is dialling codes.
_PHONE = 7
#: Nationality and registration marks of an aircraft (ICAO Annex 7).
_MARK = re.compile(r"[A-Z0-9]{1,3}-[A-Z0-9]{2,5}")


class Identifier(NamedTuple):
    """What a property says about identity.

    Attributes:
        worldwide: whether equal numbers alone make two entities one.
        least: letters and digits a number must have to count.
        single: whether one thing has only one, so that two different numbers are two things.
    """

    worldwide: bool
    least: int
    single: bool = False


class Number(NamedTuple):
    """A number that identifies, in one form."""

    prop: str
    value: str


@cache
def identifiers() -> Mapping[str, Identifier]:
    """Return the identifying properties, by name: those of `manara.identity.numbers` but contacts.

    What is unique in the world only at one time, as the number of a ship's radio, needs a second
    fact that agrees.
    """
    return {
        prop: Identifier(
            rule.worldwide and rule.single,
            rule.least,
            rule.worldwide and rule.single and rule.kind not in _HELD,
        )
        for prop, rule in rules().items()
        if rule.unique != "shared"
    }


@cache
def props() -> frozenset[str]:
    """Return the names of all properties that resolution looks at."""
    linked = {"holder", "number", "full", "addressEntity", "entity"}
    others = {"birthDate", "gender"} | linked
    return NAME_PROPS | COUNTRY_PROPS | CONTACT_PROPS | others | identifiers().keys()


@cache
def kind_of(schema: str) -> str | None:
    """Return what a schema is a kind of, a value of `KINDS`, None for what is not resolved."""
    known = vocabulary().get(schema)
    if known is None:
        return None
    return next((kind for name, kind in KINDS.items() if known.is_a(name)), None)


@cache
def same_kind(left: str, right: str) -> bool:
    """Return whether one thing can be of both schemata: a person is never a company."""
    try:
        vocabulary().common(left, right)
    except VocabularyError:
        return False
    return True


@dataclass(slots=True)
class Profile:
    """What resolution looks at in one entity.

    Attributes:
        entity_id: the entity.
        schema: its schema, the most specific that its sources agree on.
        datasets: names of the datasets that state it.
        names: its names as stated; True for those that are weak aliases only.
        dates: ISO 8601 dates of birth, of any precision.
        countries: ISO 3166-1 codes of nationality, residence, birth or registration.
        genders: ``male``, ``female`` or ``other``.
        numbers: its numbers, each with the countries that issued it, where stated.
        contacts: telephone numbers, addresses, mail addresses and birth places, in one form.
    """

    entity_id: str
    schema: str
    datasets: set[str] = field(default_factory=set)
    names: dict[str, bool] = field(default_factory=dict)
    dates: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    genders: set[str] = field(default_factory=set)
    numbers: dict[Number, set[str]] = field(default_factory=dict)
    contacts: set[tuple[str, str]] = field(default_factory=set)

    @property
    def kind(self) -> str:
        """What it is: a value of `KINDS`."""
        return kind_of(self.schema) or ""

    def refine(self, schema: str) -> None:
        """Take a more specific schema, where the sources state several that fit together."""
        if schema != self.schema and same_kind(schema, self.schema):
            self.schema = vocabulary().common(schema, self.schema)

    def tokens(self) -> set[str]:
        """Return the distinct words of all names, of two letters or more."""
        return {word for name in self.names for word in name_tokens(name) if len(word) > 1}

    def form(self) -> str:
        """Return everything in it as one text, whatever the order in which it came."""
        numbers = sorted((*number, *sorted(issuers)) for number, issuers in self.numbers.items())
        sets = (self.datasets, self.dates, self.countries, self.genders, self.contacts)
        return repr((self.schema, sorted(self.names.items()), numbers, [sorted(s) for s in sets]))


def read_profiles(facts: Iterable[Fact]) -> dict[str, Profile]:
    """Return the profile of every entity that can be resolved, by id, in order of ids.

    Args:
        facts: current facts with the properties of `props`, in any order.
    """
    gathered: dict[str, Profile] = {}
    linked: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    homes: list[tuple[str, str]] = []
    for fact in facts:
        if fact.schema in DOCUMENTS or fact.schema in ("Address", "Sanction"):
            linked[fact.entity_id, fact.schema][fact.prop].add(fact.value)
        elif kind_of(fact.schema) is not None:
            if fact.prop == "addressEntity":
                homes.append((fact.entity_id, fact.value))
            _take(gathered, fact)
    profiles = dict(sorted(gathered.items()))
    for profile in profiles.values():
        _take_marks(profile)
    for entity_id, address in homes:
        for full in linked.get((address, "Address"), {}).get("full", ()):
            _add_contact(profiles[entity_id], "address", full)
    for (_, schema), values in linked.items():
        _take_linked(profiles, schema, values)
    return profiles


def _take(profiles: dict[str, Profile], fact: Fact) -> None:
    profile = profiles.get(fact.entity_id)
    if profile is None:
        profile = profiles[fact.entity_id] = Profile(fact.entity_id, fact.schema)
    profile.refine(fact.schema)
    profile.datasets.add(fact.dataset)
    prop, value = fact.prop, fact.value
    if prop in NAME_PROPS:
        profile.names[value] = profile.names.get(value, True) and prop == "weakAlias"
    elif prop == "birthDate":
        profile.dates.add(value)
    elif prop == "gender":
        profile.genders.add(value)
    elif prop in COUNTRY_PROPS:
        profile.countries.add(value)
    elif prop in CONTACT_PROPS:
        _add_contact(profile, prop, value)
    else:
        _add_number(profile, prop, value, set())


def _take_marks(profile: Profile) -> None:
    """Take the names of an aircraft that are its registration marks for such."""
    if profile.kind == "aircraft":
        for name in profile.names:
            if _MARK.fullmatch(name.strip()):
                profile.numbers.setdefault(Number("registrationNumber", number_key(name)), set())


def _take_linked(profiles: Mapping[str, Profile], schema: str, values: dict[str, set[str]]) -> None:
    """Take what a document or a listing says of the entity it belongs to."""
    owners = values.get("holder" if schema in DOCUMENTS else "entity", set())
    for owner in sorted(owners & profiles.keys()):
        for number in values.get("number", ()):
            _add_number(profiles[owner], DOCUMENTS[schema], number, values.get("country", set()))
        for number in values.get("unscId", ()):
            _add_number(profiles[owner], "unscId", number, set())


def _add_number(profile: Profile, prop: str, value: str, issuers: set[str]) -> None:
    rule = identifiers().get(prop)
    number = number_key(value)
    if rule and len(number) >= rule.least and any(letter.isdigit() for letter in number):
        profile.numbers.setdefault(Number(prop, number), set()).update(issuers)


def _add_contact(profile: Profile, prop: str, value: str) -> None:
    if prop == "phone":
        form = "".join(letter for letter in value if letter.isdigit())[-_PHONE:]
        form = form if len(form) == _PHONE else ""
    elif prop == "email":
        form = value.strip().casefold()
    else:
        form = " ".join(name_tokens(value))
    if form:
        profile.contacts.add((prop, form))
