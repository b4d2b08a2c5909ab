"""What a fact, an event, a handling rule and a lead are; imports nothing else of Manara."""

from manara.model.audience import Recipient, Relation, Tlp
from manara.model.cluster import Cluster, Judgement, Verdict, prevailing
from manara.model.decision import LEAD_OUTCOMES, Decision
from manara.model.entity import Entity, from_ftm
from manara.model.errors import (
    ExchangeError,
    FetchError,
    FormatError,
    ManaraError,
    NotFoundError,
    RefusedError,
    UsageError,
    VocabularyError,
    WorkspaceError,
)
from manara.model.europol import CRIME_PURPOSES, EuropolMarking, from_europol, to_europol
from manara.model.event import (
    DECIMAL_PRECISION,
    DECIMAL_SCALE,
    EVENT_TABLES,
    PROVENANCE,
    Column,
    ColumnType,
    Event,
    StatedEvent,
    Value,
    event,
    event_id,
)
from manara.model.fact import EXISTS, Fact, Record, Reject, Stated, fact_id
from manara.model.grading import (
    CREDIBILITY,
    EUROPOL_INFORMATION,
    EUROPOL_SOURCE,
    RELIABILITY,
    EuropolGrade,
    Grade,
)
from manara.model.handling import NOT_IN_COURT, OPEN, PURPOSES, Handling, Permission
from manara.model.lead import Finding, Lead, Recipe, Severity, Step
from manara.model.source import Dataset, Source
from manara.model.types import TYPES, PropertyType
from manara.model.vocabulary import Edge, Property, Schema, Vocabulary, vocabulary

__all__ = [
    "CREDIBILITY",
    "CRIME_PURPOSES",
    "DECIMAL_PRECISION",
    "DECIMAL_SCALE",
    "EUROPOL_INFORMATION",
    "EUROPOL_SOURCE",
    "EVENT_TABLES",
    "EXISTS",
    "LEAD_OUTCOMES",
    "NOT_IN_COURT",
    "OPEN",
    "PROVENANCE",
    "PURPOSES",
    "RELIABILITY",
    "TYPES",
    "Cluster",
    "Column",
    "ColumnType",
    "Dataset",
    "Decision",
    "Edge",
    "Entity",
    "EuropolGrade",
    "EuropolMarking",
    "Event",
    "ExchangeError",
    "Fact",
    "FetchError",
    "Finding",
    "FormatError",
    "Grade",
    "Handling",
    "Judgement",
    "Lead",
    "ManaraError",
    "NotFoundError",
    "Permission",
    "Property",
    "PropertyType",
    "Recipe",
    "Recipient",
    "Record",
    "RefusedError",
    "Reject",
    "Relation",
    "Schema",
    "Severity",
    "Source",
    "Stated",
    "StatedEvent",
    "Step",
    "Tlp",
    "UsageError",
    "Value",
    "Verdict",
    "Vocabulary",
    "VocabularyError",
    "WorkspaceError",
    "event",
    "event_id",
    "fact_id",
    "from_europol",
    "from_ftm",
    "prevailing",
    "to_europol",
    "vocabulary",
]
