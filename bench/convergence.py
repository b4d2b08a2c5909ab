"""Convergence: false findings and power on bridges planted in real networks, and speed.

Each network of MANARA_SHARED_DATA (or an invented one) is first drawn anew with its degrees and the
ties between its domains kept, so that it has no bridge of its own. One entity in twenty then gets
as many further ties as it has, or EXTRA if that is more, to random entities of other domains. A
finding is false if nothing was planted there. CRIMENET has domains (the types of its
organisations); the others have none, and get four by growing regions from random entities.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench._run import main, peak_mib
from manara.graph import Graph
from manara.network.converge import Settings, converge
from manara.network.nulls import mixing_kept
from manara.network.rewire import TRIES, Stubs, crossings, draw_crossings, exchange

#: The first three served to choose how findings set apart count; the others did not.
_COVERT = ("covert_2__1", "covert_10__1", "covert_36", "covert_24", "covert_41", "covert_9__1")


#: In networks of few ties a trial has three or five planted ones, so that the rate of one trial is
#: a matter of chance; it costs little, and so many times as many are made.
_SMALL, _MORE = 1_000, 6


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return rates of false findings and power by network, then speed and mixing on the first."""
    networks = dict(_networks())
    found = {}
    for name, (graph, label) in networks.items():
        times = options.trials * (_MORE if graph.m < _SMALL else 1)
        trials = [_trial(graph, label, number, options) for number in range(times)]
        shuffled = [_trial(graph, label, number, options, 0) for number in range(times)]
        rates = [false / max(1, all_) for false, all_, _ in trials]
        found[name] = {
            "entities": graph.n,
            "ties": graph.m,
            "trials": times,
            "false_discovery_rate": _mean(rates),
            "standard_error": round(float(np.std(rates)) / times**0.5, 3),
            "power": _mean(power for *_, power in trials),
            "shuffled_with_a_finding": _mean(all_ > 0 for _, all_, _ in shuffled),
        }
    graph, label = next(iter(networks.values()))
    return {"networks": found, "speed": _speed(graph, label), "mixing": _mixing(graph, label)}


def _trial(
    graph: Graph, label: np.ndarray, number: int, options: argparse.Namespace, share: int = 5
) -> tuple[int, int, float]:
    """Return false findings, all findings, and the share of the planted that were found."""
    rng = np.random.default_rng(number)
    stubs = Stubs.of(graph, label)
    mate = stubs.mate.copy()
    exchange(stubs, mate, 20 * graph.m, np.array([number], np.uint64))
    source, target = [stubs.node], [stubs.node[mate]]
    count = graph.n * share // 100
    planted = rng.choice(graph.n, max(count, 3) if share else 0, replace=False)
    for node in planted:
        others = np.flatnonzero(label != label[node])
        extra = max(options.extra, int(graph.degree[node]))
        chosen = rng.choice(others, min(extra, len(others)), replace=False)
        source.append(np.full(len(chosen), node, np.int32))
        target.append(chosen.astype(np.int32))
    network = Graph.of(graph.nodes, np.concatenate(source), np.concatenate(target))
    profile = np.eye(label.max() + 1)[label]
    _, found, _ = mixing_kept(network, profile, seed=number, draws=options.draws, fdr=0.1)
    right = int(found[planted].sum())
    return int(found.sum()) - right, int(found.sum()), right / max(1, len(planted))


def _speed(graph: Graph, label: np.ndarray) -> dict[str, float]:
    """Return CPU seconds of 1,000 random networks under each null, and of a whole report."""
    profile = np.eye(label.max() + 1)[label]
    spent = {}
    for name, classes in (("null_a", np.zeros_like(label)), ("null_b", label)):
        stubs = Stubs.of(graph, classes)
        started = time.process_time()
        draw_crossings(stubs, profile, 1, 1000, TRIES * graph.m)
        spent[f"{name}_1000_draws_cpu_s"] = round(time.process_time() - started, 2)
    names = [str(domain) for domain in range(profile.shape[1])]
    started = time.process_time()
    converge(graph, profile, names, Settings())
    spent["report_cpu_s"] = round(time.process_time() - started, 2)
    return spent | {"peak_mib": peak_mib()}


def _mixing(graph: Graph, label: np.ndarray) -> dict[str, float]:
    """Return the correlation of ties to other domains with those after so many tries a tie.

    What is correlated is the deviation from the mean, of entities with five ties or more.
    """
    profile = np.eye(label.max() + 1)[label]
    stubs, large = Stubs.of(graph, label), graph.degree >= 5
    mean = draw_crossings(stubs, profile, 1, 500, 10 * graph.m).mean(axis=0)[large]
    first = crossings(stubs.node, stubs.mate, profile)[large] - mean
    state, found = np.array([2], np.uint64), {}
    for tries in (1, 3, 5, 10):
        values = []
        for _ in range(50):
            mate = stubs.mate.copy()
            exchange(stubs, mate, tries * graph.m, state)
            after = crossings(stubs.node, mate, profile)[large] - mean
            values.append(np.corrcoef(first, after)[0, 1])
        found[f"after_{tries}"] = round(float(np.mean(values)), 3)
    return found


def _networks() -> Any:
    """Yield name, network and domain of each entity; those without ties are left out."""
    shared = os.environ.get("MANARA_SHARED_DATA")
    if not shared:
        rng = np.random.default_rng(1)
        label = rng.integers(0, 5, 1000).astype(np.int32)
        one, other = rng.integers(0, 1000, (2, 12_000), dtype=np.int32)
        kept = (label[one] == label[other]) | (rng.random(len(one)) < 0.15)
        yield (
            "invented",
            _tied(Graph.of([str(n) for n in range(1000)], one[kept], other[kept]), label),
        )
        return
    folder = Path(shared) / "networks"
    data = json.loads((folder / "crimenet/crimenet_alliances.json").read_text("utf-8"))
    types = {one["name"]: one["type"] for one in data["entities"]}
    label = np.unique(list(types.values()), return_inverse=True)[1].astype(np.int32)
    ties = [(one["source"], one["target"]) for one in data["relations"]]
    yield "crimenet", _tied(_graph(list(types), ties), label)
    lines = (folder / "dismantling/CrimeNet.txt").read_text("utf-8").splitlines()
    ties = [(ends[0], ends[1]) for ends in map(str.split, lines)]
    graph = _graph(sorted({node for tie in ties for node in tie}), ties)
    yield "crime_754", (graph, _regions(graph, 4))
    for name in _COVERT:
        with (folder / f"covert/{name}.nodes.csv").open(encoding="utf-8") as file:
            nodes = [row["id"] for row in csv.DictReader(file)]
        with (folder / f"covert/{name}.edges.csv").open(encoding="utf-8") as file:
            ties = [(row["source"], row["target"]) for row in csv.DictReader(file)]
        graph, _ = _tied(_graph(nodes, ties), np.zeros(len(nodes), np.int32))
        yield name, (graph, _regions(graph, 4))


def _graph(nodes: list[str], ties: list[tuple[str, str]]) -> Graph:
    number = {name: at for at, name in enumerate(nodes)}
    ends = np.array([(number[a], number[b]) for a, b in ties], np.int32)
    return Graph.of(nodes, ends[:, 0], ends[:, 1])


def _tied(graph: Graph, label: np.ndarray) -> tuple[Graph, np.ndarray]:
    kept = graph.degree > 0
    return graph.within(kept), label[kept]


def _regions(graph: Graph, count: int) -> np.ndarray:
    """Return regions grown from random entities, one tie after the other."""
    rng = np.random.default_rng(1)
    region = np.full(graph.n, -1, np.int32)
    region[rng.choice(graph.n, count, replace=False)] = np.arange(count)
    while True:
        edge = [
            (one, other)
            for a, b in graph.ends.tolist()
            for one, other in ((a, b), (b, a))
            if region[one] >= 0 > region[other]
        ]
        if not edge:
            break
        one, other = edge[rng.integers(len(edge))]
        region[other] = region[one]
    return np.where(region < 0, rng.integers(0, count, graph.n), region).astype(np.int32)


def _mean(values: Any) -> float:
    return round(float(np.mean(list(values))), 3)


if __name__ == "__main__":
    main("convergence", run, trials=20, extra=12, draws=1000)
