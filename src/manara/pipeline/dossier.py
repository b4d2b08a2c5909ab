"""Everything known about one entity, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from manara.model import Entity, Fact, Judgement, NotFoundError
from manara.store import View


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything known about one entity.

    Attributes:
        entity: its canonical id.
        schema: its schema, the most specific that its sources agree on.
        caption: the name to show it by.
        members: ids of the source entities that are one with it, itself included.
        datasets: names of the datasets that state it.
        judgements: why the members are one.
        facts: all facts about the members.
        linked: facts about entities tied to it by one step: its addresses, documents, listings,
            ownerships; sorted by entity.
        handlings: label of each handling rule by its id.
    """

    entity: str
    schema: str
    caption: str
    members: tuple[str, ...]
    datasets: tuple[str, ...]
    judgements: tuple[Judgement, ...]
    facts: tuple[Fact, ...]
    linked: tuple[Fact, ...]
    handlings: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "entity": self.entity,
            "schema": self.schema,
            "caption": self.caption,
            "members": self.members,
            "datasets": self.datasets,
            "judgements": [judgement.to_dict() for judgement in self.judgements],
            "facts": [self._row(fact) for fact in self.facts],
            "linked": [self._row(fact) for fact in self.linked],
        }

    def _row(self, fact: Fact) -> dict[str, Any]:
        return fact._asdict() | {"handling": self.handlings[fact.handling_id]}


def dossier(
    view: View,
    entity_id: str,
    *,
    past: bool = False,
    cluster: tuple[str, tuple[str, ...]] | None = None,
) -> Dossier:
    """Return everything a view knows about the entity with this id and all that is one with it.

    Args:
        view: what is known, as of some moment.
        entity_id: id of an entity in any source, or a canonical id.
        past: also facts that are no longer stated.
        cluster: its canonical id and members where they are known; see `View.cluster`.

    Raises:
        NotFoundError: no source states such an entity.
    """
    canonical, members = cluster or view.cluster(entity_id)
    facts = tuple(view.facts(members, past=past))
    if not facts:
        raise NotFoundError(
            "no such entity", where=entity_id, remedy="`manara find NAME` lists entities by name"
        )
    entity = Entity.from_facts(facts, canonical)
    linked = tuple(view.linked(facts, members, past=past))
    return Dossier(
        entity=canonical,
        schema=entity.schema,
        caption=entity.caption,
        members=members,
        datasets=tuple(sorted({fact.dataset for fact in facts})),
        judgements=tuple(view.judgements(members)),
        facts=facts,
        linked=linked,
        handlings=view.handling_labels(),
    )
