"""Who is tied to whom, as arrays, and what can be computed on them."""

from manara.graph.arrays import Graph
from manara.graph.ties import Network, Statement, network

__all__ = ["Graph", "Network", "Statement", "network"]
