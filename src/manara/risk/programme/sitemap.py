"""A plain map of the organisation's own sites, and of nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from manara.risk.programme.lettering import is_drawn, plain
from manara.risk.programme.screening import Screened
from manara.risk.programme.sites import Site
from manara.risk.programme.speech import Speech

_WIDTH, _HEIGHT, _MARGIN = 720.0, 380.0, 60.0

#: Metres of a degree of latitude.
_DEGREE = 111_195.0

#: Size of letters, and height of a line, of the labels.
_SIZE, _LINE = 13.0, 16.0

_SOFT = "#51606e"

#: Letters of SVG for those of matplotlib.
_COMMANDS = {
    Path.MOVETO: "M",
    Path.LINETO: "L",
    Path.CURVE3: "Q",
    Path.CURVE4: "C",
    Path.CLOSEPOLY: "Z",
}

#: Middle and radius; left, top, right and bottom.
_Circle = tuple[float, float, float]
_Box = tuple[float, float, float, float]

#: Radius of the riskiest site's circle, and of the smallest shown.
_LARGEST, _SMALLEST = 26.0, 5.0


def draw_map(sites: Sequence[Site], screened: Sequence[Screened], voice: Speech) -> str:
    """Return an SVG map: circles by risk, those that need phase II filled, quiet ones ringed.

    Args:
        sites: the organisation's own.
        screened: what phase I says of them.
        voice: the language.
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
    order = sorted(range(len(sites)), key=lambda at: -told[sites[at].site].risk)
    circles: list[_Circle] = []
    for at in order:
        size = _LARGEST * math.sqrt(told[sites[at].site].risk / largest)
        circles.append((*spots[at], max(_SMALLEST, size)))
    taken = [(x - size, y - size, x + size, y + size) for x, y, size in circles]
    shapes, words = [], []
    for at, spot in zip(order, circles, strict=True):
        shapes.append(_circle(spot, told[sites[at].site]))
        words.append(_label(sites[at].title, spot, taken))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}">'
        f'<rect width="{_WIDTH:g}" height="{_HEIGHT:g}" fill="#f3f6f9"/>'
        + "".join(shapes) + "".join(words) + _scale_bar(scale, voice) + "</svg>"
    )  # fmt: skip


def _circle(spot: _Circle, one: Screened) -> str:
    x, y, radius = spot
    fill = "#d55e00" if one.phase_two else "#7a8894"
    ring = ' stroke="#1b2733" stroke-width="2" stroke-dasharray="4 3"' if one.quiet else ""
    place = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"'
    return f'<circle {place} fill="{fill}" fill-opacity="0.75"{ring}/>'


def _label(text: str, spot: _Circle, taken: list[_Box]) -> str:
    """Return a label beside a circle, where it hides neither another label nor another circle."""
    x, y, radius = spot
    shape, wide = _outline(text)
    tries = [
        (x + side * (radius + 6) - (wide if side < 0 else 0), y + 4 + step * _LINE)
        for step in (0, 1, -1, 2, -2, 3)
        for side in (1, -1)
    ]
    left, base = next((one for one in tries if _free(_box(*one, wide), spot, taken)), tries[0])
    taken.append(_box(left, base, wide))
    if shape:
        return _put(shape, left, base, "#1b2733")
    # In a script that the font does not have: whatever shows the page has it, perhaps.
    return f'<text x="{left:.1f}" y="{base:.1f}" font-size="{_SIZE:g}">{escape(text)}</text>'


def _outline(text: str) -> tuple[str, float]:
    """Return the letters of a text as commands of an SVG path, and its width.

    Without a path where the font lacks a letter; the width is then that of as many wide ones.
    """
    if not is_drawn(text):
        return "", _SIZE * len(text)
    path = TextPath((0, 0), plain(text), size=_SIZE)
    if not len(path.vertices):
        return "", 0.0
    told = path.transformed(Affine2D().scale(1, -1))
    commands = []
    for points, code in told.iter_segments(simplify=False):
        numbers = " ".join(f"{value:.1f}" for value in points) if code != path.CLOSEPOLY else ""
        commands.append(_COMMANDS[code] + numbers)
    return "".join(commands), float(path.get_extents().x1)


def _put(shape: str, x: float, y: float, colour: str) -> str:
    return f'<path transform="translate({x:.1f} {y:.1f})" fill="{colour}" d="{shape}"/>'


def _box(left: float, base: float, wide: float) -> _Box:
    return left, base - _LINE + 4, left + wide, base + 4


def _free(box: _Box, spot: _Circle, taken: list[_Box]) -> bool:
    inside = box[0] > 4 and box[2] < _WIDTH - 4 and box[1] > 4 and box[3] < _HEIGHT - 4
    own = spot[0] - spot[2], spot[1] - spot[2], spot[0] + spot[2], spot[1] + spot[2]
    return inside and not any(
        box[0] < one[2] and one[0] < box[2] and box[1] < one[3] and one[1] < box[3]
        for one in taken
        if one != own
    )


def _scale_bar(scale: float, voice: Speech) -> str:
    """Return a bar of a round length, and which way is north."""
    metres = 10 ** math.floor(math.log10(160 / scale))
    length = next(metres * k for k in (5, 2, 1) if metres * k * scale <= 160)
    far = length >= 1000
    text = (
        voice.say("{length:g} km", length=length / 1000)
        if far
        else voice.say("{length:g} m", length=length)
    )
    x, y = 28 + length * scale, _HEIGHT - 18
    return (
        f'<path d="M20 {y - 6} v6 h{length * scale:.1f} v-6" fill="none" stroke="#51606e" '
        f'stroke-width="1.5"/>{_put(_outline(text)[0], x, y, _SOFT)}'
        f'<path d="M{_WIDTH - 24} 34 v-18 m-5 7 l5 -7 l5 7" fill="none" stroke="#51606e" '
        f'stroke-width="1.5"/>{_put(_outline(voice.say("N"))[0], _WIDTH - 29, 50, _SOFT)}'
    )
