"""Rank intervals: how often they hold the true rank, on networks of which ties were hidden.

Of each network of MANARA_SHARED_DATA (or of an invented one) one tie in five is hidden, several
times over, and the ranks in the whole network are compared with the intervals that are stated for
those left. The standard error is that of the mean over trials, as ranks of one trial depend on each
other.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np

from bench._run import main
from manara.graph import Graph, read_edges
from manara.network.brokers import rank_brokers

#: Above so many ties a network is left out, as each trial ranks it some hundred times.
_MOST = 1_000


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return for each network the share of ranks held, its standard error, and the width."""
    return {
        name: _coverage(graph, options) for name, graph in _networks().items() if graph.m < _MOST
    }


def _coverage(whole: Graph, options: argparse.Namespace) -> dict[str, float]:
    hidden = options.hidden / 100
    truth = {whole.nodes[one.node]: one.rank for one in rank_brokers(whole, trials=1).brokers}
    rng = np.random.default_rng(8)
    held, widths = [], []
    for seed in range(options.trials):
        ends = whole.ends[rng.random(whole.m) >= hidden]
        seen = Graph.of(whole.nodes, ends[:, 0], ends[:, 1])
        seen = seen.within(seen.degree > 0)
        found = rank_brokers(seen, hidden=hidden, seed=seed).brokers
        held.append(np.mean([one.low <= truth[seen.nodes[one.node]] <= one.high for one in found]))
        widths.append(np.mean([one.high - one.low + 1 for one in found]) / whole.n)
    return {
        "nodes": whole.n,
        "ties": whole.m,
        "held": round(float(np.mean(held)), 3),
        "standard_error": round(float(np.std(held)) / len(held) ** 0.5, 3),
        "width": round(float(np.mean(widths)), 2),
    }


def _networks() -> dict[str, Graph]:
    shared = os.environ.get("MANARA_SHARED_DATA")
    if shared:
        files = sorted((Path(shared) / "networks/covert").glob("*.edges.csv"))
        return {path.name.split(".")[0]: read_edges(path).graph for path in files}
    rng = np.random.default_rng(1)
    one, other = rng.integers(0, 60, (2, 150), dtype=np.int32)
    return {"invented": Graph.of([str(node) for node in range(60)], one, other)}


if __name__ == "__main__":
    main("brokers", run, trials=100, hidden=20)
