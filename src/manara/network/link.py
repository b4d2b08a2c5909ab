"""The link between crime, terror and armed separatism: how close, and how well it is shown.

How close a link is and how well it is shown are two things. *Proven* is said only where two
independent sources, each graded B2 or better, tell of the same; all else is *reported* or
*suspected*, and what is missing is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from itertools import combinations

from manara.model import EuropolGrade, Grade, Text, UsageError, phrase

#: Each of two sources must be graded so or better before a link is called proven.
LEAST = Grade("B", 2)
#: What two sides can share.
RESOURCES = ("money", "arms", "route", "document", "training")
#: Domains that are not crime for gain.
_SIDES = {
    "terrorism": "terror",
    "terrorist-financing": "terror",
    "separatism": "separatist",
}


class Closeness(IntEnum):
    """How close two sides are."""

    NONE = 0
    CONTACT = 1
    TRANSACTION = 2
    SHARED_MEMBER = 3
    MERGER = 4


class Standing(StrEnum):
    """How well a link is shown."""

    NONE = "none"
    SUSPECTED = "suspected"
    REPORTED = "reported"
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a link.

    Attributes:
        entity: id of the person or group.
        domain: the crime domain it is active in.
        facts: ids of the facts that show that it is.
        begins: when it began to be, None if not known.
        ends: when it ended, None if it goes on or is not known.
    """

    entity: str
    domain: str
    facts: tuple[str, ...]
    begins: date | None = None
    ends: date | None = None

    @property
    def kind(self) -> str:
        """``terror``, ``separatist`` or ``crime``."""
        return _SIDES.get(self.domain, "crime")


@dataclass(frozen=True, slots=True)
class Tie:
    """What one source tells of a tie between two sides.

    Attributes:
        fact: id of the fact or event.
        closeness: which tie it tells of.
        publisher: who says it.
        grade: of the statement, in the Admiralty code or Europol's 4x4; None if it has none.
        origin: where the publisher has it from, as far as it says so.
        intermediaries: ids of the persons through whom the sides are tied.
        resource: what they share, one of `RESOURCES`, ``""`` for nothing named.
        begins: when it began, None if not known.
        ends: when it ended, None if it goes on or is not known.
    """

    fact: str
    closeness: Closeness
    publisher: str
    grade: Grade | EuropolGrade | None = None
    origin: str = ""
    intermediaries: tuple[str, ...] = ()
    resource: str = ""
    begins: date | None = None
    ends: date | None = None

    def __post_init__(self) -> None:
        if self.closeness is Closeness.NONE or not self.publisher:
            raise UsageError("a tie without closeness or publisher", where=self.fact)
        if self.resource and self.resource not in RESOURCES:
            raise UsageError(
                "no such resource", where=self.resource, remedy=f"one of {', '.join(RESOURCES)}"
            )

    def independent_of(self, other: Tie) -> bool:
        """Return whether two ties have different publishers and no common origin is stated."""
        mine = {self.publisher, self.origin} - {""}
        return mine.isdisjoint({other.publisher, other.origin})


@dataclass(frozen=True, slots=True)
class Link:
    """What can be said of the link of two sides.

    Attributes:
        closeness: the closest tie that is shown as well as any.
        standing: how well that one is shown.
        told: the closest tie that any source tells of, however badly it is shown.
        facts: ids of the facts and events it rests on.
        missing: what is missing to call it proven; empty if it is.
    """

    closeness: Closeness
    standing: Standing
    told: Closeness
    facts: tuple[str, ...]
    missing: tuple[Text, ...]


def link(one: Side, other: Side, ties: Sequence[Tie]) -> Link:
    """Return how close two sides are, how well it is shown, and what is missing.

    A tie closer than another shows the less close one too: who shares a member is in contact. The
    best standing decides; among equals the closest tie.

    Args:
        one: one side.
        other: the other, of another kind.
        ties: what sources tell of ties between them.

    Raises:
        UsageError: both sides are of one kind.
    """
    if one.kind == other.kind:
        raise UsageError(f"both sides are {one.kind}", where=f"{one.entity}, {other.entity}")
    if not ties:
        return Link(
            Closeness.NONE, Standing.NONE, Closeness.NONE, (), (phrase("a tie between the two"),)
        )
    levels = sorted({tie.closeness for tie in ties}, reverse=True)
    ranks = list(Standing)
    judged = [
        (level, *_judge(one, other, [tie for tie in ties if tie.closeness >= level]))
        for level in levels
    ]
    level, standing, facts, missing = max(
        judged, key=lambda found: (ranks.index(found[1]), found[0])
    )
    return Link(level, standing, levels[0], facts, missing)


def _judge(
    one: Side, other: Side, ties: Sequence[Tie]
) -> tuple[Standing, tuple[str, ...], tuple[Text, ...]]:
    """Return standing, facts, and what is missing, of ties of at least one closeness."""
    missing = [
        phrase("a source for {entity} in {domain}", entity=side.entity, domain=phrase(side.domain))
        for side in (one, other)
        if not side.facts
    ]
    named = [tie for tie in ties if tie.intermediaries or tie.resource]
    if not named:
        missing.append(phrase("a named intermediary or shared resource"))
    timely = [tie for tie in named or ties if _overlap(tie, one) and _overlap(tie, other)]
    if not timely:
        missing.append(phrase("a time at which both sides were active and tied"))
    shown = tuple(dict.fromkeys([*one.facts, *other.facts, *(tie.fact for tie in timely or ties)]))
    if missing:
        return Standing.SUSPECTED, shown, (*missing, _TWO)
    good = [tie for tie in timely if _good(tie.grade)]
    for first, second in combinations(good, 2):
        if first.independent_of(second):
            return Standing.PROVEN, shown, ()
    if len(good) > 1:
        lacks = phrase("a second source that is independent of the first")
    elif good:
        lacks = phrase("a second independent source graded {grade} or better", grade=str(LEAST))
    else:
        lacks = phrase("two independent sources graded {grade} or better", grade=str(LEAST))
    return Standing.REPORTED, shown, (lacks,)


_TWO = phrase("two independent sources graded {grade} or better that agree", grade=str(LEAST))


def _good(grade: Grade | EuropolGrade | None) -> bool:
    judged = grade.to_admiralty()[0] if isinstance(grade, EuropolGrade) else grade
    return judged is not None and judged.at_least(LEAST)


def _overlap(tie: Tie, side: Side) -> bool:
    """Return whether a tie and a side's activity overlap in time; what is not known may."""
    if tie.begins is None and tie.ends is None:
        return False
    begins = max(filter(None, (tie.begins, side.begins)), default=date.min)
    ends = min(filter(None, (tie.ends, side.ends)), default=date.max)
    return begins <= ends
