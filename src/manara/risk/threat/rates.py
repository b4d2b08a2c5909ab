"""How often something happens in each area, and to each kind of site, with how sure that is.

A steady rate with a gamma posterior. Two things keep it honest. Attacks come in clusters, so the
interval is widened by how over-dispersed the yearly counts are; an area that has a share of all
incidents has that share of the excess, as if each were thrown there by lot. And no area is safe
because nothing was recorded there: the mean over all areas counts with the weight of half an event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
import numpy as np
from scipy.stats import gamma

from manara.risk.threat.hawkes import Span
from manara.risk.threat.incidents import Incidents

YEAR = 365.25

#: Weight of what is known of all areas, in events (Jeffreys' prior of a Poisson rate).
_PRIOR = 0.5

#: Fewer whole years do not tell how dispersed counts are.
_YEARS = 3


class Rate(msgspec.Struct, frozen=True):
    """How often incidents happen in an area, to a kind of site.

    Attributes:
        area: the area; ``""`` for all.
        kind: the kind; ``""`` for all.
        incidents: how many are recorded.
        killed: in them.
        per_year: posterior mean with the interval of 90 %.
    """

    area: str
    kind: str
    incidents: int
    killed: int
    per_year: Span


def dispersion(incidents: Incidents, days: float) -> float:
    """Return variance over mean of the yearly counts, at least 1; 1 for under three years."""
    years = int(days // YEAR)
    if years < _YEARS:
        return 1.0
    at = np.array([incidents.last - one.day for one in incidents.items]) // YEAR
    counts = np.bincount(at[at < years].astype(np.int64), minlength=years)
    return max(1.0, float(counts.var(ddof=1) / counts.mean())) if counts.any() else 1.0


def rates(
    incidents: Incidents, days: float, spread: float, areas: Iterable[str] = ()
) -> list[Rate]:
    """Return the rates of all areas, all kinds, and of each kind in each area, most first.

    Args:
        incidents: of the period.
        days: its length.
        spread: variance over mean of counts, see `dispersion`.
        areas: more areas to give a rate for, where nothing is recorded.
    """
    known = [one for one in incidents.items if one.area]
    counts, killed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for one in known:
        for key in {(one.area, ""), (one.area, one.kind), ("", one.kind)}:
            counts[key] += 1
            killed[key] += one.killed
    for area in areas:
        counts.setdefault((area, ""), 0)
    many = len({area for area, _ in counts if area})
    found = []
    for (area, kind), n in counts.items():
        alike = len(known) if not kind else counts["", kind]
        mean = alike / many if area else alike
        wide = 1 + (spread - 1) * n / len(incidents.items)
        span = posterior(n, days / YEAR, mean / (days / YEAR), wide)
        found.append(Rate(area, kind, n, killed[area, kind], span))
    return sorted(found, key=lambda rate: (-rate.incidents, rate.area, rate.kind))


def posterior(n: float, years: float, usual: float, spread: float) -> Span:
    """Return a yearly rate with its interval of 90 %.

    Args:
        n: incidents recorded.
        years: over so many.
        usual: the rate to expect before looking, per year.
        spread: incidents that are worth one independent one.
    """
    mean = (_PRIOR + n) / (_PRIOR / usual + years)
    shape = max(_PRIOR, (_PRIOR + n) / spread)
    low, high = gamma.ppf((0.05, 0.95), shape, scale=mean / shape).tolist()
    return Span(mean, low, high)
