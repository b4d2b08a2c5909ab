"""The charts of the report, as SVG that needs nothing else.

Where the language runs from the right, so do the axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from manara.model import Text, phrase
from manara.risk.cover import PARTS
from manara.risk.programme.assessment import Assessed
from manara.risk.programme.lettering import name_ticks, svg
from manara.risk.programme.outlook import ATTACKERS
from manara.risk.programme.speech import Speech

#: Colours that people who do not tell red from green can tell apart (Okabe and Ito 2008).
TODAY, PLAN, WARN, SOFT = "#0b5f8a", "#d55e00", "#9c2b20", "#7a8894"
_PARTS = ("#0b5f8a", "#56b4e9", "#009e73", "#66c2a5", "#b3cde3", "#cc79a7", "#e69f00", "#9c2b20")

#: Words for the parts of the waterfall.
PAYERS = {
    "owner": phrase("the owner, as agreed"),
    "stand_alone": phrase("stand-alone cover"),
    "insurer": phrase("insurer"),
    "pool": phrase("pool"),
    "retrocession": phrase("retrocession"),
    "state": phrase("state"),
    "pro_rata": phrase("cut pro rata"),
    "nobody": phrase("nobody"),
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
_MARKS: tuple[tuple[str, dict[str, Any], Text], ...] = (
    (TODAY, {"marker": "o", "markersize": 9, "fillstyle": "none", "markeredgewidth": 2},
     phrase("today")),
    (SOFT, {"marker": "s", "markersize": 5}, phrase("plan, attacker keeps his habits")),
    (PLAN, {"marker": "D", "markersize": 6}, phrase("plan, attacker partly adapts")),
)  # fmt: skip

_WIDE = 7.2


def exceedance(found: Assessed, voice: Speech) -> str:
    """Return the chart of losses by return period, today and under the plan, with bands."""
    figure, axes = _figure(3.0)
    pairs = zip(found.two.outlooks, found.two.curves, strict=True)
    named = {(one.plan, one.attacker): curves for one, curves in pairs}
    shown = [("today", "habits", TODAY, phrase("today"))]
    if found.two.plan:
        shown.append(("plan", "logit", PLAN, phrase("under the plan, attacker partly adapts")))
    top = 0.0
    for plan, attacker, colour, label in shown:
        curves = named[plan, attacker]
        years = curves.likely.aep.years
        low, high = curves.light.aep.loss, curves.heavy.aep.loss
        axes.fill_between(years, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(
            years,
            curves.likely.aep.loss,
            color=colour,
            marker="o",
            markersize=3,
            label=label.told(voice),
        )
        top = max(top, float(curves.heavy.aep.loss.max(initial=0.0)))
    axes.set_xscale("log")
    axes.set_xticks(years, [voice.number(year) for year in years])
    axes.minorticks_off()
    axes.set_xlabel(voice.say("once in so many years"))
    _money(axes.yaxis, voice)
    axes.set_ylabel(_of(found, voice.say("loss of the year")))
    axes.set_ylim(0, top * 1.05 or 1)
    turned = _turned(axes, voice)
    place = "upper right" if turned else "upper left"
    axes.legend(frameon=False, loc=place, markerfirst=not turned)
    return _svg(figure)


def attackers(found: Assessed, voice: Speech) -> str:
    """Return the chart of average losses before and after the plan, for each attacker."""
    figure, axes = _figure(2.6)
    told = found.two.outlooks
    today, plan = ([one for one in told if one.plan == plan] for plan in ("today", "plan"))
    for row, each in enumerate(zip(today, plan, strict=True)):
        for shift, one, colour in zip((-0.19, 0.19), each, (TODAY, PLAN), strict=True):
            axes.barh(row + shift, one.aal.value, 0.34, color=colour)
            axes.plot([one.aal.low, one.aal.high], [row + shift] * 2, color="#3a4653", linewidth=1)
    axes.set_yticks(range(len(today)), [ATTACKERS[one.attacker].told(voice) for one in today])
    axes.invert_yaxis()
    _money(axes.xaxis, voice)
    axes.set_xlabel(_of(found, voice.say("average loss of a year; lines are bands")))
    _turned(axes, voice)
    labels = voice.say("today"), voice.say("under the plan")
    _legend(figure, _patches((TODAY, PLAN), labels), voice)
    return _svg(figure)


def sites(found: Assessed, voice: Speech) -> str:
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
    name_ticks(axes.yaxis, names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    if before.any():
        axes.set_xscale("log")
    _money(axes.xaxis, voice)
    axes.set_xlabel(_of(found, voice.say("expected loss a year, logarithmic")))
    _turned(axes, voice)
    shown: list[Artist] = [
        Line2D([], [], color=colour, linestyle="", label=label.told(voice), **mark)
        for colour, mark, label in _MARKS
    ]
    _legend(figure, shown, voice)
    return _svg(figure)


def payers(found: Assessed, voice: Speech) -> str:
    """Return the chart of who pays the losses of an average year, today and under the plan."""
    figure, axes = _figure(1.9)
    rows = [(voice.say("today"), found.three.today)]
    if found.two.plan:
        rows.append((voice.say("under the plan"), found.three.planned))
    for row, (_, covered) in enumerate(rows):
        left = 0.0
        for part, colour in zip(PARTS, _PARTS, strict=True):
            width = covered.plain["parts"][part]["aal"]
            axes.barh(row, width, 0.5, left=left, color=colour)
            left += width
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    _money(axes.xaxis, voice)
    axes.set_xlabel(_of(found, voice.say("average loss of a year")))
    _turned(axes, voice)
    paid = [
        at for at, part in enumerate(PARTS)
        if any(covered.plain["parts"][part]["aal"] > 0 for _, covered in rows)
    ]  # fmt: skip
    labels = [PAYERS[PARTS[at]].told(voice) for at in paid]
    _legend(figure, _patches([_PARTS[at] for at in paid], labels), voice)
    return _svg(figure)


def _figure(height: float) -> tuple[Figure, Any]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDE, height), layout="constrained")
        return figure, figure.add_subplot()


def _of(found: Assessed, what: str) -> str:
    return f"{what} ({found.settings.currency})"


def _money(axis: Any, voice: Speech) -> None:
    axis.set_major_formatter(lambda value, _: voice.amount(value))
    axis.grid(color="#e6ebf0", linewidth=0.7)
    axis.axes.set_axisbelow(True)


def _turned(axes: Any, voice: Speech) -> bool:
    """Turn the axes round where the language runs from the right; return whether it does."""
    if voice.direction == "ltr":
        return False
    axes.invert_xaxis()
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.spines["left"].set_visible(False)
    axes.spines["right"].set_visible(True)
    return True


def _patches(colours: Sequence[str], labels: Sequence[str]) -> list[Artist]:
    return [Patch(color=c, label=label) for c, label in zip(colours, labels, strict=True)]


def _legend(figure: Figure, handles: Sequence[Artist], voice: Speech) -> None:
    forward = voice.direction == "ltr"
    figure.legend(
        handles=handles if forward else handles[::-1],
        frameon=False,
        loc="outside lower center",
        ncols=min(4, len(handles)),
        markerfirst=forward,
    )


def _svg(figure: Figure) -> str:
    with mpl.rc_context(_STYLE):
        return svg(figure)
