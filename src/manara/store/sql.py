"""The store's queries, in the subset of DuckDB's dialect that runs on Spark as well.

Each is a whole query, so that a test can transpile it.
`LATEST` stands where a view puts its moment, ``TRUE`` where it puts a condition.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from manara.store.engine import quoted

#: The moment of a view that knows everything.
LATEST = "TIMESTAMP '9999-12-31 00:00:00'"

#: Facts stated at the moment. A left join, since a filter on the entity then reaches both sides; a
#: condition on what may be seen goes in place of ``TRUE``.
FACTS = """
SELECT f.id, f.entity_id, f."schema", f.prop, f.value, f.original_value, f.lang, f.dataset,
    f.source_id, f.locator, f.handling_id, f.first_seen
FROM fact_rows AS f LEFT JOIN retraction_rows AS r
    ON r.entity_id = f.entity_id AND r.fact_id = f.id AND r.first_seen = f.first_seen
        AND r.retracted_at <= TIMESTAMP '9999-12-31 00:00:00'
WHERE f.first_seen <= TIMESTAMP '9999-12-31 00:00:00' AND TRUE AND r.fact_id IS NULL
"""

#: Facts stated at the moment or before, with the time they ended; a statement that was ended when
#: it began was recalled: it never was.
PAST_FACTS = """
SELECT f.id, f.entity_id, f."schema", f.prop, f.value, f.original_value, f.lang, f.dataset,
    f.source_id, f.locator, f.handling_id, f.first_seen, r.retracted_at AS last_seen
FROM fact_rows AS f LEFT JOIN retraction_rows AS r
    ON r.entity_id = f.entity_id AND r.fact_id = f.id AND r.first_seen = f.first_seen
        AND r.retracted_at <= TIMESTAMP '9999-12-31 00:00:00'
WHERE f.first_seen <= TIMESTAMP '9999-12-31 00:00:00' AND TRUE AND NOT EXISTS (
    SELECT 1 FROM retraction_rows AS n
    WHERE n.entity_id = f.entity_id AND n.fact_id = f.id AND n.first_seen = f.first_seen
        AND n.retracted_at <= f.first_seen)
"""

#: All that ended, as it stands.
ENDED = "SELECT fact_id, entity_id, source_id, first_seen, retracted_at FROM retraction_rows"

#: Statements of facts to be recalled.
NEVER_STATED = """
SELECT p.id AS fact_id, p.entity_id, p.dataset, p.source_id, p.first_seen,
    p.first_seen AS retracted_at
FROM past_facts AS p WHERE p.id IN (SELECT id FROM wanted)
ORDER BY p.entity_id, p.id
"""

#: Events of a table to be recalled; the parameters are its mark and twice the moment.
NEVER_HAPPENED = """
SELECT e.id AS fact_id, ? AS entity_id, e.dataset, coalesce(e.source_id, '') AS source_id,
    CAST(? AS TIMESTAMP) AS first_seen, CAST(? AS TIMESTAMP) AS retracted_at
FROM any_table AS e WHERE e.id IN (SELECT id FROM wanted) AND NOT EXISTS (
    SELECT 1 FROM retraction_rows AS n
    WHERE n.fact_id = e.id AND n.source_id = coalesce(e.source_id, ''))
ORDER BY e.id
"""
#: The condition that an event was not recalled as its source states it; put in: where it stands.
HAPPENED = """NOT EXISTS (
    SELECT 1 FROM recalled_events AS n
    WHERE n.fact_id = any_table.id AND n.source_id = coalesce(any_table.source_id, ''))"""

#: Facts and events that were recalled.
RECALLED = "SELECT fact_id FROM retractions WHERE retracted_at <= first_seen"

#: What a dataset states before an edition; the parameter is its name.
CURRENT = "SELECT id, entity_id, first_seen FROM facts WHERE dataset = ?"

#: What it states no longer.
REMOVED = """
SELECT c.id AS fact_id, c.entity_id, c.first_seen FROM current_facts AS c
WHERE NOT EXISTS (SELECT 1 FROM staged AS s WHERE s.id = c.id)
"""
#: What an additive dataset states no longer: nothing.
REMOVED_NONE = "SELECT id AS fact_id, entity_id, first_seen FROM current_facts WHERE FALSE"
REMOVED_SORTED = "SELECT * FROM removed ORDER BY entity_id, fact_id"
REMOVED_COUNT = "SELECT count(*) AS facts FROM removed"

#: What it states that it did not before; the same fact may come more than once, in its order.
ADDED = """
SELECT s.id, s.entity_id, s."schema", s.prop, s.value, s.original_value, s.lang, s.locator
FROM staged AS s
WHERE NOT EXISTS (SELECT 1 FROM current_facts AS c WHERE c.id = s.id)
ORDER BY s.entity_id, s.id, s.line
"""

#: Events of one source that are equal to one before, with their number among equals. Few columns:
#: this sorts all events.
REPEATED_EVENTS = """
SELECT n.line, n.nth FROM (
    SELECT s.line, row_number() OVER (PARTITION BY s.id ORDER BY s.line) - 1 AS nth
    FROM staged_events AS s) AS n
WHERE n.nth > 0
"""
TIMES_OF_EVENTS = 'SELECT min("time") AS first, max("time") AS last FROM staged_events'

#: Events that a dataset did not state before, by time, equal ones with an id of their own each (see
#: `manara.model.event_id`); the parameters are the first and last time of the staged events.
NEW_EVENTS = """
SELECT * FROM (
    SELECT s.*, CASE WHEN r.nth IS NULL THEN s.id
        ELSE md5(s.id || ' ' || CAST(r.nth AS VARCHAR)) END AS number_id
    FROM staged_events AS s LEFT JOIN repeated_events AS r ON r.line = s.line) AS n
WHERE NOT EXISTS (
    SELECT 1 FROM known_events AS k WHERE k.id = n.number_id AND k."time" BETWEEN ? AND ?)
ORDER BY n."time", n.number_id
"""

#: Entities that a dataset had, and those of which the edition states nothing.
ENTITIES_BEFORE = "SELECT count(DISTINCT entity_id) AS entities FROM current_facts"
ENTITIES_GONE = """
SELECT count(DISTINCT r.entity_id) AS entities FROM removed AS r
WHERE NOT EXISTS (SELECT 1 FROM staged AS s WHERE s.entity_id = r.entity_id)
"""


SELECT_FACTS = """
SELECT * FROM facts WHERE TRUE ORDER BY entity_id, prop, value, dataset, id, first_seen
"""
SELECT_PAST_FACTS = """
SELECT * FROM past_facts WHERE TRUE ORDER BY entity_id, prop, value, dataset, id, first_seen
"""

#: Facts whose value holds a text, or is it but for spaces and signs.
HOLDING = """
SELECT entity_id, prop, value, handling_id FROM facts
WHERE contains(lower(value), ?) OR regexp_replace(lower(value), '[^a-z0-9]', '', 'g') = ?
ORDER BY length(value), entity_id, prop, value LIMIT ?
"""

#: The condition that an entity is one of many: the range lets whole row groups be passed over.
AMONG = "entity_id IN (SELECT id FROM wanted) AND entity_id BETWEEN ? AND ?"

#: Facts by canonical entity, and by entity of each dataset.
BY_CLUSTER = """
SELECT coalesce(c.canonical_id, f.entity_id) AS canonical_id, f.id, f.entity_id, f."schema",
    f.prop, f.value, f.original_value, f.lang, f.dataset, f.source_id, f.locator, f.handling_id,
    f.first_seen
FROM facts AS f LEFT JOIN clusters AS c ON c.entity_id = f.entity_id
WHERE TRUE
ORDER BY canonical_id, f.entity_id, f.dataset, f.id
"""
BY_SOURCE = """
SELECT f.entity_id AS canonical_id, f.id, f.entity_id, f."schema",
    f.prop, f.value, f.original_value, f.lang, f.dataset, f.source_id, f.locator, f.handling_id,
    f.first_seen
FROM facts AS f
WHERE TRUE
ORDER BY f.entity_id, f.dataset, f.id
"""

NAMES = "SELECT DISTINCT entity_id, value FROM facts WHERE TRUE ORDER BY entity_id, value"

CANONICAL_OF = "SELECT canonical_id FROM clusters WHERE entity_id = ?"
MEMBERS_OF = "SELECT entity_id FROM members WHERE canonical_id = ? ORDER BY entity_id"
MEMBERS_AMONG = "SELECT entity_id, canonical_id FROM clusters WHERE TRUE"
JUDGEMENTS_ON = """
SELECT * FROM judgements
WHERE "left" IN (SELECT id FROM wanted) AND "right" IN (SELECT id FROM wanted)
ORDER BY "left", "right", "by"
"""

#: What came and went after a moment; the parameters are five times that moment.
CHANGES = """
SELECT 'added' AS kind, p.* FROM past_facts AS p
WHERE p.first_seen > CAST(? AS TIMESTAMP) AND p.last_seen IS NULL AND NOT EXISTS (
    SELECT 1 FROM past_facts AS o
    WHERE o.id = p.id AND o.first_seen <= CAST(? AS TIMESTAMP))
UNION ALL
SELECT 'removed' AS kind, p.* FROM past_facts AS p
WHERE p.first_seen <= CAST(? AS TIMESTAMP) AND p.last_seen > CAST(? AS TIMESTAMP) AND NOT EXISTS (
    SELECT 1 FROM past_facts AS o
    WHERE o.id = p.id AND o.first_seen > CAST(? AS TIMESTAMP) AND o.last_seen IS NULL)
ORDER BY entity_id, dataset, prop, kind, value, id
"""

#: Entities of which a fact came or went after a moment; the parameters are twice that moment.
CHANGED = """
SELECT entity_id FROM facts WHERE first_seen > CAST(? AS TIMESTAMP)
UNION SELECT entity_id FROM retractions WHERE retracted_at > CAST(? AS TIMESTAMP)
"""

COUNTS = """
SELECT count(*) AS facts, count(DISTINCT coalesce(c.canonical_id, f.entity_id)) AS entities
FROM facts AS f LEFT JOIN clusters AS c ON c.entity_id = f.entity_id
"""

FACTS_BY_DATASET = "SELECT dataset, count(*) AS facts FROM facts GROUP BY dataset"

#: Statements that counted when they were recalled.
RECALLED_BY_DATASET = """
SELECT r.dataset, count(*) AS facts FROM (
    SELECT dataset, fact_id, first_seen FROM retraction_rows WHERE entity_id >= ' '
    GROUP BY dataset, fact_id, first_seen HAVING max(retracted_at) <= first_seen) AS r
GROUP BY r.dataset
"""

#: How many entities several lists state, by the schema most of their facts are of.
IN_SEVERAL = """
WITH stated AS (
    SELECT coalesce(c.canonical_id, f.entity_id) AS entity, f."schema", lists.list
    FROM facts AS f JOIN lists ON lists.dataset = f.dataset
    LEFT JOIN clusters AS c ON c.entity_id = f.entity_id
), several AS (
    SELECT entity FROM stated GROUP BY entity HAVING count(DISTINCT list) > 1
), votes AS (
    SELECT s.entity, s."schema", count(*) AS facts
    FROM stated AS s WHERE s.entity IN (SELECT entity FROM several)
    GROUP BY s.entity, s."schema"
), ranked AS (
    SELECT "schema", row_number() OVER (
        PARTITION BY entity ORDER BY facts DESC, "schema") AS place
    FROM votes
)
SELECT "schema", count(*) AS entities FROM ranked WHERE place = 1
GROUP BY "schema" ORDER BY "schema"
"""

REJECTS = """
SELECT dataset, source_id, edition_id, locator, rule, reason, excerpt, recorded_at FROM rejects
WHERE TRUE
ORDER BY dataset, edition_id, locator, rule, reason, excerpt
LIMIT ?
"""

#: The newest state of each lead.
LEADS = """
SELECT * FROM (
    SELECT l.*, row_number() OVER (PARTITION BY l.id ORDER BY l.updated DESC) AS place
    FROM leads AS l) AS ranked
WHERE place = 1 AND TRUE
ORDER BY severity DESC, score DESC, id
"""

#: All states of all leads, as far as a dismissal needs them, the newest of each last.
LEAD_STATES = "SELECT l.id, l.kind, l.evidence, l.updated FROM leads AS l ORDER BY l.updated"

#: Rows of a table by their id; the name of the table is put in.
EVIDENCE = "SELECT t.* FROM any_table AS t WHERE t.id IN (SELECT id FROM wanted)"

#: Who refers to these entities.
LINKS = """
SELECT value AS target, entity_id FROM fresh_facts WHERE TRUE ORDER BY value, entity_id
"""
LINKS_TO = "SELECT DISTINCT entity_id FROM links WHERE TRUE"


def at_moment(sql: str, as_of: datetime | None, condition: str = "") -> str:
    """Return a query as of a moment (None: the latest), for what the condition lets be seen."""
    if as_of:
        moment = as_of.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        sql = sql.replace(LATEST, f"TIMESTAMP '{moment}'")
    return sql.replace("AND TRUE", f"AND {condition}") if condition else sql


def where(sql: str, *conditions: str) -> str:
    """Return a query with conditions in the place of its ``TRUE``."""
    return sql.replace("TRUE", " AND ".join(conditions)) if conditions else sql


def excluding(column: str, values: Collection[str]) -> list[str]:
    """Return a list with the condition that a column has none of the values; empty for none."""
    if not values:
        return []
    return [f"{column} NOT IN ({', '.join(map(quoted, sorted(values)))})"]


def one_of(column: str, values: Collection[str], params: list[object]) -> str:
    """Return the condition that a column has one of the values, which are added to the params."""
    if not values:
        return "FALSE"
    params += values
    return f"{column} IN ({', '.join('?' * len(values))})"
