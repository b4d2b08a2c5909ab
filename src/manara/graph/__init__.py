"""Who is tied to whom, as arrays, and what can be computed on them."""

from manara.graph.arrays import Graph

__all__ = ["Graph"]
