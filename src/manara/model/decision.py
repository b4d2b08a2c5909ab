"""What a person decided, about what, and on what ground."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from manara.model._check import check_text, check_utc
from manara.model.errors import UsageError

#: What a person can make of a lead; only the first two say whether it was true.
LEAD_OUTCOMES = ("confirmed", "dismissed", "escalated")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person did with a lead, a pair of entities, a request or anything else.

    Attributes:
        kind: what it is about: ``lead``, ``pair``, ``disclosure`` …
        subjects: ids of what it is about, at least one; two for a pair.
        outcome: what was decided, such as ``confirmed``, ``dismissed`` or ``not the same``.
        by: the person who decided, never a machine.
        at: when, UTC.
        ground: the reason in the person's own words.
        legal_basis: the provision relied on, ``""`` where the house needs none.
        state: identity of what was looked at as it stood then, such as `Lead.state`, else ``""``.
    """

    kind: str
    subjects: tuple[str, ...]
    outcome: str
    by: str
    at: datetime
    ground: str
    legal_basis: str = ""
    state: str = ""

    def __post_init__(self) -> None:
        where = f"decision on {self.kind}"
        check_text(where, self.kind, self.outcome, self.by, self.ground, *self.subjects)
        check_utc(where, self.at)
        if not self.subjects:
            raise UsageError("no subjects", where=where, remedy="say what was decided about")

    @property
    def id(self) -> str:
        """Identity of the decision."""
        said = [self.kind, self.subjects, self.outcome, self.by, self.at.isoformat(), self.ground]
        text = json.dumps(said, ensure_ascii=True)
        return "decision-" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
