"""Invoices in payments against invoices in declarations: phantom, unpaid, paid by others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from manara.model import counted, phrase, some_of
from manara.model.text import Arg
from manara.money.trade.checks import Check
from manara.money.trade.finding import Hit, day_of, sum_of
from manara.store.engine import Engine

#: Invoices as declared: one row for a seller, a buyer, a number and a currency.
_INVOICES = """
SELECT exporter, importer, invoice, currency, sum(value) AS value, min(day) AS first_day,
    max(day) AS last_day, count(*) AS lines
FROM consignments
WHERE invoice IS NOT NULL
GROUP BY exporter, importer, invoice, currency
"""

#: Payments that name an invoice of the seller they pay, or of the buyer that pays; in the invoice's
#: currency if both have a rate on the day of the payment, else in their own.
_LINKS = """
WITH met AS (
    SELECT n.payment, n.number, n.stated, n.day, n.payer, n.payee, n.amount, n.currency, i.exporter,
        i.importer, i.value, i.currency AS invoice_currency, i.first_day, i.last_day,
        n.payer = i.importer AND n.payee = i.exporter AS direct
    FROM named AS n JOIN invoices AS i ON i.invoice = n.number AND i.exporter = n.payee
    UNION
    SELECT n.payment, n.number, n.stated, n.day, n.payer, n.payee, n.amount, n.currency, i.exporter,
        i.importer, i.value, i.currency, i.first_day, i.last_day,
        n.payer = i.importer AND n.payee = i.exporter
    FROM named AS n JOIN invoices AS i ON i.invoice = n.number AND i.importer = n.payer
), rated AS (
    SELECT m.*, CASE WHEN m.currency <> m.invoice_currency THEN t.per / f.per END AS factor
    FROM met AS m
    LEFT JOIN rates AS f ON f.day = m.day AND f.currency = m.currency
    LEFT JOIN rates AS t ON t.day = m.day AND t.currency = m.invoice_currency
)
SELECT payment, number, stated, day, payer, payee, coalesce(amount * factor, amount) AS amount,
    CASE WHEN factor IS NULL THEN currency ELSE invoice_currency END AS currency,
    exporter, importer, value, invoice_currency, first_day, last_day, direct
FROM rated
"""

#: Invoices and payments of one pair of partners that no number joins but a like sum may.
_LIKELY = """
SELECT i.exporter, i.importer, i.invoice, i.currency, p.payment
FROM invoices AS i
JOIN paid AS p ON p.payer = i.importer AND p.payee = i.exporter AND p.currency = i.currency
    AND p.day BETWEEN i.first_day - ? AND i.last_day + ?
    AND abs(p.amount - i.value) <= ? * i.value
WHERE NOT EXISTS (SELECT 1 FROM links AS l WHERE l.payment = p.payment AND l.direct)
    AND NOT EXISTS (
        SELECT 1 FROM links AS l
        WHERE l.number = i.invoice AND l.exporter = i.exporter AND l.importer = i.importer
            AND l.currency = i.currency
    )
"""

_PHANTOM = """
SELECT n.payment, n.number, n.day, n.payer, n.payee, n.amount, n.currency,
    e.exporter IS NOT NULL AS sells
FROM named AS n
JOIN (SELECT DISTINCT importer FROM consignments) AS i ON i.importer = n.payer
LEFT JOIN (SELECT DISTINCT exporter FROM consignments) AS e ON e.exporter = n.payee
CROSS JOIN (SELECT min(day) AS first, max(day) AS last FROM consignments) AS span
WHERE (n.goods OR e.exporter IS NOT NULL)
    AND n.day BETWEEN span.first + ? AND span.last - ?
    AND NOT EXISTS (
        SELECT 1 FROM links AS l
        WHERE l.payment = n.payment AND l.number = n.number
            AND l.first_day <= n.day + ? AND l.last_day >= n.day - ?
    )
    AND NOT EXISTS (SELECT 1 FROM likely AS y WHERE y.payment = n.payment)
ORDER BY n.payer, n.payee, n.currency, n.amount DESC, n.payment
"""

_UNPAID = """
WITH marked AS (
    SELECT i.*, EXISTS (
        SELECT 1 FROM links AS l
        WHERE l.exporter = i.exporter AND l.importer = i.importer AND l.number = i.invoice
            AND (l.direct OR l.stated = 1)
    ) OR EXISTS (
        SELECT 1 FROM likely AS y
        WHERE y.exporter = i.exporter AND y.importer = i.importer AND y.invoice = i.invoice
            AND y.currency = i.currency
    ) AS paid
    FROM invoices AS i
), due AS (
    SELECT m.* FROM marked AS m
    CROSS JOIN (SELECT min(day) AS first, max(day) AS last FROM paid) AS span
    WHERE m.last_day + ? <= span.last AND m.first_day - ? >= span.first
), covered AS (
    SELECT importer, sum(CASE WHEN paid THEN 1 ELSE 0 END) AS settled, count(*) AS invoices
    FROM due GROUP BY importer
)
SELECT d.exporter, d.importer, d.invoice, d.currency, d.value, d.first_day, c.settled, c.invoices
FROM due AS d JOIN covered AS c ON c.importer = d.importer
WHERE NOT d.paid AND c.settled >= ? AND c.settled >= ? * c.invoices
ORDER BY d.exporter, d.importer, d.currency, d.value DESC, d.invoice
"""

_THIRD = """
SELECT l.* FROM links AS l
WHERE NOT l.direct
    AND NOT EXISTS (
        SELECT 1 FROM links AS d WHERE d.payment = l.payment AND d.number = l.number AND d.direct
    )
    AND l.stated = 1 AND l.currency = l.invoice_currency AND l.payer <> l.payee
    AND abs(l.amount - l.value) <= ? * l.value
ORDER BY l.payer, l.payee, l.exporter, l.importer, l.currency, l.amount DESC, l.payment, l.number
"""

_OVERPAID = """
SELECT exporter, importer, number, currency, max(value) AS value, sum(amount) AS amount,
    count(*) AS payments, min(day) AS first_day
FROM links
WHERE direct AND stated = 1 AND currency = invoice_currency
GROUP BY exporter, importer, number, currency
HAVING count(*) > 1 AND sum(amount) > ? * max(value)
ORDER BY exporter, importer, number, currency
"""

_LINES = """
SELECT exporter, importer, invoice, currency, id FROM consignments
WHERE invoice IN (SELECT invoice FROM wanted)
ORDER BY value DESC, id
"""


#: Payments of the invoices wanted between their parties, each naming that one alone.
_PAID_DIRECTLY = """
SELECT exporter, importer, number, currency, payment FROM links
WHERE direct AND stated = 1 AND number IN (SELECT invoice FROM wanted)
ORDER BY day, payment
"""


def prepare(session: Engine, check: Check) -> None:
    """Name the queries of this module: they need consignments, paid, named and rates.

    Args:
        session: where to name them.
        check: how far apart an invoice and a payment that does not name it may lie.
    """
    session.materialise("invoices", _INVOICES)
    session.materialise("links", _LINKS)
    limits = [int(check["before"]), int(check["days"]), check["near"]]
    session.materialise("likely", _LIKELY, limits)


def phantom(session: Engine, check: Check) -> Iterator[Hit]:
    """Yield payments of an importer that name an invoice which no declaration has."""
    days, margin = int(check["days"]), int(check["margin"])
    rows = session.fetch(_PHANTOM, [margin, margin, days, days]).to_pylist()
    for (payer, payee, currency), members in _grouped(rows, "payer", "payee", "currency"):
        payments = tuple(dict.fromkeys(row["payment"] for row in members))
        amounts = {row["payment"]: float(row["amount"]) for row in members}
        stake, first = sum(amounts.values()), members[0]
        known = phrase("is in no declaration at all")
        if first["sells"]:
            known = phrase("declares goods to others")
        steps = (
            (
                counted(
                    "{payer} paid {payee} {sum} in {num} payment for invoices {invoices}.",
                    "{payer} paid {payee} {sum} in {num} payments for invoices {invoices}.",
                    len(payments), payer=payer, payee=payee, sum=sum_of(stake, currency),
                    invoices=some_of(_numbers(members, "number")),
                ),
                (),
                payments,
            ),
            (
                counted(
                    "No declaration of either within {num} day names these invoices; {payer} "
                    "declares imports, and {payee} {known}.",
                    "No declaration of either within {num} days names these invoices; {payer} "
                    "declares imports, and {payee} {known}.",
                    days, payer=payer, payee=payee, known=known,
                ),
                (),
                payments,
            ),
        )  # fmt: skip
        figures = {"invoices": _numbers(members, "number"), "days": days, "sells": first["sells"]}
        yield Hit("phantom-invoice", (payer, payee), (), payments, steps, figures, stake, currency)


def unpaid(session: Engine, check: Check) -> Iterator[Hit]:
    """Yield invoices declared that no payment names, of importers whose payments are known."""
    limits = [int(check["days"]), int(check["before"]), int(check["paid"]), check["paid_share"]]
    rows = session.fetch(_UNPAID, limits).to_pylist()
    lines = _lines(session, _numbers(rows, "invoice"))
    for (seller, buyer, currency), members in _grouped(rows, "exporter", "importer", "currency"):
        keys = [(seller, buyer, row["invoice"], currency) for row in members]
        ids = tuple(one for key in keys for one in lines[key])
        stake, first = sum(row["value"] for row in members), members[0]
        steps = (
            (
                phrase(
                    "{seller} declared goods to {buyer} under invoices {invoices}, {sum} in all, "
                    "the first on {day}.",
                    seller=seller, buyer=buyer, invoices=some_of(_numbers(members, "invoice")),
                    sum=sum_of(stake, currency),
                    day=day_of(min(row["first_day"] for row in members)),
                ),
                ids,
                (),
            ),
            (
                counted(
                    "No payment within {num} day names them, though {settled} of {invoices} "
                    "invoices of {buyer} are paid in the payments given.",
                    "No payment within {num} days names them, though {settled} of {invoices} "
                    "invoices of {buyer} are paid in the payments given.",
                    int(limits[0]), settled=int(first["settled"]),
                    invoices=int(first["invoices"]), buyer=buyer,
                ),
                ids,
                (),
            ),
        )  # fmt: skip
        figures = {
            "invoices": _numbers(members, "invoice"),
            "paid": int(first["settled"]),
            "of": int(first["invoices"]),
        }
        yield Hit("unpaid-declaration", (seller, buyer), ids, (), steps, figures, stake, currency)


def third_party(session: Engine, check: Check) -> Iterator[Hit]:
    """Yield payments of an invoice in which the payer or the payee is not a party of it."""
    rows = session.fetch(_THIRD, [check["near"]]).to_pylist()
    lines = _lines(session, _numbers(rows, "number"))
    keys = ("payer", "payee", "exporter", "importer", "currency")
    for (payer, payee, seller, buyer, currency), members in _grouped(rows, *keys):
        payments = tuple(dict.fromkeys(row["payment"] for row in members))
        wanted = [(seller, buyer, row["number"], currency) for row in members]
        ids = tuple(dict.fromkeys(one for key in wanted for one in lines[key]))
        stake = float(sum({row["payment"]: float(row["amount"]) for row in members}.values()))
        other = payer if payee == seller else payee
        told: dict[str, Arg] = {
            "invoices": some_of(_numbers(members, "number")), "seller": seller, "buyer": buyer,
            "other": other, "sum": sum_of(stake, currency),
            "payments": counted("{num} payment", "{num} payments", len(payments)),
        }  # fmt: skip
        deed = phrase("Invoices {invoices} of {seller} to {buyer} were paid to {other}, {sum} in "
                      "{payments}.", **told)  # fmt: skip
        if payee == seller:
            deed = phrase("Invoices {invoices} of {seller} to {buyer} were paid by {other}, {sum} "
                          "in {payments}.", **told)  # fmt: skip
        names = phrase("No declaration of these invoices names {other} as a party.", other=other)
        steps = ((deed, ids, payments), (names, ids, ()))
        figures = {"invoices": _numbers(members, "number"), "third_party": other}
        subjects = (other, seller, buyer)
        yield Hit("third-party-payment", subjects, ids, payments, steps, figures, stake, currency)


def overpaid(session: Engine, check: Check) -> Iterator[Hit]:
    """Yield invoices that were paid in several payments by more than was declared."""
    rows = session.fetch(_OVERPAID, [check["over"]]).to_pylist()
    lines = _lines(session, _numbers(rows, "number"))
    paid = defaultdict(list)
    for link in session.fetch(_PAID_DIRECTLY).to_pylist():
        paid[link["exporter"], link["importer"], link["number"], link["currency"]].append(
            link["payment"]
        )
    for row in rows:
        seller, buyer, currency = row["exporter"], row["importer"], row["currency"]
        key = (seller, buyer, row["number"], currency)
        ids, payments = tuple(lines[key]), tuple(dict.fromkeys(paid[key]))
        amount, value = float(row["amount"]), float(row["value"])
        text = counted(
            "Invoice {invoice} of {seller} to {buyer}, declared at {declared}, was paid {num} "
            "time, {sum} in all.",
            "Invoice {invoice} of {seller} to {buyer}, declared at {declared}, was paid {num} "
            "times, {sum} in all.",
            len(payments), invoice=row["number"], seller=seller, buyer=buyer,
            declared=sum_of(value, currency), sum=sum_of(amount, currency),
        )  # fmt: skip
        figures = {
            "rule": "invoice paid more than once",
            "invoice": row["number"],
            "declared": value,
            "paid": amount,
        }
        yield Hit(
            "multiple-invoicing",
            (seller, buyer),
            ids,
            payments,
            ((text, ids, payments),),
            figures,
            amount - value,
            currency,
        )


def _grouped(
    rows: list[dict[str, Any]], *keys: str
) -> Iterator[tuple[tuple[Any, ...], list[dict[str, Any]]]]:
    """Yield rows by the values of keys, each group in its order."""
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    yield from groups.items()


def _numbers(rows: list[dict[str, Any]], column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows))


def _lines(session: Engine, numbers: list[str]) -> Mapping[tuple[str, str, str, str], list[str]]:
    """Return the declarations of invoices of some numbers, which are then known as wanted."""
    session.read("wanted", pa.table({"invoice": pa.array(numbers, pa.string())}))
    found = defaultdict(list)
    for row in session.fetch(_LINES).to_pylist():
        found[row["exporter"], row["importer"], row["invoice"], row["currency"]].append(row["id"])
    return found
