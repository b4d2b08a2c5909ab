"""The plot of growth of `bench.losses`: CPU seconds and memory over sites, with their limit.

The physical limit of a run: a pair of event and site is one read of some 24 bytes, 1 ns, and a
sampled loss one random number and one look-up, 2 ns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

_PAIR, _LOSS = 1e-9, 2e-9
_COLOURS = {10: "#1b6ca8", 100: "#c8553d"}


def limit(row: dict[str, Any], samples: int) -> float:
    """Return the CPU seconds that no run of this size can go below."""
    pairs = float(row["sites_an_event"] * row["events"])
    return pairs * (_PAIR + samples * _LOSS)


def growth_svg(rows: Sequence[dict[str, Any]], path: str) -> None:
    """Draw the rows of `bench.losses` into a file.

    Args:
        rows: Figures of one size each, rising.
        path: Of the SVG file.
    """
    mpl.rcParams |= {"svg.hashsalt": "manara", "svg.fonttype": "none", "font.size": 9}
    figure = Figure(figsize=(8.4, 3.4), layout="constrained")
    FigureCanvasSVG(figure)
    time, memory = figure.subplots(1, 2)
    sites = [row["sites"] for row in rows]
    for samples, colour in _COLOURS.items():
        told = [row[f"cpu_s_{samples}"] for row in rows]
        time.plot(sites, told, "o-", color=colour, label=f"{samples} samples")
        floor = [limit(row, samples) for row in rows]
        time.plot(sites, floor, "--", color=colour, label=f"limit at {samples}")
        held = [row[f"peak_mib_{samples}"] for row in rows]
        memory.plot(sites, held, "o-", color=colour, label=f"{samples} samples")
    for axes, what in ((time, "CPU seconds"), (memory, "memory, MiB")):
        axes.set(xscale="log", yscale="log", xlabel="sites", ylabel=what)
        low, high = axes.get_ylim()
        axes.set_ylim(10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high)))
        axes.grid(color="#ddd")
        axes.legend(frameon=False, fontsize=8)
    figure.suptitle(f"{rows[0]['events']:,} events, one core")
    figure.savefig(path, metadata={"Date": None})
