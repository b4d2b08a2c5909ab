"""A lead: what a detector found, with the evidence and an explanation a judge could follow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from manara.model._check import check_probability, check_text, check_utc
from manara.model.errors import UsageError
from manara.model.handling import Handling
from manara.model.text import Text


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
        text: one sentence that says what was found or concluded, in English.
        evidence: ids of the facts and events that show it; empty for a conclusion.
        words: the sentence, to be told in other languages; None where English is all there is.
    """

    number: int
    text: str
    evidence: tuple[str, ...] = ()
    words: Text | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        check_text(f"step {self.number}", self.text, *self.evidence)


class Remark(NamedTuple):
    """What a detector says of its own run: what it could not look at, and why.

    Attributes:
        text: it in one line, in English.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a detector found in what it was given, before it is known who may see it and since when.

    Attributes:
        kind: what was found, named after its detector, such as ``money.fan-in``.
        subjects: ids of the entities it is about, at least one.
        score: calibrated probability that it is true, 0..1.
        severity: how much harm stands to be done if it is.
        title: it in one line, in English.
        explanation: its steps, numbered from 1, at least one.
        evidence: ids of the facts and events that show it, at least one, each once.
        words: the title, to be told in other languages; None where English is all there is.
        id: identity of the lead, the same when the same is found of the same subjects again.
    """

    kind: str
    subjects: tuple[str, ...]
    score: float
    severity: Severity
    title: str
    explanation: tuple[Step, ...]
    evidence: tuple[str, ...]
    words: Text | None = field(default=None, compare=False)
    id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        text = json.dumps([self.kind, *sorted(self.subjects)], ensure_ascii=True)
        key = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        object.__setattr__(self, "id", f"lead-{key}")
        where = f"finding {self.title}"
        check_text(where, self.kind, self.title)
        for part in ("subjects", "explanation", "evidence"):
            if not getattr(self, part):
                raise UsageError(f"no {part}", where=where, remedy="a lead must show why it is one")
        check_text(where, *self.subjects, *self.evidence)
        check_probability(where, self.score)
        check_steps(where, self.explanation, self.evidence)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a lead was found, so that anybody with the same workspace can find it again.

    Attributes:
        detector: name of the detector.
        version: its version; another may find something else.
        settings: its settings as JSON, the keys sorted.
        as_of: the moment whose facts it was given, UTC.
        inputs: names of the segments these were read from, sorted.
    """

    detector: str
    version: str
    settings: str
    as_of: datetime
    inputs: tuple[str, ...]

    def __post_init__(self) -> None:
        check_text("recipe", self.detector, self.version, self.settings)
        check_utc("recipe", self.as_of)


@dataclass(frozen=True, slots=True)
class Lead:
    """A finding as it is kept, for a person to look at; never a decision.

    Attributes:
        finding: what was found.
        datasets: names of the datasets that its evidence is of, sorted.
        handling: the join of the rules that its evidence comes under.
        recipe: how it was found.
        created: when it was first found, UTC.
        updated: when it last changed, UTC.
        standing: whether the last run of its detector still found it.
    """

    finding: Finding
    datasets: tuple[str, ...]
    handling: Handling
    recipe: Recipe
    created: datetime
    updated: datetime
    standing: bool = True

    def __post_init__(self) -> None:
        where = f"lead {self.id}"
        check_text(where, *self.datasets)
        check_utc(where, self.created, self.updated)
        if self.updated < self.created:
            raise UsageError("updated before created", where=where, remedy="set the times right")

    @property
    def id(self) -> str:
        """Identity of the lead."""
        return self.finding.id

    @property
    def state(self) -> str:
        """Identity of its evidence: another when other facts or events show it."""
        return state_of(self.finding.evidence)


def steps_of(texts: Iterable[tuple[Text, Iterable[str]]]) -> tuple[Step, ...]:
    """Return the steps that sentences with their evidence make, in their order."""
    return tuple(
        Step(number, str(text), tuple(evidence), text)
        for number, (text, evidence) in enumerate(texts, 1)
    )


def state_of(evidence: Iterable[str]) -> str:
    """Return the identity of an evidence, the same in whatever order; see `Lead.state`."""
    text = json.dumps(sorted(evidence), ensure_ascii=True)
    return "evidence-" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


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
