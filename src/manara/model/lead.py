"""A lead: what a detector found, with the evidence and an explanation a judge could follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from manara.model._check import check_probability, check_text, check_utc
from manara.model.errors import UsageError
from manara.model.handling import Handling


class Severity(IntEnum):
    """How much harm stands to be done if the lead is true, whatever its score."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation.

    Attributes:
        number: its place, from 1.
        text: one sentence that says what was found or concluded.
        evidence: ids of the facts and events that show it; empty for a conclusion.
    """

    number: int
    text: str
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_text(f"step {self.number}", self.text, *self.evidence)


@dataclass(frozen=True, slots=True)
class Lead:
    """What a detector found, for a person to look at; never a decision.

    Attributes:
        id: identity of the lead, the same when the detector finds it again.
        kind: what was found, named after its detector, such as ``money.fan-in``.
        subjects: ids of the entities it is about, at least one.
        score: calibrated probability that it is true, 0..1.
        severity: how much harm stands to be done if it is.
        title: the lead in one line.
        explanation: its steps, numbered from 1, at least one.
        evidence: ids of the facts and events that show it, at least one.
        handling: the join of the rules that the evidence comes under.
        created: when it was first found, UTC.
        updated: when it was last found or changed, UTC.
    """

    id: str
    kind: str
    subjects: tuple[str, ...]
    score: float
    severity: Severity
    title: str
    explanation: tuple[Step, ...]
    evidence: tuple[str, ...]
    handling: Handling
    created: datetime
    updated: datetime

    def __post_init__(self) -> None:
        where = f"lead {self.id}"
        check_text("lead", self.id, self.kind, self.title)
        for part in ("subjects", "explanation", "evidence"):
            if not getattr(self, part):
                raise UsageError(f"no {part}", where=where, remedy="a lead must show why it is one")
        check_text(where, *self.subjects, *self.evidence)
        check_probability(where, self.score)
        check_utc(where, self.created, self.updated)
        if self.updated < self.created:
            raise UsageError("updated before created", where=where, remedy="set the times right")
        check_steps(where, self.explanation, self.evidence)


def check_steps(where: str, steps: tuple[Step, ...], evidence: tuple[str, ...]) -> None:
    """Refuse steps not numbered 1, 2, 3 … or that rest on something outside the evidence.

    Raises:
        UsageError: either is the case.
    """
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise UsageError("steps out of order", where=where, remedy="number them 1, 2, 3 …")
    unknown = {fact for step in steps for fact in step.evidence}.difference(evidence)
    if unknown:
        raise UsageError(
            f"a step rests on {', '.join(sorted(unknown))}, which is not among the evidence",
            where=where,
            remedy="name it as evidence",
        )
