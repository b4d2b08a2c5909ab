"""Patterns in payments, beside the graph features of snapml on the same payments.

Prints payments a CPU second, peak memory and their ratios for the peer's patterns (fans, temporal
cycles, scatter-gather; ours with features and instances), the same for all our patterns, waiting
times one payment at a time, and growth on generated payments. With MANARA_SHARED_DATA set the
streams there are mined, else generated ones. The peer is stopped after `--seconds` CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench._run import PEERS, main, peer
from manara.money import Stream

_OURS = """
import json, resource, sys, time
import pyarrow.parquet as pq
from manara.money import mine
asked = json.loads(sys.argv[2])
table = pq.read_table(sys.argv[1], columns=["tx_id", "src", "dst", "ts", "amount"])
table = table.slice(0, int(sys.argv[3]))
mine(table.slice(0, 10), features=True, **asked)
begun = time.process_time()
found = mine(table, features=True, budget=None, **asked)
cpu = time.process_time() - begun
print(json.dumps({
    "payments": len(table), "cpu_s": round(cpu, 2), "payments_per_cpu_s": round(len(table) / cpu),
    "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    "instances": len(found), "cut_short": len(found.cut_short)}))
"""
_PEERS_PATTERNS = ["fan-in", "fan-out", "scatter-gather", "cycle"]
_DAY = 86_400


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of each stream of payments."""
    shared = os.environ.get("MANARA_SHARED_DATA")
    with tempfile.TemporaryDirectory() as folder:
        if shared:
            streams = {
                "gx_hi": (Path(shared) / "money/gx_hi_tx.parquet", 14 * _DAY, 14 * _DAY),
                "stress": (Path(shared) / "money/stress_tx.parquet", _DAY, _DAY // 4),
            }
        else:
            streams = {"generated": (generated(Path(folder), 300_000), _DAY, _DAY // 4)}
        found: dict[str, Any] = {
            name: compared(source, window, scatter, options)
            for name, (source, window, scatter) in streams.items()
        }
        sizes, size = [], 100_000
        while size <= options.growth:
            source = generated(Path(folder), size)
            sizes.append(ours(source, {"window": _DAY}, size))
            size *= 10
    return found | {"growth": sizes}


def compared(source: Path, window: int, scatter: int, options: argparse.Namespace) -> Any:
    """Return figures of both sides for one stream."""
    # The peer's rate falls as its window fills: both get the payments that it managed.
    words = [source, window, scatter, options.rows, options.seconds]
    script = [peer("snapml"), PEERS / "mine_snapml.py", *words]
    theirs = json.loads(subprocess.check_output([str(word) for word in script]))
    asked = {"window": window}
    if scatter < window:
        asked["windows"] = {"scatter-gather": scatter}
    alike = ours(source, asked | {"patterns": _PEERS_PATTERNS}, theirs["payments"])
    return {
        "snapml": theirs,
        "ours": alike,
        "ours_all_patterns": ours(source, asked, theirs["payments"]),
        "ratio_speed": round(alike["payments_per_cpu_s"] / theirs["payments_per_cpu_s"], 1),
        "ratio_memory": round(theirs["peak_mib"] / alike["peak_mib"], 2),
        "one_at_a_time": waiting(source, asked, options.stream),
    }


def ours(source: Path, asked: dict[str, Any], rows: int) -> Any:
    """Return our figures for the first rows of a stream."""
    command = [sys.executable, "-c", _OURS, str(source), json.dumps(asked), str(rows)]
    return json.loads(subprocess.check_output(command))


def waiting(source: Path, asked: dict[str, Any], rows: int) -> dict[str, float]:
    """Return waiting times of one payment at a time, all patterns, in milliseconds."""
    table = pq.read_table(source).slice(0, rows)
    stream = Stream(payments=1 << 20, accounts=1 << 20, **asked)
    columns = [table[name].to_pylist() for name in ("tx_id", "ts", "src", "dst", "amount")]
    waits, cut = np.zeros(table.num_rows), 0
    for k, payment in enumerate(zip(*columns, strict=True)):
        begun = time.perf_counter()
        cut += bool(stream.arrive(*payment).cut_short)
        waits[k] = time.perf_counter() - begun
    p50, p99, most = (round(float(one) * 1000, 3) for one in np.percentile(waits, [50, 99, 100]))
    return {"payments": len(waits), "p50_ms": p50, "p99_ms": p99, "max_ms": most, "cut_short": cut}


def generated(folder: Path, count: int) -> Path:
    """Return a file of payments at one a second for each 5 accounts, payees by a power law."""
    rng = np.random.default_rng(1)
    accounts = max(count // 5, 10)
    src = rng.integers(0, accounts, count)
    dst = (accounts * rng.random(count) ** 3).astype(np.int64)
    columns = {
        "tx_id": np.arange(count),
        "ts": np.arange(count) * 10 * _DAY // count,
        "src": src,
        "dst": np.where(src == dst, (dst + 1) % accounts, dst),
        "amount": np.round(rng.lognormal(5, 1, count), 2) + 0.01,
    }
    path = folder / f"payments_{count}.parquet"
    pq.write_table(pa.table(columns), path)
    return path


if __name__ == "__main__":
    main("money", run, rows=1_000_000, seconds=100, stream=330_000, growth=1_000_000)
