"""What the nodes of an exercise recorded, read back for the score."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

from manara.exercise.scoring.truth import Written
from manara.model import FormatError, UsageError


class Place(msgspec.Struct, frozen=True):
    """A record as a node named it: the node that it is of, and its id."""

    node: str
    record: str
    file: str = ""
    at: str = ""
    table: str = ""

    @property
    def written(self) -> Written:
        """The code of its state, and its id."""
        return self.node.split(".")[0].upper(), self.record


class Lead(msgspec.Struct, frozen=True):
    """A lead as it was recorded."""

    id: str
    kind: str
    found: date
    score: float
    title: str
    subjects: list[list[Place]]
    evidence: list[Place]
    partners: list[str]


class Way(msgspec.Struct, frozen=True):
    """What a node found, alone or with what partners told it; earlier: as its leads were before."""

    leads: list[Lead]
    same: list[list[Place]]
    earlier: list[Lead] = []


class Alert(msgspec.Struct, frozen=True):
    """Somebody who travels or pays, and whom a list may mean; see `manara exercise run`."""

    what: str
    day: date
    asked: Place
    listed: list[Place]
    probability: float


class Sighted(msgspec.Struct, frozen=True):
    """A sign of an indicator that was seen, and the lines that show it."""

    indicator: Place
    lines: list[Place]


class Found(msgspec.Struct, frozen=True):
    """What a state's node found."""

    state: str
    node: str
    days: list[date]
    alone: Way
    together: Way
    refused: list[str] = []
    alerts: list[Alert] = []
    sighted: list[Sighted] = []


class Hit(msgspec.Struct, frozen=True):
    """A blind question that was a hit."""

    asker: str
    owner: str
    day: date
    subject: list[Place]
    agreed: list[str]
    outcome: str
    told: list[Place] = []
    held: list[str] = []


class Left(msgspec.Struct, frozen=True):
    """A fact that left a node."""

    node: str
    to: str
    day: date
    way: str
    record: str
    origin: str
    file: str
    prop: str
    purpose: str


class Said(msgspec.Struct, frozen=True):
    """A name or number that the words of a lead hold, and the records that its node has it from."""

    value: str
    stands: list[Place]


class LeftLead(msgspec.Struct, frozen=True):
    """A lead that left a node; rests: all that it rests on there, also what did not go with it."""

    node: str
    to: str
    day: date
    way: str
    lead: str
    kind: str
    purpose: str
    subjects: list[Place]
    rests: list[Place]
    said: list[Said]


class Asked(msgspec.Struct, frozen=True):
    """What went between the nodes."""

    questions: int
    hits: list[Hit]
    left: list[Left]
    leads: list[LeftLead] = []


def read_results(folder: Path) -> tuple[list[Found], Asked]:
    """Return what each state's node found, by state, and what went between them.

    Raises:
        UsageError: the exercise was not run.
    """
    home = folder / "results"
    paths = sorted(path for path in home.glob("*.json") if path.name != "exchange.json")
    if not paths:
        raise UsageError("was not run", where=str(folder), remedy="`manara exercise run` runs it")
    try:
        found = [msgspec.json.decode(path.read_bytes(), type=Found) for path in paths]
        asked = msgspec.json.decode((home / "exchange.json").read_bytes(), type=Asked)
    except msgspec.DecodeError as error:
        raise FormatError(f"is not as a run writes it: {error}", where=str(home)) from error
    return found, asked
