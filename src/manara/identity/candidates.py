"""Which pairs of entities are worth comparing: those that share a strong number or a whole name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from manara.identity.evidence import Profile
from manara.identity.names import name_key, number_key
from manara.identity.numbers import rules
from manara.model import Fact

#: Properties that hold whole names, strong enough to compare by. Weak aliases are left out: a
#: publisher calls an alias weak because many people carry it.
NAME_PROPS = frozenset({"name", "alias", "previousName"})
COUNTRY_PROPS = frozenset(
    {"country", "nationality", "citizenship", "birthCountry", "jurisdiction", "flag", "mainCountry"}
)
#: Schemata of documents, and the property that holds such a document's number on its holder.
DOCUMENTS = {"Passport": "passportNumber", "Identification": "idNumber"}

#: A key shared by more entities than this tells nothing apart; its pairs are not compared.
CROWD = 50


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a property says about identity.

    Attributes:
        worldwide: whether equal numbers alone make two entities one.
        least: letters and digits a number must have to count.
    """

    worldwide: bool
    least: int


@cache
def identifiers() -> Mapping[str, Identifier]:
    """Return the identifying properties, by name."""
    return {
        prop: Identifier(rule.worldwide, rule.least)
        for prop, rule in rules().items()
        if rule.unique == "issuer" or (rule.worldwide and rule.single)
    }


def props() -> frozenset[str]:
    """Return the names of all properties that resolution looks at."""
    documents = {"holder", "number", "country"}
    return frozenset(
        NAME_PROPS | COUNTRY_PROPS | {"birthDate", "gender"} | documents | identifiers().keys()
    )


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Something two entities share.

    Attributes:
        prop: ``name`` or an identifying property.
        value: the shared value in one form.
    """

    prop: str
    value: str


class Candidates:
    """Profiles of entities and the keys they share, gathered from facts in one pass."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.profiles: dict[str, Profile] = {}
        self._keys: dict[Key, set[str]] = defaultdict(set)
        documents: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )
        for fact in facts:
            if fact.schema in DOCUMENTS:
                documents[fact.entity_id, fact.schema][fact.prop].add(fact.value)
            else:
                self._take(fact)
        for (_, schema), document in documents.items():
            self._take_document(DOCUMENTS[schema], document)

    def _take(self, fact: Fact) -> None:
        profile = self.profiles.get(fact.entity_id)
        if profile is None:
            profile = self.profiles[fact.entity_id] = Profile(fact.entity_id, fact.schema)
        profile.refine(fact.schema)
        profile.datasets.add(fact.dataset)
        if fact.prop in NAME_PROPS:
            profile.names.add(fact.value)
            key = name_key(fact.value)
            if key:
                self._keys[Key("name", key)].add(fact.entity_id)
        elif fact.prop == "birthDate":
            profile.birth_dates.add(fact.value)
        elif fact.prop == "gender":
            profile.genders.add(fact.value)
        elif fact.prop in COUNTRY_PROPS:
            profile.countries.add(fact.value)
        else:
            number = self._number(fact.prop, fact.value, (fact.entity_id,))
            if number and identifiers()[number.prop].worldwide:
                profile.numbers.setdefault(number.prop, set()).add(number.value)

    def _take_document(self, prop: str, document: Mapping[str, set[str]]) -> None:
        """A document identifies its holder, within the country that issued it."""
        holders = [holder for holder in document.get("holder", ()) if holder in self.profiles]
        for number in document.get("number", ()):
            key = self._number(prop, number, holders)
            if key is None:
                continue
            for holder in holders:
                issuers = self.profiles[holder].issuers.setdefault(key.value, set())
                issuers |= document.get("country", set())

    def _number(self, prop: str, value: str, holders: Iterable[str]) -> Key | None:
        rule = identifiers().get(prop)
        number = number_key(value)
        if not rule or len(number) < rule.least or not any(letter.isdigit() for letter in number):
            return None
        key = Key(prop, number)
        self._keys[key].update(holders)
        return key

    def pairs(self) -> Iterator[tuple[str, str, tuple[Key, ...]]]:
        """Yield each pair of entities that share keys, in order of id, with the keys they share."""
        shared: dict[tuple[str, str], set[Key]] = defaultdict(set)
        for key, holders in self._keys.items():
            known = sorted(holders & self.profiles.keys())
            if 2 <= len(known) <= CROWD:
                for pair in combinations(known, 2):
                    shared[pair].add(key)
        for (left, right), keys in sorted(shared.items()):
            yield left, right, tuple(sorted(keys))

    def namesakes(self, key: Key) -> bool:
        """Return whether one dataset gives this name to two entities, so that it names neither."""
        seen: set[str] = set()
        for holder in self._keys[key]:
            datasets = self.profiles[holder].datasets
            if seen & datasets:
                return True
            seen |= datasets
        return False
