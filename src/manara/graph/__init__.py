"""Who is tied to whom, as arrays, and what can be computed on them."""

from manara.graph.arrays import Graph
from manara.graph.build import network
from manara.graph.centrality import betweenness, constraint, katz
from manara.graph.dismantle import (
    Dismantling,
    adaptive_betweenness,
    adaptive_degree,
    core_hd,
    dismantle,
    dismantling,
)
from manara.graph.files import FileNetwork, read_edges, read_nodes, write_chart, write_edges
from manara.graph.markup import read_markup, write_gexf, write_graphml
from manara.graph.paths import Paths, Records, shortest_paths
from manara.graph.structure import components, core_numbers, efficiency, fragmentation
from manara.graph.ties import Network, Statement

__all__ = [
    "Dismantling",
    "FileNetwork",
    "Graph",
    "Network",
    "Paths",
    "Records",
    "Statement",
    "adaptive_betweenness",
    "adaptive_degree",
    "betweenness",
    "components",
    "constraint",
    "core_hd",
    "core_numbers",
    "dismantle",
    "dismantling",
    "efficiency",
    "fragmentation",
    "katz",
    "network",
    "read_edges",
    "read_markup",
    "read_nodes",
    "shortest_paths",
    "write_chart",
    "write_edges",
    "write_gexf",
    "write_graphml",
]
