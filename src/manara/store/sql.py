"""The store's queries, in the subset of DuckDB's dialect that runs on Spark as well.

Each is a whole query, so that a test can transpile it. `LATEST` stands where a view puts its moment.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from manara.store.engine import quoted

#: The moment of a view that knows everything.
LATEST = "TIMESTAMP '9999-12-31 00:00:00'"

#: Facts stated at the moment; a condition on what may be seen goes in place of ``TRUE``.
FACTS = """
SELECT f.id, f.entity_id, f."schema", f.prop, f.value, f.original_value, f.lang, f.dataset,
    f.source_id, f.locator, f.handling_id, f.first_seen
FROM fact_rows AS f
WHERE f.first_seen <= TIMESTAMP '9999-12-31 00:00:00' AND TRUE AND NOT EXISTS (
    SELECT 1 FROM retraction_rows AS r
    WHERE r.entity_id = f.entity_id AND r.fact_id = f.id AND r.first_seen = f.first_seen
        AND r.retracted_at <= TIMESTAMP '9999-12-31 00:00:00')
"""

#: Facts stated at the moment or before, with the time they ended.
PAST_FACTS = """
SELECT f.id, f.entity_id, f."schema", f.prop, f.value, f.original_value, f.lang, f.dataset,
    f.source_id, f.locator, f.handling_id, f.first_seen, r.retracted_at AS last_seen
FROM fact_rows AS f LEFT JOIN retraction_rows AS r
    ON r.entity_id = f.entity_id AND r.fact_id = f.id AND r.first_seen = f.first_seen
        AND r.retracted_at <= TIMESTAMP '9999-12-31 00:00:00'
WHERE f.first_seen <= TIMESTAMP '9999-12-31 00:00:00' AND TRUE
"""

#: What a dataset states before an edition; the parameter is its name.
CURRENT = "SELECT id, entity_id, first_seen FROM facts WHERE dataset = ?"

#: What it states no longer.
REMOVED = """
SELECT c.id AS fact_id, c.entity_id, c.first_seen FROM current_facts AS c
WHERE NOT EXISTS (SELECT 1 FROM staged AS s WHERE s.id = c.id)
"""
REMOVED_SORTED = "SELECT * FROM removed ORDER BY entity_id, fact_id"
REMOVED_COUNT = "SELECT count(*) AS facts FROM removed"

#: What it states that it did not before; the same fact may come more than once, in its order.
ADDED = """
SELECT s.id, s.entity_id, s."schema", s.prop, s.value, s.original_value, s.lang, s.locator
FROM staged AS s
WHERE NOT EXISTS (SELECT 1 FROM current_facts AS c WHERE c.id = s.id)
ORDER BY s.entity_id, s.id, s.line
"""

#: Entities that a dataset had, and those of which the edition states nothing.
ENTITIES_BEFORE = "SELECT count(DISTINCT entity_id) AS entities FROM current_facts"
ENTITIES_GONE = """
SELECT count(DISTINCT r.entity_id) AS entities FROM removed AS r
WHERE NOT EXISTS (SELECT 1 FROM staged AS s WHERE s.entity_id = r.entity_id)
"""


def at_moment(sql: str, as_of: datetime | None, condition: str = "") -> str:
    """Return a query as of a moment (None: the latest), for what the condition lets be seen."""
    if as_of:
        moment = as_of.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        sql = sql.replace(LATEST, f"TIMESTAMP '{moment}'")
    return sql.replace("AND TRUE", f"AND {condition}") if condition else sql


def excluding(column: str, values: Collection[str]) -> list[str]:
    """Return a list with the condition that a column has none of the values; empty for none."""
    if not values:
        return []
    return [f"{column} NOT IN ({', '.join(map(quoted, sorted(values)))})"]
