"""Compile the largest kernels once, before processes that run side by side would each compile them.

Usage: python scripts/compile_kernels.py names|money|search|same

Whoever calls it for the same part meanwhile waits until it is done.
"""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import pyarrow as pa

KNOWN = ["Hala Manarzi", "Amina Cisse", "Sorin Vaskeld", "Oumeya Brandal", "Halah Manarzi"]


def names() -> None:
    """Compile what screening and resolution take."""
    search()
    _resolve()


def search() -> None:
    """Compile what screening takes."""
    from manara.identity import Index, NameEntry, Query

    entries = [NameEntry(f"p-{at}", name) for at, name in enumerate(KNOWN)]
    Index.build(entries).search(Query("Halah al-Manarzi"))


def same() -> None:
    """Compile what nodes take that look for who is the same and who stands between crimes."""
    _resolve()
    _converge(10)


def _resolve() -> None:
    from manara.identity import resolve

    ids = [f"p-{at}" for at in range(len(KNOWN))]
    resolve(pa.table({"id": ids, "name": KNOWN}))


def _converge(draws: int) -> None:
    import numpy as np

    from manara.graph import Graph
    from manara.network.converge import Settings, converge

    ring = np.arange(6, dtype=np.int32)
    graph = Graph.of([f"e-{at}" for at in ring], ring, np.roll(ring, 1))
    profile = np.eye(2)[ring % 2]
    converge(graph, profile, ["arms", "drugs"], Settings(draws=draws))


def money() -> None:
    """Compile what patterns in payments, their score and convergence take."""
    from manara.money import Stream, mine
    from manara.money.score import rank

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
    _converge(10)


if __name__ == "__main__":
    parts = {"names": names, "money": money, "search": search, "same": same}
    with (Path(sys.prefix) / f".kernels-{sys.argv[1]}").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        parts[sys.argv[1]]()
