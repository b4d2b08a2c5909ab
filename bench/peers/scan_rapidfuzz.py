"""The peer's side of `bench.screening`'s speed: RapidFuzz over every name of a list.

Usage: ``scan_rapidfuzz.py NAMES QUERIES``, two files of one name a line. Prints JSON: CPU seconds
of each query alone by Jaro-Winkler and by token_sort_ratio, and of 32 queries at once; and the 50
names nearest to each query.
"""

import json
import sys
import time
from pathlib import Path

from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

SCORERS = {"jaro_winkler": JaroWinkler.similarity, "token_sort_ratio": fuzz.token_sort_ratio}


def _clock(call):
    started = time.process_time()
    call()
    return round(time.process_time() - started, 6)


names = Path(sys.argv[1]).read_text(encoding="utf-8").split("\n")
queries = Path(sys.argv[2]).read_text(encoding="utf-8").split("\n")
result = {
    key: [_clock(lambda q=q, s=s: process.extract(q, names, scorer=s, limit=10)) for q in queries]
    for key, s in SCORERS.items()
}
many = (queries * 32)[:32]


def _batch():
    for start in range(0, len(names), 50_000):
        process.cdist(many, names[start : start + 50_000], scorer=JaroWinkler.similarity, workers=1)


result["nearest"] = [
    [name for name, _, _ in process.extract(q, names, scorer=JaroWinkler.similarity, limit=50)]
    for q in queries
]
result["jaro_winkler_batch_of_32"] = _clock(_batch)
json.dump(result, sys.stdout)
