"""The peer's side of `bench.screening`: nomenklatura's scores for pairs and for whole lists.

Usage: ``score_nomenklatura.py JOB.json``. The job holds

* ``algorithms``: names of matchers,
* ``pairs``: by set, [schema, query, [names of the candidate]],
* ``blocks``: by set, every query against every candidate: ``schema``, ``queries`` as
  [name, number of the true candidate or -1] and ``candidates`` as lists of names.

Prints JSON: by matcher and set the scores of pairs; for blocks the best score of each query and how
many candidates score above the true one; CPU seconds of each. Every entity gets an id of its own,
because name analysis is remembered by id.
"""

import itertools
import json
import sys
import time

from followthemoney import model
from nomenklatura.matching import get_algorithm

NUMBER = itertools.count()


def _entity(schema, names):
    properties = {"name": names}
    return model.get_proxy({"id": f"e{next(NUMBER)}", "schema": schema, "properties": properties})


def _score_pairs(compare, config, pairs):
    made = [(_entity(schema, [query]), _entity(schema, names)) for schema, query, names in pairs]
    started = time.process_time()
    scores = [compare(query, candidate, config).score for query, candidate in made]
    return {"scores": scores, "cpu_s": round(time.process_time() - started, 3)}


def _score_block(compare, config, block):
    candidates = [_entity(block["schema"], names) for names in block["candidates"]]
    queries = [(_entity(block["schema"], [name]), target) for name, target in block["queries"]]
    best, above, times = [], [], []
    for query, target in queries:
        started = time.process_time()
        scores = [compare(query, candidate, config).score for candidate in candidates]
        times.append(round(time.process_time() - started, 6))
        best.append(max(scores))
        above.append(sum(score > scores[target] for score in scores) if target >= 0 else -1)
    return {"best": best, "above": above, "times": times, "cpu_s": round(sum(times), 3)}


def _main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    result = {}
    for name in job["algorithms"]:
        algorithm = get_algorithm(name)
        config = algorithm.default_config()
        started = time.process_time()
        algorithm.compare(_entity("Person", ["A B"]), _entity("Person", ["A C"]), config)
        result[name] = {
            "start_cpu_s": round(time.process_time() - started, 2),
            "pairs": {
                key: _score_pairs(algorithm.compare, config, pairs)
                for key, pairs in job.get("pairs", {}).items()
            },
            "blocks": {
                key: _score_block(algorithm.compare, config, block)
                for key, block in job.get("blocks", {}).items()
            },
        }
    json.dump(result, sys.stdout)


_main()
