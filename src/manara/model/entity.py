"""An entity as all its facts together describe it, and its exchange form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Self

from manara.model.errors import FormatError, VocabularyError
from manara.model.fact import EXISTS, Fact
from manara.model.vocabulary import Schema, vocabulary

#: What sources call a thing of which they do not know whether it is a person, a company or a ship.
_UNKNOWN_KIND = "LegalEntity"


@dataclass(frozen=True, slots=True)
class Entity:
    """Everything known about one person, organisation or thing.

    Attributes:
        id: its canonical id.
        schema: name of its schema.
        caption: what to call it.
        properties: its values by property.
        datasets: the datasets that state something about it, sorted.
        referents: the other ids by which sources know it, sorted.
        first_seen: when this node first recorded anything about it, UTC.
        last_seen: when the last statement about it ended, UTC; None while one stands.
        unplaced: facts its schema has no place for, because the sources contradict each other
            about what kind of thing it is.
    """

    id: str
    schema: str
    caption: str
    properties: dict[str, list[str]]
    datasets: tuple[str, ...] = ()
    referents: tuple[str, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    unplaced: tuple[Fact, ...] = ()

    @classmethod
    def from_facts(cls, facts: Iterable[Fact], canonical_id: str | None = None) -> Self:
        """Return the entity that facts describe.

        The schema is the common one of all facts' schemata. Where two are incompatible, the one
        more facts have wins (of equally many, the first by name), and ``LegalEntity``, which says
        least, loses against any other. The losing facts are not
        dropped: those whose property the winner also has count like any other, the rest are in
        ``unplaced``.

        Args:
            facts: at least one fact, cleaned; all about this one entity.
            canonical_id: its canonical id; without one, the id in the first fact.

        Raises:
            VocabularyError: a schema is unknown.
            ValueError: there is no fact.
        """
        facts = list(facts)
        if not facts:
            raise ValueError("an entity needs at least one fact")
        own_id = canonical_id or facts[0].entity_id
        schema = _settled(Counter(fact.schema for fact in facts))
        placed: dict[str, dict[str, None]] = {}
        referents, unplaced = set(), []
        for fact in facts:
            referents.add(fact.entity_id)
            if fact.prop == EXISTS:
                referents.add(fact.value)
            elif fact.prop in schema.properties:
                placed.setdefault(fact.prop, {})[fact.value] = None
            else:
                unplaced.append(fact)
        ended = [fact.last_seen for fact in facts if fact.last_seen is not None]
        return cls(
            id=own_id,
            schema=schema.name,
            caption=_caption(schema, placed, facts) or own_id,
            properties={prop: list(values) for prop, values in placed.items()},
            datasets=tuple(sorted({fact.dataset for fact in facts})),
            referents=tuple(sorted(referents - {own_id})),
            first_seen=min(fact.first_seen for fact in facts),
            last_seen=max(ended) if len(ended) == len(facts) else None,
            unplaced=tuple(unplaced),
        )

    def to_ftm(self) -> dict[str, Any]:
        """Return the entity in FollowTheMoney's JSON form, as ``followthemoney`` validates it.

        What that vocabulary has no place for is left out of ``properties``: our own schemata
        are exported as their fallback, and values that it would refuse (too long, a language
        outside its list, a reference to the entity itself) do not count. Where anything is left
        out, the key ``manara`` holds the whole entity, so that nothing is lost between nodes.
        """
        known = vocabulary()
        schema = known[known[self.schema].fallback or self.schema]
        portable = {
            prop: kept
            for prop, values in self.properties.items()
            if (kept := self._portable(schema, prop, values))
        }
        data: dict[str, Any] = {
            "id": self.id,
            "caption": self.caption,
            "schema": schema.name,
            "properties": portable,
            "datasets": list(self.datasets),
            "referents": list(self.referents),
        }
        for key, moment in (("first_seen", self.first_seen), ("last_seen", self.last_seen)):
            if moment is not None:
                data[key] = _timestamp(moment)
        if schema.name != self.schema or portable != self.properties or self.unplaced:
            data["manara"] = {"schema": self.schema, "properties": self.properties}
        if self.unplaced:
            data["manara"]["unplaced"] = [
                {"schema": f.schema, "prop": f.prop, "value": f.value, "dataset": f.dataset}
                for f in self.unplaced
            ]
        return data

    def _portable(self, schema: Schema, prop: str, values: list[str]) -> list[str]:
        """Return the values of a property that the standard vocabulary accepts."""
        ours, theirs = vocabulary()[self.schema][prop], schema.get(prop)
        if theirs is None or theirs.stub or theirs.type is not ours.type:
            return []
        kind = theirs.type
        if kind.name == "entity":
            return [v for v in values if v != self.id and kind.is_portable(v)]
        return [v for v in values if kind.is_portable(v)]


def from_ftm(data: Mapping[str, Any]) -> tuple[str, str, dict[str, list[str]]]:
    """Return id, schema and properties of an entity in FollowTheMoney's JSON form.

    The counterpart of `Entity.to_ftm`: reads the whole from the key ``manara`` where it is there.
    Values are not cleaned, and names are not checked.

    Raises:
        FormatError: it has no id, no schema, or its properties are no lists of text.
    """
    own = data.get("manara") or data
    try:
        entity_id, schema, properties = data["id"], own["schema"], own["properties"]
        texts = [*properties, *(value for values in properties.values() for value in values)]
    except (KeyError, TypeError, AttributeError) as error:
        raise FormatError("not an entity", where=str(data)[:80]) from error
    if not all(isinstance(text, str) for text in (entity_id, schema, *texts)):
        raise FormatError("an entity with something other than text", where=str(entity_id))
    return entity_id, schema, {prop: list(values) for prop, values in properties.items()}


def _settled(votes: Counter[str]) -> Schema:
    """Return the schema most facts agree on; those incompatible with it do not count."""
    ranked = sorted(votes, key=lambda name: (name == _UNKNOWN_KIND, -votes[name], name))
    return vocabulary()[_settle(tuple(ranked))]


@lru_cache(maxsize=4096)
def _settle(names: tuple[str, ...]) -> str:
    known = vocabulary()
    settled = known[names[0]].name
    for name in names[1:]:
        known[name]
        try:
            settled = known.common(settled, name)
        except VocabularyError:
            continue
    return settled


def _caption(schema: Schema, placed: Mapping[str, Iterable[str]], facts: Sequence[Fact]) -> str:
    """Return what to call an entity: the best value of its first caption property that has one."""
    prop = next((name for name in schema.caption if name in placed), "")
    if not prop:
        return ""
    values = list(placed[prop])
    if len(values) == 1:
        return values[0]
    datasets: dict[str, set[str]] = {value: set() for value in values}
    first: dict[str, datetime] = {}
    for fact in facts:
        if fact.prop == prop:
            datasets[fact.value].add(fact.dataset)
            first[fact.value] = min(fact.first_seen, first.get(fact.value, fact.first_seen))

    def rank(value: str) -> tuple[bool, int, datetime, bool, str]:
        # Latin script first, because partners in most countries can read it; then the name most
        # lists agree on; then the one known longest, so that captions do not change with every
        # new alias; then ordinary case before capitals. The text itself makes it reproducible.
        return (
            not _is_latin(value),
            -len(datasets[value]),
            first[value],
            value.isupper(),
            value,
        )

    return min(values, key=rank)


def _is_latin(text: str) -> bool:
    """Return whether the letters of a text are in Latin script (Unicode blocks up to U+024F)."""
    return all(char < "\u0250" or "\u1e00" <= char < "\u1f00" for char in text if char.isalpha())


def _timestamp(moment: datetime) -> str:
    """Return a moment as UTC to the second, without offset, as the vocabulary's dates are."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}"
