"""The same goods as declared at export and at import: the mirror gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from manara.model import Text, counted, phrase, some_of
from manara.money.trade.checks import Check
from manara.money.trade.finding import Hit, day_of, sum_of
from manara.store.engine import Engine

_EXPORT, _IMPORT = phrase("export"), phrase("import")

#: Each transport document and code on both sides, values where both are in one currency.
_SIDES = """
WITH sided AS (
    SELECT transport, hs, direction, min(day) AS day, min(origin) AS origin,
        min(destination) AS destination, min(exporter) AS exporter, min(importer) AS importer,
        sum(value) AS value, min(currency) AS currency, count(DISTINCT currency) AS currencies,
        CASE WHEN count(weight) = count(*) THEN sum(weight) END AS weight
    FROM declarations
    WHERE transport IS NOT NULL AND direction IS NOT NULL
    GROUP BY transport, hs, direction
)
SELECT coalesce(e.transport, i.transport) AS transport, coalesce(e.hs, i.hs) AS hs,
    coalesce(e.exporter, i.exporter) AS exporter, coalesce(i.importer, e.importer) AS importer,
    coalesce(e.origin, i.origin) AS origin, coalesce(e.destination, i.destination) AS destination,
    e.day AS export_day, i.day AS import_day, e.value AS export_value, i.value AS import_value,
    e.weight AS export_weight, i.weight AS import_weight,
    coalesce(e.currency, i.currency) AS currency,
    e.currency = i.currency AND e.currencies = 1 AND i.currencies = 1 AS comparable
FROM (SELECT * FROM sided WHERE direction = 'export') AS e
FULL JOIN (SELECT * FROM sided WHERE direction = 'import') AS i
    ON i.transport = e.transport AND i.hs = e.hs
"""

#: Both sides are there and differ.
_UNLIKE = """
SELECT * FROM sides
WHERE export_day IS NOT NULL AND import_day IS NOT NULL
    AND (
        comparable AND NOT import_value / export_value BETWEEN ? AND ?
        OR NOT import_weight / export_weight BETWEEN 1 - ? AND 1 / (1 - ?)
    )
"""

#: One side is missing where nearly all others on the corridor have both; not near the ends.
_MISSING = """
WITH span AS (
    SELECT min(day) AS first, max(day) AS last FROM declarations WHERE direction IS NOT NULL
), judged AS (
    SELECT s.* FROM sides AS s CROSS JOIN span
    WHERE coalesce(s.export_day, s.import_day) BETWEEN span.first + ? AND span.last - ?
), corridors AS (
    SELECT origin, destination, count(*) AS documents,
        sum(CASE WHEN export_day IS NOT NULL AND import_day IS NOT NULL THEN 1 ELSE 0 END) AS both
    FROM judged GROUP BY origin, destination
)
SELECT j.*, c.documents, c.both
FROM judged AS j JOIN corridors AS c ON c.origin = j.origin AND c.destination = j.destination
WHERE (j.export_day IS NULL OR j.import_day IS NULL)
    AND c.documents >= ? AND c.both >= ? * c.documents
"""

#: The declarations of a gap.
_LINES = """
SELECT d.transport, d.hs, d.id FROM declarations AS d
JOIN gaps AS g ON g.transport = d.transport AND g.hs = d.hs
WHERE d.direction IS NOT NULL
ORDER BY d.day, d.id
"""


def unlike(session: Engine, check: Check) -> Iterator[Hit]:
    """Yield pairs of partners whose goods were declared unlike on both sides."""
    weight = check["weight"]
    limits = [check["value_low"], check["value_high"], weight, weight]
    for pair, currency, rows, lines in _gaps(session, _UNLIKE, limits):
        first, stake = rows[0], sum(map(_stake, rows))
        text = counted(
            "{num} transport document of {seller} to {buyer} ({documents}) differs between export "
            "and import by {sum}.",
            "{num} transport documents of {seller} to {buyer} ({documents}) differ between export "
            "and import by {sum}.",
            len(rows), seller=pair[0], buyer=pair[1], documents=_documents(rows),
            sum=sum_of(stake, currency),
        )  # fmt: skip
        yield _hit("mirror-gap", pair, [text, _case(first)], rows, lines)


def one_sided(session: Engine, check: Check) -> Iterator[Hit]:
    """Yield pairs of partners whose goods were declared on one side, where others are on both."""
    days = int(check["days"])
    limits = [days, days, check["documents"], check["mirrored"]]
    for pair, currency, rows, lines in _gaps(session, _MISSING, limits):
        first, stake = rows[0], sum(map(_stake, rows))
        no_import = first["import_day"] is None
        texts = [
            counted(
                "{num} transport document of {seller} to {buyer} ({documents}), {sum}, is declared "
                "on one side only.",
                "{num} transport documents of {seller} to {buyer} ({documents}), {sum}, are "
                "declared on one side only.",
                len(rows), seller=pair[0], buyer=pair[1], documents=_documents(rows),
                sum=sum_of(stake, currency),
            ),
            phrase(
                "{transport}, code {code}: declared at {side} on {day} and never at {other}, "
                "though {both} of {documents} documents from {origin} to {destination} are "
                "declared on both sides.",
                transport=first["transport"], code=first["hs"],
                side=_EXPORT if no_import else _IMPORT, other=_IMPORT if no_import else _EXPORT,
                day=day_of(first["export_day" if no_import else "import_day"]),
                both=first["both"], documents=first["documents"], origin=first["origin"],
                destination=first["destination"],
            ),
        ]  # fmt: skip
        yield _hit("one-sided-declaration", pair, texts, rows, lines)


_Row = dict[str, Any]
_Lines = Mapping[tuple[str, str], list[str]]


def _gaps(
    session: Engine, query: str, limits: list[float]
) -> Iterator[tuple[tuple[str, str], str, list[_Row], _Lines]]:
    """Yield pairs of partners, the currency, their gaps, largest first, and the declarations."""
    session.materialise("sides", _SIDES)
    session.materialise("gaps", query, limits)
    lines = defaultdict(list)
    for row in session.fetch(_LINES).to_pylist():
        lines[row["transport"], row["hs"]].append(row["id"])
    groups = defaultdict(list)
    rows = session.fetch("SELECT * FROM gaps").to_pylist()
    for row in sorted(rows, key=lambda row: (-_stake(row), row["transport"], row["hs"])):
        groups[(row["exporter"], row["importer"]), row["currency"]].append(row)
    for (pair, currency), members in groups.items():
        yield pair, currency, members, lines


def _hit(
    check: str, pair: tuple[str, str], texts: list[Text], rows: list[_Row], lines: _Lines
) -> Hit:
    first = rows[0]
    ids = tuple(one for row in rows for one in lines[row["transport"], row["hs"]])
    shown = tuple(lines[first["transport"], first["hs"]])
    steps = ((texts[0], ids, ()), (texts[1], shown, ()))
    stake = sum(map(_stake, rows))
    return Hit(check, pair, ids, (), steps, _figures(first), stake, first["currency"])


def _documents(rows: list[_Row]) -> Text:
    return some_of([row["transport"] for row in rows])


def _stake(row: _Row) -> float:
    """Return the difference of the values; of a missing side the whole value."""
    exported, imported = row["export_value"], row["import_value"]
    if exported is None or imported is None:
        return float(exported or imported)
    return float(abs(imported - exported)) if row["comparable"] else 0.0


def _case(row: _Row) -> Text:
    """Return the clearest case of unlike sides in a sentence."""
    currency = row["currency"]
    weights = tuple(
        phrase("{weight:,.3f} kg at {side}", weight=row[f"{side}_weight"], side=told)
        for side, told in (("export", _EXPORT), ("import", _IMPORT))
        if row[f"{side}_weight"] is not None
    )
    values = phrase("values in different currencies")
    if row["comparable"]:
        values = phrase(
            "{exported} at export, {imported} at import",
            exported=sum_of(row["export_value"], currency),
            imported=sum_of(row["import_value"], currency),
        )
    return phrase(
        "{transport}, code {code}: {values}; {weights}.",
        transport=row["transport"], code=row["hs"], values=values,
        weights=weights or phrase("no weights"),
    )  # fmt: skip


def _figures(row: _Row) -> dict[str, Any]:
    names = ("export_value", "import_value", "export_weight", "import_weight")
    figures = {"transport_document": row["transport"], "hs": row["hs"]}
    figures |= {name: row[name] for name in names}
    if row["comparable"]:
        figures["value_ratio"] = row["import_value"] / row["export_value"]
    return figures
