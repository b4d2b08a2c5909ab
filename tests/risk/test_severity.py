"""Sizes in; the tail, its rivals and the chance of the largest out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.special import zeta as reference

from manara.cli.risk import risk
from manara.model import FormatError, UsageError
from manara.risk.threat import fit_severity, read_sizes
from manara.risk.threat.kernels import zeta


@pytest.mark.parametrize("power", [1.05, 1.5, 2.4, 6.0])
@pytest.mark.parametrize("least", [1.0, 2.0, 12.0, 500.0])
def test_the_zeta_function(power: float, least: float) -> None:
    assert zeta(power, least) == pytest.approx(float(reference(power, least)), rel=1e-9)


def invented(alpha: float, least: int, n: int, seed: int) -> np.ndarray:
    """Return draws from a discrete power law, by its table."""
    values = np.arange(least, 200_000, dtype=np.float64)
    chance = values**-alpha
    draws = np.random.default_rng(seed).choice(values, n, p=chance / chance.sum())
    return draws.astype(np.int64)


def test_a_known_tail_is_found_and_not_doubted() -> None:
    sizes = np.concatenate([invented(2.5, 8, 1500, 1), np.repeat(np.arange(1, 8), 300)])
    found = fit_severity(sizes, size=1000, simulations=60, resamples=20)
    assert found.xmin <= 12
    assert found.alpha == pytest.approx(2.5, abs=3 * found.alpha_deviation)
    assert found.goodness > 0.1
    # The exact chance of one of 1,000 or more among as many.
    each = float(reference(2.5, 1000.0) / reference(2.5, 8.0)) * 1500 / len(sizes)
    truth = 1 - (1 - each) ** len(sizes)
    assert found.band[0] < truth < found.band[1]


def test_sizes_without_a_heavy_tail_fit_its_rivals_better() -> None:
    sizes = np.random.default_rng(3).geometric(0.05, 3000)
    found = fit_severity(sizes, simulations=40, resamples=0)
    lognormal, stretched = found.models[1:]
    assert stretched.log_likelihood > found.models[0].log_likelihood
    assert lognormal.against_power_law < 0


def test_seeds_repeat_bit_for_bit() -> None:
    sizes = invented(2.2, 1, 300, 4)
    one, two, other = (fit_severity(sizes, simulations=20, resamples=5, seed=s) for s in (1, 1, 2))
    assert one == two
    assert one != other


def test_too_few_sizes_or_no_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="are needed"):
        fit_severity(np.array([1, 2, 3]))
    path = tmp_path / "sizes.txt"
    path.write_text("3\n4\nmany\n", "utf-8")
    with pytest.raises(FormatError, match="value 3"):
        read_sizes(path)


def test_the_command_reads_the_counts_of_incidents(tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    rows = [f"2020-01-01,{size}" for size in invented(2.2, 1, 100, 4)]
    path.write_text("\n".join(("date,count", *rows)) + "\n", "utf-8")
    words = ["severity", str(path), "--simulations", "5", "--resamples", "2", "--json"]
    found = json.loads(CliRunner().invoke(risk, words, catch_exceptions=False).output)
    assert found["events"] == 100
    assert [one["model"] for one in found["models"]] == [
        "power law",
        "lognormal",
        "stretched exponential",
    ]


@pytest.mark.shared
def test_the_published_severity_of_terrorism(shared: Path) -> None:
    """Clauset, Shalizi and Newman (2009), table 6.1; Clauset and Woodard (2013)."""
    found = fit_severity(read_sizes(shared / "risk/powerlaw/terrorism.txt"), simulations=400)
    assert round(found.alpha, 1) == 2.4
    assert (found.xmin, found.tail, found.events) == (12, 547, 9101)
    assert found.goodness == pytest.approx(0.68, abs=0.08)
    lognormal = found.models[1]
    assert lognormal.p_value == pytest.approx(0.78, abs=0.01)
    assert found.band[0] <= 0.11
    assert found.band[1] >= 0.35
