"""Screening of a payment before it leaves: parties, banks, countries, vessels, goods, free text.

The answer lists what a person should look at. It says neither that a payment may go nor that it may
not: that is decided by somebody, never here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import yaml

from manara.identity import name_tokens
from manara.identity.numbers import stated_identifier
from manara.identity.screening.query import Query
from manara.model import ManaraError, UsageError, vocabulary
from manara.model.types import countries_in
from manara.money.topics import goods_in
from manara.pipeline.screening import THRESHOLD, Screen, ScreenHit, query_of

#: The file of a workspace that says which countries are to be looked at, and why.
COUNTRIES_FILE = "countries.yaml"

#: Most words of a free text that are read, and most passages and numbers of it that are asked for.
MOST_WORDS, MOST_PASSAGES, MOST_NUMBERS = 400, 12, 8

#: Most hits of one field.
MOST_HITS = 5

#: Numbers in a text whose own form tells what they are; a bare number of a text is asked for
#: nobody, since an invoice may have the number of a passport.
_NUMBER = re.compile(
    r"\bIMO[\s:.#/-]{0,3}\d{7}\b|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"
    r"|\b[A-Za-z0-9]{20,64}\b|[^\s@]{1,64}@[^\s@]{1,80}"
)
_TELLING = frozenset({"imo", "iban", "lei", "isin", "wallet", "email"})


class PartyAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody or something that takes part in a payment; a name or a number is enough.

    Attributes:
        name: in any script and word order.
        kind: ``person``, ``organisation``, ``vessel`` or empty.
        birth_date: ISO 8601, of any precision.
        countries: codes or names.
        documents: numbers of accounts, documents, vessels …, as in `manara.identity`.
        bic: BIC of an institution.
        addresses: of any form.
    """

    name: str = ""
    kind: str = ""
    birth_date: str = ""
    countries: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    bic: str = ""
    addresses: tuple[str, ...] = ()

    def queries(self) -> list[Query]:
        """Return what is asked for: the party, and its BIC once more without the name beside it.

        Raises:
            UsageError: a value is not of its kind.
        """
        bic = "".join(self.bic.split()).upper()
        if bic and not vocabulary()["Organization"]["swiftBic"].clean(bic):
            raise UsageError("not a valid BIC", where=repr(self.bic[:40]))
        stated = (f"bic:{bic}",) if bic else ()
        asked = query_of(
            self.name,
            birth_date=self.birth_date,
            countries=self.countries or ([bic[4:6]] if bic else ()),
            documents=[*self.documents, *stated],
            addresses=self.addresses,
        )
        whole = msgspec.structs.replace(asked, kind=self.kind)
        # Beside a name that differs a BIC, which branches share, would be outweighed.
        alone = [query_of("", documents=stated)] if bic and self.name else []
        return [whole, *alone]


class PaymentAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A payment to be screened; everything may be missing.

    Attributes:
        reference: the asker's own number for it.
        parties: who takes part, each with its field, such as ``payer`` or ``intermediaries.0``.
        texts: free texts with their fields, such as ``purpose``.
        hs_codes: codes of the Harmonized System.
    """

    reference: str = ""
    parties: tuple[tuple[str, PartyAsked], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    hs_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldHit(ScreenHit):
    """Someone on a list who may be meant in a field of a payment.

    Attributes:
        field: the field.
        asked: what of the field was asked for.
    """

    field: str
    asked: str


@dataclass(frozen=True, slots=True)
class Term:
    """Goods named in a payment.

    Attributes:
        field: where.
        topic: to what they belong.
        found: the words or the code, in one form.
        rule: why they were found.
    """

    field: str
    topic: str
    found: str
    rule: str


@dataclass(frozen=True, slots=True)
class CountryHit:
    """A country that somebody wants to have looked at.

    Attributes:
        field: where it stands.
        country: ISO 3166-1 alpha-2.
        reason: why it is looked at.
    """

    field: str
    country: str
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentAnswer:
    """What of a payment a person should look at; empty lists are no clearance by anybody.

    Attributes:
        reference: that of the payment.
        to_review: how many things there are to look at.
        hits: names and numbers that may be of someone on a list, by field.
        goods: goods that were named.
        countries: countries that are to be looked at.
        unread: what was not read, and why.
    """

    reference: str
    to_review: int
    hits: list[FieldHit]
    goods: list[Term]
    countries: list[CountryHit]
    unread: list[str]


@dataclass(frozen=True, slots=True)
class PaymentScreen:
    """Lists, countries and terms, ready for payments.

    Attributes:
        screen: the lists.
        countries: why payments with a country are looked at, by its code.
    """

    screen: Screen
    countries: Mapping[str, str]

    def ask(self, payment: PaymentAsked, *, threshold: float = THRESHOLD) -> PaymentAnswer:
        """Return what of a payment a person should look at.

        Args:
            payment: the payment.
            threshold: least probability of a hit, 0..1.

        Raises:
            UsageError: a value is not of its kind; it says in which field.
        """
        hits: list[FieldHit] = []
        countries: list[CountryHit] = []
        for field, party in payment.parties:
            queries = _queries(field, party)
            hits += self._hits(field, queries, threshold)
            countries += self._watched(field, queries[0])
            countries += (one for text in party.addresses for one in self._named(field, text))
        goods = [Term("hs_codes", *one) for one in goods_in("", payment.hs_codes)]
        unread: list[str] = []
        for field, text in payment.texts:
            goods += [Term(field, *one) for one in goods_in(text)]
            hits += self._in_text(field, text, threshold, unread)
            countries += self._named(field, text)
        # A field may be asked in several ways.
        hits = _best(hits)
        goods, countries = list(dict.fromkeys(goods)), list(dict.fromkeys(countries))
        found = len(hits) + len(goods) + len(countries)
        unread = list(dict.fromkeys(unread))
        return PaymentAnswer(payment.reference, found, hits, goods, countries, unread)

    def _hits(self, field: str, queries: Iterable[Query], threshold: float) -> list[FieldHit]:
        """Return what queries find, each entity once, the most probable first."""
        best: dict[str, FieldHit] = {}
        for query in queries:
            if not (query.name or query.documents):
                continue
            asked = query.name or ", ".join(query.documents)
            for hit in self.screen.ask(query, limit=MOST_HITS, threshold=threshold):
                if hit.entity not in best or hit.probability > best[hit.entity].probability:
                    best[hit.entity] = FieldHit(
                        hit.entity, hit.name, hit.probability, hit.list, hit.edition,
                        hit.explanation, field, asked,
                    )  # fmt: skip
        return sorted(best.values(), key=lambda hit: (-hit.probability, hit.entity))

    def _watched(self, field: str, query: Query) -> Iterator[CountryHit]:
        ibans = [key.partition(":")[2][:2] for key in query.documents if key.startswith("iban:")]
        for code in dict.fromkeys(one.lower() for one in (*query.countries, *ibans)):
            if reason := self.countries.get(code):
                yield CountryHit(field, code, reason)

    def _named(self, field: str, text: str) -> Iterator[CountryHit]:
        for code in countries_in(text) if self.countries else ():
            if reason := self.countries.get(code):
                yield CountryHit(field, code, reason)

    def _in_text(
        self, field: str, text: str, threshold: float, unread: list[str]
    ) -> list[FieldHit]:
        words = name_tokens(text)
        if len(words) > MOST_WORDS:
            unread.append(f"{field}: {len(words) - MOST_WORDS} words after the {MOST_WORDS}th")
            words = words[:MOST_WORDS]
        passages = self.screen.index.passages(words, MOST_PASSAGES + 1)
        numbers = [one[0] for one in _NUMBER.finditer(text)]
        known = [one for one in map(stated_identifier, numbers) if one.kind in _TELLING]
        for what, count, most in (
            ("names", len(passages), MOST_PASSAGES), ("numbers", len(known), MOST_NUMBERS)
        ):  # fmt: skip
            if count > most:
                unread.append(f"{field}: of more than {most} possible {what} the first are asked")
        queries = [
            *(
                Query(" ".join(words[one.first : one.end]), cited=True)
                for one in passages[:MOST_PASSAGES]
            ),
            *(Query("", documents=(one.key,)) for one in known[:MOST_NUMBERS]),
        ]
        return self._hits(field, queries, threshold)


def _best(hits: Iterable[FieldHit]) -> list[FieldHit]:
    """Return the most probable hit of each entity in each field, in the order given."""
    best: dict[tuple[str, str], FieldHit] = {}
    for hit in hits:
        known = best.setdefault((hit.field, hit.entity), hit)
        if hit.probability > known.probability:
            best[hit.field, hit.entity] = hit
    return list(best.values())


def _queries(field: str, party: PartyAsked) -> list[Query]:
    try:
        return party.queries()
    except ManaraError as error:
        error.where = f"{field}: {error.where}"
        raise


def watched_countries(path: Path) -> dict[str, str]:
    """Return the countries that a YAML file names, by code, each with the reason; {} without it.

    Raises:
        UsageError: the file is not of this form, or a country is unknown.
    """
    if not path.exists():
        return {}
    try:
        told = yaml.safe_load(path.read_text("utf-8")) or {}
        stated = {str(name): str(reason) for name, reason in told.items() if reason}
        if len(stated) != len(told):
            raise ValueError("a country without a reason")
    except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise UsageError(
            f"cannot be read: {error}", where=str(path), remedy="write `CODE: reason` lines"
        ) from error
    country = vocabulary()["LegalEntity"]["country"]
    codes = {name: country.clean(name) for name in stated}
    if unknown := [name for name, code in codes.items() if code is None]:
        remedy = 'use ISO 3166-1 codes; quote "no"'
        raise UsageError(f"no country: {', '.join(unknown)}", where=str(path), remedy=remedy)
    return {str(codes[name]): reason for name, reason in stated.items()}
