"""Exercises: time and memory over the size of the world, and its shapes beside published ones.

Growth is measured on exercises of more and more people, shapes on one medium world; both are drawn
into `docs/explanation`. Telling is how well gradient-boosted trees, fitted to worlds of one
scenario, tell planted records of the other.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench._exercise_telling import telling
from bench._run import main, peak_mib
from manara.exercise.codes import code
from manara.exercise.new import make_world, new_exercise
from manara.exercise.tables import World

_PAGES = Path(__file__).parents[1] / "docs" / "explanation"


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of all parts."""
    return {"growth": growth(options), "shapes": shapes(options), "telling": telling(options.seed)}


def growth(options: argparse.Namespace) -> dict[str, Any]:
    """Return CPU seconds, peak memory and bytes written by number of people."""
    rows = []
    for people in [n for n in (1_000, 4_000, 16_000, 64_000, 256_000) if n <= options.people]:
        folder = Path(tempfile.mkdtemp()) / "exercise"
        started = time.process_time()
        made = new_exercise("four-coasts", options.seed, str(people), folder)
        used = time.process_time() - started
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        shutil.rmtree(folder.parent)
        rows.append(
            {"people": people, "payments": made["payments"], "crossings": made["crossings"]}
            | {
                "cpu_s": round(used, 2),
                "peak_mib": round(peak_mib()),
                "mib": round(size / 2**20, 1),
            }
        )
    _draw_growth(rows)
    return {"rows": rows}


def _draw_growth(rows: list[dict[str, Any]]) -> None:
    figure, panels = _figure(3)
    for panel, (key, title) in zip(
        panels,
        (("cpu_s", "CPU seconds"), ("peak_mib", "peak memory, MiB"), ("mib", "written, MiB")),
        strict=True,
    ):
        panel.loglog([row["people"] for row in rows], [row[key] for row in rows], "o-")
        panel.set_title(title)
        panel.set_xlabel("people")
    _save(figure, "exercise-growth.svg")


def shapes(options: argparse.Namespace) -> dict[str, Any]:
    """Return exponents of the world's distributions, and draw them."""
    world, _ = make_world("four-coasts", options.seed, "medium")
    payments = world.tables["payments"]
    shop = payments["purpose"] == code("purpose", "shop")
    figure, panels = _figure(4)
    degree = np.bincount(payments["payee"][payments["payee"] >= 0])
    found = {
        "payments_received_exponent": _tail(panels[0], degree[degree > 0], 50, "payments received"),
        "amount_exponent": _amounts(panels[1], world),
        "gap_exponent": _gaps(panels[2], world, np.flatnonzero(shop)),
        "given_name_exponent": _names(panels[3], world),
    }
    hours = np.bincount(payments["time"][shop] // 3_600 % 24, minlength=24)
    night = float(hours[:6].sum() / hours.sum())
    _save(figure, "exercise-shapes.svg")
    return {key: round(value, 2) for key, value in found.items()} | {"night_share": round(night, 3)}


def _tail(panel: Axes, values: np.ndarray[Any, Any], least: float, title: str) -> float:
    """Draw how many are larger, and return the exponent of the density above ``least`` (Hill)."""
    ordered = np.sort(values)[::-1]
    shown = np.unique(np.geomspace(1, len(ordered), 150).astype(int)) - 1
    panel.loglog(ordered[shown], (shown + 1) / len(ordered))
    panel.set_title(title)
    panel.set_ylabel("share of at least")
    far = ordered[ordered >= least]
    return float(1 + len(far) / np.log(far / least).sum())


def _amounts(panel: Axes, world: World) -> float:
    payments = world.tables["payments"]
    rates = np.array([state.rate for state in world.scenario.states])
    amounts = payments["amount"] / 100 / rates[payments["currency"]]
    return _tail(panel, amounts, float(np.quantile(amounts, 0.99)), "amounts")


def _gaps(panel: Axes, world: World, rows: np.ndarray[Any, Any]) -> float:
    """Draw the time between payments of one payer in shops, in seconds."""
    payments = world.tables["payments"]
    order = rows[np.lexsort((payments["time"][rows], payments["payer"][rows]))]
    same = payments["payer"][order][1:] == payments["payer"][order][:-1]
    gaps = np.diff(payments["time"][order])[same]
    gaps = gaps[gaps > 0]
    _tail(panel, gaps, 60.0, "seconds between purchases")
    short = gaps[(gaps >= 60) & (gaps < 21_600)]
    # Maximum likelihood of a power law cut at six hours, before the day's rhythm shows.
    tried = np.arange(1.01, 3, 0.01)
    norms = [np.log((60 ** (1 - a) - 21_600 ** (1 - a)) / (a - 1)) for a in tried]
    likely = -tried * np.log(short).mean() - np.array(norms)
    return float(tried[likely.argmax()])


def _names(panel: Axes, world: World) -> float:
    """Draw frequency over rank of the given names of one culture, and return the slope."""
    people = world.tables["people"]
    mask = (people["culture"] == 0) & (people["sex"] == 1)
    counts = np.sort(np.bincount(people["given"][mask]))[::-1]
    family = np.sort(np.bincount(people["family"][people["culture"] == 0]))[::-1]
    for name, each in (("given", counts), ("family", family)):
        each = each[each > 0]
        rank = np.unique(np.geomspace(1, len(each), 150).astype(int))
        panel.loglog(rank, each[rank - 1] / each.sum(), label=name)
    panel.legend()
    panel.set_title("names by rank")
    counts = counts[counts > 0]
    return float(-np.polyfit(np.log(np.arange(len(counts)) + 1), np.log(counts), 1)[0])


def _figure(count: int) -> tuple[Figure, Any]:
    mpl.rcParams |= {"svg.hashsalt": "manara", "svg.fonttype": "none"}
    figure = Figure(figsize=(3.2 * count, 3), layout="constrained")
    return figure, figure.subplots(1, count)


def _save(figure: Figure, name: str) -> None:
    figure.savefig(_PAGES / name, metadata={"Date": None})


if __name__ == "__main__":
    main("exercise", run, seed=7, people=256_000)
