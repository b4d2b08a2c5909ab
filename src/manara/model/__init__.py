"""What a fact, an event, a handling rule and a lead are; imports nothing else of Manara."""

from manara.model.errors import (
    FetchError,
    FormatError,
    ManaraError,
    NotFoundError,
    UsageError,
    VocabularyError,
    WorkspaceError,
)
from manara.model.fact import EXISTS, Fact, Record, Reject, Stated, fact_id

__all__ = [
    "EXISTS",
    "Fact",
    "FetchError",
    "FormatError",
    "ManaraError",
    "NotFoundError",
    "Record",
    "Reject",
    "Stated",
    "UsageError",
    "VocabularyError",
    "WorkspaceError",
    "fact_id",
]
