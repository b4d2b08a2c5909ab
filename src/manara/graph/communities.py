"""Groups of nodes more tied to each other than to the rest."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix
from sknetwork.clustering import Leiden, Louvain

from manara.graph.arrays import I32, Graph


def communities(
    graph: Graph, method: Literal["leiden", "louvain"] = "leiden", seed: int = 0
) -> I32:
    """Return the community of each node, numbered from 0 by falling size; shape (n,).

    The partition raises modularity (Newman & Girvan 2004) by ties' weights; it is one of several
    that do about as well, so read its borders with care.

    Args:
        graph: who is tied to whom.
        method: Leiden (Traag, Waltman & van Eck 2019) or Louvain (Blondel et al. 2008).
        seed: seed of the order in which nodes are visited.
    """
    if not graph.m:
        return np.arange(graph.n, dtype=np.int32)
    # The library wants index arrays of one width.
    width = np.int32 if 2 * graph.m < 2**31 else np.int64
    matrix = csr_matrix(
        (graph.weight[graph.tie], graph.target.astype(width), graph.start.astype(width)),
        (graph.n, graph.n),
    )
    algorithm = Leiden if method == "leiden" else Louvain
    labels: I32 = algorithm(random_state=seed, shuffle_nodes=True).fit_predict(matrix)
    size = np.bincount(labels)
    number = np.empty(len(size), np.int32)
    number[np.argsort(-size, kind="stable")] = np.arange(len(size), dtype=np.int32)
    return np.asarray(number[labels], np.int32)
