"""Charts of an after-action report, as SVG that stands inside the page."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from manara.exercise.scoring.score import PlotScore, Score, Sight

#: Two colours that people who see few colours tell apart, and ink that suits a light and a dark
#: page (Okabe and Ito 2008).
_ALONE, _TOGETHER, _INK = "#d55e00", "#0072b2", "#7a8794"


def timeline(plots: Sequence[PlotScore], days: Sequence[date]) -> str:
    """Return when each plot was found alone and together, against its day."""
    figure, axes = _figure(0.6 + 0.36 * len(plots))
    for row, plot in enumerate(plots):
        own = plot.planted.toordinal()
        axes.plot(own, row, marker="|", markersize=14, color=_INK, markeredgewidth=2)
        for sight, colour, shift in _both(plot):
            if sight.found:
                at = sight.found.toordinal()
                axes.plot([at, own], [row + shift] * 2, color=colour, linewidth=1.6, alpha=0.6)
                axes.plot(at, row + shift, marker="o", markersize=6, color=colour)
    axes.set_yticks(range(len(plots)), [f"{plot.kind} {plot.number}" for plot in plots])
    axes.set_ylim(len(plots) - 0.4, -0.6)
    known = [*days, *(plot.planted for plot in plots)]
    first, last = min(known), max(known)
    axes.set_xlim(first.toordinal() - 30, last.toordinal() + 15)
    months = [date(first.year + at // 4, at % 4 * 3 + 1, 1) for at in range(12)]
    quarters = [day for day in months if first <= day <= last]
    axes.set_xticks([day.toordinal() for day in quarters], [f"{day:%b %Y}" for day in quarters])
    _legend(axes, "found alone", "found together", "its day")
    return _svg(figure, "When each plot was found, alone and together, and its day")


def states(score: Score) -> str:
    """Return how many of the plots that each state touches it found alone and together."""
    figure, axes = _figure(0.8 + 0.5 * len(score.states))
    for row, state in enumerate(score.states):
        axes.barh(row, state.touched, height=0.8, color=_INK, alpha=0.2)
        axes.barh(row - 0.18, state.alone, height=0.3, color=_ALONE)
        axes.barh(row + 0.18, state.together, height=0.3, color=_TOGETHER)
    axes.set_yticks(range(len(score.states)), [state.state for state in score.states])
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("plots; grey: those that it sees part of", color=_INK)
    _legend(axes, "found alone", "found together")
    return _svg(figure, "Plots that each state found alone and together")


def _both(plot: PlotScore) -> tuple[tuple[Sight, str, float], tuple[Sight, str, float]]:
    return (plot.alone, _ALONE, -0.14), (plot.together, _TOGETHER, 0.14)


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8.2, max(2.0, height)), layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_INK)
    axes.tick_params(colors=_INK, length=0, labelsize=9)
    axes.grid(axis="x", color=_INK, alpha=0.2, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def _legend(axes: Axes, *words: str) -> None:
    marks = (("o", _ALONE), ("o", _TOGETHER), ("|", _INK))
    for (mark, colour), word in zip(marks, words, strict=False):
        axes.plot([], [], marker=mark, color=colour, linestyle="", label=word)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, labelcolor=_INK, fontsize=9
    )


def _svg(figure: Figure, title: str) -> str:
    """Return a figure as an SVG element that says what it shows."""
    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": title, "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Title": title})
    found = re.search(r"<svg.*</svg>", out.getvalue(), re.DOTALL)
    assert found  # noqa: S101
    return found[0].replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
