"""A plain map of the organisation's own sites, and of nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from manara.risk.programme.screening import Screened
from manara.risk.programme.sites import Site

_WIDTH, _HEIGHT, _MARGIN = 720.0, 380.0, 60.0

#: Metres of a degree of latitude.
_DEGREE = 111_195.0

#: Radius of the riskiest site's circle, and of the smallest shown.
_LARGEST, _SMALLEST = 26.0, 5.0


def draw_map(sites: Sequence[Site], screened: Sequence[Screened]) -> str:
    """Return an SVG map: circles by risk, those that need phase II filled, quiet ones ringed.

    Args:
        sites: the organisation's own.
        screened: what phase I says of them.
    """
    told = {one.site: one for one in screened}
    middle = sum(one.latitude for one in sites) / len(sites)
    east = [one.longitude * _DEGREE * math.cos(math.radians(middle)) for one in sites]
    north = [one.latitude * _DEGREE for one in sites]
    wide = max(max(east) - min(east), max(north) - min(north), 500.0)
    scale = min(
        (_WIDTH - 2 * _MARGIN) / max(max(east) - min(east), wide / 4),
        (_HEIGHT - 2 * _MARGIN) / max(max(north) - min(north), wide / 4),
    )
    across, up = (max(east) + min(east)) / 2, (max(north) + min(north)) / 2
    spots = [
        (_WIDTH / 2 + (x - across) * scale, _HEIGHT / 2 - (y - up) * scale)
        for x, y in zip(east, north, strict=True)
    ]
    largest = max(one.risk for one in screened) or 1.0
    shapes, words = [], []
    taken: list[tuple[float, float, float]] = []
    for site, (x, y) in sorted(
        zip(sites, spots, strict=True), key=lambda one: -told[one[0].site].risk
    ):
        one = told[site.site]
        radius = max(_SMALLEST, _LARGEST * math.sqrt(one.risk / largest))
        fill = "#d55e00" if one.phase_two else "#7a8894"
        ring = ' stroke="#1b2733" stroke-width="2" stroke-dasharray="4 3"' if one.quiet else ""
        shapes.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" '
            f'fill-opacity="0.75"{ring}/>'
        )
        words.append(_label(site.title, x, y, radius, taken))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" '
        'font-family="DejaVu Sans, sans-serif" font-size="13">'
        f'<rect width="{_WIDTH:g}" height="{_HEIGHT:g}" fill="#f3f6f9"/>'
        + "".join(shapes) + "".join(words) + _scale_bar(scale) + "</svg>"
    )  # fmt: skip


def _label(
    text: str, x: float, y: float, radius: float, taken: list[tuple[float, float, float]]
) -> str:
    """Return a label beside a circle, moved down until it hides no other."""
    right = x < _WIDTH * 0.65
    at = x + (radius + 6) * (1 if right else -1)
    below = y + 4
    wide = 7.5 * len(text)
    left = at if right else at - wide
    while any(abs(below - other) < 15 and left < end and begin < left + wide
              for begin, end, other in taken):  # fmt: skip
        below += 15
    taken.append((left, left + wide, below))
    anchor = "start" if right else "end"
    place = f'x="{at:.1f}" y="{below:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="#1b2733">{escape(text)}</text>'


def _scale_bar(scale: float) -> str:
    """Return a bar of a round length, and which way is north."""
    metres = 10 ** math.floor(math.log10(160 / scale))
    length = next(metres * k for k in (5, 2, 1) if metres * k * scale <= 160)
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    x, y = 28 + length * scale, _HEIGHT - 18
    return (
        f'<path d="M20 {y - 6} v6 h{length * scale:.1f} v-6" fill="none" stroke="#51606e" '
        f'stroke-width="1.5"/><text x="{x:.1f}" y="{y}" fill="#51606e">{text}</text>'
        f'<path d="M{_WIDTH - 24} 34 v-18 m-5 7 l5 -7 l5 7" fill="none" stroke="#51606e" '
        f'stroke-width="1.5"/><text x="{_WIDTH - 29}" y="50" fill="#51606e">N</text>'
    )
