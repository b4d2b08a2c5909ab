"""Ingest of FollowTheMoney JSON lines, end to end, beside followthemoney reading and validating.

Prints facts per second and CPU second of both, their ratio, and our peak memory at the given size
and at a fourth of it: constant memory means that the two are alike.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench._people import write_people
from bench._run import PEERS, main, measure, peer

_INGEST = """
import shutil, sys
from pathlib import Path
from manara.pipeline import Request, ingest
from manara.store import Workspace
folder = Path(sys.argv[2])
shutil.rmtree(folder, ignore_errors=True)
with Workspace.create(folder) as workspace:
    done = list(ingest(workspace, [sys.argv[1]], Request(dataset="bench", by="bench")))
    assert done[0].status == "applied" and not done[0].rejects, done
"""


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of ours, the peer's and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        whole, quarter = Path(folder) / "people.jsonl", Path(folder) / "quarter.jsonl"
        values = write_people(whole, options.entities)
        write_people(quarter, options.entities // 4)
        ours = [sys.executable, "-c", _INGEST]
        workspace = str(Path(folder) / "workspace")
        small = measure([*ours, str(quarter), workspace], options.runs)
        large = measure([*ours, str(whole), workspace], options.runs)
        theirs = measure(
            [peer("followthemoney"), str(PEERS / "validate_ftm.py"), str(whole)], options.runs
        )
    rate = values / large["cpu_s"]
    return {
        "facts": values,
        "ours": large
        | {"facts_per_cpu_s": round(rate), "facts_per_s": round(values / large["wall_s"])},
        "ours_quarter_size": small,
        "followthemoney": theirs | {"facts_per_cpu_s": round(values / theirs["cpu_s"])},
        "ratio_cpu": round(theirs["cpu_s"] / large["cpu_s"], 2),
        "ratio_memory_quarter_to_whole": round(large["peak_mib"] / small["peak_mib"], 2),
    }


if __name__ == "__main__":
    main("ingest", run, entities=100_000, runs=3)
