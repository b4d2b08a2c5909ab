"""Entities known to several datasets, and why they are thought to be one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from manara.model import Entity, Fact, Judgement
from manara.store import View

SHARED = """
SELECT coalesce(clusters.canonical_id, facts.entity_id) AS entity,
       count(DISTINCT facts.dataset) AS datasets
FROM facts LEFT JOIN clusters ON clusters.entity_id = facts.entity_id
GROUP BY 1 HAVING count(DISTINCT facts.dataset) > 1
ORDER BY 2 DESC, 1
LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """An entity known to several datasets.

    Attributes:
        entity: its canonical id.
        schema: its schema.
        caption: the name to show it by.
        datasets: the datasets that state it, sorted.
        judgements: why its members are one; empty if all datasets use one id for it.
    """

    entity: str
    schema: str
    caption: str
    datasets: tuple[str, ...]
    judgements: tuple[Judgement, ...]


def shared(view: View, limit: int) -> Iterator[Shared]:
    """Yield the entities known to more than one dataset, those known to most first."""
    canonical_ids = view.sql(SHARED, (limit,)).column("entity").to_pylist()
    wanted = set(canonical_ids)
    canonical_of = dict.fromkeys(wanted) | {
        member: canonical for member, canonical in view.clusters() if canonical in wanted
    }
    facts: dict[str, list[Fact]] = defaultdict(list)
    for fact in view.facts(canonical_of.keys()):
        facts[canonical_of[fact.entity_id]].append(fact)
    reasons: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in view.judgements(canonical_of.keys()):
        reasons[canonical_of[judgement.left]].append(judgement)
    for canonical in canonical_ids:
        entity = Entity.from_facts(facts[canonical], canonical)
        datasets = tuple(sorted({fact.dataset for fact in facts[canonical]}))
        yield Shared(canonical, entity.schema, entity.caption, datasets, tuple(reasons[canonical]))
