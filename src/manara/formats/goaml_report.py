"""Writing a report for goAML: the parts of schema 5 that a report of payments needs.

The parties are written as those who are not the reporter's clients (``t_from``, ``t_to``), since
the forms for clients demand what a payment does not tell. Each financial intelligence unit has
codes of its own; the report takes them from its caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
from lxml import etree

from manara.formats.payment import Account, Institution, Party, Payment
from manara.model import UsageError

_UNKNOWN = "UNKNOWN"
_CENT, _MILLIONTH = Decimal("0.01"), Decimal("0.000001")
#: Enough digits for any sum of a payment at any rate.
_DIGITS = 80
#: What XML 1.0 cannot hold (its section 2.2).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Longest text of each property of a party, as the schema has it; all others fit 50.
_LONGEST = {"birthPlace": 255, "taxNumber": 100}
#: Letters of a currency's code (ISO 4217).
_CODE = 3
_FIRST_DAY = "1900-01-01"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The heading of a report.

    Attributes:
        rentity_id: number that the unit has given the reporter.
        report_code: kind of report, such as ``STR`` or ``CTR``.
        reference: the reporter's own number for it.
        submitted: when it is made, UTC.
        currency: the local currency, ISO 4217.
        reason: why it is suspicious: the narrative.
        action: what was done.
        indicators: the unit's codes of what was noticed, at least one.
        transmode: the unit's code of how a payment was made, where a payment states none.
        funds: the unit's code of the kind of funds, where a payment states none.
        rates: what one unit of another currency is in the local one.
        person: who reports, where the unit asks for it.
    """

    rentity_id: int
    report_code: str
    reference: str
    submitted: datetime
    currency: str
    reason: str
    indicators: tuple[str, ...]
    action: str = ""
    transmode: str = "T"
    funds: str = "T"
    rates: Mapping[str, Decimal] = {}
    person: Party | None = None


def write_report(report: Report, payments: Iterable[Payment], path: Path) -> None:
    """Write a report that keeps to our schema of goAML (`goaml.xsd`).

    Raises:
        UsageError: there is no rate for a currency, a side of a payment is not known, or a text is
            longer than the schema allows; nothing is written then.
    """
    root = etree.Element("report")
    _add(root, "rentity_id", str(report.rentity_id))
    _add(root, "submission_code", "E")
    _add(root, "report_code", report.report_code)
    _add(root, "entity_reference", report.reference)
    _add(root, "submission_date", _time(report.submitted))
    _add(root, "currency_code_local", report.currency)
    if report.person:
        _person(etree.SubElement(root, "reporting_person"), report.person)
    _add(root, "reason", report.reason)
    _add(root, "action", report.action)
    for number, payment in enumerate(payments, 1):
        _transaction(root, report, payment, number)
    indicators = etree.SubElement(root, "report_indicators")
    for code in report.indicators:
        _add(indicators, "indicator", code)
    problems = invalid(root)
    if problems:
        raise UsageError(
            f"the report would not be valid: {problems[0]}",
            where=report.reference,
            remedy="complete or shorten what it is made of",
        )
    etree.ElementTree(root).write(
        str(path), xml_declaration=True, encoding="UTF-8", pretty_print=True
    )


def fitted(text: str, most: int) -> str:
    """Return a text as a report can hold it: no control characters, single spaces, cut to length.

    Args:
        text: any text.
        most: characters it may have.
    """
    return " ".join(_NOT_XML.sub(" ", text).split())[:most].rstrip()


def fitted_party(party: Party) -> Party:
    """Return a party as a report can hold it; a value that cannot be held is left out."""
    more = []
    for prop, value in party.more:
        text = fitted(value, _LONGEST.get(prop, 50))
        if text and _HOLDS.get(prop, bool)(text):
            more.append((prop, text))
    country = party.country if _is_code(party.country) else ""
    # First and last name of a person have 100 characters each.
    name = fitted(party.name, 100 if party.schema == "Person" else 255)
    return Party(name, party.schema, fitted(party.address, 100), country, tuple(more))


def _is_day(text: str) -> bool:
    try:
        return text >= _FIRST_DAY and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_code(text: str) -> bool:
    return re.fullmatch("[A-Za-z]{2}", text) is not None


#: What a value of a property must be to be held.
_HOLDS: Mapping[str, Callable[[str], bool]] = {"birthDate": _is_day, "nationality": _is_code}


def invalid(root: etree._Element) -> list[str]:
    """Return where a report does not keep to the schema, empty if it does."""
    schema = _schema()
    schema.validate(root)
    return [f"line {each.line}: {each.message}" for each in schema.error_log]


@cache
def _schema() -> etree.XMLSchema:
    text = files("manara.formats").joinpath("goaml.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text))


def _transaction(root: etree._Element, report: Report, payment: Payment, number: int) -> None:
    node = etree.SubElement(root, "transaction")
    _add(node, "transactionnumber", payment.reference or f"{report.reference}-{number}")
    _add(node, "transaction_location", payment.payer_country.upper() or "-")
    _add(node, "transaction_description", _description(payment))
    _add(node, "date_transaction", _time(payment.time))
    _add(node, "transmode_code", payment.channel or report.transmode)
    _add(node, "amount_local", _local(report, payment))
    _side(node, report, payment, "from", "payer")
    _side(node, report, payment, "to", "payee")


def _description(payment: Payment) -> str:
    if len(payment.currency) == _CODE:
        return payment.purpose or "-"
    return f"{payment.amount:f} {payment.currency} {payment.purpose}".rstrip()


def _local(report: Report, payment: Payment) -> str:
    if payment.currency == report.currency:
        return f"{payment.amount:f}"
    if payment.instructed_currency == report.currency and payment.instructed_amount is not None:
        return f"{payment.instructed_amount:f}"
    with localcontext(prec=_DIGITS):
        return f"{(payment.amount * _rate(report, payment)).quantize(_CENT, ROUND_HALF_EVEN):f}"


def _rate(report: Report, payment: Payment) -> Decimal:
    rate = report.rates.get(payment.currency)
    if rate is None:
        raise UsageError(
            f"no rate of {payment.currency} in {report.currency}",
            where=f"payment {payment.reference}",
            remedy="give it in rates",
        )
    return rate


def _side(node: etree._Element, report: Report, payment: Payment, word: str, side: str) -> None:
    party: Party | None = getattr(payment, side)
    account: Account | None = getattr(payment, f"{side}_account")
    institution: Institution | None = getattr(payment, f"{side}_institution")
    there = etree.SubElement(node, f"t_{word}")
    _add(there, f"{word}_funds_code", payment.instrument or report.funds)
    # A virtual asset's ticker may be longer than the schema's codes; its sum is told in words then.
    if payment.currency != report.currency and len(payment.currency) == _CODE:
        abroad = etree.SubElement(there, f"{word}_foreign_currency")
        _add(abroad, "foreign_currency_code", payment.currency)
        _add(abroad, "foreign_amount", f"{payment.amount:f}")
        with localcontext(prec=_DIGITS):
            local, paid = Decimal(_local(report, payment)), payment.amount
            rate = (local / paid if paid else Decimal(0)).quantize(_MILLIONTH)
        _add(abroad, "foreign_exchange_rate", f"{rate:f}")
    if account:
        _account(etree.SubElement(there, f"{word}_account"), account, institution, party)
    elif party and party.schema == "Person":
        _person(etree.SubElement(there, f"{word}_person"), party)
    elif party:
        _entity(etree.SubElement(there, f"{word}_entity"), party)
    else:
        raise UsageError(f"no {side} and no account", where=f"payment {payment.reference}")
    country: str = getattr(payment, f"{side}_country") or (party.country if party else "")
    _add(there, f"{word}_country", country.upper() or "-")


def _account(
    node: etree._Element, account: Account, institution: Institution | None, party: Party | None
) -> None:
    held = institution or account.institution or Institution()
    _add(node, "institution_name", held.name)
    if held.bic:
        _add(node, "swift", held.bic)
    else:
        _add(node, "institution_code", held.code or _UNKNOWN)
    _add(node, "account", account.iban or account.number)
    _add(node, "account_name", party.name if party and party.name else _UNKNOWN)
    _add(node, "iban", account.iban)
    if party and party.schema == "Person":
        signatory = etree.SubElement(node, "signatory")
        _add(signatory, "is_primary", "1")
        _person(etree.SubElement(signatory, "t_person"), party)
    elif party:
        _entity(etree.SubElement(node, "t_entity"), party)


def _person(node: etree._Element, party: Party) -> None:
    more = dict(party.more)
    first, _, last = party.name.rpartition(" ")
    _add(node, "first_name", first or _UNKNOWN)
    _add(node, "last_name", last or _UNKNOWN)
    if born := more.get("birthDate", ""):
        _add(node, "birthdate", f"{born}T00:00:00" if len(born) == 10 else "")
    _add(node, "birth_place", more.get("birthPlace", ""))
    _add(node, "ssn", more.get("socialSecurityNumber", ""))
    _add(node, "passport_number", more.get("passportNumber", ""))
    _add(node, "id_number", more.get("idNumber", ""))
    _add(node, "nationality1", more.get("nationality", "").upper())
    _add(node, "residence", party.country.upper())
    _address(node, party)
    _add(node, "tax_number", more.get("taxNumber", ""))


def _entity(node: etree._Element, party: Party) -> None:
    more = dict(party.more)
    _add(node, "name", party.name or _UNKNOWN)
    _add(node, "incorporation_number", more.get("registrationNumber", ""))
    _address(node, party)
    _add(node, "incorporation_country_code", party.country.upper())
    _add(node, "tax_number", more.get("taxNumber", ""))


def _address(node: etree._Element, party: Party) -> None:
    if party.address:
        place = etree.SubElement(etree.SubElement(node, "addresses"), "address")
        _add(place, "address_type", "-")
        _add(place, "address", party.address[:100])
        _add(place, "city", "-")
        _add(place, "country_code", party.country.upper() or "-")


def _add(parent: etree._Element, name: str, text: str) -> None:
    """Add an element with a text; an empty one is left out."""
    if text:
        etree.SubElement(parent, name).text = text


def _time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
