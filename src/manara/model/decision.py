"""What a person decided, about what, and on what ground."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from manara.model._check import check_text, check_utc
from manara.model.errors import UsageError


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person did with a lead, a pair of entities, a request or anything else.

    Attributes:
        id: identity of the decision.
        kind: what it is about: ``lead``, ``pair``, ``disclosure`` …
        subjects: ids of what it is about, at least one; two for a pair.
        outcome: what was decided, such as ``confirmed``, ``dismissed`` or ``not the same``.
        by: the person who decided, never a machine.
        at: when, UTC.
        ground: the reason in the person's own words.
        legal_basis: the provision relied on, ``""`` where the house needs none.
    """

    id: str
    kind: str
    subjects: tuple[str, ...]
    outcome: str
    by: str
    at: datetime
    ground: str
    legal_basis: str = ""

    def __post_init__(self) -> None:
        where = f"decision {self.id}"
        check_text(where, self.id, self.kind, self.outcome, self.by, self.ground, *self.subjects)
        check_utc(where, self.at)
        if not self.subjects:
            raise UsageError("no subjects", where=where, remedy="say what was decided about")
