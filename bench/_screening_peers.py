"""The peers' side of screening: jobs for their own environments, answers kept between runs."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench import _screening_figures as figures
from bench._run import PEERS, peer
from bench._screening_data import Person
from bench._screening_engine import Entry
from bench._screening_quality import RATES
from bench._screening_sets import QualitySet

ALGORITHMS = ("logic-v2", "name-based")
#: The threshold the peer ships.
SHIPPED = 0.7
#: Names compared per list with clean people, and per set for ranks: they bound the CPU time.
CLEAN_BUDGET = 450_000
RANK_BUDGET = 120_000
CLEAN = 1000
RANKED = 60
#: Fewer clean people than this say nothing on rates of some in a thousand.
LEAST_CLEAN = 150


def score(job: dict[str, Any], script: str = "score_nomenklatura.py") -> dict[str, Any]:
    """Return the peer's answer to a job, from a file in the temporary folder if asked before."""
    text = json.dumps(job, ensure_ascii=False, sort_keys=True)
    program = PEERS / script
    versions = (PEERS / "nomenklatura.txt").read_text()
    key = hashlib.blake2b((text + program.read_text() + versions).encode(), digest_size=10)
    folder = Path(tempfile.gettempdir()) / "manara-bench-peers"
    folder.mkdir(exist_ok=True)
    answer = folder / f"{key.hexdigest()}.json"
    if not answer.exists():
        asked = folder / f"{key.hexdigest()}.job.json"
        asked.write_text(text, encoding="utf-8")
        print(f"asking the peer: {', '.join(_sizes(job))} ...", file=sys.stderr)
        done = subprocess.run(
            [peer("nomenklatura"), str(program), str(asked)], stdout=subprocess.PIPE, check=True
        )
        asked.unlink()
        answer.write_bytes(done.stdout)
    result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return result


def _sizes(job: dict[str, Any]) -> list[str]:
    pairs = [f"{key} {len(pairs)} pairs" for key, pairs in job["pairs"].items()]
    blocks = [
        f"{key} {len(block['queries'])} x {len(block['candidates'])}"
        for key, block in job["blocks"].items()
    ]
    return pairs + blocks


def compared(qsets: Sequence[QualitySet], clean: Sequence[Person]) -> dict[str, dict[str, Any]]:
    """Return the peer's figures by set: every query against the entity it means.

    Where a list is small enough, also some queries against the whole list, for their ranks, and
    some clean people against it, for the alert rate and for a threshold at the same rate.
    """
    blocks = {f"{qset.name}/ranks": _ranks(qset) for qset in qsets}
    blocks |= {f"{qset.on}/clean": _clean(qset, clean) for qset in qsets}
    job = {
        "algorithms": ALGORITHMS,
        "pairs": {qset.name: _pairs(qset) for qset in qsets},
        "blocks": {key: block for key, block in blocks.items() if block},
    }
    answers = score(job)
    return {
        qset.name: {name: _figures(answers[name], qset) for name in ALGORITHMS} for qset in qsets
    }


def _figures(answer: dict[str, Any], qset: QualitySet) -> dict[str, Any]:
    pairs, blocks = answer["pairs"][qset.name], answer["blocks"]
    row = {
        "recall_at_0.7": figures.at_least(pairs["scores"], SHIPPED),
        "pairs_per_cpu_s": round(len(pairs["scores"]) / max(pairs["cpu_s"], 1e-3)),
    }
    if ranks := blocks.get(f"{qset.name}/ranks"):
        above = ranks["above"]
        row |= {"ranked_queries": len(above)}
        row |= {f"top_{k}": figures.share(sum(a < k for a in above), len(above)) for k in (1, 10)}
    if clean := blocks.get(f"{qset.on}/clean"):
        best = clean["best"]
        row |= {"clean_people": len(best), "clean_alerts_at_0.7": figures.at_least(best, SHIPPED)}
        for rate in RATES:
            threshold = figures.threshold_for(best, rate)
            row[f"threshold_at_{rate}"] = round(threshold, 6)
            row[f"recall_at_{rate}"] = figures.at_least(pairs["scores"], threshold)
    return row


def ratios(ours: dict[str, Any], theirs: dict[str, Any], rate: float) -> dict[str, Any]:
    """Return our recall over the peer's, at its shipped threshold and at the same alert rate."""
    found = {"recall_to_logic_v2_at_0.7": theirs["logic-v2"]["recall_at_0.7"]}
    if f"recall_at_{rate}" in theirs["logic-v2"]:
        found["recall_to_logic_v2_same_rate"] = theirs["logic-v2"][f"recall_at_{rate}"]
    return {key: figures.ratio(ours["recall"], value) for key, value in found.items()}


def cases(rows: Iterable[dict[str, str]]) -> dict[str, list[float]]:
    """Return the peer's scores of labelled pairs of names, by matcher."""
    pairs = [[row["schema"], row["name1"], [row["name2"]]] for row in rows]
    answers = score({"algorithms": ALGORITHMS, "pairs": {"cases": pairs}, "blocks": {}})
    return {name: answers[name]["pairs"]["cases"]["scores"] for name in ALGORITHMS}


def _pairs(qset: QualitySet) -> list[list[Any]]:
    pairs = []
    for trial in qset.trials:
        names = _grouped(trial.entries)
        pairs += [["Person", query, names[target]] for query, target in trial.queries]
    return pairs


def _grouped(entries: Iterable[Entry]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in entries:
        found.setdefault(entry.entity_id, []).append(entry.name)
    return found


def _ranks(qset: QualitySet) -> dict[str, Any] | None:
    trial = qset.trials[0]
    grouped, count = _grouped(trial.entries), min(RANKED, RANK_BUDGET // len(trial.entries))
    if count < RANKED // 3:
        return None
    numbers = {key: at for at, key in enumerate(grouped)}
    step = max(1, len(trial.queries) // count)
    queries = [[query, numbers[target]] for query, target in trial.queries[::step][:count]]
    return {"schema": "Person", "queries": queries, "candidates": list(grouped.values())}


def _clean(qset: QualitySet, clean: Sequence[Person]) -> dict[str, Any] | None:
    count = min(CLEAN, CLEAN_BUDGET // len(qset.whole))
    if count < LEAST_CLEAN or len(clean) < count:
        return None
    queries = [[person.name, -1] for person in clean[:: len(clean) // count][:count]]
    candidates = list(_grouped(qset.whole).values())
    return {"schema": "Person", "queries": queries, "candidates": candidates}
