"""The network of a workspace: every tie with what states it, built by one query."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.graph.arrays import I32, I64, Graph, rows_of
from manara.model import vocabulary
from manara.store import View

#: Entities that say something of another one but tie it to nobody.
_REMARKS = frozenset({"Sanction", "Risk", "Note", "Mention", "Similar", "Article"})

#: Properties that name a source or repeat a tie from its other end.
_NO_TIES = frozenset({"proof", "riskSource", "noteEntities", "documentedBy", "ancestors"})

#: A day that is not stated, as the first and as the last.
UNKNOWN_FIRST, UNKNOWN_LAST = -(2**31), 2**31 - 1

#: Ties stated by facts: an entity of its own with two ends, or a property that names another
#: entity; and events between two parties. Dates are texts of any precision.
TIES = """
WITH named AS (
    SELECT f.id, f.entity_id, f."schema", f.prop, f.value, f.dataset,
        f."schema" || '.' || f.prop AS place
    FROM facts AS f
    WHERE f."schema" || '.' || f.prop IN ('ENDS', 'LINKS', 'DATES')
), stated AS (
    SELECT a."schema" AS kind, a.value AS source, b.value AS target, s.value AS first_day,
        e.value AS last_day, a.dataset, a.id AS evidence, b.id AS other
    FROM named AS a
    JOIN named AS b ON b.entity_id = a.entity_id AND b.dataset = a.dataset
    LEFT JOIN (SELECT entity_id, min(value) AS value FROM named WHERE place IN ('STARTS')
        GROUP BY entity_id) AS s ON s.entity_id = a.entity_id
    LEFT JOIN (SELECT entity_id, max(value) AS value FROM named WHERE place IN ('FINISHES')
        GROUP BY entity_id) AS e ON e.entity_id = a.entity_id
    WHERE a.place || ' ' || b.prop IN ('PAIRS')
    UNION ALL
    SELECT place AS kind, entity_id AS source, value AS target, CAST(NULL AS VARCHAR) AS first_day,
        CAST(NULL AS VARCHAR) AS last_day, dataset, id AS evidence, CAST(NULL AS VARCHAR) AS other
    FROM named WHERE place IN ('LINKS')
    UNION ALL
    SELECT 'payment' AS kind, coalesce(payer, payer_account) AS source,
        coalesce(payee, payee_account) AS target, CAST(CAST("time" AS DATE) AS VARCHAR),
        CAST(CAST("time" AS DATE) AS VARCHAR), dataset, id AS evidence, CAST(NULL AS VARCHAR)
    FROM payments
    UNION ALL
    SELECT 'custody' AS kind, holder_from AS source, holder_to AS target,
        CAST(CAST("time" AS DATE) AS VARCHAR), CAST(CAST("time" AS DATE) AS VARCHAR), dataset,
        id AS evidence, CAST(NULL AS VARCHAR)
    FROM custody
    UNION ALL
    SELECT 'movement' AS kind, subject AS source, conveyance AS target,
        CAST(CAST("time" AS DATE) AS VARCHAR), CAST(CAST("time" AS DATE) AS VARCHAR), dataset,
        id AS evidence, CAST(NULL AS VARCHAR)
    FROM movements
)
SELECT t.kind, t.source AS stated_source, t.target AS stated_target,
    coalesce(cs.canonical_id, t.source) AS source,
    coalesce(ct.canonical_id, t.target) AS target, t.first_day, t.last_day, t.dataset, t.evidence,
    t.other
FROM stated AS t
LEFT JOIN clusters AS cs ON cs.entity_id = t.source
LEFT JOIN clusters AS ct ON ct.entity_id = t.target
WHERE coalesce(cs.canonical_id, t.source) <> coalesce(ct.canonical_id, t.target)
"""


class Statement(NamedTuple):
    """One statement of a tie.

    Attributes:
        kind: schema of the tie (``Ownership``), property (``Passport.holder``) or ``payment``,
            ``custody``, ``movement``.
        source: entity at its beginning.
        target: entity at its end; a tie without a direction may be either way round.
        stated: the ids by which the source calls the two.
        first: first day, days since 1970, or `UNKNOWN_FIRST`.
        last: last day, or `UNKNOWN_LAST`.
        dataset: the dataset that states it.
        evidence: ids of the facts, or of the event, that state it.
    """

    kind: str
    source: str
    target: str
    stated: tuple[str, str]
    first: int
    last: int
    dataset: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Who is tied to whom, and by what it is stated.

    Attributes:
        graph: entities by canonical id, in the order of their ids; each pair tied once, its weight
            the number of statements.
        rows: the statements: ``kind, stated_source, stated_target, source, target,
            first_day, last_day, dataset, evidence, other``.
        order: places of the statements in `rows`, tie by tie; shape (rows,).
        first: first day of each statement, tie by tie; shape (rows,).
        last: last day of each.
        start: where the statements of each tie start; shape (m + 1,).
    """

    graph: Graph
    rows: pa.Table
    order: I64
    first: I32
    last: I32
    start: I64

    def statements(self, tie: int) -> list[Statement]:
        """Return what states a tie."""
        a, b = int(self.start[tie]), int(self.start[tie + 1])
        return [
            Statement(
                row["kind"],
                row["source"],
                row["target"],
                (row["stated_source"], row["stated_target"]),
                int(self.first[a + at]),
                int(self.last[a + at]),
                row["dataset"],
                tuple(filter(None, (row["evidence"], row["other"]))),
            )
            for at, row in enumerate(self.rows.take(self.order[a:b]).to_pylist())
        ]

    def tie(self, a: int, b: int) -> int:
        """Return the number of the tie between two nodes.

        Raises:
            KeyError: they have none.
        """
        near = self.graph.neighbours(a)
        at = int(np.searchsorted(near, b))
        if at == len(near) or near[at] != b:
            raise KeyError((a, b))
        return int(self.graph.tie[self.graph.start[a] + at])

    def node(self, entity_id: str) -> int:
        """Return the number of an entity by its canonical id, or -1 if it has no tie."""
        at = int(np.searchsorted(self.graph.nodes, entity_id))
        return at if at < self.graph.n and self.graph.nodes[at] == entity_id else -1


def network(view: View) -> Network:
    """Return the network of all that a view knows; entities without a tie are left out."""
    batches = list(view.stream(_query()))
    rows = pa.Table.from_batches(batches) if batches else view.sql(_query())
    nodes, source, target = _numbered(rows)
    low, high = np.minimum(source, target), np.maximum(source, target)
    pair = low.astype(np.int64) * len(nodes) + high
    order = np.argsort(pair, kind="stable")
    first_of = np.flatnonzero(np.diff(pair[order], prepend=-1))
    start = np.append(first_of, len(rows))
    at = order[first_of]
    ends = np.column_stack([low[at], high[at]])
    weight = np.diff(start).astype(np.float64)
    graph = Graph(nodes, ends, weight, *rows_of(len(nodes), ends))
    first = _days(rows["first_day"], "-01-01", UNKNOWN_FIRST)[order]
    last = _days(rows["last_day"], "-12-31", UNKNOWN_LAST)[order]
    return Network(graph, rows, order, first, last, start)


def _numbered(rows: pa.Table) -> tuple[Any, I32, I32]:
    """Return the entities in the order of their ids, and the numbers of each row's two ends."""
    both = pa.chunked_array([*rows["source"].chunks, *rows["target"].chunks], pa.string())
    encoded = both.dictionary_encode().combine_chunks() if len(both) else None
    if encoded is None:
        return np.empty(0, object), np.empty(0, np.int32), np.empty(0, np.int32)
    found = encoded.dictionary
    by_id = pc.array_sort_indices(found).to_numpy()
    number = np.empty(len(found), np.int32)
    number[by_id] = np.arange(len(found), dtype=np.int32)
    place = number[encoded.indices.to_numpy()]
    return np.array(found.to_pylist(), object)[by_id], place[: len(rows)], place[len(rows) :]


def _days(texts: pa.ChunkedArray, rest: str, unknown: int) -> I32:
    """Return dates of any precision as days since 1970, the first or last day they can mean."""
    encoded = texts.combine_chunks().dictionary_encode()
    days = [_day(text, rest) for text in encoded.dictionary.to_pylist()]
    table = np.array([unknown if day is None else day for day in days] + [unknown], np.int32)
    at: NDArray[np.int64] = encoded.indices.fill_null(len(days)).to_numpy(False).astype(np.int64)
    return table[at]


def _day(text: str | None, rest: str) -> int | None:
    if not text:
        return None
    if len(text) == 7:
        month = np.datetime64(text, "M")
        exact = month.astype("M8[D]") if rest == "-01-01" else (month + 1).astype("M8[D]") - 1
    else:
        exact = np.datetime64(text[:10] if len(text) >= 10 else text + rest, "D")
    return int(exact.astype(np.int64))


@cache
def _query() -> str:
    """Return the query with the names of the vocabulary in it."""
    ends, pairs, links, starts, finishes = [], [], [], [], []
    for schema in vocabulary().schemata.values():
        name, edge = schema.name, schema.edge
        if edge:
            ends += [f"{name}.{edge.source}", f"{name}.{edge.target}"]
            pairs.append(f"{name}.{edge.source} {edge.target}")
            starts += [f"{name}.{prop}" for prop in schema.starts]
            finishes += [f"{name}.{prop}" for prop in schema.ends]
        elif name not in _REMARKS:
            links += [
                f"{name}.{prop.name}"
                for prop in schema.properties.values()
                if prop.type.name == "entity" and not prop.stub and prop.name not in _NO_TIES
            ]
    names = {"ENDS": ends, "LINKS": links, "DATES": starts + finishes}
    names |= {"PAIRS": pairs, "STARTS": starts, "FINISHES": finishes}
    query = TIES
    for key, texts in names.items():
        query = query.replace(f"'{key}'", ", ".join(f"'{text}'" for text in texts))
    return query
