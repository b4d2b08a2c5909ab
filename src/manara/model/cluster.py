"""Who is the same as whom: judgements on pairs of entities, and the clusters that follow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from manara.model._check import check_probability, check_text, check_utc
from manara.model.errors import UsageError


class Verdict(StrEnum):
    """Whether two entities are one and the same."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person or a rule found about a pair of entities.

    Attributes:
        left: id of one entity.
        right: id of the other.
        verdict: whether they are the same.
        score: probability that they are, 0..1.
        reason: what was compared and found, a sentence each; at least one.
        by: the rule and its version, or the person.
        human: whether a person judged.
        at: when, UTC.
    """

    left: str
    right: str
    verdict: Verdict
    score: float
    reason: tuple[str, ...]
    by: str
    human: bool
    at: datetime

    def __post_init__(self) -> None:
        where = f"judgement on {self.left} and {self.right}"
        check_text(where, self.left, self.right, self.by)
        check_probability(where, self.score)
        check_utc(where, self.at)
        if self.left == self.right:
            raise UsageError("an entity against itself", where=where, remedy="name two entities")
        if not self.reason:
            raise UsageError("no reason", where=where, remedy="say what was compared")
        check_text(where, *self.reason)

    @property
    def pair(self) -> tuple[str, str]:
        """The two ids in order, the same whichever stands on the left."""
        return (self.left, self.right) if self.left < self.right else (self.right, self.left)

    @property
    def id(self) -> str:
        """Identity of the judgement, its words and its moment among them."""
        said = [*self.pair, self.verdict.value, self.score, self.reason, self.by]
        text = json.dumps([*said, self.at.isoformat()], ensure_ascii=True)
        return "judgement-" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the judgement as JSON values."""
        return asdict(self) | {
            "verdict": self.verdict.value,
            "reason": list(self.reason),
            "at": self.at.isoformat(),
        }


def prevailing(judgements: Iterable[Judgement]) -> dict[tuple[str, str], Judgement]:
    """Return the judgement that counts for each pair.

    A person's beats a rule's, whenever either was made; among equals the later one counts, and at
    the same moment the one more against a merge.
    """
    caution = (Verdict.POSITIVE, Verdict.UNSURE, Verdict.NEGATIVE)
    ranked = sorted(
        judgements, key=lambda one: (one.human, one.at, caution.index(one.verdict), one.by)
    )
    return {judgement.pair: judgement for judgement in ranked}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Entities that are one and the same, and why.

    Attributes:
        canonical_id: the id that stands for all of them.
        members: ids of the entities, at least one.
        judgements: the judgements on pairs of members that hold it together.
    """

    canonical_id: str
    members: frozenset[str]
    judgements: tuple[Judgement, ...] = ()

    def __post_init__(self) -> None:
        where = f"cluster {self.canonical_id}"
        check_text(where, self.canonical_id, *self.members)
        if not self.members:
            raise UsageError("no members", where=where, remedy="name at least one entity")
        if any(not self.members.issuperset(one.pair) for one in self.judgements):
            raise UsageError(
                "a judgement on an entity outside it", where=where, remedy="leave it out"
            )
