"""What one visit may see of the workspace: the one place where pages read it, and filter it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import Depends, Request

from manara.console.access import Visit, visit
from manara.console.state import State
from manara.model import EVENT_TABLES, Decision, Entity, Fact, Lead, NotFoundError
from manara.pipeline import Dossier, dossier
from manara.store import View, Workspace

#: Leads of the views in use by id, by the rules that may not be seen: a view does not change, and
#: reading its leads takes a while.
_LEADS: WeakKeyDictionary[View, dict[frozenset[str], dict[str, Lead]]] = WeakKeyDictionary()

#: Leads that stay away, of the views in use, by the dismissals there were.
_SUPPRESSED: WeakKeyDictionary[View, tuple[frozenset[str], dict[str, Decision]]] = (
    WeakKeyDictionary()
)

#: What may not be seen of the views in use, by the rules that forbid it.
_HIDDEN: WeakKeyDictionary[View, dict[frozenset[str], frozenset[str]]] = WeakKeyDictionary()

#: What entities are called, of the views in use, by the rules that may not be seen; ``""`` for
#: what is not seen at all.
_CAPTIONS: WeakKeyDictionary[View, dict[frozenset[str], dict[str, str]]] = WeakKeyDictionary()

#: Most names kept for one set of rules.
_MOST_CAPTIONS = 20_000


class Sight:
    """The workspace as one visit may see it; what it may not see is not there.

    Attributes:
        visit: who looks.
        state: the state that all of a page is answered from.
        workspace: the workspace, for what is written.
        view: its facts, not filtered; not for templates.
    """

    def __init__(self, request: Request, visit: Annotated[Visit, Depends(visit)]) -> None:
        request.state.visit = visit
        keeper = request.app.state.service.keeper
        self.visit = visit
        self.state: State = keeper.state
        self.workspace: Workspace = keeper.workspace
        self.view = self.state.view
        self._rules = self.view.handlings()
        self._may: dict[str, bool] = {}
        self._decided: dict[str, Decision] | None = None

    def may(self, handling_id: str) -> bool:
        """Return whether what is under a handling rule may be seen."""
        if handling_id not in self._may:
            self._may[handling_id] = self.visit.sees(self._rules[handling_id])
        return self._may[handling_id]

    def forbidden(self) -> frozenset[str]:
        """Return the ids of the rules that may not be seen."""
        return frozenset(one for one in self._rules if not self.may(one))

    def hidden(self) -> frozenset[str]:
        """Return the ids of the facts and events that may not be seen."""
        rules = self.forbidden()
        if not rules:
            return frozenset()
        known = _HIDDEN.setdefault(self.view, {})
        if rules not in known:
            known[rules] = frozenset(self._under(sorted(rules)))
        return known[rules]

    def _under(self, rules: list[str]) -> Iterator[str]:
        marks = ", ".join("?" * len(rules))
        for table in ("facts", *EVENT_TABLES):
            query = f"SELECT id FROM {table} WHERE handling_id IN ({marks})"  # noqa: S608
            yield from self.view.sql(query, rules).column("id").to_pylist()

    def facts(self, entity_ids: Iterable[str]) -> list[Fact]:
        """Return the facts about entities, by the ids of their records."""
        return [one for one in self.view.facts(entity_ids) if self.may(one.handling_id)]

    def members(self, canonical: str) -> tuple[str, ...]:
        """Return the ids of the records that an entity is made of, those unseen included."""
        return self.state.members.get(canonical, (canonical,))

    def canonical(self, entity_id: str) -> str:
        """Return the id by which an entity goes."""
        return self.state.screen.canonical.get(entity_id, entity_id)

    def entities(self, canonical_ids: Iterable[str]) -> dict[str, Entity]:
        """Return entities as what may be seen of them tells; those unseen are left out."""
        owner = {member: one for one in canonical_ids for member in self.members(one)}
        found: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.facts(owner):
            found[owner[fact.entity_id]].append(fact)
        return {one: Entity.from_facts(facts, one) for one, facts in found.items()}

    def captions(self, canonical_ids: Iterable[str]) -> dict[str, str]:
        """Return what to call entities; those unseen are left out."""
        known = _CAPTIONS.setdefault(self.view, {}).setdefault(self.forbidden(), {})
        called = {one: known.get(one) for one in sorted(set(canonical_ids))}
        if missing := [one for one, caption in called.items() if caption is None]:
            found = self.entities(missing)
            fresh = {one: (found[one].caption or one) if one in found else "" for one in missing}
            if len(known) + len(fresh) > _MOST_CAPTIONS:
                known.clear()
            known.update(fresh)
            called |= fresh
        return {one: caption for one, caption in called.items() if caption}

    def evidence(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return facts and events by id, each with ``handling``, its rule in one line."""
        found = self.view.evidence(ids)
        return {
            one: row | {"handling": self._rules[row["handling_id"]].label}
            for one, row in found.items()
            if self.may(row["handling_id"])
        }

    def leads(self) -> list[Lead]:
        """Return the leads, the gravest and most probable first; those ended too."""
        return list(self._leads().values())

    def _leads(self) -> dict[str, Lead]:
        """Return the leads that may be seen, by id."""
        known, rules = _LEADS.setdefault(self.view, {}), self.forbidden()
        if rules not in known:
            hidden = {self._rules[one] for one in rules}
            found = self.view.leads(ended=True)
            known[rules] = {one.id: one for one in found if one.handling not in hidden}
        return known[rules]

    def lead(self, lead_id: str) -> Lead:
        """Return a lead by its whole id.

        Raises:
            NotFoundError: there is none that may be seen.
        """
        if found := self._leads().get(lead_id):
            return found
        raise NotFoundError("no such lead", where=lead_id[:100])

    def decisions(self) -> dict[str, Decision]:
        """Return by lead what had last been decided about it when this was first asked."""
        if self._decided is None:
            self._decided = self.view.decisions()
        return self._decided

    def suppressed(self) -> dict[str, Decision]:
        """Return by lead the dismissal for which it stays away; see `View.suppressed`."""
        dismissed = frozenset(
            one.id for one in self.decisions().values() if one.outcome == "dismissed"
        )
        known = _SUPPRESSED.get(self.view)
        if known is None or known[0] != dismissed:
            known = (dismissed, self.view.suppressed())
            _SUPPRESSED[self.view] = known
        return known[1]

    def dossier(self, entity_id: str, *, past: bool = False) -> Dossier:
        """Return what is known of an entity and may be seen.

        Raises:
            NotFoundError: there is nothing.
        """
        canonical = self.canonical(entity_id)
        cluster = (canonical, self.members(canonical))
        whole = dossier(self.view, entity_id, past=past, cluster=cluster)
        facts = tuple(one for one in whole.facts if self.may(one.handling_id))
        if not facts:
            raise NotFoundError("no such entity", where=entity_id[:100])
        entity = Entity.from_facts(facts, whole.entity)
        shown = {one.entity_id for one in facts}
        return replace(
            whole,
            schema=entity.schema,
            caption=entity.caption,
            members=tuple(one for one in whole.members if one in shown),
            datasets=tuple(sorted({one.dataset for one in facts})),
            judgements=tuple(one for one in whole.judgements if shown.issuperset(one.pair)),
            facts=facts,
            linked=tuple(one for one in whole.linked if self.may(one.handling_id)),
        )

    def datasets(self) -> list[dict[str, Any]]:
        """Return the datasets, as `View.datasets` tells them."""
        return [one for one in self.state.datasets.values() if self.may(one["handling_id"])]


#: A parameter of a page: what its reader may see.
InSight = Annotated[Sight, Depends(Sight)]
