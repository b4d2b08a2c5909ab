"""What the benchmark asks of a screening engine, and ours behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol


class Entry(NamedTuple):
    """One name of an entity on the list to build."""

    entity_id: str
    name: str
    kind: str = ""
    weak: bool = False


class Found(NamedTuple):
    """One answer: an entity and the probability that it is the one asked for."""

    entity_id: str
    score: float


class Engine(Protocol):
    """A screening engine: lists go in, queries are answered, best first, an entity only once."""

    def build(self, entries: Iterable[Entry]) -> Any:
        """Return an index over these names."""

    def ask(
        self, index: Any, names: Sequence[str], limit: int = 10, kinds: Sequence[str] = ()
    ) -> list[list[Found]]:
        """Return the answers to each name; `kinds` says what each names, where that is known."""


class Ours:
    """`manara.identity.Index` on names alone."""

    @property
    def default_threshold(self) -> float:
        """The probability from which `manara screen` shows a hit."""
        from manara.pipeline.screening import THRESHOLD

        return THRESHOLD

    def build(self, entries: Iterable[Entry]) -> Any:
        """Return an index over these names."""
        from manara.identity.screening.index import Index
        from manara.identity.screening.query import NameEntry

        return Index.build(
            NameEntry(e.entity_id, e.name, kind=e.kind, weak=e.weak) for e in entries
        )

    def ask(
        self, index: Any, names: Sequence[str], limit: int = 10, kinds: Sequence[str] = ()
    ) -> list[list[Found]]:
        """Return the answers to each name; `kinds` says what each names, where that is known."""
        from manara.identity.screening.query import Query

        known = kinds or [""] * len(names)
        queries = [Query(name=name, kind=k) for name, k in zip(names, known, strict=True)]
        answers = index.search_many(queries, limit=limit)
        return [_entities(hits, limit) for hits in answers]


def _entities(hits: Iterable[Any], limit: int) -> list[Found]:
    best: dict[str, float] = {}
    for hit in hits:
        best[hit.entity_id] = max(best.get(hit.entity_id, 0.0), float(hit.probability))
    ranked = sorted(best.items(), key=lambda item: -item[1])
    return [Found(*item) for item in ranked[:limit]]


def score_of(found: Sequence[Found], target: str) -> float:
    """Return the probability an answer gives to an entity, 0.0 if it is not there."""
    return next((f.score for f in found if f.entity_id == target), 0.0)


def top(found: Sequence[Found]) -> float:
    """Return the probability of the best hit, 0.0 without a hit."""
    return found[0].score if found else 0.0
