"""From nats to probabilities, and the dates and codes that evidence is packed into."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.identity.screening.calibration import CEILING, Calibration, calibration, fit_calibration
from manara.identity.screening.query import (
    pack_country,
    pack_date,
    pack_genders,
    unpack_country,
    unpack_date,
    unpack_genders,
)

SCORES = st.floats(-200, 200)


@given(SCORES, SCORES)
def test_probability_rises_and_never_saturates(a: float, b: float) -> None:
    low, high = sorted((calibration().probability(a), calibration().probability(b)))
    assert 0 < low <= high < CEILING < 1
    if abs(a - b) > 0.01 and max(abs(a), abs(b)) < 60:
        assert calibration().probability(min(a, b)) < calibration().probability(max(a, b))


@pytest.mark.parametrize(("score", "logit"), [(0.0, -2.0), (5.0, 0.0), (10.0, 2.0), (2.5, -1.0)])
def test_probability_between_the_knots(score: float, logit: float) -> None:
    known = Calibration((0.0, 10.0), (-2.0, 2.0))
    assert known.probability(score) == pytest.approx(CEILING / (1 + np.exp(-logit)))


def test_calibration_recovers_the_odds_that_made_the_labels() -> None:
    rng = np.random.default_rng(11)
    scores = rng.uniform(-5, 15, 40_000)
    odds = 1 / (1 + np.exp(-(0.8 * scores - 4)))
    fitted = fit_calibration(scores, rng.random(len(scores)) < odds)
    for score in (0.0, 2.5, 5.0, 7.5, 10.0):
        assert fitted.probability(score) == pytest.approx(
            1 / (1 + np.exp(-(0.8 * score - 4))), abs=0.04
        )


def test_calibration_rises_even_where_the_labels_do_not() -> None:
    rng = np.random.default_rng(5)
    fitted = fit_calibration(rng.normal(size=500), rng.random(500) < 0.5)
    assert (np.diff(fitted.scores) > 0).all()
    assert (np.diff(fitted.logits) > 0).all()


@pytest.mark.parametrize(("scores", "same"), [([1.0] * 5, [True] * 5), ([1.0] * 20, [True] * 20)])
def test_calibration_refuses_what_teaches_nothing(scores: list[float], same: list[bool]) -> None:
    with pytest.raises(ValueError, match="both labels"):
        fit_calibration(scores, same)


@given(st.dates())
def test_dates_survive_packing(day: object) -> None:
    text = str(day)
    for part in (text, text[:7], text[:4]):
        assert unpack_date(pack_date(part)) == part


@pytest.mark.parametrize(
    "text", ["", "unknown", "19x0", "1970-13", "1970-01-40", "٢٠٠٠", "12-1-1-1"]
)
def test_what_is_no_date_says_nothing(text: str) -> None:
    assert pack_date(text) == 0


def test_codes_survive_packing() -> None:
    assert unpack_country(pack_country("DZ")) == "dz"
    assert pack_country("dza") == pack_country("") == pack_country("é!x") == 0
    assert unpack_genders(pack_genders(("male", "other", None, "?"))) == ("male", "other")
