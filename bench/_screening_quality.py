"""Quality of screening: recall where few clean people alert, cases, calibration, groups."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from bench import _screening_figures as figures
from bench._screening_data import Person
from bench._screening_engine import Engine, Entry, Found, score_of, top
from bench._screening_sets import SEED, QualitySet

#: Shares of clean people that may alert.
RATES = (0.003, 0.005)
#: What a labelled pair's schema says of its kind; any other is an organisation.
KINDS = {"Person": "person", "Vessel": "vessel", "LegalEntity": ""}


class Answered(NamedTuple):
    """One query with its answers and the entity it means (``""`` for a clean person)."""

    query: str
    target: str
    found: list[Found]


class Lists:
    """Whole lists built once, with the clean people asked of each.

    Args:
        engine: the engine measured.
        clean: people on no list; the first half chooses thresholds, the second is reported.
    """

    def __init__(self, engine: Engine, clean: Sequence[Person]) -> None:
        self.engine = engine
        self.clean = clean
        self._built: dict[str, tuple[Any, list[list[Found]]]] = {}

    def of(self, name: str, entries: Iterable[Entry]) -> tuple[Any, list[list[Found]]]:
        """Return a list's index and the answers to every clean person."""
        if name not in self._built:
            index = self.engine.build(entries)
            answers = self.engine.ask(index, [person.name for person in self.clean])
            self._built[name] = index, answers
        return self._built[name]

    def thresholds(self, qset: QualitySet) -> dict[str, dict[str, float]]:
        """Return by rate the threshold chosen on the first half and the rate on the second."""
        _, answers = self.of(qset.on, qset.whole)
        scores, half = [top(found) for found in answers], len(answers) // 2
        chosen = {rate: figures.threshold_for(scores[:half], rate) for rate in RATES}
        return {
            str(rate): {
                "threshold": threshold,
                "clean_alerts_held_out": figures.at_least(scores[half:], threshold),
            }
            for rate, threshold in chosen.items()
        }


def answers_of(lists: Lists, qset: QualitySet) -> list[Answered]:
    """Return the answers to all queries of a set, each from the list of its trial."""
    done = []
    for trial in qset.trials:
        whole = trial.entries is qset.whole
        index = lists.of(qset.on, qset.whole)[0] if whole else lists.engine.build(trial.entries)
        answers = lists.engine.ask(index, [query for query, _ in trial.queries])
        for (query, target), found in zip(trial.queries, answers, strict=True):
            done.append(Answered(query, target, found))
    return done


def set_figures(lists: Lists, qset: QualitySet, answered: Sequence[Answered]) -> dict[str, Any]:
    """Return recall at each rate, top-1 and top-10 of one set.

    A query counts as found when the entity it means has a probability at or above the threshold;
    its rank is the number of entities with a higher one.
    """
    rates = lists.thresholds(qset)
    targets = [score_of(a.found, a.target) for a in answered]
    for row in rates.values():
        row["recall"] = figures.at_least(targets, row["threshold"])
    ranks = [rank_of(a) for a in answered]
    return {
        "queries": len(answered),
        "names_on_list": len(qset.whole),
        "judged_at": qset.rate,
        "recall": rates[str(qset.rate)]["recall"],
        "top_1": figures.share(sum(rank == 0 for rank in ranks), len(ranks)),
        "top_10": figures.share(sum(rank < 10 for rank in ranks), len(ranks)),
        "by_rate": rates,
        "about": qset.about,
    }


def rank_of(answered: Answered) -> int:
    """Return how many entities score above the one meant; a large number if it is not found."""
    score = score_of(answered.found, answered.target)
    return sum(f.score > score for f in answered.found) if score else 10**9


def pairs_of(answered: Iterable[Answered]) -> tuple[list[float], list[bool]]:
    """Return every hit as a labelled pair: its probability, and whether it is the one meant."""
    pairs = [(f.score, f.entity_id == a.target) for a in answered for f in a.found]
    return [score for score, _ in pairs], [label for _, label in pairs]


def case_scores(
    engine: Engine, cases: Sequence[dict[str, str]], background: Iterable[Entry]
) -> list[float]:
    """Return the probability of each labelled pair of names.

    The second names stand on one list together with a real one, so that words are as rare as on a
    list; the first name is asked; its second name gets 0.0 if it is no hit.
    """
    kinds = [KINDS.get(case["schema"], "organisation") for case in cases]
    seconds = [(case["name2"], kind) for case, kind in zip(cases, kinds, strict=True)]
    numbers = {second: f"case-{at}" for at, second in enumerate(dict.fromkeys(seconds))}
    entries = [Entry(number, name, kind) for (name, kind), number in numbers.items()]
    index = engine.build([*entries, *background])
    answers = engine.ask(index, [case["name1"] for case in cases], limit=100, kinds=kinds)
    return [
        score_of(found, numbers[second]) for second, found in zip(seconds, answers, strict=True)
    ]


def pair_scores(cases: Sequence[dict[str, str]]) -> list[float]:
    """Return the probability of each labelled pair of names, put side by side without a list."""
    from manara.identity import NameEntry, Query, compare

    kinds = [KINDS.get(case["schema"], "organisation") for case in cases]
    return [
        compare(Query(c["name1"], kind=kind), NameEntry("", c["name2"], kind)).probability
        for c, kind in zip(cases, kinds, strict=True)
    ]


def halves(cases: Sequence[dict[str, str]]) -> tuple[list[int], list[int]]:
    """Return the seeded half of the labelled pairs that is tuned on, and the other one."""
    order = list(range(len(cases)))
    random.Random(SEED).shuffle(order)
    return sorted(order[: len(order) // 2]), sorted(order[len(order) // 2 :])


def case_figures(cases: Sequence[dict[str, str]], scores: Sequence[float]) -> dict[str, Any]:
    """Return precision, recall and F1 of labelled pairs.

    The threshold with the best F1 is chosen on a seeded half; figures are given on the other half
    and on all pairs: for all kinds, for persons, and for the persons among them whose pairs were
    made by changing a name. And of the pairs marked STRONG how many are right.
    """
    labels = [case["is_match"] == "true" for case in cases]
    half, rest = halves(cases)
    order = [*half, *rest]
    threshold = figures.best_threshold([scores[i] for i in half], [labels[i] for i in half])
    strong = [i for i in order if cases[i]["quality"] == "STRONG"]
    right = sum((scores[i] >= threshold) == labels[i] for i in strong)

    def of(members: Iterable[int], column: str = "", value: str = "") -> Any:
        kept = [i for i in members if not column or cases[i][column] == value]
        return figures.precision_recall(
            [scores[i] for i in kept], [labels[i] for i in kept], threshold
        )

    def rows(members: Sequence[int]) -> dict[str, Any]:
        return {
            "all": of(members),
            "people": of(members, "schema", "Person"),
            "synthetic_people": of(members, "case_group", "synth_people"),
        }

    return {
        "threshold": round(threshold, 4),
        "other_half": rows(rest),
        "all_pairs": rows(order),
        "strong_right": [right, len(strong)],
    }


def fairness(
    people: Sequence[Person], answers: Sequence[Sequence[Found]], threshold: float
) -> dict[str, Any]:
    """Return alert rates of clean people by script and by group of origin at a threshold."""
    alerts = [top(found) >= threshold for found in answers]
    return {
        "people": len(people),
        "threshold": threshold,
        "by_script": figures.groups(alerts, [person.script for person in people]),
        "by_origin": figures.groups(alerts, [person.origin for person in people]),
    }
