"""Payments in messages of ISO 20022: pacs.008, pain.001 and camt.052, camt.053, camt.054.

Elements are found by their local names, so that every version is read (message definitions:
https://www.iso20022.org/iso-20022-message-definitions), with or without a business header or an
envelope around one or many documents.

When a payment happened is the first of these that is stated: the time of acceptance, the time of
debit, the time of creation if it is of the day of settlement, the day of settlement, execution or
booking, the time of creation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree

from manara.formats.base import Format, Head, Match
from manara.formats.iso20022_parts import (
    Part,
    Parts,
    account_of,
    agent_of,
    all_in,
    leaves,
    parts_in,
    parts_of,
    party_of,
    reference,
    sides,
    sum_of,
    text_of,
)
from manara.formats.payment import Book, Payment, UnusableError, moment
from manara.formats.xml import local, stream
from manara.model import FormatError, Record, Reject

_TRANSFER, _ENTRY = "CdtTrfTxInf", "Ntry"
_GROUPS = (_TRANSFER, _ENTRY, "PmtInf", "Stmt", "Rpt", "Ntfctn")
_AMOUNTS = ("IntrBkSttlmAmt", "InstdAmt", "Amt")
#: How it was paid, by family of the bank transaction code (external code set of ISO 20022, domain
#: PMNT) or by the method of payment.
_INSTRUMENTS = {
    **dict.fromkeys(("ICDT", "RCDT", "IRCT", "RRCT", "TRF"), "transfer"),
    **dict.fromkeys(("IDDT", "RDDT"), "direct debit"),
    **dict.fromkeys(("CCRD", "MCRD"), "card"),
    **dict.fromkeys(("ICHQ", "RCHQ", "CHK"), "cheque"),
    "CNTR": "cash",
}
_STATUS = {"BOOK": "settled", "PDNG": "pending", "FUTR": "announced", "INFO": "announced"}
_PLACES = {
    "payer": "/Dbtr",
    "payee": "/Cdtr",
    "payer_account": "/DbtrAcct",
    "payee_account": "/CdtrAcct",
    "payer_institution": "/DbtrAgt",
    "payee_institution": "/CdtrAgt",
}


def _read(path: Path) -> Iterator[Record | Reject]:
    # An account's holder stands above the entries, so the record is the place there.
    transfers, entries = Book(_PLACES), Book({})
    for item in _stated(path):
        if isinstance(item, Reject):
            yield item
        else:
            payment, locator, transfer = item
            yield (transfers if transfer else entries).record(payment, locator)


def _payments(path: Path) -> Iterator[tuple[Payment, str] | Reject]:
    for item in _stated(path):
        yield item if isinstance(item, Reject) else item[:2]


def _stated(path: Path) -> Iterator[tuple[Payment, str, bool] | Reject]:
    """Yield each payment with its locator and whether it is a transfer, not a statement's entry."""
    group, parent = _Group(None), None
    found = False
    for element, locator in stream(path, _TRANSFER, _ENTRY):
        found = True
        if element.getparent() is not parent:
            parent = element.getparent()
            group = _Group(parent)
        try:
            if local(element) == _TRANSFER:
                yield group.transfer(element), locator, True
            else:
                for payment in group.entry(element):
                    yield payment, locator, False
        except UnusableError as error:
            excerpt = " ".join(" ".join(element.itertext("*")).split())
            yield error.reject(locator, excerpt)
    if not found:
        raise FormatError("no payment in it", where=path.name)


class _Group:
    """What stands above the payments of one message, instruction or statement."""

    def __init__(self, parent: etree._Element | None) -> None:
        parts = _heading(parent)
        if parent is not None and local(parent) in _GROUPS:
            parts = _heading(parent.getparent()) | parts
        message = leaves(parts, "GrpHdr")
        self._message = message.get("MsgId", "")
        self._created = message.get("CreDtTm", "")
        self._day = text_of(parts, "ReqdExctnDt") or message.get("IntrBkSttlmDt", "")
        self._sides = sides(parts)
        self._ordered = "PmtMtd" in parts
        self._instrument = "cheque" if text_of(parts, "PmtMtd") == "CHK" else "transfer"
        self._own = _own(parts["Acct"].inside) if "Acct" in parts else {}

    def transfer(self, element: etree._Element) -> Payment:
        """Return a credit transfer; what it does not say its group does.

        Raises:
            UnusableError: it is none.
        """
        parts = parts_of(element)
        ids = leaves(parts, "PmtId")
        name = next((name for name in _AMOUNTS if name in parts), "")
        amount, currency = sum_of(parts.get(name))
        time, precision = self._when(parts)
        more: dict[str, Any] = self._sides | sides(parts)
        if "InstdAmt" in parts and name != "InstdAmt":
            more["instructed_amount"], more["instructed_currency"] = sum_of(parts["InstdAmt"])
        own = ids.get("UETR", "")
        if not own and self._message and (number := ids.get("InstrId") or ids.get("TxId")):
            own = f"{self._message} {number}"
        return Payment(
            time=time,
            amount=amount,
            currency=currency,
            time_precision=precision,
            reference=reference(ids),
            purpose=leaves(parts, "RmtInf").get("Ustrd", ""),
            purpose_code=leaves(parts, "Purp").get("Cd", ""),
            instrument=self._instrument,
            status="ordered" if self._ordered else "",
            unique=own,
            **more,
        )

    def _when(self, parts: Parts) -> tuple[datetime, str]:
        exact = text_of(parts, "AccptncDtTm") or leaves(parts, "SttlmTmIndctn").get("DbtDtTm")
        if exact:
            return moment(exact)
        day = text_of(parts, "IntrBkSttlmDt") or self._day
        return moment(self._created if not day or self._created.startswith(day) else day)

    def entry(self, element: etree._Element) -> Iterator[Payment]:
        """Yield the payments of an entry in a statement of account.

        Raises:
            UnusableError: it is none.
        """
        entry = parts_of(element)
        details = all_in(entry["NtryDtls"].inside, "TxDtls") if "NtryDtls" in entry else []
        if len(details) > 1 and not all("Amt" in each or "AmtDtls" in each for each in details):
            details = []  # a sum of several payments that are not told: it stands for them
        for parts in details or [{}]:
            money = entry.get("Amt") if len(details) < 2 else _detailed(parts)
            yield self._booked(entry, parts, money)

    def _booked(self, entry: Parts, parts: Parts, money: Part | None) -> Payment:
        amount, currency = sum_of(money)
        exact = leaves(parts, "RltdDts").get("AccptncDtTm")
        time, precision = moment(exact or text_of(entry, "BookgDt") or text_of(entry, "ValDt"))
        ids = leaves(parts, "Refs")
        back = text_of(entry, "RvslInd") in ("true", "1")
        way = text_of(parts, "CdtDbtInd") or text_of(entry, "CdtDbtInd")
        if way not in ("CRDT", "DBIT"):
            raise UnusableError("direction", "neither credit nor debit")
        return Payment(
            time=time,
            amount=amount,
            currency=currency,
            time_precision=precision,
            reference=reference(ids) or text_of(entry, "AcctSvcrRef"),
            purpose=leaves(parts, "RmtInf").get("Ustrd") or text_of(entry, "AddtlNtryInf"),
            purpose_code=leaves(parts, "Purp").get("Cd", ""),
            instrument=_INSTRUMENTS.get(_family(parts) or _family(entry), ""),
            status="returned" if back else _STATUS.get(text_of(entry, "Sts"), ""),
            **self._both(parts, "payee" if way == "CRDT" else "payer", back),
        )

    def _both(self, parts: Parts, own: str, back: bool) -> dict[str, Any]:
        """Return both sides: the account's holder on one, who is told of on the other.

        Args:
            parts: the details of the payment.
            own: the side of the account's holder.
            back: the payment is taken back, and its parties stand as they first stood.
        """
        told = sides(
            {
                name: part
                for group in ("RltdPties", "RltdAgts")
                if group in parts
                for name, part in parts_in(parts[group].inside).items()
            }
        )
        other = "payer" if own == "payee" else "payee"
        stands = own if back else other
        found = {
            other + name.removeprefix(stands): value
            for name, value in told.items()
            if name.startswith(stands)
        }
        return found | {own + name: value for name, value in self._own.items()}


def _heading(parent: etree._Element | None) -> Parts:
    """Return what stands before the records of a group."""
    found: Parts = {}
    for child in parent if parent is not None else ():
        name = local(child)
        if name in _GROUPS:
            break
        if name not in found:
            text = etree.tostring(child, encoding="unicode", with_tail=False)
            found[name] = Part("", text[text.index(">") + 1 : text.rindex("<")])
    return found


def _own(inside: str) -> dict[str, Any]:
    """Return the account of a statement, its holder and its institution, by ending."""
    parts = parts_in(inside)
    held = agent_of(parts["Svcr"].inside) if "Svcr" in parts else None
    found = {
        "": party_of(parts["Ownr"].inside) if "Ownr" in parts else None,
        "_account": account_of(parts["Id"].inside, held) if "Id" in parts else None,
        "_institution": held,
    }
    return {name: value for name, value in found.items() if value}


def _family(parts: Parts) -> str:
    """Return the family in a bank transaction code, ``""`` without."""
    for name in ("BkTxCd", "Domn"):
        if name not in parts:
            return ""
        parts = parts_in(parts[name].inside)
    return text_of(parts, "Fmly")


def _detailed(parts: Parts) -> Part | None:
    """Return the amount of one of several payments that were booked in one sum."""
    if "Amt" in parts:
        return parts["Amt"]
    amounts = parts_in(parts["AmtDtls"].inside)
    return amounts.get("TxAmt", amounts.get("InstdAmt"))


def _recogniser(pattern: str, dataset: str) -> Callable[[Head], Match | None]:
    message = re.compile(rf"<(?:[\w.-]+:)?(?:{pattern})[\s>]")

    def recognise(head: Head) -> Match | None:
        return Match(dataset) if head.root and message.search(head.text) else None

    return recognise


FORMATS = tuple(
    Format(
        f"iso20022-{name}",
        f"ISO 20022 {title}",
        "1",
        _recogniser(pattern, f"payments_{name}"),
        _read,
        additive=True,
        payments=_payments,
    )
    for name, title, pattern in (
        ("pacs008", "pacs.008, credit transfers", r"FIToFICstmrCdtTrf|pacs\.008\.001\.\d\d"),
        ("pain001", "pain.001, ordered transfers", r"CstmrCdtTrfInitn|pain\.001\.001\.\d\d"),
        ("camt", "camt.05x, statements", r"BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)(?:V\d\d)?"),
    )
)
