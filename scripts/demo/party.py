"""What can be known or stated about somebody or something in the invented world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

FICTION = "FICTION: every person, company, ship and number in this file is invented."
#: The same, short, for each record.
NOTE = "Fictional entry."


class Name(NamedTuple):
    """One name in Latin letters.

    Attributes:
        given: given names in order; empty for anything but a person.
        family: family name, or the whole name of anything but a person.
        weak: whether the publisher calls it a low-quality alias.
        former: whether it is a former name.
    """

    given: str
    family: str
    weak: bool = False
    former: bool = False

    @property
    def whole(self) -> str:
        """The name in one string, given names first."""
        return f"{self.given} {self.family}".strip()


class Birth(NamedTuple):
    """A date of birth as precisely as somebody knows it.

    Attributes:
        first: ISO 8601 day, month or year; the first possible year of a range.
        last: last possible year of a range, else ``""``.
        circa: whether it is approximate.
    """

    first: str
    last: str = ""
    circa: bool = False


class Document(NamedTuple):
    """An identifier.

    Attributes:
        kind: ``passport``, ``national``, ``registration``, ``lei``, ``imo`` or ``msn``.
        number: the number as written.
        country: ISO country of issue, or ``""``.
    """

    kind: str
    number: str
    country: str = ""


class Address(NamedTuple):
    """A postal address with an ISO country code."""

    street: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody or something, either as it is or as one publisher states it.

    Attributes:
        key: identity in the invented world, such as ``p001``.
        kind: ``person``, ``company``, ``vessel`` or ``aircraft``.
        names: Latin names, the main one first.
        native: name in its own script, ``""`` if that is Latin.
        lang: ISO 639-3 language of the native name.
        script: script of the native name.
        documents: identifiers.
        wallets: pairs of currency and address.
        accounts: IBAN-shaped account numbers.
        countries: citizenships of a person, else jurisdiction or flag.
        past_flags: flags a vessel flew before.
        type: type of vessel or model of aircraft.
        built: year of building or founding.
        owner: key of the party that owns or operates it.
    """

    key: str
    kind: str
    names: tuple[Name, ...]
    native: str = ""
    lang: str = ""
    script: str = ""
    gender: str = ""
    births: tuple[Birth, ...] = ()
    birth_place: tuple[str, str] = ("", "")
    countries: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    addresses: tuple[Address, ...] = ()
    title: str = ""
    position: str = ""
    wallets: tuple[tuple[str, str], ...] = ()
    accounts: tuple[str, ...] = ()
    past_flags: tuple[str, ...] = ()
    type: str = ""
    built: str = ""
    tonnage: str = ""
    owner: str = ""

    @property
    def name(self) -> str:
        """The main name in one string."""
        return self.names[0].whole

    def numbers(self, kind: str) -> list[Document]:
        """Return the documents of one kind."""
        return [document for document in self.documents if document.kind == kind]


@dataclass(frozen=True, slots=True)
class Listing:
    """A party as one list states it.

    Attributes:
        list: short name of the list, see `demo.plan.LISTS`.
        number: running number of the record in the list, from 1; ids are made from it.
        party: what the list says.
        listed: day of listing.
        programme: under which programme or regime.
        updated: day of the last amendment, if any.
    """

    list: str
    number: int
    party: Party
    listed: date
    programme: str
    updated: date | None = None
