"""What counts beside names, dates, countries and gender: numbers, birth places, addresses."""

from __future__ import annotations

import numpy as np

from manara.identity.screening.documents import compare, holders
from manara.identity.screening.explain import How, Step
from manara.identity.screening.kernels import I32
from manara.identity.screening.places import (
    ADDRESS,
    BIRTH_PLACE,
    FIELDS,
    compare_places,
    look_up,
)
from manara.identity.screening.query import Query
from manara.identity.screening.segment import Segment


class Beside:
    """A query's numbers and places, held against one segment.

    Args:
        query: who is asked for.
        segment: where to look.
    """

    def __init__(self, query: Query, segment: Segment) -> None:
        self._segment = segment
        self._documents = query.documents
        places = segment.places
        self._places = look_up(places, BIRTH_PLACE, query.places)
        self._places += look_up(places, ADDRESS, query.addresses)

    def joined(self, found: I32) -> I32:
        """Return names found, and those of entities that hold one of the query's numbers."""
        if not self._documents:
            return found
        segment = self._segment
        held = holders(segment.documents, self._documents)
        own = [
            segment.own_name[segment.own[entity] : segment.own[entity + 1]]
            for entity in held
            if not segment.names.gone[entity]
        ]
        return np.unique(np.concatenate([found, *own])).astype(np.int32)

    def steps(self, entity: int) -> tuple[Step, ...]:
        """Return a step for each number and place that says something of an entity."""
        if not self._documents and not self._places:
            return ()
        steps = []
        if self._documents:
            for pair in compare(self._documents, self._segment.documents.of(entity)):
                step = Step("document", pair.asked, pair.found, pair.how, pair.weight, pair.words)
                steps.append(step)
        for met in compare_places(self._segment.places, entity, self._places):
            how: How = "agrees" if met.weight > 0 else "contradicts"
            steps.append(Step(FIELDS[met.field], met.asked, met.found, how, met.weight))
        return tuple(steps)
