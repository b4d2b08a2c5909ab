"""Who is the same over everything in a workspace, and which pairs a person should look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from manara.identity import clusters, judge, props
from manara.model import Entity, Fact, Judgement, NotFoundError, Verdict, prevailing
from manara.pipeline.ingest import Progress
from manara.store import View, Workspace
from manara.store.view import judgement_of

#: Version of the engine's weights and keys; a change judges all pairs anew.
FORM = 1
#: Pairs whose facts are looked up for each one that is asked about: lists count in the order.
_SPARE = 5

_JUDGEMENTS = "SELECT * FROM judgements"

#: Why a pair that fits is asked about.
_EITHER = "joined to neither: another that this one is not fits one of the two as well"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What resolution did.

    Attributes:
        new: whether there was anything to do.
        clusters: entities that several source entities are.
        members: source entities in them.
        joined: source entities that are now one with another and were not before.
        parted: source entities that were one with another and are no longer.
        unsure: pairs that a person should look at, see `queue`.
    """

    new: bool
    clusters: int
    members: int
    joined: int
    parted: int
    unsure: int


class _State(msgspec.Struct, frozen=True):
    """What the last resolution left for the next: its version, and a hash of each entity."""

    form: int
    prints: dict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A pair that a person should look at.

    Attributes:
        judgement: what the machine found: probability and reasons.
        left: all facts about the one side, its whole cluster.
        right: all facts about the other.
        gain: how much the answer would change.
    """

    judgement: Judgement
    left: tuple[Fact, ...]
    right: tuple[Fact, ...]
    gain: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        sides = {
            side: {
                "entity": entity,
                "caption": caption_of(facts, entity),
                "datasets": sorted({fact.dataset for fact in facts}),
            }
            for side, entity, facts in (
                ("left", self.judgement.left, self.left),
                ("right", self.judgement.right, self.right),
            )
        }
        return sides | {
            "probability": self.judgement.score,
            "gain": round(self.gain, 3),
            "reason": list(self.judgement.reason),
        }


def resolve(
    workspace: Workspace, *, by: str, progress: Progress = lambda what, done: None
) -> Resolved:
    """Find out who is the same over everything in the workspace, as far as it is new or changed.

    Pairs of entities of which nothing has changed keep their verdict; the result is the same as
    from scratch.

    Args:
        workspace: the workspace.
        by: the account or person who asks.
        progress: told what is being done.
    """
    path = workspace.root / "index" / "resolution.json"
    state = _read(path)
    view = workspace.view()
    before = _canonical(view)
    if not workspace.needs_resolving() and (state is None or state.form == FORM):
        machine = _machine(view)
        return _summary(False, before, before, _open(machine, workspace.human_judgements(), before))
    with workspace.writing():
        view = workspace.view()
        progress("resolving", 0)
        known = state.prints if state and state.form == FORM else {}
        machine, prints = judge(
            view.facts(props=props()), datetime.now(UTC), known=known, earlier=_machine(view)
        )
        people = workspace.human_judgements()
        after = clusters([*machine, *people])
        workspace.resolved(machine, after, by=by)
        path.parent.mkdir(exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_bytes(msgspec.json.encode(_State(FORM, prints)))
        part.replace(path)
    return _summary(True, before, after, _open(machine, people, after))


def queue(workspace: Workspace, limit: int = 0) -> list[Question]:
    """Return the pairs that a person should look at, those whose answer changes most first.

    What counts is how uncertain the pair is, how many entities it would join, and from how many
    lists. A pair that fits, but joins neither of two that exclude each other, is as uncertain as
    any. Of several pairs between the same two clusters the likeliest stands for all. Pairs that a
    person was unsure about are left out until what speaks for and against them changes.

    Args:
        workspace: the workspace, resolved.
        limit: at most so many; 0 for all.
    """
    view = workspace.view()
    of = _canonical(view)
    members: dict[str, list[str]] = defaultdict(list)
    for member, canonical in of.items():
        members[canonical].append(member)
    best: dict[tuple[str, str], Judgement] = {}
    for judgement in _open(_machine(view), workspace.human_judgements(), of):
        left, right = (of.get(name, name) for name in judgement.pair)
        pair = (min(left, right), max(left, right))
        if pair not in best or judgement.score > best[pair].score:
            best[pair] = judgement
    sides = {name: tuple(members.get(name, [name])) for pair in best for name in pair}

    def gain(pair: tuple[str, str]) -> float:
        found = best[pair]
        sure = 0.0 if found.verdict is Verdict.POSITIVE else abs(2.0 * found.score - 1.0)
        return (1.0 - sure) * sum(len(sides[name]) for name in pair)

    ranked = sorted(best, key=lambda pair: (-gain(pair), pair))
    chosen = ranked[: limit * _SPARE] if limit else ranked
    facts: dict[str, list[Fact]] = defaultdict(list)
    wanted = {member for pair in chosen for name in pair for member in sides[name]}
    for fact in view.facts(wanted):
        facts[of.get(fact.entity_id, fact.entity_id)].append(fact)
    asked = []
    for pair in chosen:
        judgement = best[pair]
        one, other = (tuple(facts[of.get(name, name)]) for name in judgement.pair)
        lists = len({fact.dataset for fact in (*one, *other)})
        asked.append(Question(judgement, one, other, gain(pair) * lists))
    asked.sort(key=lambda one: (-one.gain, one.judgement.pair))
    return asked[:limit] if limit else asked


def answer(question: Question, verdict: Verdict, *, by: str, ground: str) -> Judgement:
    """Return a person's judgement on a question; UNSURE keeps it away until its evidence changes.

    Args:
        question: what was asked.
        verdict: what the person found.
        by: the person.
        ground: why, in a sentence.
    """
    found = question.judgement
    score = {Verdict.POSITIVE: 1.0, Verdict.NEGATIVE: 0.0}.get(verdict, found.score)
    reason = (ground, *found.reason)
    left, right = found.pair
    return Judgement(left, right, verdict, score, reason, by, True, datetime.now(UTC))


def apart(workspace: Workspace, entity: str, *, by: str, ground: str) -> list[Judgement]:
    """Return judgements that set an entity apart from all that it was found to be one with.

    They count once they are recorded: see `manara.casework.decisions.judge`.

    Raises:
        NotFoundError: it is one with no other.
    """
    _, members = workspace.view().cluster(entity)
    others = [member for member in members if member != entity]
    if not others or entity not in members:
        raise NotFoundError(
            "is one with no other", where=entity, remedy="`manara show` names what it is one with"
        )
    at = datetime.now(UTC)
    return [
        Judgement(entity, other, Verdict.NEGATIVE, 0.0, (ground,), by, True, at) for other in others
    ]


def caption_of(facts: Iterable[Fact], entity: str) -> str:
    """Return the name to show one side by."""
    known = tuple(facts)
    return Entity.from_facts(known, entity).caption if known else entity


def _open(
    machine: Iterable[Judgement], people: Collection[Judgement], of: Mapping[str, str]
) -> list[Judgement]:
    """Return the machine's open pairs on which no person has decided or doubted as they stand.

    Open is what it was unsure of, and what it took for one but joined neither of two who fit alike.
    """
    judged, decided = list(machine), prevailing(people)

    def sides(judgement: Judgement) -> frozenset[str]:
        return frozenset(of.get(name, name) for name in judgement.pair)

    ruled_out = {sides(one) for one in (*judged, *people) if one.verdict is Verdict.NEGATIVE}
    found = []
    for judgement in judged:
        human = decided.get(judgement.pair)
        between = sides(judgement)
        if judgement.verdict is Verdict.NEGATIVE or len(between) == 1:
            continue
        if judgement.verdict is Verdict.POSITIVE:
            if between in ruled_out:
                continue
            judgement = replace(judgement, reason=(*judgement.reason, _EITHER))
        doubted = human and human.verdict is Verdict.UNSURE and human.reason[1:] != judgement.reason
        if human is None or doubted:
            found.append(judgement)
    return found


def _machine(view: View) -> list[Judgement]:
    """Return what the last resolution judged."""
    return [judgement_of(row) for row in view.sql(_JUDGEMENTS).to_pylist()]


def _canonical(view: View) -> dict[str, str]:
    table = view.sql("SELECT entity_id, canonical_id FROM clusters")
    members, canonical = (table.column(name).to_pylist() for name in table.column_names)
    return dict(zip(members, canonical, strict=True))


def _read(path: Path) -> _State | None:
    """Return what the last resolution left, None where that is nothing that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_State)
    except (OSError, msgspec.DecodeError):
        return None


def _summary(
    new: bool, before: Mapping[str, str], after: Mapping[str, str], unsure: list[Judgement]
) -> Resolved:
    return Resolved(
        new=new,
        clusters=len(set(after.values())),
        members=len(after),
        joined=len(after.keys() - before.keys()),
        parted=len(before.keys() - after.keys()),
        unsure=len(unsure),
    )
