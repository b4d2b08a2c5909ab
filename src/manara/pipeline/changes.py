"""What changed since a moment: entities listed, delisted and amended, fact by fact."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from manara.model import Entity, Fact, vocabulary
from manara.store import View

#: A dataset and the id of an entity in it.
_Key = tuple[str, str]


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


def changes(view: View, since: datetime, limit: int) -> tuple[Counter[str], list[Change]]:
    """Return how many entities were listed, delisted and amended, and the first of them in full.

    Args:
        view: what is known now.
        since: the moment compared with.
        limit: how many to return in full: first persons, organisations and craft, then their
            addresses, documents and listings.
    """
    added: dict[_Key, list[Fact]] = defaultdict(list)
    removed: dict[_Key, list[Fact]] = defaultdict(list)
    for kind, fact in view.changes(since):
        side = added if kind == "added" else removed
        side[fact.dataset, fact.entity_id].append(fact)
    keys = added.keys() | removed.keys()
    now = Counter(
        (fact.dataset, fact.entity_id) for fact in view.facts({entity for _, entity in keys})
    )
    kinds = {key: _kind(now[key], len(added[key]), bool(removed[key])) for key in keys}
    first = sorted(keys, key=lambda key: (_secondary([*added[key], *removed[key]]), key))[:limit]
    return Counter(kinds.values()), [
        _change(view, key, kinds[key], added[key], removed[key]) for key in first
    ]


def _kind(now: int, added: int, lost: bool) -> str:
    if not now:
        return "delisted"
    return "listed" if now == added and not lost else "amended"


def _secondary(facts: list[Fact]) -> bool:
    """Return whether an entity only tells something of another: an address, a document."""
    schema = vocabulary()[facts[0].schema]
    return not (schema.is_a("LegalEntity") or schema.is_a("Asset"))


def _change(view: View, key: _Key, kind: str, added: list[Fact], removed: list[Fact]) -> Change:
    dataset, entity_id = key
    facts = list(view.facts([entity_id], [dataset])) or removed
    entity = Entity.from_facts(facts, entity_id)
    return Change(
        entity_id, dataset, kind, entity.schema, entity.caption, tuple(added), tuple(removed)
    )
