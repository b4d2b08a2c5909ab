"""SWIFT MT103, single customer credit transfers: one or many in a file, sent or received.

Blocks 1 to 5 with the fields of SWIFT's Standards MT, category 1: 20, 23B, 32A, 33B, 50A/F/K,
52A/D, 53 to 57, 59, 59A/F, 70, 71A. Messages stand one after the other, with line ends, ``$`` (RJE)
or control characters (DOS-PCC) between them. The day of value (32A) is the time of the payment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

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
from manara.model import FormatError, Record, Reject, UsageError

#: Longest message in characters; SWIFT's own limit is 10,000.
MAX_MESSAGE = 2**20
_CHUNK = 2**18

_START = "{1:"
_STARTS = re.compile(r"(?=\{1:)")
_HEAD = re.compile(
    r"\{1:[A-Z]\d{2}(?P<here>[A-Z0-9]{8})[A-Z0-9]{4}\d{0,10}\}\s*"
    r"\{2:(?:I(?P<in>\d{3})(?P<to>[A-Z0-9]{8})|"
    r"O(?P<out>\d{3})\d{10}(?P<from>[A-Z0-9]{8}))[^{}]*\}"
)
_UETR = re.compile(r"\{121:([^{}]+)\}")
_TEXT, _END = "{4:", "\n-}"
_FIELD = re.compile(r"^:(\d\d[A-Z]?):", re.MULTILINE)
_MONEY = re.compile(r"([A-Z]{3})(\d+),(\d*)", re.ASCII)
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
_NUMBERED = re.compile(r"([1-8])/(.*)")
#: Characters in a line of fields 50, 59 and 70; a number such as `1/` takes two of them.
_WIDTH = 35
#: The character set x of SWIFT, without the line end.
_WRITABLE = re.compile(r"[A-Za-z0-9/?:().,'+ -]*", re.ASCII)
_PLACES = {
    "payer": ", field 50",
    "payer_account": ", field 50",
    "payee": ", field 59",
    "payee_account": ", field 59",
    "payer_institution": ", field 52",
    "payee_institution": ", field 57",
    "intermediaries": ", fields 53 to 56",
}
# The two digits of a year mean 1980 to 2079.
_FIRST_YEAR = 80


def _recognise(head: Head) -> Match | None:
    found = _HEAD.search(head.text[:512])
    kind = found and (found["in"] or found["out"])
    return Match("payments_mt103") if kind == "103" else None


def _read(path: Path) -> Iterator[Record | Reject]:
    book = Book(_PLACES)
    for item in _payments(path):
        yield item if isinstance(item, Reject) else book.record(*item)


def _payments(path: Path) -> Iterator[tuple[Payment, str] | Reject]:
    for number, text in enumerate(_messages(path), 1):
        locator = f"message {number}"
        try:
            yield _payment(text), locator
        except UnusableError as error:
            yield error.reject(locator, " ".join(text.split()))


FORMAT = Format(
    "swift-mt103",
    "SWIFT MT103",
    "1",
    _recognise,
    _read,
    additive=True,
    batches=lambda path: batched(_read(path)),
    payments=_payments,
)


def _messages(path: Path) -> Iterator[str]:
    """Yield the messages of a file in bounded memory."""
    waiting = ""
    try:
        with path.open(encoding="utf-8-sig") as file:
            while chunk := file.read(_CHUNK):
                *whole, waiting = _STARTS.split(waiting + chunk)
                yield from (each for each in whole if each.startswith(_START))
                if len(waiting) > MAX_MESSAGE:
                    raise FormatError("a message that does not end", where=path.name)
    except UnicodeDecodeError as error:
        raise FormatError("bytes that are not UTF-8", where=path.name) from error
    if _body(waiting) is None:
        raise FormatError("the file is cut off in its last message", where=path.name)
    yield waiting


def _payment(text: str) -> Payment:
    """Return the payment of one message.

    Raises:
        UnusableError: it is none.
    """
    head, body = _HEAD.match(text), _body(text)
    if head is None or body is None:
        raise UnusableError("message", "no MT103: blocks 1, 2 and 4 are not as they must be")
    if (head["in"] or head["out"]) != "103":
        raise UnusableError("message", f"an MT{head['in'] or head['out']}, not an MT103")
    fields = _fields(body)
    day, money = fields.get("32A", "")[:6], fields.get("32A", "")[6:]
    sum_, code = _money(money, ", field 32A")
    instructed = _money(fields["33B"], ", field 33B") if "33B" in fields else None
    time, precision = moment(_day(day), ", field 32A")
    uetr = _UETR.search(text)
    sender = head["here"] if head["in"] else head["from"]
    receiver = head["to"] if head["in"] else head["here"]
    number = fields.get("20", "")
    payment = Payment(
        time=time,
        amount=sum_,
        currency=code,
        time_precision=precision,
        reference=uetr[1] if uetr else number,
        purpose=" ".join(fields.get("70", "").split()),
        instrument="transfer",
        unique=uetr[1] if uetr else f"{sender} {number}",
        payer_institution=_one(fields, "52") or Institution(sender),
        payee_institution=_one(fields, "57") or Institution(receiver),
        intermediaries=tuple(
            each for tag in ("53", "54", "55", "56") if (each := _one(fields, tag))
        ),
    )
    if instructed:
        payment.instructed_amount, payment.instructed_currency = instructed
    for side, tag in (("payer", "50"), ("payee", "59")):
        party, number = _party(fields, tag)
        setattr(payment, side, party)
        held = payment.payer_institution if side == "payer" else payment.payee_institution
        setattr(payment, f"{side}_account", account(number, held))
    payment.otherwise = tuple(_otherwise(fields))
    return payment


def _otherwise(fields: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield payer, payee and purpose as they read if the ends of lines cut names and words."""
    for side, tag in (("payer", "50"), ("payee", "59")):
        lines = fields.get(f"{tag}F", "").splitlines()
        if name := [line[2:] for line in lines if line.startswith("1/")]:
            yield from ((side, text) for text in _joined(name, _WIDTH - 2)[1:])
        lines = fields.get(f"{tag}K", fields.get(tag, "")).splitlines()
        name = _run_on([line.strip() for line in lines if not line.startswith("/")])
        if len(name) > 1:
            yield from ((side, text) for text in _joined(name, _WIDTH))
    lines = [line.removeprefix("//") if at else line
             for at, line in enumerate(fields.get("70", "").splitlines())]  # fmt: skip
    yield from (("purpose", text) for text in _joined(lines, _WIDTH)[1:])


def _run_on(lines: list[str]) -> list[str]:
    """Return the lines that one name may fill: while the next word had no room in the line."""
    for at, (line, below) in enumerate(pairwise(lines), 1):
        word = below.partition(" ")[0]
        if len(line) + 1 + len(word) <= _WIDTH or any(char.isdigit() for char in below):
            return lines[:at]
    return lines


def _joined(lines: list[str], width: int) -> list[str]:
    """Return lines as one text with blanks between, and with none after full lines if any are."""
    full = "".join(line if len(line) >= width else f"{line} " for line in lines)
    return list(dict.fromkeys([" ".join(" ".join(lines).split()), " ".join(full.split())]))


def _body(text: str) -> str | None:
    """Return the text block of a message, None if it has none or one that does not end."""
    start, end = text.find(_TEXT), text.find(_END)
    return text[start + len(_TEXT) : end].strip() if 0 <= start < end else None


def _fields(body: str) -> dict[str, str]:
    """Return the fields of a text block by tag; the first of each."""
    _, *pairs = _FIELD.split(body)
    found: dict[str, str] = {}
    for tag, value in zip(pairs[::2], pairs[1::2], strict=True):
        found.setdefault(tag, value.strip())
    return found


def _money(text: str, at: str) -> tuple[Any, str]:
    found = _MONEY.fullmatch(text)
    if found is None:
        raise UnusableError("amount", f"{text[:40]!r} is no currency and amount", at)
    return amount(f"{found[2]}.{found[3] or 0}", at), currency(found[1], at)


def _day(text: str) -> str:
    """Return a date of six digits in ISO 8601."""
    century = "19" if text[:2] >= str(_FIRST_YEAR) else "20"
    return f"{century}{text[:2]}-{text[2:4]}-{text[4:]}"


def _one(fields: dict[str, str], tag: str) -> Institution | None:
    """Return the institution of a field in whichever of its forms it stands."""
    for form in "ABCD":
        if text := fields.get(tag + form):
            return _institution(text)
    return None


def _institution(text: str) -> Institution | None:
    lines = [line.strip() for line in text.splitlines()]
    code = lines.pop(0).lstrip("/") if lines[0].startswith("/") else ""
    if lines and _BIC.fullmatch(lines[0]):
        return Institution(lines[0], code=code)
    if not (lines or code):
        return None
    return Institution("", lines[0] if lines else "", code, address=", ".join(lines[1:]))


def _party(fields: dict[str, str], tag: str) -> tuple[Party | None, str]:
    """Return the customer of field 50 or 59 and the account's number; either may be missing."""
    form = next((form for form in ("A", "F", "K", "") if tag + form in fields), None)
    lines = [line.strip() for line in fields.get(tag + (form or ""), "").splitlines()]
    number = ""
    if lines and (lines[0].startswith("/") or (form == "F" and not _NUMBERED.match(lines[0]))):
        first = lines.pop(0)
        number = first[1:] if first.startswith("/") else ""
        if not number:  # a party identifier: code, country, issuer and number
            lines.append(f"6/{first.partition('/')[2]}")
    if not lines:
        return None, number
    if form == "A":
        return Party("", "Organization", more=(("swiftBic", lines[0]),)), number
    if form == "F":
        return _numbered(lines), number
    return Party(lines[0], address=", ".join(lines[1:])), number


def _numbered(lines: list[str]) -> Party:
    """Return the party of a field whose lines have numbers (forms 50F and 59F)."""
    parts: dict[str, list[str]] = {}
    for line in lines:
        if found := _NUMBERED.match(line):
            parts.setdefault(found[1], []).append(found[2])
    country, _, town = parts.get("3", [""])[0].partition("/")
    address = ", ".join([*parts.get("2", ()), *filter(None, [town])])
    more = []
    if born := parts.get("4", [""])[0]:
        more.append(("birthDate", f"{born[:4]}-{born[4:6]}-{born[6:]}"))
    if place := parts.get("5", [""])[0]:
        more.append(("birthPlace", place.partition("/")[2]))
    for tag in "67":
        if number := parts.get(tag, [""])[0]:
            more.append(("idNumber", number.rpartition("/")[2]))
    schema = "Person" if born or place else "LegalEntity"
    return Party(" ".join(parts.get("1", ())), schema, address, country, tuple(more))


def write_mt103(payments: Iterable[Payment], path: Path) -> None:
    """Write payments as messages that are sent, one after the other.

    Reading them gives the same payments, at the precision of a day.

    Raises:
        UsageError: a payment has no institutions with a BIC, or texts that an MT103 cannot hold.
    """
    with path.open("w", encoding="ascii", newline="\r\n") as file:
        file.writelines(_message(payment) for payment in payments)


def _message(payment: Payment) -> str:
    sender, receiver = payment.payer_institution, payment.payee_institution
    if not (sender and sender.bic and receiver and receiver.bic):
        raise UsageError("no BIC of both institutions", where=f"payment {payment.reference}")
    fields = [("20", payment.reference[:16]), ("23B", "CRED")]
    fields.append(("32A", f"{payment.time:%y%m%d}{payment.currency}{_comma(payment.amount)}"))
    if payment.instructed_amount is not None:
        sum_ = _comma(payment.instructed_amount)
        fields.append(("33B", f"{payment.instructed_currency}{sum_}"))
    fields.append(("50F", _customer(payment.payer, payment.payer_account)))
    fields.append(("52A", sender.bic))
    between = zip(("53A", "54A", "55A", "56A"), payment.intermediaries, strict=False)
    fields += [(tag, each.bic) for tag, each in between]
    fields.append(("57A", receiver.bic))
    fields.append(("59F", _customer(payment.payee, payment.payee_account)))
    if payment.purpose:
        fields.append(("70", payment.purpose))
    fields.append(("71A", "SHA"))
    for tag, value in fields:
        if not value or not all(_WRITABLE.fullmatch(line) for line in value.splitlines()):
            raise UsageError(f"field {tag} cannot hold {value!r}", where=payment.reference)
    text = "".join(f":{tag}:{value}\n" for tag, value in fields)
    uetr = f"{{3:{{121:{payment.unique}}}}}" if payment.unique else ""
    heads = f"{{1:F01{_terminal(sender)}0000000000}}{{2:I103{_terminal(receiver)}N}}{uetr}"
    return f"{heads}{{4:\n{text}-}}\n"


def _terminal(institution: Institution) -> str:
    return f"{institution.bic[:8]}A{institution.bic[8:] or 'XXX'}"


def _comma(value: Any) -> str:
    whole, _, part = f"{value:f}".partition(".")
    return f"{whole},{part}"


def _customer(party: Party | None, held: Account | None) -> str:
    lines = [f"/{held.iban or held.number}"] if held else []
    if party:
        lines += [f"1/{party.name}"]
        lines += [f"2/{line}" for line in party.address.split(", ") if line]
        lines += [f"3/{party.country}"] if party.country else []
    return "\n".join(lines)
