"""Patterns in payments, beside the graph features of snapml on the same payments.

Prints payments a CPU second, peak memory and their ratios for the peer's patterns (fans, temporal
cycles, scatter-gather; ours with features and instances), the same for all our patterns, waiting
times one payment at a time, and growth on generated payments. Memory is that of a run that keeps
neither side's output (`in_parts`); `held` is a table and all its instances and features in memory.
With MANARA_SHARED_DATA set the streams there are mined, else generated ones. The peer is stopped
after `--seconds` CPU seconds.
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
import json, sys, time
from pathlib import Path
from bench._run import own_peak_mib
from manara.money import mine, mine_parts
source, asked, held = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
few = {"tx_id": [1, 2], "ts": [1, 2], "src": [1, 2], "dst": [2, 3], "amount": [1, 1]}
mine(few, **asked)
begun, wall = time.process_time(), time.perf_counter()
parts = [mine(source, **asked)] if held else mine_parts(source, **asked)
instances = members = short = 0
for part in parts:
    instances += len(part)
    members += len(part.members)
    short += len(part.cut_short)
cpu = time.process_time() - begun
print(json.dumps({
    "cpu_s": round(cpu, 2), "wall_s": round(time.perf_counter() - wall, 1),
    "peak_mib": own_peak_mib(),
    "instances": instances, "members": members, "cut_short": short}))
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
            sizes.append(ours(source, {"window": _DAY}, size, held=False))
            source.unlink()
            size *= 10
    return found | {"growth": sizes}


def compared(source: Path, window: int, scatter: int, options: argparse.Namespace) -> Any:
    """Return figures of both sides for one stream."""
    # The peer's rate falls as its window fills: both get the payments that it managed.
    words = [source, window, scatter, options.rows, options.seconds]
    script = [peer("snapml"), PEERS / "mine_snapml.py", *words]
    theirs = json.loads(subprocess.check_output([str(word) for word in script]))
    asked = {"window": window, "features": True, "budget": None}
    if scatter < window:
        asked["windows"] = {"scatter-gather": scatter}
    rows = theirs["payments"]
    with tempfile.TemporaryDirectory() as folder:
        same = Path(folder) / "same.parquet"
        columns = ["tx_id", "src", "dst", "ts", "amount"]
        pq.write_table(pq.read_table(source, columns=columns).slice(0, rows), same)
        alike = asked | {"patterns": _PEERS_PATTERNS}
        held, in_parts = (ours(same, alike, rows, held=held) for held in (True, False))
        every = ours(same, asked, rows, held=True)
    return {
        "snapml": theirs,
        "held": held,
        "in_parts": in_parts,
        "held_all_patterns": every,
        "ratio_speed": round(held["payments_per_cpu_s"] / theirs["payments_per_cpu_s"], 1),
        "ratio_memory": round(theirs["peak_mib"] / in_parts["peak_mib"], 2),
        "one_at_a_time": waiting(source, window, asked.get("windows"), options.stream),
    }


def ours(source: Path, asked: dict[str, Any], rows: int, *, held: bool) -> Any:
    """Return our figures for a file of payments."""
    command = [sys.executable, "-c", _OURS, str(source), json.dumps(asked), json.dumps(held)]
    found = json.loads(subprocess.check_output(command))
    return {"payments": rows, "payments_per_cpu_s": round(rows / found["cpu_s"]), **found}


def waiting(source: Path, window: int, windows: Any, rows: int) -> dict[str, float]:
    """Return waiting times of one payment at a time, all patterns, in milliseconds.

    The longest is told in CPU time too, which a busy machine does not stretch.
    """
    table = pq.read_table(source).slice(0, rows)
    stream = Stream(window=window, windows=windows, payments=1 << 20, accounts=1 << 20)
    columns = [table[name].to_pylist() for name in ("tx_id", "ts", "src", "dst", "amount")]
    waits, busy, cut = np.zeros(table.num_rows), np.zeros(table.num_rows), 0
    for k, payment in enumerate(zip(*columns, strict=True)):
        begun, worked = time.perf_counter(), time.thread_time()
        cut += bool(stream.arrive(*payment).cut_short)
        busy[k] = time.thread_time() - worked
        waits[k] = time.perf_counter() - begun
    p50, p99, most = (round(float(one) * 1000, 3) for one in np.percentile(waits, [50, 99, 100]))
    found = {"payments": len(waits), "p50_ms": p50, "p99_ms": p99, "max_ms": most}
    return found | {"max_cpu_ms": round(float(busy.max()) * 1000, 3), "cut_short": cut}


def generated(folder: Path, count: int) -> Path:
    """Return payments over ten days, five to an account, payees by a power law, in a file."""
    rng = np.random.default_rng(1)
    accounts = max(count // 5, 10)
    path, writer = folder / f"payments_{count}.parquet", None
    for start in range(0, count, 1_000_000):
        number = np.arange(start, min(start + 1_000_000, count))
        src = rng.integers(0, accounts, len(number))
        dst = (accounts * rng.random(len(number)) ** 3).astype(np.int64)
        columns = {
            "tx_id": number,
            "ts": number * 10 * _DAY // count,
            "src": src,
            "dst": np.where(src == dst, (dst + 1) % accounts, dst),
            "amount": np.round(rng.lognormal(5, 1, len(number)), 2) + 0.01,
        }
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()
    return path


if __name__ == "__main__":
    main("money", run, rows=1_000_000, seconds=100, stream=330_000, growth=1_000_000)
