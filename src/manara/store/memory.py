"""Answers kept for whoever asks the same view again and again, so many at most."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from manara.model import Decision, Fact
    from manara.store.engine import Engine

#: Entities, pieces of evidence and sets of records of which answers are kept: some tens of MiB.
_MOST = 20_000

#: Sets of relations and segments of which sessions are kept, idle ones.
_SETS = 64

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
    """All rows of a table that is sorted by its column ``entity_id``, in memory.

    Args:
        table: the table.
    """

    def __init__(self, table: pa.Table) -> None:
        self._rows = pa.RecordBatch.from_arrays(
            [column.combine_chunks() for column in table.columns], schema=table.schema
        )
        runs = pc.run_end_encode(self._rows["entity_id"])
        ends = runs.run_ends.to_pylist()
        self._places = dict(zip(runs.values.to_pylist(), pairwise([0, *ends]), strict=True))

    def of(self, entity_id: str) -> pa.RecordBatch:
        """Return the rows about an entity."""
        start, stop = self._places.get(entity_id, (0, 0))
        return self._rows.slice(start, stop - start)


class Kept:
    """What a view keeps: answers, and sessions with their relations defined.

    Attributes:
        facts: those of an entity.
        evidence: a fact or event by its id; None for what is not seen.
        links: entities that have or had a link to any of some.
        decided: number of the last decision read, and what was last decided about each lead.
    """

    def __init__(self) -> None:
        self.facts: Memory[str, list[Fact]] = Memory(_MOST)
        self.evidence: Memory[str, dict[str, Any] | None] = Memory(_MOST)
        self.links: Memory[tuple[str, ...], frozenset[str]] = Memory(_MOST)
        self._loading = Lock()
        self._held: Held | None = None
        self.decided: tuple[int, dict[str, Decision]] = (0, {})
        self._idle: dict[tuple[frozenset[str], tuple[str, ...]], Idle] = {}

    def held(self, load: Callable[[], pa.Table]) -> Held:
        """Return all facts in memory, which are loaded at the first time."""
        with self._loading:
            if self._held is None:
                self._held = Held(load())
        return self._held

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
