"""Recall and precision of each capability: identity, screening, money, networks, exchange."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from manara.exercise.scoring.judging import Judged
from manara.exercise.scoring.results import Found, Hit, Place
from manara.exercise.scoring.truth import Thing, Truth, Written

_KINDS = frozenset({"person", "company"})
#: Agencies whose records are lists of people to look out for, and those who see travellers.
LISTS = frozenset({"police", "justice"})
TRAVEL = frozenset({"border", "carrier"})


class Measure(msgspec.Struct, frozen=True):
    """How much of what there is was found, and how much of what was said is so.

    Attributes:
        name: what is measured.
        found: of what there is, how much was found.
        there: how much there is.
        right: of what was said, how much is so.
        said: how much was said.
        recall: found over there; None if there is nothing.
        precision: right over said; None if nothing was said.
    """

    name: str
    found: int
    there: int
    right: int
    said: int
    recall: float | None
    precision: float | None


def measure(name: str, found: int, there: int, right: int, said: int) -> Measure:
    """Return a measure with its recall and precision."""
    return Measure(
        name, found, there, right, said,
        round(found / there, 4) if there else None, round(right / said, 4) if said else None,
    )  # fmt: skip


def capabilities(
    truth: Truth, found: Sequence[Found], way: str, judged: Sequence[Judged]
) -> list[Measure]:
    """Return what each capability found.

    Args:
        truth: the answers.
        found: what the nodes recorded.
        way: ``alone`` or ``together``.
        judged: their leads of that way beside the answers.
    """
    pairs, hits = Counter[str](), Counter[str]()
    for one in found:
        _pairs(truth, one, getattr(one, way).same, pairs)
        _screened(truth, one, getattr(one, way).same, hits)
    return [
        measure(name, *(tally[key] for key in ("found", "there", "right", "said")))
        for name, tally in (("identity pairs", pairs), ("screening hits", hits))
    ] + [_money(truth, judged), _bridges(truth, judged)]


def _pairs(truth: Truth, one: Found, same: Iterable[Sequence[Place]], tally: Counter[str]) -> None:
    """Add the pairs of records of a node's own agencies that are of one person or company."""
    own = [written for written in truth.records if written[0] == one.state]
    about = Counter(truth.records[written] for written in own)
    tally["there"] += sum(_two(n) for of, n in about.items() if of[0] in _KINDS)
    for places in same:
        mine = _known(truth, (place for place in places if place.node == one.node))
        right = sum(map(_two, Counter(mine.values()).values()))
        tally["found"] += right
        tally["right"] += right
        tally["said"] += _two(len(mine))


def _screened(
    truth: Truth, one: Found, same: Iterable[Sequence[Place]], tally: Counter[str]
) -> None:
    """Add the travellers' records that are of one person with a record of a list."""
    listed = people_of(truth, one.state, LISTS)
    moving = people_of(truth, one.state, TRAVEL)
    wanted = Counter(truth.records[written] for written in listed)
    tally["there"] += sum(wanted[truth.records[written]] for written in moving)
    for places in same:
        mine = _known(truth, (place for place in places if place.node == one.node))
        names = {written: of for written, of in mine.items() if written in listed}
        for written, of in mine.items():
            if written in moving and names:
                right = sum(other == of for other in names.values())
                tally["found"] += right
                tally["right"] += right
                tally["said"] += len(names)


def people_of(truth: Truth, state: str, agencies: frozenset[str]) -> set[Written]:
    """Return the records of people that agencies of a state have."""
    return {
        written
        for written, of in truth.records.items()
        if written[0] == state
        and of[0] == "person"
        and not agencies.isdisjoint(truth.holders[written])
    }


def _known(truth: Truth, places: Iterable[Place]) -> Mapping[Written, Thing]:
    """Return what records of people and companies are about, those that the answers know."""
    about = {place.written: truth.records.get(place.written) for place in places}
    return {written: of for written, of in about.items() if of and of[0] in _KINDS}


def _two(count: int) -> int:
    return count * (count - 1) // 2


def _money(truth: Truth, judged: Iterable[Judged]) -> Measure:
    """Count patterns whose payments a true lead about money rests on."""
    real = [plot for plot in truth.plots.values() if not plot.decoy]
    wanted = {pattern.number for plot in real for pattern in plot.patterns}
    leads = [one for one in judged if _kind(one, "money")]
    true = [one for one in leads if not _decoy(truth, one)]
    found = {number for one in true for number in one.patterns} & wanted
    return measure("money patterns", len(found), len(wanted), len(true), len(leads))


def _bridges(truth: Truth, judged: Iterable[Judged]) -> Measure:
    real = [plot for plot in truth.plots.values() if not plot.decoy]
    leads = [one for one in judged if _kind(one, "network")]
    found = {bridge for one in leads for bridge in one.bridges if not truth.plots[bridge[0]].decoy}
    true = sum(not _decoy(truth, one) for one in leads)
    there = sum(len(set(plot.bridges)) for plot in real)
    return measure("network bridges", len(found), there, true, len(leads))


def _kind(one: Judged, detector: str) -> bool:
    """Return whether a detector found a lead, at this node or at the partner that sent it."""
    return f".{detector}." in f".{one.lead.kind}"


def _decoy(truth: Truth, one: Judged) -> bool:
    """Return whether a lead is about no plot, or only about an innocent look-alike."""
    return all(truth.plots[number].decoy for number in one.plots)


def exchange_measure(truth: Truth, hits: Iterable[Hit]) -> Measure:
    """Return how many people whom lists of two states name were found by blind questions.

    There is one to find for each such person and each of the states, which may ask the other. A
    hit is right if the owner has a record of the same person in any of its files.
    """
    wanted = set()
    for of, held in truth.agencies.items():
        states = sorted({state for state, agency in held if agency in LISTS})
        if of[0] == "person":
            wanted |= {(of, a, b) for a in states for b in states if a != b}
    found, right, said = set(), 0, 0
    for hit in hits:
        about = Counter(
            truth.records[place.written] for place in hit.subject if place.written in truth.records
        )
        if not about or hit.outcome == "weak":
            continue
        of = about.most_common(1)[0][0]
        asker, owner = (node.split(".")[0].upper() for node in (hit.asker, hit.owner))
        knows = any(state == owner for state, _ in truth.agencies[of])
        said, right = said + 1, right + knows
        found |= {(of, asker, owner)} & wanted
    return measure("exchange", len(found), len(wanted), right, said)
