"""Networks: kernels of our own beside igraph and networkx, on one generated graph.

Prints CPU seconds of building a graph, components, cores, betweenness (one source), five shortest
paths (one pair), and orders of dismantling, with peak memory of each program. With
MANARA_SHARED_DATA set, also R on real networks beside published adaptive betweenness.

``--nodes 1000000`` makes the large graph; networkx is left out above 200,000 nodes.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench._run import PEERS, main, peer
from manara.graph import dismantle, read_edges

#: Ties for each node of the generated graph, before loops and repetitions are dropped.
_TIES = 9.5
_NETWORKX_NODES = 200_000
#: Files of real networks by their name in the published figures.
_REAL = {"9/11 (60)": "2__1", "Caviar": "10__1", "Siren": "41", "Togo": "47"}


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of each program on one graph, and R on the real networks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ends.npy"
        ends = generated(options.nodes)
        np.save(path, ends)
        found: dict[str, Any] = {"nodes": options.nodes, "rows": len(ends)}
        ours = [sys.executable, "-m", "bench._networks_ours", str(path), str(options.nodes)]
        _answer([*ours, "warm"])  # compiles, once a machine
        found["manara"] = _answer(ours)
        for name in ("igraph", "networkx"):
            if name == "igraph" or options.nodes <= _NETWORKX_NODES:
                script = str(PEERS / f"graph_{name}.py")
                found[name] = _answer([peer(name), script, str(path), str(options.nodes)])
    shared = os.environ.get("MANARA_SHARED_DATA")
    return found | ({"R": robustness(Path(shared) / "networks")} if shared else {})


def generated(nodes: int) -> np.ndarray:
    """Return ends of ties drawn by weights of a power law (exponent 2.5), as hubs need."""
    rng = np.random.default_rng(1)
    weight = np.minimum(rng.pareto(1.5, nodes) + 1, 2 * np.sqrt(nodes))
    size = (int(nodes * _TIES), 2)
    return rng.choice(nodes, size, p=weight / weight.sum()).astype(np.int32)


def robustness(folder: Path) -> dict[str, Any]:
    """Return R of our one recipe beside that of adaptive betweenness as published."""
    with (folder / "dismantling/measured_R_real_networks.csv").open() as file:
        published = {row["net"]: float(row["HBA"]) for row in csv.DictReader(file)}
    found: dict[str, Any] = {}
    for name, number in _REAL.items():
        graph = read_edges(folder / f"covert/covert_{number}.edges.csv").graph
        ours = round(dismantle(graph).robustness, 4)
        found[name] = {"manara": ours, "adaptive_betweenness": published[name]}
    crime = read_edges(folder / "dismantling/CrimeNet.txt").graph
    found["CrimeNet"] = {"manara": round(dismantle(crime).robustness, 4)}
    return found


def _answer(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    main("networks", run, nodes=100_000)
