"""Looking things up in the audit log, and proofs about it that hold without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from manara.model import NotFoundError
from manara.store import AuditLog, Entry
from manara.store.log import entry_of
from manara.store.merkle import leaf_hash

# Entries read at a time, from the newest back.
_BLOCK = 2000


class Found(NamedTuple):
    """An entry and its place in the log, counted from 0."""

    place: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Question:
    """Which entries are looked for; what is empty does not matter.

    Attributes:
        by: who did it.
        action: what was done.
        thing: to what.
        word: a text that the thing or a particular holds, such as the id of an entity.
        since: not before this moment.
        until: before this moment.
    """

    by: str = ""
    action: str = ""
    thing: str = ""
    word: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def meets(self, entry: Entry) -> bool:
        """Return whether an entry is looked for."""
        return (
            (not self.by or entry.by == self.by)
            and (not self.action or entry.action == self.action)
            and (not self.thing or entry.thing == self.thing)
            and (not self.word or self.word in _texts(entry))
            and (self.since is None or entry.at >= _utc(self.since))
            and (self.until is None or entry.at < _utc(self.until))
        )


def search(log: AuditLog, question: Question, before: int | None = None) -> Iterator[Found]:
    """Yield the entries that are looked for, the newest first.

    Args:
        log: the audit log.
        question: which.
        before: only entries before this place; None for all.
    """
    stop = log.size if before is None else min(before, log.size)
    while stop > 0:
        start = max(0, stop - _BLOCK)
        lines = list(log.lines(start, stop))
        for place in range(stop - 1, start - 1, -1):
            entry = entry_of(lines[place - start])
            if question.meets(entry):
                yield Found(place, entry)
        stop = start


def proof(log: AuditLog, place: int) -> dict[str, Any]:
    """Return an entry with what shows that it is in the log (RFC 9162, section 2.1.3).

    Whoever holds a head of at least this size, signed by this node or kept by a partner, checks it
    offline. ``entry`` is the line as it was written, ``path`` and ``root`` are hexadecimal.

    Raises:
        NotFoundError: there is no entry at this place.
    """
    tree = log.tree
    if not 0 <= place < tree.size:
        raise NotFoundError("no such entry", where=str(place))
    line = next(log.lines(place, place + 1))
    return {
        "place": place,
        "size": tree.size,
        "root": tree.root().hex(),
        "entry": line.decode(),
        "leaf": leaf_hash(line).hex(),
        "path": [each.hex() for each in tree.inclusion(place)],
    }


def _texts(entry: Entry) -> Iterator[str]:
    yield entry.thing
    for value in entry.detail.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from value


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
