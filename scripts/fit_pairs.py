"""Fit the calibration of two records put side by side (`manara.identity.compare`).

    PYTHONPATH=. python scripts/fit_pairs.py SAMPLES [OUT]

SAMPLES is the folder of the screening benchmark (`docs/reference/screening-quality.md`); the half
of its labelled pairs of names (MIT, nomenklatura) that the benchmark tunes on is compared pair by
pair. Labels contradict each other here and there, and people bear the same name, so that the
probability neither starts at 0 nor ends at 1: a logistic curve between a floor and a ceiling
(the four-parameter model of Barton and Lord 1981), by maximum likelihood. What is kept is a table
of its points, rising a little beyond both ends so that pairs can always be ranked.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from bench._screening_data import name_cases
from bench._screening_quality import KINDS, halves
from scipy.optimize import minimize

from manara.identity import NameEntry, Query, compare
from manara.identity.screening.calibration import Calibration

OUT = Path(__file__).parents[1] / "src/manara/identity/screening/data/pairs.json"
#: Scores at which the curve is kept, and its least rise of the log odds a nat.
_SCORES, _RISE = np.arange(-16.0, 25.0), 0.02
#: Standard deviation of the normal prior of floor and ceiling, in log odds, and their means.
_SPREAD, _FLOOR, _CEILING = 5.0, -2.0, 2.5


def sigmoid(x: Any) -> Any:
    """Return the logistic function."""
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))


def curve(b: Any, x: Any) -> Any:
    """Return the probability at scores; `b` is place, slope, and log odds of floor and ceiling."""
    floor, ceiling = sigmoid(b[2]), sigmoid(b[3])
    return floor + (ceiling - floor) * sigmoid(b[0] + b[1] * x)


def fit(x: Any, same: Any) -> Any:
    """Return the parameters of `curve` under which the labels are as likely as can be."""

    def loss(b: Any) -> float:
        p = curve(b, x)
        prior = ((b[2] - _FLOOR) ** 2 + (b[3] - _CEILING) ** 2) / (2 * _SPREAD**2)
        return float(prior - np.log(np.where(same, p, 1 - p)).sum())

    start = [0.0, 0.3, _FLOOR, _CEILING]
    return minimize(loss, start, method="Nelder-Mead", options={"maxiter": 5000}).x


def main(samples: Path, out: Path = OUT) -> None:
    """Fit and write the table."""
    cases = name_cases(samples)
    cases = [cases[at] for at in halves(cases)[0]]
    scores = []
    for case in cases:
        kind = KINDS.get(case["schema"], "organisation")
        scores.append(
            compare(Query(case["name1"], kind=kind), NameEntry("", case["name2"], kind)).score
        )
    same = np.array([case["is_match"] == "true" for case in cases])
    p = curve(fit(np.array(scores), same), _SCORES)
    logits = np.log(p / (1 - p)) + _RISE * _SCORES - _RISE * _SCORES.mean()
    fitted = Calibration(tuple(_SCORES.tolist()), tuple(logits.round(4).tolist()))
    out.write_bytes(msgspec.json.format(msgspec.json.encode(fitted)) + b"\n")
    print(f"{len(cases)} labelled pairs, {same.sum()} the same -> {out}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
