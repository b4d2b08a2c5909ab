"""What a node answers with: the shapes of its API. What a newer node says besides is left out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec


class _Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A shape; nobody changes what was answered."""


class Me(_Shape, frozen=True):
    """Who asks, and what may be done."""

    id: str
    name: str
    roles: list[str]
    rights: list[str]
    purposes: list[str]
    purpose: str
    clearance: str
    language: str


class LeadLine(_Shape, frozen=True):
    """A lead in a list. ``state`` is what became of it."""

    id: str
    kind: str
    severity: Literal["low", "medium", "high", "critical"]
    score: float
    state: str
    title: str
    subjects: list[str]
    handling: str
    created: datetime
    updated: datetime


class Step(_Shape, frozen=True):
    """One step of an explanation, with the ids of the evidence that shows it."""

    number: int
    text: str
    evidence: list[str]


class Decision(_Shape, frozen=True):
    """What a person decided about a lead."""

    id: str
    outcome: str
    by: str
    at: datetime
    ground: str
    legal_basis: str
    evidence: str


class Lead(LeadLine, frozen=True):
    """A lead with all that shows it. ``evidence_state`` changes when its evidence does.

    ``etag`` names the state in which it was looked at; `Client.decide` gives it back.
    """

    explanation: list[Step]
    evidence: list[dict[str, Any]]
    evidence_state: str
    datasets: list[str]
    names: dict[str, str]
    decision: Decision | None
    etag: str = ""


class EntityFound(_Shape, frozen=True):
    """An entity that a search found: by which value, of which property, how probably."""

    id: str
    schema: str
    caption: str
    matched: str
    prop: str
    probability: float
    why: list[str]


class Fact(_Shape, frozen=True):
    """A fact with its provenance: which dataset states it, where in which source, since when."""

    id: str
    entity: str
    schema: str
    prop: str
    value: str
    original: str
    language: str
    dataset: str
    source: str
    locator: str
    handling: str
    first_seen: datetime
    last_seen: datetime | None


class Judgement(_Shape, frozen=True):
    """Why two records are, or are not, one and the same."""

    left: str
    right: str
    verdict: str
    score: float
    reason: list[str]
    by: str
    human: bool


class Entity(_Shape, frozen=True):
    """All that may be seen of an entity, and of what is tied to it by one step."""

    id: str
    schema: str
    caption: str
    records: list[str]
    datasets: list[str]
    judgements: list[Judgement]
    facts: list[Fact]
    linked: list[Fact]


class Tie(_Shape, frozen=True):
    """A tie, with the kinds it is stated as and the probability that it is true."""

    source: str
    source_name: str
    target: str
    target_name: str
    confidence: float
    kinds: list[str]
    datasets: list[str]


class Path(_Shape, frozen=True):
    """A chain of ties, with the probability that all are true."""

    entities: list[str]
    names: list[str]
    kinds: list[list[str]]
    confidence: float


class CaseLine(_Shape, frozen=True):
    """A case in a list."""

    id: str
    title: str
    status: Literal["open", "closed", "erased"]
    sealed: bool
    purpose: str
    legal_basis: str
    handling: str
    opened_at: datetime | None
    opened_by: str


class Case(CaseLine, frozen=True):
    """A case with all of it that may be seen; ``head`` is the hash of its journal."""

    officers: list[str]
    people: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    custody: list[dict[str, Any]]
    partners: list[dict[str, Any]]
    asked: list[dict[str, Any]]
    bundles: list[dict[str, Any]]
    entries: int
    head: str


class Job(_Shape, frozen=True):
    """A piece of long work and how far it has come."""

    id: str
    kind: str
    settings: dict[str, Any]
    account: str
    purpose: str
    status: Literal["waiting", "running", "done", "failed"]
    progress: str
    done: int
    result: Any
    attempts: int
    added_at: datetime
    ended_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in ("done", "failed")


class ScreenQuery(_Shape, frozen=True, omit_defaults=True):
    """Who is asked for; only the name is needed.

    Attributes:
        name: in any script, spelling and word order.
        birth_date: ISO 8601, of any precision.
        countries: codes or names.
        gender: male, female or other.
        documents: numbers of documents, accounts, vessels …
    """

    name: str
    birth_date: str | None = None
    countries: list[str] = []
    gender: str | None = None
    documents: list[str] = []


class ScreenHit(_Shape, frozen=True):
    """Someone on a list who may be meant, with the probability, above 0 and below 1, and why."""

    entity: str
    name: str
    probability: float
    list: str
    edition: str
    explanation: tuple[str, ...]


class Screened(_Shape, frozen=True):
    """The hits of one query, best first, with the edition of each list that it was looked for in.

    In an answer to several queries the editions stand with the whole.
    """

    query: dict[str, Any]
    hits: list[ScreenHit]
    editions: dict[str, str] = {}


class ScreenedAll(_Shape, frozen=True):
    """Answers in the order of the queries, all from the same editions."""

    answers: list[Screened]
    editions: dict[str, str]
