"""Which invoices a payment names, and whether it is for goods."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from manara.money.trade.checks import codes
from manara.money.trade.reading import plain_number

_TOKEN = re.compile(r"[^\s,;:()\[\]]+")
_NUMBER = re.compile(r"[^\W_]*[\w./#-]*\d[\w./-]*")
#: Days are often written after an invoice's number.
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d\d)?|\d{4}-\d\d-\d\d")


def invoices_in(purpose: str) -> tuple[str, ...]:
    """Return the numbers of invoices that a purpose names, as they are written.

    A number is a word with a digit that stands after a word for invoice, or after another number
    and a joining word: see ``codes.yaml``.
    """
    found: list[str] = []
    naming = False
    for token in _TOKEN.findall(purpose):
        word = token.casefold().rstrip(".")
        if word in codes().invoice_words:
            naming = True
        elif naming and _NUMBER.fullmatch(token):
            if not _DATE.fullmatch(token):
                found.append(token)
        elif word not in codes().joining_words:
            naming = False
    return tuple(dict.fromkeys(found))


def names_goods(purpose: str) -> bool:
    """Return whether a purpose says that it is for goods."""
    words = {token.casefold().strip(".") for token in _TOKEN.findall(purpose)}
    return not words.isdisjoint(codes().goods_words)


def named(payments: pa.Table) -> pa.Table:
    """Return the invoices that payments name, one row each.

    Args:
        payments: rows of `Book.payments`.

    Returns:
        payment, number (as `plain_number` gives it), stated (how many the payment names), goods
        (whether it says that it is for goods).
    """
    purposes = payments["purpose"].combine_chunks().dictionary_encode()
    texts = purposes.dictionary.to_pylist()
    numbers = [invoices_in(text) for text in texts]
    goods = [names_goods(text) for text in texts]
    ids = payments["id"].to_pylist()
    rows: list[tuple[str, str, int, bool]] = []
    for payment, text in zip(ids, purposes.indices.to_pylist(), strict=True):
        if text is not None:
            of = numbers[text]
            rows += [(payment, number, len(of), goods[text]) for number in of]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    table = pa.table(
        {
            "payment": pa.array(columns[0], pa.string()),
            "number": plain_number(pa.array(columns[1], pa.string())),
            "stated": pa.array(columns[2], pa.int64()),
            "goods": pa.array(columns[3], pa.bool_()),
        }
    )
    return table.filter(pc.is_valid(table["number"]))
