"""False alerts against recall: what a threshold costs and buys on one index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import floor, sqrt

import msgspec

from manara.identity.screening.index import Index
from manara.identity.screening.people import altered_names, invented_people
from manara.identity.screening.query import Query

#: How many invented people are asked for, and of how many entities names are altered.
PEOPLE, ENTITIES = 2400, 500
_SEED = 7
#: No threshold is lower: such hits are hardly ever right, whatever the rate allows.
LEAST = 0.05
#: Names looked up for a query, as for ten hits shown.
_DEPTH = 30
#: Two-sided 95 % of the normal distribution.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval.

    Attributes:
        count: how many.
        of: of how many.
        share: the share, 0..1; 0 of none.
        low: lower end of the interval.
        high: upper end of the interval.
    """

    count: int
    of: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What a threshold costs and buys.

    Attributes:
        threshold: the threshold.
        false_alerts: of the invented people it was not chosen on, those with a hit.
        recall: of the altered names, those that find their entity.
        by_script: false alerts of all invented people, by the script of the name.
        by_query: recall by how the name was altered.
    """

    threshold: float
    false_alerts: Share
    recall: Share
    by_script: dict[str, Share]
    by_query: dict[str, Share]


class Rates(msgspec.Struct, frozen=True):
    """What was measured on one index, from which every threshold can be judged.

    Attributes:
        clean: the highest probability that each invented person met, in random order.
        scripts: the script of each.
        true: the probability each altered name gave the entity it means, 0 if not found.
        queries: how each was altered.
    """

    clean: list[float]
    scripts: list[str]
    true: list[float]
    queries: list[str]

    def threshold(self, rate: float) -> float:
        """Return the lowest threshold that alerts at most this share of the first half.

        Args:
            rate: share of clean people who may be alerted, 0..1.
        """
        chosen_on = sorted(self.clean[: len(self.clean) // 2], reverse=True)
        allowed = floor(rate * len(chosen_on) + 1e-9)
        if allowed >= len(chosen_on):
            return LEAST
        # Four digits, as probabilities are shown: the next above one that must not alert.
        return max(LEAST, round((floor(chosen_on[allowed] * 10_000) + 1) / 10_000, 4))

    def at(self, threshold: float) -> Measured:
        """Return what a threshold costs and buys."""
        half = len(self.clean) // 2
        return Measured(
            threshold,
            _share(self.clean[half:], threshold),
            _share(self.true, threshold),
            _grouped(self.clean, self.scripts, threshold),
            _grouped(self.true, self.queries, threshold),
        )


def measure(index: Index, progress: Callable[[str, int], None] = lambda what, done: None) -> Rates:
    """Return the rates of an index; the same for the same index.

    Clean people are invented; true queries are names of the list's own people (of all entities if
    it has none) written otherwise. They are names alone.

    Args:
        index: what is measured.
        progress: told how many queries are done.
    """
    clean, done = [], 0
    people = invented_people(PEOPLE, _SEED)
    for person in people:
        hits = index.search(Query(person.name), _DEPTH)
        clean.append(hits[0].probability if hits else 0.0)
        progress("measuring", done := done + 1)
    drawn = index.sample(ENTITIES * 4, _SEED)
    of_people = [names for names in drawn if names[0].kind == "person"]
    altered = altered_names((of_people or drawn)[:ENTITIES], _SEED)
    # One index without all the names that are left out: each is asked for its own entity only.
    foreign = (entry for query in altered if query.how == "script" for entry in query.entity)
    without = index.updated(foreign)
    true = []
    for query in altered:
        asked = without if query.how == "script" else index
        hits = asked.search(Query(query.name), _DEPTH)
        meant = query.entity[0].entity_id
        true.append(next((hit.probability for hit in hits if hit.entity_id == meant), 0.0))
        progress("measuring", done := done + 1)
    scripts = [person.script for person in people]
    return Rates(clean, scripts, true, [query.how for query in altered])


def _share(probabilities: Sequence[float], threshold: float) -> Share:
    return wilson(sum(one >= threshold for one in probabilities), len(probabilities))


def _grouped(values: Iterable[float], groups: Sequence[str], threshold: float) -> dict[str, Share]:
    pairs = list(zip(values, groups, strict=True))
    return {
        group: _share([value for value, of in pairs if of == group], threshold)
        for group in sorted(set(groups))
    }


def wilson(count: int, of: int) -> Share:
    """Return a share with its Wilson score interval of 95 % (Wilson 1927).

    Args:
        count: how many.
        of: of how many; of none nothing is known.
    """
    if not of:
        return Share(0, 0, 0.0, 0.0, 1.0)
    share, spread = count / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    reach = _Z / (1 + spread) * sqrt(share * (1 - share) / of + spread / (4 * of))
    return Share(count, of, share, max(0.0, middle - reach), min(1.0, middle + reach))
