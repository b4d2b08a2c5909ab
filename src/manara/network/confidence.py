"""How far a tie, and a chain of ties, can be relied on, given who states it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, product
from math import prod
from typing import NamedTuple

from manara.model import Grade

#: Probability that a source is right in what it claims to know, by the letter of the Admiralty
#: code, and that a report of a source that is right is true, by its figure. The code states words
#: and no numbers; these follow the order of its words and may be wrong by a tenth. F and 6 say that
#: nobody could judge, which is neither good nor bad.
RELIABLE: Mapping[str, float] = {"A": 0.98, "B": 0.9, "C": 0.75, "D": 0.5, "E": 0.2, "F": 0.6}
CREDIBLE: Mapping[int, float] = {1: 0.98, 2: 0.9, 3: 0.75, 4: 0.5, 5: 0.2, 6: 0.6}

#: The grade of a dataset that nobody graded.
UNGRADED = Grade("F", 6)

#: So many different sources of a chain are taken into account together, exactly.
_SOURCES = 12


class Backing(NamedTuple):
    """Who states a tie.

    Attributes:
        source: the publisher, or whoever the reports come from: two datasets of one are one source.
        grade: how good source and report are.
    """

    source: str
    grade: Grade


def tie_confidence(backings: Sequence[Backing]) -> float:
    """Return the probability that a tie is true, given all who state it.

    Reports of one source count once, by the best of them; different sources are taken as
    independent of each other.
    """
    return chain_confidence([backings])


def chain_confidence(hops: Sequence[Sequence[Backing]]) -> float:
    """Return the probability that every tie of a chain is true.

    A report is true if its source is right at all and the report is. Whether a source is right is
    one event, however many hops rest on it: hops that share their only source stand and fall
    together, and multiplying their confidences would count its doubt again at every hop. A source
    that is graded differently in different places is taken to be as reliable as the lowest grade.

    Args:
        hops: for each tie who states it, at least one.
    """
    right: dict[str, float] = {}
    for source, grade in chain.from_iterable(hops):
        right[source] = min(right.get(source, 1.0), RELIABLE[grade.reliability])
    best = [_by_source(backings) for backings in hops]
    # Beyond a dozen, the sources that state the fewest hops are taken as right or wrong by hop.
    often = sorted(right, key=lambda name: (-sum(name in each for each in best), name))
    shared = often[:_SOURCES]
    total = 0.0
    for state in product((True, False), repeat=len(shared)):
        known = dict(zip(shared, map(float, state), strict=True))
        weight = prod(right[name] if yes else 1 - right[name] for name, yes in known.items())
        total += weight * prod(_stands(each, right | known) for each in best)
    return total


def _by_source(backings: Sequence[Backing]) -> dict[str, float]:
    """Return for each source how likely its best report is true if the source is right."""
    best: dict[str, float] = {}
    for source, grade in backings:
        best[source] = max(best.get(source, 0.0), CREDIBLE[grade.credibility])
    return best


def _stands(each: Mapping[str, float], right: Mapping[str, float]) -> float:
    """Return the probability of a tie, given how likely each source is right."""
    return 1 - prod(1 - credible * right[name] for name, credible in each.items())
