"""Insured averages without sampling, beside many samples and terms applied to the mean.

With MANARA_SHARED_DATA set, ten sites of PiWind through the two layers of its account; then
generated sites and events of one's own. ``--samples`` are drawn (10,000 by default).
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench._losses_ours import world
from bench._run import main
from manara.risk import portfolio
from manara.risk.losses import Files, Folder, Model, Portfolio, simulate
from manara.risk.losses.expectation import expected
from manara.risk.losses.layered import insured
from manara.risk.terms.rules import State


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return averages and CPU seconds of both ways."""
    found = {"samples": options.samples, "events_of_ones_own": own(options)}
    shared = os.environ.get("MANARA_SHARED_DATA")
    if shared:
        found["piwind"] = piwind(Path(shared) / "risk/oasis_piwind", options.samples)
    return found


def piwind(folder: Path, samples: int) -> dict[str, Any]:
    """Return the figures of ten sites of PiWind."""
    inputs = folder / "tests/inputs"
    files = Files(inputs / "SourceLocOEDPiWind10.csv", inputs / "SourceAccOEDPiWind.csv")
    known = Folder.read(folder)
    model = Model.read(known)
    exposed = Portfolio.read(files, known, model)
    mean = expected(model, exposed.items)
    insured(model, exposed, mean)  # compiles, once a machine
    cpu, without = _clock(lambda: insured(model, exposed, mean))
    drawing, drawn = _clock(lambda: simulate(model, exposed, samples, seed=1))
    rate = np.bincount(model.when.event, minlength=len(model.events)) / model.when.periods
    return _told(rate, without.gross, drawn.gross, _of_means(exposed, model), cpu, drawing)


def _of_means(exposed: Portfolio, model: Model) -> Any:
    """Return insured losses with terms applied to expected losses, as Oasis LMF does."""
    programme = exposed.programme
    assert programme is not None
    flat = np.zeros((len(exposed.sites.keys) * 4, len(model.events)))
    one = exposed.items
    for at in range(len(one.order)):
        part = one._replace(
            place=np.array([0, 1]), site=np.array([0, one.site[at + 1] - one.site[at]]),
            run=one.run[one.site[at] : one.site[at + 1] + 1] - one.run[one.site[at]],
            area=one.area[one.site[at] : one.site[at + 1]],
            peril=one.peril[one.site[at] : one.site[at + 1]],
            cover=one.cover[_span(one, at)], value=one.value[_span(one, at)],
            function=one.function[_span(one, at)], order=one.order[at : at + 1],
        )  # fmt: skip
        flat[one.order[at] * 4] = expected(model, part)
    nothing = np.zeros_like(flat)
    return programme.after_sites(State(flat, nothing, nothing, nothing), exposed.sites).gross.sum(0)


def _span(items: Any, at: int) -> slice:
    return slice(items.run[items.site[at]], items.run[items.site[at + 1]])


def own(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of generated sites and events."""
    known = world(options.sites, options.events)
    portfolio.expected_insured(*world(100, 100))  # compiles, once a machine
    cpu, without = _clock(lambda: portfolio.expected_insured(*known))
    drawing, drawn = _clock(lambda: portfolio.losses(*known, samples=options.samples))
    rate = np.full(options.events, 1e-4)
    return _told(rate, without, drawn.gross, None, cpu, drawing)


def _told(
    rate: Any, without: Any, drawn: Any, of_means: Any, cpu: float, drawing: float
) -> dict[str, Any]:
    sampled = float(rate @ drawn.mean(axis=1))
    error = float(np.sqrt(rate**2 @ drawn.var(axis=1) / drawn.shape[1]))
    found = {
        "aal_sampled": round(sampled, 2),
        "standard_error_percent": round(100 * error / sampled, 3),
        "without_sampling_off_percent": round(100 * (float(rate @ without) / sampled - 1), 3),
        "cpu_s_without": cpu,
        "cpu_s_samples": drawing,
    }
    if of_means is not None:
        off = 100 * (float(rate @ of_means) / sampled - 1)
        found["terms_on_the_mean_off_percent"] = round(off, 1)
    return found


def _clock(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.process_time()
    result = work()
    return round(time.process_time() - begun, 2), result


if __name__ == "__main__":
    main("layered", run, samples=10_000, sites=10_000, events=500)
