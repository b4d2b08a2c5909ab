"""Our engine on generated sites: ``python -m bench._losses_ours SITES EVENTS``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench._run import own_peak_mib
from manara.risk import portfolio
from manara.risk.portfolio.kernels import DEGREE

#: Sites of a town, and its width in degrees: some 75 sites in reach of an event.
_TOWN, _WIDE = 333, (0.011, 0.0167)
_BANDS = (0.35, 0.3, 0.2, 0.1, 0.05)
_SITES_AN_ACCOUNT = 100
_LOOKED_AT = 300


def world(sites: int, events: int) -> tuple[portfolio.Sites, portfolio.Events, portfolio.Layers]:
    """Return sites in towns of uneven size, events in the same towns, a layer for each account."""
    rng = np.random.default_rng(0)
    count = max(3, sites // _TOWN)
    towns = rng.uniform([40, 0], [50, 8], (count, 2))
    weight = rng.pareto(1.2, count) + 0.1
    weight = np.minimum(weight, 20 * weight.mean())
    at = [
        towns[rng.choice(count, size, p=weight / weight.sum())] + rng.normal(0, _WIDE, (size, 2))
        for size in (sites, events)
    ]
    worth = rng.lognormal(13, 1, sites)
    values = np.stack([worth, 0.3 * worth, 0.2 * worth, rng.poisson(30, sites)], axis=1)
    account = np.arange(sites) // _SITES_AN_ACCOUNT
    accounts = int(account[-1]) + 1
    ones = np.ones(accounts)
    return (
        portfolio.Sites(
            np.arange(sites, dtype=np.uint64), at[0][:, 0].copy(), at[0][:, 1].copy(), values,
            np.full(sites, 1e4), np.full(sites, 2e6), account,
        ),
        portfolio.Events(
            np.arange(events, dtype=np.uint64), at[1][:, 0].copy(), at[1][:, 1].copy(),
            rng.choice(5, events, p=_BANDS), np.full(events, 1e-4),
        ),
        portfolio.Layers(np.arange(accounts), 5e5 * ones, 1e7 * ones, 0.9 * ones),
    )  # fmt: skip


def reached(sites: portfolio.Sites, events: portfolio.Events, *_: object) -> float:
    """Return how many sites an event reaches, by brute force over some events."""
    reach, count = portfolio.Severity.read().reach, 0
    for at in range(_LOOKED_AT):
        north = (sites.latitude - events.latitude[at]) * DEGREE
        scale = DEGREE * np.cos(np.radians(events.latitude[at]))
        east = (sites.longitude - events.longitude[at]) * scale
        count += int((np.hypot(north, east) < reach[events.band[at]]).sum())
    return round(count / _LOOKED_AT, 1)


def run(sites: int, events: int) -> dict[str, Any]:
    """Return CPU seconds of losses at 10 and 100 samples, of expected losses and of years."""
    few = world(100, 400)
    warm = portfolio.losses(*few, samples=2)  # compiles, once a machine
    portfolio.metrics(warm.gross, few[1], years=1)
    portfolio.expected(*few[:2])
    known = world(sites, events)
    found: dict[str, Any] = {"sites": sites, "events": events, "sites_an_event": reached(*known)}

    def clock(name: str, call: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = call()
        found[name] = round(time.process_time() - started, 3)
        return result

    drawn = clock("cpu_s_10", lambda: portfolio.losses(*known, samples=10))
    clock("cpu_s_years", lambda: portfolio.metrics(drawn.gross, known[1], years=100_000))
    found["peak_mib_10"] = own_peak_mib()
    mean = clock("cpu_s_expected", lambda: portfolio.expected(*known[:2]))
    found["mean_by_expected"] = round(float(drawn.ground_up.mean() / mean.by_event.mean()), 5)
    clock("cpu_s_100", lambda: portfolio.losses(*known, samples=100))
    found["peak_mib_100"] = own_peak_mib()
    return found


if __name__ == "__main__":
    json.dump(run(int(sys.argv[1]), int(sys.argv[2])), sys.stdout)
