"""The peer's side of `bench.payment_screening`: RapidFuzz over every name of the lists.

Usage: ``payments_rapidfuzz.py JOB``, a JSON file with ``names``, ``payments`` (each a list of names
and one text) and ``texts``. Prints JSON: CPU seconds of each payment, its names compared by
token_sort_ratio and its text by partial_ratio, and the best name and score of each text.
"""

import json
import sys
import time
from pathlib import Path

from rapidfuzz import fuzz, process, utils

job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
listed = [utils.default_process(name) for name in job["names"]]


def _best(text, scorer):
    asked = utils.default_process(text)
    return process.extractOne(asked, listed, scorer=scorer) or ("", 0.0, -1)


result = {"payment_s": [], "texts": []}
for names, text in job["payments"]:
    started = time.process_time()
    for name in names:
        _best(name, fuzz.token_sort_ratio)
    _best(text, fuzz.partial_ratio)
    result["payment_s"].append(time.process_time() - started)
for text in job["texts"]:
    name, score, _ = _best(text, fuzz.partial_ratio)
    result["texts"].append([name, score])
json.dump(result, sys.stdout)
