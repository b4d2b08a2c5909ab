"""Entities, events and leads as STIX 2.1 objects (OASIS standard, 10 June 2021).

Every object says what the standard can say, so that any reader has some use of it, and the whole in
our extension. It is marked with the join of the rules of all it says; facts under a looser rule
have a granular marking of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid5

from manara.formats.stix_extension import (
    EXTENSION,
    NAMESPACE,
    PREFIX,
    definition,
    marking_definitions,
    marking_refs,
    merged,
    named,
    timestamp,
)
from manara.formats.stix_native import account_id, ends, native, type_of
from manara.model import EXISTS, Entity, Fact, Handling, Lead, vocabulary

#: Types that have neither ``created`` nor ``modified``: cyber-observable objects.
OBSERVABLES = frozenset(
    {"user-account", "domain-name", "ipv4-addr", "ipv6-addr", "url", "email-addr", "file"}
)


class LeftOut(NamedTuple):
    """Something that an export does not hold.

    Attributes:
        thing: id of the fact, event or lead.
        about: the entity, or the table.
        what: the property or column, ``""`` for the whole.
        rule: the handling rule that forbids it (see `manara.model.Permission`), or ``reference``:
            it names something that does not go along.
        reason: why, in a sentence.
    """

    thing: str
    about: str
    what: str
    rule: str
    reason: str


class Made(NamedTuple):
    """An object, and the rule that all it says comes under."""

    data: dict[str, Any]
    rule: Handling


#: Is told what is left out.
Tell = Callable[[LeftOut], None]


class StixWriter:
    """Makes objects whose ids stay the same from export to export of one organisation.

    All entities are placed before the first is written, since they refer to each other.

    Args:
        organisation: who exports; ids of entities are named within it.
        rules: handling rules by id.
        tell: is told what is left out.
    """

    def __init__(self, organisation: str, rules: Mapping[str, Handling], tell: Tell) -> None:
        self._names = uuid5(NAMESPACE, f"organisation {organisation}")
        self._rules = rules
        self._tell = tell
        self._ids: dict[str, str] = {}
        self._taken: set[str] = set()
        self._marked: set[str] = set()
        self._observed: set[str] = set()
        self._author = ""
        self._organisation = organisation

    def preamble(self) -> list[Made]:
        """Return the objects that the others rest on: the extension and who exports."""
        made = [Made(one, Handling.OPEN) for one in definition()]
        if self._organisation:
            self._author = named(self._names, "identity", "organisation")
            fixed = made[0].data
            office = {"id": self._author, "name": self._organisation}
            made.append(Made(fixed | office, Handling.OPEN))
        return made

    def place(self, entity: Entity) -> None:
        """Give an entity the id of its object."""
        kind = type_of(entity)
        found = account_id(entity) if kind == "user-account" else None
        # Two accounts that the standard cannot tell apart must not become one.
        if kind == "user-account" and (found is None or found in self._taken):
            found = named(self._names, kind, entity.id)
        found = found or named(self._names, kind, entity.id)
        self._taken.add(found)
        self._ids[entity.id] = found

    def ref(self, entity_id: str) -> str | None:
        """Return the id of an entity's object, None if it does not go along."""
        return self._ids.get(entity_id)

    def entity(
        self, entity: Entity, facts: Sequence[Fact], created: datetime, modified: datetime
    ) -> Iterator[Made]:
        """Yield the markings not yet defined and the object of an entity that was placed.

        Args:
            entity: the entity.
            facts: its facts that may go.
            created: when the first of them became known, UTC.
            modified: when any of them last came or went, UTC.
        """
        schema = vocabulary()[entity.schema]
        kind = self._ids[entity.id].partition("--")[0]
        data: dict[str, Any] = native(entity, kind)
        if kind == "relationship":
            refs = [self._ids.get(one) for one in ends(entity, schema) or ()]
            if not all(refs) or any(ref and ref.startswith("relationship--") for ref in refs):
                self._leave_out(facts, "", "an end of it does not go along")
                return
            data |= dict(zip(("source_ref", "target_ref"), refs, strict=True))
        said, rules = self._said(facts, entity)
        if not said and not any(fact.prop == EXISTS for fact in facts):
            return
        extension: dict[str, Any] = {"schema": entity.schema}
        if said:
            extension["facts"] = said
        if known := [fact.value for fact in facts if fact.prop == EXISTS]:
            extension["known_as"] = sorted({*known, entity.id})
        else:
            extension["known_as"] = [entity.id]
        bare = (self._rules[fact.handling_id] for fact in facts if fact.prop == EXISTS)
        rule = merged(frozenset([*rules, *bare]))
        yield from self.finished(
            self._ids[entity.id], data, extension, rule, created, modified, _granular(rules, rule)
        )

    def lead(self, lead: Lead) -> Iterator[Made]:
        """Yield a lead as a note about its subjects that go along; nothing if none does."""
        finding = lead.finding
        refs = [ref for one in finding.subjects if (ref := self._ids.get(one))]
        if not refs:
            self._tell(
                LeftOut(lead.id, "leads", "", "reference", "none of its subjects goes along")
            )
            return
        steps = "\n".join(f"{step.number}. {step.text}" for step in finding.explanation)
        data = {
            "abstract": finding.title,
            "content": steps,
            "object_refs": refs,
            "confidence": round(100 * finding.score),
        }
        said = {"kind": finding.kind, "severity": finding.severity.name.lower()}
        extension = {"lead": said | {"score": finding.score, "detector": lead.recipe.detector}}
        yield from self.finished(
            named(self._names, "note", lead.id),
            data,
            extension,
            lead.handling,
            lead.created,
            lead.updated,
        )

    def finished(
        self,
        key: str,
        data: dict[str, Any],
        extension: dict[str, Any],
        rule: Handling,
        created: datetime,
        modified: datetime,
        granular: Sequence[tuple[Handling, list[str]]] = (),
    ) -> Iterator[Made]:
        """Yield the markings not yet defined, and an object with all that every object has."""
        kind = key.partition("--")[0]
        if kind in OBSERVABLES:
            # Several objects may rest on one observable, which says no more than what it is.
            if key in self._observed:
                return
            self._observed.add(key)
        extends = "new-sdo" if kind.startswith(PREFIX) else "property-extension"
        whole: dict[str, Any] = {"type": kind, "spec_version": "2.1", "id": key}
        if kind not in OBSERVABLES:
            whole |= {"created": timestamp(created), "modified": timestamp(modified)}
            if self._author:
                whole["created_by_ref"] = self._author
        whole |= data
        whole["object_marking_refs"] = list(marking_refs(rule))
        if granular:
            whole["granular_markings"] = [
                {"marking_ref": ref, "selectors": selectors}
                for own, selectors in granular
                for ref in marking_refs(own)
            ]
        whole["extensions"] = {EXTENSION: {"extension_type": extends} | extension}
        for each in (rule, *(own for own, _ in granular)):
            yield from self._definitions(each)
        yield Made(whole, rule)

    def named(self, kind: str, name: str) -> str:
        """Return the id of an object that stands for no entity."""
        return named(self._names, kind, name)

    def _definitions(self, rule: Handling) -> Iterator[Made]:
        if self._marked.issuperset(marking_refs(rule)):
            return
        for one in marking_definitions(rule):
            if one["id"] not in self._marked:
                self._marked.add(one["id"])
                yield Made(one, Handling.OPEN)

    def _said(
        self, facts: Sequence[Fact], entity: Entity
    ) -> tuple[list[dict[str, str]], list[Handling]]:
        """Return the facts as the extension writes them, and the rule of each."""
        said, rules = [], []
        for fact in facts:
            if fact.prop == EXISTS:
                continue
            one = {"prop": fact.prop}
            prop = vocabulary()[fact.schema].get(fact.prop)
            if prop and prop.type.name == "entity":
                if (ref := self._ids.get(fact.value)) is None:
                    self._leave_out([fact], fact.prop, "what it names does not go along")
                    continue
                one["value_ref"] = ref
            else:
                one["value"] = fact.value
            other = fact.schema if fact.schema != entity.schema else ""
            more = (("schema", other), ("lang", fact.lang), ("original", fact.original_value))
            said.append(one | {k: v for k, v in (*more, ("dataset", fact.dataset)) if v})
            rules.append(self._rules[fact.handling_id])
        return said, rules

    def _leave_out(self, facts: Sequence[Fact], what: str, reason: str) -> None:
        for fact in facts:
            self._tell(LeftOut(fact.id, fact.entity_id, what or fact.prop, "reference", reason))


def _granular(rules: Sequence[Handling], whole: Handling) -> list[tuple[Handling, list[str]]]:
    """Return the facts whose own rule is looser than that of the object, by rule."""
    found: dict[Handling, list[str]] = {}
    for number, rule in enumerate(rules):
        if rule != whole:
            found.setdefault(rule, []).append(f"extensions.{EXTENSION}.facts.[{number}]")
    return list(found.items())
