"""The payment score on labelled payments, beside trees on the raw columns.

With MANARA_SHARED_DATA set, `money/gx_hi_tx.parquet` there is scored: the first `--train` percent
of the payments are train, the rest is test. Else invented payments are. Prints for `arrival` and
`hindsight` of `--days`: average precision, F1 at the threshold that train chose, calibration,
recall by kind of pattern, what a budget of reviews a day finds, days from a pattern's first payment
to its first lead, how well cases overlap with true patterns, and CPU seconds. `unlabelled` is the
rank without labels, `all_signs` the same payments by ECOD (Li et al. 2022, both tails of all that
the model sees), and `raw` the same trees on amount, hour and weekday only. With `--months 1`: how
what was learnt from the first `--train` percent holds in each ten days after, drawn into
`docs/explanation`.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench._run import main
from bench._score_plot import months_svg
from manara.money.score import Scored, Unlabelled, explain, explain_unusual, rank, score
from manara.money.score.model import learn, log_odds, sigmoid
from manara.money.score.sight import NAMES, described

_PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "money-score-months.svg"
_DAY = 86_400
_COLUMNS = ["tx_id", "ts", "src", "dst", "amount"]
_LABEL = "is_laundering"


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures."""
    shared = os.environ.get("MANARA_SHARED_DATA")
    table = pq.read_table(Path(shared) / "money/gx_hi_tx.parquet") if shared else invented()
    cut = int(len(table) * options.train / 100)
    train, test = table.slice(0, cut), table.slice(cut)
    found: dict[str, Any] = {"train": len(train), "test": len(test)}
    if options.months:
        held = months(train, test, options.days * _DAY)
        months_svg(held, _PAGE)
        return found | held
    for name, span in (("arrival", 0), ("hindsight", options.days * _DAY)):
        begun = time.process_time()
        scored = score(train.select([*_COLUMNS, _LABEL]), test.select(_COLUMNS), _LABEL,
                       hindsight=span)  # fmt: skip
        cpu = round(time.process_time() - begun, 1)
        found[name] = {"cpu_s": cpu, **figures(test, scored.probability, scored.threshold, span)}
        found[name]["late_part_of_train"] = {k: round(v, 3) for k, v in scored.late.items()}
        found[name]["cases"] = cases(table, likely(scored))
        found[name] |= unlabelled(train, test, table, span)
    found["raw"] = raw(train, test)
    return found


def figures(test: pa.Table, chance: NDArray[Any], threshold: float, span: int) -> dict[str, Any]:
    """Return what probabilities are worth."""
    true = test[_LABEL].to_numpy() == 1
    kind = np.array(test["pattern_type"].to_pylist())
    told = chance >= threshold
    bins = np.clip((chance * 15).astype(int), 0, 14)
    gaps = [abs(chance[bins == k].sum() - true[bins == k].sum()) for k in range(15)]
    return {
        "average_precision": precision(true, chance),
        **at(true, told),
        "threshold": round(threshold, 4),
        "f1_at_half": at(true, chance >= 0.5)["f1"],
        "calibration_error": round(sum(gaps) / len(true), 6),
        "brier": round(float(((chance - true) ** 2).mean()), 6),
        "recall_by_kind": {
            str(one): round(float(told[true & (kind == one)].mean()), 3)
            for one in np.unique(kind[true])
        },
        "by_ten_days": by_time(test, true, told, chance),
        "by_budget": {str(n): budget(test, true, chance, n) for n in (5, 10, 20, 50, 100)},
        "days_to_first_lead": first_lead(test, true, told, span),
    }


def precision(true: NDArray[np.bool_], chance: NDArray[Any]) -> float:
    """Return the average precision."""
    hits = true[np.argsort(-chance, kind="stable")]
    rates = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return round(float(rates[hits].mean()), 4)


def at(true: NDArray[np.bool_], told: NDArray[np.bool_]) -> dict[str, float]:
    """Return precision, recall and F1 of what was told."""
    hits = (true & told).sum()
    return {
        "f1": round(float(2 * hits / (told.sum() + true.sum())), 4),
        "precision": round(float(hits / max(told.sum(), 1)), 4),
        "recall": round(float(hits / true.sum()), 4),
        "told": int(told.sum()),
    }


def by_time(test: pa.Table, true: Any, told: Any, chance: Any) -> list[dict[str, float]]:
    """Return average precision and F1 for each ten days of test."""
    ts = test["ts"].to_numpy()
    part = (ts - ts[0]) // (10 * _DAY)
    parts = [part == k for k in range(int(part.max()) + 1)]
    return [
        {"true": int(true[p].sum()), "average_precision": precision(true[p], chance[p]),
         "f1": at(true[p], told[p])["f1"]}
        for p in parts
        if true[p].any()
    ]  # fmt: skip


def budget(test: pa.Table, true: Any, chance: Any, reviews: int) -> dict[str, float]:
    """Return precision and share of patterns met when the likeliest of each day are looked at."""
    day = test["ts"].to_numpy() // _DAY
    order = np.lexsort((-chance, day))
    starts = np.searchsorted(day[order], day[order])
    seen = order[np.arange(len(order)) - starts < reviews]
    pattern = test["pattern_id"].to_numpy()
    met = len(np.unique(pattern[seen][true[seen]])) / len(np.unique(pattern[true]))
    return {"precision": round(float(true[seen].mean()), 3), "patterns_met": round(met, 3)}


def first_lead(test: pa.Table, true: Any, told: Any, span: int) -> dict[str, float]:
    """Return days from a pattern's first payment of test to its first lead, if it has one."""
    ts, pattern = test["ts"].to_numpy(), test["pattern_id"].to_numpy()
    waits = []
    for one in np.unique(pattern[true]):
        its = true & (pattern == one)
        if (its & told).any():
            waits.append((ts[its & told].min() + span - ts[its].min()) / _DAY)
    patterns = len(np.unique(pattern[true]))
    return {
        "patterns_with_a_lead": round(len(waits) / patterns, 3),
        "median": round(float(np.median(waits)), 2),
        "p90": round(float(np.quantile(waits, 0.9)), 2),
    }


def cases(table: pa.Table, told: list[Any]) -> dict[str, float]:
    """Return how well cases overlap with the patterns of payments rightly told."""
    pattern = dict(zip(table["tx_id"].to_pylist(), table["pattern_id"].to_pylist(), strict=True))
    true = set(table["tx_id"].filter(pa.array(table[_LABEL].to_numpy() == 1)).to_pylist())
    members: dict[int, set[Any]] = {}
    for payment in true:
        members.setdefault(pattern[payment], set()).add(payment)
    overlaps = {"case": [], "pattern": []}  # type: dict[str, list[float]]
    for one in told:
        if one.tx_id in true:
            whole = members[pattern[one.tx_id]]
            for name, said in (("case", set(one.case)), ("pattern", set(one.payments))):
                overlaps[name].append(len(whole & said) / len(whole | said))
    return {
        f"{name}_{what}": round(float(value), 3)
        for name, found in overlaps.items()
        for what, value in (
            ("jaccard_at_least_0.7", np.mean(np.array(found) >= 0.7)),
            ("jaccard_mean", np.mean(found)),
        )
    }


def likely(scored: Scored) -> list[Any]:
    """Return the payments at the threshold, explained."""
    return explain(scored, int((scored.probability >= scored.threshold).sum()), most=1)


def unlabelled(train: pa.Table, test: pa.Table, table: pa.Table, span: int) -> dict[str, Any]:
    """Return figures of payments ranked without labels, and by ECOD on all that is described."""
    begun = time.process_time()
    found = rank(train.select(_COLUMNS), test.select(_COLUMNS), hindsight=span)
    cpu = round(time.process_time() - begun, 1)
    told = explain_unusual(found, int((found.score >= found.threshold).sum()))
    ours = {"cpu_s": cpu, **ranked(test, found.score, found.threshold), "cases": cases(table, told)}
    return {"unlabelled": ours, "all_signs": ranked(test, ecod(found))}


def ranked(test: pa.Table, score: NDArray[Any], threshold: float = np.inf) -> dict[str, Any]:
    """Return what a rank is worth."""
    true = test[_LABEL].to_numpy() == 1
    score = np.nan_to_num(score, nan=-1.0)
    kind, told = np.array(test["pattern_type"].to_pylist()), score >= threshold
    return {
        "average_precision": precision(true, score),
        **(at(true, told) if told.any() else {}),
        "recall_by_kind": {
            str(one): round(float(told[true & (kind == one)].mean()), 3)
            for one in np.unique(kind[true])
        },
        "by_budget": {str(n): budget(test, true, score, n) for n in (5, 10, 20, 50, 100)},
    }


def ecod(found: Unlabelled) -> NDArray[Any]:
    """Return for each payment the sum of logarithms of its tails in all that is described."""
    given = found.sight.given
    places = [np.flatnonzero(given.row < found.train), np.flatnonzero(given.row >= found.train)]
    drawn = np.sort(np.random.default_rng(0).choice(places[0], min(len(places[0]), 100_000), False))
    base, asked = described(found.sight, drawn), described(found.sight, places[1])
    score = np.zeros(len(asked))
    for known, seen in zip(base.T, asked.T, strict=True):
        known = np.sort(known[~np.isnan(known)])
        if len(known):
            tails = [np.searchsorted(known, seen, "right"),
                     len(known) - np.searchsorted(known, seen, "left")]  # fmt: skip
            rare = -np.log((1 + np.minimum(*tails)) / (1 + len(known)))
            score += np.where(np.isnan(seen), 0, rare)
    answer = np.full(len(found.score), np.nan)
    answer[given.row[places[1]] - found.train] = score
    return answer


def months(train: pa.Table, test: pa.Table, span: int) -> dict[str, Any]:
    """Return average precision and F1 for each ten days after train, learnt once."""
    true, found = test[_LABEL].to_numpy() == 1, {}
    for name, after in (("arrival", 0), ("hindsight", span)):
        known, asked = train.select([*_COLUMNS, _LABEL]), test.select(_COLUMNS)
        scored = score(known, asked, _LABEL, hindsight=after)
        told = scored.probability >= scored.threshold
        found[name] = by_time(test, true, told, scored.probability)
        rest = rank(known, asked, hindsight=after)
        chance = np.nan_to_num(rest.score, nan=-1.0)
        found[f"{name}_unlabelled"] = by_time(test, true, chance >= rest.threshold, chance)
    return found


def raw(train: pa.Table, test: pa.Table) -> dict[str, float]:
    """Return figures of the same trees on amount, hour and weekday only."""
    names = [NAMES.index(one) for one in ("size", "hour", "weekday")]
    true = train[_LABEL].to_numpy() == 1
    begun = time.process_time()
    late = np.arange(len(true)) >= 0.75 * len(true)
    model = learn(_raw(train, names), true, np.ones(len(true)), late, 0, lambda what, done: None)
    chance = sigmoid(log_odds(model, _raw(test, names)))
    truth = test[_LABEL].to_numpy() == 1
    return {
        "cpu_s": round(time.process_time() - begun, 1),
        "average_precision": precision(truth, chance),
        **at(truth, chance >= model.threshold),
    }


def _raw(table: pa.Table, names: list[int]) -> NDArray[np.float32]:
    """Return the raw columns in their places, nothing elsewhere."""
    found = np.full((len(table), len(NAMES)), np.nan, np.float32)
    ts = table["ts"].to_numpy()
    for place, values in zip(
        names,
        (table["amount"].to_numpy(), ts % _DAY // 3600, ts // _DAY % 7),
        strict=True,
    ):
        found[:, place] = values
    return found


def invented(days: int = 90, people: int = 2_000) -> pa.Table:
    """Return payments among friends and others, and rings of strangers that are labelled."""
    chance = np.random.default_rng(1)
    friends, rows = chance.integers(0, people, (people, 3)), []
    for day in range(days):
        payers = chance.integers(0, people, people // 4)
        known = friends[payers, chance.integers(0, 3, len(payers))]
        payees = np.where(chance.random(len(payers)) < 0.2, chance.permutation(payers), known)
        at_second = day * _DAY + chance.integers(0, _DAY, len(payers))
        rows += [
            (int(at), int(a), int(b), 0, -1, "none")
            for at, a, b in zip(at_second, payers, payees, strict=True)
            if a != b
        ]
        ring, when = chance.choice(people, 5, replace=False).tolist(), day * _DAY
        for k in range(5):
            when += int(chance.integers(3600, _DAY))
            rows.append((when, ring[k], ring[(k + 1) % 5], 1, day, "cycle"))
    rows.sort()
    names = ["ts", "src", "dst", _LABEL, "pattern_id", "pattern_type"]
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    amounts = np.round(chance.lognormal(5, 0.6, len(rows)), 2)
    return pa.table({"tx_id": list(range(len(rows))), "amount": amounts, **columns})


if __name__ == "__main__":
    main("score", run, train=80, days=14, months=0)
