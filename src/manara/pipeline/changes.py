"""What changed between two moments: entities listed, delisted and amended, fact by fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from manara.model import Entity, Fact
from manara.store import View


@dataclass(frozen=True, slots=True)
class Change:
    """What one dataset changed about one entity.

    Attributes:
        entity: the entity's id in that dataset.
        dataset: the dataset.
        kind: ``listed``, ``delisted`` or ``amended``.
        schema: the entity's schema.
        caption: the name to show it by.
        added: facts newly stated.
        removed: facts no longer stated.
    """

    entity: str
    dataset: str
    kind: str
    schema: str
    caption: str
    added: tuple[Fact, ...]
    removed: tuple[Fact, ...]


def changes(view: View, since: datetime | None) -> Iterator[Change]:
    """Yield what changed after a moment up to the view's own, sorted by dataset and entity.

    Args:
        view: what is known now.
        since: the moment compared with; None means the beginning, when nothing was known.
    """
    both = sorted(
        view.changes(since),
        key=lambda change: (change.fact.dataset, change.fact.entity_id, change.fact.prop),
    )
    for (dataset, entity_id), group in groupby(
        both, key=lambda change: (change.fact.dataset, change.fact.entity_id)
    ):
        changed = list(group)
        news = tuple(change.fact for change in changed if change.kind == "added")
        gone = tuple(change.fact for change in changed if change.kind == "removed")
        now = [fact for fact in view.facts([entity_id]) if fact.dataset == dataset]
        kind = "delisted" if not now else "listed" if _all_new(now, news) else "amended"
        entity = Entity.from_facts(now or gone)
        yield Change(entity_id, dataset, kind, entity.schema, entity.caption, news, gone)


def _all_new(now: Iterable[Fact], added: Iterable[Fact]) -> bool:
    """Return whether the dataset said nothing of an entity before."""
    return {fact.id for fact in now} <= set(map(attrgetter("id"), added))
