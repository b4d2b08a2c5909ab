"""What the benchmarks share: measuring a command, peers' environments, printing the result."""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PEERS = Path(__file__).parent / "peers"


def measure(command: Sequence[str], runs: int = 3) -> dict[str, float]:
    """Return medians of several runs of a command, children included.

    Returns:
        ``wall_s``, ``cpu_s`` (user and system) and ``peak_mib`` (largest resident set of a
        process).
    """
    walls, cpus, peaks = [], [], []
    for _ in range(runs):
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        walls.append(time.perf_counter() - started)
        if status:
            raise SystemExit(f"{' '.join(command)}: ended with status {status}")
        cpus.append(usage.ru_utime + usage.ru_stime)
        unit = 1 if sys.platform == "darwin" else 1024
        peaks.append(usage.ru_maxrss * unit / 2**20)
    return {
        "wall_s": round(statistics.median(walls), 3),
        "cpu_s": round(statistics.median(cpus), 3),
        "peak_mib": round(statistics.median(peaks), 1),
    }


def peer(name: str) -> str:
    """Return the Python of a peer's own environment, made from ``peers/NAME.txt`` if need be."""
    folder = PEERS / name
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"making the environment of the peer {name} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        requirements = PEERS / f"{name}.txt"
        install = [str(python), "-m", "pip", "install", "-q", "-r", str(requirements)]
        try:
            subprocess.run(install, check=True)
        except subprocess.CalledProcessError:
            shutil.rmtree(folder)
            raise
    return str(python)


def median_ms(call: Callable[[], object], runs: int) -> float:
    """Return the median time of a call in milliseconds of wall time."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times) * 1000, 2)


def peak_mib() -> float:
    """Return the largest resident set of this process so far, in MiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20, 1)


def own_peak_mib() -> float:
    """Return the same for a process started by another, whose own size it else begins with."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return peak_mib()
    held = next(line for line in lines if line.startswith("VmHWM"))
    return round(int(held.split()[1]) / 1024, 1)


def main(name: str, run: Callable[[argparse.Namespace], dict[str, Any]], **sizes: int) -> None:
    """Read the options, run a benchmark and print its one JSON object.

    Args:
        name: the benchmark's name.
        run: the benchmark; gets the options, returns figures.
        sizes: options of the benchmark with their defaults.
    """
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}")
    parser.add_argument("--json", action="store_true", help="print on one line")
    for option, default in sizes.items():
        parser.add_argument(f"--{option}", type=int, default=default)
    options = parser.parse_args()
    result = {"benchmark": name, **run(options)}
    print(json.dumps(result, indent=None if options.json else 2))
