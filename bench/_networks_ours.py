"""Our side of `bench.networks`: ``python -m bench._networks_ours ENDS.npy NODES [warm]``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench._run import peak_mib
from manara.graph import (
    Graph,
    Records,
    adaptive_degree,
    betweenness,
    components,
    core_hd,
    core_numbers,
    dismantling,
    shortest_paths,
)

_SOURCES, _PAIRS = 8, 10


def _figures(ends: np.ndarray, nodes: int) -> dict[str, float]:
    found: dict[str, float] = {}

    def clock(name: str, call: Callable[[], Any], times: int = 1) -> Any:
        started = time.process_time()
        result = call()
        found[name] = round((time.process_time() - started) / times, 4)
        return result

    graph = clock("build", lambda: Graph.of(range(nodes), ends[:, 0], ends[:, 1]))
    found["ties"] = graph.m
    found["ties_a_second"] = round(graph.m / max(found["build"], 1e-9))
    label = clock("components", lambda: components(graph))
    clock("cores", lambda: core_numbers(graph))
    clock("betweenness_a_source", lambda: betweenness(graph, _SOURCES), _SOURCES)
    rng = np.random.default_rng(2)
    pairs = rng.choice(np.flatnonzero(label == 0), (_PAIRS, 2), replace=False).tolist()
    sure = -np.log(rng.uniform(0.3, 1, graph.m))
    kinds = {"hops": Records.of(graph), "confidence": Records.of(graph, cost=sure)}
    for name, records in kinds.items():
        clock(
            f"five_paths_a_pair_by_{name}",
            lambda records=records: [shortest_paths(graph, a, b, 5, records) for a, b in pairs],
            _PAIRS,
        )
    order = clock("adaptive_degree", lambda: adaptive_degree(graph))
    clock("core_hd", lambda: core_hd(graph))
    clock("curve_and_r", lambda: dismantling(graph, order))
    return found | {"peak_mib": peak_mib()}


if __name__ == "__main__":
    ends, nodes = np.load(sys.argv[1]), int(sys.argv[2])
    if sys.argv[3:] == ["warm"]:
        nodes = 1000
        ends = ends % nodes
    json.dump(_figures(ends, nodes), sys.stdout)
