"""Payments of a file, to be screened: messages of the formats of payments, or a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from manara.formats import Account, Institution, Party, Payment, recognise, rows
from manara.formats.base import Format
from manara.identity.numbers import rules, stated_identifier
from manara.model import EVENT_TABLES, FormatError, Reject, vocabulary
from manara.pipeline.payment_screening import PartyAsked, PaymentAsked

_PARTIES = ("payer", "payee", "ultimate_payer", "ultimate_payee")
_INSTITUTIONS = ("payer_institution", "payee_institution")
_SEVERAL = ("intermediaries", "vessels")
_TEXTS = ("purpose", "goods")
_MORE = ("account", "birth_date", "country", "document", "address")
#: Other names of columns, as tables of payments have them.
_ALSO = {"tx_id": "reference", "src": "payer_account", "dst": "payee_account", "vessel": "vessels"}
#: The columns of a table of payments to be screened.
COLUMNS = frozenset(
    {
        *("reference", "hs_codes", *_PARTIES, *_INSTITUTIONS, *_SEVERAL, *_TEXTS),
        *(f"{party}_{more}" for party in _PARTIES for more in _MORE),
    }
)
#: Columns that a payment may have and that nothing on a list is compared with.
_PASSED = frozenset(column.name for column in EVENT_TABLES["payments"]) | {
    *("ts", "timestamp", "id", "src_bank", "dst_bank"),
}
_BATCH = 10_000

Item = tuple[PaymentAsked, str] | Reject


def payments_in(path: Path) -> Iterator[Item]:
    """Yield the payments of a file, each with its locator; what cannot be used is a reject.

    ISO 20022, MT103 and goAML are recognised by content; anything else is Parquet or CSV with
    columns of `COLUMNS`, whose cells are names and numbers; several in one cell are separated by
    ``;``.

    Raises:
        FormatError: the file as a whole cannot be read, or none of its columns is known.
    """
    if (known := _messages(path)) and known.payments:
        for item in known.payments(path):
            yield item if isinstance(item, Reject) else (asked_of(item[0]), item[1])
    else:
        yield from _table(path)


def _messages(path: Path) -> Format | None:
    try:
        return recognise(path)[0]
    except FormatError:
        return None


def asked_of(payment: Payment) -> PaymentAsked:
    """Return what is asked for of a payment as a format states it.

    A field that can be read in several ways, since lines may cut it, is asked for in each.
    """
    parties = []
    for field in _PARTIES:
        account: Account | None = getattr(payment, f"{field}_account", None)
        if (party := getattr(payment, field)) or account:
            parties.append((field, _party(party or Party(), account)))
    for field in _INSTITUTIONS:
        if held := getattr(payment, field):
            parties.append((field, _institution(held)))
    for at, held in enumerate(payment.intermediaries):
        parties.append((f"intermediaries.{at}", _institution(held)))
    texts = [("purpose", payment.purpose)] if payment.purpose else []
    known = dict(parties)
    for field, text in payment.otherwise:
        if field in known:
            parties.append((field, msgspec.structs.replace(known[field], name=text)))
        else:
            texts.append((field, text))
    return PaymentAsked(reference=payment.reference, parties=tuple(parties), texts=tuple(texts))


def _party(party: Party, account: Account | None) -> PartyAsked:
    schema, more = vocabulary()[party.schema], dict(party.more)
    kind = "person" if schema.is_a("Person") else ""
    numbers = [f"{rules()[p].kind}:{v}" for p, v in party.more if p in rules() and p != "swiftBic"]
    if account:
        numbers.append(f"iban:{account.iban}" if account.iban else f"account:{account.number}")
    return PartyAsked(
        name=party.name,
        kind=kind or ("organisation" if schema.is_a("Organization") else ""),
        birth_date=more.get("birthDate", ""),
        countries=(party.country,) if party.country else (),
        documents=tuple(numbers),
        bic=more.get("swiftBic", ""),
        addresses=(party.address,) if party.address else (),
    )


def _institution(held: Institution) -> PartyAsked:
    return PartyAsked(
        name=held.name,
        kind="organisation",
        countries=(held.country,) if held.country else (),
        documents=(f"lei:{held.lei}",) if held.lei else (),
        bic=held.bic,
        addresses=(held.address,) if held.address else (),
    )


def _table(path: Path) -> Iterator[Item]:
    with path.open("rb") as file:
        packed = file.read(4) == b"PAR1"
    told = False
    for item in _parquet(path) if packed else _csv(path):
        if isinstance(item, Reject):
            yield item
            continue
        values, locator = item
        if not told:
            told = True
            yield from _unknown(values, path)
        cells = {_ALSO.get(name, name): text for name, text in values.items() if text.strip()}
        yield _asked(cells), locator


def _unknown(names: Iterable[str], path: Path) -> Iterator[Reject]:
    """Yield the columns that are not compared with anything.

    Raises:
        FormatError: all of them.
    """
    known = [name for name in names if _ALSO.get(name, name) in COLUMNS - {"reference"}]
    if not known:
        raise FormatError(
            "neither messages between banks nor a table with a column that can be screened",
            where=path.name,
            remedy=f"name the columns {', '.join(sorted(COLUMNS - {'reference'})[:8])} …",
        )
    for name in names:
        if name not in known and name != "reference" and name not in {*_PASSED, *_ALSO}:
            yield Reject(f"column {name}", "column", "no such column is screened")


def _csv(path: Path) -> Iterator[tuple[Mapping[str, str], str] | Reject]:
    for row in rows(path):
        yield row if isinstance(row, Reject) else (row.values, row.locator)


def _parquet(path: Path) -> Iterator[tuple[Mapping[str, str], str] | Reject]:
    number = 0
    try:
        for batch in pq.ParquetFile(path).iter_batches(_BATCH):
            for row in batch.to_pylist():
                number += 1
                yield {name: _text(cell) for name, cell in row.items()}, f"row {number}"
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        where = f"{path.name}, after row {number}"
        raise FormatError(f"damaged Parquet: {str(error)[:300]}", where=where) from error


def _text(cell: object) -> str:
    if isinstance(cell, list):
        return ";".join(map(str, cell))
    return "" if cell is None else str(cell)


def _asked(cells: Mapping[str, str]) -> PaymentAsked:
    parties = []
    for field in _PARTIES:
        of = {more: _several(cells.get(f"{field}_{more}", "")) for more in _MORE}
        if field in cells or any(of.values()):
            accounts = (
                one if stated_identifier(one).kind == "iban" else f"account:{one}"
                for one in of["account"]
            )
            asked = PartyAsked(
                name=cells.get(field, ""),
                birth_date=cells.get(f"{field}_birth_date", ""),
                countries=of["country"],
                documents=(*of["document"], *accounts),
                addresses=(cells[f"{field}_address"],) if of["address"] else (),
            )
            parties.append((field, asked))
    for field in (*_INSTITUTIONS, *_SEVERAL):
        stated = _several(cells.get(field, ""))
        for at, text in enumerate(stated):
            name = f"{field}.{at}" if field in _SEVERAL else field
            parties.append((name, _vessel(text) if field == "vessels" else _bank(text)))
    return PaymentAsked(
        reference=cells.get("reference", ""),
        parties=tuple(parties),
        texts=tuple((field, cells[field]) for field in _TEXTS if field in cells),
        hs_codes=_several(cells.get("hs_codes", "")),
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(part for one in text.split(";") if (part := one.strip()))


def _vessel(text: str) -> PartyAsked:
    if stated_identifier(text).kind == "imo":
        return PartyAsked(documents=(text,), kind="vessel")
    return PartyAsked(name=text, kind="vessel")


def _bank(text: str) -> PartyAsked:
    """Return an institution named by its name or its BIC; some names look like one (BARCLAYS)."""
    is_bic = vocabulary()["Organization"]["swiftBic"].clean(text) == text
    return PartyAsked(name=text, kind="organisation", bic=text if is_bic else "")
