"""Simulated years of a programme in which attacks come in clusters."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from manara.risk import portfolio
from manara.risk.programme.clusters import clocks
from manara.risk.programme.sites import Site
from manara.risk.threat import Hawkes, Rate, Span, Threat

YEARS = 4000


def threat(branching: float) -> Threat:
    fit = Hawkes(500, 3650.0, *(Span(x, x, x) for x in (0.1, branching, 20.0)), 0.0, -1.0)
    rate = Rate("Coast", "", 40, 0, Span(4.0, 3.0, 5.0))
    day = date(2026, 1, 1)
    return Threat("x", "", 500, 500, day, day, 1.0, fit, None, None, (rate,), ())


def sites(*areas: str) -> list[Site]:
    return [
        Site(site=f"s{at}", latitude=36, longitude=10, area=area) for at, area in enumerate(areas)
    ]


def test_busy_years_are_as_uneven_as_the_process_says() -> None:
    found = clocks(sites("Coast", "Coast", "Inland"), threat(0.6), YEARS, seed=1)
    assert found is not None
    assert (found[0] == found[1]).all()
    assert found[2] == pytest.approx(np.arange(1, YEARS + 1))
    share = np.diff(found[0], prepend=0)
    assert share.sum() == pytest.approx(YEARS)
    # Counts of long windows have variance over mean 1 / (1 - 0.6)^2; the mean is 4 a year.
    assert share.var() == pytest.approx(1 / 0.4**2 / 4, rel=0.15)
    calm = clocks(sites("Coast"), threat(0.0), YEARS, seed=1)
    assert calm is not None
    assert np.diff(calm[0]).var() == pytest.approx(1 / 4, rel=0.15)


def test_clusters_move_losses_between_years_and_leave_their_sum() -> None:
    names = [f"e{at}" for at in range(50)]
    events = portfolio.Events.make(names, [36] * 50, [10] * 50, 0, 0.02)
    losses = np.ones((50, 2))
    busy = clocks(sites("Coast"), threat(0.9), YEARS, seed=1)
    assert busy is not None
    turn = busy, np.zeros(50, np.int64)
    even, uneven = (
        portfolio.metrics(losses, events, years=YEARS, periods=(100.0,), clocks=each)
        for each in (None, turn)
    )
    assert uneven.aal == even.aal == pytest.approx(1)
    assert uneven.aep.loss[0] > 1.5 * even.aep.loss[0]
    assert uneven.oep.loss[0] == even.oep.loss[0] == 1
    # What a plan takes away leaves every other attack in its year.
    fewer = events.rate.copy()
    fewer[0] = 0
    one = portfolio.Events(events.names, events.latitude, events.longitude, events.band, fewer)
    without = portfolio.metrics(losses, one, years=YEARS, periods=(100.0,), clocks=turn)
    assert without.aep.loss[0] <= uneven.aep.loss[0]


def test_without_a_fitted_process_years_are_alike() -> None:
    assert clocks(sites("Coast"), None, YEARS, seed=1) is None
