"""Expected insured losses without sampling, against hand-worked ones and many samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from manara.risk import portfolio, sums
from manara.risk.losses import Files, Folder, Model, Portfolio, simulate
from manara.risk.losses.expectation import expected
from manara.risk.losses.layered import insured
from manara.risk.portfolio import Events, Layers, Sites
from tests.risk import small_model
from tests.risk.oed import policy, write


def test_a_sum_of_few_losses_by_hand() -> None:
    values = np.array([[0.0, 10.0], [0.0, 30.0]])
    mass, spare = np.empty(sums.CELLS + 1), np.empty(sums.CELLS + 1)
    width = sums.convolve(values, 2, np.inf, mass, spare)
    amounts = width * np.arange(len(mass))
    # 0, 10, 30 and 40, a quarter each: 10 and 20 above 20, and a mean of 20.
    assert mass @ amounts == pytest.approx(20)
    assert mass @ np.maximum(amounts - 20, 0) == pytest.approx((10 + 20) / 4, rel=0.01)
    means = np.empty(4)
    sums.part_means(mass, width, means)
    assert means == pytest.approx([0, 10, 30, 40], abs=0.05)


def test_a_sum_of_many_losses_keeps_mean_and_spread() -> None:
    table, found = sums.gamma_means(64), np.empty(64)
    sums.gamma_row(table, 50.0, 400.0, found)
    assert found.mean() == pytest.approx(50)
    # Parts are means: what varies within them is missing, most in the last.
    assert found.std() == pytest.approx(20, rel=0.02)
    # Half of an exponential distribution of mean 50 lies below 34.66; above are 84.66 in the mean.
    sums.gamma_row(table, 50.0, 2500.0, found)
    assert found[32:].mean() == pytest.approx(50 + 50 * np.log(2), rel=1e-3)


def test_events_of_a_model(tmp_path: Path) -> None:
    layers = [
        policy("low", LayerLimit=300, LayerParticipation=0.5),
        policy("high", LayerAttachment=300, LayerLimit=600),
    ]
    sites = [{**small_model.SITES[0], "LocDed1Building": 100}, *small_model.SITES[1:]]
    folder = small_model.make(tmp_path / "model", correlation=0.5)
    model = Model.read(Folder.read(folder))
    files = Files(
        write(tmp_path / "location.csv", sites),
        write(tmp_path / "account.csv", layers),
        keys=folder / "keys.csv",
    )
    exposed = Portfolio.read(files, Folder.read(folder), model)
    found = insured(model, exposed, expected(model, exposed.items))
    drawn = simulate(model, exposed, 100_000, seed=3).gross
    assert drawn is not None
    assert found.gross == pytest.approx(drawn.mean(axis=1), rel=0.01)
    # Terms applied to the expected loss of an event, as is often done, are far off.
    mean = expected(model, exposed.items)
    plain = 0.5 * np.clip(mean, 0, 300) + np.clip(mean - 300, 0, 600)
    assert (np.abs(plain / drawn.mean(axis=1) - 1) > 0.05).any()


@pytest.mark.parametrize("count", [12, 120])
def test_events_of_ones_own(count: int) -> None:
    """Few sites are convolved; of many the sum is taken to follow a gamma distribution."""
    rng = np.random.default_rng(count)
    latitude, longitude = 36 + rng.uniform(0, 0.004, (2, count))
    values = rng.lognormal(10, 0.5, (count, 4))
    names = [f"s{at}" for at in range(count)]
    sites = Sites.make(names, latitude, longitude, values, deductible=2000, limit=30_000)
    bands = [1, 2, 3, 4]
    events = Events.make(list("abcd"), [36.002] * 4, [36.002] * 4, bands, 0.01)
    whole = portfolio.expected(sites, events).by_event.mean()
    attach, limit = np.array([0.2, 1]) * whole, np.array([0.8, 2]) * whole
    layers = Layers(np.zeros(2, np.int64), attach, limit, np.array([1.0, 0.5]))
    drawn = portfolio.losses(sites, events, layers, samples=10_000).gross.mean(axis=1)
    found = portfolio.expected_insured(sites, events, layers)
    assert found.sum() == pytest.approx(drawn.sum(), rel=0.01)
    assert portfolio.expected_insured(sites, events) == pytest.approx(
        portfolio.losses(sites, events, samples=10_000).gross.mean(axis=1), rel=0.01
    )
