"""igraph's side of `bench.networks`: ``graph_igraph.py ENDS.npy NODES``."""

import json
import resource
import sys
import time

import igraph
import numpy as np

found = {}


def _clock(name, call, times=1):
    started = time.process_time()
    result = call()
    found[name] = round((time.process_time() - started) / times, 4)
    return result


ends, nodes = np.load(sys.argv[1]), int(sys.argv[2])
graph = _clock("build", lambda: igraph.Graph(n=nodes, edges=ends).simplify())
found["ties"] = graph.ecount()
parts = _clock("components", graph.connected_components)
_clock("cores", graph.coreness)
sources = np.random.default_rng(0).choice(nodes, 4, replace=False).tolist()
_clock("betweenness_a_source", lambda: graph.betweenness(sources=sources), 4)
largest = np.array(sorted(max(parts, key=len)))
pairs = np.random.default_rng(2).choice(largest, (10, 2), replace=False).tolist()[:2]
_clock(
    "five_paths_a_pair_by_hops",
    lambda: [graph.get_k_shortest_paths(a, b, k=5) for a, b in pairs],
    len(pairs),
)
found["peak_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
json.dump(found, sys.stdout)
