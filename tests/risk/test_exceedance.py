"""Yearly figures: by hand, and as Oasis LMF prints them for its own samples."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from manara.risk.exceedance import Occurrences, curve, metrics, moments
from manara.risk.losses import Folder, Model

EXPECTED = "risk/oasis_piwind/tests/ci/expected/control_set/output"


def test_average_deviation_and_curves_of_four_years_by_hand() -> None:
    losses = np.array([[10.0, 30.0], [40.0, 0.0]])
    when = Occurrences(np.array([0, 1, 0]), np.array([2, 2, 0]), 4)
    found = metrics(losses, when, (2, 4, 8, 16))
    # Eight years: (10, 30), nothing, (10 and 40, 30 and 0), nothing.
    assert found.aal == (10 + 30 + 50 + 30) / 8
    assert found.sd == pytest.approx(np.std([10, 30, 50, 30, 0, 0, 0, 0], ddof=1))
    # Samples of events are independent: twice event 0 (variance 200), once event 1 (800).
    assert found.aal_se == pytest.approx(np.sqrt((4 * 200 / 2 + 800 / 2) / 16))
    assert found.oep.years.tolist() == [2, 4, 8]
    assert found.oep.loss.tolist() == [10, 30, 40]
    assert found.aep.loss.tolist() == [10, 30, 50]
    assert found.aep.tvar.tolist() == [120 / 4, 40, 50]


def test_between_ranks_the_curve_is_linear_in_the_return_period() -> None:
    found = curve(np.array([100.0, 60.0]), 10, (7.5, 4))
    assert found.loss.tolist() == [0, 80]
    assert found.tvar.tolist() == [160 / 3, 90]


def test_no_event_is_no_loss() -> None:
    none = np.zeros(0, np.int64)
    found = metrics(np.zeros((1, 1)), Occurrences(none, none, 3), (3,))
    assert (found.aal, found.sd, found.oep.loss.tolist()) == (0, 0, [0])
    assert np.isnan(found.aal_se)


def test_pairs_of_opposites_tell_a_smaller_error() -> None:
    rng = np.random.default_rng(1)
    draws = rng.uniform(0, 1, (3000, 5))
    both = np.stack([draws, 1 - draws], axis=2).reshape(3000, 10)
    losses = both**2
    found = moments(losses, pairs=True)
    # The mean of u squared is 1/3, its variance 4/45; that of a pair's mean is 1/180.
    assert found.mean.mean() == pytest.approx(1 / 3, rel=2e-3)
    assert found.variance.mean() == pytest.approx(4 / 45, rel=1e-2)
    assert found.error.mean() == pytest.approx(1 / 900, rel=3e-2)
    assert found.mean.var() == pytest.approx(1 / 900, rel=0.1)
    odd = moments(losses[:, :9], pairs=True)
    assert odd.error.mean() == pytest.approx((64 / 720 + 4 / 45) / 81, rel=3e-2)
    assert odd.mean[:, None].var() == pytest.approx((64 / 720 + 4 / 45) / 81, rel=0.1)


@pytest.mark.shared
@pytest.mark.parametrize("kind", ["gul", "il", "ri"])
@pytest.mark.parametrize(("sample_type", "first"), [("1", -1), ("2", 1)])
def test_figures_equal_those_of_oasis_for_its_own_samples(
    shared: Path, kind: str, sample_type: str, first: int
) -> None:
    model = Model.read(Folder.read(shared / "risk/oasis_piwind"))
    last = -1 if first < 0 else 10
    losses = np.zeros((len(model.events), last - first + 1))
    for row in _rows(shared / EXPECTED / f"{kind}_S1_selt.csv"):
        if first <= int(row["SampleId"]) <= last:
            event = np.searchsorted(model.events, int(row["EventId"]))
            losses[event, int(row["SampleId"]) - first] = float(row["Loss"])
    found = metrics(losses, model.when, model.years)
    for row in _rows(shared / EXPECTED / f"{kind}_S1_palt.csv"):
        if row["SampleType"] == sample_type:
            assert found.aal == pytest.approx(float(row["MeanLoss"]), rel=1e-6)
            assert found.sd == pytest.approx(float(row["SDLoss"]), rel=1e-6)
    curves = dict(enumerate([found.oep.loss, found.oep.tvar, found.aep.loss, found.aep.tvar], 1))
    seen = 0
    for row in _rows(shared / EXPECTED / f"{kind}_S1_ept.csv"):
        if row["EPCalc"] == sample_type:
            at = found.oep.years.tolist().index(float(row["ReturnPeriod"]))
            ours = float(curves[int(row["EPType"])][at])
            assert ours == pytest.approx(float(row["Loss"]), rel=1e-6, abs=0.5)
            seen += 1
    assert seen == 4 * len(found.oep.years)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
