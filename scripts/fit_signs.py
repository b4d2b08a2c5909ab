"""Fit what the signs of two names weigh (`manara.identity.screening.signs`, and `popular.TELLING`).

    PYTHONPATH=. python scripts/fit_signs.py SAMPLES

SAMPLES is the folder of the screening benchmark (`docs/reference/screening-quality.md`). True pairs
are aliases left out of lists (UN edition of 2020, OFAC aliases that the benchmark does not ask,
United Kingdom), names in the original script, and words of the training halves of mined pairs;
false ones are the names that clean people of the first half come nearest to, and, for what tells
organisations, those that firms on no list and OFAC's organisations taken off it whole come nearest
to. Of each query the right entity's best name counts. Logistic regression with a constant for each
list, lists weighing alike, says what each sign weighs in log odds. What is printed is put into the
code by hand, as compiled kernels hold it.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from bench import _screening_sets as sets
from bench._screening_data import clean_people, read_lists, word_pairs
from bench._screening_engine import Entry, Ours
from bench._screening_names import recombined
from bench._screening_sets import Trial
from scipy.optimize import minimize

from manara.identity.names import name_key
from manara.identity.screening.alignment import align
from manara.identity.screening.likelihood import WEIGHTS
from manara.identity.screening.popular import TELLING
from manara.identity.screening.prepare import LETTER_COSTS
from manara.identity.screening.query import lay_out
from manara.identity.screening.signs import SCALE, SIGNS, name_score, observe
from manara.identity.screening.walk import walk

#: Signs that these lists cannot teach: no clean person has a name from elsewhere in Hangul, and few
#: aliases are of vessels; no alias differs in the father's name, and hardly a clean person comes
#: near in words that say as much as those of `whole`.
GIVEN = frozenset({"always", "telling", "abroad", "weak", "numbered", "vessel", "fathers", "whole"})
FITTED = (*(sign for sign in SIGNS if sign not in GIVEN), *(f"telling {t}" for t in TELLING))
#: Clean people asked of each list, aliases drawn of each, names near to a clean person that count.
CLEAN, ASKED, NEAREST = 6000, 2000, 2
#: What false pairs weigh against true ones: of clean people; of firms and of organisations taken
#: off the list, each. At a tenth as many of the latter alert as without the signs that tell them.
PEOPLE, FIRMS = 6.0, 0.1
#: One of so many organisations is taken off the list.
OFF = 8
#: Standard deviations are the unit of the prior, a normal one of this precision.
_PRIOR = 2.0


def training(samples: Path) -> Iterator[tuple[list[Entry], list[Trial]]]:
    """Yield each list as it stands, and what is asked of it as it stood without the answer."""
    lists, names = samples / "lists", samples / "identity" / "names"
    united = sets.persons(read_lists(lists / "un_sc_2020-11-30.xml"))
    every = sets.latin_entries(united)
    original = Trial(every, sets.in_script(united, "ARABIC"))
    aliases = [sets.left_out("", "", united, grade).trials for grade in ("good", "low")]
    yield every, [*aliases[0], *aliases[1], original]
    treasury = read_lists(lists / "ofac_sdn.csv", lists / "ofac_alt.csv")
    held = {q for t in sets.left_out("", "", treasury, "good", sets.OFAC_SAMPLE).trials
            for q in t.queries}  # fmt: skip
    for listed in (treasury, read_lists(lists / "uk_parsed_2025.csv")):
        whole = sets.left_out("", "", listed, "good", 2 * ASKED)
        yield whole.whole, [Trial(t.entries, [q for q in t.queries if q not in held])
                            for t in whole.trials]  # fmt: skip
    for language in ("russian", "korean", "arabic", "hebrew"):
        made = recombined(word_pairs(names / f"wd_{language}_64.tsv"), sets.LIST_SIZE,
                          random.Random(sets.SEED))  # fmt: skip
        entries = [Entry(f"n{at}", x, "person") for at, (_, f) in enumerate(made) for x in f]
        asked = [(name, f"n{at}") for at, (name, _) in enumerate(made[: ASKED // 2])]
        yield entries, [Trial(entries, asked)]


def candidates(index: Any, name: str) -> list[tuple[float, str, list[float]]]:
    """Return score, entity and signs of the names that may be meant, the best first."""
    part = index._parts[0]
    laid = part.near.laid(lay_out(name, ""))
    segment, asked, n = part.segment, part.near.asked(laid), len(laid.texts)
    names, words = segment.names, segment.words
    mate, value, shares = np.zeros(n, np.int32), np.zeros(n, np.float32), np.zeros(n, np.float32)
    found, out = [], np.zeros(len(SIGNS), np.float32)
    for at in walk(asked, names, words, WEIGHTS, 30).tolist():
        aligned = align(asked, names, at, words, LETTER_COSTS, WEIGHTS, mate, value, shares)
        entity = int(names.entity[at])
        kind = int(segment.people.kind[entity])
        observe(asked, names, at, words, mate, value, shares, kind, 0, aligned, segment.own,
                segment.own_name, out)  # fmt: skip
        row = [float(x) for sign, x in zip(SIGNS, out, strict=True) if sign not in GIVEN]
        met = np.where(mate >= 0, value, 0)
        row += [float(met[np.isclose(asked.telling, told)].sum()) for told in TELLING]
        score = name_score(out, min(aligned[1], aligned[2]))
        found.append((score, segment.entity_text.at(entity), row))
    return sorted(found, reverse=True)


def firms(samples: Path) -> list[str]:
    """Return names of firms that applied for patents."""
    with (samples / "identity/er/dedupe_patstat_input.csv").open(encoding="utf-8") as file:
        names = {name_key(row["Name"]): row["Name"] for row in csv.DictReader(file)}
    return [name for _, name in sorted(names.items()) if "," not in name]


def organisations(whole: list[Entry]) -> tuple[list[Entry], list[str]]:
    """Return a list without some of its organisations, and the first name of each of these."""
    found = {e.entity_id: e.name for e in reversed(whole) if e.kind == "organisation"}
    off = set(random.Random(sets.SEED).sample(sorted(found), len(found) // OFF))
    return [e for e in whole if e.entity_id not in off], [found[one] for one in sorted(off)]


Rows = list[list[float]]


def labelled(samples: Path) -> Iterator[list[tuple[Rows, bool, float]]]:
    """Yield for each list the signs of pairs, whether they are true, and what they weigh."""
    people = clean_people(samples)
    people = people[: len(people) // 2 : max(1, len(people) // 2 // CLEAN)]
    engine = Ours()

    def near(index: Any, names: Iterable[str]) -> Rows:
        return [row for name in names for *_, row in candidates(index, name)[:NEAREST]]

    for whole, trials in training(samples):
        parts = [(near(engine.build(whole), [p.name for p in people]), False, PEOPLE)]
        if any(entry.kind == "organisation" for entry in whole):
            rest, taken_off = organisations(whole)
            for index, names in ((whole, firms(samples)), (rest, taken_off)):
                parts.append((near(engine.build(index), names), False, FIRMS))
        true = []
        for trial in trials:
            index = engine.build(trial.entries)
            for query, target in trial.queries:
                of_target = (row for _, key, row in candidates(index, query) if key == target)
                true += list(islice(of_target, 1))
        yield [*parts, (true, True, 1.0)]


def fit(groups: list[list[tuple[Rows, bool, float]]]) -> Any:
    """Return the weight of each sign in log odds."""
    rows, same, weight, of = [], [], [], []
    for at, parts in enumerate(groups):
        for pairs, are_same, mass in parts:
            rows += pairs
            same += [are_same] * len(pairs)
            weight += [mass / len(pairs)] * len(pairs)
            of += [at] * len(pairs)
    x, y, w = np.array(rows), np.array(same, float), np.array(weight) * 1000
    spread = x.std(axis=0) + 1e-9
    z = np.hstack([x / spread, np.eye(len(groups))[of]])
    n = x.shape[1]

    def loss(b: Any) -> tuple[float, Any]:
        logit = z @ b
        slope = z.T @ (w * (1 / (1 + np.exp(-logit)) - y))
        slope[:n] += _PRIOR * b[:n]
        cost = w @ np.logaddexp(0, -logit * (2 * y - 1))
        return float(cost + _PRIOR / 2 * b[:n] @ b[:n]), slope

    found = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B")
    return found.x[:n] / spread


def main(samples: Path) -> None:
    """Print the weight of each sign, in nats of score, and each class of `TELLING`."""
    for sign, weight in zip(FITTED, fit(list(labelled(samples))), strict=True):
        print(f"{sign:16} {weight if sign.startswith('telling') else weight * SCALE:8.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
