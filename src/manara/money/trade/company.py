"""Goods against what the company and others of its line trade in: the goods-misfit check."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from manara.model import Text, counted, phrase
from manara.money.trade.checks import Check, chapter_titles
from manara.money.trade.finding import Hit, day_of, sum_of
from manara.store.engine import Engine

#: Each declaration once for each of its companies.
_ROLES = """
SELECT id, day, chapter, value, currency, 'exporter' AS role, exporter AS company,
    exporter_business AS business
FROM consignments
UNION ALL
SELECT id, day, chapter, value, currency, 'importer', importer, importer_business FROM consignments
"""

#: Chapters new to a company that has a past, and how many of its line trade in them. The line is
#: what the company declares, else the chapter that most of its declarations are of.
_MISFITS = """
WITH chapters AS (
    SELECT role, company, chapter, count(*) AS declared, min(day) AS first
    FROM roles GROUP BY role, company, chapter
), main AS (
    SELECT role, company, chapter,
        row_number() OVER (PARTITION BY role, company ORDER BY declared DESC, chapter) AS place
    FROM chapters
), stated AS (
    SELECT role, company, min(business) AS business FROM roles GROUP BY role, company
), lines AS (
    SELECT s.role, s.company,
        coalesce('business ' || s.business, 'chapter ' || m.chapter) AS line
    FROM stated AS s JOIN main AS m ON m.role = s.role AND m.company = s.company AND m.place = 1
), sizes AS (
    SELECT role, line, count(*) AS companies FROM lines GROUP BY role, line
), shared AS (
    SELECT c.role, l.line, c.chapter, count(*) AS companies
    FROM chapters AS c JOIN lines AS l ON l.role = c.role AND l.company = c.company
    GROUP BY c.role, l.line, c.chapter
), spread AS (
    SELECT c.role, c.chapter, count(*) AS companies, max(t.companies) AS of_all
    FROM chapters AS c
    JOIN (SELECT role, count(*) AS companies FROM lines GROUP BY role) AS t ON t.role = c.role
    GROUP BY c.role, c.chapter
), past AS (
    SELECT c.role, c.company, c.chapter, c.first,
        sum(CASE WHEN r.day < c.first THEN 1 ELSE 0 END) AS before
    FROM chapters AS c JOIN roles AS r ON r.role = c.role AND r.company = c.company
    GROUP BY c.role, c.company, c.chapter, c.first
)
SELECT p.role, p.company, p.chapter, p.first, p.before, l.line,
    z.companies - 1 AS peers, s.companies - 1 AS sharing
FROM past AS p
JOIN lines AS l ON l.role = p.role AND l.company = p.company
JOIN sizes AS z ON z.role = l.role AND z.line = l.line
JOIN shared AS s ON s.role = l.role AND s.line = l.line AND s.chapter = p.chapter
JOIN spread AS a ON a.role = p.role AND a.chapter = p.chapter
WHERE p.before >= ? AND z.companies - 1 >= ? AND s.companies - 1 <= ? * (z.companies - 1)
    AND a.companies <= ? * a.of_all
"""

_EVIDENCE = """
SELECT m.*, r.id, r.day, r.value, r.currency, r.value / u.usual AS lots
FROM misfits AS m
JOIN roles AS r ON r.role = m.role AND r.company = m.company AND r.chapter = m.chapter
JOIN (
    SELECT role, company, currency, median(value) AS usual FROM roles
    GROUP BY role, company, currency
) AS u ON u.role = r.role AND u.company = r.company AND u.currency = r.currency
ORDER BY m.role, m.company, m.chapter, r.value DESC, r.id
"""


def find(session: Engine, check: Check) -> Iterator[Hit]:
    """Yield companies with the goods that neither their past nor their line explains."""
    session.materialise("roles", _ROLES)
    limits = [int(check["past"]), int(check["peers"]), check["peer_share"], check["chapter_share"]]
    session.materialise("misfits", _MISFITS, limits)
    rows = session.fetch(_EVIDENCE).to_pylist()
    for _, members in groupby(rows, key=lambda row: (row["role"], row["company"], row["chapter"])):
        held = list(members)
        if sum(row["lots"] for row in held) >= check["value"]:
            alike = len({row["currency"] for row in held}) == 1
            yield _hit(held, sum(row["value"] for row in held) if alike else 0.0)


def _hit(rows: list[dict[str, Any]], stake: float) -> Hit:
    first, ids = rows[0], tuple(row["id"] for row in rows)
    company, chapter = first["company"], first["chapter"]
    worth = (sum_of(stake, first["currency"]),) if stake else ()
    steps = (
        (_traded(first, len(ids), worth), ids, ()),
        (
            counted(
                "None of its {num} declaration before {day} was of that chapter.",
                "None of its {num} declarations before {day} was of that chapter.",
                int(first["before"]), day=day_of(first["first"]),
            ),
            (),
            (),
        ),
        (
            counted(
                "Of {num} other company of its {line}, {sharing} trade in it.",
                "Of {num} other companies of its {line}, {sharing} trade in it.",
                int(first["peers"]), line=_line(str(first["line"])), sharing=int(first["sharing"]),
            ),
            (),
            (),
        ),
    )  # fmt: skip
    figures = {
        "role": first["role"],
        "chapter": chapter,
        "past_declarations": int(first["before"]),
        "peers": int(first["peers"]),
        "peers_with_it": int(first["sharing"]),
    }
    return Hit("goods-misfit", (company,), ids, (), steps, figures, stake, first["currency"])


def _traded(first: dict[str, Any], count: int, worth: tuple[Text, ...]) -> Text:
    much = counted("{num} declaration", "{num} declarations", count)
    if worth:
        much = phrase("{declarations}, {sum}", declarations=much, sum=worth[0])
    told = {"company": first["company"], "chapter": first["chapter"],
            "title": _title(first["chapter"]), "much": much}  # fmt: skip
    if first["role"] == "exporter":
        return phrase("{company} exported goods of chapter {chapter} ({title}) in {much}.", **told)
    return phrase("{company} imported goods of chapter {chapter} ({title}) in {much}.", **told)


def _line(line: str) -> Text:
    kind, _, which = line.partition(" ")
    if kind == "business":
        return phrase("line {line}", line=which)
    return phrase("main chapter {chapter} ({title})", chapter=which, title=_title(which))


def _title(chapter: str) -> Text:
    found = chapter_titles().get(chapter)
    return phrase(found) if found else phrase("not in the Harmonized System")
