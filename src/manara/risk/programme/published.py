"""The report for others: figures in bands, no site named, nothing that ranks targets."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from manara import __version__
from manara.model import Text, phrase
from manara.risk.programme.assessment import Assessed

#: Ends of the bands in each power of ten.
_ENDS = (1, 3, 10)


def banded(value: float) -> Text:
    """Return the band a number lies in, such as *30,000 to 100,000*; *under 1,000* below."""
    if value < 1_000:
        return phrase("under {high:,}", high=1_000)
    size = 1_000
    while value >= 10 * size:
        size *= 10
    low, high = next(
        (low * size, high * size) for low, high in pairwise(_ENDS) if value < high * size
    )
    return phrase("{low:,} to {high:,}", low=low, high=high)


def published_context(found: Assessed) -> dict[str, Any]:
    """Return what the published page may say of a programme."""
    today, plan = found.two.outlooks[:2]
    closer = sum(one.phase_two for one in found.one.screened)
    return {
        "settings": found.settings,
        "made": found.made,
        "version": __version__,
        "sites": len(found.one.sites),
        "closer": round(closer / len(found.one.sites), 1),
        "today": today,
        "plan": plan,
        "planned": found.two.plan is not None,
        "cost": float(found.two.plan.cost.sum()) if found.two.plan else 0.0,
        "gap": found.three.planned.unpaid,
        "data_date": found.data_date,
    }
