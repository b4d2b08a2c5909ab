"""Where the parts of a curve of losses by return period stand, in units of its drawing."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, log10
from typing import NamedTuple

_WIDTH, _HEIGHT = 900.0, 300.0
_LEFT, _RIGHT, _TOP = 110.0, 30.0, 12.0

#: Return periods that are told below, as far as the curves reach.
_TOLD = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class Curves(NamedTuple):
    """Losses by return period, which grow to the right on a logarithmic scale.

    Attributes:
        lines: key, path, and points with year and loss.
        years: place and value of each tick below.
        losses: place and value of each tick at the side.
        left: where the lines begin.
        width: of the drawing.
        height: of the lines.
    """

    lines: list[tuple[str, str, list[tuple[float, float, float, float]]]]
    years: list[tuple[float, int]]
    losses: list[tuple[float, float]]
    left: float
    width: float
    height: float


def by_return_period(found: Mapping[str, Mapping[str, float]]) -> Curves | None:
    """Return the curves of losses by return period; None for fewer than two points.

    Args:
        found: by key, losses by return period in years.
    """
    known = {
        key: [(float(year), loss) for year, loss in values.items()] for key, values in found.items()
    }
    years = sorted({year for values in known.values() for year, _ in values})
    top = max((loss for values in known.values() for _, loss in values), default=0.0)
    if len(years) < 2 or top <= 0:
        return None
    first, span = log10(years[0]), log10(years[-1] / years[0])
    step = _step(top)
    most = step * -(-top // step)

    def x(year: float) -> float:
        return round(_LEFT + (log10(year) - first) / span * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(loss: float) -> float:
        return round(_HEIGHT - loss / most * (_HEIGHT - _TOP), 1)

    lines = []
    for key, values in known.items():
        points = [(x(year), y(loss), year, loss) for year, loss in values]
        path = "M" + "L".join(f"{across} {down}" for across, down, *_ in points)
        lines.append((key, path, points))
    told = [(x(year), year) for year in _TOLD if years[0] <= year <= years[-1]]
    ticks = [(y(step * at), step * at) for at in range(round(most / step) + 1)]
    return Curves(lines, told, ticks, _LEFT, _WIDTH, _HEIGHT)


def _step(top: float) -> float:
    """Return a round step of which some three to six make the whole."""
    size: float = 10 ** floor(log10(top / 3))
    return next(size * part for part in (1, 2, 5, 10) if top / (size * part) <= 6)
