"""What is known, as of a moment: the way to read facts, entities and clusters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, groupby, starmap
from operator import attrgetter, itemgetter
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from manara.model import Entity, Fact, Judgement, NotFoundError, Verdict, vocabulary
from manara.store import ledger, sql
from manara.store.evidence import Evidence

#: Properties under which the vocabulary keeps names.
NAMES = ("name", "alias", "weakAlias", "previousName", "abbreviation")

_BEGINNING = datetime(1, 1, 1)

# Of more entities at once the facts are not kept: it is no page that asks.
_FEW = 500


class Change(NamedTuple):
    """A fact that came or went between two moments.

    Attributes:
        kind: ``added`` or ``removed``.
        fact: the fact; ``last_seen`` is set where it went.
    """

    kind: Literal["added", "removed"]
    fact: Fact


class View(Evidence):
    """What is known as of a moment; later writing does not change what it answers.

    Nothing of withdrawn datasets, and nothing that had to be deleted by its handling rule, is in
    any answer, those about the past included.
    """

    def facts(
        self,
        entity_ids: Iterable[str] | None = None,
        datasets: Collection[str] | None = None,
        *,
        props: Collection[str] | None = None,
        past: bool = False,
    ) -> Iterator[Fact]:
        """Yield facts, sorted by entity, property, value and dataset.

        Args:
            entity_ids: only about these entities; None for all.
            datasets: only of these datasets; None or empty for all.
            props: only of these properties; None for all.
            past: also those no longer stated, which say so in ``last_seen``.
        """
        wanted = None if entity_ids is None else sorted(set(entity_ids))
        if wanted == []:
            return
        plain = not (datasets or past)
        if self._kept and wanted and plain and props is None and len(wanted) <= _FEW:
            known = self._kept.facts.of(wanted, self._by_entity)
            for each in wanted:
                yield from known[each]
            return
        if wanted and plain and self._held("facts"):
            for facts in self._by_entity(wanted).values():
                yield from (fact for fact in facts if props is None or fact.prop in props)
            return
        yield from self._read_facts(wanted, datasets, props, past)

    def _by_entity(self, entity_ids: list[str]) -> dict[str, list[Fact]]:
        """Return the facts about each of some entities."""
        if held := self._held("facts"):
            return {each: list(starmap(Fact, _rows(held.of(each)))) for each in entity_ids}
        found: dict[str, list[Fact]] = {each: [] for each in entity_ids}
        for fact in self._read_facts(entity_ids, None, None, False):
            found[fact.entity_id].append(fact)
        return found

    def _read_facts(
        self,
        wanted: list[str] | None,
        datasets: Collection[str] | None,
        props: Collection[str] | None,
        past: bool,
    ) -> Iterator[Fact]:
        query = sql.SELECT_PAST_FACTS if past else sql.SELECT_FACTS
        conditions, params = [], list[object]()
        if datasets:
            conditions.append(sql.one_of("dataset", datasets, params))
        if props is not None:
            conditions.append(sql.one_of("prop", props, params))
        answers: Iterator[Iterator[pa.RecordBatch]]
        with self._session(query, wanted or ()) as session:
            if wanted and self._jumps(wanted):
                query = sql.where(query, "entity_id = ?", *conditions)
                answers = (session.stream(query, [each, *params]) for each in wanted)
            elif wanted:
                session.read("wanted", pa.table({"id": wanted}))
                query = sql.where(query, sql.AMONG, *conditions)
                answers = iter([session.stream(query, [wanted[0], wanted[-1], *params])])
            else:
                answers = iter([session.stream(sql.where(query, *conditions), params)])
            for batch in chain.from_iterable(answers):
                yield from starmap(Fact, _rows(batch))

    def entities(
        self, datasets: Collection[str] | None = None, *, by_source: bool = False
    ) -> Iterator[tuple[str, list[Fact]]]:
        """Yield each entity's id with its facts, sorted by id, in constant memory.

        Args:
            datasets: only facts of these; None or empty for all.
            by_source: one entity for each entity of each dataset instead of one for each cluster.
        """
        key = itemgetter(0, 8) if by_source else itemgetter(0)
        batches = self._batches(sql.BY_SOURCE if by_source else sql.BY_CLUSTER, datasets)
        rows = (row for batch in batches for row in _rows(batch))
        for found, group in groupby(rows, key):
            yield (found[0] if by_source else found), [Fact(*row[1:]) for row in group]

    def fact_batches(self, datasets: Collection[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield ``canonical_id`` and the columns of facts, sorted by ``canonical_id``."""
        yield from self._batches(sql.BY_CLUSTER, datasets)

    def _batches(self, query: str, datasets: Collection[str] | None) -> Iterator[pa.RecordBatch]:
        params: list[object] = []
        if datasets:
            query = sql.where(query, sql.one_of("f.dataset", datasets, params))
        yield from self.stream(query, params)

    def holding(self, text: str, most: int) -> list[dict[str, Any]]:
        """Return ``entity_id, prop, value, handling_id`` of facts that hold a text, shortest first.

        A value holds it whatever the case of letters, or is it but for spaces and signs: a plate, a
        telephone, an account.

        Args:
            text: the text.
            most: at most so many.
        """
        low = text.lower()
        bare = "".join(char for char in low if char.isascii() and char.isalnum()) or "-"
        if held := self._held("facts"):
            return held.holding(low, bare, most)
        found: list[dict[str, Any]] = self.sql(sql.HOLDING, (low, bare, most)).to_pylist()
        return found

    def require(self, entity_id: str) -> None:
        """Return if some dataset states this entity.

        Raises:
            NotFoundError: none does.
        """
        if next(self.facts([entity_id]), None) is None:
            raise NotFoundError(
                "no such entity", where=entity_id, remedy="`manara find NAME` lists entities"
            )

    def names(self, props: Collection[str] = NAMES) -> Iterator[tuple[str, str]]:
        """Yield the names of all entities as (entity id, name), sorted, each once."""
        params: list[object] = []
        query = sql.where(sql.NAMES, sql.one_of("prop", props, params))
        for batch in self.stream(query, params):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def captions(self, entity_ids: Iterable[str]) -> dict[str, str]:
        """Return what to call each entity, of all its records together; its id where none names it.

        Args:
            entity_ids: canonical ids.
        """
        wanted = list(entity_ids)
        named = self.naming(wanted)
        return {entity: named[entity][0] if entity in named else entity for entity in wanted}

    def naming(self, entity_ids: Iterable[str]) -> dict[str, tuple[str, list[Fact]]]:
        """Return what to call each entity that has a name, and the facts that state it so.

        Args:
            entity_ids: canonical ids.
        """
        owner, params = {entity: entity for entity in entity_ids}, list[object]()
        query = sql.where(sql.MEMBERS_AMONG, sql.one_of("canonical_id", list(owner), params))
        for batch in self.stream(query, params):
            owner |= zip(*(column.to_pylist() for column in batch.columns), strict=True)
        facts: dict[str, list[Fact]] = {}
        for fact in self.facts(owner):
            facts.setdefault(owner[fact.entity_id], []).append(fact)
        named = {entity: Entity.from_facts(of, entity).caption for entity, of in facts.items()}
        return {
            entity: (caption, [fact for fact in facts[entity] if fact.value == caption])
            for entity, caption in named.items()
            if caption
        }

    def changes(self, since: datetime | None = None) -> Iterator[Change]:
        """Yield the facts that came or went after a moment, sorted by entity and dataset.

        What came and went again in between, or went and came back, is no change.

        Args:
            since: the moment; None for the beginning, when nothing was known.
        """
        for batch in self.stream(sql.CHANGES, [_after(since)] * 5):
            for kind, *row in _rows(batch):
                yield Change(kind, Fact(*row))

    def changed(self, since: datetime | None = None) -> set[str]:
        """Return the entities of which a fact came or went after a moment; quicker than `changes`.

        Args:
            since: the moment; None for the beginning, when nothing was known.
        """
        return set(self.sql(sql.CHANGED, [_after(since)] * 2).column(0).to_pylist())

    def cluster(self, entity_id: str) -> tuple[str, tuple[str, ...]]:
        """Return the canonical id of an entity and the ids of all that are one with it, sorted.

        An entity of no cluster is alone in its own. A canonical id finds its cluster as well.
        """
        found = self._column(sql.CANONICAL_OF, entity_id)
        canonical = found[0] if found else entity_id
        members = self._column(sql.MEMBERS_OF, canonical)
        return (canonical, tuple(members)) if members else (entity_id, (entity_id,))

    def _column(self, query: str, key: str) -> list[str]:
        with self._session(query, [key]) as session:
            return [str(value) for value in session.fetch(query, [key]).column(0).to_pylist()]

    def judgements(self, members: Iterable[str]) -> list[Judgement]:
        """Return what was judged about pairs of these entities: machines first, then people."""
        wanted = sorted(set(members))
        if len(wanted) < 2:
            return []
        machines = [judgement_of(row) for row in self._judged(wanted)]
        with self._registry.reading() as connection:
            people = ledger.human_judgements(connection, self.as_of)
        among = set(wanted)
        return [*machines, *(one for one in people if among.issuperset(one.pair))]

    def _judged(self, wanted: list[str]) -> list[dict[str, Any]]:
        """Return what machines judged about pairs of these entities, sorted."""
        if held := self._held("judgements"):
            among, found = set(wanted), dict[tuple[str, ...], dict[str, Any]]()
            for each in wanted:
                for row in held.of(each).to_pylist():
                    if row["left"] in among and row["right"] in among:
                        found[row["left"], row["right"], row["by"]] = row
            return [found[key] for key in sorted(found)]
        with self._session(sql.JUDGEMENTS_ON) as session:
            session.read("wanted", pa.table({"id": pa.array(wanted, pa.string())}))
            rows: list[dict[str, Any]] = session.fetch(sql.JUDGEMENTS_ON).to_pylist()
        return rows

    def linked(
        self, facts: Iterable[Fact], members: Iterable[str], *, past: bool = False
    ) -> Iterator[Fact]:
        """Yield the facts of the entities one link away, either way, sorted as by `facts`.

        Args:
            facts: all facts of some entities.
            members: ids of these entities, whose own facts are left out.
            past: follow links no longer stated, and yield facts no longer stated, as well.
        """
        own = set(members)
        targets = {fact.value for fact in facts if is_link(fact)} - own
        sources = self._linking(tuple(sorted(own))) if own else frozenset()
        around = self.facts((targets | sources) - own, past=past)
        for entity_id, group in groupby(around, attrgetter("entity_id")):
            known = list(group)
            # A link may have been retracted since it was indexed.
            if entity_id in targets or any(is_link(fact) and fact.value in own for fact in known):
                yield from known

    def _linking(self, own: tuple[str, ...]) -> frozenset[str]:
        """Return the entities that have a link to any of these, or had one."""
        if self._kept:
            return self._kept.links.of([own], lambda keys: {own: self._read_links(own)})[own]
        return self._read_links(own)

    def _read_links(self, own: tuple[str, ...]) -> frozenset[str]:
        if held := self._held("links"):
            return frozenset(one for each in own for one in held.of(each)["entity_id"].to_pylist())
        params: list[object] = []
        query = sql.where(sql.LINKS_TO, sql.one_of("target", own, params))
        with self._session(query, own) as session:
            return frozenset(session.fetch(query, params).column(0).to_pylist())


def is_link(fact: Fact) -> bool:
    """Return whether a fact's value is the id of another entity."""
    schema = vocabulary().get(fact.schema)
    prop = schema.get(fact.prop) if schema else None
    return prop is not None and prop.type.name == "entity"


def _after(since: datetime | None) -> datetime:
    return since.astimezone(UTC).replace(tzinfo=None) if since else _BEGINNING


def judgement_of(row: dict[str, Any]) -> Judgement:
    """Return the machine's judgement that a row of the table states."""
    return Judgement(
        row["left"],
        row["right"],
        Verdict(row["verdict"]),
        row["score"],
        tuple(row["reason"]),
        row["by"],
        False,
        row["at"].replace(tzinfo=UTC),
    )


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a batch, times with their zone."""
    return zip(*map(_values, batch.columns), strict=True)


def _values(column: pa.Array) -> list[Any]:
    if not pa.types.is_timestamp(column.type):
        values: list[Any] = column.to_pylist()
        return values
    # Few different times stand in many rows, and making one is slow.
    encoded = column.dictionary_encode()
    times = [time and time.replace(tzinfo=UTC) for time in encoded.dictionary.to_pylist()]
    return [None if index is None else times[index] for index in encoded.indices.to_pylist()]
