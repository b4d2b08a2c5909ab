"""Losses of one year after another: what aggregate terms have to know of those before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Years:
    """Which events happen in one year, in the order in which they happen.

    Args:
        year: The year of each event, as any number; every sample of a year is one of its own.
            Events of a year follow one another in the order in which they happen.
    """

    def __init__(self, year: NDArray[np.int64]) -> None:
        self._order = np.argsort(year, kind="stable")
        self._back = np.argsort(self._order, kind="stable")
        sorted_years = year[self._order]
        starts = np.flatnonzero(np.diff(sorted_years, prepend=sorted_years[:1] - 1))
        # The first event of the year of each event.
        self._first = np.repeat(starts, np.diff(np.append(starts, len(year))))

    def before(self, losses: Floats) -> Floats:
        """Return for each event what earlier events of its year lost.

        Args:
            losses: Groups by events.
        """
        told = losses[:, self._order]
        so_far = np.cumsum(told, axis=1) - told
        return np.asarray((so_far - so_far[:, self._first])[:, self._back])
