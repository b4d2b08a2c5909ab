"""Trends: exact p-values by hand, alarms only in pairs, growth of reporting is not growth."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy.stats import poisson_means_test

from manara.model import UsageError
from manara.network.trend import diversification, expansion


def counts(*values: int) -> dict[str, np.ndarray]:
    return {"police": np.array(values)}


def test_the_p_value_is_that_of_the_binomial() -> None:
    (period,) = expansion(counts(10, 20), counts(100, 100)).periods
    exact = sum(comb(30, k) for k in range(20, 31)) / 2**30
    assert period.p_more == pytest.approx(exact, rel=1e-5)
    assert (period.observed, period.expected, period.ratio) == (20, 10, 2)
    assert period.p_less == pytest.approx(1 - exact + comb(30, 20) / 2**30, rel=1e-5)


def test_twice_as_much_reporting_is_no_growth() -> None:
    (period,) = expansion(counts(10, 20), counts(100, 200)).periods
    assert period.ratio == 1
    assert period.p_more > 0.4


def test_near_another_exact_test_of_two_rates() -> None:
    (period,) = expansion(counts(40, 31), counts(500, 200)).periods
    other = poisson_means_test(31, 200, 40, 500, alternative="greater").pvalue
    assert period.p_more == pytest.approx(other, abs=0.01)


def test_an_alarm_needs_two_periods_in_one_direction() -> None:
    effort = counts(*[1000] * 5)
    once = expansion(counts(20, 20, 60, 20, 20), effort)
    assert [period.alarm for period in once.periods] == ["", "", "", ""]
    twice = expansion(counts(20, 20, 60, 90, 150), effort)
    assert [period.alarm for period in twice.periods] == ["", "", "up", "up"]
    assert twice.alarm == "up"
    down = expansion(counts(80, 80, 20, 10), counts(*[1000] * 4))
    assert down.alarm == "down"


def test_sources_are_compared_each_with_itself() -> None:
    """A new, chatty source makes the sum grow, though no source sees more than before."""
    seen = {"police": np.array([20, 20, 20]), "press": np.array([0, 50, 50])}
    rows = {"police": np.array([100, 100, 100]), "press": np.array([0, 100, 100])}
    found = expansion(seen, rows)
    assert found.alarm == ""
    assert all(period.p_more > 0.3 for period in found.periods)


def test_a_new_source_does_not_tilt_the_slope() -> None:
    seen = {"police": np.array([20] * 6), "press": np.array([0, 0, 0, 80, 80, 80])}
    rows = {"police": np.array([100] * 6), "press": np.array([0, 0, 0, 100, 100, 100])}
    assert expansion(seen, rows).slope == pytest.approx(0, abs=1e-9)
    assert expansion(counts(1, 2), counts(10, 10)).slope is None


def test_steady_networks_rarely_give_an_alarm() -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(200):
        rows = rng.integers(50, 200, 6)
        found = expansion(counts(*rng.poisson(rows * 0.2)), counts(*rows))
        alarms += any(period.alarm for period in found.periods)
    assert alarms <= 200 * 0.05


def test_diversifying_is_tested_with_fishers_exact_test() -> None:
    # Fisher's lady tasting tea: three of four right, 17 chances in 70.
    (period,) = diversification(counts(1, 3), counts(4, 4)).periods
    assert period.p_more == pytest.approx(17 / 70)


def test_diversifying_is_a_share_and_not_a_number() -> None:
    steady = diversification(counts(5, 50, 500), counts(10, 100, 1000))
    assert steady.alarm == ""
    wider = diversification(counts(5, 40, 80), counts(100, 100, 100))
    assert wider.alarm == "up"


def test_the_slope_has_an_interval_that_holds_a_plain_line() -> None:
    rng = np.random.default_rng(1)
    rows = counts(*[1000] * 20)
    flat = expansion(counts(*rng.poisson(100, 20)), rows)
    assert flat.slope_low < 0 < flat.slope_high
    rising = expansion(counts(*rng.poisson(np.linspace(50, 150, 20))), rows)
    # From 50 to 150 in 19 steps around a mean of 100.
    assert rising.slope_low < 100 / 19 / 100 < rising.slope_high
    assert rising.slope_low > 0


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="two periods"):
        expansion(counts(1), counts(1))
    with pytest.raises(UsageError, match="same sources"):
        expansion(counts(1, 2), {"press": np.array([1, 2])})
    with pytest.raises(UsageError, match="more than it reported"):
        expansion(counts(1, 2), counts(0, 2))
