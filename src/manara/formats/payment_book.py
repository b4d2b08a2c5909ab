"""The records that payments become: facts of the parties, one event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from operator import attrgetter
from typing import NamedTuple, TypeAlias

import pyarrow as pa

from manara.formats import columns
from manara.formats.base import Batch, derived_id
from manara.formats.payment import (
    REMEMBERED,
    Account,
    Institution,
    Party,
    Payment,
    account_id,
    country_of,
    institution_id,
    party_id,
)
from manara.model import EVENT_TABLES, EXISTS, Record, Reject, Stated, StatedEvent, Value

_TEXTS = (
    *("time_precision", "reference", "instructed_currency", "purpose", "purpose_code"),
    *("channel", "instrument", "status"),
)
_texts_of = attrgetter(*_TEXTS)
_ARROW = {column.name: columns.ARROW[column.type] for column in EVENT_TABLES["payments"]
          if column.type in columns.ARROW}  # fmt: skip
#: Payments that become columns at once.
_AT_ONCE = 4096


class _Side(NamedTuple):
    """What the parts of one side of a payment are called."""

    party: str
    account: str
    institution: str
    country: str


_PAYER, _PAYEE = (
    _Side(side, f"{side}_account", f"{side}_institution", f"{side}_country")
    for side in ("payer", "payee")
)
_payer_of, _payee_of = attrgetter(*_PAYER), attrgetter(*_PAYEE)


#: The party, account, institution and country of one side.
_Stated: TypeAlias = tuple[Party | None, Account | None, Institution | None, str]


class Book:
    """Makes the records of one file; states each party, account and institution once.

    Args:
        places: what to add to a payment's locator for each of its parts, by attribute of `Payment`.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._known: dict[object, str] = {}
        self._sides: dict[object, tuple[object, dict[str, Value]]] = {}
        self._payments: set[int] = set()
        self._stated: list[Stated] = []
        self._locator = ""

    def record(self, payment: Payment, locator: str) -> Record | Reject:
        """Return what a payment states; a reject if it stands in the file already."""
        stated: list[Stated] = []
        self._stated, self._locator = stated, locator
        if len(self._known) > REMEMBERED:
            self._known.clear()
        if len(self._sides) > REMEMBERED:
            self._sides.clear()
        values: dict[str, Value] = {"time": payment.time}
        for name, text in zip(_TEXTS, _texts_of(payment), strict=True):
            if text:
                values[name] = text
        values |= self._side(payment, _PAYER, _payer_of(payment))
        values |= self._side(payment, _PAYEE, _payee_of(payment))
        if payment.intermediaries:
            values["intermediaries"] = tuple(
                self._institution(each, "intermediaries") for each in payment.intermediaries
            )
        values["amount"], values["currency"] = payment.amount, payment.currency
        if payment.instructed_amount is not None:
            values["instructed_amount"] = payment.instructed_amount
        if payment.unique and self._stands_already(payment.unique, values):
            return Reject(locator, "duplicate", f"payment {payment.unique} stands here already")
        return Record(locator, stated, (StatedEvent("payments", values, locator),))

    def _stands_already(self, unique: str, values: dict[str, Value]) -> bool:
        key = hash((unique, *values.values()))
        if key in self._payments:
            return True
        if len(self._payments) > REMEMBERED:
            self._payments.clear()
        self._payments.add(key)
        return False

    def _side(self, payment: Payment, side: _Side, stated: _Stated) -> dict[str, Value]:
        """Return what stands on one side of a payment, by column."""
        party, account, institution, country = stated
        # Readers give the same parts again as the same objects: looking at all in them takes
        # several times as long. They are kept, so that no other object has their place.
        key = (side.party, id(party), id(account), id(institution), country)
        if key in self._sides:
            return self._sides[key][1]
        values: dict[str, Value] = {}
        if institution:
            values[side.institution] = self._institution(institution, side.institution)
        if account:
            values[side.account] = self._account(account, institution, side.account)
        if party:
            values[side.party] = self._party(party, account, payment, side.party)
        if country := country or country_of(institution, account, party):
            values[side.country] = country
        if account or not party:
            self._sides[key] = (stated, values)
        return values

    def _institution(self, institution: Institution, part: str) -> str:
        known = self._known.get(institution)
        if known is None:
            known = self._known[institution] = institution_id(institution)
            stated = {
                "swiftBic": institution.bic,
                "leiCode": institution.lei,
                "name": institution.name,
                "registrationNumber": institution.code,
                "country": institution.country,
                "address": institution.address,
            }
            self._state(known, "Organization", part, stated)
        return known

    def _account(self, account: Account, institution: Institution | None, part: str) -> str:
        key = (account, institution)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = account_id(account)
            held = institution or account.institution
            stated = {
                "iban": account.iban,
                "accountNumber": account.number,
                "bank": institution_id(held) if held else "",
            }
            self._state(known, "BankAccount", part, stated)
        return known

    def _party(self, party: Party, account: Account | None, payment: Payment, role: str) -> str:
        key = (party, account)
        known = self._known.get(key)
        if known is None:
            known = party_id(party, account, payment, role)
            if account or party.more or party.address:
                self._known[key] = known
            stated = {"name": party.name, "address": party.address, "country": party.country}
            self._state(known, party.schema, role, stated | dict(party.more))
            if account:
                held = account_id(account)
                owned = {"owner": known, "asset": held, "role": "account holder"}
                self._state(derived_id(held, "holder", known), "Ownership", role, owned)
        return known

    def _state(self, entity: str, schema: str, part: str, values: Mapping[str, str]) -> None:
        at = self._locator + self._places.get(part, "")
        before = len(self._stated)
        for prop, value in values.items():
            if value:
                self._stated.append(Stated(entity, schema, prop, value, at))
        if len(self._stated) == before:
            self._stated.append(Stated(entity, schema, EXISTS, entity, at))


def batched(records: Iterable[Record | Reject]) -> Iterator[Batch | Record | Reject]:
    """Yield the records of payments, many together as columns; those of no column by themselves."""
    waiting = _Waiting([], [], [], [])
    for item in records:
        if isinstance(item, Reject):
            yield item
            continue
        # Of the records nothing is held but what they hold: thousands would weigh on the collector.
        locator, stated, events = item
        waiting.values.append(events[0].values)
        waiting.locators.append(locator)
        waiting.stated.extend(stated)
        waiting.ends.append(len(waiting.stated))
        if len(waiting.ends) == _AT_ONCE:
            yield from waiting.together()
            waiting = _Waiting([], [], [], [])
    yield from waiting.together()


class _Waiting(NamedTuple):
    """Records that are to become columns.

    Attributes:
        values: of the payment of each.
        locators: of each.
        stated: what all of them state.
        ends: how many of these there were after each.
    """

    values: list[Mapping[str, Value]]
    locators: list[str]
    stated: list[Stated]
    ends: list[int]

    def together(self) -> Iterator[Batch | Record]:
        """Yield them as columns; if that does not go, one by one."""
        names = dict.fromkeys(chain.from_iterable(self.values))
        try:
            made = {name: pa.array([each.get(name) for each in self.values], _ARROW[name])
                    for name in names}  # fmt: skip
            made["locator"] = pa.array(self.locators, pa.string())
        except (pa.ArrowException, UnicodeEncodeError):
            # A sum of too many digits: which one it is, is found one by one.
            starts = [0, *self.ends]
            for values, locator, start, end in zip(
                self.values, self.locators, starts, self.ends, strict=False
            ):
                told = StatedEvent("payments", values, locator)
                yield Record(locator, self.stated[start:end], (told,))
            return
        if self.values:
            yield Batch("payments", pa.record_batch(made), self.stated)
