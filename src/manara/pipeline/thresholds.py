"""From which probability a hit is shown: what the office has settled, in one place for all."""

from __future__ import annotations

from typing import Any

import msgspec

from manara.identity.screening.rates import Measured, Rates
from manara.model import UsageError
from manara.pipeline.ingest import Progress
from manara.pipeline.screening import THRESHOLD, Screen, rates_of
from manara.pipeline.states import known_rates
from manara.store import Workspace
from manara.store.policies import settled

#: The matter, as the registry and the audit log call it.
MATTER = "screening-threshold"


class Wanted(msgspec.Struct, frozen=True):
    """How the threshold of screening is chosen.

    Attributes:
        probability: it is this, 0..1, unless a rate is given.
        rate: it is the lowest for the lists in force that alerts at most this share of clean
            people, 0..1; None for the probability.
    """

    probability: float = THRESHOLD
    rate: float | None = None

    @classmethod
    def of(cls, probability: float | None, rate: float | None) -> Wanted:
        """Return what somebody has put into words.

        Raises:
            UsageError: both are given, or none, or it is no share.
        """
        given = [one for one in (probability, rate) if one is not None]
        if len(given) != 1 or not 0 <= given[0] <= 1:
            raise UsageError(
                "is one number from 0 to 1",
                where="threshold",
                remedy="give either a probability or a rate of false alerts",
            )
        return cls(THRESHOLD if probability is None else probability, rate)

    def chosen(self, rates: Rates) -> float:
        """Return the threshold, 0..1, on lists of which this was measured."""
        return self.probability if self.rate is None else rates.threshold(self.rate)

    def __str__(self) -> str:
        """What it is, in words."""
        if self.rate is not None:
            return f"false-alert rate {self.rate:g}"
        return f"probability {self.probability:g}"


#: What counts where nothing was settled.
DEFAULT = Wanted()


def wanted_of(value: Any) -> Wanted:
    """Return what a settled value means, `DEFAULT` for none."""
    return DEFAULT if value is None else msgspec.convert(value, Wanted)


def wanted(workspace: Workspace) -> Wanted:
    """Return how the office chooses the threshold."""
    with workspace.registry.reading() as connection:
        return wanted_of(settled(connection, MATTER))


def threshold_of(
    asked: Wanted,
    screen: Screen,
    workspace: Workspace | None = None,
    progress: Progress = lambda what, done: None,
) -> float:
    """Return the threshold that is meant, 0..1; the lists are measured for it if need be.

    Args:
        asked: how it is chosen.
        screen: the lists.
        workspace: where they are of; None for a list's file.
        progress: told how far the measuring is.
    """
    if asked.rate is None:
        return asked.probability
    return asked.chosen(rates_of(screen, workspace, progress))


def known_cost(asked: Wanted, screen: Screen, workspace: Workspace) -> Measured | None:
    """Return what a threshold costs and buys, None if these lists were not measured yet."""
    found = rates_known(screen, workspace)
    return found.at(asked.chosen(found)) if found else None


def rates_known(screen: Screen, workspace: Workspace) -> Rates | None:
    """Return what was measured on the lists of a screen as they are, None for nothing."""
    return known_rates(workspace, screen.state) if screen.state else None
