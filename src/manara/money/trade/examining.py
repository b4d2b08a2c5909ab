"""All checks over one file of declarations, and the payments for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from manara.money.book import Book, engine
from manara.money.trade import company, controlled, invoices, mirror, own_price, price, repeated
from manara.money.trade.carousel import Rings
from manara.money.trade.checks import Check, checks
from manara.money.trade.finding import Hit, TradeFinding, ranked, told
from manara.money.trade.naming import named
from manara.money.trade.rates import BASE, UNKNOWN, Rates
from manara.money.trade.reading import Declarations
from manara.store.engine import Engine

#: Goods that were declared at export and at import once: the side of the export.
_CONSIGNMENTS = """
SELECT d.* FROM declarations AS d
WHERE d.direction IS NULL OR d.direction = 'export' OR d.transport IS NULL
    OR NOT EXISTS (
        SELECT 1 FROM declarations AS e
        WHERE e.direction = 'export' AND e.transport = d.transport AND e.hs = d.hs
    )
"""

_PAID = """
SELECT id AS payment, date_diff('day', DATE '1970-01-01', CAST("time" AS DATE)) AS day,
    coalesce(payer, source) AS payer, coalesce(payee, target) AS payee,
    CAST(amount AS DOUBLE) AS amount, currency
FROM payments
"""

_NAMED = """
SELECT p.*, n.number, n.stated, n.goods FROM numbers AS n JOIN paid AS p ON p.payment = n.payment
"""

_UNLIKE = """
SELECT DISTINCT payment, day, currency, invoice_currency FROM links
WHERE currency <> invoice_currency ORDER BY day, payment, invoice_currency
"""

#: Checks that compare what was paid with what an invoice says, whatever its currency.
_PAID_IN_ANY = ("third-party-payment", "multiple-invoicing")
#: How many of those that cannot be converted are named.
_SHOWN = 3

#: Checks that need payments; the others do without.
WITH_PAYMENTS = ("phantom-invoice", "unpaid-declaration", "third-party-payment")

#: Checks that compare prices in one currency, if there are rates.
_PRICES = ("unit-price", "own-price")

#: Columns of which a check needs at least one.
_NEEDS = {
    "unit-price": ("weight",),
    "own-price": ("weight",),
    "mirror-gap": ("direction",),
    "one-sided-declaration": ("direction",),
    "phantom-invoice": ("invoice",),
    "unpaid-declaration": ("invoice",),
    "third-party-payment": ("invoice",),
    "carousel": ("weight",),
    "misdescribed-goods": ("description",),
    "broker-off-route": ("exporter_country", "importer_country", "broker_country"),
}


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in declarations.

    Attributes:
        findings: by check, those with most money at stake first.
        not_checked: name of a check and why it could not be done, or not wholly.
    """

    findings: tuple[TradeFinding, ...]
    not_checked: tuple[tuple[str, str], ...]


def examine(
    declarations: Declarations,
    payments: Book | None = None,
    asked: Sequence[str] | None = None,
    rates: Rates = UNKNOWN,
) -> Examined:
    """Return what the checks find in declarations, and in the payments for them.

    The order of the rows does not matter. Values are compared within one currency only; with rates
    prices are those in euros, and payments in another currency than the invoice's are converted.

    Args:
        declarations: see `declarations_of_file`.
        payments: payments with their purposes; None leaves out the checks `WITH_PAYMENTS`.
        asked: names of checks; None for all.
        rates: exchange rates of the days of declarations and payments.
    """
    # The last check looks at what those before it found.
    wanted = [name for name in checks() if asked is None or name in asked]
    table = declarations.table
    with engine() as session:
        session.read("declarations", table)
        session.materialise("consignments", _CONSIGNMENTS)
        consignments = session.fetch("SELECT * FROM consignments ORDER BY row_number")
        if payments is not None:
            _read_payments(session, payments, rates)
        rings = Rings(consignments, checks()["carousel"])
        hits: list[Hit] = []
        paid = payments is not None
        priced, unpriced = _in_one_currency(table, rates)
        runs = _runs(session, priced, consignments, rings, hits, paid)
        missing = dict(_not_known(table, paid))
        for name in wanted:
            if name not in missing:
                hits += runs[name](checks()[name])
                if name in _PRICES and unpriced:
                    missing[name] = unpriced
        for name in _PAID_IN_ANY:
            if paid and name in wanted and name not in missing:
                missing |= _unlike(session, rates, name)
    if rings.cut_short:
        missing["carousel"] = "some searches were cut short; more rings may be there"
    not_checked = tuple((name, missing[name]) for name in wanted if name in missing)
    return Examined(tuple(told(hit) for hit in ranked(hits)), not_checked)


def _runs(
    session: Engine,
    priced: pa.Table,
    consignments: pa.Table,
    rings: Rings,
    hits: list[Hit],
    paid: bool,
) -> dict[str, Callable[[Check], Iterable[Hit]]]:
    """Return what does each check; the last looks at the hits before it."""
    sensitive = controlled.with_group(consignments)
    return {
        "unit-price": lambda check: price.find(priced, check),
        "own-price": lambda check: own_price.find(priced, check),
        "mirror-gap": lambda check: mirror.unlike(session, check),
        "one-sided-declaration": lambda check: mirror.one_sided(session, check),
        "phantom-invoice": lambda check: invoices.phantom(session, check),
        "unpaid-declaration": lambda check: invoices.unpaid(session, check),
        "third-party-payment": lambda check: invoices.third_party(session, check),
        "multiple-invoicing": lambda check: [
            *repeated.find(session, check),
            *(invoices.overpaid(session, check) if paid else ()),
        ],
        "carousel": lambda _: rings.find(),
        "goods-misfit": lambda check: company.find(session, check),
        "misdescribed-goods": lambda _: controlled.misdescribed(consignments),
        "broker-off-route": lambda _: controlled.off_route(sensitive),
        "controlled-goods": lambda _: controlled.by_code(sensitive, _marks(hits)),
    }


def _in_one_currency(table: pa.Table, rates: Rates) -> tuple[pa.Table, str]:
    """Return declarations with values in euros where rates are known, and what rates are not."""
    if rates is UNKNOWN:
        return table, ""
    names, days = table["currency"].to_pylist(), table["day"].to_numpy()
    of, per = np.array(names), np.full(len(names), np.nan)
    for name in set(names):
        per[of == name] = rates.on(name, days[of == name])
    known = ~np.isnan(per)
    value = np.where(known, table["value"].to_numpy() / np.where(known, per, 1), table["value"])
    for column, made in (("value", value), ("currency", np.where(known, BASE, of))):
        place = table.column_names.index(column)
        table = table.set_column(place, column, pa.array(made, table[column].type))
    lacking = rates.lacking(days[~known].tolist(), of[~known].tolist())
    if not lacking:
        return table, ""
    ids = table["id"].filter(pa.array(~known)).to_pylist()
    named = f"{', '.join(ids[:_SHOWN])}{', …' if ids[_SHOWN:] else ''}"
    return table, (
        f"{len(ids)} declarations are compared in their own currency only ({named}): no rate "
        f"within 7 days before of {_pairs(lacking)}"
    )


def _read_payments(session: Engine, payments: Book, rates: Rates) -> None:
    """Name the payments, the invoices they name, and what these belong to."""
    session.read("payments", payments.payments)
    session.materialise("paid", _PAID)
    days = session.fetch("SELECT DISTINCT day FROM paid WHERE day IS NOT NULL")["day"].to_pylist()
    codes = "SELECT currency FROM paid UNION SELECT currency FROM consignments"
    session.read(
        "rates", rates.table(days, filter(None, session.fetch(codes)["currency"].to_pylist()))
    )
    session.read("numbers", named(payments.payments))
    session.materialise("named", _NAMED)
    invoices.prepare(session, checks()["unpaid-declaration"])


def _unlike(session: Engine, rates: Rates, name: str) -> dict[str, str]:
    """Return why a check does not compare the sums of some payments, by its name."""
    rows = session.fetch(_UNLIKE).to_pylist()
    if not rows:
        return {}
    ids = list(dict.fromkeys(row["payment"] for row in rows))
    asked = [(row["day"], row[name]) for row in rows for name in ("currency", "invoice_currency")]
    why = "no exchange rates were given"
    if rates is not UNKNOWN:
        why = f"no rate within 7 days before of {_pairs(rates.lacking(*zip(*asked, strict=True)))}"
    named = f"{', '.join(ids[:_SHOWN])}{', …' if ids[_SHOWN:] else ''}"
    return {
        name: f"the sums of {len(ids)} payments in another currency than the invoice they name are "
        f"not compared ({named}): {why}"
    }


def _pairs(lacking: Sequence[tuple[str, date]]) -> str:
    shown = ", ".join(f"{currency} on {day}" for currency, day in lacking[:_SHOWN])
    return f"{shown}{', …' if lacking[_SHOWN:] else ''}"


def _not_known(table: pa.Table, paid: bool) -> Iterator[tuple[str, str]]:
    """Yield checks that cannot be done, and why."""
    if not paid:
        for name in WITH_PAYMENTS:
            yield name, "no payments were given"
    for name, columns in _NEEDS.items():
        empty = [one for one in columns if table[one].null_count == len(table)]
        if len(empty) == len(columns):
            yield name, f"no declaration has {' or '.join(empty)}"


def _marks(hits: Iterable[Hit]) -> dict[str, set[str]]:
    """Return which checks found a declaration, by its id."""
    marks = defaultdict(set)
    for hit in hits:
        for one in hit.declarations:
            marks[one].add(hit.check)
    return marks
