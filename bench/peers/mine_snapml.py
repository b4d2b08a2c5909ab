"""The peer's side of `bench.money`: the graph features of snapml, batch after batch, one thread."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from snapml import GraphFeaturePreprocessor


def peak_mib() -> float:
    """Return the largest resident set of this process, without that of who started it."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    held = next(line for line in lines if line.startswith("VmHWM"))
    return round(int(held.split()[1]) / 1024, 1)


source, window, scatter, rows, seconds = sys.argv[1], *map(int, sys.argv[2:6])
table = pq.read_table(source, columns=["tx_id", "src", "dst", "ts", "amount"]).slice(0, rows)
payments = np.ascontiguousarray(
    np.column_stack([table[name].to_numpy().astype(float) for name in table.column_names])
)
peer = GraphFeaturePreprocessor()
settings = {"num_threads": 1, "time_window": window, "vertex_stats_cols": [3, 4]}
for name in ("vertex_stats", "fan", "degree", "temp-cycle", "scatter-gather"):
    settings |= {name: True, f"{name}_tw": window}
settings |= {"scatter-gather_tw": scatter, "lc-cycle": False}
peer.set_params(settings)
started, done, waits = time.process_time(), 0, []
while done < len(payments) and time.process_time() - started < seconds:
    begun = time.perf_counter()
    peer.transform(payments[done : done + 128])
    waits.append(time.perf_counter() - begun)
    done += len(payments[done : done + 128])
cpu = time.process_time() - started
print(
    json.dumps(
        {
            "payments": done,
            "cpu_s": round(cpu, 2),
            "payments_per_cpu_s": round(done / cpu),
            "peak_mib": peak_mib(),
            "batch_of_128_p99_ms": round(float(np.percentile(waits, 99)) * 1000, 2),
        }
    )
)
