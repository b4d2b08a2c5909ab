"""A plain search of names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from manara.identity import name_tokens
from manara.model import Entity, UsageError
from manara.store import View


@dataclass(frozen=True, slots=True)
class Found:
    """One entity found by name.

    Attributes:
        entity: its canonical id.
        schema: its schema.
        name: the name to show it by.
        matched: the name that was found.
        datasets: names of the datasets that state it.
    """

    entity: str
    schema: str
    name: str
    matched: str
    datasets: tuple[str, ...]


def find(view: View, text: str, limit: int) -> Iterator[Found]:
    """Yield the entities that have a name with all words of the text, closest length first.

    Words are compared without regard to case, accents or order; the last one may be cut short.

    Raises:
        UsageError: the text has no letter or digit.
    """
    wanted = name_tokens(text)
    if not wanted:
        raise UsageError("has no letter or digit to search for", where=repr(text))
    hits: list[tuple[int, str, str]] = []
    for entity_id, name in view.names():
        words = name_tokens(name)
        if _has_all(words, wanted):
            hits.append((len(words) - len(wanted), entity_id, name))
    shown: set[str] = set()
    for _, entity_id, name in sorted(hits):
        canonical, members = view.cluster(entity_id)
        if canonical in shown:
            continue
        shown.add(canonical)
        facts = list(view.facts(members))
        entity = Entity.from_facts(facts, canonical)
        datasets = tuple(sorted({fact.dataset for fact in facts}))
        yield Found(canonical, entity.schema, entity.caption, name, datasets)
        if len(shown) == limit:
            return


def _has_all(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    *whole, last = wanted
    return all(word in words for word in whole) and any(word.startswith(last) for word in words)
