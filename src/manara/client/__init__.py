"""A client of a node's API, for programs: typed, and without any part of the server."""

from manara.client.client import Client
from manara.client.errors import AnswerError
from manara.client.shapes import (
    Case,
    CaseLine,
    Decision,
    Entity,
    EntityFound,
    Fact,
    Job,
    Judgement,
    Lead,
    LeadLine,
    Me,
    Path,
    Screened,
    ScreenedAll,
    ScreenHit,
    ScreenQuery,
    Step,
    Tie,
)

__all__ = [
    "AnswerError",
    "Case",
    "CaseLine",
    "Client",
    "Decision",
    "Entity",
    "EntityFound",
    "Fact",
    "Job",
    "Judgement",
    "Lead",
    "LeadLine",
    "Me",
    "Path",
    "ScreenHit",
    "ScreenQuery",
    "Screened",
    "ScreenedAll",
    "Step",
    "Tie",
]
