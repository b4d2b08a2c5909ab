"""The plot of how a score holds after its training, ten days a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

_LINES = {
    "hindsight": ("with labels, hindsight of 14 days", "#1b6ca8", "-"),
    "arrival": ("with labels, at arrival", "#1b6ca8", "--"),
    "hindsight_unlabelled": ("without labels, hindsight", "#c8553d", "-"),
    "arrival_unlabelled": ("without labels, at arrival", "#c8553d", "--"),
}
#: Fewest true payments that ten days are drawn for.
_LEAST = 50


def months_svg(found: Mapping[str, Sequence[Mapping[str, Any]]], path: Path) -> None:
    """Write the plot of `bench.score.months` as an SVG."""
    mpl.rcParams |= {"svg.hashsalt": "manara", "svg.fonttype": "none"}
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    panel = figure.subplots()
    for key, (label, colour, style) in _LINES.items():
        rows = [(10 * at + 5, one) for at, one in enumerate(found[key]) if one["true"] >= _LEAST]
        panel.plot(
            [day for day, _ in rows],
            [one["average_precision"] for _, one in rows],
            style, color=colour, marker="o", markersize=3, label=label,
        )  # fmt: skip
    panel.set_xticks(range(0, 121, 30), ["0", "1 month", "2", "3", "4"])
    panel.set_ylim(0, 1)
    panel.set_xlabel("after the end of training")
    panel.set_ylabel("average precision in ten days")
    panel.grid(color="#ddd")
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(path, metadata={"Date": None})
