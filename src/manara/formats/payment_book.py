"""The records that payments become: facts of the parties, one event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

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


class Book:
    """Makes the records of one file; states each party, account and institution once.

    Args:
        places: what to add to a payment's locator for each of its parts, by attribute of `Payment`.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._known: dict[object, str] = {}
        self._payments: set[int] = set()
        self._stated: list[Stated] = []
        self._locator = ""

    def record(self, payment: Payment, locator: str) -> Record | Reject:
        """Return what a payment states; a reject if it stands in the file already."""
        stated: list[Stated] = []
        self._stated, self._locator = stated, locator
        if len(self._known) > REMEMBERED:
            self._known.clear()
        values: dict[str, Value] = {"time": payment.time}
        for name, text in zip(_TEXTS, _texts_of(payment), strict=True):
            if text:
                values[name] = text
        self._side(values, payment, _PAYER, *_payer_of(payment))
        self._side(values, payment, _PAYEE, *_payee_of(payment))
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

    def _side(
        self,
        values: dict[str, Value],
        payment: Payment,
        side: _Side,
        party: Party | None,
        account: Account | None,
        institution: Institution | None,
        country: str,
    ) -> None:
        if institution:
            values[side.institution] = self._institution(institution, side.institution)
        if account:
            values[side.account] = self._account(account, institution, side.account)
        if party:
            values[side.party] = self._party(party, account, payment, side.party)
        if country := country or country_of(institution, account, party):
            values[side.country] = country

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
    waiting: list[Record] = []
    for item in records:
        if isinstance(item, Reject):
            yield item
            continue
        waiting.append(item)
        if len(waiting) == _AT_ONCE:
            yield from _together(waiting)
            waiting = []
    yield from _together(waiting)


def _together(records: list[Record]) -> Iterator[Batch | Record]:
    payments = [record.events[0] for record in records]
    names = dict.fromkeys(chain.from_iterable(each.values for each in payments))
    try:
        made = {name: pa.array([each.values.get(name) for each in payments], _ARROW[name])
                for name in names}  # fmt: skip
        made["locator"] = pa.array([each.locator for each in payments], pa.string())
    except (pa.ArrowException, UnicodeEncodeError):
        # A sum of too many digits: which one it is, is found one by one.
        yield from records
        return
    if payments:
        stated = list(chain.from_iterable(record.stated for record in records))
        yield Batch("payments", pa.record_batch(made), stated)
