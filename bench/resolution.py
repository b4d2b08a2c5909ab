"""Entity resolution of a table of persons, beside Splink on the same table.

Prints pairwise F1 of the clusters (of Splink at the best of three thresholds), CPU seconds and peak
memory of both, and their ratios; then what 1,000 further records cost. With MANARA_SHARED_DATA set,
the labelled historical persons and the truth set of hard cases there are resolved too, and a
workspace of the official lists.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench._records import people
from bench._run import PEERS, main, measure, peer
from bench._truthset import real_lists, truth_set
from manara.identity.resolution.table import resolve

_RESOLVE = """
import sys
import pyarrow.parquet as pq
from manara.identity.resolution.table import resolve
pq.write_table(resolve(pq.read_table(sys.argv[1])).canonical, sys.argv[2])
"""
_THRESHOLDS = ("0.5", "0.9", "0.99")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of ours, the peer's and their ratios, for each table."""
    found = {"generated": compared(people(options.persons), "person", options.runs)}
    shared = os.environ.get("MANARA_SHARED_DATA")
    if shared:
        table = pq.read_table(Path(shared) / "identity/er/historical_50k_dev.parquet")
        table = table.rename_columns({"unique_id": "id"}).drop_columns(["first_and_surname"])
        found["historical"] = compared(table, "cluster", options.runs)
        real, made = truth_set(Path(shared) / "identity/er")
        found["truth set"] = {"records": real.num_rows} | scores(real, "cluster", made)
        found["real lists"] = real_lists(Path(shared) / "lists")
    return found | {"insert": insert(options.persons)}


def compared(table: pa.Table, truth: str, runs: int) -> dict[str, Any]:
    """Return figures of one table; the column ``truth`` is kept from both."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = str(Path(folder) / "table.parquet"), str(Path(folder) / "clusters")
        pq.write_table(table.drop_columns([truth]), source)
        measure([sys.executable, "-c", _RESOLVE, source, target], 1)  # compiles, once a machine
        ours = measure([sys.executable, "-c", _RESOLVE, source, target], runs)
        mine = scores(table, truth, pq.read_table(target))
        script = str(PEERS / "resolve_splink.py")
        theirs = measure([peer("splink"), script, source, target, *_THRESHOLDS], runs)
        best = max(
            (scores(table, truth, pq.read_table(f"{target}.{t}")) for t in _THRESHOLDS),
            key=lambda score: score["f1"],
        )
    return {
        "records": table.num_rows,
        "ours": mine | ours,
        "splink": best | theirs,
        "ratio_cpu": round(theirs["cpu_s"] / ours["cpu_s"], 2),
        "ratio_memory": round(theirs["peak_mib"] / ours["peak_mib"], 2),
    }


def scores(table: pa.Table, truth: str, found: pa.Table) -> dict[str, float]:
    """Return pairwise precision, recall and F1 of clusters (columns: id, cluster)."""
    found = found.rename_columns(["id", "found"])
    both = table.select(["id", truth]).join(found, "id", join_type="inner")
    real = np.unique(both[truth].to_numpy(), return_inverse=True)[1].astype(np.int64)
    made = np.unique(both["found"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    right = _pairs(real * (made.max() + 1) + made)
    precision, recall = right / max(_pairs(made), 1), right / max(_pairs(real), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"f1": round(f1, 4), "precision": round(precision, 4), "recall": round(recall, 4)}


def _pairs(labels: np.ndarray) -> int:
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def insert(count: int) -> dict[str, float]:
    """Return what 1,000 further records cost, and taking one pair apart (seconds of wall time)."""
    table = people(count).drop_columns(["person"])
    base = resolve(table.slice(0, count - 2_000))
    base.insert(table.slice(count - 2_000, 1_000))
    started = time.perf_counter()
    grown = base.insert(table.slice(count - 1_000, 1_000))
    inserted = time.perf_counter()
    left, right = next((a, b) for a, b in grown.clusters.items() if a != b)
    ready = time.perf_counter()
    grown.unmerge(left, right)
    return {
        "insert_1000_s": round(inserted - started, 3),
        "unmerge_s": round(time.perf_counter() - ready, 3),
    }


if __name__ == "__main__":
    main("resolution", run, persons=1_000_000, runs=1)
