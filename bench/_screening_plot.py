"""The plot of growth: three panels over the number of names, both axes logarithmic, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

WIDTH, HEIGHT, MARGIN = 300, 240, 48
_COLOURS = ("#1b6ca8", "#c8553d")
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
    'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>'
)


class Panel(NamedTuple):
    """One panel: its title, the physical limit as (text, value) or None, and lines by name."""

    title: str
    lines: dict[str, list[float]]
    limit: float | None = None


def growth_svg(rows: Sequence[dict[str, Any]]) -> str:
    """Return the plot of `growth`'s rows as an SVG document."""
    ours = [row["ours"] for row in rows]
    times = {q: [row["one_query_cpu_ms"][q] for row in ours] for q in ("p50", "p99")}
    memory = {
        "file": [row["file_mib"] for row in ours],
        "in memory": [row["index_memory_mib"] for row in ours],
    }
    panels = [
        Panel("one query, CPU ms (dashed: floor at 1,000,000)", times, limit=0.2),
        Panel("build, CPU s", {"build": [row["build_cpu_s"] for row in ours]}),
        Panel("size, MiB", memory),
    ]
    sizes = [row["names"] for row in rows]
    drawn = "".join(_panel(panel, sizes, at * WIDTH) for at, panel in enumerate(panels))
    return _HEAD.format(width=len(panels) * WIDTH, height=HEIGHT) + drawn + "</svg>\n"


def _panel(panel: Panel, sizes: Sequence[int], left: int) -> str:
    values = [v for line in panel.lines.values() for v in line] + [panel.limit or 1.0]
    values = [max(v, 0.001) for v in values]
    across = _scale(min(sizes), max(sizes), MARGIN, WIDTH - 16)
    up = _scale(min(values), max(values), HEIGHT - MARGIN, MARGIN)
    parts = [f'<g transform="translate({left} 0)">', _text(WIDTH / 2, 20, panel.title, "middle")]
    for power in _powers(min(sizes), max(sizes)):
        x = across(10.0**power)
        parts.append(_line(x, MARGIN, x, HEIGHT - MARGIN, "#ddd"))
        parts.append(_text(x, HEIGHT - MARGIN + 16, f"10^{power}", "middle"))
    for power in _powers(min(values), max(values)):
        y = up(10.0**power)
        parts.append(_line(MARGIN, y, WIDTH - 16, y, "#ddd"))
        parts.append(_text(MARGIN - 4, y + 4, f"{10.0**power:g}", "end"))
    for (name, line), colour in zip(panel.lines.items(), _COLOURS, strict=False):
        points = [(across(s), up(max(v, 0.001))) for s, v in zip(sizes, line, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(_text(points[-1][0], points[-1][1] - 7, name, "end", colour))
    if panel.limit:
        y = up(panel.limit)
        parts.append(_line(MARGIN, y, WIDTH - 16, y, "#555", ' stroke-dasharray="4 3"'))
    return "".join([*parts, "</g>"])


def _scale(low: float, high: float, start: float, end: float) -> Any:
    bottom, top = math.floor(math.log10(low)), math.ceil(math.log10(high))
    span = max(top - bottom, 1)
    return lambda value: start + (math.log10(value) - bottom) / span * (end - start)


def _powers(low: float, high: float) -> range:
    return range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, more: str = "") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{stroke}"{more}/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'
