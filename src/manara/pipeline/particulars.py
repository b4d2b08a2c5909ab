"""What tells an entity from its namesakes: its numbers, birth dates, birth places, addresses.

Lists state a passport, a wallet or an address as an entity of its own that points to its holder;
screening wants it on the holder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol, TypedDict

from manara.identity.dates import gregorian
from manara.identity.numbers import identifier_key, rules
from manara.model import vocabulary

#: Schemata of what somebody holds, and the property that says who.
_HELD = {
    "Passport": "holder", "Identification": "holder", "CryptoWallet": "holder",
    "UserAccount": "owner", "Security": "issuer",
}  # fmt: skip
#: The property that a document's ``number`` would be on its holder.
_NUMBER = {"Passport": "passportNumber", "Identification": "idNumber"}
_ISSUERS = frozenset({"country", "jurisdiction", "nationality"})
_PLACES = frozenset({"birthPlace"})
_ADDRESSES = frozenset({"address", "full"})
#: Properties that `Linked` needs of a view, and those that `particulars` does.
LINKED = frozenset({*_HELD.values(), "number", "country", "full"} | rules().keys())
PROPS = frozenset({"birthDate", "addressEntity"} | _PLACES | _ADDRESSES | _ISSUERS | rules().keys())
#: What is screened by its numbers even if it has no name.
_NUMBERED = ("CryptoWallet", "BankAccount", "Security", "UserAccount", "Container")


class Stated(Protocol):
    """What is needed of a fact."""

    @property
    def entity_id(self) -> str: ...  # noqa: D102
    @property
    def schema(self) -> str: ...  # noqa: D102
    @property
    def prop(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> str: ...  # noqa: D102


class Particulars(TypedDict, total=False):
    """Fields of a `manara.identity.NameEntry`."""

    birth_dates: tuple[str, ...]
    documents: tuple[str, ...]
    places: tuple[str, ...]
    addresses: tuple[str, ...]


class Linked:
    """Numbers and addresses that stand on entities of their own.

    Args:
        facts: in any order; those of other entities are passed over.
    """

    def __init__(self, facts: Iterable[Stated]) -> None:
        self.numbers: dict[str, list[str]] = defaultdict(list)
        self.addresses: dict[str, str] = {}
        held: dict[tuple[str, str], list[Stated]] = defaultdict(list)
        for fact in facts:
            if fact.schema == "Address" and fact.prop == "full":
                self.addresses[fact.entity_id] = fact.value
            elif fact.schema in _HELD:
                held[fact.entity_id, fact.schema].append(fact)
        for (_, schema), of_entity in held.items():
            keys = _keys(of_entity)
            for fact in of_entity:
                if fact.prop == _HELD[schema]:
                    self.numbers[fact.value] += keys


def is_numbered(schema: str) -> bool:
    """Return whether things of a schema are looked for by their numbers alone."""
    return schema in _NUMBERED


def is_named(schema: str) -> bool:
    """Return whether things of a schema are looked for by their names."""
    known = vocabulary()[schema]
    return known.is_a("LegalEntity") or known.is_a("Vehicle")


def particulars(of_entity: Iterable[Stated], linked: Linked) -> Particulars:
    """Return what is known of an entity beside its names, countries and gender.

    Args:
        of_entity: its facts.
        linked: what stands on other entities.
    """
    known = list(of_entity)
    entity_id = known[0].entity_id
    ids = [fact.value for fact in known if fact.prop == "addressEntity"]
    texts = [linked.addresses[at] for at in ids if at in linked.addresses]
    return {
        "birth_dates": gregorian(_values(known, {"birthDate"})),
        "documents": tuple(dict.fromkeys([*_keys(known), *linked.numbers.get(entity_id, ())])),
        "places": _values(known, _PLACES),
        "addresses": tuple(dict.fromkeys([*texts, *_values(known, _ADDRESSES)])),
    }


def _keys(of_entity: list[Stated]) -> list[str]:
    """Return the keys of the numbers that an entity states, with its country where it has one."""
    issuers = set(_values(of_entity, _ISSUERS))
    issuer = issuers.pop() if len(issuers) == 1 else ""
    keys = [
        identifier_key(_NUMBER.get(f.schema, "") if f.prop == "number" else f.prop, f.value,
                       "" if _is_person(f.schema) else issuer, f.schema)
        for f in of_entity
        if f.prop == "number" or f.prop in rules()
    ]  # fmt: skip
    return [key for key in keys if key]


def _is_person(schema: str) -> bool:
    # A person's country need not be the one that issued the document.
    known = vocabulary().get(schema)
    return bool(known and known.is_a("Person"))


def _values(facts: Iterable[Stated], props: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact.value for fact in facts if fact.prop in props))
