"""Answers kept for whoever asks the same view again and again, so many at most."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from manara.model import Decision, Fact
    from manara.store.engine import Engine

#: Entities, pieces of evidence and sets of records of which answers are kept: some tens of MiB.
_MOST = 20_000

#: Sets of relations and segments of which sessions are kept, idle ones.
_SETS = 64

_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """What is known by key; when it is full it begins anew.

    Several threads may ask at once: at worst one thing is loaded twice.

    Args:
        most: most keys.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[K, V] = {}

    def of(self, keys: Iterable[K], load: Callable[[list[K]], Mapping[K, V]]) -> dict[K, V]:
        """Return what is known of some keys.

        Args:
            keys: the keys.
            load: takes those not known yet and returns what there is of each.
        """
        kept, found, missing = self._kept, dict[K, V](), list[K]()
        for key in keys:
            try:
                found[key] = kept[key]
            except KeyError:
                missing.append(key)
        if missing:
            fresh = load(missing)
            if len(kept) + len(fresh) > self._most:
                self._kept = kept = {}
            kept.update(fresh)
            found.update(fresh)
        return found


class Held:
    """All rows of a table in memory, found by the entities they are about and by their ids.

    Args:
        table: the table.
        ends: its columns with ids of entities.
    """

    def __init__(self, table: pa.Table, ends: Sequence[str]) -> None:
        self._rows = pa.RecordBatch.from_arrays(
            [column.combine_chunks() for column in table.columns], schema=table.schema
        )
        parties = [pa.array([], pa.string()), *(self._rows[name] for name in ends)]
        encoded = pa.concat_arrays(parties).dictionary_encode()
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
        order = np.argsort(codes, kind="stable")
        names = encoded.dictionary.to_pylist()
        self._start = np.searchsorted(codes[order], np.arange(len(names) + 1)).tolist()
        self._places = (order % max(table.num_rows, 1)).astype(np.int32)
        self._number = {name: at for at, name in enumerate(names)}
        ids = self._rows["id"].to_pylist() if "id" in table.schema.names else ()
        hashes = np.array([hash(one) for one in ids], np.int64)
        self._by_hash = np.argsort(hashes).astype(np.int32)
        self._hashes = hashes[self._by_hash]

    def of(self, entity_id: str) -> pa.RecordBatch:
        """Return the rows about an entity, in their order."""
        at = self._number.get(entity_id)
        if at is None:
            return self._rows.slice(0, 0)
        places = np.unique(self._places[self._start[at] : self._start[at + 1]])
        first = int(places[0])
        if int(places[-1]) - first == len(places) - 1:
            return self._rows.slice(first, len(places))
        return self._rows.take(pa.array(places))

    def holding(self, text: str, bare: str, most: int) -> list[dict[str, Any]]:
        """Return the facts that `View.holding` asks for.

        Args:
            text: in small letters.
            bare: its letters and digits alone.
            most: at most so many.
        """
        low, compact = self._texts
        places = pc.indices_nonzero(pc.or_(pc.match_substring(low, text), pc.equal(compact, bare)))
        names = ["entity_id", "prop", "value", "handling_id"]
        found = pa.Table.from_batches([self._rows.select(names).take(places)])
        keyed = found.append_column("size", pc.utf8_length(found["value"]))
        ways = [(name, "ascending") for name in ("size", "entity_id", "prop", "value")]
        rows: list[dict[str, Any]] = keyed.sort_by(ways).slice(0, most).select(names).to_pylist()
        return rows

    @cached_property
    def _texts(self) -> tuple[pa.Array, pa.Array]:
        """The values in small letters, and their letters and digits alone."""
        low = pc.utf8_lower(self._rows["value"])
        return low, pc.replace_substring_regex(low, "[^a-z0-9]", "")

    def rows(self, ids: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Yield the rows of these ids."""
        wanted, places = set(ids), list[int]()
        for one in wanted:
            first, last = (np.searchsorted(self._hashes, hash(one), side) for side in _SIDES)
            places += self._by_hash[first:last].tolist()
        for row in self._rows.take(pa.array(places, pa.int32())).to_pylist():
            if row["id"] in wanted:
                yield row


class Kept:
    """What a view keeps: answers, and sessions with their relations defined.

    Args:
        before: what an earlier view kept, of which tables that are the same are taken over.

    Attributes:
        facts: those of an entity.
        evidence: a fact or event by its id; None for what is not seen.
        links: entities that have or had a link to any of some.
        decided: number of the last decision read, and what was last decided about each lead.
    """

    def __init__(self, before: Kept | None = None) -> None:
        self.facts: Memory[str, list[Fact]] = Memory(_MOST)
        self.evidence: Memory[str, dict[str, Any] | None] = Memory(_MOST)
        self.links: Memory[tuple[str, ...], frozenset[str]] = Memory(_MOST)
        self._loading = Lock()
        self._held: dict[str, tuple[object, Held]] = dict(before._held) if before else {}
        self.decided: tuple[int, dict[str, Decision]] = (0, {})
        self._idle: dict[tuple[frozenset[str], tuple[str, ...]], Idle] = {}

    def held(self, table: str, key: object, load: Callable[[], Held]) -> Held:
        """Return a table in memory, which is loaded at the first time and when its key changes."""
        with self._loading:
            known = self._held.get(table)
            if known is None or known[0] != key:
                known = self._held[table] = (key, load())
        return known[1]

    def idle(self, relations: frozenset[str], segments: Iterable[str]) -> Idle:
        """Return the idle sessions in which these relations are defined over these segments."""
        key = (relations, tuple(segments))
        if key not in self._idle and len(self._idle) >= _SETS:
            self._idle = {}
        return self._idle.setdefault(key, Idle())


class Idle:
    """Sessions that nobody uses now."""

    def __init__(self) -> None:
        self._sessions: deque[Engine] = deque()

    def pop(self) -> Engine | None:
        """Return one of them, None if there is none."""
        try:
            return self._sessions.pop()
        except IndexError:
            return None

    def append(self, session: Engine) -> None:
        """Take one back."""
        self._sessions.append(session)
