"""Hidden ties: are the ties that were taken out found again, and is the stated probability right.

One tie in five is hidden, ten times. Prints the area under the ROC curve of the joint score beside
Katz's and Adamic-Adar's alone, and the reliability error (mean distance of stated and observed
frequency over ten bins of equally many pairs), on seven covert networks of MANARA_SHARED_DATA. The
weights in force are those that the fit on five other networks gives; it is printed too.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.stats import rankdata

from bench._run import main
from manara.graph import Graph
from manara.network.hidden import Scores, log_odds, scores

_TRAIN = ("covert_13", "covert_24", "covert_32", "covert_39", "covert_36")
_SHORT = ("2__1", "26", "10__1", "12", "41", "47", "9__1")
_TEST = tuple(f"covert_{name}" for name in _SHORT)
_HIDDEN = 0.2


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return figures by network, and the weights that the training networks give."""
    shared = os.environ.get("MANARA_SHARED_DATA")
    if not shared:
        return {"skipped": "set MANARA_SHARED_DATA"}
    folder = Path(shared) / "networks/covert"
    found = {name: _figures(_network(folder, name), options.trials) for name in _TEST}
    better = sum(
        one["auc"] >= max(one["auc_katz"], one["auc_adamic_adar"]) for one in found.values()
    )
    return {"networks": found, "not_behind_either": better, "weights": _fit(folder, options.trials)}


def _figures(graph: Graph, trials: int) -> dict[str, float]:
    areas, stated, real = [], [], []
    for scored, known, tied in _trials(graph, trials, 99):
        odds = log_odds(scored, known, _HIDDEN / (1 - _HIDDEN))
        areas.append([_auc(score, tied) for score in (odds, scored.katz, scored.adamic_adar)])
        stated.append(1 / (1 + np.exp(-odds)))
        real.append(tied)
    probability, truth = np.concatenate(stated), np.concatenate(real)
    bins = np.array_split(np.argsort(probability, kind="stable"), 10)
    error = sum(len(b) * abs(probability[b].mean() - truth[b].mean()) for b in bins)
    joint, katz, adamic = np.mean(areas, axis=0).round(3).tolist()
    return {
        "auc": joint,
        "auc_katz": katz,
        "auc_adamic_adar": adamic,
        "reliability_error": round(float(error / len(truth)), 4),
    }


def _trials(graph: Graph, trials: int, seed: int) -> Iterator[tuple[Scores, int, np.ndarray]]:
    """Yield scores of the pairs without a tie, the ties left, and which pairs were hidden."""
    rng = np.random.default_rng(seed)
    for _ in range(trials):
        hidden = rng.random(graph.m) < _HIDDEN
        left = graph.ends[~hidden]
        scored = scores(Graph.of(graph.nodes, left[:, 0], left[:, 1]))
        taken = graph.ends[hidden].astype(np.int64)
        tied = np.isin(scored.one * graph.n + scored.other, taken[:, 0] * graph.n + taken[:, 1])
        yield scored, len(left), tied


def _fit(folder: Path, trials: int) -> list[float]:
    """Return the weights of greatest likelihood, every network counting by its pairs found."""
    sets = []
    for name in _TRAIN:
        for scored, known, tied in _trials(_network(folder, name), trials, 7):
            base = np.log(_HIDDEN / (1 - _HIDDEN) * known / len(tied))
            sets.append((scored.features, tied, base, 1 / max(1, tied.sum())))

    def cost(weights: np.ndarray) -> float:
        total = 1e-3 * (weights[1:] ** 2).sum() * len(sets)
        for features, tied, base, share in sets:
            odds = features @ weights + base
            total += share * (np.logaddexp(0, odds) - tied * odds).sum()
        return total / len(sets)

    return [round(float(w), 3) for w in minimize(cost, np.zeros(5), method="BFGS").x]


def _auc(score: np.ndarray, tied: np.ndarray) -> float:
    count = tied.sum()
    ranks = rankdata(score)[tied].sum()
    return float((ranks - count * (count + 1) / 2) / (count * (len(tied) - count)))


def _network(folder: Path, name: str) -> Graph:
    with (folder / f"{name}.nodes.csv").open(encoding="utf-8") as file:
        nodes = [row["id"] for row in csv.DictReader(file)]
    number = {node: at for at, node in enumerate(nodes)}
    with (folder / f"{name}.edges.csv").open(encoding="utf-8") as file:
        ties = [(number[row["source"]], number[row["target"]]) for row in csv.DictReader(file)]
    ends = np.array(ties, np.int32)
    return Graph.of(nodes, ends[:, 0], ends[:, 1])


if __name__ == "__main__":
    main("hidden", run, trials=10)
