"""Writing payments as messages of ISO 20022: pacs.008.001.08, pain.001.001.09, camt.053.001.08.

For exercises and tests: reading what is written here gives the same payments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from pathlib import Path
from textwrap import wrap
from xml.sax.saxutils import escape

from manara.formats.payment import Account, Institution, Party, Payment

_UETR = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SCHEMES = {
    "passportNumber": "CCPT",
    "socialSecurityNumber": "SOSE",
    "taxNumber": "TXID",
    "registrationNumber": "COID",
}


def write_pacs008(payments: Iterable[Payment], path: Path, *, message: str = "M1") -> None:
    """Write payments as one message between banks.

    Args:
        payments: at least one.
        path: where to.
        message: number of the message.
    """
    payments = list(payments)
    texts = (_element("CdtTrfTxInf", _transfer(payment)) for payment in payments)
    _write(path, "pacs.008.001.08", "FIToFICstmrCdtTrf", payments, message, texts)


def write_pain001(payments: Iterable[Payment], path: Path, *, message: str = "M1") -> None:
    """Write payments as one order of customers to their banks, as `write_pacs008`."""
    payments = list(payments)
    texts = (
        _element("PmtInf", _order(payment, f"{message}-{number}"))
        for number, payment in enumerate(payments, 1)
    )
    _write(path, "pain.001.001.09", "CstmrCdtTrfInitn", payments, message, texts)


def write_camt053(payments: Iterable[Payment], path: Path, *, message: str = "M1") -> None:
    """Write payments as entries in statements of the payers' accounts, as `write_pacs008`."""
    payments = list(payments)
    texts = (
        _element("Stmt", _statement(payment, f"{message}-{number}"))
        for number, payment in enumerate(payments, 1)
    )
    _write(path, "camt.053.001.08", "BkToCstmrStmt", payments, message, texts)


def _write(
    path: Path, name: str, root: str, payments: list[Payment], message: str, texts: Iterator[str]
) -> None:
    # Made the day before, since a time of the same day would be taken for that of the payments.
    made = min(payment.time for payment in payments).astimezone(UTC) - timedelta(days=1)
    heading = _element("MsgId", escape(message)) + _element("CreDtTm", _time(made.isoformat()))
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write(f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{name}"><{root}>')
        file.write(_element("GrpHdr", heading))
        file.writelines(f"\n{text}" for text in texts)
        file.write(f"</{root}></Document>\n")


def _transfer(payment: Payment) -> str:
    when = payment.time.astimezone(UTC)
    day = _element("IntrBkSttlmDt", f"{when:%Y-%m-%d}")
    exact = "" if payment.time_precision else _element("AccptncDtTm", _time(when.isoformat()))
    instructed = ""
    if payment.instructed_amount is not None:
        instructed = _sum("InstdAmt", payment.instructed_amount, payment.instructed_currency)
    return "".join(
        (
            _element("PmtId", _numbers(payment)),
            _sum("IntrBkSttlmAmt", payment.amount, payment.currency),
            day,
            exact,
            instructed,
            *(
                _element(f"IntrmyAgt{number}", _agent(each))
                for number, each in enumerate(payment.intermediaries, 1)
            ),
            _debtor(payment),
            _creditor(payment),
            _about(payment),
        )
    )


def _order(payment: Payment, number: str) -> str:
    transfer = "".join(
        (
            _element("PmtId", _numbers(payment)),
            _element("Amt", _sum("InstdAmt", payment.amount, payment.currency)),
            _creditor(payment),
            _about(payment),
        )
    )
    return "".join(
        (
            _element("PmtInfId", escape(number)),
            _element("PmtMtd", "TRF"),
            _element("ReqdExctnDt", _day(payment)),
            _debtor(payment),
            _element("CdtTrfTxInf", transfer),
        )
    )


def _statement(payment: Payment, number: str) -> str:
    held = payment.payer_account
    account = _element("Id", _account(held)) if held else ""
    if payment.payer:
        account += _element("Ownr", _party(payment.payer))
    if payment.payer_institution:
        account += _element("Svcr", _agent(payment.payer_institution))
    parties = _element("Cdtr", _element("Pty", _party(payment.payee))) if payment.payee else ""
    if payment.payee_account:
        parties += _element("CdtrAcct", _element("Id", _account(payment.payee_account)))
    agents = ""
    if payment.payee_institution:
        agents = _element("RltdAgts", _element("CdtrAgt", _agent(payment.payee_institution)))
    details = _element("Refs", _numbers(payment)) + _element("RltdPties", parties) + agents
    entry = "".join(
        (
            _sum("Amt", payment.amount, payment.currency),
            _element("CdtDbtInd", "DBIT"),
            _element("Sts", _element("Cd", "BOOK")),
            _element("BookgDt", _day(payment)),
            "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd></Fmly></Domn></BkTxCd>",
            _element("NtryDtls", _element("TxDtls", details + _about(payment))),
        )
    )
    return _element("Id", escape(number)) + _element("Acct", account) + _element("Ntry", entry)


def _day(payment: Payment) -> str:
    when = payment.time.astimezone(UTC)
    if payment.time_precision:
        return _element("Dt", f"{when:%Y-%m-%d}")
    return _element("DtTm", _time(when.isoformat()))


def _numbers(payment: Payment) -> str:
    uetr = payment.reference if _UETR.fullmatch(payment.reference) else ""
    number = "" if uetr else payment.reference
    return _element("EndToEndId", escape(number or "NOTPROVIDED")) + _element("UETR", uetr)


def _debtor(payment: Payment) -> str:
    return _side("Dbtr", payment.payer, payment.payer_account, payment.payer_institution)


def _creditor(payment: Payment) -> str:
    return _side("Cdtr", payment.payee, payment.payee_account, payment.payee_institution)


def _side(
    name: str, party: Party | None, account: Account | None, institution: Institution | None
) -> str:
    text = _element(name, _party(party) if party else "")
    text += _element(f"{name}Acct", _element("Id", _account(account)) if account else "")
    agent = _element(f"{name}Agt", _agent(institution) if institution else "")
    return text + agent if name == "Dbtr" else agent + text


def _about(payment: Payment) -> str:
    lines = "".join(_element("Ustrd", escape(line)) for line in wrap(payment.purpose, 140))
    return _element("Purp", _element("Cd", payment.purpose_code)) + _element("RmtInf", lines)


def _party(party: Party) -> str:
    more = dict(party.more)
    number = next((prop for prop in (*_SCHEMES, "idNumber") if prop in more), "")
    ids = ""
    if number:
        scheme = _element("SchmeNm", _element("Cd", _SCHEMES.get(number, "")))
        ids = _element("Othr", _element("Id", escape(more[number])) + scheme)
    if party.schema == "Person":
        born = "".join(
            _element(name, escape(more.get(prop, "")))
            for name, prop in (
                ("BirthDt", "birthDate"),
                ("CityOfBirth", "birthPlace"),
                ("CtryOfBirth", "birthCountry"),
            )
        )
        ids = _element("Id", f"<PrvtId>{_element('DtAndPlcOfBirth', born)}{ids}</PrvtId>")
    elif party.schema != "LegalEntity":
        bic = _element("AnyBIC", more.get("swiftBic", ""))
        ids = _element("Id", f"<OrgId>{bic}{_element('LEI', more.get('leiCode', ''))}{ids}</OrgId>")
    else:
        ids = ""
    return _element("Nm", escape(party.name)) + _address(party.country, party.address) + ids


def _account(account: Account) -> str:
    other = _element("Othr", _element("Id", escape(account.number)) if account.number else "")
    return _element("IBAN", account.iban) + other


def _agent(institution: Institution) -> str:
    system, _, member = institution.code.rpartition(" ")
    clearing = _element("ClrSysId", _element("Cd", system)) + _element("MmbId", escape(member))
    return _element(
        "FinInstnId",
        _element("BICFI", institution.bic)
        + _element("ClrSysMmbId", clearing)
        + _element("LEI", institution.lei)
        + _element("Nm", escape(institution.name))
        + _address(institution.country, institution.address),
    )


def _address(country: str, address: str) -> str:
    lines = "".join(_element("AdrLine", escape(line)) for line in wrap(address, 70))
    return _element("PstlAdr", _element("Ctry", country) + lines)


def _sum(name: str, sum_: object, currency: str) -> str:
    return f'<{name} Ccy="{currency}">{sum_:f}</{name}>'


def _time(text: str) -> str:
    return text.replace("+00:00", "Z")


def _element(name: str, inside: str) -> str:
    """Return an element; nothing if there is nothing in it."""
    return f"<{name}>{inside}</{name}>" if inside else ""
