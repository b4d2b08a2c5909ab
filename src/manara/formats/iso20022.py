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
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from lxml import etree

from manara.formats.base import Format, Head, Match
from manara.formats.iso20022_parts import (
    SIDES,
    Parts,
    account_of,
    agent_of,
    is_brief,
    leaves,
    party_of,
    reference,
    sides,
    sides_in,
    sum_of,
    text_of,
)
from manara.formats.payment import Payment, UnusableError, moment
from manara.formats.payment_book import Book, batched
from manara.formats.xml import local, stream
from manara.formats.xml_parts import Part, part_of
from manara.formats.xml_plain import Found, NotPlainError, plain_records
from manara.model import FormatError, Record, Reject

_Item = TypeVar("_Item")

_TRANSFER, _ENTRY = "CdtTrfTxInf", "Ntry"
_RECORDS = (_TRANSFER, _ENTRY)
_GROUPS = (*_RECORDS, "PmtInf", "Stmt", "Rpt", "Ntfctn")
_RUN = 128
_RELATED = ("RltdPties", "RltdAgts")
_NO_PARTS: Mapping[str, Part] = {}
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
    for item in _by_runs(_stated(path)):
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
    group: _Group | None = None
    for found in _by_runs(_records(path)):
        record, locator = found.part, found.locator
        if group is None or found.heading is not group.heading:
            group = _Group(found.heading)
        try:
            if record.shape.name == _TRANSFER:
                yield group.transfer(record), locator, True
            else:
                for payment in group.entry(record):
                    yield payment, locator, False
        except UnusableError as error:
            yield error.reject(locator, record.content())
    if group is None:
        raise FormatError("no payment in it", where=path.name)


def _by_runs(items: Iterator[_Item]) -> Iterator[_Item]:
    """Yield items, a run of them taken at once: a processor does one thing many times faster."""
    while True:
        run: list[_Item] = []
        try:
            run.extend(islice(items, _RUN))
        except FormatError:
            yield from run
            raise
        if not run:
            return
        yield from run


def _records(path: Path) -> Iterator[Found]:
    """Yield the records as text as long as that goes, the rest by a parser."""
    done = 0
    try:
        for record in plain_records(path, _RECORDS, _GROUPS):
            yield record
            done += 1
    except NotPlainError:
        yield from islice(_parsed(path), done, None)


def _parsed(path: Path) -> Iterator[Found]:
    parent: etree._Element | None = None
    heading: Mapping[str, Part] | None = None
    for element, locator in stream(path, *_RECORDS):
        above = element.getparent()
        if heading is None or above is not parent:
            parent, heading = above, _heading(above)
            if above is not None and local(above) in _GROUPS:
                heading = _heading(above.getparent()) | heading
        yield Found(_part(element), locator, heading)


class _Group:
    """What stands above the payments of one message, instruction or statement."""

    def __init__(self, heading: Mapping[str, Part]) -> None:
        self.heading = heading
        parts = heading.get
        message = leaves(parts, "GrpHdr")
        self._message = message.get("MsgId", "")
        self._created = message.get("CreDtTm", "")
        self._day = text_of(parts, "ReqdExctnDt") or message.get("IntrBkSttlmDt", "")
        self._sides: dict[str, Any] = {}
        if not heading.keys().isdisjoint(SIDES):
            self._sides = sides(parts, SIDES, all(map(is_brief, heading.values())))
        method = parts("PmtMtd")
        self._ordered = method is not None
        self._instrument = "cheque" if method and method.text() == "CHK" else "transfer"
        account = parts("Acct")
        self._own = _own(account.child) if account else {}

    def transfer(self, record: Part) -> Payment:
        """Return a credit transfer; what it does not say its group does.

        Raises:
            UnusableError: it is none.
        """
        parts = record.child
        ids = leaves(parts, "PmtId")
        name = next((name for name in _AMOUNTS if name in record.shape.children), "")
        amount, currency = sum_of(parts(name))
        time, precision = self._when(parts)
        more: dict[str, Any] = sides(parts, sides_in(record.shape), is_brief(record))
        if self._sides:
            more = self._sides | more
        if name != "InstdAmt" and (instructed := parts("InstdAmt")):
            more["instructed_amount"], more["instructed_currency"] = sum_of(instructed)
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

    def entry(self, record: Part) -> Iterator[Payment]:
        """Yield the payments of an entry in a statement of account.

        Raises:
            UnusableError: it is none.
        """
        entry = record.child
        told = entry("NtryDtls")
        details: list[Parts] = [each.child for each in told.all("TxDtls")] if told else []
        if len(details) > 1 and not all(each("Amt") or each("AmtDtls") for each in details):
            details = []  # a sum of several payments that are not told: it stands for them
        for parts in details or [_NO_PARTS.get]:
            money = entry("Amt") if len(details) < 2 else _detailed(parts)
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
        groups: list[Part] = [group for name in _RELATED if (group := parts(name))]
        told = sides(
            lambda name: next((part for group in groups if (part := group.child(name))), None),
            SIDES,
            all(map(is_brief, groups)),
        )
        other = "payer" if own == "payee" else "payee"
        stands = own if back else other
        found = {
            other + name.removeprefix(stands): value
            for name, value in told.items()
            if name.startswith(stands)
        }
        return found | {own + name: value for name, value in self._own.items()}


def _heading(parent: etree._Element | None) -> dict[str, Part]:
    """Return what stands before the records of a group."""
    found: dict[str, Part] = {}
    for child in parent if parent is not None else ():
        name = local(child)
        if name in _GROUPS:
            break
        if name not in found:
            found[name] = _part(child)
    return found


def _part(element: etree._Element) -> Part:
    return part_of(etree.tostring(element, encoding="unicode", with_tail=False))


def _own(parts: Parts) -> dict[str, Any]:
    """Return the account of a statement, its holder and its institution, by ending."""
    servicer, owner, number = parts("Svcr"), parts("Ownr"), parts("Id")
    held = agent_of.__wrapped__(servicer) if servicer else None
    found = {
        "": party_of.__wrapped__(owner) if owner else None,
        "_account": account_of.__wrapped__(number, held) if number else None,
        "_institution": held,
    }
    return {name: value for name, value in found.items() if value}


def _family(parts: Parts) -> str:
    """Return the family in a bank transaction code, ``""`` without."""
    for name in ("BkTxCd", "Domn"):
        part = parts(name)
        if part is None:
            return ""
        parts = part.child
    return text_of(parts, "Fmly")


def _detailed(parts: Parts) -> Part | None:
    """Return the amount of one of several payments that were booked in one sum."""
    if told := parts("Amt"):
        return told
    amounts = parts("AmtDtls")
    return amounts and (amounts.child("TxAmt") or amounts.child("InstdAmt"))


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
        batches=lambda path: batched(_read(path)),
        payments=_payments,
    )
    for name, title, pattern in (
        ("pacs008", "pacs.008, credit transfers", r"FIToFICstmrCdtTrf|pacs\.008\.001\.\d\d"),
        ("pain001", "pain.001, ordered transfers", r"CstmrCdtTrfInitn|pain\.001\.001\.\d\d"),
        ("camt", "camt.05x, statements", r"BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)(?:V\d\d)?"),
    )
)
