"""Reports of suspicious or cash transactions in the form of goAML (UNODC), schemas 4 and 5.

A transaction has a sender and a receiver, of the reporting bank (``t_from_my_client``) or not
(``t_from``), each an account, a person or an entity. Transactions with several parties are read by
the parties' roles where these say who gives and who takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from manara.formats.base import Format, Head, Match
from manara.formats.payment import (
    Account,
    Institution,
    Party,
    Payment,
    UnusableError,
    account,
    amount,
    currency,
    moment,
)
from manara.formats.payment_book import Book, batched
from manara.formats.xml import Node, records
from manara.model import FormatError, Record, Reject

_HEADING = ("report_code", "entity_reference", "currency_code_local")
_SIDES = {
    "payer": (("t_from_my_client", "t_from"), "from"),
    "payee": (("t_to_my_client", "t_to"), "to"),
}
_PERSON = {
    "birthdate": "birthDate",
    "birth_place": "birthPlace",
    "passport_number": "passportNumber",
    "ssn": "socialSecurityNumber",
    "id_number": "idNumber",
    "nationality1": "nationality",
    "tax_number": "taxNumber",
    "occupation": "profession",
    "email": "email",
    "alias": "alias",
}
_ENTITY = {
    "commercial_name": "alias",
    "incorporation_number": "registrationNumber",
    "incorporation_legal_form": "legalForm",
    "business": "sector",
    "tax_number": "taxNumber",
    "email": "email",
}
#: What stands for the code of an institution that has none: a report must give one.
_NO_CODE = frozenset({"UNKNOWN", "UNK", "NONE", "N/A", "NA", "-"})
_ADDRESS = ("address", "town", "city", "zip", "state")


def _recognise(head: Head) -> Match | None:
    known = re.search(r"<rentity_id[\s>]", head.text) and re.search(r"<report_code>", head.text)
    return Match("payments_goaml") if head.root == "report" and known else None


def _read(path: Path) -> Iterator[Record | Reject]:
    book = Book({})
    for item in _payments(path):
        yield item if isinstance(item, Reject) else book.record(*item)


def _payments(path: Path) -> Iterator[tuple[Payment, str] | Reject]:
    heading = dict.fromkeys(_HEADING, "")
    found = False
    for node in records(path, "transaction", "activity", *_HEADING):
        if node.name in heading:
            heading[node.name] = node.text
            continue
        found = True
        if node.name == "activity":
            yield Reject(
                node.locator, "activity", "no transaction: parties only", node.content[:500]
            )
            continue
        try:
            yield _payment(node, heading), node.locator
        except UnusableError as error:
            yield error.reject(node.locator, node.content)
    if not found:
        raise FormatError("no transaction and no activity in it", where=path.name)


FORMAT = Format(
    "goaml",
    "goAML report (STR, CTR)",
    "2",
    _recognise,
    _read,
    additive=True,
    batches=lambda path: batched(_read(path)),
    payments=_payments,
)


class _Side(NamedTuple):
    """One side of a transaction; what is not stated is None or ``""``."""

    party: Party | None
    account: Account | None
    institution: Institution | None
    country: str
    foreign: tuple[Any, str] | None


def _payment(node: Node, heading: dict[str, str]) -> Payment:
    """Return the payment of a transaction.

    Raises:
        UnusableError: it is none.
    """
    time, precision = moment(node.value("date_transaction"), "/date_transaction")
    local = amount(node.value("amount_local"), "/amount_local")
    home = currency(heading["currency_code_local"], "/amount_local")
    payer, payee = (_side(node, *_SIDES[side]) for side in _SIDES)
    sum_, code = payer.foreign or payee.foreign or (local, home)
    number = node.value("transactionnumber")
    return Payment(
        time=time,
        amount=sum_,
        currency=code,
        time_precision=precision,
        reference=number,
        instructed_amount=local if code != home else None,
        instructed_currency=home if code != home else "",
        purpose=node.value("transaction_description"),
        channel=node.value("transmode_code"),
        payer=payer.party,
        payee=payee.party,
        payer_account=payer.account,
        payee_account=payee.account,
        payer_institution=payer.institution,
        payee_institution=payee.institution,
        payer_country=payer.country,
        payee_country=payee.country,
        instrument=_funds(node),
        unique=f"{heading['entity_reference']} {number}" if number else "",
    )


def _funds(node: Node) -> str:
    """Return how the sender gave it, as the reporter's code says."""
    for name in _SIDES["payer"][0]:
        if text := node.value(name, "from_funds_code"):
            return text
    return ""


def _side(node: Node, names: tuple[str, ...], word: str) -> _Side:
    side = next((found for name in names if (found := node.first(name))), None)
    if side is None:
        raise UnusableError(
            "party", f"no {names[-1]}: transactions of several parties are not read"
        )
    country = side.value(f"{word}_country").lower()
    foreign = None
    if abroad := side.first(f"{word}_foreign_currency"):
        code = abroad.value("foreign_currency_code")
        foreign = amount(abroad.value("foreign_amount"), f"/{side.name}"), currency(code)
    party: Party | None = None
    if person := side.first(f"{word}_person"):
        party = _person(person)
    elif entity := side.first(f"{word}_entity"):
        party = _entity(entity)
    elif held := side.first(f"{word}_account"):
        return _Side(_holder(held), *_account(held), country if len(country) == 2 else "", foreign)
    return _Side(party, None, None, country if len(country) == 2 else "", foreign)


def _account(node: Node) -> tuple[Account | None, Institution | None]:
    code = node.value("institution_code")
    institution = Institution(
        bic=node.value("swift"),
        name=node.value("institution_name"),
        code="" if code.upper() in _NO_CODE else code,
        country=node.value("institution_country"),
    )
    held = institution if institution != Institution() else None
    number = node.value("iban") or node.value("account")
    return account(number, held), held


def _holder(node: Node) -> Party | None:
    """Return who holds an account: the entity, else the primary signatory, else the name on it."""
    if entity := node.first("t_entity"):
        return _entity(entity)
    signatories = [*node.all("signatory"), *node.all("related_persons", "account_related_person")]
    signatories.sort(key=lambda each: each.value("is_primary") not in ("1", "true"))
    if signatories and (person := signatories[0].first("t_person")):
        return _person(person)
    name = node.value("account_name")
    return Party(name) if name else None


def _person(node: Node) -> Party:
    names = (node.value(each) for each in ("first_name", "middle_name", "prefix", "last_name"))
    more = _more(node, _PERSON)
    name, country = " ".join(filter(None, names)), node.value("residence")
    return Party(name, "Person", _address(node), country, more)


def _entity(node: Node) -> Party:
    country = node.value("incorporation_country_code")
    more = _more(node, _ENTITY)
    return Party(node.value("name"), "Organization", _address(node), country, more)


def _more(node: Node, props: dict[str, str]) -> tuple[tuple[str, str], ...]:
    found = [(prop, text) for name, prop in props.items() if (text := node.value(name))]
    if phone := node.value("phones", "phone", "tph_number"):
        prefix = node.value("phones", "phone", "tph_country_prefix")
        found.append(("phone", f"+{prefix.lstrip('+')}{phone}" if prefix else phone))
    return tuple(
        (prop, text.partition("T")[0] if prop == "birthDate" else text) for prop, text in found
    )


def _address(node: Node) -> str:
    place = node.first("addresses", "address") or node.first("address")
    if place is None:
        return ""
    return ", ".join(text for name in _ADDRESS if (text := place.value(name)))
