"""Entities known to several lists, and why they are thought to be one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from manara.model import Entity, Fact, Judgement
from manara.store import View

SHARED = """
SELECT coalesce(clusters.canonical_id, facts.entity_id) AS entity,
       count(DISTINCT lists.list) AS lists
FROM facts JOIN lists ON lists.dataset = facts.dataset
LEFT JOIN clusters ON clusters.entity_id = facts.entity_id
GROUP BY 1 HAVING count(DISTINCT lists.list) > 1
ORDER BY 2 DESC, 1
LIMIT ?
"""


CANONICAL = "SELECT entity_id, canonical_id FROM clusters"


@dataclass(frozen=True, slots=True)
class Shared:
    """An entity known to several lists.

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


def canonical_ids_of(view: View) -> dict[str, str]:
    """Return the canonical id of every entity that is one with another."""
    table = view.sql(CANONICAL)
    entities, canonical = (table.column(name).to_pylist() for name in ("entity_id", "canonical_id"))
    return dict(zip(entities, canonical, strict=True))


def shared(view: View, limit: int) -> Iterator[Shared]:
    """Yield the entities known to more than one list, those known to most first."""
    canonical_ids = view.sql(SHARED, (limit,)).column("entity").to_pylist()
    canonical_of = {canonical: canonical for canonical in canonical_ids}
    canonical_of |= {
        member: canonical
        for member, canonical in canonical_ids_of(view).items()
        if canonical in canonical_of
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
