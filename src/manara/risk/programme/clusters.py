"""Years in which attacks come in clusters, as the self-exciting process fitted to incidents has it.

What an owner's sites see of an area is a thin part of all its incidents. So the incidents of an
area are simulated (each sets off others, Hawkes 1971), and a year's share of them is how fast that
year's clock runs for the sites: attacks on them stay as many in the mean, but bunch in busy years.
The clocks depend on areas only. So a plan changes nothing in them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from manara.risk.programme.sites import Site
from manara.risk.threat import Hawkes, Threat

F64 = NDArray[np.float64]

#: A process that breeds as many as it has would never end.
_MOST = 0.98

#: Days of a year, and years that go before those that count.
_YEAR, _BEFORE = 365.25, 5.0


def clocks(sites: Sequence[Site], threat: Threat | None, years: int, seed: int) -> F64 | None:
    """Return for each site when its years end by its own clock, shape (n, years).

    Args:
        sites: the organisation's own.
        threat: from incidents; None if there are none.
        years: simulated.
        seed: of all chance.

    Returns:
        Rising times from 0 to `years`; None where no clusters are known. Sites of areas without
        incidents have years of one length.
    """
    fit = threat.self_exciting if threat else None
    if threat is None or fit is None:
        return None
    rates = {one.area: one.per_year.value for one in threat.rates if not one.kind}
    by_area: dict[str, F64] = {}
    for area in {one.area for one in sites}:
        steady = np.ones(years)
        counts = _counts(area, rates, fit, years, seed) if rates.get(area) else steady
        ends = np.cumsum(counts if counts.any() else steady)
        by_area[area] = ends / ends[-1] * years
    return np.stack([by_area[one.area] for one in sites])


def _counts(
    area: str, rates: Mapping[str, float], fit: Hawkes, years: int, seed: int
) -> NDArray[np.int64]:
    """Return the incidents of an area in each year, generation by generation."""
    name = hashlib.blake2b(area.encode(), digest_size=8).digest()
    chance = np.random.default_rng([seed, int.from_bytes(name, "little")])
    branching = min(fit.branching.value, _MOST)
    first = chance.poisson(rates[area] * (1 - branching) * (years + _BEFORE))
    times = chance.uniform(-_BEFORE, years, first)
    found = np.zeros(years, np.int64)
    while len(times):
        within = times[(times >= 0) & (times < years)]
        found += np.bincount(within.astype(np.int64), minlength=years)
        parents = np.repeat(times, chance.poisson(branching, len(times)))
        times = parents + chance.exponential(fit.memory.value / _YEAR, len(parents))
        times = times[times < years]
    return found
