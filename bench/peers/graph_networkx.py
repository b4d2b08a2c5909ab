"""networkx's side of `bench.networks`: ``graph_networkx.py ENDS.npy NODES``."""

import itertools
import json
import resource
import sys
import time

import networkx as nx
import numpy as np

found = {}


def _clock(name, call, times=1):
    started = time.process_time()
    result = call()
    found[name] = round((time.process_time() - started) / times, 4)
    return result


def _build():
    graph = nx.empty_graph(nodes)
    graph.add_edges_from((a, b) for a, b in ends.tolist() if a != b)
    return graph


ends, nodes = np.load(sys.argv[1]), int(sys.argv[2])
graph = _clock("build", _build)
found["ties"] = graph.number_of_edges()
parts = _clock("components", lambda: list(nx.connected_components(graph)))
_clock("cores", lambda: nx.core_number(graph))
_clock("betweenness_a_source", lambda: nx.betweenness_centrality(graph, k=2, seed=1), 2)
largest = np.array(sorted(max(parts, key=len)))
pairs = np.random.default_rng(2).choice(largest, (10, 2), replace=False).tolist()[:2]
_clock(
    "five_paths_a_pair_by_hops",
    lambda: [[*itertools.islice(nx.shortest_simple_paths(graph, a, b), 5)] for a, b in pairs],
    len(pairs),
)
found["peak_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
json.dump(found, sys.stdout)
