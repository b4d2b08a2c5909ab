"""Speed and size of our index, measured in processes of their own.

``python -m bench._screening_speed build NAMES INDEX`` builds and saves an index, ``ask INDEX
QUERIES`` opens it and answers; each prints JSON. Times are CPU seconds of the process, all its
threads together, except where a name says ``wall``. Memory is the growth of the largest resident
set over what the imported and warmed-up program holds already.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench import _screening_figures as figures
from bench import _screening_peers as peers
from bench._run import PEERS, peak_mib, peer
from bench._screening_data import clean_people
from bench._screening_names import many_names, questions

#: How many queries the peers answer: enough for a median.
PEER_QUERIES = 20
#: How many queries are asked one by one; all are asked at once.
ONE_BY_ONE = 3000
#: How many entities an update replaces.
CHANGED = 1000

#: How soon a new process answers once.
_FIRST = """
import json, sys, time
began = time.perf_counter()
from manara.identity.screening.index import Index
from manara.identity.screening.query import Query
imported = time.perf_counter()
index = Index.open(sys.argv[1])
opened = time.perf_counter()
index.search(Query(name=sys.argv[2]))
done = time.perf_counter()
print(json.dumps({
    "new_process_import_wall_s": round(imported - began, 3),
    "open_wall_ms": round((opened - imported) * 1000, 2),
    "new_process_first_query_wall_ms": round((done - opened) * 1000, 2),
}))
"""


def speed(folder: Path, size: int, asked: int, *, with_peers: bool = True) -> dict[str, Any]:
    """Return the figures of ours on a list of this many names, and the peers' on the same work."""
    names = many_names(folder, size)
    queries = questions(names, [person.name for person in clean_people(folder)], asked)
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        (here / "names").write_text("\n".join(names), encoding="utf-8")
        (here / "queries").write_text("\n".join(queries), encoding="utf-8")
        ours = _worker("build", here / "names", here / "index")
        ours |= _printed([sys.executable, "-c", _FIRST, str(here / "index"), queries[0]])
        ours |= _worker("ask", here / "index", here / "queries")
        found: dict[str, Any] = {"names": size, "queries": asked, "ours": ours}
        if with_peers:
            found |= _peers(here, queries[:PEER_QUERIES], ours)
    return found


def _peers(here: Path, queries: Sequence[str], ours: dict[str, Any]) -> dict[str, Any]:
    (here / "few").write_text("\n".join(queries), encoding="utf-8")
    program = [peer("rapidfuzz"), str(PEERS / "scan_rapidfuzz.py")]
    done = subprocess.run(
        [*program, str(here / "names"), str(here / "few")], stdout=subprocess.PIPE, check=True
    )
    scan = json.loads(done.stdout)
    batch, nearest = scan.pop("jaro_winkler_batch_of_32"), scan.pop("nearest")
    medians = {key: round(statistics.median(times) * 1000, 1) for key, times in scan.items()}
    pairs = [
        ["Person", query, [name]]
        for query, found in zip(queries, nearest, strict=True)
        for name in found
    ]
    job = {"algorithms": ["logic-v2"], "pairs": {"speed": pairs}, "blocks": {}}
    spent = peers.score(job)["logic-v2"]["pairs"]["speed"]["cpu_s"]
    matched = spent / len(queries) * 1000
    median = ours["one_query_cpu_ms"]["p50"]
    return {
        "rapidfuzz": {
            "one_query_cpu_ms": medians,
            "jaro_winkler_batch_queries_per_cpu_s": round(32 / batch, 1),
        },
        "logic-v2": {"one_query_of_50_nearest_cpu_ms": round(matched, 2)},
        "ratio": {
            "rapidfuzz_jaro_winkler_to_ours": figures.ratio(medians["jaro_winkler"], median),
            "logic_v2_50_candidates_to_ours": figures.ratio(matched, median),
            "batch_ours_to_rapidfuzz": figures.ratio(ours["batch_queries_per_cpu_s"], 32 / batch),
        },
    }


def growth(folder: Path, largest: int, asked: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of ours at each power of ten from 10,000 names up."""
    size = 10_000
    while size <= largest:
        yield speed(folder, size, asked, with_peers=False)
        size *= 10


def _worker(*arguments: object) -> dict[str, Any]:
    return _printed([sys.executable, "-m", "bench._screening_speed", *map(str, arguments)])


def _printed(command: Sequence[str]) -> dict[str, Any]:
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _build(names_path: str, index_path: str) -> dict[str, Any]:
    from manara.identity.screening.index import Index
    from manara.identity.screening.query import NameEntry

    lines = Path(names_path).read_text(encoding="utf-8").split("\n")
    Index.build([NameEntry("e", "Amina Adeyemi")])  # compiles, or loads what was compiled before
    before = peak_mib()
    index, wall, cpu = _clock(
        lambda: Index.build(NameEntry(f"e{at}", name) for at, name in enumerate(lines))
    )
    peak = peak_mib() - before
    index, _, learning = _clock(index.learned)
    _, _, saving = _clock(lambda: index.save(Path(index_path)))
    place = Path(index_path)
    files = [p for p in place.rglob("*") if p.is_file()] if place.is_dir() else [place]
    return {
        "build_cpu_s": round(cpu, 2),
        "build_wall_s": round(wall, 2),
        "build_peak_mib": round(peak, 1),
        "learn_cpu_s": round(learning, 2),
        "save_cpu_s": round(saving, 2),
        "file_mib": round(sum(p.stat().st_size for p in files) / 2**20, 1),
    }


def _ask(index_path: str, queries_path: str) -> dict[str, Any]:
    from manara.identity.screening.index import Index
    from manara.identity.screening.query import NameEntry, Query

    asked = Path(queries_path).read_text(encoding="utf-8").split("\n")
    queries = [Query(name=name) for name in asked]
    with tempfile.TemporaryDirectory() as place:  # compiles what a mapped index needs
        Index.build([NameEntry("e", "Amina Adeyemi")]).save(Path(place) / "index")
        small = Index.open(Path(place) / "index")
        small.search(queries[0])
        small.search_many(queries[:2])
    before = peak_mib()
    index = Index.open(Path(index_path))
    times = [_clock(partial(index.search, query))[1:] for query in queries[:ONE_BY_ONE]]
    fresh = Index.open(Path(index_path))  # what the queries above taught the index does not help
    _, _, batch = _clock(lambda: fresh.search_many(queries))
    memory = peak_mib() - before
    change = [NameEntry(f"e{at * 7}", asked[at % len(asked)]) for at in range(CHANGED)]
    updated, update_wall, update = _clock(lambda: index.updated(change))
    after = [_clock(partial(updated.search, query))[2] for query in queries[:ONE_BY_ONE]]
    return {
        "one_query_cpu_ms": figures.percentiles([cpu for _, cpu in times]),
        "one_query_wall_ms": figures.percentiles([wall for wall, _ in times]),
        "batch_queries_per_cpu_s": round(len(queries) / batch),
        "index_memory_mib": round(memory, 1),
        "update_of_1000_cpu_s": round(update, 3),
        "update_of_1000_wall_s": round(update_wall, 3),
        "one_query_after_update_cpu_ms": figures.percentiles(after),
    }


def _clock(call: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    return result, time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    print(json.dumps({"build": _build, "ask": _ask}[sys.argv[1]](*sys.argv[2:])))
