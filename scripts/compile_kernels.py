"""Compile the largest kernels once, before tests that run side by side would each compile them.

Usage: python scripts/compile_kernels.py names|money
"""

from __future__ import annotations

import sys

import pyarrow as pa


def names() -> None:
    """Compile what screening and resolution take."""
    from manara.identity import Index, NameEntry, Query, resolve

    known = ["Hala Manarzi", "Amina Cisse", "Sorin Vaskeld", "Oumeya Brandal", "Halah Manarzi"]
    entries = [NameEntry(f"p-{at}", name) for at, name in enumerate(known)]
    Index.build(entries).search(Query("Halah al-Manarzi"))
    resolve(pa.table({"id": [entry.entity_id for entry in entries], "name": known}))


def money() -> None:
    """Compile what patterns in payments, their score and convergence take."""
    import numpy as np

    from manara.graph import Graph
    from manara.money import Stream, mine
    from manara.money.score import rank
    from manara.network.converge import Settings, converge

    rows = range(3000)
    paid = pa.table(
        {
            "tx_id": list(rows),
            "ts": [1_700_000_000 + 3600 * at for at in rows],
            "src": [f"a{at % 17}" for at in rows],
            "dst": [f"a{(at * 5 + 1) % 17}" for at in rows],
            "amount": [100.0 + at for at in rows],
        }
    )
    mine(paid, features=True)
    Stream()
    rank(paid.slice(0, 2000), paid.slice(2000))
    ring = np.arange(6, dtype=np.int32)
    graph = Graph.of([f"e-{at}" for at in ring], ring, np.roll(ring, 1))
    profile = np.eye(2)[ring % 2]
    converge(graph, profile, ["arms", "drugs"], Settings(draws=10))


if __name__ == "__main__":
    {"names": names, "money": money}[sys.argv[1]]()
