"""The charts of the report, as SVG that needs nothing else."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from manara.risk.cover import PARTS
from manara.risk.programme.assessment import Assessed
from manara.risk.programme.outlook import ATTACKERS

#: Colours that people who do not tell red from green can tell apart (Okabe and Ito 2008).
TODAY, PLAN, WARN, SOFT = "#0b5f8a", "#d55e00", "#9c2b20", "#7a8894"
_PARTS = ("#0b5f8a", "#56b4e9", "#009e73", "#66c2a5", "#b3cde3", "#cc79a7", "#e69f00", "#9c2b20")

#: Words for the parts of the waterfall.
PAYERS = {
    "owner": "the owner, as agreed",
    "stand_alone": "stand-alone cover",
    "insurer": "insurer",
    "pool": "pool",
    "retrocession": "retrocession",
    "state": "state",
    "pro_rata": "cut pro rata",
    "nobody": "nobody",
}

_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#7a8894",
    "axes.labelcolor": "#3a4653",
    "xtick.color": "#3a4653",
    "ytick.color": "#3a4653",
    "svg.hashsalt": "manara",
}

#: Today as a ring, so that what lies on it is seen.
_MARKS: tuple[tuple[str, dict[str, Any], str], ...] = (
    (TODAY, {"marker": "o", "markersize": 9, "fillstyle": "none", "markeredgewidth": 2}, "today"),
    (SOFT, {"marker": "s", "markersize": 5}, "plan, attacker keeps his habits"),
    (PLAN, {"marker": "D", "markersize": 6}, "plan, attacker partly adapts"),
)

_WIDE = 7.2


def amount(value: float) -> str:
    """Return money in few digits: 1.2 M, 340 k."""
    for size, letter in ((1e9, " bn"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            digits = 0 if abs(value) >= 100 * size else 1
            return f"{value / size:,.{digits}f}".removesuffix(".0") + letter
    return f"{value:,.0f}"


def exceedance(found: Assessed) -> str:
    """Return the chart of losses by return period, today and under the plan, with bands."""
    figure, axes = _figure(3.0)
    pairs = zip(found.two.outlooks, found.two.curves, strict=True)
    named = {(one.plan, one.attacker): curves for one, curves in pairs}
    shown = [("today", "habits", TODAY, "today")]
    if found.two.plan:
        shown.append(("plan", "logit", PLAN, "under the plan, attacker partly adapts"))
    top = 0.0
    for plan, attacker, colour, label in shown:
        curves = named[plan, attacker]
        years = curves.likely.aep.years
        low, high = curves.light.aep.loss, curves.heavy.aep.loss
        axes.fill_between(years, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(
            years, curves.likely.aep.loss, color=colour, marker="o", markersize=3, label=label
        )
        top = max(top, float(curves.heavy.aep.loss.max(initial=0.0)))
    axes.set_xscale("log")
    axes.set_xticks(years, [f"{year:,.0f}" for year in years])
    axes.minorticks_off()
    axes.set_xlabel("once in so many years")
    _money(axes.yaxis, found)
    axes.set_ylabel(f"loss of the year, {found.settings.currency}")
    axes.set_ylim(0, top * 1.05 or 1)
    axes.legend(frameon=False, loc="upper left")
    return _svg(figure)


def attackers(found: Assessed) -> str:
    """Return the chart of average losses before and after the plan, for each attacker."""
    figure, axes = _figure(2.6)
    told = found.two.outlooks
    today, plan = ([one for one in told if one.plan == plan] for plan in ("today", "plan"))
    for row, each in enumerate(zip(today, plan, strict=True)):
        for shift, one, colour in zip((-0.19, 0.19), each, (TODAY, PLAN), strict=True):
            axes.barh(row + shift, one.aal.value, 0.34, color=colour)
            axes.plot([one.aal.low, one.aal.high], [row + shift] * 2, color="#3a4653", linewidth=1)
    axes.set_yticks(range(len(today)), [f"attacker {ATTACKERS[one.attacker]}" for one in today])
    axes.invert_yaxis()
    _money(axes.xaxis, found)
    axes.set_xlabel(f"average loss of a year, {found.settings.currency}; lines are bands")
    _legend(axes, (TODAY, PLAN), ("today", "under the plan"))
    return _svg(figure)


def sites(found: Assessed) -> str:
    """Return the chart of each site's risk, today and under the plan with two attackers."""
    shifts = {one.attacker: one for one in found.two.attackers}
    before = shifts["habits"].risk_before
    order = np.argsort(-before, kind="stable")[:20]
    names = [found.one.sites[at].title for at in order]
    figure, axes = _figure(0.9 + 0.42 * len(names))
    for row, at in enumerate(order):
        ends = [before[at], shifts["habits"].risk_after[at], shifts["logit"].risk_after[at]]
        axes.plot([min(ends), max(ends)], [row, row], color="#d5dce3", linewidth=5, zorder=1)
        for value, (colour, mark, _) in zip(ends, _MARKS, strict=True):
            axes.plot(value, row, color=colour, linestyle="", **mark)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    if before.any():
        axes.set_xscale("log")
    _money(axes.xaxis, found)
    axes.set_xlabel(f"expected loss a year, {found.settings.currency}, logarithmic")
    shown = [
        Line2D([], [], color=colour, linestyle="", label=label, **mark)
        for colour, mark, label in _MARKS
    ]
    figure.legend(handles=shown, frameon=False, loc="outside lower center", ncols=3)
    return _svg(figure)


def payers(found: Assessed) -> str:
    """Return the chart of who pays the losses of an average year, today and under the plan."""
    figure, axes = _figure(1.9)
    rows = [("today", found.three.today)]
    if found.two.plan:
        rows.append(("under the plan", found.three.planned))
    for row, (_, covered) in enumerate(rows):
        left = 0.0
        for part, colour in zip(PARTS, _PARTS, strict=True):
            width = covered.plain["parts"][part]["aal"]
            axes.barh(row, width, 0.5, left=left, color=colour)
            left += width
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    _money(axes.xaxis, found)
    axes.set_xlabel(f"average loss of a year, {found.settings.currency}")
    paid = [
        at for at, part in enumerate(PARTS)
        if any(covered.plain["parts"][part]["aal"] > 0 for _, covered in rows)
    ]  # fmt: skip
    labels = [PAYERS[PARTS[at]] for at in paid]
    _legend(axes, [_PARTS[at] for at in paid], labels)
    return _svg(figure)


def _figure(height: float) -> tuple[Figure, Any]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDE, height), layout="constrained")
        return figure, figure.add_subplot()


def _money(axis: Any, found: Assessed) -> None:
    axis.set_major_formatter(lambda value, _: amount(value))
    axis.grid(color="#e6ebf0", linewidth=0.7)
    axis.axes.set_axisbelow(True)


def _legend(axes: Any, colours: Sequence[str], labels: Sequence[str]) -> None:
    handles = [Patch(color=c, label=label) for c, label in zip(colours, labels, strict=True)]
    place = {"loc": "outside lower center", "ncols": min(4, len(labels))}
    axes.figure.legend(handles=handles, frameon=False, **place)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()
