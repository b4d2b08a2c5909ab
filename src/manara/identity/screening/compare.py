"""Two records put side by side: how probable it is that they are one, without a list."""

from __future__ import annotations

import msgspec

from manara.identity.screening.calibration import pair_calibration
from manara.identity.screening.explain import Step
from manara.identity.screening.index import Index
from manara.identity.screening.query import NameEntry, Query

#: The score of two names of which no word is alike, in nats: below all that are.
_NOTHING_ALIKE = -40.0


class Comparison(msgspec.Struct, frozen=True):
    """What two records say for being one.

    Attributes:
        score: the evidence in nats.
        explanation: what speaks for and against it; empty where no word is alike.
    """

    score: float
    explanation: tuple[Step, ...] = ()

    @property
    def probability(self) -> float:
        """That they are one, if about half of the pairs that are put side by side are."""
        return pair_calibration().probability(self.score)


def compare(query: Query, entry: NameEntry) -> Comparison:
    """Return what two records say for being one person or thing, and how probable that is.

    Whoever puts two records side by side has a reason to: about every second of such pairs is one
    (labelled pairs of names, `scripts/fit_calibration.py`), while most of the names that a list is
    asked for are not on it. So the probability is higher than that of a hit of equal evidence.

    Args:
        query: one record.
        entry: the other.
    """
    hits = Index.build([entry]).search(query, 1)
    if not hits:
        return Comparison(_NOTHING_ALIKE)
    return Comparison(hits[0].score, hits[0].explanation)
