"""The same goods or invoice declared more than once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from manara.model import Text, counted, phrase, some_of
from manara.money.trade.checks import Check
from manara.money.trade.finding import Hit, day_of, sum_of
from manara.store.engine import Engine

#: One invoice, the same goods, weight and value: on several transport documents or to several
#: buyers, by a seller who does not split invoices as a habit.
_INVOICE_AGAIN = """
WITH held AS (
    SELECT * FROM declarations WHERE invoice IS NOT NULL
), split AS (
    SELECT exporter, count(*) AS invoices,
        sum(CASE WHEN documents > 1 THEN 1 ELSE 0 END) AS divided
    FROM (
        SELECT exporter, invoice, count(DISTINCT transport) AS documents
        FROM held GROUP BY exporter, invoice
    ) AS counted
    GROUP BY exporter
), again AS (
    SELECT exporter, invoice, direction, hs, currency, value, weight
    FROM held
    GROUP BY exporter, invoice, direction, hs, currency, value, weight
    HAVING count(*) BETWEEN 2 AND ?
        AND (count(DISTINCT importer) > 1 OR count(DISTINCT transport) = count(*))
)
SELECT h.*, concat_ws(
        '|', a.exporter, a.invoice, a.direction, a.hs, a.currency, a.value, a.weight
    ) AS same
FROM held AS h
JOIN again AS a ON a.exporter = h.exporter AND a.invoice = h.invoice AND a.hs = h.hs
    AND a.currency = h.currency AND a.value = h.value
    AND coalesce(a.direction, '') = coalesce(h.direction, '')
    AND coalesce(a.weight, 0) = coalesce(h.weight, 0)
JOIN split AS s ON s.exporter = h.exporter
WHERE s.divided - 1 <= ? * s.invoices
ORDER BY same, h.day, h.id
"""

#: One transport document, the same code and weight: under several invoices.
_DOCUMENT_AGAIN = """
WITH again AS (
    SELECT transport, exporter, direction, hs, weight
    FROM declarations
    WHERE transport IS NOT NULL AND invoice IS NOT NULL AND weight IS NOT NULL
    GROUP BY transport, exporter, direction, hs, weight
    HAVING count(DISTINCT invoice) > 1 AND count(*) <= ?
)
SELECT h.*, concat_ws('|', a.transport, a.exporter, a.direction, a.hs, a.weight) AS same
FROM declarations AS h
JOIN again AS a ON a.transport = h.transport AND a.exporter = h.exporter AND a.hs = h.hs
    AND a.weight = h.weight AND coalesce(a.direction, '') = coalesce(h.direction, '')
WHERE h.invoice IS NOT NULL
ORDER BY same, h.day, h.id
"""

#: The same seller, code, weight and value again within days, under other papers, by a seller whose
#: weights seldom repeat.
_GOODS_AGAIN = """
WITH weighed AS (
    SELECT * FROM declarations WHERE weight IS NOT NULL
), repeats AS (
    SELECT exporter, hs, direction, sum(times) AS declared,
        sum(CASE WHEN times > 1 THEN times - 1 ELSE 0 END) AS repeated
    FROM (
        SELECT exporter, hs, direction, weight, count(*) AS times
        FROM weighed GROUP BY exporter, hs, direction, weight
    ) AS counted
    GROUP BY exporter, hs, direction
), again AS (
    SELECT exporter, direction, hs, currency, value, weight
    FROM weighed
    GROUP BY exporter, direction, hs, currency, value, weight
    HAVING count(*) BETWEEN 2 AND ? AND max(day) - min(day) <= ?
        AND count(DISTINCT invoice) IN (0, count(*))
        AND count(DISTINCT transport) IN (0, count(*))
)
SELECT h.*, concat_ws('|', a.exporter, a.direction, a.hs, a.currency, a.value, a.weight) AS same
FROM weighed AS h
JOIN again AS a ON a.exporter = h.exporter AND a.hs = h.hs AND a.currency = h.currency
    AND a.value = h.value AND a.weight = h.weight
    AND coalesce(a.direction, '') = coalesce(h.direction, '')
JOIN repeats AS r ON r.exporter = h.exporter AND r.hs = h.hs
    AND coalesce(r.direction, '') = coalesce(h.direction, '')
WHERE r.repeated - 1 <= ? * r.declared
ORDER BY same, h.day, h.id
"""


def find(session: Engine, check: Check) -> Iterator[Hit]:
    """Yield goods and invoices that were declared more than once."""
    most, days, habit = int(check["most"]), int(check["days"]), check["habit"]
    queries = (
        (phrase("invoice declared more than once"), _INVOICE_AGAIN, [most, habit]),
        (phrase("transport document under several invoices"), _DOCUMENT_AGAIN, [most]),
        (phrase("goods declared again"), _GOODS_AGAIN, [most, days, habit]),
    )
    told: set[tuple[str, ...]] = set()
    for rule, query, limits in queries:
        rows = session.fetch(query, limits).to_pylist()
        for _, members in groupby(rows, key=lambda row: row["same"]):
            hit = _hit(rule, list(members))
            if hit.declarations not in told:
                told.add(hit.declarations)
                yield hit


def _hit(rule: Text, rows: list[dict[str, Any]]) -> Hit:
    first, ids = rows[0], tuple(row["id"] for row in rows)
    currency, stake = first["currency"], float(sum(row["value"] for row in rows[1:]))
    subjects = tuple(dict.fromkeys(row[role] for role in ("exporter", "importer") for row in rows))
    weight = phrase("an unstated weight")
    if first["weight"]:
        weight = phrase("{weight:,.3f} kg", weight=first["weight"])
    steps = (
        (
            counted(
                "{rule:cap}: {num} declaration of {weight} of code {code} by {seller}, from "
                "{first} to {last}.",
                "{rule:cap}: {num} declarations of {weight} of code {code} by {seller}, from "
                "{first} to {last}.",
                len(ids), rule=rule, weight=weight, code=first["hs"], seller=first["exporter"],
                first=day_of(first["day"]), last=day_of(rows[-1]["day"]),
            ),
            ids,
            (),
        ),
        (
            phrase("They name invoices {invoices}; transport documents {documents}.",
                   invoices=_distinct(rows, "invoice"), documents=_distinct(rows, "transport")),
            ids,
            (),
        ),
        (
            phrase("If the goods are the same, {sum} were invoiced for nothing.",
                   sum=sum_of(stake, currency)),
            ids[1:],
            (),
        ),
    )  # fmt: skip
    figures = {
        "rule": str(rule),
        "times": len(ids),
        "value": first["value"],
        "weight": first["weight"],
    }
    return Hit("multiple-invoicing", subjects, ids, (), steps, figures, stake, currency)


def _distinct(rows: list[dict[str, Any]], column: str) -> Text:
    found = list(dict.fromkeys(row[column] for row in rows if row[column]))
    return some_of(found) if found else phrase("none")
