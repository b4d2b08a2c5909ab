"""The network of a workspace: CPU seconds to put it together, whole and after changes.

Invents ties between people by weights of a power law, half of them Ownership, half UnknownLink, a
third with a date, takes them in, and then as many in a hundred again as another dataset.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench._run import main, peak_mib
from manara.graph import network
from manara.graph.kept import kept_network
from manara.pipeline import Request, ingest
from manara.store import Workspace


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return CPU seconds and ties a second of each way to a network."""
    with tempfile.TemporaryDirectory() as name, Workspace.create(Path(name) / "w") as workspace:
        rng = np.random.default_rng(1)
        _take_in(workspace, "first", options.ties, rng)
        index = workspace.root / "index"
        network(workspace.view())  # compiles, once a machine
        shutil.rmtree(index)
        found: dict[str, Any] = {}

        def clock(what: str, build: Callable[[], Any]) -> None:
            started = time.process_time()
            build()
            spent = time.process_time() - started
            found[what] = {
                "cpu_s": round(spent, 3),
                "million_ties_a_second": round(options.ties / spent / 1e6, 2),
            }

        clock("segments_not_read_before", lambda: network(workspace.view()))
        clock("segments_read_before", lambda: network(workspace.view()))
        clock("kept_in_a_folder", lambda: kept_network(workspace))
        clock("opened", lambda: kept_network(workspace))
        _take_in(workspace, "second", options.ties // 100, rng)
        clock("after_one_in_a_hundred_more", lambda: kept_network(workspace))
        shutil.rmtree(index)
        clock("that_anew", lambda: kept_network(workspace))
        return {"ties": options.ties, **found, "peak_mib": peak_mib()}


def _take_in(workspace: Workspace, dataset: str, ties: int, rng: np.random.Generator) -> None:
    people = max(ties // 3, 10)
    weight = rng.pareto(1.5, people) + 1
    ends = rng.choice(people, (ties, 2), p=weight / weight.sum()).tolist()
    path = workspace.root.parent / f"{dataset}.ftm.json"
    with path.open("w", encoding="utf-8") as file:
        for at, (one, other) in enumerate(ends):
            schema, source, target = (
                ("Ownership", "owner", "asset") if at % 2 else ("UnknownLink", "subject", "object")
            )
            stated = {source: [f"p-{one}"], target: [f"p-{other}"]}
            if at % 3 == 0:
                stated["startDate"] = [f"{2010 + at % 15}-0{1 + at % 9}-11"]
            entity = {"id": f"{dataset}-{at}", "schema": schema, "properties": stated}
            file.write(json.dumps(entity) + "\n")
    [done] = ingest(workspace, [str(path)], Request(dataset=dataset, by="bench"))
    if done.status != "applied":
        raise SystemExit(f"{dataset}: {done.reason}")


if __name__ == "__main__":
    main("ties", run, ties=30_000)
